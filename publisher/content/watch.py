"""Tells when the content folder may have changed: by the system's events, and from time to time.

Events are hints. Some file systems send none (NFS, SMB, shared folders of virtual machines), and a
full queue drops them; so the folder is looked at again every half minute whatever happens.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from stat import S_ISDIR

import watchfiles

from publisher.content.checkout import wait_until_at_rest

#: Changes are gathered for at most 50 ms, and until 10 ms pass without one. Measured: an event is
#: reported 12 ms after the change, for under 1 % of a core; steps of 1 ms cost 3 %.
DEBOUNCE_MS = 50
STEP_MS = 10

#: How often it is made sure that the folder is still the one that is watched.
TICK_S = 1.0


def watch(
    root: Path,
    on_change: Callable[[], None],
    stop: threading.Event,
    *,
    rescan_s: float = 30.0,
    force_polling: bool = False,
    apart: Sequence[Path] = (),
) -> None:
    """Call ``on_change`` after changes below a folder, and every ``rescan_s``, until ``stop``.

    Also once when watching has begun, for what changed before. A folder that is missing, or is
    replaced by another, is watched from when it is there. While Git holds the checkout the call
    waits. ``force_polling`` looks at every file instead of asking the system for events; so does
    this when the system refuses events. What changes in the places ``apart``, which are the
    program's own, does not count: a pass writes there. Errors of ``on_change`` pass through.
    """
    watcher = _Watcher(root, on_change, stop, rescan_s, apart)
    polling = force_polling
    while not stop.is_set():
        if watcher.identity() is None:
            watcher.await_folder()
            continue
        try:
            watcher.follow(polling=polling)
        except FileNotFoundError:
            continue
        except OSError:
            if polling:
                stop.wait(TICK_S)
            polling = True


class _Watcher:
    """What one call of ``watch`` needs to remember."""

    def __init__(
        self,
        root: Path,
        on_change: Callable[[], None],
        stop: threading.Event,
        rescan_s: float,
        apart: Sequence[Path],
    ) -> None:
        self._root = root
        self._apart = [os.path.relpath(path, root) for path in apart]
        self._on_change = on_change
        self._stop = stop
        self._tick_s = min(TICK_S, rescan_s)
        self._ticks = max(1, round(rescan_s / self._tick_s))
        self._stuck = False

    def identity(self) -> tuple[int, int] | None:
        """Which folder is there now; None when there is none."""
        try:
            stat = self._root.stat()
        except OSError:
            return None
        return (stat.st_dev, stat.st_ino) if S_ISDIR(stat.st_mode) else None

    def await_folder(self) -> None:
        """Return when the folder is there, or on stop."""
        while not self._stop.wait(self._tick_s):
            if self.identity() is not None:
                self._tell()
                return

    def follow(self, *, polling: bool) -> None:
        """Tell of changes for as long as the folder is the same one. Raises OSError."""
        watched = self.identity()
        quiet = self._ticks
        for changes in self._events(polling=polling):
            if self.identity() != watched:
                self._tell()
                return
            # Ticks are yields, timed out or not: a flood of events that do not matter must not
            # put off the rescan.
            quiet += 1
            if quiet >= self._ticks or any(self._matters(path) for _, path in changes):
                quiet = 0
                self._tell()

    def _events(self, *, polling: bool) -> Iterator[set[watchfiles.main.FileChange]]:
        return watchfiles.watch(
            self._root,
            watch_filter=None,
            debounce=DEBOUNCE_MS,
            step=STEP_MS,
            stop_event=self._stop,
            rust_timeout=round(self._tick_s * 1000),
            yield_on_timeout=True,
            debug=False,
            raise_interrupt=False,
            force_polling=polling,
            ignore_permission_denied=True,
        )

    def _matters(self, path: str) -> bool:
        """Whether a change there can change a post: not in ``.git`` or an editor's own file."""
        below = os.path.relpath(path, self._root)
        if any(below == own or below.startswith(own + os.sep) for own in self._apart):
            return False
        names = below.split(os.sep)
        return not any(name != "." and name.startswith((".", "~")) for name in names) and not (
            path.endswith("~")
        )

    def _tell(self) -> None:
        """Call back when Git is at rest. A lock that was waited for in vain is not again."""
        pause = (lambda _: True) if self._stuck else self._stop.wait
        self._stuck = not wait_until_at_rest(self._root, pause)
        if not self._stop.is_set():
            self._on_change()
