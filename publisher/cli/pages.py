"""The pages that the web side shows, from the site's own templates and those that ship."""

from __future__ import annotations

from publisher.bootstrap import Site, shipped_templates
from publisher.web.pages import Masthead, Pages, fill_pages


def pages_of(site: Site) -> Pages:
    """Fill every page. Raises TemplateFault."""
    facts, own = site.settings.site, site.settings.root / "templates" / "web"
    return fill_pages(
        Masthead(title=facts.title, url=facts.url, language=facts.language),
        default_dir=shipped_templates() / "web",
        site_dir=own if own.is_dir() else None,
    )
