"""Taking a file apart: which lines are front matter, which keys it holds, and on which lines."""

from __future__ import annotations

import threading
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.content import yaml_header
from publisher.content.fields import Fields, FrontMatterError, flat
from publisher.content.frontmatter import read
from publisher.content.plain_header import read_plain


def header(lines: str) -> Fields:
    return read(f"---\n{lines}\n---\n").fields


def value(fields: Fields, name: str) -> object:
    entry = fields.find(name)
    return None if entry is None else entry.value


def refused(text: str) -> FrontMatterError:
    with pytest.raises(FrontMatterError) as raised:
        read(text)
    assert "\n" not in raised.value.message
    return raised.value


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: A\n---\nbody\n",
        "---  \t\ntitle: A\n---   \nbody\n",
        "---\ntitle: A\n...\nbody\n",
        "-----\ntitle: A\n-----\nbody\n",
        "---\ntitle: A\n-----\nbody\n",
        "\n \n---\ntitle: A\n---\nbody\n",
        "+++\ntitle = 'A'\n+++\nbody\n",
        "+++ \ntitle = 'A'\n+++ \nbody\n",
    ],
)
def test_a_header_between_two_lines_is_read(text: str) -> None:
    front = read(text)
    assert value(front.fields, "title") == "A"
    assert front.body == "body\n"
    assert text.split("\n")[front.body_line - 1] == "body"


def test_a_body_keeps_its_rules_and_the_indentation_of_its_first_line() -> None:
    front = read("---\ntitle: A\n---\n\n    code\n\n---\n\nmore\n")
    assert front.body == "\n    code\n\n---\n\nmore\n"
    assert front.body_line == 4


def test_three_dashes_in_a_value_do_not_end_the_header() -> None:
    fields = header('title: "a ---"\ntext: |\n  ---\n  b')
    assert value(fields, "title") == "a ---"
    assert value(fields, "text") == "---\nb\n"


def test_a_header_may_be_empty_and_a_body_missing() -> None:
    assert read("---\n---").body == ""
    assert read("---\n# a comment\n---\n").fields.find("title") is None
    assert read("---\ntitle: A\n---").body == ""


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("---\ntitle: A\nbody\n", 1, "is not closed; end it with a line ---"),
        ("---", 1, "is not closed"),
        ("-----\ntitle: A\n", 1, "is not closed; end it with a line ---"),
        ("+++\ntitle = 'A'\n", 1, "is not closed; end it with a line +++"),
        ("+++", 1, "is not closed"),
        (
            "---js\n{}\n---\n",
            1,
            "in JavaScript or JSON is not read, because it would have to be run",
        ),
        ("---toml\na = 1\n---\n", 1, "of a kind that is not read"),
        (";;;\n{}\n;;;\n", 1, "JSON"),
        ('{"title": "A"}\n', 1, "JSON"),
        ("Title: A\nDate: 2026-03-01\n\nbody\n", 1, "no line --- above and below"),
        ('@def title = "A"\n', 1, "Franklin"),
        ("\nexport const meta = {}\n", 2, "MDX"),
        ("# A heading\n\nbody\n", 1, "no front matter; begin the file with a line ---"),
        ("- a list\n", 1, "no front matter"),
    ],
)
def test_what_looks_like_a_header_and_is_none_is_refused(text: str, line: int, part: str) -> None:
    error = refused(text)
    assert part in error.message
    assert error.line == line


