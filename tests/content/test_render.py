from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.content.job import Refusal
from publisher.content.render import LONGEST_BODY, WORTH_A_WORKER, Job, Renderer, RenderFailed
from publisher.content.worker import answer
from publisher.domain.post import Rendered

PATIENCE_S = 20.0


def job(body: str, **changes: object) -> Job:
    plain = Job(
        path="content/tide.md", body=body, body_line=5, is_html=False,
        url="https://ada.example.com/tide/", key="tide", summary=None, destination="feed",
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


# Each of them takes Python-Markdown, or the sanitiser, many seconds.
HOSTILE = {
    "brackets": "[" * 16_000,
    "declarations": "<![" * 16_000,
    "pictures": "![" * 16_000,
    "footnotes": "[^a]" * 6_000 + "\n\n[^a]: x",
    "elements": "<div>" * 200_000,
}
SLOWEST = job(HOSTILE["brackets"] * 4)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(timeout_s=PATIENCE_S) as made:
        yield made


def children() -> set[int]:
    """The processes that this one has started and that have not ended."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == str(os.getpid()) and fields[0] != "Z":
            found.add(int(stat.parent.name))
    return found


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not happen")


def busy(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "R"


def test_a_post_comes_back_clean_absolute_and_with_its_excerpt(renderer: Renderer) -> None:
    made = renderer.render(job("[Low](/low) <script>1</script>tide &amp; mud"))
    assert made.html == '<p><a href="https://ada.example.com/low">Low</a> tide &amp; mud</p>'
    assert made.excerpt_text == "Low tide & mud"
    assert [str(one) for one in made.warnings] == [
        "content/tide.md: <script> is left out of feeds and mail"
    ]


def test_each_destination_has_its_own_html(renderer: Renderer) -> None:
    body = '<p style="color:red" id="x">a</p>'
    html = {
        where: renderer.render(job(body, destination=where)).html
        for where in ("feed", "mail", "web")
    }
    assert html == {
        "feed": "<p>a</p>",
        "mail": '<p style="color:red">a</p>',
        "web": '<p style="color:red" id="x">a</p>',
    }


def test_a_body_of_html_is_not_read_as_markdown(renderer: Renderer) -> None:
    assert renderer.render(job("<p>*a*\n\n    b", is_html=True)).html == "<p>*a*\n\n    b</p>"


def test_characters_that_xml_forbids_go_with_a_warning_at_their_line(renderer: Renderer) -> None:
    made = renderer.render(job("a\nb\x08\x0bc \ud800"))
    assert made.html == "<p>a\nbc </p>"
    assert [str(one) for one in made.warnings] == [
        "content/tide.md:6: characters that no feed can carry were removed: U+0008, U+000B, U+D800"
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_stopped_and_the_next_one_is_fine(name: str) -> None:
    with Renderer(timeout_s=0.3) as renderer:
        with pytest.raises(RenderFailed, match=r"content/tide\.md:5: can't be .* longer than 0\.3"):
            renderer.render(job(HOSTILE[name]))
        assert renderer.render(job("fine")).html == "<p>fine</p>"


def test_a_body_that_keeps_failing_is_not_tried_for_ever() -> None:
    renderer = Renderer(timeout_s=0.2)
    failures = [renderer.render_all([SLOWEST])[0] for _ in range(3)]
    renderer.close()
    failures += renderer.render_all([SLOWEST])  # by a worker it can't be any more
    assert {str(failure) for failure in failures} == {str(failures[0])}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("- " * 600 + "x", "lists or quotations are nested too deep to be read"),
        ("<div>" * 250 + "x", "elements are nested more than 200 deep"),
    ],
)
def test_a_body_nested_too_deep_fails_alone(renderer: Renderer, body: str, reason: str) -> None:
    renderer.render(job("up"))
    before = children()
    with pytest.raises(RenderFailed) as caught:
        renderer.render(job(body))
    assert caught.value.finding.message == f"can't be rendered: {reason}"
    assert renderer.render(job("fine")).html == "<p>fine</p>"
    assert children() == before


def test_a_body_over_the_cap_is_refused_at_once(renderer: Renderer) -> None:
    with pytest.raises(RenderFailed, match="characters"):
        renderer.render(job("x" * (LONGEST_BODY + 1)))


def test_a_bug_ends_one_job_and_says_its_name(renderer: Renderer) -> None:
    renderer.render(job("up"))
    with pytest.raises(RenderFailed) as caught:
        renderer.render(job("a", destination="moon"))
    assert caught.value.finding.message == "can't be rendered: KeyError: 'moon'"
    assert "Traceback" in caught.value.detail
    assert renderer.render(job("fine")).html == "<p>fine</p>"


def test_a_worker_killed_in_the_middle_of_a_job_costs_that_job_only() -> None:
    with Renderer(timeout_s=PATIENCE_S) as renderer:
        (pid,) = started(renderer)
        results: list[Rendered | RenderFailed] = []
        thread = threading.Thread(target=lambda: results.extend(renderer.render_all([SLOWEST])))
        thread.start()
        wait_until(lambda: busy(pid))
        os.kill(pid, signal.SIGKILL)
        thread.join(PATIENCE_S)
        assert "SIGKILL" in str(results[0])
        assert renderer.render(job("fine")).html == "<p>fine</p>"


def test_a_worker_that_took_us_for_gone_is_asked_again() -> None:
    """The signal that there is a job may come late, when it ends a worker at work."""
    with Renderer(timeout_s=PATIENCE_S) as renderer:
        (pid,) = started(renderer)
        results: list[Rendered | RenderFailed] = []
        slow = [job("[" * 3_000)]
        thread = threading.Thread(target=lambda: results.extend(renderer.render_all(slow)))
        thread.start()
        wait_until(lambda: busy(pid))
        os.kill(pid, signal.SIGIO)
        thread.join(PATIENCE_S)
        assert isinstance(results[0], Rendered)
        assert gone(pid)


def test_a_worker_killed_between_jobs_costs_none() -> None:
    with Renderer(timeout_s=PATIENCE_S) as renderer:
        (pid,) = started(renderer)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: gone(pid))
        assert renderer.render(job("fine")).html == "<p>fine</p>"


def test_the_worker_outlives_what_a_terminal_and_a_service_manager_send() -> None:
    with Renderer(timeout_s=PATIENCE_S) as renderer:
        (pid,) = started(renderer)
        assert os.getpgid(pid) != os.getpgrp()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(pid, number)
        assert renderer.render(job("fine")).html == "<p>fine</p>"
        assert not gone(pid)


def started(renderer: Renderer) -> set[int]:
    """The renderer's workers, up and idle."""
    before = children()
    renderer.start()
    renderer.render(job("up"))
    return children() - before


def test_many_threads_get_their_own_answers() -> None:
    jobs = [job(f"post {number}[^1]\n\n[^1]: {number}", key=str(number)) for number in range(40)]
    with Renderer(timeout_s=PATIENCE_S, workers=2) as renderer:
        results = renderer.render_all([*jobs, job("- " * 600 + "x"), *jobs])
        assert len(children()) >= 2
    assert [f"post {number}" in str(results[number]) for number in range(40)] == [True] * 40
    assert isinstance(results[40], RenderFailed)
    assert results[41:] == results[:40]


def test_closing_ends_the_workers_and_leaves_no_zombie() -> None:
    renderer = Renderer(timeout_s=PATIENCE_S, workers=2)
    before = children()
    renderer.render_all([job(f"{number}") for number in range(2 * WORTH_A_WORKER)])
    pids = children() - before
    renderer.close()
    renderer.close()
    assert len(pids) == 2
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    with pytest.raises(RuntimeError, match="closed"):
        renderer.render(job("a"))


class Shelf(dict[Job, Rendered]):
    """A cache: what is in it is not rendered."""

    def put(self, job: Job, rendered: Rendered) -> None:
        self[job] = rendered


def test_what_the_cache_has_needs_no_worker() -> None:
    shelf = Shelf()
    with Renderer(timeout_s=PATIENCE_S, cache=shelf) as renderer:
        first = renderer.render(job("a"))
    assert shelf == {job("a"): first}
    with Renderer(timeout_s=PATIENCE_S, cache=shelf) as renderer:
        before = children()
        assert renderer.render(job("a")) is first
        assert children() == before


def test_a_deep_post_is_refused_and_no_error_of_the_parent() -> None:
    assert isinstance(answer(job("- " * 600 + "x")), Refusal)


def run(script: str, cwd: Path, *arguments: str) -> str:
    """What a script prints in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.strip()


def test_asking_loads_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys, publisher.content.render, publisher.content.cache; "
        "print({'markdown', 'pygments', 'nh3', 'lxml', 'concurrent.futures'} & set(sys.modules))"
    )
    assert run(script, tmp_path) == "set()"


def test_no_module_of_the_folder_it_runs_in_is_loaded(tmp_path: Path) -> None:
    for name in ("markdown", "nh3", "publisher", "html"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('loaded')")
    script = (
        "import sys; sys.path.remove(''); from publisher.content.render import Job, Renderer\n"
        "with Renderer() as renderer: print(renderer.render(Job(path='a', body='fine', body_line=1,"
        "is_html=False, url='https://ada.example.com/', key='a', summary=None,"
        "destination='feed')).html)"
    )
    assert run(script, tmp_path) == "<p>fine</p>"


# -- the end of the parent -----------------------------------------------------------------------

PARENT = """
import sys, threading
from publisher.content.render import Job, Renderer

def job(body):
    return Job(path="a", body=body, body_line=1, is_html=False, url="https://ada.example.com/",
               key="a", summary=None, destination="feed")

renderer = Renderer(timeout_s=600)
renderer.render(job("up"))
print("up", flush=True)
renderer.render(job(sys.stdin.readline())) if sys.argv[1] == "busy" else threading.Event().wait()
"""


@contextmanager
def parent(mode: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def child_of(pid: int) -> int:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if stat.read_text().rpartition(")")[2].split()[1] == str(pid):
                return int(stat.parent.name)
        except OSError:
            continue
    raise AssertionError("no child")


@pytest.mark.parametrize("mode", ["idle", "busy"])
def test_a_parent_that_is_killed_takes_its_worker_along(mode: str) -> None:
    with parent(mode) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        worker = child_of(process.pid)
        process.stdin.write(SLOWEST.body.encode() + b"\n")
        process.stdin.flush()
        if mode == "busy":
            wait_until(lambda: busy(worker))
        process.kill()
        process.wait()
        wait_until(lambda: gone(worker))
