"""Delivery at the speed of the wire: the whole path of an issue, from the ledger to the relay.

Everything mails messages of about 35 KB over loopback into Postfix's ``smtp-sink``. The reference,
measured between our runs, is Postfix's own C client ``smtp-source`` with ten sessions, which
neither composes a message nor remembers one.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.mailing import Mailing, Site, run
from bench.sink import between, sink, source_rate

RUNS = 3
PEOPLE = 100_000
SOURCE_MESSAGES = 30_000
SIZE = 35_000
SIZES = (10_000, 100_000, 1_000_000)
FAR_PEOPLE, FAR_MS = 3_000, 25
PEERS = Path(__file__).parent / "peers"
MADE = Path(__file__).parent.parent / "build" / "bench-peers"


def measure() -> str:
    return "\n".join([_wire(), _peers(), _far(), _tls(), _growth()])


def _wire() -> str:
    rows = []
    with _site(PEOPLE) as (site, port):
        for survive in ("power", "process"):
            _to(site, port, f"survive: {survive}")
            pairs = [(source_rate(port, SOURCE_MESSAGES, SIZE), site.mail()) for _ in range(RUNS)]
            ratio = statistics.median(mailing.rate / source for source, mailing in pairs)
            rate = statistics.median(mailing.rate for _, mailing in pairs)
            cpu = statistics.median(mailing.cpu_us for _, mailing in pairs)
            source = statistics.median(source for source, _ in pairs)
            rows.append(
                f"| {survive} | {rate:,.0f} | {source:,.0f} | {ratio:.2f} | {cpu:.0f} "
                f"| {max(mailing.cost.peak_mib for _, mailing in pairs):.0f} |"
            )
    return _table(
        f"Delivery beside smtp-source ({PEOPLE:,} recipients, 10 connections, {RUNS} pairs)",
        "| survive | messages/s | smtp-source | ratio | our CPU µs a message | peak MiB |",
        rows,
    )


def _peers() -> str:
    """Programs that compose each message, beside one run of ours."""
    with _site(20_000) as (site, port), tempfile.TemporaryDirectory() as folder:
        ours = statistics.median(site.mail().rate for _ in range(RUNS))
        rows = [f"| publisher | {ours:,.0f} | |"]
        for name, rate in (
            ("nodemailer, pool of 10, composing", _nodemailer),
            ("smtplib, one connection", _smtplib),
            ("django-newsletter", _django_newsletter),
        ):
            theirs = statistics.median(rate(Path(folder), port) for _ in range(RUNS))
            rows.append(f"| {name} | {theirs:,.0f} | {ours / theirs:.1f} |")
    return _table("Delivery beside other mailers", "| | messages/s | ours / theirs |", rows)


def _nodemailer(folder: Path, port: int) -> float:
    made = _made("node", lambda at: run(at, "npm", "install", "--silent"), "package.json")
    (made / "composed.mjs").write_bytes((PEERS / "composed.mjs").read_bytes())
    texts = [str(path) for path in _texts(folder)]
    return _rate(folder, 5_000, "node", str(made / "composed.mjs"), str(port), "5000", *texts)


def _smtplib(folder: Path, port: int) -> float:
    message = folder / "message.eml"
    message.write_bytes(b"Subject: Bench\r\n\r\n" + (b"tide " * 14 + b"\r\n") * (SIZE // 72))
    script = str(PEERS / "by_smtplib.py")
    return _rate(folder, 5_000, sys.executable, script, str(port), "5000", str(message))


def _django_newsletter(folder: Path, port: int) -> float:
    made = _made("django", _install_django, "requirements.txt")
    (folder / "bench.sqlite3").unlink(missing_ok=True)
    script, html = str(PEERS / "django_newsletter.py"), str(_texts(folder)[0])
    return _rate(folder, 1_000, str(made / "bin/python"), script, str(port), "1000", html)


def _install_django(at: Path) -> None:
    run(at, sys.executable, "-m", "venv", ".")
    run(at, "bin/pip", "install", "-q", "-r", "requirements.txt")


def _made(name: str, make: Callable[[Path], object], pins: str) -> Path:
    """The folder of a peer, installed at its first use."""
    at = MADE / name
    if not (at / ".made").exists():
        at.mkdir(parents=True, exist_ok=True)
        (at / pins).write_bytes((PEERS / pins).read_bytes())
        make(at)
        (at / ".made").touch()
    return at


def _texts(folder: Path) -> tuple[Path, Path]:
    html, text = folder / "body.html", folder / "body.txt"
    html.write_text("\n".join("<p>" + "tide rope harbour " * 12 + "</p>" for _ in range(125)))
    text.write_text("tide rope harbour fog\n" * 320)
    return html, text


def _rate(folder: Path, messages: int, *command: str) -> float:
    """Messages a second, by the seconds that a peer's script prints."""
    said = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    return messages / float(said)


