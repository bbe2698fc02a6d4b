"""One body with template syntax: filled in, or left out and said. The only way in for the worker.

body ─components─▶ ─Liquid | shortcodes | links─▶ body without templates ─Markdown─▶ HTML
                                                                             └─swept─▶ HTML
"""

from __future__ import annotations

from functools import partial
from html import escape
from typing import NamedTuple

from publisher.content.job import Job
from publisher.content.markdown import to_html
from publisher.content.templates import components, filelinks, plain, shortcodes
from publisher.content.templates.facts import facts_from
from publisher.content.templates.leftover import swept
from publisher.content.templates.losses import Losses

#: What a reader is told when something of a post is missing.
ELSEWHERE = "This post has parts that only its page shows"


class Filled(NamedTuple):
    """A body as HTML, and what of it was left out: the lines in the body, from 0, and sentences."""

    html: str
    losses: tuple[tuple[int, str], ...]


def filled(job: Job, body: str) -> Filled:
    """A body as HTML without template syntax outside code; not clean yet.

    Where something visible was left out, it ends with a link to the post's page. Raises
    RecursionError and MemoryError on a template beyond reason; one that does not end meets the
    deadline of the process.
    """
    losses = Losses()
    text = _text(job, body, losses)
    html = text if job.is_html else to_html(text, key=job.key)
    html = swept(html, losses, math=job.templates != "liquid")
    if losses.visible:
        html += f'\n<p><a href="{escape(job.url)}">{ELSEWHERE}</a></p>'
    return Filled(html, tuple(losses.sentences()))


def _text(job: Job, body: str, losses: Losses) -> str:
    if not job.is_html:
        body = components.filled(body, losses, is_mdx=job.path.endswith(".mdx"))
    if job.templates == "liquid":
        from publisher.content.templates import liquid  # a library that few sites need

        return liquid.filled(body, facts_from(job.facts), losses, is_html=job.is_html)
    if job.templates == "shortcodes":
        inline = partial(_inline, key=job.key)
        known = facts_from(job.facts)
        return shortcodes.filled(body, known, losses, is_html=job.is_html, inline=inline)
    if job.templates == "links":
        body = filelinks.filled(body, facts_from(job.facts), losses, is_html=job.is_html)
    return plain.without(body, losses, is_html=job.is_html)


def _inline(text: str, *, key: str) -> str:
    return to_html(text, key=key).strip().removeprefix("<p>").removesuffix("</p>")
