"""Telling a WebSub hub that a feed has changed.

WebSub leaves open how (section 6, "Publishing"). Hubs take the form that PubSubHubbub 0.3 had:
``hub.mode=publish`` with the feed's URL, which is said under both of the names that are in use.
"""

from __future__ import annotations

import ssl
from urllib.parse import urlencode

from publisher.domain.errand import Answer
from publisher.push.http import post

MEDIA_TYPE = "application/x-www-form-urlencoded"
TIMEOUT_S = 10.0


def ping(
    hub: str, topic: str, *, timeout_s: float = TIMEOUT_S, trust: ssl.SSLContext | None = None
) -> Answer:
    """Tell a hub that the feed at ``topic`` has changed; it then fetches that by itself."""
    form = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic})
    return post(hub, form.encode(), MEDIA_TYPE, timeout_s=timeout_s, trust=trust)
