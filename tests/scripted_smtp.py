"""An SMTP server that does at each step what a test tells it to, however wrong.

    with ScriptedSmtp({"RCPT": "550 no such user", "dot": close("250 ok")}) as server:
        ...  server.port, server.commands, server.arrived, server.accepted

A script maps a step to what to do there: a reply (its text, without CRLF), an ``Act``, a list of
either (one each time the step is reached, whichever connection reaches it; the last one stays), or
a function from the line that was received to one of these. Steps without an entry go as they
should. The steps: greeting, EHLO, STARTTLS, AUTH, RSET, MAIL, RCPT, DATA, body (right after 354;
nothing is done there unless told), dot, lone dot (the end of a message to nobody), QUIT.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

FEATURES = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 0")


@dataclass(frozen=True, slots=True)
class Act:
    """Read ``after_bytes`` more, wait, say something (byte by byte with ``drip``), and ``then``
    stay, close, reset (RST), hang until the server is stopped, flood (say it for ever), hold it
    back until there is more to say, or be deaf (lose what came behind the line it answers)."""

    say: bytes = b""
    then: str = "stay"
    drip: bool = False
    wait_s: float = 0.0
    after_bytes: int = 0


Step = str | Act
Script = Mapping[str, Step | Sequence[Step] | Callable[[str], Step]]


def close(reply: str = "", *, after_bytes: int = 0) -> Act:
    return Act(say=_line(reply), then="close", after_bytes=after_bytes)


def reset(reply: str = "", *, after_bytes: int = 0) -> Act:
    return Act(say=_line(reply), then="reset", after_bytes=after_bytes)


def hang(reply: str = "") -> Act:
    return Act(say=_line(reply), then="hang")


def drip(reply: str) -> Act:
    return Act(say=_line(reply), drip=True)


def late(seconds: float, reply: str) -> Act:
    return Act(say=_line(reply), wait_s=seconds)


def raw(data: bytes, then: str = "stay") -> Act:
    return Act(say=data, then=then)


def hold(reply: str) -> Act:
    return Act(say=_line(reply), then="hold")


def deaf(reply: str) -> Act:
    return Act(say=_line(reply), then="deaf")


def flood(data: bytes) -> Act:
    return Act(say=data, then="flood")


def _line(reply: str) -> bytes:
    return reply.encode() + b"\r\n" if reply else b""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message with its final dot, as a server sees it: dots unstuffed, CRLF line ends."""

    sender: str
    recipient: str
    data: bytes