def _far() -> str:
    rows = []
    with _site(FAR_PEOPLE) as (site, port), between("delay", port, str(FAR_MS)) as far:
        for connections in (1, 10):
            site.use(f"smtp://127.0.0.1:{far}?tls=none", f"connections: {connections}")
            most = connections * 1000 / (2 * FAR_MS)
            rate = site.mail().rate
            rows.append(f"| {connections} | {rate:.0f} | {most:.0f} | {rate / most:.2f} |")
    return _table(
        f"Delivery over a link with {2 * FAR_MS} ms of round-trip time ({FAR_PEOPLE:,} recipients)",
        "| connections | messages/s | one a round trip | ratio |",
        rows,
    )


def _tls() -> str:
    with _site(20_000) as (site, port), tempfile.TemporaryDirectory() as folder:
        cert, key = _certificate(Path(folder))
        with between("plain", port) as plain, between("starttls", port, cert, key) as starttls:
            _to(site, plain)
            without = [site.mail() for _ in range(RUNS)]
            site.use(f"smtp://localhost:{starttls}", "connections: 10")
            with _trusting(cert):
                with_it = [site.mail() for _ in range(RUNS)]
    rows = [
        f"| {name} | {statistics.median(one.rate for one in runs):,.0f} "
        f"| {statistics.median(one.cpu_us for one in runs):.0f} |"
        for name, runs in (("in the open", without), ("STARTTLS", with_it))
    ]
    return _table(
        "What TLS costs (20,000 recipients; a Python process between us and the relay in both "
        "rows, so compare our CPU)",
        "| | messages/s | our CPU µs a message |",
        rows,
    )


def _growth() -> str:
    rows = []
    base_mib = 0.0
    for people in SIZES:
        with _site(people) as (site, port):
            _to(site, port)
            mailing = site.mail()
            base_mib = base_mib or mailing.cost.peak_mib
            rows.append(_growth_row(site, mailing, base_mib))
    return _table(
        "Delivery as the audience grows (survive: power, whole processes)",
        "| subscribers | import s | freeze s | deliver s | messages/s | CPU µs a message "
        "| peak MiB | more than the first | ledger MiB | status s | report's first line s "
        "| report rows/s, table | csv | json | its peak MiB |",
        rows,
    )


def _growth_row(site: Site, mailing: Mailing, base_mib: float) -> str:
    status = statistics.median(site.run("status", "--json").wall_s for _ in range(RUNS))
    reports = [_report(site, form) for form in ((), ("--csv",), ("--json",))]
    speeds = " | ".join(f"{site.people / whole:,.0f}" for _, whole, _ in reports)
    return (
        f"| {site.people:,} | {site.import_cost.wall_s:.1f} | {mailing.freeze_s:.2f} "
        f"| {mailing.delivery_s:.1f} | {mailing.rate:,.0f} | {mailing.cpu_us:.0f} "
        f"| {mailing.cost.peak_mib:.0f} | {mailing.cost.peak_mib - base_mib:.0f} "
        f"| {site.ledger_mib():.0f} | {status:.2f} | {reports[0][0]:.2f} | {speeds} "
        f"| {max(peak for *_, peak in reports):.0f} |"
    )


def _report(site: Site, form: tuple[str, ...]) -> tuple[float, float, float]:
    """Seconds to a report's first line, and from there to its last; MiB at its peak."""
    command = [sys.executable, "-m", "publisher", "report", "1", *form]
    began = time.monotonic()
    with subprocess.Popen(command, cwd=site.root, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read(1)
        first_s = time.monotonic() - began
        while child.stdout.read(1 << 20):
            pass
        whole_s = time.monotonic() - began - first_s
    return first_s, whole_s, run(site.root, *command).peak_mib


def _certificate(folder: Path) -> tuple[str, str]:
    """A certificate for localhost, and its key."""
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


@contextmanager
def _trusting(cert: str) -> Iterator[None]:
    """Have the processes that are started trust this certificate alone."""
    os.environ["SSL_CERT_FILE"] = cert
    try:
        yield
    finally:
        del os.environ["SSL_CERT_FILE"]


@contextmanager
def _site(people: int) -> Iterator[tuple[Site, int]]:
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        site = Site(Path(folder), people)
        _to(site, port)
        yield site, port


def _to(site: Site, port: int, *more: str) -> None:
    site.use(f"smtp://127.0.0.1:{port}?tls=none", "connections: 10", *more)


def _table(title: str, head: str, rows: list[str]) -> str:
    line = "|---" * (head.count("|") - 1) + "|"
    return "\n".join([f"## {title}\n", head, line, *rows, ""])
