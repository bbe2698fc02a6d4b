"""What the configuration of another program says, as plain values. Nothing of it is ever run.

YAML, TOML and JSON are read whole. Of JavaScript and Python only literals are taken: what a site
computes can't be known without running it.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import yaml

_COMMENT = re.compile(r"(?<![:\"'`\w])//[^\n]*|/\*.*?\*/", re.DOTALL)
_QUOTED = r"(?:\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|`([^`$\\]*)`)"


class Unreadable(Exception):
    """A configuration that its own program could not read either. ``str()`` says why."""


class _Loader(yaml.SafeLoader):
    """Takes any tag for none: Ruby's ``!ruby/regexp`` stands in many a ``_config.yml``."""


def _untagged(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return loader.construct_mapping(node) if isinstance(node, yaml.MappingNode) else None


_Loader.add_multi_constructor("!", _untagged)


def table(name: str, text: str) -> dict[str, Any]:
    """The keys of a file in YAML, TOML or JSON, by its name. Raises Unreadable."""
    try:
        if name.endswith(".toml"):
            found: Any = tomllib.loads(text)
        elif name.endswith(".json"):
            found = json.loads(text)
        else:
            found = yaml.load(text, Loader=_Loader)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise Unreadable(f"{name}: can't be read: {' '.join(str(error).split())[:200]}") from error
    return found if isinstance(found, dict) else {}


def lowered(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same with every key in lower case, at any depth: Hugo does not tell them apart."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found = merged(
            found, {str(key).lower(): lowered(value) if isinstance(value, dict) else value}
        )
    return found


def merged(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Two tables in one; where both say something the second is right."""
    whole = dict(base)
    for key, value in over.items():
        old = whole.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            value = merged(old, value)
        whole[key] = value
    return whole


def literal(script: str, *keys: str) -> str | None:
    """The text that a script in JavaScript gives to the first of these keys or constants."""
    bare = _COMMENT.sub("", script)
    for key in keys:
        found = re.search(rf"(?<![\w.$])[\"']?{key}[\"']?\s*[:=]\s*{_QUOTED}", bare)
        if found is not None:
            text = next(group for group in found.groups() if group is not None)
            return re.sub(r"\\(.)", r"\1", text)
    return None


def word(script: str, key: str) -> str | None:
    """The bare word or number that a script gives to a key: ``true``, ``false``, ``20``."""
    found = re.search(rf"(?<![\w.$])[\"']?{key}[\"']?\s*[:=]\s*(\w+)", _COMMENT.sub("", script))
    return found[1] if found else None


def block(script: str, key: str) -> str:
    """What stands in the braces that a script gives to a key; empty without them."""
    bare = _COMMENT.sub("", script)
    found = re.search(rf"(?<![\w.$])[\"']?{key}[\"']?\s*[:=]\s*\{{", bare)
    if found is None:
        return ""
    depth = 1
    for at in range(found.end(), len(bare)):
        depth += (bare[at] == "{") - (bare[at] == "}")
        if depth == 0:
            return bare[found.end() : at]
    return bare[found.end() :]


def assignments(script: str) -> dict[str, Any]:
    """The names that a Python file gives literal values to, at its top level."""
    try:
        module = ast.parse(script)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, Any] = {}
    for statement in module.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            try:
                value = ast.literal_eval(statement.value)
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                continue
            if isinstance(target, ast.Name):
                found[target.id] = value
    return found
