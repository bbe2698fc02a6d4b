"""A headless Chromium, driven over its DevTools pipe: no driver, no port, nothing to install.

The protocol is JSON messages that end in NUL, written to the browser's descriptor 3 and read from
its descriptor 4 (through bash: dash can't redirect descriptors of two digits). Every
host name fails to resolve, so a page can't fetch anything but from this machine.
"""

from __future__ import annotations

import base64
import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any, Literal

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-pipe",
]  # fmt: skip


class Chromium:
    """One browser with one page."""

    def __init__(self, profile: Path) -> None:
        program = shutil.which("chromium")
        assert program, "needs Debian's chromium package"
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        command = shlex.join([program, *FLAGS, f"--user-data-dir={profile}", "about:blank"])
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", f"exec {command} 3<&{to_browser} 4>&{from_browser}"],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._last = 0
        self._session: str | None = None
        page = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.call("Page.enable")

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, *_: object) -> None:
        self._session = None
        self._send("Browser.close")
        self._process.wait(timeout=20)
        os.close(self._write)
        os.close(self._read)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command, and what it answers."""
        number = self._send(method, **params)
        while True:
            message = self._message()
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    def show(self, page: Path, *, width: int, scheme: Literal["light", "dark"]) -> None:
        """Load a file as a screen of that width shows it."""
        self.open(page.as_uri(), width=width, scheme=scheme)

    def open(
        self,
        url: str,
        *,
        width: int,
        scheme: Literal["light", "dark"],
        mobile: bool | None = None,
    ) -> None:
        """Load a page of this machine in the same way; narrow ones on a phone, unless told."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=800, deviceScaleFactor=1,
            mobile=width < 600 if mobile is None else mobile,
        )  # fmt: skip
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self.call("Page.navigate", url=url)
        while self._message().get("method") != "Page.loadEventFired":
            pass

    def value(self, expression: str) -> Any:
        """What a script gives."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"][
            "value"
        ]

    def screen(self, picture: Path) -> None:
        """The whole page as PNG."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        picture.write_bytes(base64.b64decode(shot["data"]))

    def _send(self, method: str, **params: Any) -> int:
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        return self._last

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            data = os.read(self._read, 1 << 20)
            assert data, "the browser is gone"
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)
