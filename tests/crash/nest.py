"""A warm process that forks the program, so that each run of it costs no start-up.

    nest = Nest()                                  (python -m crash.nest, which imports everything)
    nest.run(site.root, "publish", last=17)        a child runs the command line, ends at moment 17
    nest.close()

Each child is a process of its own, from ``publisher.cli.app.run`` on; it has no thread when it is
forked, and shares no open file with another but stdin.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from livesite import ENVIRONMENT

from crash.effects import Effects
from crash.trouble import TROUBLES

TESTS = Path(__file__).parent.parent

#: The program and the tests of this checkout, wherever another is installed.
HERE = f"{TESTS.parent}{os.pathsep}{TESTS}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Flight:
    """What became of a child. ``moment`` is where it met trouble, None when there was none;
    ``trail`` has the names of all moments then, in order."""

    code: int
    moment: str | None
    trail: tuple[str, ...]
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


class Nest:
    """Runs one child at a time. ``environ`` is added to what a site needs."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crash.nest"],
            cwd=TESTS, env={**ENVIRONMENT, "PYTHONPATH": HERE, **(environ or {})}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(
        self, root: Path, *arguments: str, last: int | None = None, trouble: str = "end"
    ) -> Flight:
        """Run a command line in a folder. At moment ``last`` (from 1) there is ``trouble``."""
        order = {"root": str(root), "arguments": arguments, "last": last, "trouble": trouble}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the warm process is gone: see stderr"
        return Flight(**json.loads(answer))

    def close(self) -> None:
        assert self._process.stdin is not None
        with self._process:  # which waits, and closes the pipes
            self._process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()


# In the warm process.


def main() -> None:
    """Fork a child for each order, and answer when it has ended."""
    _import_everything()
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_fly(json.loads(line))) + "\n")
        sys.stdout.flush()


def _import_everything() -> None:
    import publisher

    for module in pkgutil.walk_packages(publisher.__path__, "publisher."):
        if "__main__" not in module.name and ".migrations.env" not in module.name:
            importlib.import_module(module.name)


def _fly(order: Mapping[str, Any]) -> dict[str, Any]:
    """Fork, wait, and read what the child wrote. Files without a name: nothing is left."""
    told, out, err = (os.memfd_create(name) for name in ("told", "out", "err"))
    child = os.fork()
    if not child:
        _be_the_program(order, told, out, err)
    _, status = os.waitpid(child, 0)
    answer = {"code": os.waitstatus_to_exitcode(status), "moment": None, "trail": ()}
    for line in _read(told).splitlines():
        answer |= json.loads(line)
    return answer | {"out": _read(out), "err": _read(err)}


def _read(handle: int) -> str:
    os.lseek(handle, 0, os.SEEK_SET)
    with os.fdopen(handle, encoding="utf-8", errors="replace") as file:
        return file.read()


def _be_the_program(order: Mapping[str, Any], told: int, out: int, err: int) -> None:
    """Never returns."""
    code = 70
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.chdir(order["root"])
        code = _run(order["arguments"], order["last"], order["trouble"], told)
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(code)


def _run(arguments: Sequence[str], last: int | None, trouble: str, told: int) -> int:
    from publisher.cli.app import run

    write = os.write  # as it is, not as it will be counted

    def tell(moment: str | None) -> None:
        trail = () if moment else effects.trail
        write(told, json.dumps({"moment": moment, "trail": trail}).encode() + b"\n")

    def at_last(moment: str) -> None:
        tell(moment)
        begin(effects)

    begin = TROUBLES[trouble]
    effects = Effects(last=last, at_last=at_last)
    effects.install()
    warnings.simplefilter("error")
    code = run(arguments)
    if not last or len(effects.trail) < last:
        tell(None)
    return code


if __name__ == "__main__":
    main()
