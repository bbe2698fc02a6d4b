"""Every command and option that there is stands in the reference, and nothing else does."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer
from docpages import DOCS, PAGES, ROOT, codes, commands, examples, name_of, read, rows, section
from typer.main import get_command

from publisher.cli.app import INTERRUPTED, app
from publisher.cli.context import SHARED_FLAGS, SHARED_OPTIONS, Context, hoist
from publisher.domain import errors

PAGE = read("docs/reference/commands.md")
APPLICATION: Any = get_command(app)
UsageError: Any = typer.BadParameter.__base__


def walk(command: Any, names: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every command by its words, without the groups."""
    if not hasattr(command, "commands"):
        return {names: command}
    found: dict[tuple[str, ...], Any] = {}
    for name, inner in command.commands.items():
        found |= walk(inner, (*names, name))
    return found


COMMANDS = walk(APPLICATION)


def options_of(command: Any) -> set[str]:
    return {
        option
        for param in command.params
        if param.param_type_name == "option"
        for option in (*param.opts, *param.secondary_opts)
        if option != "--help"
    }


def options_in(text: str) -> set[str]:
    first = " ".join(row[0] for row in rows(text))
    return {word for code in codes(first) for word in code.split() if word.startswith("-")}


def test_the_reference_has_every_command_and_no_other() -> None:
    headings = re.findall(r"^## publisher (.+)$", PAGE, re.MULTILINE)
    assert sorted(headings) == sorted(" ".join(names) for names in COMMANDS)


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_the_reference_has_every_option_and_argument_of_a_command(names: tuple[str, ...]) -> None:
    text, command = section(PAGE, f"publisher {' '.join(names)}"), COMMANDS[names]
    assert options_in(text) == options_of(command)
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    shown = [row[0] for row in rows(text) if row[0].startswith("`") and "`-" not in row[0]]
    assert len(shown) == len(arguments)
    for cell, argument in zip(shown, arguments, strict=True):
        called = argument.metavar or argument.name.upper()
        assert cell == (f"`{called}`" if argument.required else f"`[{called}]`")


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_the_reference_has_an_example_of_a_command(names: tuple[str, ...]) -> None:
    text = section(PAGE, f"publisher {' '.join(names)}")
    ran = [words for line in examples(text) for words in commands(line)]
    assert any(tuple(words[: len(names)]) == names for words in ran)


def test_the_reference_has_the_shared_options_and_no_other() -> None:
    shown = options_in(section(PAGE, "Shared options"))
    assert shown == options_of(APPLICATION) | {"--help"}
    assert shown >= {*SHARED_FLAGS, *SHARED_OPTIONS}


def parse(words: list[str]) -> None:
    """Parse a command line and run nothing. Raises what the parser raises."""
    words = hoist(words)
    context = APPLICATION.make_context("publisher", list(words), obj=Context())
    command, rest = APPLICATION, [*context._protected_args, *context.args]
    while hasattr(command, "commands"):
        assert rest, f"no command in: publisher {' '.join(words)}"
        assert rest[0] in command.commands, f"no such command: publisher {' '.join(words)}"
        name, *rest = rest
        command = command.commands[name]
        context = command.make_context(name, list(rest), parent=context)
        if hasattr(command, "commands"):
            rest = [*context._protected_args, *context.args]


EXAMPLES = sorted(
    {
        (name_of(page), tuple(words))
        for page in PAGES
        for line in examples(page.read_text(encoding="utf-8"))
        for words in commands(line)
    }
)


@pytest.mark.parametrize(("page", "words"), EXAMPLES, ids=lambda value: str(value))
def test_an_example_is_a_command_line_that_parses(page: str, words: tuple[str, ...]) -> None:
    if not {"--help", "--version"} & {*words}:
        parse(list(words))


def test_there_are_examples_to_look_at() -> None:
    assert len(EXAMPLES) > 60


def test_the_parser_of_these_tests_refuses_what_the_program_refuses() -> None:
    for words in (["plan", "--nope"], ["subscribers", "frob"], ["report"], ["report", "x"], []):
        with pytest.raises((UsageError, AssertionError)):
            parse(words)


def mentions(page: str) -> list[str]:
    """``publisher …`` in running text, which may name its arguments by other words."""
    return [code for code in codes(read(page)) if re.match(r"publisher [a-z]", code)]


@pytest.mark.parametrize("page", [name_of(page) for page in PAGES])
def test_a_command_that_is_named_in_running_text_exists(page: str) -> None:
    for code in mentions(page):
        words = tuple(code.split()[1:])
        known = [names for names in COMMANDS if words[: len(names)] == names]
        groups = {names[0] for names in COMMANDS if len(names) > 1}
        assert known or (len(words) == 1 and words[0] in groups), code
        if known:
            given = {word for word in words if word.startswith("--")}
            assert given <= options_of(COMMANDS[known[0]]) | options_of(APPLICATION), code


def test_the_service_runs_a_command_that_exists() -> None:
    unit = (DOCS / "systemd" / "publisher.service").read_text(encoding="utf-8")
    lines = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)
    assert lines
    for line in lines:
        (words,) = commands(line)
        parse(words)


def test_the_reference_has_every_exit_code_and_no_other() -> None:
    page = read("docs/reference/exit-codes.md")
    shown = {int(row[0]) for row in rows(page.split("## By command")[0])}
    ours = [one for one in vars(errors).values() if isinstance(one, type)]
    codes_ = {one.exit_code for one in ours if issubclass(one, errors.PublisherError)}
    assert shown == {0, *codes_, INTERRUPTED}


def test_the_table_of_exit_codes_has_every_command() -> None:
    cells = " ".join(row[0] for row in rows(read("docs/reference/exit-codes.md")))
    shown = {tuple(code.split()) for code in codes(cells)}
    assert shown == set(COMMANDS)


def test_the_demo_runs_commands_that_exist() -> None:
    script = (ROOT / "docs" / "demo.sh").read_text(encoding="utf-8")
    ran = [words for line in script.split("\n") if line.startswith("publisher ")
           for words in commands(line)]  # fmt: skip
    assert ran
    for words in ran:
        parse(words)
