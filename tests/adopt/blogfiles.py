"""Small blogs, one for each generator, with the files that say how its URLs are made."""

from __future__ import annotations


def yaml_post(*lines: str, body: str = "Text.") -> str:
    return "\n".join(("---", *lines, "---", "", body, ""))


def toml_post(*lines: str, body: str = "Text.") -> str:
    return "\n".join(("+++", *lines, "+++", "", body, ""))


JEKYLL = {
    "_config.yml": """\
title: "Tide Notes: ebb & flow"
url: https://tides.example.com
baseurl: /log
timezone: America/New_York
description: >
  What the tide
  leaves.
author: ada
permalink: /:categories/:year/:month/:day/:title:output_ext
excerpt_separator: <!--more-->
future: true
plugins: [jekyll-feed]
include: !ruby/regexp '/x/'
feed: {posts_limit: 15}
defaults:
  - scope: {path: tech, type: posts}
    values: {author: grace}
  - scope: {path: "", type: posts}
    values: {layout: post, image: /log/cover.png}
  - scope: {path: "", type: pages}
    values: {layout: page}
""",
    "_data/authors.yml": "ada: {name: Ada Example, email: ada@example.com}\n"
                         "grace: {name: Grace Example, url: https://grace.example.org}\n",
    "_posts/2026-01-05-Low_Water.md": yaml_post("title: Low", "date: 2026-01-05 02:00:00"),
    "_posts/2026-01-06-high.md": yaml_post("title: High", "permalink: /custom/high/"),
    "_posts/2026/2026-01-08-slug.markdown": yaml_post("title: Slug", "slug: Other Name"),
    "tech/_posts/2026-1-7-bits.md": yaml_post("title: Bits", "categories: [Deep Sea, tech]"),
    "_posts/no-date.md": yaml_post("title: Not read by Jekyll"),
    "_drafts/idea.md": yaml_post("title: Idea"),
    "about.md": yaml_post("title: About", "date: 2026-01-01"),
    "index.html": "<p>no header</p>",
}  # fmt: skip

HUGO = {
    "hugo.toml": """\
baseURL = "https://sea.example.com/b/"
title = "Sea Notes"
languageCode = "en-GB"
timeZone = "Europe/Berlin"
defaultContentLanguage = "en"
buildFuture = true
[languages.en]
weight = 1
[languages.de]
title = "Seenotizen"
[taxonomies]
tag = "tags"
[Params]
Description = "Salt"
mainSections = ["posts"]
[params.author]
name = "Ada Example"
email = "ada@example.com"
[permalinks]
diary = "/:2006/:01/:slug"
""",
    "content/_index.md": yaml_post("title: Home"),
    "content/about.md": yaml_post("title: About"),
    "content/posts/C++ & More.md": yaml_post("title: Cpp", "date: 2026-01-01"),
    "content/posts/Sub/Deep Post.md": yaml_post("title: Deep", "date: 2026-01-02"),
    "content/posts/2026-01-05-My_Bundle/index.md": yaml_post("title: B", "date: 2026-01-05"),
    "content/posts/own.md": yaml_post("title: Own", "date: 2026-01-05", "url: /my/URL"),
    "content/posts/slug.md": toml_post('title = "S"', "date = 2026-01-05", 'slug = "Ünï Cödé!"'),
    "content/posts/slug.de.md": yaml_post("title: Deutsch", "date: 2026-01-05"),
    "content/diary/one.md": yaml_post("title: What's new, Ada?", "date: 2026-01-05",
                                      "image: /cover.png"),
}  # fmt: skip

ZOLA = {
    "config.toml": """\
base_url = "https://crab.example.org"
title = "Crab Notes"
description = "Sideways"
default_language = "en"
author = "Ada Example"
taxonomies = [{name = "tags", feed = true}]
[slugify]
paths = "on"
""",
    "content/_index.md": toml_post('title = "Home"'),
    "content/posts/2026-01-05-Été_à la mer.md": toml_post('title = "Summer"'),
    "content/posts/keyed.md": toml_post('title = "Keyed"', "date = 2026-01-06",
                                        "[taxonomies]", 'tags = ["sea"]', "[extra]",
                                        'author = "Grace Example"'),
    "content/posts/path.md": toml_post('title = "Path"', 'path = "2026/01/07/by-path"'),
    "content/posts/bundle/index.md": toml_post('title = "Bundle"', "date = 2026-01-08",
                                               'slug = "Other slug"'),
    "content/about.md": toml_post('title = "About"'),
}  # fmt: skip

