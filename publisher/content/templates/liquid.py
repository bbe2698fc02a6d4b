"""Liquid as Jekyll and Eleventy have it, by python-liquid.

The library gets tokens of ours, not text: marks in code are none, unknown tags are left out, and
blocks are whole, so that nothing it meets makes it give up. Its limits hold a template that loops,
nests or grows without end; what they don't hold meets the deadline of the process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from liquid import Environment, Mode, RenderContext, Token, TokenStream, Undefined
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import LiquidError, LiquidTypeError
from liquid.parser import get_parser
from liquid.stringify import to_liquid_string
from liquid.template import BoundTemplate
from liquid.token import TOKEN_CONTENT, TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG

from publisher.content.templates.facts import Facts
from publisher.content.templates.liquid_filters import FILTERS, guarded
from publisher.content.templates.literal import settled
from publisher.content.templates.losses import EMPTY, UNCLOSED, Losses
from publisher.content.templates.pieces import page, picture, player
from publisher.content.templates.plain import closes, note, shown_code, verbatim, without
from publisher.content.templates.scan import Mark, inert, line_of, marks
from publisher.content.templates.site import site_of

BLOCKS = frozenset({"if", "unless", "case", "for", "capture", "tablerow", "ifchanged"})
_PARTS = {
    "else": frozenset({"if", "unless", "case", "for"}),
    "elsif": frozenset({"if", "unless"}),
    "when": frozenset({"case"}),
}
SINGLE = frozenset({"assign", "increment", "decrement", "cycle", "break", "continue", "echo", "#",
                    "include", "include_relative", "include_cached", "post_url",
                    "link"})  # fmt: skip

#: What a library that is given anything may raise.
FAULTS = (LiquidError, ArithmeticError, ValueError, TypeError, LookupError, AttributeError)


def filled(body: str, facts: Facts, losses: Losses, *, is_html: bool) -> str:
    """A body with its Liquid run. Raises RecursionError and MemoryError on one beyond reason."""
    engine = Engine(facts, losses)
    try:
        return engine.run(body, is_html=is_html)
    except FAULTS as error:
        losses.add("Liquid", 0, f"can't be run ({error}): left out", visible=True)
        return without(body, losses, is_html=is_html)


class Engine(Environment):
    """Liquid for one body. ``facts`` are all it knows; what it can't do goes to ``losses``."""

    block_nesting_limit = 40
    context_depth_limit = 20
    loop_iteration_limit = 10_000
    local_namespace_limit = 4 << 20
    output_stream_limit = 4 << 20

    def __init__(self, facts: Facts, losses: Losses) -> None:
        self.facts = facts
        self.losses = losses
        self.included = 0
        self._line = 0  # of the include that is being run
        self._source = ""
        self._is_html = False
        super().__init__(
            tolerance=Mode.LAX,
            undefined=_missing(self),
        )
        clock = {name: self.undefined(name) for name in ("now", "today")}
        own = facts.page if facts.flat else {}
        self.globals = {**own, "site": site_of(facts), "page": facts.page, **clock}

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Only what renders the same wherever and whenever it is run."""
        from publisher.content.templates.liquid_tags import TAGS

        super().setup_tags_and_filters(extra=False)
        for name in ("liquid", "render", "doc", "comment"):
            del self.tags[name]
        for tag in (_Output, *TAGS):
            self.add_tag(tag)
        self.filters = {
            name: guarded(function) for name, function in {**self.filters, **FILTERS}.items()
        }

    def run(self, body: str, *, is_html: bool) -> str:
        """What a body comes out as."""
        text, seen = settled(body, is_html=is_html, raw=True, everywhere=True)
        self._source, self._is_html = text, is_html
        self._place = line_of(text)
        return self._template(text, seen).render()

    def part(self, name: str, text: str) -> BoundTemplate:
        """A file that a body includes, ready to be rendered within it."""
        is_html = not name.endswith((".md", ".markdown"))
        return self._template(*settled(text, is_html=is_html, raw=True, everywhere=True))

    def lost(self, token: Token | None, why: str, *, visible: bool = True, label: str = "") -> None:
        """Say what is left out: the mark that a token is of."""
        label = label or (_written(token) if token else "") or "{% … %}"
        self.losses.add(label, self.line(token), why, visible=visible)

    def line(self, token: Token | None) -> int:
        """The line of the body that a token stands on, or the include that brought it."""
        own = token is not None and token.source is self._source
        if own and token:
            self._line = self._place(token.start_index)
        return self._line

    def error(self, exc: Any, msg: str | None = None, token: Token | None = None) -> None:
        """A fault of a template, which is left out as far as it reaches."""
        if isinstance(exc, LiquidError):
            token = exc.token or token
            msg = str(exc.args[0]) if exc.args else ""
        self.lost(token, f"can't be read ({msg}): left out")

    def unclosed(self, mark: Mark) -> None:
        """Say that a block has no end, or none where it could be."""
        line = self.line(Token(TOKEN_TAG, mark.name, mark.start, self._source))
        self.losses.add(mark.label, line, UNCLOSED, visible=True)

    def _template(self, text: str, seen: str) -> BoundTemplate:
        stream = TokenStream(iter(self._tokens(text, list(marks(text, seen, strict=True)))))
        nodes = get_parser(self).parse(stream)
        return BoundTemplate(self, nodes, globals=self.globals)

    def _tokens(self, text: str, found: Sequence[Mark]) -> Iterator[Token]:
        wanted = _whole(found, self)
        ends = Counter(closing for mark in found if (closing := closes(mark)))
        at = skip = 0
        trim = False
        for index, mark in enumerate(found):
            if index < skip:
                continue
            between = text[at : mark.start]
            between = between.lstrip() if trim else between
            dashed = text[mark.start + 2 : mark.start + 3] == "-"
            yield Token(TOKEN_CONTENT, between.rstrip() if dashed else between, at, text)
            at = mark.end
            trim = mark.kind != "unclosed" and text[mark.end - 3 : mark.end - 2] == "-"
            if after := verbatim(found, index):
                line = self.line(Token(TOKEN_TAG, mark.name, mark.start, text))
                code = shown_code(text, mark, after, self.losses, line, self._is_html)
                yield Token(TOKEN_CONTENT, code, mark.start, text)
                at, skip = after.end, index + 2
            else:
                yield from self._mark_tokens(text, mark, index in wanted, ends)
        yield Token(TOKEN_CONTENT, text[at:].lstrip() if trim else text[at:], at, text)

    def _mark_tokens(
        self, text: str, mark: Mark, wanted: bool, ends: Counter[str]
    ) -> Iterator[Token]:
        if mark.kind == "output" and mark.inner:
            yield Token(TOKEN_OUTPUT, text[mark.start : mark.end], mark.start, text)
            yield Token(TOKEN_EXPRESSION, mark.inner, text.index(mark.inner, mark.start), text)
        elif wanted:
            yield Token(TOKEN_TAG, mark.name, mark.start, text)
            if mark.rest:
                yield Token(TOKEN_EXPRESSION, mark.rest, mark.start, text)
        elif shown := _known_elsewhere(mark):
            yield Token(TOKEN_CONTENT, shown, mark.start, text)
        elif mark.kind != "output" and not closes(mark) and mark.name not in BLOCKS:
            note(mark, self.line(Token(TOKEN_TAG, "", mark.start, text)), ends, self.losses)


def _whole(found: Sequence[Mark], engine: Engine) -> set[int]:
    """The places of the tags that the library can read: each block opened and closed."""
    wanted: set[int] = set()
    blocks: list[list[int]] = []  # the places of each open block: its own, and of its parts
    for index, mark in enumerate(found):
        name = mark.name
        if mark.kind != "tag":
            continue
        if name in BLOCKS:
            blocks.append([index])
        elif name in _PARTS:
            if blocks and found[blocks[-1][0]].name in _PARTS[name]:
                blocks[-1].append(index)
        elif closes(mark) and name[3:] in {found[block[0]].name for block in blocks}:
            while found[(block := blocks.pop())[0]].name != name[3:]:
                engine.unclosed(found[block[0]])
            wanted |= {*block, index}
        elif name in SINGLE:
            wanted.add(index)
    for block in blocks:
        engine.unclosed(found[block[0]])
    return wanted


def _known_elsewhere(mark: Mark) -> str | None:
    """What the tags of widespread plugins show."""
    words = mark.rest.split()
    if mark.kind != "tag" or not words:
        return None
    if mark.name in ("youtube", "vimeo"):
        return player(mark.name, words[0].strip("\"'"))
    if mark.name in ("gist", "tweet", "instagram"):
        return page(mark.name, words[0].strip("\"'"))
    if mark.name == "asset_img":
        return picture({"src": words[0], "alt": " ".join(words[1:]).strip("\"'")}, inert)
    if mark.name == "img":
        source = next((word for word in words if "/" in word or "." in word), "")
        return picture({"src": source}, inert)
    return None


def _written(token: Token) -> str:
    """The mark that a token is of, as it was written."""
    source, at = token.source, token.start_index
    start = max(source.rfind("{%", 0, at + 2), source.rfind("{{", 0, at + 2), 0)
    close = "%}" if source.startswith("{%", start) else "}}"
    end = source.find(close, start)
    return source[start : end + 2] if end >= 0 else source[start : start + 40]


def _missing(engine: Engine) -> type[Undefined]:
    class Missing(Undefined):
        """A variable that is not known: nothing, and said when it would be read."""

        def __str__(self) -> str:
            # A part's own parameters may be left out, and a page's own keys are all known.
            if self.name != "include":
                label = "" if self.token else f"{{{{ {self.name} }}}}"
                engine.lost(self.token, EMPTY, visible=self.name != "page", label=label)
            return ""

    return Missing


class _OutputNode(OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = self.expression.evaluate(context)
        try:
            text = to_liquid_string(value, autoescape=False)
        except ValueError as error:  # a number with more digits than Python writes
            raise LiquidTypeError(str(error), token=self.token) from error
        return buffer.write(inert(text))


class _Output(Output):
    """An output whose text no later step takes for template syntax."""

    node_class = _OutputNode
