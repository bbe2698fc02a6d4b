"""The sample feed, byte for byte, in every format and whatever surrounds the program."""

from __future__ import annotations

import locale
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from feedcheck import faults
from feedsample import GOLDEN, sample

from publisher.feeds.atom import atom
from publisher.feeds.jsonfeed import json_feed
from publisher.feeds.rss import rss

WRITERS = {"atom": atom, "rss": rss, "json": json_feed}
FILES = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}
HERE = Path(__file__).parent

each_format = pytest.mark.parametrize("format_", ["atom", "rss", "json"])


@each_format
def test_the_sample_feed_is_byte_for_byte_what_was_looked_at(format_: str) -> None:
    assert WRITERS[format_](sample(format_)) == (GOLDEN / FILES[format_]).read_bytes()


@each_format
def test_the_sample_feed_has_no_faults(format_: str) -> None:
    assert faults(WRITERS[format_](sample(format_)), format_) == []


@each_format
def test_threads_do_not_disturb_each_other(format_: str) -> None:
    feed = sample(format_)
    with ThreadPoolExecutor(4) as pool:
        results = set(pool.map(lambda _: WRITERS[format_](feed), range(40)))
    assert results == {(GOLDEN / FILES[format_]).read_bytes()}


@each_format
def test_no_feed_touches_the_locale_of_the_process(
    format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise AssertionError("the locale of the whole process was switched")

    monkeypatch.setattr(locale, "setlocale", refuse)
    WRITERS[format_](sample(format_))


@pytest.mark.parametrize(
    "surroundings",
    [
        {"TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"},
    ],
)
def test_other_zones_locales_and_processes_give_the_same_bytes(
    surroundings: dict[str, str],
) -> None:
    program = (
        "import locale, sys; locale.setlocale(locale.LC_ALL, '')\n"
        "from test_feeds_golden import WRITERS, sample\n"
        "for format_, writer in WRITERS.items():\n"
        "    sys.stdout.buffer.write(writer(sample(format_)))\n"
    )
    search = os.pathsep.join(sys.path)
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**surroundings, "PYTHONPATH": search},
        cwd=HERE,
        capture_output=True,
        check=True,
    )
    assert run.stdout == b"".join((GOLDEN / name).read_bytes() for name in FILES.values())


def test_only_the_writers_of_xml_load_what_is_heavy() -> None:
    program = (
        "import sys, publisher.feeds.outline, publisher.feeds.jsonfeed, publisher.feeds.write\n"
        "sys.exit(', '.join({'feedgen', 'lxml'} & sys.modules.keys()) or None)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