ELEVENTY = {
    "eleventy.config.js": """\
// a program: never run
export default function (config) {
  config.addPlugin(feedPlugin, { metadata: { title: "No", base: "https://no.example.com/" } });
  return { dir: { input: "src", output: "_site" }, pathPrefix: "/eleven/" };
}
""",
    "src/_data/metadata.json": """{
  "title": "Possum Notes", "url": "https://possum.example.com", "language": "en",
  "description": "Nocturnal", "author": {"name": "Ada Example", "email": "ada@example.com"}
}""",
    "src/posts/posts.json": '{"layout": "post.njk", "tags": ["posts"], "lang": "en"}',
    "src/notes/notes.11tydata.js": 'export default { permalink: "/n/{{ page.fileSlug }}/" };',
    "src/posts/2026-01-05-first.md": yaml_post("title: First"),
    "src/posts/second/second.md": yaml_post("title: Second", "date: 2026-01-06"),
    "src/posts/2026-01-07-bundle/index.md": yaml_post("title: Bundle", "date: 2026-01-07"),
    "src/posts/own.md": yaml_post("title: My Own!", "date: 2026-01-08",
                                  'permalink: "/own/{{ title | slugify }}/index.html"'),
    "src/notes/2026-01-09-note.md": yaml_post("title: Note"),
    "src/index.md": yaml_post("title: Home"),
    "src/docs/a.md": yaml_post("title: Doc"),
}  # fmt: skip

ASTRO = {
    "astro.config.mjs": """\
import { defineConfig } from 'astro/config';
export default defineConfig({
  site: 'https://stars.example.com', // the address
  base: '/s',
  trailingSlash: 'never',
});
""",
    "src/consts.ts": "export const SITE_TITLE = 'Star Notes';\n"
                     "export const SITE_DESCRIPTION = 'It\\'s dark';\n",
    "src/pages/writing/[...slug].astro": "",
    "src/pages/tags/[tag].astro": "",
    "src/content/blog/First Post (2).md": yaml_post("title: First", 'pubDate: "Jan 5 2026"',
                                                    'heroImage: "/hero.png"'),
    "src/content/blog/nested/index.mdx": yaml_post("title: Nested", "pubDate: 2026-01-06",
                                                   "updatedDate: 2026-01-07"),
    "src/content/blog/slug.md": yaml_post("title: Slug", "pubDate: 2026-01-08", "slug: other"),
    "src/content/authors/ada.md": yaml_post("name: Ada"),
}  # fmt: skip

DOCUSAURUS = {
    "docusaurus.config.js": """\
/* url: 'https://no.example.com' */
const config = {
  title: 'Dino Notes', tagline: "Old but good",
  url: 'https://dino.example.com', baseUrl: '/d/',
  i18n: { defaultLocale: 'en', locales: ['en'] },
  presets: [['classic', {
    docs: { path: 'docs' },
    blog: { showReadingTime: true, routeBasePath: 'news', feedOptions: { title: "Dino's feed" } },
  }]],
};
module.exports = config;
""",
    "blog/authors.yml": "ada:\n  name: Ada Example\n  url: https://ada.example.com\n"
                        "  email: ada@example.com\n",
    "blog/2026-01-05-first.md": yaml_post("title: First", "authors: ada"),
    "blog/2026-01-06-folder/index.mdx": yaml_post("title: Folder", "authors: [ada, {name: Bo}]"),
    "blog/2026/01/07-nested.md": yaml_post("title: Nested"),
    "blog/slugged.md": yaml_post("title: Slugged", "date: 2026-01-08", "slug: /Welcome"),
    "blog/2026-01-09-hidden.md": yaml_post("title: Unlisted", "unlisted: true"),
    "docs/intro.md": yaml_post("title: Intro"),
}  # fmt: skip

PELICAN = {
    "pelicanconf.py": """\
import os
AUTHOR = 'Ada Example'
SITENAME = "Bird Notes"
SITEURL = ""
PATH = 'content'
TIMEZONE = 'Europe/Rome'
DEFAULT_LANG = 'en'
ARTICLE_URL = 'posts/{date:%Y}/{date:%m}/{slug}/'
DEFAULT_PAGINATION = 10
SECRET = os.environ['NEVER_RUN']
""",
    "publishconf.py": "from pelicanconf import *\nSITEURL = 'https://birds.example.com'\n",
    "content/first.md": "Title: It's the First, really!\nDate: 2026-01-05 10:20\n"
                        "Tags: sea, salt\nSlug:\nSummary: Short\n    and long\n\nText.\n",
    "content/Sea Birds/second.md": "Title: Second\nDate: 2026-01-06\nSlug: my-slug\n"
                                   "Authors: Ada Example; Grace Example\n\nText: not a key.\n",
    "content/draft.md": "Title: Draft\nDate: 2026-01-07\nStatus: draft\n\nText.\n",
    "content/fenced.md": yaml_post("title: Fenced", "date: 2026-01-08", "category: misc"),
    "content/pages/about.md": "Title: About\n\nText.\n",
    "content/other.rst": "Other\n#####\n",
}  # fmt: skip

ALL = {
    "jekyll": JEKYLL, "hugo": HUGO, "zola": ZOLA, "eleventy": ELEVENTY, "astro": ASTRO,
    "docusaurus": DOCUSAURUS, "pelican": PELICAN,
}  # fmt: skip
