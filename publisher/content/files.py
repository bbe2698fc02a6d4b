"""Files of the site that posts name by URL: how large they are. Looked at, never opened."""

from __future__ import annotations

import os
from stat import S_ISREG
from urllib.parse import unquote, urlsplit

#: Folders, beside the content or above it, whose files a generator serves at the site's root.
_SERVED = ("", "static", "public", "assets", "content")


class SiteFiles:
    """Looks below the folder of the configuration, and nowhere else; symbolic links are followed.

    ``root`` is that folder, ``content`` the content folder, ``site_url`` has no slash at its end.
    """

    def __init__(self, root: str, content: str, site_url: str) -> None:
        self._root = os.path.normpath(root)
        above = os.path.dirname(content)
        tops = [content, *(os.path.join(top, name) for top in (self._root, above)
                           for name in _SERVED)]  # fmt: skip
        self._tops = [os.path.normpath(top) for top in dict.fromkeys(tops)]
        self._site_url = f"{site_url}/"

    def size(self, reference: str, path: str) -> int | None:
        """The bytes of the file that the post at ``path`` names so; None where it is not here."""
        rooted = reference.removeprefix(self._site_url)
        try:
            parts = urlsplit(rooted)
        except ValueError:  # brackets that hold no IPv6 address
            return None
        if parts.scheme or parts.netloc or "\0" in rooted:
            return None
        below = unquote(parts.path)
        if rooted != reference or below.startswith("/"):
            places = [os.path.join(top, below.lstrip("/")) for top in self._tops]
        else:
            places = [os.path.join(self._root, os.path.dirname(path), below)]
        return next((size for size in map(self._size, places) if size is not None), None)

    def _size(self, place: str) -> int | None:
        place = os.path.normpath(place)
        if os.path.commonpath((place, self._root)) != self._root:
            return None
        try:
            stat = os.stat(place)
        except (OSError, ValueError):
            return None
        return stat.st_size if S_ISREG(stat.st_mode) else None
