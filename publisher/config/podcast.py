"""The section of config.yaml by which a site's feeds are a podcast."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from publisher.config import fields, values
from publisher.config.section import Section

#: Apple's categories; each may have one of its own below it.
CATEGORIES = (
    "Arts", "Business", "Comedy", "Education", "Fiction", "Government", "Health & Fitness",
    "History", "Kids & Family", "Leisure", "Music", "News", "Religion & Spirituality", "Science",
    "Society & Culture", "Sports", "TV & Film", "Technology", "True Crime",
)  # fmt: skip


def category_names(said: str) -> tuple[str, ...]:
    """``Technology`` or ``Society & Culture > Documentary`` as one or two names."""
    return tuple(name.strip() for name in said.split(">"))


def _category(said: str) -> str:
    names = category_names(said)
    if names[0] not in CATEGORIES or not all(names) or len(names) > 2:
        raise values.expected(
            "one of Apple's categories, such as Technology or Society & Culture > Documentary", said
        )
    return said


def _kind(said: str) -> str:
    if said not in ("episodic", "serial"):
        raise values.expected("episodic or serial", said)
    return said


Category: TypeAlias = Annotated[str, fields.text(_category, "a category")]
Kind: TypeAlias = Annotated[str, fields.text(_kind, "episodic or serial")]


class Owner(Section):
    """Whom directories write to. It is public."""

    name: fields.OneLine = Field(description="Name of who owns the podcast.")
    email: fields.Address = Field(description="Address that directories write to; it is public.")


class Podcast(Section):
    """What directories of podcasts are told of the site; without it they are told nothing."""

    image: fields.Url = Field(
        description="Cover of the podcast: a square picture of 1400 to 3000 pixels, JPEG or PNG."
    )
    category: Category = Field(
        description=(
            "One of Apple's categories, and perhaps one below it: `Technology`, "
            "`Society & Culture > Documentary`."
        )
    )
    explicit: fields.Flag = Field(
        default=False, description="Whether episodes are not meant for children."
    )
    author: fields.OneLine | None = Field(
        default=None, description="Who makes it; `site.author.name` or the title unless set."
    )
    owner: Owner | None = Field(
        default=None,
        description="Whom directories write to; `site.author` unless set, where it has an address.",
    )
    type: Kind = Field(
        default="episodic",
        description="Whether episodes stand alone (`episodic`) or are heard in order (`serial`).",
    )
