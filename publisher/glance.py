"""A glance: whether a ``publish`` has anything to do at all, told without loading the program.

What a pass comes to depends on the program, the configuration, the environment, the folder, the
ledger, the feed files and the time. A ``publish`` that leaves nothing to do notes how each of them
stood, and what the next one would say. The next one looks at each of them, by the standard library
alone; while all are the same it says that, notes in the ledger that a pass was made, and is done.
Whatever differs, or can't be told, is no error: then the program is loaded, and finds out.

The note may be lost or damaged: it only saves work.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from publisher import __version__

_PACKAGE = Path(__file__).parent
_NAMED = re.compile(rb"\$\{([A-Za-z_][A-Za-z0-9_]*)")
_OURS = "PUBLISHER_"


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a walk of the content folder goes by. ``folder`` is below ``root``."""

    root: str
    folder: str
    ignore: tuple[str, ...]
    generator: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a pass says that has nothing to do: on stdout, as a document, and on stderr."""

    lines: tuple[str, ...]
    document: Mapping[str, Any]
    errors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What a pass stood on. ``mark`` is the folder's, ``until`` the next instant of anything.

    ``feeds`` says of each feed file how it was left: inode, size and time.
    """

    at: datetime
    until: datetime | None
    content: Content
    mark: str
    feeds: Mapping[str, Sequence[Any]]
    ledger: Path
    lock: Path
    fence: Path


def glance(arguments: Sequence[str], environ: Mapping[str, str], now: datetime) -> int | None:
    """The exit code of a ``publish`` that has nothing to do and said so; None for all else."""
    asked = _asked(arguments)
    if asked is None:
        return None
    config, as_json = asked
    try:
        note = json.loads(_place(config).read_bytes())
        said = _said(note, config, environ, now)
    except (OSError, sqlite3.Error, ValueError, KeyError, TypeError, AttributeError):
        return None
    if said is None:
        return None
    _say(said, as_json=as_json)
    return 0


def keep(config: Path, environ: Mapping[str, str], ground: Ground, said: Said) -> None:
    """Note for the next ``publish`` how everything stands, if that can be told."""
    from publisher.ledger.glance import digest

    place = _place(config)
    new = place.with_name(f".{place.name}.new")
    with suppress(OSError, sqlite3.Error):
        ledger = digest(ground.ledger)
        if ledger is None:
            return
        note = {
            "program": version_mark(),
            "configured": _configured(config, environ),
            "at": ground.at.isoformat(),
            "until": ground.until and ground.until.isoformat(),
            "content": asdict(ground.content),
            "mark": ground.mark,
            "feeds": dict(ground.feeds),
            "ledger": [str(ground.ledger), ledger],
            "lock": str(ground.lock),
            "fence": [str(ground.fence), ground.fence.read_text()],
            "said": asdict(said),
        }
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            json.dump(note, file)
        os.replace(new, place)


@cache
def version_mark() -> str:
    """What tells this program from any other: its version, and how its modules stand on disk."""
    modules = []
    for folder, _, names in os.walk(_PACKAGE):
        for name in names:
            if name.endswith(".py"):
                found = os.stat(os.path.join(folder, name))
                modules.append((folder, name, found.st_size, found.st_mtime_ns))
    return f"{__version__} {sys.version} {_digest(repr(sorted(modules)).encode())}"


def _asked(arguments: Sequence[str]) -> tuple[Path, bool] | None:
    """The configuration and ``--json`` of a plain ``publish``; None for anything else."""
    config, as_json, rest = "config.yaml", False, list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--json":
            as_json = True
        elif argument == "--config" and rest:
            config = rest.pop(0)
        elif argument.startswith("--config="):
            config = argument.removeprefix("--config=")
        elif argument not in ("publish", "-v", "--verbose"):
            return None
    return (Path(config), as_json) if list(arguments).count("publish") == 1 else None


def _place(config: Path) -> Path:
    return Path(os.path.abspath(config)).parent / "state" / "standing.json"


def _said(
    note: Mapping[str, Any], config: Path, environ: Mapping[str, str], now: datetime
) -> Mapping[str, Any] | None:
    """What to say, once a pass that did nothing is noted; None when there may be more to it."""
    until = note["until"]
    if not (
        datetime.fromisoformat(note["at"]) <= now
        and (until is None or now < datetime.fromisoformat(until))
        and note["program"] == version_mark()
        and note["configured"] == _configured(config, environ)
        and Path(note["fence"][0]).read_text() == note["fence"][1]
    ):
        return None
    from publisher.domain.errors import PublisherError
    from publisher.ledger.glance import pass_over
    from publisher.ledger.lock import Lock

    try:
        with Lock.acquire(Path(note["lock"]), role="publish"):
            path, same = note["ledger"]
            noted = pass_over(Path(path), same, now, lambda: _as_left(note))
    except PublisherError:
        return None
    found: Mapping[str, Any] | None = note["said"] if noted else None
    return found


def _as_left(note: Mapping[str, Any]) -> bool:
    """Whether the content folder and the feeds are as they were."""
    stats = ((os.stat(path), left) for path, left in note["feeds"].items())
    return all([stat.st_ino, stat.st_size, stat.st_mtime_ns] == left for stat, left in stats) and (
        _mark(Content(**note["content"])) == note["mark"]
    )


def _mark(content: Content) -> str | None:
    from publisher.content.checkout import index_lock
    from publisher.content.ignore import ignorer
    from publisher.content.walk import mark_of, walk

    folder = os.path.normpath(os.path.join(content.root, content.folder))
    if (lock := index_lock(Path(folder))) and lock.exists():
        return None
    is_post: Callable[[str], bool] = lambda below: True  # noqa: E731  as a walk has it
    if content.generator != "none":
        from publisher.content.habits import is_post_of

        is_post = is_post_of(content.generator)  # type: ignore[arg-type]  # kept from settings
    return mark_of(walk(folder, ignorer(content.ignore, content.folder), is_post), time.time())


def _configured(config: Path, environ: Mapping[str, str]) -> str:
    """A digest of the configuration, and of all that it takes from the environment."""
    data = Path(config).read_bytes()
    names = {name.decode() for name in _NAMED.findall(data)}
    taken = sorted((k, v) for k, v in environ.items() if k in names or k.startswith(_OURS))
    return _digest(repr((os.path.abspath(config), data, taken)).encode("utf-8", "replace"))


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=20).hexdigest()


def _say(said: Mapping[str, Any], *, as_json: bool) -> None:
    document = json.dumps(said["document"], ensure_ascii=False, indent=2)
    _write(sys.stderr, said["errors"])
    _write(sys.stdout, [document] if as_json else said["lines"])


def _write(stream: Any, lines: Iterable[str]) -> None:
    with suppress(BrokenPipeError):
        stream.write("".join(f"{line}\n" for line in lines))
        stream.flush()


def main(arguments: Sequence[str]) -> int | None:
    """``glance`` with the clock and the environment of this process."""
    return glance(arguments, os.environ, datetime.now(UTC))
