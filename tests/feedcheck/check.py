"""The entry point: picks the rules of a format and runs them all."""

from __future__ import annotations

from typing import Literal

from feedcheck import atomrules, jsonrules, mediarules, rssrules
from feedcheck.document import JsonDocument, Unreadable, XmlDocument

Media = Literal["atom", "rss", "json"]

RULES = {
    "atom": (*atomrules.RULES, *mediarules.RULES),
    "rss": (*rssrules.RULES, *mediarules.RULES),
    "json": jsonrules.RULES,
}


def faults(data: bytes, media: Media) -> list[str]:
    """What is wrong with a feed, each fault as ``rule: sentence``; empty when nothing is."""
    try:
        document = JsonDocument(data) if media == "json" else XmlDocument(data)
    except Unreadable as unreadable:
        return [f"readable: {unreadable}"]
    return [f"{rule.__name__}: {fault}" for rule in RULES[media] for fault in rule(document)]
