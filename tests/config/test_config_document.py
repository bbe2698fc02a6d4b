"""The file as text: lines, what YAML would guess at, and the ways in which a file is broken."""

import pytest

from publisher.config.document import DEEPEST, LARGEST, read_document
from publisher.domain.errors import ConfigError


def same(text: str) -> str:
    return text


def refusal(data: bytes) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        read_document(data, "config.yaml", same)
    return str(refused.value).splitlines()


def test_values_are_the_text_that_was_typed() -> None:
    data = b"a: off\nb: 010\nc: 2026-01-01\nd: 12:30\ne: 1_000\nf: 'no'\ng: \"x\"\nh: [y, 1.0]\n"
    assert read_document(data, "config.yaml", same).values == {
        "a": "off", "b": "010", "c": "2026-01-01", "d": "12:30", "e": "1_000", "f": "no", "g": "x",
        "h": ["y", "1.0"],
    }  # fmt: skip


@pytest.mark.parametrize("empty", ["", "~", "null", "''", '"  "', "|"])
def test_an_empty_value_is_an_absent_key(empty: str) -> None:
    document = read_document(f"a:\n  b: {empty}\n  c: 1\n".encode(), "config.yaml", same)
    assert document.values == {"a": {"c": "1"}}
    assert document.lines["a", "b"] == 2


def test_a_quoted_null_is_a_word() -> None:
    assert read_document(b"a: 'null'\n", "config.yaml", same).values == {"a": "null"}


def test_each_value_knows_its_line_and_each_section_that_of_its_key() -> None:
    data = b"# notes\na:\n\n  b: 1\n  c:\n    two\n  d: [x,\n      y]\ne: |\n  text\n"
    lines = read_document(data, "config.yaml", same).lines
    assert {place: lines[place] for place in [("a",), ("a", "b"), ("a", "c"), ("e",)]} == {
        ("a",): 2, ("a", "b"): 4, ("a", "c"): 6, ("e",): 9,
    }  # fmt: skip
    assert (lines["a", "d"], lines["a", "d", 0], lines["a", "d", 1]) == (7, 7, 8)


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter() -> None:
    document = read_document(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n", "config.yaml", same)
    assert document.values == {"a": "1", "b": {"c": "2"}}
    assert document.lines["b", "c"] == 3


def test_values_that_can_t_be_read_leave_the_others_readable() -> None:
    data = b"a: &x 1\nb: *x\nc: !!python/object:os.system 1\nd: {e: 1, e: 2}\nf: [1, ~, 3]\ng: 4\n"
    document = read_document(data, "config.yaml", same)
    assert [str(finding) for finding in document.findings] == [
        "config.yaml:2: b: aliases (*x) aren't read: repeat it",
        "config.yaml:3: c: tags (!…) aren't read: remove it",
        "config.yaml:4: d.e: stands here a second time (first on line 4)",
        "config.yaml:5: f: an empty item: give it a value or leave it out",
    ]
    assert document.values["g"] == "4"
    assert document.faulty == {("b",), ("c",), ("f", 1)}


def test_what_the_text_stands_for_is_asked_once_a_value_and_never_for_keys() -> None:
    def upper(text: str) -> str:
        if text == "bad":
            raise ValueError("a bad word")
        return text.upper()

    document = read_document(b"a: x\nb: [bad, y]\n", "config.yaml", upper)
    assert document.values == {"a": "X", "b": ["Y"]}
    assert [str(finding) for finding in document.findings] == ["config.yaml:2: b: a bad word"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "config.yaml: is empty"),
        (b"\n# only a comment\n", "config.yaml: is empty"),
        (b"---\n", "config.yaml:2: expected 'key: value' lines, not text"),
        (b"just words\n", "config.yaml:1: expected 'key: value' lines, not text"),
        (b"- a\n- b\n", "config.yaml:1: expected 'key: value' lines, not a list"),
        (b"a: 1\n---\nb: 2\n", "config.yaml:2: a second document begins here"),
        (b"a:\n\tb: 1\n", "config.yaml:2: a tab indents this line: use spaces"),
        (b"a: 1\nb: @x\n", "config.yaml:2: a value can't begin with @: put it in quotes"),
        (b"a: b: c\n", "config.yaml:1: a ':' where none can stand: put a value that holds"),
        (b"a: 1\nb\nc: 2\n", "config.yaml:2: expected 'key: value' here: is a ':' missing?"),
        (b'a: 1\nb: "x\nc: 2\n\n', "config.yaml:2: what begins here is never closed"),
        (b"a: 1\nb: [x\nc: 2\n", "config.yaml:2: what begins here is never closed"),
        (b"a: - b\n", "config.yaml:1: a '- ' where none can stand"),
        (b"a: 'x' y\n", "config.yaml:1: expected 'key: value' here"),
        (b"? [a]\n: b\n", "config.yaml:1: a key has to be a word"),
        (b"a: 1\nb: \xff\n", "config.yaml:2: not UTF-8 text"),
        ("a: 1\n".encode("utf-16"), "config.yaml:1: not UTF-8 text"),
        (b"a: 1\nb: \x00\n", "config.yaml:2: the control character '\\x00'"),
        (b"a: \x1b[31m\n", "config.yaml:1: the control character '\\x1b'"),
        (b"a: " + b"[" * 400, f"config.yaml:1: nested deeper than {DEEPEST} levels"),
        (b"[" * 60_000, f"config.yaml:1: nested deeper than {DEEPEST} levels"),
        (b"a: " + b"x" * LARGEST, "config.yaml: larger than 64 KB"),
        (b"a: &\n", "config.yaml:1: not YAML"),
    ],
)
def test_a_file_that_can_t_be_read_says_where_and_what_to_do(data: bytes, said: str) -> None:
    *_, line = refusal(data)
    assert line.startswith(said)
    assert line.isprintable()


def test_what_was_found_before_the_file_broke_is_said_too() -> None:
    assert len(refusal(b"a: *x\nb: 'y\n")) == 2


def test_a_bomb_of_aliases_is_only_its_own_text() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 30))
    assert len(read_document(bomb.encode(), "config.yaml", same).findings) == 9 * 29
