"""What becomes of every delivery, whatever the relay does. On a fake clock, with fake couriers."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from delivery_world import (
    ACCEPTED,
    BUSY,
    DAY_S,
    DOWN,
    LATER,
    LOST,
    NEVER,
    NO_LOGIN,
    OURS,
    POLICY,
    UNANSWERED,
    World,
    people,
    spread,
)

from publisher.domain.delivery import Outcome, State
from publisher.domain.errors import LedgerUnusable, RelayRefused
from publisher.domain.plan import Start


def one_by_one(*outcomes: Outcome) -> Callable[[str], Outcome]:
    """Each outcome in turn, whoever it is for; the last one from then on."""
    left = list(outcomes)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def by_address(**outcomes: Outcome) -> Callable[[str], Outcome]:
    return lambda address: outcomes.get(address.partition("@")[0], ACCEPTED)


# Everybody is served.


def test_everybody_has_it_once_and_the_issue_is_done(world: World) -> None:
    issue = world.issue(people(50))
    done = world.run()
    assert world.server.accepted() == Counter(people(50))
    assert (world.counts(), world.ledger.issue(issue).state) == ({"accepted": 50}, "done")
    assert (done.counts, done.stopped) == ({State.ACCEPTED: 50}, None)


def test_all_connections_are_used_and_no_more(world: World) -> None:
    world.issue(people(40))
    world.run()
    assert (world.server.most_flying, len(world.hired)) == (4, 4)
    assert world.clock.s == pytest.approx(10 * 0.01, abs=0.02)


def test_no_more_connections_are_opened_than_there_are_messages(world: World) -> None:
    world.issue(people(2))
    world.run()
    assert len(world.server.connects) == 2


def test_more_connections_are_opened_when_more_is_to_be_sent(world: World) -> None:
    world.issue(people(1))
    world.server.send_s = lambda _: 1.0
    delivery = world.delivery()
    world.after(0.5, lambda: (world.issue(people(20), "fog"), delivery.wake()))
    delivery.run(world.stop, forever=False)
    assert world.server.most_flying == 4
    assert world.counts(2) == {"accepted": 20}


def test_a_message_that_is_begun_is_sending_in_the_ledger_and_at_most_one_a_connection(
    world: World,
) -> None:
    world.issue(people(30))

    def seen(address: str) -> Outcome:
        sending = world.sending()
        assert address in sending
        assert len(sending) <= world.connections
        return ACCEPTED

    world.server.answer = seen
    world.run()
    assert world.counts() == {"accepted": 30}


def test_a_message_not_begun_is_still_queued(world: World) -> None:
    world.issue(people(10))
    world.server.send_s = lambda _: None
    world.after(1, lambda: states.update(world.states()))
    states: dict[str, str] = {}
    world.run_for(2)
    assert Counter(states.values()) == {"sending": 4, "queued": 6}


def test_two_issues_take_turns(world: World) -> None:
    world.issue(people(40), "tide")
    world.after(0.03, lambda: (world.start("fog"), delivery.wake()))
    delivery = world.delivery()
    delivery.run(world.stop, forever=False)
    assert (world.counts(1), world.counts(2)) == ({"accepted": 40}, {"accepted": 40})


def test_a_second_run_is_as_good_as_the_first(world: World) -> None:
    world.issue(people(8))
    delivery = world.delivery()
    delivery.run(world.stop, forever=False)
    world.start("fog")
    delivery.run(world.stop, forever=False)
    assert (world.counts(1), world.counts(2)) == ({"accepted": 8}, {"accepted": 8})


# What the recipient's server says.


def test_some_are_refused_for_now_and_some_for_good(world: World) -> None:
    issue = world.issue(["now@example.com", "later@example.com", "never@example.com"])
    world.server.answer = by_address(later=LATER, never=NEVER)
    assert world.run().counts == {State.ACCEPTED: 1, State.DEFERRED: 1, State.REJECTED: 1}
    assert world.states() == {
        "now@example.com": "accepted",
        "later@example.com": "deferred",
        "never@example.com": "rejected",
    }
    assert world.ledger.issue(issue).state == "sending"


def test_what_was_deferred_is_tried_again_at_its_time_and_not_before(world: World) -> None:
    world.issue(["ada@example.com"])
    world.server.answer = one_by_one(LATER, LATER, ACCEPTED)
    world.run_for(3600)
    first, second, third = (at for at, _ in world.server.begun)
    assert second - first == pytest.approx(300 * 0.75, abs=0.1)
    assert third - second == pytest.approx(600 * 0.75, abs=0.1)
    assert (world.states(), world.attempts()) == (
        {"ada@example.com": "accepted"}, {"ada@example.com": 3}
    )  # fmt: skip


def test_after_two_days_it_is_given_up(world: World) -> None:
    world.issue(["ada@example.com"])
    world.server.answer = lambda _: LATER
    world.run_for(4 * DAY_S)
    [row] = world.ledger.deliveries(1)
    assert (row.state, row.reply[:15]) == (State.REJECTED, "given up after ")
    assert 1 * DAY_S < world.server.begun[-1][0] <= 2 * DAY_S
    assert world.ledger.issue(1).state == "done"


def test_a_deferred_one_waits_for_the_next_run(world: World) -> None:
    world.issue(people(2))
    world.server.answer = lambda _: LATER
    world.run()
    world.run()
    assert len(world.server.begun) == 2
    world.clock.s += 3600
    world.server.answer = lambda _: ACCEPTED
    world.run()
    assert world.counts() == {"accepted": 2}


def test_a_connection_lost_before_the_dot_defers_and_after_it_is_unknown(world: World) -> None:
    world.issue(["before@example.com", "after@example.com", "grace@example.org"])
    world.server.answer = by_address(before=LOST, after=UNANSWERED)
    assert world.run_for(1).counts[State.UNKNOWN] == 1
    assert set(world.states().values()) == {"deferred", "unknown", "accepted"}
    world.server.answer = lambda _: ACCEPTED
    world.run_for(DAY_S)
    assert world.server.accepted() == {"before@example.com": 1, "grace@example.org": 1}
    assert world.states()["after@example.com"] == "unknown"


def test_what_a_person_wants_sent_again_is(world: World) -> None:
    world.issue(["ada@example.com"])
    world.server.answer = one_by_one(UNANSWERED, ACCEPTED)
    delivery = world.delivery()
    world.after(1, lambda: (world.ledger.resolve(1, "resend", world.clock.wall()), delivery.wake()))
    world.after(2, lambda: (world.stop.set(), delivery.wake()))
    delivery.run(world.stop, forever=True)
    assert world.states() == {"ada@example.com": "accepted"}


# The relay wants less.


def test_a_421_ends_that_connection_only(world: World) -> None:
    """Not its first message: the server may end any connection when it likes."""
    world.issue(people(40))
    world.server.answer = one_by_one(*[ACCEPTED] * 8, BUSY, ACCEPTED)
    world.run_for(1)
    assert world.counts() == {"accepted": 39, "deferred": 1}
    assert (world.pauses, world.server.most_flying) == ([], 4)
    assert len(world.server.connects) == 5


def test_a_421_on_fresh_connections_lowers_concurrency(world: World) -> None:
    world.issue(people(40))
    refusals = [None, None, RelayRefused("421 too many", temporary=True)]
    world.server.refuse = lambda: refusals.pop(0) if refusals else DOWN
    world.run_for(2)
    assert (world.server.most_flying, world.pauses) == (2, [])
    assert world.counts() == {"accepted": 40}


def test_a_421_to_the_first_message_of_a_connection_lowers_concurrency_too(world: World) -> None:
    world.issue(people(60))
    world.server.answer = one_by_one(BUSY, BUSY, ACCEPTED)
    flying: list[int] = []
    world.after(0.1, lambda: flying.append(world.server.flying))
    world.run_for(1)
    assert flying == [2]
    assert world.counts() == {"accepted": 58, "deferred": 2}


def test_concurrency_comes_back_as_messages_are_accepted(world: World) -> None:
    world.issue(people(450))
    world.server.answer = one_by_one(BUSY, BUSY, ACCEPTED)
    flying: dict[float, int] = {}
    for at in (0.1, 1.2):
        world.after(at, lambda at=at: flying.update({at: world.server.flying}))
    world.run_for(10)
    assert flying == {0.1: 2, 1.2: 4}


def test_421_to_all_for_a_while_pauses_and_then_everybody_has_it(world: World) -> None:
    world.issue(people(20))
    world.server.answer = lambda _: BUSY if world.clock.s < 90 else ACCEPTED
    world.run_for(DAY_S)
    assert world.counts() == {"accepted": 20}
    assert max(world.server.accepted().values()) == 1
    assert world.pauses == ["421 4.7.0 too many"]
    assert len(world.clears) == 1
    assert world.clears[0] > 90
    assert len(world.server.begun) < 40


def test_a_relay_that_is_down_costs_nobody_anything(world: World) -> None:
    world.issue(people(20))
    world.server.refuse = lambda: DOWN
    done = world.run()
    assert (done.counts, done.stopped) == ({}, str(DOWN))
    assert (world.counts(), set(world.attempts().values())) == ({"queued": 20}, {0})
    assert len(world.server.connects) == 4


def test_a_relay_that_comes_back_is_found(world: World) -> None:
    world.issue(people(20))
    world.server.refuse = lambda: DOWN if world.clock.s < 3600 else None
    world.run_for(2 * 3600)
    assert world.counts() == {"accepted": 20}
    assert 3600 < world.server.begun[0][0] < 3600 + 15 * 60


def test_pauses_grow_from_half_a_minute_to_a_quarter_of_an_hour(world: World) -> None:
    world.issue(people(20))
    world.server.refuse = lambda: NO_LOGIN
    world.run_for(2 * 3600)
    rounds = sorted({round(at) for at in world.server.connects})
    gaps = [after - before for before, after in itertools.pairwise(rounds)]
    assert gaps[:6] == [27, 54, 108, 216, 432, 810]  # a tenth less, by chance
    assert set(gaps[6:]) == {810}


def test_one_trouble_is_told_once_and_its_end_too(world: World) -> None:
    world.issue(people(20))
    world.server.refuse = lambda: DOWN if world.clock.s < 3600 else None
    world.run_for(2 * 3600)
    assert world.pauses == [str(DOWN)]
    assert len(world.clears) == 1
    assert world.clears[0] == pytest.approx(world.server.ended[0][0])


@pytest.mark.parametrize("outcome", [OURS])
def test_a_refusal_of_the_sender_pauses_and_spends_no_attempt(
    world: World, outcome: Outcome
) -> None:
    world.issue(people(20))
    world.server.answer = lambda _: outcome
    done = world.run()
    assert done.stopped == outcome.reply
    assert (world.counts(), set(world.attempts().values())) == ({"queued": 20}, {0})
    assert len(world.server.begun) <= world.connections
    world.server.answer = lambda _: ACCEPTED
    world.run()
    assert world.server.accepted() == Counter(people(20))


def test_a_refusal_for_good_pauses_although_other_connections_are_open(world: World) -> None:
    world.issue(people(40))
    answers = [None, NO_LOGIN]
    world.server.refuse = lambda: answers.pop(0) if answers else None
    done = world.run()
    assert done.stopped == str(NO_LOGIN)
    assert world.counts()["queued"] > 30
    assert set(world.counts()) <= {"accepted", "queued"}


def test_after_an_acceptance_pauses_are_short_again(world: World) -> None:
    world.issue(people(3))
    world.connections = 1
    world.server.answer = one_by_one(OURS, OURS, OURS, ACCEPTED, OURS, ACCEPTED)
    world.run_for(3600)
    begun = [round(at) for at, _ in world.server.begun]
    assert begun == [0, 27, 81, 189, 189, 216, 216]  # a tenth less, by chance
    assert world.counts() == {"accepted": 3}


def test_a_connection_that_is_gone_and_can_t_be_opened_again_spends_no_attempt(
    world: World,
) -> None:
    """Between Ready and the claim; one connection less, and no pause while another is open."""
    world.issue(people(20))

    def cut_one(claim: object) -> object:
        if world.server.flying == 1 and not cut:
            cut.append(claim)
            world.hired[0].connected = False
            world.server.refuse = lambda: DOWN
        return claim

    cut: list[object] = []
    world.message_of = cut_one
    world.run_for(1)
    assert (world.pauses, world.counts()) == ([], {"accepted": 20})
    assert set(world.attempts().values()) == {1}


# Whose fault is it?


def test_a_policy_refusal_of_one_is_that_one_s(world: World) -> None:
    world.issue(["ada@example.com", *people(20)])
    world.server.answer = by_address(ada=POLICY)
    assert world.run().stopped is None
    assert world.states()["ada@example.com"] == "rejected"
    assert world.counts() == {"accepted": 20, "rejected": 1}


def test_a_policy_refusal_of_many_at_one_domain_is_theirs(world: World) -> None:
    world.issue(people(20))
    world.server.answer = lambda _: POLICY
    assert world.run().stopped is None
    assert world.counts() == {"rejected": 20}


def test_the_same_refusal_at_five_domains_is_ours(world: World) -> None:
    world.issue(spread(12))
    world.server.answer = lambda _: POLICY
    done = world.run()
    assert "five domains" in str(done.stopped) or "5 domains" in str(done.stopped)
    assert (world.counts(), set(world.attempts().values())) == ({"queued": 12}, {0})
    assert done.counts[State.REJECTED] == 0
    assert done.counts[State.QUEUED] == len(world.server.begun) <= 8


def test_when_our_fault_is_mended_everybody_has_it_once(world: World) -> None:
    world.issue(spread(12))
    world.server.answer = lambda _: POLICY if world.clock.s < 200 else ACCEPTED
    world.run_for(3600)
    assert world.server.accepted() == Counter(spread(12))
    assert world.counts() == {"accepted": 12}
    tries = len(world.server.begun) - 12
    assert tries <= 3 * 2 * world.connections


def test_once_mended_a_refusal_is_the_recipient_s_again(world: World) -> None:
    """What was our fault is not held to be so for ever."""
    world.issue([*spread(6), "zoe@example.org"])
    world.connections = 1
    world.server.answer = lambda address: (
        POLICY if world.clock.s < 20 or address == "zoe@example.org" else ACCEPTED
    )
    world.run_for(3600)
    assert world.states()["zoe@example.org"] == "rejected"
    assert world.counts() == {"accepted": 6, "rejected": 1}
    assert len(world.pauses) == 1


def test_an_acceptance_between_makes_refusals_the_recipients_again(world: World) -> None:
    world.connections = 1
    refused = [f"{who}@place{n}.example.com" for n, who in enumerate("abcdefgh")]
    world.issue([address for one in refused for address in (one, f"fine{one}")])
    world.server.answer = lambda address: ACCEPTED if address.startswith("fine") else POLICY
    assert world.run().stopped is None
    assert world.counts() == {"accepted": 8, "rejected": 8}


# The rate.


def in_any(span_s: float, begun: list[float]) -> int:
    """The most that began within any such span."""
    return max(sum(at <= other < at + span_s - 1e-9 for other in begun) for at in begun)


@pytest.mark.parametrize(("rate", "span_s", "most"), [("14/s", 1.0, 15), ("2/s", 1.0, 3)])
def test_a_pace_is_kept_and_messages_leave_evenly(
    world: World, rate: str, span_s: float, most: int
) -> None:
    world.rate = rate
    world.issue(people(60))
    world.run()
    begun = [at for at, _ in world.server.begun]
    assert in_any(span_s, begun) <= most
    assert in_any(0.02, begun) <= 2
    assert len(begun) == 60
    assert world.clock.s == pytest.approx(60 / int(rate[:-2]), rel=0.1)


def test_a_quota_is_used_at_once_and_never_passed(world: World) -> None:
    world.rate = "25/min"
    world.issue(people(60))
    world.run_for(300)
    begun = [at for at, _ in world.server.begun]
    assert in_any(60.0, begun) == 25
    assert begun[24] < 1 < 60 < begun[25]
    assert world.counts() == {"accepted": 60}


def test_a_run_that_is_not_for_ever_does_not_wait_for_the_next_hour(world: World) -> None:
    world.rate = "25/h"
    world.issue(people(60))
    world.run()
    assert (world.counts(), world.clock.s < 60) == ({"accepted": 25, "queued": 35}, True)


def test_a_slow_recipient_does_not_hold_up_the_pace(world: World) -> None:
    world.rate = "10/s"
    world.issue(people(40))
    world.server.send_s = lambda address: 30.0 if address == people(40)[0] else 0.01
    world.run_for(60)
    others = [at for at, who, _ in world.server.ended if who != people(40)[0]]
    assert others[-2] == pytest.approx(4, abs=0.3)
    assert others[-1] < 5, "what was to follow the slow one goes another way"


# People change their minds, and so do writers.


def test_who_leaves_during_the_run_gets_nothing_that_was_not_begun(world: World) -> None:
    world.issue(people(40))
    leaver = world.ledger.find(people(40)[39])
    world.after(0.02, lambda: world.ledger.unsubscribe(leaver.id, world.clock.wall()))
    world.run()
    assert world.states()[people(40)[39]] == "cancelled"
    assert world.counts() == {"accepted": 39, "cancelled": 1}
    assert leaver.address not in world.server.accepted()


def test_a_paused_issue_begins_nothing_and_what_is_in_flight_ends(world: World) -> None:
    issue = world.issue(people(40))
    world.after(0.045, lambda: world.ledger.pause(issue))
    world.run()
    counts = world.counts()
    assert set(counts) == {"accepted", "queued"}
    assert len(world.server.begun) == counts["accepted"] < 40
    assert world.server.begun[-1][0] < 0.05


def test_a_released_issue_reaches_those_who_have_not_had_it(world: World) -> None:
    issue = world.issue(people(40))
    world.after(0.045, lambda: world.ledger.pause(issue))
    world.run()
    world.ledger.release(issue, world.clock.wall())
    world.freeze(Start(key="tide", issue_id=issue))
    world.run()
    assert world.server.accepted() == Counter(people(40))
    assert world.counts() == {"accepted": 40}


def test_a_cancelled_issue_is_left_with_what_was_in_flight(world: World) -> None:
    issue = world.issue(people(40))
    world.server.answer = lambda _: ACCEPTED if world.clock.s < 0.04 else LATER
    world.after(0.045, lambda: world.ledger.cancel(issue, world.clock.wall()))
    world.run()
    counts = world.counts()
    assert set(counts) == {"accepted", "cancelled"}
    assert counts["accepted"] == len(world.server.accepted())
    world.run_for(DAY_S)
    assert world.counts() == counts


# The end of a run.


def test_what_is_in_flight_ends_when_it_is_told_to_stop(world: World) -> None:
    world.issue(people(40))
    world.server.send_s = lambda _: 3.0
    world.run_for(1)
    assert world.clock.s == pytest.approx(3, abs=0.1)
    assert world.counts() == {"accepted": 4, "queued": 36}


@pytest.mark.parametrize("cut", [UNANSWERED, LOST])
def test_what_hangs_is_cut_off(world: World, cut: Outcome) -> None:
    world.issue(people(10))
    world.server.send_s, world.server.cut = lambda _: None, cut
    world.run_for(1)
    assert world.clock.s == pytest.approx(9, abs=0.1)
    assert world.counts() == {"queued": 6, str(cut.verdict): 4}
    assert all(courier.dismissed for courier in world.hired)


# The ledger fails.


class Flaky:
    """A ledger that can't be used while ``broken()``."""

    def __init__(self, ledger: object, broken: Callable[[], bool]) -> None:
        self._ledger = ledger
        self._broken = broken
        self.failures = 0

    def __getattr__(self, name: str) -> object:
        def call(*arguments: object, **named: object) -> object:
            if self._broken():
                self.failures += 1
                raise LedgerUnusable("state/publisher.db: the disk is full: make room")
            return getattr(self._ledger, name)(*arguments, **named)

        return call


