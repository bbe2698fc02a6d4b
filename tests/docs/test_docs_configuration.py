"""The page on the configuration says what the program's own model says, and what it accepts."""

from __future__ import annotations

import importlib.util
import re
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from docpages import DOCS, codes, read, rows, section

from publisher.config.environment import SECRET, SMTP_PASSWORD
from publisher.config.load import read as load
from publisher.config.show import Key, reference
from publisher.content.flags import SPELLINGS
from publisher.domain.errors import ConfigError

NAME = "docs/reference/configuration.md"
PAGE = read(NAME)

SMALLEST = "site:\n  title: Field Notes\n  url: https://example.com\n  id_date: 2026-01-01\n"


def maker() -> ModuleType:
    """The script that makes the page's tables: it is no part of a package."""
    spec = importlib.util.spec_from_file_location("docs_make", DOCS / "reference" / "make.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def accepts(text: str, tmp_path: Path) -> bool:
    try:
        load(text.encode(), tmp_path / "config.yaml", {}, today=date(2026, 11, 23))
    except ConfigError:
        return False
    return True


def test_the_tables_are_those_that_the_script_makes() -> None:
    assert maker().page(PAGE) == PAGE, "run: .venv/bin/python docs/reference/make.py"


def test_the_script_notices_an_edit_by_hand() -> None:
    edited = PAGE.replace("| `delivery.connections` | `4` |", "| `delivery.connections` | `5` |")
    assert edited != PAGE
    assert maker().page(edited) == PAGE


TABLES = {row[0].strip("`"): row[1:] for row in rows(section(PAGE, "Keys"))}
HEADINGS = re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("key", reference(), ids=lambda key: key.name)
def test_a_key_is_there_with_its_default_and_its_meaning(key: Key) -> None:
    if key.name in HEADINGS:
        assert key.description in section(PAGE, f"`{key.name}`")
        return
    default, meaning = TABLES[key.name]
    assert meaning == key.description
    if key.default is not None:
        assert default == f"`{key.default}`"
    else:
        assert ("required" in default) == key.required
        assert "`" not in default or default.startswith("required in")


def test_no_key_is_there_that_does_not_exist() -> None:
    assert {*TABLES, *HEADINGS} == {key.name for key in reference()}


def test_the_smallest_file_is_accepted_and_nothing_in_it_can_be_left_out(tmp_path: Path) -> None:
    assert SMALLEST in PAGE
    assert accepts(SMALLEST, tmp_path)
    for line in SMALLEST.splitlines(keepends=True)[1:]:
        assert not accepts(SMALLEST.replace(line, ""), tmp_path)


def with_key(name: str, value: str) -> str:
    above, _, key = name.partition(".")
    return f"{SMALLEST}{above}:\n  {key}: {value}\n"


def further(value: str, by: int) -> str:
    digits = value.rstrip("msdh")
    return f"{int(digits) + by}{value.removeprefix(digits)}"


LIMITS = rows(section(PAGE, "How values are written"))[-8:]


@pytest.mark.parametrize(("key", "lowest", "highest"), LIMITS)
def test_a_limit_is_where_the_page_says(
    key: str, lowest: str, highest: str, tmp_path: Path
) -> None:
    name, low, high = (cell.strip("`") for cell in (key, lowest, highest))
    assert accepts(with_key(name, low), tmp_path)
    assert accepts(with_key(name, high), tmp_path)
    assert not accepts(with_key(name, further(high, +1)), tmp_path)
    if int(re.sub(r"\D", "", low)):
        assert not accepts(with_key(name, further(low, -1)), tmp_path)


def test_every_way_out_on_the_page_is_accepted(tmp_path: Path) -> None:
    table = rows(section(PAGE, "Where mails leave to: `delivery.transport`"))
    assert len(table) == 5
    for row in table:
        assert accepts(with_key("delivery.transport", codes(row[0])[0]), tmp_path), row[0]


def test_every_rate_on_the_page_is_accepted(tmp_path: Path) -> None:
    (row,) = [row for row in rows(PAGE) if row[0] == "rate"]
    for rate in codes(row[1]):
        assert accepts(with_key("delivery.rate", rate), tmp_path), rate


def test_every_spelling_of_a_flag_is_on_the_page() -> None:
    (row,) = [row for row in rows(PAGE) if row[0] == "flag"]
    assert set(codes(row[1])) == set(SPELLINGS)


def test_every_variable_that_is_read_is_on_the_page() -> None:
    shown = {row[0].strip("`") for row in rows(section(PAGE, "The environment"))}
    assert shown >= {SECRET, SMTP_PASSWORD}


YAML = re.findall(r"^ *```yaml\n(.*?)^ *```$", "\n".join(
    page.read_text(encoding="utf-8") for page in sorted(DOCS.rglob("*.md"))
), re.MULTILINE | re.DOTALL)  # fmt: skip


#: How blocks begin that show a post's front matter.
FRONT_MATTER = ("authors:", "enclosure:")


@pytest.mark.parametrize(
    "block", [block for block in YAML if not block.lstrip().startswith(FRONT_MATTER)]
)
def test_a_piece_of_configuration_in_the_documentation_is_accepted(
    block: str, tmp_path: Path
) -> None:
    lines = block.split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    text = "\n".join(line[indent:] for line in lines)
    assert accepts(text if text.startswith("site:") else SMALLEST + text, tmp_path), text
