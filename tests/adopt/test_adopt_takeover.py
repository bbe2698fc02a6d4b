"""What is refused, what is left to fill in, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import blogfiles
import pytest
from blogfiles import yaml_post
from tryout import EDGE, TODAY, Adopt, names, write

from publisher.adopt.takeover import take_over
from publisher.bootstrap import trial_scan
from publisher.domain.errors import Refused
from publisher.domain.post import Scan

POST = yaml_post("title: One")


def nothing(_: str) -> Scan:
    return Scan()


def test_a_folder_with_a_config_yaml_is_refused_and_stays(tmp_path: Path) -> None:
    write(tmp_path, {**blogfiles.ZOLA, "config.yaml": "mine: true\n"})
    before = names(tmp_path)
    with pytest.raises(Refused, match=r"there is a config\.yaml already; name another: publisher"):
        take_over(tmp_path, tmp_path, TODAY, nothing)
    assert names(tmp_path) == before


def test_a_folder_that_is_no_known_blog_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"posts/one.md": POST})
    with pytest.raises(Refused, match=r"no sign of a blog that is known \(Jekyll, Hugo"):
        take_over(tmp_path, tmp_path / "to", TODAY, nothing)
    assert not (tmp_path / "to").exists()


def test_a_blog_in_a_folder_below_is_named(tmp_path: Path) -> None:
    write(
        tmp_path, {"src/lib.rs": "", "website/docusaurus.config.js": "", "a/b/astro.config.ts": ""}
    )
    with pytest.raises(Refused, match=r"no blog itself; is it the one in .*/website\?"):
        take_over(tmp_path, tmp_path, TODAY, nothing)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no such folder"):
        take_over(tmp_path / "none", tmp_path, TODAY, nothing)


def test_a_configuration_that_can_t_be_read_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"hugo.toml": "baseURL = \n"})
    with pytest.raises(Refused, match=r"hugo\.toml: can't be read: .*; correct it, or write"):
        take_over(tmp_path, tmp_path, TODAY, nothing)


def test_hexo_s_configuration_is_not_taken_for_jekyll_s(tmp_path: Path) -> None:
    write(
        tmp_path, {"_config.yml": "title: x\n", "package.json": '{"dependencies": {"hexo": "7"}}'}
    )
    with pytest.raises(Refused, match="no sign of a blog"):
        take_over(tmp_path, tmp_path, TODAY, nothing)


def test_an_address_that_is_missing_is_a_line_to_fill_in(adopt: Adopt) -> None:
    done = adopt({"_config.yml": "title: One\nurl: http://localhost:4000\n",
                  "_posts/2026-01-05-one.md": POST})  # fmt: skip
    assert not done.takeover.complete
    assert done.takeover.adoption.lacking == (("site.url", "the address of the home page"),)
    assert "  url:                                  # FILL IN: the address of" in done.config
    assert [post.path for post in done.scan.posts] == ["_posts/2026-01-05-one.md"]


def test_a_cname_stands_in_for_the_address(adopt: Adopt) -> None:
    done = adopt({"_config.yml": "title: One\n", "CNAME": "one.example.com\n",
                  "_posts/2026-01-05-one.md": POST})  # fmt: skip
    assert "  url: https://one.example.com          # CNAME\n" in done.config


def test_a_value_that_config_yaml_does_not_take_is_named_and_left_out(adopt: Adopt) -> None:
    done = adopt({
        "_config.yml": "title: One\nurl: https://one.example.com/?a=b\ntimezone: Mars/North\n"
                       "permalink: /:planet/:title/\nlang: '?'\n",
        "_posts/2026-01-05-one.md": POST,
    })  # fmt: skip
    notes = " ".join(done.takeover.adoption.notes)
    assert "'Mars/North' is no time zone known here" in notes
    assert ":planet is not known here" in notes
    assert "is no address that readers can use" in notes
    assert not done.takeover.complete


def test_what_holds_no_post_is_ignored_by_the_highest_folder(adopt: Adopt) -> None:
    page = yaml_post("title: Page")
    done = adopt({
        "config.toml": 'base_url = "https://one.example.com"\ntitle = "One"\n',
        "content/posts/one.md": yaml_post("title: One", "date: 2026-01-01"),
        "content/posts/broken.md": yaml_post("title: Two", "date: never"),
        "content/posts/undated.md": page,
        "content/docs/a/one.md": page,
        "content/docs/b/two.md": "no header",
    })  # fmt: skip
    assert done.takeover.ignored == ("/docs/", "/posts/undated.md")
    assert len(done.problems) == 1
    assert "broken.md:3: date: 'never' is not a date" in done.problems[0]


def test_values_are_quoted_where_yaml_would_read_them_otherwise(adopt: Adopt) -> None:
    done = adopt({
        "_config.yml": "title: 'no'\nurl: https://one.example.com\ndescription: '${HOME} # [x]'\n",
        "_posts/2026-01-05-one.md": POST,
    })  # fmt: skip
    assert '  title: "no" ' in done.config
    assert '  description: "$${HOME} # [x]" ' in done.config


def test_feeds_are_kept_out_of_a_public_folder_of_the_blog_s_own(adopt: Adopt) -> None:
    files = {**blogfiles.ASTRO, "public/favicon.svg": "<svg/>"}
    assert "  path: feeds                           # public is the blog's own\n" in (
        adopt(files).config
    )


def test_nothing_of_a_program_is_run(adopt: Adopt, tmp_path: Path) -> None:
    trap = f"import pathlib\npathlib.Path({str(tmp_path / 'trap')!r}).touch()\n"
    conf = blogfiles.PELICAN["pelicanconf.py"] + trap
    adopt({**blogfiles.PELICAN, "pelicanconf.py": conf})
    assert not (tmp_path / "trap").exists()


def test_a_taken_over_blog_is_taken_over_once_only(adopt: Adopt) -> None:
    adopt(blogfiles.HUGO)
    with pytest.raises(Refused, match=r"there is a config\.yaml already"):
        adopt(blogfiles.HUGO)


def test_what_the_program_writes_is_not_read_as_posts(adopt: Adopt, tmp_path: Path) -> None:
    adopt({"_config.yml": "title: One\nurl: https://one.example.com\n",
           "_posts/2026-01-05-one.md": POST})  # fmt: skip
    text = (tmp_path / "blog/config.yaml").read_text().replace("generator: jekyll", "")
    write(tmp_path / "blog", {"templates/email/post.html": "<p>", "state/x.md": "x"})
    scan = trial_scan(text, tmp_path / "blog/config.yaml", EDGE)
    assert [post.path for post in scan.posts] == ["_posts/2026-01-05-one.md"]
    assert scan.broken == ()