def test_what_was_answered_is_kept_until_the_ledger_takes_it(world: World) -> None:
    world.issue(people(40))
    world.book = Flaky(world.ledger, lambda: 0.035 < world.clock.s < 8)
    world.run()
    assert world.server.accepted() == Counter(people(40))
    assert world.counts() == {"accepted": 40}
    assert 0 < world.book.failures < 30


def test_a_ledger_that_stays_unusable_ends_the_run_with_its_reason(world: World) -> None:
    world.issue(people(40))
    world.book = Flaky(world.ledger, lambda: world.clock.s > 0.035)
    with pytest.raises(LedgerUnusable, match="make room"):
        world.run_for(3600)
    assert 10 < world.clock.s < 20
    assert all(courier.dismissed for courier in world.hired)
    assert len(world.sending()) <= world.connections
    begun = Counter(who for _, who in world.server.begun)
    assert max(begun.values()) == 1


def test_a_ledger_that_can_be_written_and_not_read_ends_the_run_too(world: World) -> None:
    world.issue(people(4))

    class Unreadable(Flaky):
        def next_attempt_at(self) -> object:
            raise LedgerUnusable("the disk does not read")

    world.book = Unreadable(world.ledger, lambda: False)
    with pytest.raises(LedgerUnusable):
        world.run_for(3600)
    assert world.clock.s < 20


