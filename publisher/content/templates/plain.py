"""No engine: code between marks is code, and every other mark is left out.

For sites that name none, and for bodies that an engine can't read. A pair of marks keeps what is
between them, because that is most often prose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from publisher.content.templates.literal import settled
from publisher.content.templates.losses import MARKS, UNCLOSED, UNKNOWN, Losses
from publisher.content.templates.pieces import block_of_code, language_of
from publisher.content.templates.scan import VERBATIM, Mark, line_of, marks


def without(body: str, losses: Losses, *, is_html: bool) -> str:
    """A body without any template syntax outside code. Never raises."""
    text, seen = settled(body, is_html=is_html, raw=True, everywhere=False)
    text, seen = settled(text, is_html=is_html, raw=False, everywhere=False)
    found = list(marks(text, seen, strict=False))
    lines = line_of(text)
    ends = Counter(closing for mark in found if (closing := closes(mark)))
    pieces = []
    at = skip = 0
    for index, mark in enumerate(found):
        if index < skip:
            continue
        pieces.append(text[at : mark.start])
        at = mark.end
        if between := verbatim(found, index):
            pieces.append(shown_code(text, mark, between, losses, lines(mark.start), is_html))
            at, skip = between.end, index + 2
        elif not closes(mark):
            note(mark, lines(mark.start), ends, losses)
    return "".join(pieces) + text[at:]


def verbatim(found: Sequence[Mark], index: int) -> Mark | None:
    """The mark that closes a verbatim one, which is always the next."""
    mark = found[index]
    after = found[index + 1] if index + 1 < len(found) else None
    if after and verbatim_kind(mark) and closes(after) in (closed_as(mark), "%"):
        return after
    return None


def verbatim_kind(mark: Mark) -> str | None:
    """What stands behind a mark: ``code``, ``none``, ``lost``; None where it is prose."""
    name = mark.name.partition("-")[0] if mark.kind == "shortcode" else mark.name
    return VERBATIM.get(name) if mark.kind in ("tag", "shortcode") else None


def shown_code(text: str, mark: Mark, end: Mark, losses: Losses, line: int, is_html: bool) -> str:
    """What readers see of what stands between two verbatim marks."""
    kind = verbatim_kind(mark)
    if kind == "code":
        _, _, suffix = mark.name.partition("-")
        info = suffix or language_of(_without_parentheses(mark.rest))
        column = mark.start - (text.rfind("\n", 0, mark.start) + 1)
        head = text[mark.start - column : mark.start]
        code = text[mark.end : end.start]
        at_margin = not head.strip()
        block = block_of_code(code, info, column=column if at_margin else 0, is_html=is_html)
        goes_on = not text.startswith("\n", end.end)
        if is_html:
            return block
        return f"{'' if at_margin else GAP}{block}{GAP if goes_on else ''}"
    if kind == "lost":
        losses.add(mark.label, line, UNKNOWN, visible=True)
    return ""


def note(mark: Mark, line: int, ends: Counter[str], losses: Losses) -> None:
    """Say that a mark is left out, which closes nothing."""
    if mark.kind == "unclosed":
        losses.add(mark.label, line, UNCLOSED, visible=True)
    elif (mark.name and ends[closed_as(mark)]) or mark.name in _SILENT or is_call(mark):
        losses.add(mark.label, line, MARKS, visible=mark.name in _CHOOSING)
    else:
        losses.add(mark.label, line, UNKNOWN, visible=mark.name not in _UNSEEN)


def is_call(mark: Mark) -> bool:
    """Whether a tag is one of Zola's, which always have text between them and ``{% end %}``."""
    return mark.kind == "tag" and mark.rest.startswith("(")


def closes(mark: Mark) -> str:
    """What a mark closes, as ``closed_as`` says it; nothing for one that does not."""
    if mark.kind == "tag" and mark.name.startswith("end"):
        return f"%{mark.name[3:]}"
    if mark.kind == "shortcode" and mark.name.startswith("/"):
        return f"<{mark.name[1:].strip()}"
    return ""


GAP = "\n\n"

#: Parts of a block, whose text is kept with the block's.
_SILENT = frozenset({"else", "elsif", "elif", "when"})
#: Blocks of which a reader would see one part only, or more than stands there.
_CHOOSING = frozenset({"if", "unless", "case", "for", *_SILENT})
#: Tags that show nothing by themselves.
_UNSEEN = frozenset({"assign", "set", "import", "extends", "increment", "decrement", "break",
                     "continue", "toc"})  # fmt: skip


def closed_as(mark: Mark) -> str:
    """What ``closes`` says of the mark that closes this one."""
    return f"<{mark.name}" if mark.kind == "shortcode" else f"%{mark.name}"


def _without_parentheses(rest: str) -> str:
    return rest.strip("() ")
