"""What directories of podcasts ask of an RSS feed: Apple's ``itunes`` elements.

A channel has them where the site says so (``feeds.podcast``), an item where its post does, or
where the channel does and the post has a file.
"""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from publisher.domain.post import Episode
from publisher.feeds.entry import Entry
from publisher.feeds.podcast import Podcast

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"


def complete_channel(podcast: Podcast, channel: _Element) -> None:
    """Add what a channel has to say of itself."""
    _add(channel, "author", podcast.author)
    _add(channel, "type", podcast.kind)
    _add(channel, "explicit", _flag(podcast.explicit))
    SubElement(channel, f"{{{ITUNES}}}image", {"href": podcast.image})
    parent = channel
    for name in podcast.category:
        parent = SubElement(parent, f"{{{ITUNES}}}category", {"text": name})
    if podcast.owner and podcast.owner.email:
        owner = SubElement(channel, f"{{{ITUNES}}}owner")
        _add(owner, "name", podcast.owner.name)
        _add(owner, "email", podcast.owner.email)


def is_episode(entry: Entry, podcast: Podcast | None) -> bool:
    """Whether an item has anything to say to directories."""
    return entry.episode is not None or (podcast is not None and bool(entry.enclosures))


def complete_item(entry: Entry, podcast: Podcast | None, item: _Element) -> None:
    """Add what an item says of its episode: only what is known of it."""
    if not is_episode(entry, podcast):
        return
    episode = entry.episode or Episode()
    if entry.enclosures and (seconds := entry.enclosures[0].duration_s) is not None:
        _add(item, "duration", duration(seconds))
    if entry.authors:
        _add(item, "author", ", ".join(author.name for author in entry.authors))
    for name, number in (("season", episode.season), ("episode", episode.number)):
        if number is not None:
            _add(item, name, str(number))
    if episode.kind:
        _add(item, "episodeType", episode.kind)
    if episode.explicit is not None:
        _add(item, "explicit", _flag(episode.explicit))
    if episode.image:
        SubElement(item, f"{{{ITUNES}}}image", {"href": episode.image})


def duration(seconds: int) -> str:
    """``1:02:03``: the one form that both Apple and the feed validators take."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _add(parent: _Element, name: str, text: str) -> None:
    SubElement(parent, f"{{{ITUNES}}}{name}").text = text


def _flag(value: bool) -> str:
    return "true" if value else "false"
