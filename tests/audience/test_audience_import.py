"""CSV in: every row is judged by its own line, and the file is never held whole."""

import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.audience.importing import read_csv, read_rows


def said(findings: tuple[object, ...]) -> list[str]:
    return [str(finding) for finding in findings]


def people(text: str | bytes) -> list[tuple[str, str]]:
    data = text.encode() if isinstance(text, str) else text
    return [(new.address, new.name) for new in read_csv(data, "list.csv").good]


ADA = ("ada@example.com", "Ada")
GRACE = ("grace@example.org", "Grace")


@pytest.mark.parametrize(
    "text",
    [
        "email,name\nada@example.com,Ada\ngrace@example.org,Grace\n",
        "name,email\nAda,ada@example.com\nGrace,grace@example.org",
        "Email;Name\r\nada@example.com;Ada\r\ngrace@example.org;Grace\r\n",
        "E-MAIL\tNAME\nada@example.com\tAda\ngrace@example.org\tGrace\n",
        '\ufeff"Email Address","Full Name"\n"ada@example.com","Ada"\n"grace@example.org","Grace"\n',
        "email,name\rada@example.com,Ada\rgrace@example.org,Grace\r",
        "\n\n email , name \n\nada@example.com , Ada,,\n,,\n  \n grace@example.org,Grace\n\n",
        "id,email,city,name\n1,ada@example.com,Paris,Ada\n2,grace@example.org,,Grace\n",
    ],
)
def test_columns_stand_in_any_order_case_and_separator(text: str) -> None:
    plan = read_csv(text.encode(), "list.csv")
    assert [(new.address, new.name) for new in plan.good] == [ADA, GRACE]
    assert not plan.refused


def test_names_may_be_left_out() -> None:
    assert people("email\nada@example.com\n") == [("ada@example.com", "")]
    assert people("email,name\nada@example.com\n") == [("ada@example.com", "")]


def test_columns_not_used_are_named_once() -> None:
    plan = read_csv(b"email,phone,City\nada@example.com,1,Paris\n", "list.csv")
    assert said(plan.notes) == ["list.csv:1: columns not used: phone, City"]


def test_a_file_from_a_stream_is_read_and_left_open() -> None:
    stream = io.BytesIO(b"email\nada@example.com\n")
    assert len(read_csv(stream, "list.csv").good) == 1
    assert not stream.closed


def test_each_refused_row_says_its_line_and_why_and_the_rest_is_in() -> None:
    text = (
        "email,name\n"
        "ada@example.com,Ada\n"
        "\n"
        "not an address,Bob\n"
        ",Carol\n"
        "dan@example.com,Dan, the man\n"
        '"x" y,Z\n'
        "grace@example.org,Grace\n"
        "nor this,Y\n"
    )
    plan = read_csv(text.encode(), "list.csv")
    assert [(new.address, new.name) for new in plan.good] == [ADA, GRACE]
    lines = said(plan.refused)
    assert [line.split(": ")[0] for line in lines] == [f"list.csv:{n}" for n in (4, 5, 6, 7, 9)]
    assert "is not an address" in lines[0]
    assert "no address" in lines[1]
    assert "3 values under 2 columns" in lines[2]
    assert "double quote inside a value" in lines[3]


def test_lines_are_counted_through_quoted_line_breaks() -> None:
    text = 'email,name\nada@example.com,"Ada\r\nLovelace"\nbad,"x\ny"\nworse,z\n'
    plan = read_csv(text.encode(), "list.csv")
    assert [new.name for new in plan.good] == ["Ada Lovelace"]
    assert [finding.line for finding in plan.refused] == [4, 6]


def test_a_missing_quote_says_which_rows_went_with_it() -> None:
    text = 'email,name\nada@example.com,"Ada\ngrace@example.org,Grace\nx@example.org,"X"\n'
    plan = read_csv(text.encode(), "list.csv")
    assert not plan.good
    (line,) = said(plan.refused)
    assert line.startswith("list.csv:2: ")
    assert "lines up to 4: is a closing quote missing?" in line


def test_a_quote_never_closed_is_found_at_the_end() -> None:
    plan = read_csv(b'email,name\nada@example.com,Ada\nx@example.org,"X\n', "list.csv")
    assert len(plan.good) == 1
    assert said(plan.refused)[0].startswith("list.csv:3: a double quote is never closed")


