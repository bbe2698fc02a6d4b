"""A letter composed: filled, inlined and measured. The heavy step, once for each issue.

An HTML part of more than 90 KB, as encoded, gives way to the excerpt with a link to the rest:
Gmail cuts a message at about 102 KB and hides its end, the way out with it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from publisher.domain.errors import TemplateFault
from publisher.domain.finding import Finding
from publisher.newsletter.body import Body
from publisher.newsletter.letter import Letter, Piece
from publisher.newsletter.quoted import encode
from publisher.newsletter.slots import Tokens
from publisher.newsletter.templates import FOLDER, Templates

LARGEST_PART = 90_000

__all__ = ["LARGEST_PART", "Body", "compose"]


def compose(letter: Letter, templates: Templates) -> Body:
    """The issue's pages, whole or by their excerpts. TemplateFault when a template is at fault."""
    tokens = Tokens(mark=_mark(letter))
    body = _composed(letter, templates, tokens)
    for shorter in (letter.by_excerpts, letter.by_plain_excerpts):
        if len(encode(body.html)) <= LARGEST_PART:
            break
        body = replace(_composed(shorter(), templates, tokens), excerpt_only=True)
    return body


def _mark(letter: Letter) -> str:
    """A digest of what is said, which therefore can't be said in it."""
    said = [letter.subject, letter.site.title, *(piece.html for piece in letter.posts)]
    return hashlib.sha256("\0".join(said).encode("utf-8", "replace")).hexdigest()[:20]


def _composed(letter: Letter, templates: Templates, tokens: Tokens) -> Body:
    # Here, because an idle pass composes nothing and need not load lxml and premailer.
    from publisher.newsletter.inline import InlineFailed, in_head, inlined

    made = replace(letter, posts=tuple(map(_fitted, letter.posts)))
    page, style = templates.html(made, tokens), templates.source("inline.css")
    warnings: tuple[Finding, ...] = ()
    try:
        html = inlined(page, style.text)
    except InlineFailed as error:
        warnings = (_blamed(style.shown, style.text, error),)
        html = in_head(page, style.text)
    body = Body(
        subject=letter.subject, html=html, text=templates.text(made, tokens), tokens=tokens,
        warnings=warnings,
    )  # fmt: skip
    _require_way_out(body, letter.kind)
    return body


def _fitted(piece: Piece) -> Piece:
    from markupsafe import Markup

    from publisher.newsletter.fit import fit
    from publisher.newsletter.text import plain_text

    return replace(piece, html=Markup(fit(piece.html)), text=plain_text(piece.html))


def _blamed(path: str, css: str, error: Exception) -> Finding:
    """Who is at fault: the style sheet, which stops the mail, or something in this one page."""
    from publisher.newsletter.inline import is_usable

    if not is_usable(css):
        raise TemplateFault(Finding(path=path, message=f"can't be inlined: {error}"))
    message = f"could not be inlined into this issue, and stands in its head instead: {error}"
    return Finding(path=path, message=message)


def _require_way_out(body: Body, kind: str) -> None:
    for page, name in ((body.html, f"{kind}.html"), (body.text, f"{kind}.txt")):
        if body.tokens.unsubscribe not in page:
            message = "prints no {{ unsubscribe_url }}: a mail has to say how to leave"
            raise TemplateFault(Finding(path=f"{FOLDER}/{name}", message=message))