@pytest.mark.parametrize(
    ("lines", "line", "part"),
    [
        ("title: A\nsub: b: c", 3, "put a value that holds ': ' in quotes"),
        ("title: @a", 2, "put a value that begins with @"),
        ("title: `a`", 2, "begins with @, ` or %"),
        ("\ttitle: A", 2, "indent with spaces"),
        ("a: 1\ntitle: 'A\nb: 2", 3, "close the quote that begins here"),
        ('title: "C:\\dir"', 2, "backslash"),
        ("title: *a", 2, "'*a' is an alias, which is not read"),
        ("a: &x 1\n<<: *x", 3, "is an alias"),
        ("title: * a", 2, "begins with * or &"),
        ("a: 1\njust words", 3, "'key: value'"),
        ("- a\n- b", 2, "is not a list of keys"),
        ("words", 2, "is not a list of keys"),
        (".title = 'A',\n.date = @date('2026'),", 2, "is not"),
        ("x: y\na: [1,\n2", 3, "check the quotes, brackets"),
        ("a: 1\n--- b\nc: 2", 3, "a second YAML document"),
        ("%YAML 1.2", 3, "the front matter is not valid YAML"),
    ],
)
def test_yaml_that_does_not_parse_is_named_by_its_line(lines: str, line: int, part: str) -> None:
    error = refused(f"---\n{lines}\n---\nbody\n")
    assert part in error.message
    assert error.line == line


@pytest.mark.parametrize(
    ("lines", "line", "part"),
    [
        ("title = A", 2, "write texts in quotes"),
        ("a = 1\ndate = Date(2023, 7, 6)", 3, "write texts in quotes and dates as 2026-03-01"),
        ("date = 2026-02-30", 2, "not valid TOML"),
        ("a = 1\na = 2", 3, "Cannot overwrite a value"),
        ("a = [1,", 2, "not valid TOML"),
        ("a = " + "9" * 5000, 2, "thousands of digits; write it in quotes"),
        ("a = " + "[" * 30_000, 2, "nested more than 20 deep"),
        ("a = " + "[" * 30 + "1" + "]" * 30, 2, "nested more than 20 deep"),
        ("[b]\n" + "a." * 30 + "c = 1", 2, "nested more than 20 deep"),
    ],
)
def test_toml_that_does_not_parse_is_named_by_its_line(lines: str, line: int, part: str) -> None:
    error = refused(f"+++\n{lines}\n+++\nbody\n")
    assert part in error.message
    assert error.line == line


def test_scalars_stay_as_they_were_written() -> None:
    fields = header("a: 010\nb: yes\nc: 2026-03-01\nd: 1_000\ne: 1:30\nf: 1.0\ng: no\nh: !!int 7")
    written = {name: value(fields, name) for name in "abcdefgh"}
    assert list(written.values()) == [
        "010", "yes", "2026-03-01", "1_000", "1:30", "1.0", "no", "7",
    ]  # fmt: skip


def test_toml_values_become_the_texts_that_yaml_would_hold() -> None:
    fields = read(
        "+++\na = true\nb = 7\nc = 1.10\nd = 2026-03-01\ne = 2026-03-01T10:00:00Z\n"
        "f = ['x', 2]\ng = {h = false}\n+++\n"
    ).fields
    written = [value(fields, name) for name in "abcdef"]
    assert written[:4] == ["true", "7", "1.10", "2026-03-01"]
    assert written[4:] == ["2026-03-01T10:00:00+00:00", ["x", "2"]]
    table = fields.find("g")
    assert table is not None
    assert flat(table.value) == "h\x1ffalse"


def test_an_empty_value_is_an_absent_key() -> None:
    fields = header("a:\nb: ''\nc: null\nd: ~\ne: []\nf: {}\ng: '  '\nh: [null, '']\ni: 'null'")
    assert [name for name in "abcdefghi" if fields.find(name)] == ["i"]
    assert read("+++\na = ''\nb = []\n+++\n").fields.find("a", "b") is None


def test_keys_are_found_in_any_case_and_shown_as_written() -> None:
    entry = header("Title: A\nPUBLISHDATE: b\npublishDate_: c").find("publishdate")
    assert entry is not None
    assert (entry.key, entry.line, entry.value) == ("PUBLISHDATE", 3, "b")


def test_keys_under_extra_params_and_taxonomies_count_where_the_top_has_none() -> None:
    fields = header(
        "params: {author: Ada, title: no}\nextra: {image: a.png}\ntaxonomies: {tags: [a]}\ntitle: A"
    )
    assert value(fields, "author") == "Ada"
    assert value(fields, "image") == "a.png"
    assert value(fields, "tags") == ["a"]
    assert value(fields, "title") == "A"