def test_a_value_that_took_in_another_row_is_refused() -> None:
    plan = read_csv(b'email,name\nada@example.com,"Ada\ngrace@example.org,"\n', "list.csv")
    assert not plan.good
    assert "another row" in said(plan.refused)[0]


def test_after_a_value_past_all_bounds_it_goes_on() -> None:
    swallowed = "x" * 1000 + "\n"
    text = 'email,name\nx@example.org,"' + swallowed * 140 + "ada@example.com,Ada\n"
    plan = read_csv(text.encode(), "list.csv")
    assert said(plan.refused)[0].startswith("list.csv:2: a double quote is never closed")
    assert [(new.address, new.name) for new in plan.good] == [ADA]


def test_rows_of_one_mailbox_are_taken_once_and_the_others_said() -> None:
    plan = read_csv(
        b"email\nada@example.com\ngrace@example.org\nADA@Example.com\nada@example.com\n", "l.csv"
    )
    assert [new.address for new in plan.good] == ["ada@example.com", "grace@example.org"]
    assert said(plan.repeated) == [
        "l.csv:4: the same mailbox as line 2",
        "l.csv:5: the same mailbox as line 2",
    ]


def test_who_has_left_according_to_the_file_is_left_out() -> None:
    plan = read_csv(
        b"email,Status\nada@example.com,Unsubscribed\ngrace@example.org,active\n", "list.csv"
    )
    assert [new.address for new in plan.good] == ["grace@example.org"]
    assert said(plan.unsubscribed) == ["list.csv:2: left out: unsubscribed, says the file"]
    assert not plan.refused


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no column 'email'"),
        (b"\n\n", "no column 'email'"),
        (b"ada@example.com\n", "the first line has to name the columns: email,name"),
        (b"name,phone\nAda,1\n", "no column 'email'"),
        (b"email,e-mail\na@example.com,b@example.com\n", "2 columns for 'email'"),
        (b"email,name,full name\na@example.com,b,c\n", "2 columns for 'name'"),
        ("email,name\nada@example.com,Ada\n".encode("utf-16"), "save the file as UTF-8"),
        (b"PK\x03\x04\0\0\0", "save the file as UTF-8"),
    ],
)
def test_a_file_without_a_usable_header_is_refused_whole(data: bytes, why: str) -> None:
    plan = read_csv(data, "list.csv")
    assert not plan.good
    (line,) = said(plan.refused)
    assert line.startswith("list.csv:")
    assert why in line


def test_rows_that_are_not_utf_8_are_refused_and_the_others_are_in() -> None:
    data = "email,name\nada@example.com,Ada\njo@example.com,Jos\xe9\n".encode("latin-1")
    plan = read_csv(data, "list.csv")
    assert len(plan.good) == 1
    assert said(plan.refused) == ["list.csv:3: not UTF-8 text: save the file as UTF-8"]


def test_a_header_can_t_smuggle_controls_into_a_message() -> None:
    plan = read_csv(b"email,\x1b[31mred\nada@example.com,x\n", "list.csv")
    assert said(plan.notes)[0].isprintable()


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("ab@.,;\t\"'\n\r =é\udc80\0") | st.characters()).map(
        lambda text: b"email,name\n" + text.encode("utf-8", "surrogatepass")
    )
    | st.binary()
)
def test_any_bytes_are_judged_row_by_row(data: bytes) -> None:
    last = 0
    for row in read_rows(data, "list.csv"):
        line = row.finding.line
        assert line is not None
        assert line > last or row.kind in ("note", "refused")
        assert str(row.finding).isprintable()
        assert (row.kind == "refused") <= bool(row.finding.message)
        last = line


class Tape(io.RawIOBase):
    """A file of many rows that is never anywhere as a whole, and knows how far it was read."""

    def __init__(self, rows: int) -> None:
        self.read_lines = 0
        self._lines: Iterator[bytes] = (
            b"email,name\n" if n == 0 else b"person%d@example.com,Person\n" % n
            for n in range(rows + 1)
        )

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        line = next(self._lines, b"")
        self.read_lines += bool(line)
        buffer[: len(line)] = line
        return len(line)


def test_a_long_file_is_streamed() -> None:
    tape = Tape(rows=3_000)
    rows = read_rows(io.BufferedReader(tape), "list.csv")
    first = next(rows)
    assert first.subscriber is not None
    assert tape.read_lines < 1_000
    assert sum(row.kind == "good" for row in rows) == 2_999
