"""Maildir: a folder of messages that any mail program opens, for those who look before they send.

A message is written to ``tmp/`` and renamed into ``new/``. Its file is named by the delivery, so
that the same delivery again replaces it, also where a mail program has moved it to ``cur/``.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from publisher.domain.delivery import Outcome, Verdict
from publisher.domain.errors import RelayRefused
from publisher.mail.message import Message
from publisher.mail.talk import Talk

FOLDERS = ("tmp", "new", "cur")


class MaildirTransport:
    """A Maildir at ``root``, made where it is missing. Many threads may call ``connect``."""

    repeatable = True

    def __init__(self, root: Path) -> None:
        self._root = root

    def connect(self) -> MaildirConnection:
        """Make the folders, for their owner alone. RelayRefused where that can't be done."""
        try:
            self._root.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self._root, *(self._root / name for name in FOLDERS)):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            why = f"{self._root}: can't be written: {error.strerror}; make it writable"
            raise RelayRefused(why, temporary=False) from error
        return MaildirConnection(self._root)


class MaildirConnection:
    """Writes messages into one Maildir. One thread uses it."""

    fresh = False

    def __init__(self, root: Path) -> None:
        self._root = root
        self._taken = _Taken(root / "cur")

    def carry(self, message: Message, following: Message | None = None) -> Talk[Outcome]:
        """As ``send``. ``following`` is of no use here: there is nobody to tell of it."""
        yield from ()
        return self.send(message)

    def send(self, message: Message) -> Outcome:
        """Write a message so that it survives a power cut, with LF line ends.

        ACCEPTED, or RETURNED when the disk is full or the folder can't be written.
        """
        data = b"".join(message.segments).replace(b"\r\n", b"\n")
        draft = self._root / "tmp" / message.name
        try:
            written_ns = _write(draft, data)
            place = self._place(message.name, written_ns)
            draft.replace(place)
            _sync(place.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink()
            why = f"{self._root}: {error.strerror}; mend that and run again"
            return Outcome(verdict=Verdict.RETURNED, reply=why, usable=False)
        return Outcome(verdict=Verdict.ACCEPTED, reply=f"{place.parent.name}/{place.name}")

    def _place(self, name: str, now_ns: int) -> Path:
        taken = self._taken.find(name, now_ns)
        return self._root / "new" / name if taken is None else self._root / "cur" / taken

    def forget(self) -> Talk[None]:
        """Nothing was said of a next one."""
        yield from ()

    def alive(self) -> bool:
        """A folder needs no keeping alive."""
        return True

    def abort(self) -> None:
        """A write ends by itself."""

    def part(self) -> Talk[None]:
        """Nothing is held open."""
        yield from ()

    def close(self) -> None:
        """Nothing is held open."""

    def drop(self) -> None:
        """Nothing is held open."""


class _Taken:
    """What a mail program has moved to ``cur/``, where flags are added to a name after a colon.

    The folder is listed again only when it has changed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, str] = {}
        self._listed_ns: int | None = None

    def find(self, name: str, now_ns: int) -> str | None:
        """The file name that a message has there; ``now_ns`` is the file system's own time."""
        changed_ns = self._folder.stat().st_mtime_ns
        if changed_ns != self._listed_ns:
            self._names = {file.partition(":")[0]: file for file in os.listdir(self._folder)}
            # Within one tick of its clock a folder may change again and keep its time.
            self._listed_ns = changed_ns if changed_ns < now_ns else None
        return self._names.get(name)


def _write(path: Path, data: bytes) -> int:
    """Write a file for its owner alone, down to the disk; its time in ns."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_mtime_ns


def _sync(folder: Path) -> None:
    """Make a rename durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
