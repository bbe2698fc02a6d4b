"""The wheel carries all that it needs and runs with no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_an_installed_wheel_makes_and_publishes_a_site(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(tmp_path / "installed"),
        "PYTHONSAFEPATH": "1",
    }

    def publisher(*arguments: str, cwd: Path) -> str:
        # -P keeps the checkout off the path; the wheel's copy shadows the editable install.
        done = subprocess.run(
            [sys.executable, "-P", "-m", "publisher", *arguments],
            cwd=cwd, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    where = "import publisher, sys; sys.stdout.write(publisher.__file__)"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", where], env=environment, capture_output=True, text=True
    )
    assert loaded.stdout.startswith(str(tmp_path))
    publisher("init", "site", cwd=tmp_path)
    site = tmp_path / "site"
    assert (site / "templates/email/post.html").is_file()
    publisher("subscribers", "add", "ada@example.com", cwd=site)
    assert "adopted: 1 post" in publisher("publish", cwd=site)
    draft = site / "content/a-draft.md"
    draft.write_text(draft.read_text().replace("draft: true\n", ""))
    assert "1 accepted" in publisher("publish", cwd=site)