def test_a_ledger_that_fails_at_the_very_end_is_waited_for(world: World) -> None:
    world.issue(people(4))
    world.book = Flaky(world.ledger, lambda: 1 < world.clock.s < 3)
    world.server.send_s = lambda _: 1.5
    world.run_for(1.2)
    assert world.counts() == {"accepted": 4}


def test_who_was_blamed_for_our_fault_is_absolved_although_the_ledger_fails(world: World) -> None:
    world.issue(spread(12))
    world.server.answer = lambda _: POLICY
    real = world.ledger
    failed: list[float] = []

    class FailsOnce(Flaky):
        def absolve(self, *arguments: object) -> object:
            if len(failed) < 3:
                failed.append(world.clock.s)
                raise LedgerUnusable("busy")
            return real.absolve(*arguments)

    world.book = FailsOnce(real, lambda: False)
    world.run()
    assert len(failed) == 3
    assert world.counts() == {"queued": 12}


# A bug.


def test_a_courier_s_bug_surfaces_and_what_others_did_is_kept(world: World) -> None:
    world.issue(people(40))

    def stumbles(claim: object) -> object:
        return 1 / 0 if world.clock.s > 0.03 else claim

    world.message_of = stumbles
    with pytest.raises(ZeroDivisionError):
        world.run_for(3600)
    counts = world.counts()
    assert counts == {
        "accepted": len(world.server.accepted()),
        "queued": 40 - len(world.server.accepted()),
    }
    assert 0 < counts["accepted"] < 40
    assert world.clock.s < 1
    assert all(courier.dismissed for courier in world.hired)


