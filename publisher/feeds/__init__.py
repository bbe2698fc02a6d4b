"""Entries to bytes: Atom, RSS and JSON Feed, and which feeds a site has. Clean HTML comes in."""
