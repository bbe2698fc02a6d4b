"""A new site: a configuration, two posts and the mail's templates, to be changed at leisure."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from publisher.domain.errors import OutputUnwritable, Refused

CONFIG = """\
# Every key, its default and its meaning: publisher config show prints what is in force.
site:
  title: My Notes                      # what readers see as the name of feeds and newsletter
  url: https://example.com             # the home page; every link is made absolute with it
  author: {{name: Ada Example, email: ada@example.com}}
  language: en
  timezone: UTC                        # the zone of dates that name none
  id_date: {day}                  # part of every feed id: never change it
content:
  path: content
newsletter:                            # without this section there are only feeds
  from: Ada Example <ada@example.com>
  postal_address: My Notes, 1 Example Street, 12345 Exampletown
delivery:
  transport: maildir:outbox            # or smtp://user@mail.example.com:587
web:
  url: https://news.example.com        # where publisher run is reached: unsubscribe links
  listen: 127.0.0.1:8000
"""

FIRST = """\
---
title: Hello
date: {day}
description: The first post of this site.
tags: [notes]
---

This post is public from the day it names. The first pass of `publisher publish` adopts it: it goes
into the feeds, and is mailed to nobody.
"""

SECOND = """\
---
title: A draft
date: {day}
tags: [notes]
draft: true
---

Take out the line `draft: true` and save. The next pass puts this post into the feeds and mails it
to each subscriber, once.

<!--more-->

What stands above the mark is the excerpt; feeds and mails have the whole.
"""


def make_site(folder: Path, templates: Path, now: datetime) -> list[Path]:
    """Make a site in ``folder``; the files made. Raises Refused where one is there already."""
    day = now.date().isoformat()
    files = {
        Path("config.yaml"): CONFIG.format(day=day),
        Path("content", f"{day}-hello.md"): FIRST.format(day=day),
        Path("content", "a-draft.md"): SECOND.format(day=day),
        Path(".gitignore"): "/outbox/\n/public/\n/state/\n",
    }
    try:
        return [*_write(folder, files), *_copy(templates, folder / "templates" / "email")]
    except OSError as error:
        raise OutputUnwritable(f"{error.filename}: can't be written: {error.strerror}") from error


def _write(folder: Path, files: Mapping[Path, str]) -> list[Path]:
    if (folder / "config.yaml").exists():
        raise Refused(f"{folder / 'config.yaml'}: there is a site already; name another folder")
    made = []
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(text, encoding="utf-8")
            made.append(path)
        elif path.name == ".gitignore":
            _add_lines(path, text)
    return made


def _add_lines(path: Path, text: str) -> None:
    """Keep addresses and what can be made again out of a checkout that is there already."""
    there = path.read_text(encoding="utf-8")
    lacking = [line for line in text.splitlines() if line not in there.splitlines()]
    if lacking:
        glue = "" if there.endswith("\n") or not there else "\n"
        path.write_text(there + glue + "\n".join(lacking) + "\n", encoding="utf-8")


def _copy(templates: Path, to: Path) -> list[Path]:
    """The shipped templates, to be changed; one that is deleted falls back to the shipped one."""
    if to.exists():
        return []
    shutil.copytree(templates, to, copy_function=shutil.copyfile)
    return [to]
