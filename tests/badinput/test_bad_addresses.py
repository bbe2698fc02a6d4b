"""Every bad address: refused in a sentence on its line, and the good ones beside it taken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from livesite import LiveSite

#: Addresses that are none, and a word of why.
BAD = {
    "ada": "must have an @-sign",
    "@example.com": "something before the @-sign",
    "ada@": "something after the @-sign",
    "ada@@example.com": "invalid characters",
    "a b@example.com": "SPACE",
    "ada@exa mple.com": "SPACE",
    "ada@.com": "period immediately after the @-sign",
    "ada@example..com": "two periods in a row",
    "ada@example.com.": "cannot end with a period",
    "ada@-x.com": "hyphen immediately after",
    "ada.@example.com": "period immediately before",
    ".ada@example.com": "cannot start with a period",
    "a..b@example.com": "two periods in a row",
    "ada@[127.0.0.1]": "bracketed IP address",
    '"a b"@example.com': "quoting the part before the @-sign is not allowed",
    "ada@localhost": "should have a period",
    "ada@123.456": "top-level domain",
    "ada@example.com, eve@example.net": "invalid characters",
    "ada@example.com;eve@example.net": "invalid characters",
    "ada@example.com\nBcc: eve@example.net": "U\\+000A",
    "ada@example.com\r\nRCPT TO:<eve@example.net>": "U\\+000D",
    "<ada@example.com>": "angle brackets",
    "Ada <ada@example.com>": "angle brackets",
    "mailto:ada@example.com": "invalid characters",
    "ada@example.com\0": "U\\+0000",
    "ada\u202e@example.com": "unsafe characters",
    "ada@ex\u200bample.com": "unsafe characters",
    "ada@🐚.example": "not allowed",
    "ada@xn--zzzz--.com": "period and a hyphen",
    "(a comment)ada@example.com": "invalid characters",
    f"{'a' * 65}@example.com": "too long",
    f"a@{'b' * 64}.com": "after the @-sign",
    f"a@{'.'.join(['b' * 60] * 5)}.com": "too long",
    f"{'x' * 100_000}@example.com": "too long to be an address",
}

#: Addresses that look odd and are not: what they are kept as.
ODD = {
    "ada@münchen.example": "ada@xn--mnchen-3ya.example",
    "müller@example.com": "müller@example.com",
    "ada@例え.テスト": "ada@xn--r8jz45g.xn--zckzah",
    "ada+tag@example.com": "ada+tag@example.com",
    "-oQ@example.com": "-oQ@example.com",
    "%00@example.com": "%00@example.com",
}


@pytest.fixture
def site(tmp_path: Path) -> LiveSite:
    made = LiveSite(tmp_path / "site")
    made.post("next.md", title="Next", date="2026-03-02 08:00")
    made.publish("2026-03-02T07:59:00Z")
    return made


def addresses(site: LiveSite) -> list[str]:
    return [one["address"] for one in site.json("subscribers", "list")["subscribers"]]


def test_an_address_that_is_none_is_a_usage_error_on_one_line(site: LiveSite) -> None:
    for address, says in {**BAD, "": "must have an @-sign"}.items():
        for command in ("add", "remove"):
            ran = site.run("subscribers", command, "--", address, ok=False)
            assert ran.code == 2, (address[:80], ran.code)
            assert re.search(says, ran.err), ran.err[:300]
            assert ran.err.count("\n") == 1
            assert ran.err.strip().isprintable()
            assert len(ran.err) < 600
    assert addresses(site) == []


def test_an_import_refuses_each_bad_line_and_takes_the_others(site: LiveSite) -> None:
    rows = [address for address in BAD if not re.search(r'[\n\r,"]', address)]
    good = ["first@example.com", *ODD, "last@example.com"]
    lines = ["email,name", good[0], *rows, *good[1:]]
    (site.root / "list.csv").write_text("".join(f"{line}\n" for line in lines))
    for more in ((), ("--yes",)):
        ran = site.run("subscribers", "import", "list.csv", *more, ok=False)
        assert ran.code == 1
        said = ran.err.splitlines()
        assert [line.split(":")[1] for line in said] == [str(at + 3) for at in range(len(rows))]
        for line, row in zip(said, rows, strict=True):
            assert line.startswith("list.csv:")
            assert re.search(BAD[row], line), line[:300]
            assert len(line) < 600
    assert addresses(site) == [good[0], *ODD.values(), good[-1]]


FILES: dict[str, tuple[bytes, str]] = {
    "no header": (b"ada@example.com\n", "x.csv:1: no column 'email': the first line has to name"),
    "empty": (b"", "x.csv:1: no column 'email': the first line has to name the columns"),
    "utf-16": ("email,name\nada@example.com,A\n".encode("utf-16"), "x.csv:1: UTF-16 or no text"),
    "latin": ("email,name\nada@example.com,Mü\n".encode("latin-1"), "x.csv:2: not UTF-8 text"),
    "bytes": (bytes(range(256)), "x.csv:1: UTF-16 or no text at all: save the file as UTF-8"),
    "nul": (b"email\na\0@example.com\n", "x.csv:2: 'a\\x00@example.com' is not an address"),
    "open quote": (b'email,name\n"a@example.com,A\nb@example.com,B\n',
                   "x.csv:2: a double quote is never closed"),
    "header": (b'email\n"a@example.com\nBcc: b@example.com"\n', "x.csv:2: 'a@example.com\\nBcc: b"),
    "two columns": (b"email,email\na@example.com,b@example.com\n", "1: 2 columns for 'email'"),
    "too many values": (b"email,name\na@example.com,b,c\n", "x.csv:2: 3 values under 2 columns"),
    "endless": (b"email,name\n" + b"x" * 200_000 + b"@example.com,b\n", "is far too long"),
    "endless name": (b"email,name\na@example.com," + b"x" * 201 + b"\n", "at most 200 are taken"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_list_that_is_none_is_refused_at_its_line(site: LiveSite, name: str) -> None:
    data, says = FILES[name]
    (site.root / "x.csv").write_bytes(data)
    ran = site.run("subscribers", "import", "x.csv", "--yes", ok=False)
    assert ran.code == 1
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert addresses(site) == []


def test_a_list_that_is_not_there_is_a_usage_error(site: LiveSite) -> None:
    for path, why in {"none.csv": "No such file", "content": "Is a directory"}.items():
        ran = site.run("subscribers", "import", path, ok=False)
        assert ran.code == 2
        assert ran.err.startswith(f"publisher: {path}: can't be read: {why}")


def test_a_name_breaks_out_of_no_header(site: LiveSite) -> None:
    name = 'x\r\nBcc: eve@example.net\r\n\r\n"<script>'
    site.run("subscribers", "add", "ada@example.com", "--name", name)
    for at, address in enumerate(ODD):
        site.run("subscribers", "add", "--name", f"N{at}", "--", address)
    did = site.publish("2026-03-02T08:00:10Z")
    assert did["deliveries"] == {"accepted": 1 + len(ODD)}
    for message in site.messages():
        head = re.split(rb"\r?\n\r?\n", message.read_bytes())[0]
        assert not re.search(rb"(?im)^bcc:", head)
        assert len(re.findall(rb"(?m)^To: ", head)) == 1