def test_toml_keys_know_their_lines_also_in_tables() -> None:
    fields = read(
        "+++\ntitle = 'A'\n\n[extra]\n# x\nauthor = 'Ada'\n[taxonomies]\n\"tags\" = []\n"
        "categories = [\n'a',\n]\nextra.deep = 1\n+++\n"
    ).fields
    lines = {name: fields.find(name) for name in ("title", "author", "categories")}
    assert {name: entry and entry.line for name, entry in lines.items()} == {
        "title": 2, "author": 6, "categories": 9,
    }  # fmt: skip


def test_yaml_keys_know_their_lines_also_after_long_values() -> None:
    fields = header("a: |\n  x\n  y\nb:\n  - c\n# note\nd: {\n  e: f}\n")
    assert [entry.line for name in "abd" if (entry := fields.find(name))] == [2, 5, 8]


def test_keys_given_twice_are_reported_and_the_last_one_counts() -> None:
    fields = header("title: A\ndate: x\nTitle: B")
    [repeat] = fields.repeats
    assert (repeat.first.line, repeat.last.line) == (2, 4)
    assert value(fields, "title") == "B"
    [repeat] = read("+++\ntitle = 'A'\nTitle = 'B'\n+++\n").fields.repeats
    assert repeat.last.value == "B"


def test_odd_keys_harm_nobody() -> None:
    fields = header("? [a, b]\n: c\n{d: e}: f\n1: g\nno: h\n~: i\ntitle: A")
    assert value(fields, "title") == "A"
    assert value(fields, "no") == "h"


def test_control_characters_are_left_out_and_said() -> None:
    front = read("---\na: 1\ntitle: A\x08B\x7f\n---\n")
    assert value(front.fields, "title") == "AB"
    assert front.cleaned == 3
    assert read("+++\ntitle = 'A\x08B'\n+++\n").cleaned == 2


def test_a_header_over_the_cap_is_refused() -> None:
    filler = "x: y\n" * 13_200
    assert "longer than 64 KB" in refused(f"---\n{filler}---\n").message
    assert value(read(f"---\n{filler[:60_000]}---\n").fields, "x") == "y"


BOMBS = {
    "lists": "a: " + "[" * 64_000,
    "maps": "a: " + "{" * 64_000,
    "maps in maps": "a: " + "{a: " * 16_000,
    "dashes": "- " * 32_000,
    "question marks": "? " * 32_000,
    "indentation": "".join(" " * depth + "a:\n" for depth in range(300)),
    "lists on lines": "a:\n" + " [\n" * 21_000,
    "questions in maps": "a: " + "{? " * 21_000,
    "keys": "".join(f"k{number}: v\n" for number in range(6_000)),
    "a long list": "a: [" + "b, " * 20_000 + "]",
    "empty lists": "a: [" + "[]," * 20_000 + "]",
    "anchors": "a: [" + "&a b, " * 10_000 + "]",
    "quotes": "a: ['" + "''" * 30_000 + "']",
    "escapes": 'a: "' + "\\x41" * 15_000 + '"',
}


TOML_BOMBS = {
    "dotted keys": "a." * 32_000 + "a = 1",
    "dotted keys inside": "x = {" + "a . " * 16_000 + "a = 1}",
    "quoted dotted keys": "'a'." * 16_000 + "a = 1",
    "arrays": "a = " + "[" * 64_000,
    "tables in tables": "a = " + "{a = " * 12_000,
    "tables": "[[a]]\n" * 9_000,
    "spaces": " " * 64_000,
    "a long word": "a" * 64_000,
    "quotes": '"' * 64_000,
    "brackets": "[" * 60_000,
    "a big number": "a = 0x" + "f" * 60_000,
    "lines": 'a = """' + "\\\n" * 30_000 + '"""',
}


