"""What a relay's answers make of it: fewer connections, pauses, and whose fault a refusal was."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import NOON

from publisher.domain.delivery import Claim, Outcome, State, Verdict
from publisher.domain.errors import RelayRefused
from publisher.domain.relay import HALVE_AFTER, PAUSE_LONGEST, RECOVER_AFTER, Relay, RelayNote
from publisher.domain.suspects import MOST_SUSPECTS, Suspects

ACCEPTED = Outcome(verdict=Verdict.ACCEPTED, reply="250 2.0.0 ok")
LATER = Outcome(verdict=Verdict.DEFERRED, reply="451 4.7.1 greylisted")
OURS = Outcome(verdict=Verdict.RETURNED, reply="550 5.1.8 sender refused")
POLICY = Outcome(verdict=Verdict.SUSPECT, reply="550 5.7.1 policy, see 4711")
BUSY = RelayRefused("421 4.7.0 too many", temporary=True)
NO_LOGIN = RelayRefused("535 5.7.8 no", temporary=False)


def claim(mailbox: str = "ada@example.com", number: int = 1) -> Claim:
    return Claim(
        issue_id=1, subscriber_id=number, address=mailbox, mailbox=mailbox, name="", attempts=0,
        first_at=None, was=State.QUEUED, frozen=1,
    )  # fmt: skip


def hear(relay: Relay, outcome: Outcome, times: int = 1, after: timedelta = timedelta(0)) -> None:
    for _ in range(times):
        relay.heard(claim(), outcome, NOON + after)


# How many connections.


def test_each_connection_that_is_refused_is_one_less_and_the_last_is_a_pause() -> None:
    relay = Relay(connections=4)
    limits = []
    for _ in range(4):
        relay.refused(BUSY, NOON)
        limits.append((relay.limit, relay.paused(NOON)))
    assert limits == [(3, False), (2, False), (1, False), (0, True)]
    assert relay.reason == "421 4.7.0 too many"


def test_what_only_a_person_can_mend_pauses_at_once() -> None:
    relay = Relay(connections=4)
    relay.refused(NO_LOGIN, NOON)
    assert (relay.paused(NOON), relay.reason) == (True, "535 5.7.8 no")


def test_so_many_acceptances_bring_one_connection_back() -> None:
    relay = Relay(connections=4)
    hear(relay, ACCEPTED, 3 * RECOVER_AFTER)  # what was well before is no credit
    relay.refused(BUSY, NOON)
    relay.refused(BUSY, NOON)
    hear(relay, ACCEPTED, RECOVER_AFTER - 1)
    assert relay.limit == 2
    hear(relay, ACCEPTED)
    assert relay.limit == 3
    hear(relay, ACCEPTED, 5 * RECOVER_AFTER)
    assert relay.limit == 4


def test_temporary_refusals_that_prevail_halve_the_connections_and_never_pause() -> None:
    relay = Relay(connections=20)
    limits = []
    for _ in range(6):
        hear(relay, LATER, HALVE_AFTER)
        limits.append(relay.limit)
    assert limits == [10, 5, 2, 1, 1, 1]
    assert not relay.paused(NOON)


def test_temporary_refusals_between_more_acceptances_are_the_recipients_own() -> None:
    relay = Relay(connections=20)
    for _ in range(200):
        hear(relay, LATER)
        hear(relay, ACCEPTED, 2)
    assert relay.limit == 20


# Pauses.


def pauses(relay: Relay, number: int, jitter: float = 0.0) -> Iterator[timedelta]:
    now = NOON
    for _ in range(number):
        relay.heard(claim(), OURS, now, jitter)
        assert relay.paused_until is not None
        yield relay.paused_until - now
        now = relay.paused_until
        assert not relay.paused(now)


def test_pauses_double_from_half_a_minute_to_a_quarter_of_an_hour() -> None:
    seconds = [pause.total_seconds() for pause in pauses(Relay(connections=4), 7)]
    assert seconds == [30, 60, 120, 240, 480, 900, 900]


@given(st.floats(0, 1, exclude_max=True))
def test_chance_shortens_a_pause_by_up_to_a_fifth(jitter: float) -> None:
    for whole, some in zip(
        pauses(Relay(connections=1), 7), pauses(Relay(connections=1), 7, jitter), strict=True
    ):
        assert whole * 0.8 <= some <= whole


def test_an_acceptance_makes_the_next_pause_short_again() -> None:
    relay = Relay(connections=1)
    assert [*pauses(relay, 4)][-1] == timedelta(seconds=240)
    hear(relay, ACCEPTED)
    assert [*pauses(relay, 1)] == [timedelta(seconds=30)]


def test_what_several_connections_hear_at_once_is_one_cause() -> None:
    relay = Relay(connections=4)
    hear(relay, OURS, 4)
    assert relay.paused_until == NOON + timedelta(seconds=30)
    assert relay.note().pauses == 1


def test_after_a_pause_one_connection_tries_and_each_acceptance_lets_one_more_follow() -> None:
    relay = Relay(connections=4)
    hear(relay, OURS)
    assert not relay.paused(NOON + timedelta(seconds=30))
    limits = [relay.limit]
    for _ in range(4):
        hear(relay, ACCEPTED)
        limits.append(relay.limit)
    assert limits == [1, 2, 3, 4, 4]


def test_when_the_trial_meets_a_refusal_connections_come_back_slowly() -> None:
    relay = Relay(connections=8)
    hear(relay, OURS)
    relay.resume()
    hear(relay, ACCEPTED, 3)
    relay.refused(BUSY, NOON)
    hear(relay, ACCEPTED, 50)
    assert relay.limit == 3


def test_a_clock_that_is_set_back_ends_a_pause() -> None:
    relay = Relay(connections=4)
    hear(relay, OURS)
    assert relay.paused(NOON)
    assert not relay.paused(NOON - timedelta(hours=1))


# Restarts.


def test_what_was_noted_is_known_again() -> None:
    relay = Relay(connections=4, name="second")
    relay.refused(BUSY, NOON)
    again = Relay.restored(relay.note(), 4, NOON)
    assert again.note() == relay.note() == RelayNote(
        name="second", limit=3, paused_until=None, reason=None, pauses=0
    )  # fmt: skip


def test_a_pause_goes_on_after_a_restart_for_half_a_minute_at_most_and_the_next_is_longer() -> None:
    relay = Relay(connections=4)
    longest = [*pauses(relay, 7)][-1]
    assert longest == PAUSE_LONGEST
    relay.heard(claim(), OURS, NOON + timedelta(hours=1))
    again = Relay.restored(relay.note(), 4, NOON + timedelta(hours=1))
    assert again.paused_until == NOON + timedelta(hours=1, seconds=30)
    assert again.reason == OURS.reply
    once_more = Relay.restored(again.note(), 4, NOON + timedelta(hours=1, seconds=20))
    assert once_more.paused_until == again.paused_until


def test_a_pause_that_ended_while_the_program_was_down_lets_one_connection_try() -> None:
    relay = Relay(connections=4)
    hear(relay, OURS)
    again = Relay.restored(relay.note(), 4, NOON + timedelta(hours=1))
    assert not again.paused(NOON + timedelta(hours=1))
    assert again.limit == 1
    hear(again, ACCEPTED, 3)
    assert again.limit == 4


def test_a_person_may_end_a_pause() -> None:
    relay = Relay(connections=4)
    hear(relay, OURS)
    relay.resume()
    assert (relay.paused(NOON), relay.limit, relay.reason) == (False, 1, None)
    relay.refused(BUSY, NOON)
    assert relay.paused_until == NOON + timedelta(seconds=60)


@pytest.mark.parametrize(("noted", "connections", "limit"), [(9, 4, 4), (0, 4, 1), (2, 4, 2)])
def test_a_noted_limit_is_kept_within_what_is_set_now(
    noted: int, connections: int, limit: int
) -> None:
    note = RelayNote(name="main", limit=noted, paused_until=None, reason=None, pauses=0)
    assert Relay.restored(note, connections, NOON).limit == limit


# Whose fault it was.


def test_five_domains_with_one_reply_are_our_fault_and_all_of_them_are_acquitted() -> None:
    relay = Relay(connections=4)
    blamed = [claim(f"ada@place{n}.example.com", n) for n in range(5)]
    for one in blamed:
        assert not relay.paused(NOON)
        relay.heard(one, POLICY, NOON)
    assert relay.paused(NOON)
    assert relay.acquitted() == blamed
    assert relay.acquitted() == []


def test_from_then_on_the_same_reply_is_ours_until_something_is_accepted() -> None:
    suspects = Suspects()
    for number in range(5):
        suspects.ours(claim(f"ada@place{number}.example.com"), POLICY.reply)
    suspects.acquitted()
    one = claim("grace@example.org")
    assert suspects.ours(one, "550 5.7.1 other words")
    assert suspects.acquitted() == [one]
    suspects.clear()
    assert not suspects.ours(one, POLICY.reply)
    assert suspects.acquitted() == []


def test_different_codes_are_different_causes() -> None:
    suspects = Suspects()
    for number in range(9):
        reply = f"55{number % 3} 5.7.1 no"
        assert not suspects.ours(claim(f"ada@place{number}.example.com"), reply)


def test_a_long_streak_of_few_domains_is_remembered_in_part_and_found_out_all_the_same() -> None:
    suspects, number = Suspects(), 0
    for number in range(3 * MOST_SUSPECTS):
        assert not suspects.ours(claim(f"a{number}@place{number % 4}.example.com"), POLICY.reply)
    assert suspects.ours(last := claim("grace@example.org", number + 1), POLICY.reply)
    found = suspects.acquitted()
    assert len(found) == MOST_SUSPECTS + 1
    assert found[-1] is last


def test_no_number_of_replies_fills_the_memory() -> None:
    suspects = Suspects()
    for number in range(3 * MOST_SUSPECTS):
        suspects.ours(claim(f"a{number}@example.com"), f"550 5.7.{number % 999} no {number}")
        suspects.ours(claim(f"a{number}@example.com"), f"no code at all {number}")
    assert len(suspects._blamed) == MOST_SUSPECTS
    assert len(suspects._domains) <= MOST_SUSPECTS
