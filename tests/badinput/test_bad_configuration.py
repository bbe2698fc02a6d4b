"""Every bad value of every configuration key: its line, its key, what to write; exit code 2."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from livesite import LiveSite

GOOD = {
    "site": {"title": "Shore", "url": "https://shore.example.com", "id_date": "2020-01-01"},
    "newsletter": {"from": "ada@example.com", "postal_address": "1 Example Street"},
    "web": {"url": "https://news.example.com"},
}

CONTROL = r'"a\x01b"'
HEADER = r'"a\nBcc: eve@example.net"'
#: Of each key, values that it can't take, whatever else it takes.
WRONG: dict[str, tuple[str, ...]] = {
    "site.title": ("{a: b}", CONTROL),
    "site.url": ("{a: b}", CONTROL, HEADER, "shore.example.com", "ftp://x.example",
                 "https://x.example:99999", "https://x.example/?a=1", "'https://[::1'"),
    "site.description": ("{a: b}", CONTROL),
    "site.author": ("text",),
    "site.language": ("{a: b}", CONTROL, HEADER, "klingonese-x-"),
    "site.timezone": ("{a: b}", CONTROL, HEADER, "Europe/Berln", "../../etc/hosts"),
    "site.id_authority": ("{a: b}", CONTROL, HEADER, "x y", "'a/b'"),
    "site.id_date": ("{a: b}", CONTROL, HEADER, "2020-02-30", "2999-01-01", "yesterday"),
    "content.path": ("{a: b}", CONTROL, HEADER, "../elsewhere", "/etc"),
    "content.permalink": ("{a: b}", CONTROL, HEADER, "x y", "/:yaer/"),
    "content.publish_time": ("{a: b}", CONTROL, HEADER, "'24:00'", "noon"),
    "content.published_by_default": ("{a: b}", CONTROL, HEADER, "perhaps"),
    "content.ignore": ("{a: b}", "text", "[[a]]"),
    "content.render_timeout": ("{a: b}", CONTROL, "-1", "0s", "999999d"),
    "content.generator": ("{a: b}", CONTROL, "gatsby"),
    "content.slugs": ("{a: b}", CONTROL, "tiny"),
    "content.templates": ("{a: b}", CONTROL, "handlebars"),
    "content.excerpt_separator": ("{a: b}", CONTROL),
    "content.defaults": ("text", "[a]", "[{values: text}]"),
    "content.authors": ("{a: b}", CONTROL, "../../people.yml"),
    "feeds.gzip": ("{a: b}", CONTROL, "perhaps"),
    "web.most_polls": ("{a: b}", CONTROL, "-1", "many"),
    "web.trusted_proxies": ("{a: b}", "text", "[nobody]"),
    "feeds.path": ("{a: b}", CONTROL, HEADER, "."),
    "feeds.url": ("{a: b}", CONTROL, HEADER, "x y"),
    "feeds.formats": ("{a: b}", "atom", "[]", "[pdf]", "[atom, atom]", "[[atom]]"),
    "feeds.entries": ("{a: b}", CONTROL, HEADER, "-1", "0", "999999999999", "many"),
    "feeds.archive_entries": ("{a: b}", CONTROL, "-1", "1001", "many"),
    "feeds.authors": ("{a: b}", CONTROL, "perhaps"),
    "feeds.full_content": ("{a: b}", CONTROL, "perhaps"),
    "feeds.taxonomies": ("{a: b}", "tags", "['../x']", "[tags, tags]"),
    "feeds.baseline_ids": ("{a: b}", CONTROL, "guid"),
    "feeds.podcast": ("x", "[a]", "{image: x}", "{image: 'https://e.org/a.jpg', category: Any}"),
    "feeds.hubs": ("{a: b}", "text", "['ftp://h.example/']", "['https://u:pw@h.example/']",
                   "['https://h.example/#a']", "['https://h.example/', 'https://h.example/']"),
    "hooks.on_publish": ("text", "[a]", "{}", "{command: []}", "{command: 'a \"b'}",
                         "{command: make, url: 'https://b.example/'}", "{url: 'file:///b'}",
                         "{command: make, timeout: 0s}"),
    "newsletter.from": ("{a: b}", CONTROL, HEADER, "Ada", "Ada <ada@>", "müller@example.com"),
    "newsletter.reply_to": ("{a: b}", CONTROL, HEADER, "ada@@example.com"),
    "newsletter.list_id": ("{a: b}", CONTROL, HEADER, "word", "a b.example"),
    "newsletter.postal_address": ("{a: b}", CONTROL),
    "newsletter.unsubscribe_mailto": ("{a: b}", CONTROL, HEADER, "Ada <ada@example.com>"),
    "newsletter.max_age": ("{a: b}", CONTROL, "-1", "0s", "two days"),
    "newsletter.max_posts_per_hour": ("{a: b}", CONTROL, "-1", "999999999999", "few"),
    "newsletter.settle": ("{a: b}", CONTROL, "-2s", "2d"),
    "newsletter.wait_for_page": ("{a: b}", CONTROL, "on", "999999d"),
    "newsletter.stages": ("{a: b}", "10%", "[1%]", "[100%, author]", "[reader, 100%]"),
    "newsletter.stage_wait": ("{a: b}", CONTROL, "-1", "31d", "off"),
    "newsletter.stage_bounces": ("{a: b}", CONTROL, "0.05", "101%"),
    "delivery.transport": ("{a: b}", CONTROL, HEADER, "sendmail", "smtp://u:pw@x.example",
                           "smtp://mail.example.com?tls=none", "maildir:public/mail"),
    "delivery.relays": ("text", "[a]", "{a: text}", "{a: {weight: 1}}", "{A: {}}",
                        "{a: {transport: sendmail}}", "{a: {transport: 'maildir:x', weight: 0}}"),
    "delivery.destinations": ("text", "[a]", "{a: {rate: 1/s}}",
                              "{a: {domains: ['*.x.example'], rate: 1/s}}"),
    "delivery.connections": ("{a: b}", CONTROL, "-1", "0", "999999999999", "several"),
    "delivery.rate": ("{a: b}", CONTROL, HEADER, "-1", "14", "fast", "0/s"),
    "delivery.on_unknown": ("{a: b}", CONTROL, "maybe"),
    "delivery.survive": ("{a: b}", CONTROL, "fire"),
    "delivery.envelope_from": ("{a: b}", CONTROL, HEADER, "ada"),
    "web.url": ("{a: b}", CONTROL, HEADER, "news.example.com"),
    "web.listen": ("{a: b}", CONTROL, "8000", "'127.0.0.1:99999'", "'x y:80'"),
    "ledger": ("{a: b}", CONTROL, "text", "postgresql://x/y", "mysql://x", "sqlite:public/x.db",
               "'sqlite:x.db?mode=ro'"),
    "secret_file": ("{a: b}", CONTROL, "nowhere", "content", "public/secret"),
}  # fmt: skip


def test_the_table_knows_every_key() -> None:
    from publisher.config.complaints import keys

    sections = {"site", "site.author", "content", "feeds", "newsletter", "delivery", "web", "hooks"}
    named = {".".join(key) for key in keys()}
    inner = {
        key
        for key in named
        if key.startswith(
            ("site.author.", "content.defaults.", "feeds.podcast.", "hooks.on_publish.")
        )
        or "<name>" in key
    }
    assert set(WRONG) == (named - sections - inner) | {"site.author"}


def written(key: str, value: str) -> tuple[str, int]:
    """A file in which one key says this, and the line it stands on."""
    section, _, name = key.rpartition(".")
    lines = []
    for each, good in GOOD.items():
        lines.append(f"{each}:")
        lines += [f"  {one}: {said}" for one, said in good.items() if f"{each}.{one}" != key]
        if each == section:
            lines.append(f"  {name}: {value}")
    if not section:
        lines.append(f"{name}: {value}")
    elif section not in GOOD:
        lines += [f"{section}:", f"  {name}: {value}"]
    return "\n".join(lines) + "\n", lines.index(f"{'  ' if section else ''}{name}: {value}") + 1


#: Values that no key takes.
NOWHERE = ("${NOT_SET}", "[a, [b]]", "!tag x", "*alias")


@pytest.mark.parametrize("key", WRONG)
def test_a_value_that_cant_be_is_refused_at_its_line(tmp_path: Path, key: str) -> None:
    site = LiveSite(tmp_path / "site")
    for value in (*WRONG[key], *NOWHERE):
        text, line = written(key, value)
        (site.root / "config.yaml").write_text(text)
        ran = site.run("publish", ok=False)
        assert ran.code == 2, (value, ran)
        lines = ran.err.splitlines()
        assert any(re.match(rf"config\.yaml:{line}: {re.escape(key)}(\.\w+)*: \S", one)
                   for one in lines), (value, ran)  # fmt: skip
        assert all(one.isprintable() and one.startswith("config.yaml") for one in lines)
        assert not (site.root / "public").exists()


BASE = "site:\n  title: Shore\n  url: https://shore.example.com\n  id_date: 2020-01-01\n"

FILES: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "config.yaml: is empty: it needs at least site:"),
    "no site": ("feeds: {entries: 3}\n", "config.yaml: site: is required: write site:"),
    "no title": ("site: {url: 'https://x.example', id_date: 2020-01-01}\n",
                 "config.yaml:1: site.title: is required"),
    "tab": ("site:\n\ttitle: x\n", "config.yaml:2: a tab indents this line: use spaces"),
    "list": ("- a\n", "config.yaml:1: expected 'key: value' lines, not a list"),
    "text": ("hello\n", "config.yaml:1: expected 'key: value' lines, not text"),
    "twice": (f"{BASE}  title: Again\n", "config.yaml:5: site.title: stands here a second time"),
    "section twice": (f"{BASE}site:\n  title: x\n", "config.yaml:5: site: stands here a second"),
    "typo": (f"{BASE}feed:\n  path: x\n",
             "config.yaml:5: feed: is no key of this file; did you mean feeds?"),
    "typo inside": (f"{BASE}delivery:\n  conections: 3\n",
                    "config.yaml:6: delivery.conections: is no key of this file; did you mean "
                    "delivery.connections?"),
    "elsewhere": (f"{BASE}connections: 3\n", "did you mean delivery.connections?"),
    "latin": (BASE.encode() + b"x: \xff\n", "config.yaml:5: not UTF-8 text: save the file as"),
    "utf-16": (BASE.encode("utf-16"), "config.yaml:1: not UTF-8 text: save the file as UTF-8"),
    "nul": (BASE.encode() + b"\0", r"config.yaml:5: the control character '\x00' can't stand"),
    "bomb": ("a: &a [x]\nb: [*a]\n", "config.yaml:2: b: aliases (*a) aren't read: repeat it"),
    "deep": (f"a: {'[' * 200}{']' * 200}", "config.yaml:1: nested deeper than 20 levels"),
    "large": (f"{BASE}# {'x' * 70_000}\n", "config.yaml: larger than 64 KB: not a configuration"),
    "two": (f"{BASE}---\nsite: x\n", "config.yaml:5: a second document begins here: keep one"),
    "bracket": (f"{BASE}x: [a\n", "config.yaml:5: what begins here is never closed"),
    "quote": (f'{BASE}x: "a\n', "config.yaml:5: what begins here is never closed"),
    "colon": (BASE.replace("Shore", "a: b"), "config.yaml:2: a ':' where none can stand: put"),
    "odd key": ("[a]: b\n", "config.yaml:1: a key has to be a word"),
    "object": ("site: !!python/object:os.system x\n", "config.yaml:1: site: tags (!…) aren't"),
    "password": (f"{BASE}newsletter: {{postal_address: '${{PUBLISHER_SECRET}}'}}\n",
                 "PUBLISHER_SECRET is read by itself: it has no place in the file"),
}  # fmt: skip


def test_a_file_that_cant_be_read_is_refused_at_its_line(tmp_path: Path) -> None:
    site = LiveSite(tmp_path / "site")
    for name, (text, says) in FILES.items():
        data = text if isinstance(text, bytes) else text.encode()
        (site.root / "config.yaml").write_bytes(data)
        ran = site.run("check", ok=False)
        assert (ran.code, ran.out) == (2, ""), (name, ran)
        assert says in ran.err, (name, ran)
        assert site.run("--json", "plan", ok=False).document["error"], name


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    site = LiveSite(tmp_path / "site")
    (site.root / "config.yaml").unlink()
    ran = site.run("check", ok=False)
    assert ran.code == 2
    assert ran.err == (
        "config.yaml: no such file: make a site with 'publisher init', or name it with --config "
        "PATH\n"
    )
    (site.root / "config.yaml").mkdir()
    ran = site.run("check", ok=False)
    assert (ran.code, ran.err) == (2, "config.yaml: can't be read: is a directory\n")


SECRETS: dict[str, tuple[bytes, int, str]] = {
    "open to others": (b"a-good-long-secret-here\n", 0o644, "chmod 600"),
    "short": (b"abc\n", 0o600, "a secret has to have at least 16 characters"),
    "empty": (b"", 0o600, "no secret is in it"),
    "bytes": (b"\xff" * 40, 0o600, "not text: write a secret of letters and digits"),
    "large": (b"a" * 100_000, 0o600, "too large to be a file of secrets"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_cant_be_trusted_is_refused(tmp_path: Path, name: str) -> None:
    data, mode, says = SECRETS[name]
    site = LiveSite(tmp_path / "site", more="secret_file: secrets")
    (site.root / "secrets").write_bytes(data)
    (site.root / "secrets").chmod(mode)
    ran = site.run("publish", ok=False)
    assert ran.code == 2
    assert re.match(r"config\.yaml:\d+: secret_file: .*" + re.escape(says), ran.err), ran
    assert data.decode("latin-1").strip()[:10] not in ran.err or not data
