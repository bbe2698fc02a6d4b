"""Every key of config.yaml, its type, its default and what it is for.

The descriptions are the reference: the documentation's page on the configuration is made of them.
Values are frozen. Names are those of the file, but for ``from_``, which is ``from`` there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from publisher.config import fields
from publisher.config.hooks import Hooks
from publisher.config.places import Listen
from publisher.config.podcast import Podcast
from publisher.config.relays import Destination, RelaySection, told_apart, usable
from publisher.config.section import Section


class Author(Section):
    """Who writes the site."""

    name: fields.OneLine = Field(description="Name of the author, in feeds and mails.")
    email: fields.Address | None = Field(
        default=None, description="Address of the author, in feeds."
    )
    url: fields.Url | None = Field(default=None, description="Page about the author, in feeds.")


class Site(Section):
    """What the site is called and where it is."""

    title: fields.OneLine = Field(description="Name of the site: the title of its feeds and mails.")
    url: fields.Url = Field(
        description="Home page of the site. Every link is made absolute with it."
    )
    description: fields.OneLine = Field(
        default="", description="What the site is about, in a sentence."
    )
    author: Author | None = Field(
        default=None, description="Author of posts that name none: `name`, `email` and `url`."
    )
    language: fields.Language = Field(
        default="en", description="Language of the site, such as `en` or `pt-BR`."
    )
    timezone: fields.Zone = Field(
        default=ZoneInfo("UTC"), description="Zone of dates and times that name none."
    )
    id_authority: fields.HostName = Field(
        default_factory=lambda data: urlsplit(data["url"]).hostname or "",
        validate_default=True,
        description=(
            "Host name in the ids of feeds and entries; the host of `site.url` unless set. "
            "Never change it: readers would see every post anew."
        ),
    )
    id_date: fields.PastDay = Field(
        description=(
            "A day on which `site.id_authority` was yours, also in those ids; today will do. "
            "Never change it."
        )
    )


class Defaults(Section):
    """Keys that posts below a path have in common."""

    path: fields.OneLine = Field(
        default="", description="Path below `content.path`, of a folder or a post; all unless set."
    )
    values: fields.Table = Field(description="The keys, as they would stand in front matter.")


class Content(Section):
    """Where the posts are and how they are read."""

    path: fields.InnerFolder = Field(
        default="content", description="Folder of the posts, below the folder of config.yaml."
    )
    generator: fields.Generator = Field(
        default="none",
        description=(
            "What makes the site's pages: `jekyll`, `hugo`, `eleventy`, `zola`, `astro`, "
            "`docusaurus` or `pelican`. Posts are read as it reads them, and get its URLs."
        ),
    )
    permalink: fields.Permalinks = Field(
        default="/:year/:month/:title/",
        description=(
            "Pattern of posts' URLs, with the placeholders of Jekyll and Hugo, or one of Jekyll's "
            "styles such as `pretty`; or a pattern for each section, as in `{posts: /:slug/}`. "
            "The generator's own where there is one and this is not set. "
            "A post's own `permalink`, `url` or `slug` wins."
        ),
    )
    slugs: fields.Slugs = Field(
        default="usual",
        description=(
            "How the generator's settings change what names become in URLs: `cased` or "
            "`unaccented` (Hugo), `safe` or `off` (Zola)."
        ),
    )
    excerpt_separator: fields.OneLine | None = Field(
        default=None,
        description="A mark of the site's own that ends an excerpt, beside `<!--more-->`.",
    )
    defaults: tuple[Defaults, ...] = Field(
        default=(),
        description="Keys for every post below a path, which a post's own front matter wins over.",
    )
    authors: fields.InnerFolder | None = Field(
        default=None,
        description=(
            "File of the people whom posts name by a key: YAML with `name`, `email` and `url` "
            "below each key."
        ),
    )
    publish_time: fields.ClockTime = Field(
        default=time(0, 0), description="Time of day at which a post is due whose date has none."
    )
    published_by_default: fields.Flag = Field(
        default=True, description="Whether a post without `published` and `draft` is published."
    )
    ignore: tuple[fields.OneLine, ...] = Field(
        default=(), description="Patterns of files that are not posts, such as `notes/*`."
    )
    templates: fields.Engine | None = Field(
        default=None,
        description=(
            "What fills in template syntax in posts: `liquid`, `shortcodes`, `links` or `none`. "
            "Unless set `liquid` with Jekyll and Eleventy, `shortcodes` with Hugo and Zola, "
            "`links` with Pelican, else `none`."
        ),
    )
    render_timeout: fields.RenderTime = Field(
        default=timedelta(seconds=5),
        description="Time to render one post; after it the post is a problem.",
    )


class Feeds(Section):
    """The feeds that are written."""

    path: fields.Folder = Field(
        default="public", description="Folder that feeds are written to, for a web server to serve."
    )
    url: fields.Url | None = Field(
        default=None, description="Where `feeds.path` is served; `site.url` unless set."
    )
    formats: Annotated[tuple[fields.Format, ...], fields.DISTINCT, fields.SOME] = Field(
        default=("atom", "rss", "json"), description="Which of `atom`, `rss` and `json` to write."
    )
    entries: fields.Entries = Field(
        default=20, description="How many of the newest posts a feed holds."
    )
    archive_entries: fields.ArchiveEntries = Field(
        default=50,
        description=(
            "How many posts an archive of the site's feed holds: those that newer ones have pushed "
            "out of it (RFC 5005). `0` or `off` for no archives."
        ),
    )
    gzip: fields.Flag = Field(
        default=False,
        description=(
            "Whether a `.gz` file is written beside each feed, for a web server that sends such "
            "files. `publisher run` compresses what it serves without."
        ),
    )
    full_content: fields.Flag = Field(
        default=True, description="Whether entries hold the whole post, or its excerpt."
    )
    taxonomies: Annotated[tuple[fields.Taxonomy, ...], fields.DISTINCT] = Field(
        default=("categories", "tags"),
        description="Front matter keys whose terms get feeds of their own.",
    )
    authors: fields.AuthorFeeds = Field(
        default=None,
        json_schema_extra={"none": "auto"},
        description=(
            "Whether each author has feeds too: `true`, `false`, or `auto`, as soon as there are "
            "several. Not where `authors` is one of the taxonomies."
        ),
    )
    baseline_ids: fields.BaselineIds = Field(
        default="tag",
        description=(
            "Ids of the posts already public at the first run: `permalink` where readers know "
            "them by their URL from another program's feed."
        ),
    )

    podcast: Podcast | None = Field(
        default=None,
        description="Makes the RSS feeds a podcast: what directories are told of it.",
    )
    hubs: Annotated[tuple[fields.HubUrl, ...], fields.DISTINCT] = Field(
        default=(),
        description=(
            "WebSub hubs that push the feeds to their subscribers: each feed names them, and they "
            "are told when it changes."
        ),
    )


class Newsletter(Section):
    """The newsletter. Without this section none is sent; `from` and `postal_address` are needed."""

    from_: fields.Sender | None = Field(
        default=None, alias="from", description="Sender, as in `Ada Example <ada@example.com>`."
    )
    reply_to: fields.Sender | None = Field(
        default=None, description="Where answers go; to the sender unless set."
    )
    list_id: fields.ListId | None = Field(
        default=None,
        description=(
            "Identifier by which readers filter the mails (List-Id); "
            "`newsletter.` and `site.id_authority` unless set."
        ),
    )
    postal_address: fields.Lines | None = Field(
        default=None, description="Postal address in the footer of each mail: many laws ask for it."
    )
    unsubscribe_mailto: fields.Address | None = Field(
        default=None, description="Address that unsubscribes by mail, offered beside the link."
    )
    max_age: fields.Age = Field(
        default=timedelta(days=2),
        description="A post that could have gone out longer ago waits for `publisher release`.",
    )
    max_posts_per_hour: fields.PostsPerHour = Field(
        default=3,
        description="If more posts are due within an hour their mails wait; 0 lets every one wait.",
    )
    settle: fields.Settle = Field(
        default=timedelta(seconds=2),
        description="How long a file has to stay the same before the daemon mails it.",
    )
    wait_for_page: fields.PageWait = Field(
        default=None,
        json_schema_extra={"none": "off"},
        description="How long to wait for the post's own page to answer 200 before it is mailed.",
    )
    stages: Annotated[tuple[fields.Stage, ...], fields.RISING] = Field(
        default=(),
        description=(
            "Whom an issue goes to first, as in `[author, 1%, 100%]`: `author` is the subscriber "
            "with `site.author.email`, a percentage that many of all. Everybody at once unless set."
        ),
    )
    stage_wait: fields.StageWait = Field(
        default=timedelta(hours=1), description="How long to wait after each stage but the last."
    )
    stage_bounces: fields.Percent = Field(
        default="5%",
        description="If more of a stage's mails are refused, its issue waits for a release.",
    )


class Delivery(Section):
    """How mails leave."""

    transport: fields.Transport = Field(
        default="maildir:outbox",
        description=(
            "`maildir:FOLDER`, `smtp://USER@HOST:587` (STARTTLS required) or `smtps://USER@HOST`. "
            "`?tls=none` to loopback only. The password is PUBLISHER_SMTP_PASSWORD."
        ),
    )
    relays: Annotated[Mapping[fields.GivenName, RelaySection], AfterValidator(usable)] = Field(
        default={}, description="Several relays in place of `delivery.transport`, by name."
    )
    connections: fields.Connections = Field(
        default=4, description="How many connections to the mail server are used at once."
    )
    rate: fields.MailRate = Field(
        default="none", description="Highest rate, such as `14/s` or `50000/day`, or `none`."
    )
    destinations: Annotated[Mapping[fields.GivenName, Destination], AfterValidator(told_apart)] = (
        Field(default={}, description="Mail domains that have a rate of their own, by name.")
    )
    on_unknown: fields.OnUnknown = Field(
        default="hold",
        description="What becomes of a mail of which nobody knows whether the server took it.",
    )
    survive: fields.Survive = Field(
        default="power",
        description="What the ledger survives: loss of power, or only (faster) of the process.",
    )
    envelope_from: fields.Address | None = Field(
        default=None, description="Where bounces go; to the sender unless set."
    )


class Web(Section):
    """The HTTP side: the feeds, and what unsubscribe links lead to."""

    url: fields.Url | None = Field(
        default=None,
        description="Where `web.listen` is reached from outside; unsubscribe links begin with it.",
    )
    listen: fields.ListenAt = Field(
        default=Listen(host="127.0.0.1", port=8000),
        description="Address and port that `publisher run` listens on.",
    )
    most_polls: fields.MostPolls = Field(
        default=60,
        description=(
            "How often a minute an address may fetch the same feed whole; then it is told to wait "
            "(429). Where nothing changed since: ten times that. `0` or `off` for no limit."
        ),
    )
    trusted_proxies: Annotated[tuple[fields.Network, ...], fields.DISTINCT] = Field(
        default=(),
        description=(
            "Addresses and networks of proxies whose X-Forwarded-For is believed, beside this "
            "machine's own."
        ),
    )


class File(Section):
    """The whole of config.yaml."""

    site: Site = Field(description="What the site is called and where it is.")
    content: Content = Content()
    feeds: Feeds = Feeds()
    newsletter: Newsletter = Newsletter()
    delivery: Delivery = Delivery()
    web: Web = Web()
    hooks: Hooks = Hooks()
    ledger: fields.LedgerUrl = Field(
        default="sqlite:state/publisher.db",
        description=(
            "Database of what was published and mailed. A network file system is refused unless "
            "`?network=yes` says that only one machine uses it."
        ),
    )
    secret_file: fields.Folder | None = Field(
        default=None,
        description=(
            "File with the secrets that sign unsubscribe links, one a line: the first signs, all "
            "verify. Those in PUBLISHER_SECRET come before them. Where neither is set one is made "
            "at the first run in `state/secret`, which goes on verifying when one is set later."
        ),
    )