# Nothing to do.


def test_a_quiet_day_is_slept_through(world: World) -> None:
    world.issue(people(4))
    world.run_for(DAY_S)
    assert world.inbox.waits < DAY_S / 30 + 50


def test_a_day_with_one_deferred_delivery_is_slept_through(world: World) -> None:
    world.issue(people(4))
    world.server.answer = lambda _: LATER
    world.run_for(DAY_S)
    assert world.inbox.waits < DAY_S / 30 + 500


def test_a_hanging_message_is_waited_for_quietly(world: World) -> None:
    world.issue(people(1))
    world.server.send_s = lambda _: 600.0
    world.run()
    assert world.counts() == {"accepted": 1}
    assert world.inbox.waits < 600 / 30 * 3


def test_it_begins_at_once_when_it_is_woken(world: World) -> None:
    world.issue(people(4))
    delivery = world.delivery()
    world.after(100, lambda: (world.start("fog"), delivery.wake()))
    world.after(200, lambda: (world.stop.set(), delivery.wake()))
    delivery.run(world.stop, forever=True)
    assert [at for at, _ in world.server.begun][4] == pytest.approx(100, abs=0.01)


def test_what_came_due_while_the_machine_slept_is_begun_soon_after(world: World) -> None:
    """Timers stand still in a suspend; the wall clock does not."""
    world.issue(people(1))
    world.server.answer = one_by_one(LATER, ACCEPTED)
    world.after(100, lambda: setattr(world.clock, "set_forward", timedelta(hours=8)))
    world.run_for(3600)
    assert 100 <= world.server.begun[1][0] < 100 + 31


