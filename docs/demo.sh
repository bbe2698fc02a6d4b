#!/bin/sh
# Rehearses the sample site: one pass just before a post is due, one just after.
set -eu

say() { printf '\n%s\n' "$*"; }

if [ -e state/publisher.db ]; then
    say "This site was rehearsed before: its post is out already, so nothing below is sent again.
make clean starts over."
fi

say "1. Three example subscribers (subscribers.csv):"
publisher subscribers import subscribers.csv --yes

say "2. A pass just before «What the fog hides» is due: what is public already is adopted, and mailed to nobody."
publisher publish --at 2026-03-02T07:59:00Z

say "3. A pass just after: it goes into the feeds, and out as a newsletter."
publisher publish --at 2026-03-02T08:00:10Z

say "4. The same pass again: nothing happens. Each due post goes out once."
publisher publish --at 2026-03-02T08:00:20Z

messages=$(find outbox/new outbox/cur -type f | wc -l | tr -d ' ')
say "Made: public/atom.xml, public/rss.xml, public/feed.json, the feeds of each category and tag,
and $messages messages in the Maildir outbox/.

Look at them:
  .venv/bin/publisher preview content/posts/2026-03-02-what-the-fog-hides.md   the newsletter, in a browser
  .venv/bin/publisher status                 what is scheduled, held and sent
  .venv/bin/publisher report 1               who got issue 1
  .venv/bin/publisher plan                   what would happen now, and why
  less public/atom.xml                       the feed
  mutt -f outbox                             the mail, in any program that opens a Maildir"
