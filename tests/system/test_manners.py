"""Relays that want less, hang or refuse, and the whole program in processes of its own."""

from __future__ import annotations

import base64
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import livesite
import pytest
from livesite import LiveSite
from scripted_smtp import FEATURES, ScriptedSmtp, Step, late

pytestmark = pytest.mark.system

BEFORE, AFTER = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"
RETRIES = [f"2026-03-0{day}T{hour:02}:30:00Z" for day in (2, 3) for hour in range(9, 24, 4)]


def people(number: int) -> list[str]:
    return [f"reader{n:03}@example.com" for n in range(number)]


@pytest.fixture
def make_site(tmp_path: Path) -> Callable[..., LiveSite]:
    """A site with a post to mail to so many people, through these relays."""

    def make(number: int, relays: str, more: str = "") -> LiveSite:
        site = LiveSite(
            tmp_path / "site", transport="REPLACED", newsletter="  max_age: 3650d", delivery=more
        )
        config = site.root / "config.yaml"
        config.write_text(config.read_text().replace("transport: REPLACED", f"relays:\n{relays}"))
        site.post("old.md", title="Old", date="2026-01-05")
        site.subscribe(*people(number))
        site.publish(BEFORE)
        site.post("next.md", title="Next", date="2026-03-02 08:00")
        return site

    return make


def relay(name: str, server: ScriptedSmtp, more: str = "", user: str = "") -> str:
    return f'    {name}: {{transport: "smtp://{user}127.0.0.1:{server.port}?tls=none"{more}}}\n'


def recipients(*servers: ScriptedSmtp) -> Counter[str]:
    return Counter(mail.recipient for server in servers for mail in server.accepted)


def published(site: LiveSite, at: str = AFTER) -> int:
    """How a publish in a process of its own ends."""
    return site.start("publish", "--at", at).wait(120)