def test_all_connections_are_used_again_after_a_lull(world: World) -> None:
    """A message that takes long is in flight all the while."""
    world.issue(people(41))
    world.server.send_s = lambda address: 100.0 if address == people(41)[40] else 0.01
    delivery = world.delivery()
    world.after(10, lambda: (world.start("fog"), delivery.wake()))
    delivery.run(world.stop, forever=False)
    second = [at for at, _ in world.server.begun][41:]
    assert len(second) == 41
    assert second[30] == pytest.approx(10 + 30 / 3 * 0.01, abs=0.03)


def test_that_nothing_more_is_due_is_told_once(world: World) -> None:
    world.issue(people(40))
    delivery = world.delivery()
    world.after(100, lambda: (world.start("fog"), delivery.wake()))
    world.after(3600, lambda: (world.stop.set(), delivery.wake()))
    delivery.run(world.stop, forever=True)
    assert [round(at) for at in world.rests] == [0, 100]


def test_a_clock_that_was_set_back_does_not_prolong_a_pause(world: World) -> None:
    world.issue(people(4))
    world.server.refuse = lambda: DOWN if world.clock.s < 20 else None
    world.after(15, lambda: setattr(world.clock, "set_forward", timedelta(days=-30)))
    world.run_for(3600)
    assert world.counts() == {"accepted": 4}
    assert world.server.begun[0][0] < 120
