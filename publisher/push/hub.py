"""Telling a WebSub hub that a feed has changed.

W3C WebSub leaves open how (section 7): every hub that is in use takes the form that PubSubHubbub
0.4 names, ``hub.mode=publish`` with the feed's URL; the topic is said under both names in use.
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
