"""A page of a site with templates, rendered in this process."""

from __future__ import annotations

from publisher.content.job import Job
from publisher.content.templates import Engine
from publisher.content.templates.facts import Facts, facts_text
from publisher.content.worker import rendered

PAGE = "https://example.com/blog/2026/01/here/"
FACTS = Facts(
    origin="https://example.com",
    baseurl="/blog",
    site={"title": "Ada's site", "url": "https://example.com", "baseurl": "/blog"},
    page={
        "title": "Here",
        "date": "2026-01-05 09:03:00 +0000",
        "tags": ["one", "two"],
        "author": {"name": "Ada"},
        "odd": "{{ y }} {% z %}",
    },
    references={
        "2026-01-01-there": "https://example.com/blog/2026/01/there/",
        "_posts/2026-01-01-there.md": "https://example.com/blog/2026/01/there/",
        "there.md": "https://example.com/blog/2026/01/there/",
        "@/notes/there.md": "https://example.com/blog/2026/01/there/",
    },
    includes={
        "figure.html": '<img src="{{ include.src }}" alt="{{ include.alt }}">'
        "{% if include.caption %}<em>{{ include.caption }}</em>{% endif %}",
        "outer.html": '({% include figure.html src="/o.png" %})',
        "empty.html": "",
        "self.html": "x{% include self.html %}",
        "twice.html": "{% include twice.html %}{% include twice.html %}",
    },
    data={"people": "- {name: Ada, role: author}\n- {name: Grace, role: reader}\n", "bad": ": ["},
    config="github: ada-l\nnested: {deep: yes}\n",
)


def job(body: str, engine: Engine = "liquid", path: str = "a.md", facts: Facts = FACTS) -> Job:
    return Job(
        path=path,
        body=body,
        body_line=5,
        is_html=path.endswith(".html"),
        url=PAGE,
        key="k",
        summary=None,
        destination="feed",
        templates=engine,
        facts=facts_text(facts),
    )


def shown(body: str, engine: Engine = "liquid", path: str = "a.md") -> str:
    return rendered(job(body, engine, path)).html.strip()


def warnings(body: str, engine: Engine = "liquid", path: str = "a.md") -> list[str]:
    return [str(one) for one in rendered(job(body, engine, path)).warnings]
