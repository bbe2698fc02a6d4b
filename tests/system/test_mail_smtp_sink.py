"""Against Postfix's own test server, which took part in writing the standard."""

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from publisher.domain.delivery import Verdict
from publisher.domain.errors import RelayRefused
from publisher.mail.connection import SmtpConnection
from publisher.mail.message import Message
from publisher.mail.smtp import SmtpTransport
from publisher.mail.target import SmtpTarget, Tls

pytestmark = pytest.mark.system


class Sink:
    """A running ``smtp-sink``, and the messages it keeps as files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self, *options: str) -> None:
        found = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        assert found, "smtp-sink is missing: apt-get install postfix"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder.chmod(0o777)
        who = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [found, *who, "-d", f"{self.folder}/m.", *options]
        self.process = subprocess.Popen([*command, f"127.0.0.1:{self.port}", "16"])

    def relay(self) -> SmtpTransport:
        target = SmtpTarget(host="127.0.0.1", port=self.port, user=None, tls=Tls.NONE)
        return SmtpTransport(target, password=None, hello="me.example.org", timeout_s=10)

    def connect(self, relay: SmtpTransport | None = None) -> SmtpConnection:
        transport = relay or self.relay()
        for _ in range(100):
            try:
                return transport.connect()
            except RelayRefused:
                time.sleep(0.05)
        return transport.connect()

    def kept(self) -> list[bytes]:
        """The messages, without the lines that the sink puts above them."""
        files = sorted(self.folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [path.read_bytes().partition(b"Subject: ")[2] for path in files]

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with TemporaryDirectory() as folder:  # not pytest's: a sink that is nobody could not get there
        server = Sink(Path(folder))
        yield server
        server.stop()


def message(number: int, body: bytes) -> Message:
    data = b"Subject: %d\r\n\r\n" % number + body
    cuts = sorted(random.Random(number).sample(range(len(data)), 5))
    edges = [0, *cuts, len(data)]
    return Message(
        sender="news@example.org", recipient=f"s{number}@example.com", name=f"i1-s{number}",
        segments=[data[a:b] for a, b in pairwise(edges)],
    )  # fmt: skip


BODY = b".\r\n..\r\n.dot\r\n" + (b"x" * 70 + b"\r\n.\r\n") * 500


@pytest.mark.parametrize("options", [(), ("-p",), ("-8",)], ids=["piped", "stepwise", "7bit"])
def test_a_hundred_messages_over_one_connection_arrive_as_they_were(
    options: tuple[str, ...], sink: Sink
) -> None:
    sink.start(*options)
    connection = sink.connect()
    outcomes = [connection.send(message(number, BODY)) for number in range(100)]
    connection.close()
    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    kept = sink.kept()
    assert len(kept) == 100
    expected = b"\n\n" + BODY.replace(b"\r\n", b"\n")
    assert {
        text.removeprefix(b"%d" % int(text.split(b"\n")[0])).rstrip(b"\n") for text in kept
    } == {expected.rstrip(b"\n")}


@pytest.mark.parametrize("options", [(), ("-p",)], ids=["piped", "stepwise"])
def test_a_thousand_messages_over_four_connections_arrive_once_each(
    options: tuple[str, ...], sink: Sink
) -> None:
    sink.start(*options)
    transport = sink.relay()
    sink.connect(transport).close()

    def carry(share: int) -> set[Verdict]:
        connection = transport.connect()
        batch = [message(number, b"hi\r\n" * 200) for number in range(share, 1000, 4)]
        found = {connection.send(*pair).verdict for pair in pairwise(batch)}
        found.add(connection.send(batch[-1]).verdict)
        connection.close()
        return found

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(carry, range(4))) == [{Verdict.ACCEPTED}] * 4
    numbers = sorted(int(text.split(b"\n")[0]) for text in sink.kept())
    assert numbers == list(range(1000))


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        (("-r", "RCPT"), Verdict.DEFERRED),
        (("-f", "RCPT"), Verdict.REJECTED),
        (("-r", "DATA"), Verdict.DEFERRED),
        (("-r", "."), Verdict.DEFERRED),
        (("-f", "."), Verdict.REJECTED),
        (("-f", "MAIL"), Verdict.RETURNED),
    ],
    ids=str,
)
def test_a_refusal_at_any_step_leaves_the_connection_in_step(
    options: tuple[str, ...], verdict: Verdict, sink: Sink
) -> None:
    sink.start(*options)
    connection = sink.connect()
    outcomes = [connection.send(message(number, b"hi\r\n")) for number in range(5)]
    connection.close()
    assert [outcome.verdict for outcome in outcomes] == [verdict] * 5, outcomes
    assert all(outcome.usable for outcome in outcomes)


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        (("-q", "MAIL"), Verdict.DEFERRED),
        (("-q", "RCPT"), Verdict.DEFERRED),
        (("-q", "DATA"), Verdict.DEFERRED),
        (("-q", "."), Verdict.UNKNOWN),
        (("-Q", "MAIL"), Verdict.DEFERRED),
        (("-Q", "RCPT"), Verdict.DEFERRED),
        (("-Q", "."), Verdict.DEFERRED),
    ],
    ids=str,
)
def test_a_server_that_hangs_up_at_a_step_is_judged_by_what_it_can_have_got(
    options: tuple[str, ...], verdict: Verdict, sink: Sink
) -> None:
    sink.start(*options)
    connection = sink.connect()
    outcome = connection.send(message(1, b"hi\r\n"))
    connection.close()
    assert (outcome.verdict, outcome.usable) == (verdict, False), outcome


def test_a_server_that_aborts_in_the_middle_of_a_message_is_heard(sink: Sink) -> None:
    sink.start("-A", "0")
    connection = sink.connect()
    outcome = connection.send(message(1, BODY * 500))
    connection.close()
    assert (outcome.verdict, outcome.usable) == (Verdict.REJECTED, False), outcome
