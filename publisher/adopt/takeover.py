"""Take a blog over: look at it, write the config.yaml that fits, and say what came from where.

    folder ─look─▶ Tree ─detect, one adopter─▶ Adoption ─compose─▶ text ─trial─▶ what is no post
                                                            ▲                        │
                                                            └────────────────────────┘

The blog's own files are never changed. Where config.yaml is to stand elsewhere, a link there leads
to the blog, because posts have to be below it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from publisher.adopt.adoption import Adoption
from publisher.adopt.astro import astro
from publisher.adopt.compose import NAMES, Setting, compose
from publisher.adopt.detect import blogs_below, detect
from publisher.adopt.docusaurus import docusaurus
from publisher.adopt.eleventy import eleventy
from publisher.adopt.hugo import hugo
from publisher.adopt.jekyll import jekyll
from publisher.adopt.pages import pages
from publisher.adopt.pelican import pelican
from publisher.adopt.texts import Unreadable
from publisher.adopt.tree import Tree, look
from publisher.adopt.zola import zola
from publisher.content.habits import Generator
from publisher.domain.errors import ConfigError, OutputUnwritable, Refused
from publisher.domain.post import Scan

CONFIG = "config.yaml"

#: What the link to a blog elsewhere is called.
LINK = "blog"

#: Stands in for an address that is not known, while it is tried what is a post.
_SOMEWHERE = "https://example.com"

_ADOPTERS: Mapping[Generator, Callable[[Tree], Adoption]] = {
    "jekyll": jekyll, "hugo": hugo, "eleventy": eleventy, "zola": zola, "astro": astro,
    "docusaurus": docusaurus, "pelican": pelican,
}  # fmt: skip

#: Reads a configuration that would stand in a folder, and the posts that it says there are.
Trial = Callable[[str], Scan]


@dataclass(frozen=True, kw_only=True, slots=True)
class Takeover:
    """What was made, what was taken for it, and what a trial of it found."""

    made: tuple[Path, ...]
    adoption: Adoption
    scan: Scan
    ignored: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is left to fill in."""
        return not self.adoption.lacking


def adopted(generator: Generator, tree: Tree) -> Adoption:
    """What a blog's files say. Raises Refused where its configuration can't be read."""
    try:
        return _ADOPTERS[generator](tree)
    except Unreadable as error:
        raise Refused(f"{error}; correct it, or write config.yaml by hand") from error


def take_over(source: Path, target: Path, today: date, trial: Trial) -> Takeover:
    """Write ``target``/config.yaml for the blog in ``source``.

    ``trial`` reads such a text as if it stood there. Raises Refused where there is a config.yaml,
    or no blog that is known; OutputUnwritable.
    """
    _require_free(source, target)
    try:
        tree = look(source)
        adoption = _with_place_notes(adopted(_known(source, tree), tree), source, target)
        target.mkdir(parents=True, exist_ok=True)
        prefix, link = _way(source, target)
        setting = Setting(
            prefix=prefix,
            today=today,
            feeds_path="feeds" if source.samefile(target) and tree.folder("public") else None,
        )
        adoption, scan = _tried(adoption, setting, trial)
        setting = replace(setting, ignored=pages(scan, _folder(adoption, prefix)))
        if setting.ignored:
            adoption, scan = _tried(adoption, setting, trial)
        config = target / CONFIG
        with config.open("x", encoding="utf-8") as file:
            file.write(compose(adoption, setting))
    except OSError as error:
        raise OutputUnwritable(f"{error.filename}: {error.strerror}") from error
    made = (config,) if link is None else (config, link)
    return Takeover(made=made, adoption=adoption, scan=scan, ignored=tuple(setting.ignored))


def _require_free(source: Path, target: Path) -> None:
    if not source.is_dir():
        raise Refused(f"{source}: no such folder; name the folder of the blog")
    if (target / CONFIG).exists():
        where = f"publisher init --from {source} FOLDER"
        raise Refused(f"{target / CONFIG}: there is a config.yaml already; name another: {where}")


def _known(source: Path, tree: Tree) -> Generator:
    generator = detect(tree)
    if generator is None:
        names = ", ".join(NAMES.values())
        if (below := blogs_below(tree)) is not None:
            raise Refused(f"{source}: no blog itself; is it the one in {source / below}?")
        raise Refused(
            f"{source}: no sign of a blog that is known ({names}): make a site with publisher init "
            "and set content.path"
        )
    return generator


def _way(source: Path, target: Path) -> tuple[str, Path | None]:
    """The way from the configuration to the blog, and the link that was made for it."""
    there, here = source.resolve(), target.resolve()
    if there == here:
        return "", None
    if there.is_relative_to(here):
        return there.relative_to(here).as_posix(), None
    link = target / LINK
    if not link.exists() or not link.samefile(source):
        link.symlink_to(os.path.relpath(there, here), target_is_directory=True)
        return LINK, link
    return LINK, None


def _folder(adoption: Adoption, prefix: str) -> str:
    """The content folder, from the configuration; empty for its own folder."""
    parts = [part for part in (prefix, str(adoption.of("content.path"))) if part not in ("", ".")]
    return "/".join(parts)


def _tried(adoption: Adoption, setting: Setting, trial: Trial) -> tuple[Adoption, Scan]:
    """The adoption without what config.yaml does not take, and the posts that there are."""
    while True:
        lacking = {f"  {key.rpartition('.')[2]}:" for key, _ in adoption.lacking}
        lines = compose(adoption, setting).split("\n")
        filled = [
            f"{line.partition('#')[0].rstrip()} {_SOMEWHERE}"
            if line.partition("#")[0].rstrip() in lacking
            else line
            for line in lines
        ]
        try:
            return adoption, trial("\n".join(filled))
        except ConfigError as error:
            left = _without(adoption, error)
            if left == adoption:
                raise
            adoption = left


def _without(adoption: Adoption, error: ConfigError) -> Adoption:
    """An adoption less the values that were refused, which are named."""
    refused = {finding.message.partition(":")[0]: finding.message for finding in error.findings}
    kept = tuple(
        one
        for one in adoption.taken
        if not any(key == one.key or key.startswith(f"{one.key}.") for key in refused)
    )
    if len(kept) == len(adoption.taken):
        return adoption
    lost = {one.key for one in adoption.taken} - {one.key for one in kept}
    lacking = [(key, "correct it") for key in ("site.title", "site.url") if key in lost]
    return replace(
        adoption,
        taken=kept,
        lacking=(*adoption.lacking, *lacking),
        notes=(*adoption.notes, *(f"not taken: {message}" for message in refused.values())),
    )


def _with_place_notes(adoption: Adoption, source: Path, target: Path) -> Adoption:
    """What has to be known where the configuration stands among the blog's own files."""
    if source.resolve() != target.resolve():
        return adoption
    notes = ["keep state/ and outbox/ out of Git: they will hold your readers' addresses"]
    if adoption.generator == "jekyll":
        notes = [
            "add config.yaml, state, public and outbox to exclude in _config.yml, or use a folder "
            "of its own: Jekyll would copy them into the site, your readers' addresses too"
        ]
    elif adoption.generator == "hugo":
        notes.append(
            "Hugo may take config.yaml for its own where it has no hugo.toml or config.toml: "
            "then use a folder of its own"
        )
    return replace(adoption, notes=(*adoption.notes, *notes))
