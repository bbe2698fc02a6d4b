"""Jekyll's own tags for python-liquid: parts of pages, and links to posts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from typing import TYPE_CHECKING, TextIO, cast

from liquid import RenderContext, Token, TokenStream
from liquid.ast import Node
from liquid.builtin.expressions import parse_primitive, tokenize
from liquid.exceptions import LiquidSyntaxError, ResourceLimitError
from liquid.expression import Expression
from liquid.tag import Tag
from liquid.token import TOKEN_TAG

from publisher.content.templates.losses import UNKNOWN

if TYPE_CHECKING:
    from publisher.content.templates.liquid import Engine

#: Parts that one body may include, counted each time.
MOST_INCLUDED = 1000

_NAME = re.compile(r"(\"[^\"]*\"|'[^']*'|\{\{.*?\}\}|[^\s,]+)")
_PARAMETER = re.compile(
    r"(?P<name>[\w-]+)\s*[=:]\s*(?P<value>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,]+)"
)
_PLAIN_FILE = re.compile(r"[\w./~@%+-]+\.(?!md$|markdown$|html?$)\w{1,5}")


class _IncludeNode(Node):
    __slots__ = ("name", "parameters")

    def __init__(self, token: Token, name: str, parameters: Mapping[str, Expression | str]) -> None:
        super().__init__(token)
        self.blank = False
        self.name = name
        self.parameters = parameters

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        engine = cast("Engine", context.env)
        name = self.name
        if name.startswith("{{"):
            value = parse_primitive(engine, _stream(name.strip("{}- "), self.token))
            name = str(value.evaluate(context))
        text = engine.facts.includes.get(name)
        if text is None:
            engine.lost(self.token, UNKNOWN)
            return 0
        engine.included += 1
        if engine.included > MOST_INCLUDED:
            raise ResourceLimitError("too many parts are included", token=self.token)
        engine.line(self.token)
        part = engine.part(name, text)
        given = {
            key: value if isinstance(value, str) else value.evaluate(context)
            for key, value in self.parameters.items()
        }
        with context.extend({"include": given, **given}, template=part):
            part.render_with_context(context, buffer, partial=True)
        return 1


class Include(Tag):
    """``{% include part.html key="value" key=variable %}``."""

    name = "include"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Read the name of the part and its parameters."""
        token = stream.eat(TOKEN_TAG)
        rest = stream.current.value
        found = _NAME.match(rest)
        if found is None:
            raise LiquidSyntaxError("a name is missing", token=token)
        parameters = {
            one["name"]: self._value(one["value"], token)
            for one in _PARAMETER.finditer(rest, found.end())
        }
        return _IncludeNode(token, found[1].strip("\"'"), parameters)

    def _value(self, written: str, token: Token) -> Expression | str:
        if written[0] in "\"'":
            return re.sub(r"\\(.)", r"\1", written[1:-1])
        return parse_primitive(self.env, _stream(written, token))


class IncludeRelative(Include):
    """The same for a file beside the post."""

    name = "include_relative"


class IncludeCached(Include):
    """The same, by a plugin that only is quicker."""

    name = "include_cached"


class _LinkNode(Node):
    __slots__ = ("name",)

    def __init__(self, token: Token, name: str) -> None:
        super().__init__(token)
        self.blank = False
        self.name = name

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        engine = cast("Engine", context.env)
        facts = engine.facts
        path = facts.references.get(self.name)
        if path is not None:
            path = path.removeprefix(facts.origin)
        elif _PLAIN_FILE.fullmatch(self.name):
            path = f"{facts.baseurl}/{self.name.lstrip('/')}"
        else:
            engine.lost(self.token, "is not known here: the link leads to the post's page")
            return 0
        if facts.baseurl and _tail(buffer, len(facts.baseurl)) == facts.baseurl:
            path = path.removeprefix(facts.baseurl)  # as older versions of Jekyll wanted it written
        return buffer.write(path)


class PostUrl(Tag):
    """``{% post_url 2026-01-31-title %}``: the path of a post's page."""

    name = "post_url"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Read the name of the post."""
        token = stream.eat(TOKEN_TAG)
        return _LinkNode(token, stream.current.value.strip().strip("\"'"))


class Link(PostUrl):
    """``{% link _posts/2026-01-31-title.md %}``: the path of a page, by its file."""

    name = "link"


TAGS = (Include, IncludeRelative, IncludeCached, PostUrl, Link)


def _stream(expression: str, token: Token) -> TokenStream:
    return TokenStream(tokenize(expression, token))


def _tail(buffer: TextIO, size: int) -> str:
    """The last characters that were written."""
    return buffer.getvalue()[-size:] if isinstance(buffer, StringIO) else ""
