"""A site in a folder of its own, worked on through the command line as a person would."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from publisher.cli.app import run as run_command

CONFIG = """\
site:
  title: Shore Notes
  url: https://shore.example.com
  author: {{name: Ada Example, email: ada@example.com}}
  id_date: 2020-01-01
newsletter:
  from: Ada Example <ada@example.com>
  postal_address: Shore Notes, 1 Example Street
{newsletter}
delivery:
  transport: {transport}
{delivery}
web:
  url: https://news.example.com
  listen: 127.0.0.1:{port}
{more}
"""

ENVIRONMENT = {
    "PATH": os.environ.get("PATH", ""),
    "HOME": os.environ.get("HOME", "/"),
    "PUBLISHER_SECRET": "a-secret-for-tests-only",
    "PYTHONWARNINGS": "error",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


class LiveSite:
    """A folder with a configuration. Paths given to it are relative to that folder."""

    def __init__(
        self,
        root: Path,
        *,
        transport: str = "maildir:outbox",
        newsletter: str = "",
        delivery: str = "",
        more: str = "",
        port: int = 0,
    ) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        (root / "content").mkdir(exist_ok=True)
        config = CONFIG.format(
            transport=transport, newsletter=newsletter, delivery=delivery, more=more, port=port
        )
        (root / "config.yaml").write_text(config)

    def post(self, name: str, body: str = "Some words.", **keys: object) -> Path:
        """Write a post below content/."""
        path = self.root / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        head = "".join(f"{key}: {value}\n" for key, value in keys.items())
        path.write_text(f"---\n{head}---\n\n{body}\n")
        return path

    def run(self, *arguments: str, ok: bool = True) -> Ran:
        """Run a command to its end, in this process; unless told, it has to end well."""
        out, err = io.StringIO(), io.StringIO()
        with self._there(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run_command(arguments)
        ran = Ran(code=code, out=out.getvalue(), err=err.getvalue())
        assert not ok or ran.code == 0, ran
        assert "Traceback" not in ran.err + ran.out, ran
        return ran

    def json(self, *arguments: str) -> dict[str, Any]:
        """What a command that ends well answers with --json."""
        return self.run("--json", *arguments).document

    def publish(self, at: str, *more: str) -> dict[str, Any]:
        """One pass at a time that lies behind the clock."""
        return self.json("publish", "--at", at, *more)

    def subscribe(self, *addresses: str) -> None:
        lines = "\n".join(["email,name", *(f"{address}," for address in addresses)])
        (self.root / "people.csv").write_text(lines + "\n")
        self.run("subscribers", "import", "people.csv", "--yes")

    @contextmanager
    def daemon(self, *, ready: bool = True) -> Iterator[subprocess.Popen[str]]:
        """The daemon, until the block ends or it is killed inside."""
        with (self.root / "daemon.log").open("a") as log:
            process = subprocess.Popen(
                self._command("run"), cwd=self.root, env=ENVIRONMENT, stderr=log, text=True
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(30)

    def start(self, *arguments: str, stderr: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """A command in a process of its own, to be killed."""
        return subprocess.Popen(
            self._command(*arguments), cwd=self.root, env=ENVIRONMENT, stdout=subprocess.DEVNULL,
            stderr=stderr,
        )  # fmt: skip

    def log(self) -> list[dict[str, Any]]:
        """The lines that the daemon has said so far."""
        said = (self.root / "daemon.log").read_text().splitlines()
        return [json.loads(line) for line in said if line.startswith("{") and line.endswith("}")]

    def messages(self) -> list[Path]:
        """The Maildir's messages."""
        return sorted((self.root / "outbox" / "new").glob("*"))

    def feeds(self) -> dict[str, bytes]:
        """Every feed file and its bytes."""
        public = self.root / "public"
        return {
            path.relative_to(public).as_posix(): path.read_bytes()
            for path in sorted(public.rglob("*"))
            if path.is_file()
        }

    @contextmanager
    def _there(self) -> Iterator[None]:
        """In the site's folder, with nothing in the environment but what a site needs."""
        kept = dict(os.environ)
        os.environ.clear()
        os.environ.update(ENVIRONMENT)
        try:
            with contextlib.chdir(self.root):
                yield
        finally:
            os.environ.clear()
            os.environ.update(kept)
            structlog.reset_defaults()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "publisher", *arguments]