def until(done: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def in_any(span_s: float, times: Sequence[float]) -> int:
    """The most within any such span."""
    return max(sum(at <= other < at + span_s for other in times) for at in times)


def test_a_relay_that_takes_14_a_second_gets_14_a_second(
    make_site: Callable[..., LiveSite],
) -> None:
    times: list[float] = []

    def dot(_: str) -> str:
        times.append(time.monotonic())
        return "250 2.0.0 ok"

    with ScriptedSmtp({"dot": dot}) as server:
        site = make_site(140, relay("main", server, ", rate: 14/s"))
        assert published(site) == 0
        assert recipients(server) == Counter(people(140))
    assert 139 / (times[-1] - times[0]) == pytest.approx(14, rel=0.05)
    assert in_any(1.0, times) <= 16


def test_a_relay_that_greylists_everyone_once_gets_everyone_s_mail_later(
    make_site: Callable[..., LiveSite],
) -> None:
    seen: set[str] = set()

    def once(line: str) -> str:
        known = line in seen
        seen.add(line)
        return "250 2.1.5 ok" if known else "451 4.7.1 greylisted, come back"

    with ScriptedSmtp({"RCPT": once}) as server:
        site = make_site(60, relay("main", server))
        assert published(site) == 0
        assert site.json("report", "1")["counts"] == {"deferred": 60}
        assert published(site, RETRIES[0]) == 0
        assert recipients(server) == Counter(people(60))
    report = site.json("report", "1")
    assert {(row["state"], row["attempts"]) for row in report["deliveries"]} == {("accepted", 2)}


@pytest.mark.parametrize("step", ["RCPT", "dot"])
def test_a_relay_that_refuses_every_third_gets_all_in_the_end(
    make_site: Callable[..., LiveSite], step: str
) -> None:
    asked = [0]

    def third(_: str) -> str:
        asked[0] += 1
        return "451 4.3.2 not this one" if asked[0] % 3 == 0 else "250 2.0.0 ok"

    with ScriptedSmtp({step: third}) as server:
        site = make_site(60, relay("main", server))
        assert published(site) == 0
        for at in RETRIES:
            if len(server.accepted) < 60:
                assert published(site, at) == 0
        assert recipients(server) == Counter(people(60))
    assert site.json("report", "1")["counts"] == {"accepted": 60}


def test_a_relay_that_refuses_every_third_person_for_good_gets_the_others(
    make_site: Callable[..., LiveSite],
) -> None:
    refused = set(people(60)[::3])

    def known(line: str) -> str:
        return "550 5.1.1 nobody here" if line[9:-1] in refused else "250 2.1.5 ok"

    with ScriptedSmtp({"RCPT": known}) as server:
        site = make_site(60, relay("main", server))
        assert published(site) == 0
        assert recipients(server) == Counter(set(people(60)) - refused)
    assert site.json("report", "1")["counts"] == {"accepted": 40, "rejected": 20}


@pytest.mark.parametrize("step", ["RCPT", "dot"])
def test_a_relay_that_hangs_does_not_keep_the_other(
    make_site: Callable[..., LiveSite], step: str
) -> None:
    hung: list[float] = []

    def hang(_: str) -> Step:
        hung.append(time.monotonic())
        return late(12, "250 2.0.0 ok at last") if len(hung) <= 4 else "250 2.0.0 ok"

    with ScriptedSmtp() as well, ScriptedSmtp({step: hang}) as slow:
        site = make_site(200, relay("well", well) + relay("slow", slow))
        with site.daemon():
            until(lambda: len(well.accepted) >= 190, 11)
            assert time.monotonic() - hung[0] < 11
            until(lambda: site.json("status")["issues"][-1]["state"] == "done")
        assert recipients(well, slow) == Counter(people(200))
    assert site.json("report", "1")["counts"] == {"accepted": 200}


def test_weights_share_and_a_spare_steps_in_when_a_relay_fails(
    make_site: Callable[..., LiveSite],
) -> None:
    gone = {"greeting": "554 5.3.2 closed for today"}
    with ScriptedSmtp() as main, ScriptedSmtp() as second, ScriptedSmtp() as spare:
        site = make_site(
            200,
            relay("main", main, ", weight: 3")
            + relay("second", second)
            + relay("spare", spare, ", weight: 0"),
        )
        assert published(site) == 0
        assert recipients(main, second) == Counter(people(200))
        assert len(main.accepted) == pytest.approx(150, abs=15)
        assert spare.connections == 0
        for server in (main, second):
            server.script.update(gone)
        site.post("more.md", title="More", date="2026-03-02 08:01")
        assert published(site, "2026-03-02T08:02:00Z") == 0
        assert recipients(spare) == Counter(people(200))


def test_each_relay_is_given_its_own_password(
    make_site: Callable[..., LiveSite], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(livesite.ENVIRONMENT, "PUBLISHER_SMTP_PASSWORD", "of-others")
    monkeypatch.setitem(livesite.ENVIRONMENT, "PUBLISHER_SMTP_PASSWORD_FAR_AWAY", "of-its-own")
    script = {"AUTH": "235 2.7.0 welcome"}
    features = (*FEATURES, "AUTH PLAIN")
    with (
        ScriptedSmtp(script, features=features) as here,
        ScriptedSmtp(script, features=features) as there,
    ):
        relays = relay("here", here, user="ada@") + relay("far-away", there, user="grace@")
        site = make_site(20, relays)
        assert published(site) == 0
        assert recipients(here, there) == Counter(people(20))
        assert logins(here) == {b"\0ada\0of-others"}
        assert logins(there) == {b"\0grace\0of-its-own"}


def logins(server: ScriptedSmtp) -> set[bytes]:
    said = [line.split() for line in server.commands if line.startswith("AUTH")]
    return {base64.b64decode(words[2]) for words in said}


def test_a_quota_is_kept_though_the_daemon_is_killed_again_and_again(
    make_site: Callable[..., LiveSite],
) -> None:
    with ScriptedSmtp({"dot": late(0.05, "250 2.0.0 ok")}) as server:
        site = make_site(200, relay("main", server, ", rate: 100/h"))
        for _ in range(4):
            before = len(server.accepted)
            with site.daemon() as daemon:
                until(lambda before=before: len(server.accepted) >= before + 20)
                daemon.kill()
        with site.daemon():
            until(lambda: len(server.accepted) >= 84)
            time.sleep(2)
        assert max(recipients(server).values()) == 1
        assert 84 <= len(server.arrived) <= 100


def test_a_relay_that_is_left_alone_is_left_alone_by_the_next_process_too(
    make_site: Callable[..., LiveSite],
) -> None:
    with ScriptedSmtp({"MAIL": "550 5.7.1 not from you"}) as server:
        site = make_site(20, relay("main", server))
        with site.daemon() as daemon:
            until(lambda: any(line.startswith("MAIL") for line in server.commands))
            time.sleep(1)
            daemon.kill()
        tried = server.connections
        with site.daemon():
            time.sleep(5)
        assert server.connections == tried <= 4
        server.script.clear()
        assert published(site, RETRIES[0]) == 0
        assert recipients(server) == Counter(people(20))
