"""What has to be true of a site whatever was ended, once the program has run to its end again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from feedcheck import faults
from livesite import LiveSite

from crash.stage import CONNECTIONS, GONE, LATER, LATEST, OLD, PEOPLE, POSTS, Copy, Stage

FEEDS = (("atom.xml", "atom"), ("rss.xml", "rss"), ("feed.json", "json"))


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came out: ``broken`` has a sentence for each promise that was not kept, which
    begins with ``twice:`` or ``lost:`` where it concerns a message."""

    broken: tuple[str, ...]
    unknown: int = 0


def after_a_crash(stage: Stage, site: LiveSite) -> Iterator[str]:
    """What is wrong with a site that nobody has touched since the program was ended."""
    ran = site.run("--json", "status", ok=False)
    if ran.code not in (0, 1) or ("error" in ran.document and stage.name != "first"):
        yield f"status ends with {ran.code} after the crash: {ran.err}"
    for issue in ran.document.get("issues", ()):
        if sum(issue["counts"].values()) != issue["audience"]:
            yield f"issue {issue['id']} does not add up after the crash: {issue}"
        if issue["counts"].get("sending", 0) > CONNECTIONS:
            yield f"more is in flight than there are connections: {issue}"


def after_a_restart(stage: Stage, site: LiveSite, crashes: int) -> Verdict:
    """Have the program run to its end, twice, and look at everything."""
    broken = list(_runs_to_its_end(stage, site))
    arrived, accepted = stage.arrived(site), stage.accepted(site)
    rows, wrong = _rows(site)
    broken += wrong
    broken += [
        f"twice: {copy} was mailed {times} times" for copy, times in arrived.items() if times > 1
    ]
    broken += _nobody_is_lost(stage, rows, accepted)
    unknown = sum(state == "unknown" for state in rows.values())
    if unknown > CONNECTIONS * crashes:
        broken.append(f"{unknown} unknown from {crashes} crashes with {CONNECTIONS} connections")
    broken += _feeds_are_whole(site)
    if (verified := site.run("ledger", "verify", ok=False)).code:
        broken.append(f"the ledger is not in order: {verified.out}{verified.err}")
    broken += _a_second_run_does_nothing(stage, site, arrived)
    return Verdict(broken=tuple(broken), unknown=unknown)


def _runs_to_its_end(stage: Stage, site: LiveSite) -> Iterator[str]:
    for at in (LATER, LATEST):
        flight = stage.nest.run(site.root, "publish", "--at", at)
        if flight.code or "Traceback" in flight.err:
            yield f"the publish at {at} ends with {flight.code}: {flight.err[-300:]}"


def _rows(site: LiveSite) -> tuple[dict[Copy, str], list[str]]:
    """The state of each delivery; and what does not add up."""
    rows: dict[Copy, str] = {}
    wrong: list[str] = []
    for issue in site.json("status")["issues"]:
        report = site.json("report", str(issue["id"]))
        found = {(issue["subject"], row["address"]): row["state"] for row in report["deliveries"]}
        counts = Counter(found.values())
        if not counts == report["counts"] == issue["counts"] or counts.total() != issue["audience"]:
            wrong.append(f"the report of issue {issue['id']} does not add up: {report['counts']}")
        if issue["state"] != "done":
            wrong.append(f"issue {issue['id']} is {issue['state']}")
        if rows.keys() & found.keys():
            wrong.append(f"there are two issues of {issue['subject']}")
        rows |= found
    return rows, wrong


def _nobody_is_lost(stage: Stage, rows: dict[Copy, str], accepted: Counter[Copy]) -> Iterator[str]:
    everybody = {(post, who) for post in stage.mailed for who in PEOPLE}
    if rows.keys() != everybody:
        yield f"lost: rows that are missing or too many: {sorted(rows.keys() ^ everybody)}"
    if accepted.keys() - everybody:
        yield f"mailed without a row: {sorted(accepted.keys() - everybody)}"
    for copy, state in rows.items():
        refused = stage.smtp and copy[1] == GONE
        if state not in (("rejected", "unknown") if refused else ("accepted", "unknown")):
            yield f"lost: {copy} is {state}"
        if state == "accepted" and not accepted[copy]:
            yield f"lost: {copy} is accepted and never arrived"
    if not stage.smtp and "unknown" in rows.values():
        yield "a Maildir leaves something unknown"


def _feeds_are_whole(site: LiveSite) -> Iterator[str]:
    feeds = site.feeds()
    for name, kind in FEEDS:
        data = feeds.get(name, b"")
        yield from (f"{name}: {fault}" for fault in faults(data, kind))
        yield from (
            f"{name} lacks {title}" for title in (OLD, *POSTS) if title.encode() not in data
        )
    for path, data in feeds.items():
        if path.rpartition("/")[2].startswith("."):
            yield f"{path} was left over"
        if "tides/" in path and not all(title.encode() in data for title in POSTS):
            yield f"{path} lacks a post"


def _a_second_run_does_nothing(
    stage: Stage, site: LiveSite, arrived: Counter[Copy]
) -> Iterator[str]:
    before = site.feeds()
    flight = stage.nest.run(site.root, "--json", "publish", "--at", LATEST)
    if flight.code:
        yield f"the second publish ends with {flight.code}: {flight.err[-300:]}"
        return
    did = {key: flight.document[key] for key in ("published", "issues", "deliveries", "withdrawn")}
    if any(did.values()) or stage.arrived(site) != arrived or site.feeds() != before:
        yield f"the second publish did something: {json.dumps(did)}"
