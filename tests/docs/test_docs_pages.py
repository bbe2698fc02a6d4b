"""Links lead somewhere, tables of states are those of the program, and no page names a machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from docpages import DOCS, PAGES, ROOT, anchors, codes, links, name_of, read, rows, section

from publisher.domain import delivery, issue
from publisher.domain.subscriber import Standing
from publisher.newsletter.letter import Letter, Piece, SiteFacts

STATES = read("docs/reference/states.md")
IDS = [name_of(page) for page in PAGES]


@pytest.mark.parametrize("name", IDS)
def test_a_relative_link_leads_to_a_page_and_a_heading_that_are_there(name: str) -> None:
    for link in links(read(name)):
        if "://" in link:
            continue
        path, _, fragment = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), f"{name} links to {link}"
        assert target.resolve().is_relative_to(ROOT), f"{name} links to {link}"
        if fragment:
            assert fragment in anchors(target.read_text(encoding="utf-8")), link


def test_every_page_can_be_reached_from_the_readme() -> None:
    found, queue = set(), [ROOT / "README.md"]
    while queue:
        page = queue.pop()
        if page not in found:
            found.add(page)
            nearby = (link.partition("#")[0] for link in links(page.read_text(encoding="utf-8")))
            targets = [(page.parent / link).resolve() for link in nearby if "://" not in link]
            queue += [one for one in targets if one.suffix == ".md" and one.is_file()]
            queue += [one / "README.md" for one in targets if (one / "README.md").is_file()]
    assert {*PAGES} <= found


@pytest.mark.parametrize("name", [*IDS, "docs/systemd/publisher.service", "docs/demo.sh"])
def test_no_page_names_a_path_of_a_machine_or_a_secret_that_looks_real(name: str) -> None:
    text = read(name)
    assert not re.search(r"(?<![\w.:/-])/(?:work|root|home|Users|mnt|media)\b", text), name
    assert not re.search(r"(?i)\b(?:localhost:25|pypi\.org|artifactory)\b", text), name


@pytest.mark.parametrize("name", IDS)
def test_addresses_and_sites_are_those_kept_for_examples(name: str) -> None:
    text = read(name)
    for domain in re.findall(r"[\w.+%-]+@([\w-]+(?:\.[\w-]+)+)", text):
        assert re.search(r"(?:^|\.)example\.(?:com|net|org)$", domain), f"{name}: {domain}"


def changes(heading: str) -> set[tuple[str, str]]:
    return {(codes(row[0])[0], codes(row[1])[0]) for row in rows(section(STATES, heading))
            if len(row) > 2}  # fmt: skip


def names(heading: str) -> set[str]:
    return {codes(row[0])[0] for row in rows(section(STATES, heading)) if len(row) == 2}


def test_the_table_of_an_issues_changes_is_the_programs() -> None:
    table: Mapping[issue.IssueState, frozenset[issue.IssueState]] = issue.TRANSITIONS
    assert changes("An issue") == {(was, to) for was, tos in table.items() for to in tos}
    assert names("An issue") == {*issue.IssueState}


def test_the_table_of_a_deliverys_changes_is_the_programs() -> None:
    assert changes("A delivery") == {*delivery.TRANSITIONS}
    assert names("A delivery") == {*delivery.State}
    for row in rows(section(STATES, "A delivery")):
        if len(row) > 2:
            causes = delivery.TRANSITIONS[
                delivery.State(codes(row[0])[0]), delivery.State(codes(row[1])[0])
            ]
            assert row[2] == ", ".join(sorted(causes)), row


def test_the_table_of_a_subscribers_states_is_the_programs() -> None:
    assert names("A subscriber") == {*Standing}


def test_the_modules_that_the_architecture_names_exist() -> None:
    text = read("ARCHITECTURE.md")
    places = [ROOT, ROOT / "publisher"]
    named = [code for code in codes(text) if re.fullmatch(r"[\w/]+(?:\.\w+|/)", code)]
    assert len(named) > 15
    for code in named:
        found = [place / code for place in places if (place / code).exists()]
        assert found, f"ARCHITECTURE.md names {code}"
        places[2:] = [found[0].parent]  # `feeds/atom.py`, `rss.py`: the second is beside the first


def test_what_a_template_knows_is_on_its_page() -> None:
    page = read("docs/how-to/change-the-newsletter-design.md")
    shown = set(codes(section(page, "What a template knows")))
    for kind in (Letter, Piece, SiteFacts):
        assert set(kind.__slots__) <= shown, kind.__name__  # type: ignore[attr-defined]


def test_every_template_that_ships_is_on_its_page() -> None:
    shown = set(codes(read("docs/how-to/change-the-newsletter-design.md")))
    for folder in ("email", "web"):
        assert {path.name for path in Path(ROOT / "templates" / folder).iterdir()} <= shown


def test_every_file_that_is_kept_in_state_is_on_the_page_about_files() -> None:
    shown = set(codes(read("docs/reference/files.md")))
    program = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "publisher").rglob("*.py")
    )
    kept = {f"state/{name}" for name in re.findall(r'\bstate / "([\w.]+)"', program)}
    assert len(kept) > 2
    assert kept <= shown


def test_every_decision_is_listed() -> None:
    listed = set(links(read("docs/decisions/README.md")))
    there = {path.name for path in (DOCS / "decisions").iterdir()} - {"README.md"}
    assert listed == there