class ScriptedSmtp:
    """Serves on 127.0.0.1 until it is left. All lists are in the order things happened.

    ``arrived`` holds the messages whose final dot came; ``accepted`` those that were answered, or
    meant to be answered, by 2xx; ``resumed`` says of each TLS handshake if it took up a session.
    ``tls`` is used at STARTTLS, or from the start if ``implicit``.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        features: Sequence[str] = FEATURES,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        receive_buffer: int | None = None,
    ) -> None:
        self.script = dict(script or {})
        self.features = [*features, *(["STARTTLS"] if tls and not implicit else [])]
        self.tls = tls
        self.implicit = implicit
        self.commands: list[str] = []
        self.arrived: list[Mail] = []
        self.accepted: list[Mail] = []
        self.connections = 0
        self.resumed: list[bool] = []
        self.stopping = threading.Event()
        self._reached: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._socks: list[socket.socket] = []
        self._listener = socket.socket()
        if receive_buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(50)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> ScriptedSmtp:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            socks, threads = list(self._socks), list(self._threads)
        for sock in socks:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()

    def wait_until_left(self) -> None:
        """Return when every client has gone, and all that they said was heard."""
        with self._lock:
            talks, self._threads[1:] = self._threads[1:], []
        for thread in talks:
            thread.join(10)
            assert not thread.is_alive(), "a client is still there"

    def next_step(self, name: str, line: str, default: Step) -> Act:
        """What the script says for a step that has been reached now."""
        with self._lock:
            number = self._reached[name]
            self._reached[name] += 1
        step = self.script.get(name, default)
        if callable(step):
            step = step(line)
        elif isinstance(step, Sequence) and not isinstance(step, str):
            step = step[min(number, len(step) - 1)]
        return step if isinstance(step, Act) else Act(say=_line(step))

    def adopt(self, sock: socket.socket) -> None:
        """Have a connection closed when the server is left."""
        with self._lock:
            self._socks.append(sock)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self.adopt(sock)
            self._start(_Talk(self, sock).run)


class _Over(Exception):
    """The connection ended, as told or because the client left."""


class _Talk:
    """One connection."""

    def __init__(self, server: ScriptedSmtp, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server = server
        self.sock = sock
        self.heard = bytearray()
        self.held = b""
        self.sender: str | None = None
        self.recipient: str | None = None

    def run(self) -> None:
        with contextlib.suppress(_Over, OSError):
            if self.server.implicit:
                self._secure()
            self._do("greeting", "", "220 scripted ESMTP")
            while True:
                self._answer(self._line())
        self.sock.close()

    def _answer(self, line: str) -> None:
        self.server.commands.append(line)
        verb = line.partition(" ")[0].upper()
        match verb:
            case "EHLO":
                lines = ["scripted", *self.server.features]
                every = [f"250{'-' if lines[n + 1 :] else ' '}{x}" for n, x in enumerate(lines)]
                self._do(verb, line, "\r\n".join(every))
            case "STARTTLS":
                if self._do(verb, line, "220 go ahead"):
                    self._secure()
            case "MAIL":
                self.sender = self.recipient = None
                if self._do(verb, line, "250 2.1.0 ok"):
                    self.sender = _address(line)
            case "RCPT":
                known = "503 5.5.1 MAIL first" if self.sender is None else "250 2.1.5 ok"
                if self._do(verb, line, known):
                    self.recipient = _address(line)
            case "DATA":
                self._data(line)
            case "QUIT":
                self._do(verb, line, close("221 2.0.0 bye"))
            case _:
                self._do(verb, line, "250 2.0.0 ok" if verb == "RSET" else "502 5.5.1 what?")

    def _data(self, line: str) -> None:
        said = self._do("DATA", line, "554 5.5.1 no one" if self.recipient is None else "354 go")
        if said != 3:
            return
        self._do("body", line, Act())
        body, sender, recipient = self._body(), self.sender, self.recipient
        self.sender = self.recipient = None
        if sender is None or recipient is None:
            self._do("lone dot", line, "554 5.5.1 no one")
            return
        mail = Mail(sender, recipient, body)
        self.server.arrived.append(mail)
        self._do("dot", line, "250 2.0.0 ok: queued", mail)

    def _body(self) -> bytes:
        searched = 0
        while not self.heard.startswith(b".\r\n"):
            if (found := self.heard.find(b"\r\n.\r\n", searched)) >= 0:
                break
            searched = max(0, len(self.heard) - 4)
            self._listen()
        end = 0 if self.heard.startswith(b".\r\n") else found + 2
        data = bytes(self.heard[:end])
        del self.heard[: end + 3]
        lines = data.split(b"\r\n")
        return b"\r\n".join(line.removeprefix(b".") for line in lines)

    def _do(self, name: str, line: str, default: Step, mail: Mail | None = None) -> int | bool:
        """Act; the first digit of what was said if that lets the client go on, else False."""
        act = self.server.next_step(name, line, default)
        while len(self.heard) < act.after_bytes:
            self._listen()
        if self.server.stopping.wait(act.wait_s):
            raise _Over
        if mail is not None and act.say.startswith(b"2"):
            self.server.accepted.append(mail)
        if (
            act.then == "close" and not act.after_bytes
        ):  # the reply and the end in one packet: no race between them
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        self._say(act)
        if act.then == "hang":
            self.server.stopping.wait()
        if act.then == "reset":
            linger = struct.pack("ii", 1, 0)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if act.then not in ("stay", "hold", "deaf"):
            raise _Over
        return act.say[:1] in (b"2", b"3") and int(act.say[:1])

    def _say(self, act: Act) -> None:
        if act.then == "deaf":
            self._lose()
        say, self.held = self.held + act.say, b""
        if act.then == "hold":
            self.held = say
        elif not act.drip:
            self.sock.sendall(say)
        for byte in say if act.drip else b"":
            self.sock.sendall(bytes([byte]))
            time.sleep(0.0005)
        while act.then == "flood" and not self.server.stopping.is_set():
            self.sock.sendall(act.say * 100)

    def _lose(self) -> None:
        """Wait until what was sent in one piece must have come, and forget it."""
        time.sleep(0.05)
        self.sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            self._listen()
        self.sock.setblocking(True)
        self.heard.clear()

    def _line(self) -> str:
        while b"\r\n" not in self.heard:
            self._listen()
        line, _, rest = bytes(self.heard).partition(b"\r\n")
        self.heard = bytearray(rest)
        return line.decode("utf-8", "surrogateescape")

    def _listen(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise _Over
        self.heard += data

    def _secure(self) -> None:
        assert self.server.tls is not None
        secure = self.server.tls.wrap_socket(self.sock, server_side=True)
        self.server.resumed.append(bool(secure.session_reused))
        self.sock = secure
        self.server.adopt(self.sock)


def _address(line: str) -> str:
    return line[line.index("<") + 1 : line.rindex(">")]