@pytest.mark.parametrize(
    ("fence", "text"),
    [("---", text) for text in BOMBS.values()] + [("+++", text) for text in TOML_BOMBS.values()],
    ids=[*BOMBS, *(f"toml {name}" for name in TOML_BOMBS)],
)
def test_a_hostile_header_costs_little_time_and_no_stack(fence: str, text: str) -> None:
    def parse_it() -> None:
        try:
            read(f"{fence}\n{text}\n{fence}\n")
        except FrontMatterError:
            ended.append("refused")
        else:
            ended.append("read")

    ended: list[str] = []
    thread = threading.Thread(target=parse_it)  # whose stack is smaller than the main thread's
    began = time.process_time()
    thread.start()
    thread.join()
    assert ended
    assert time.process_time() - began < 1.0


def test_depth_is_counted_and_not_guessed() -> None:
    assert value(header("a: " + "[" * 18 + "b" + "]" * 18), "a")
    assert "nested more than 20 deep" in refused("---\na: " + "[" * 25 + "b\n---\n").message
    assert value(header("a: '" + "[" * 500 + "'"), "a") == "[" * 500


def test_the_parser_in_python_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "title: 'A'\ntags: [a, b]\nb: |\n  c\nd: {e: null}\nf: 010"
    expected = {name: value(header(lines), name) for name in ("title", "tags", "b", "d", "f")}
    monkeypatch.setattr(yaml_header, "_Parser", yaml.SafeLoader)
    assert {name: value(header(lines), name) for name in expected} == expected
    assert "in quotes" in refused("---\na: b: c\n---\n").message


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=30)))
def test_what_yaml_writes_is_read_back(values: dict[str, str]) -> None:
    try:
        text = yaml.safe_dump(values, allow_unicode=True)
        expected = yaml.safe_load(text)
    except UnicodeError:  # lone surrogates have no place in a file
        return
    fields = read(f"---\n{text}---\n").fields
    for name, written in expected.items():
        if written.strip() and not isinstance(value(fields, name), dict):
            assert value(fields, name) == written


@settings(deadline=None, max_examples=200)
@given(st.text(), st.sampled_from(["---\n", "+++\n", "---", ""]), st.sampled_from(["---", "+++"]))
def test_any_text_is_taken_apart_or_refused(text: str, opener: str, closer: str) -> None:
    try:
        front = read(f"{opener}{text}\n{closer}\nbody")
    except FrontMatterError as error:
        said = (error.line, error.message)
    else:
        said = (front.body_line, "")
    assert said[0] >= 1
    assert "\n" not in said[1]


_PIECES = st.sampled_from(
    ["a", "B1", "key", "null", "~", "true", "2026-03-01", "10:30", ":", ": ", "-", "- ", " ",
     "  ", '"', "'", "[", "]", ",", ", ", "#", " #", "\n", "\n- ", "\n  - ", "\nkey: ", "\nb: ",
     "x y", "", "\\", "%", "&a", "*", "|", ">", "{", "}", "@", "!", "?", "...", "é", "\t",
     "[a, b]", '"q"', "'s'", "key: ", "key:", "''", '""', "[a]", "- [a]", "<<: "]
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(st.lists(_PIECES, max_size=12).map("".join))
def test_what_is_read_without_the_parser_is_what_the_parser_says(text: str) -> None:
    plain = read_plain(text, 2)
    if plain is None:
        return
    reader = yaml_header._Reader(text, 2)
    assert plain == reader.document()
    assert not reader.repeats


@pytest.mark.parametrize(
    "lines",
    [
        "title: A town, at 10:30 (again)!\ndate: 2026-03-01T09:00:00+01:00\ndraft: false",
        "title: \"Here: there\"\ntags: [one, two words]\nauthor: 'Ada & Grace'",
        'categories:\n  - travel\n  - "notes"\nempty:\nlast: 1',
        "tags:\n- a\n- b\ntitle: A",
    ],
)
def test_the_headers_that_most_posts_have_need_no_parser(lines: str) -> None:
    assert read_plain(lines, 2) == yaml_header._Reader(lines, 2).document()
