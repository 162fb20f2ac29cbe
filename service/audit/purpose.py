"""What somebody says to want figures for, as it may be kept."""

from __future__ import annotations

import re

MOST_PURPOSE = 200  # characters
_SECRET = re.compile(r"zr_[\w-]+|\b\d(?:[ .-]?\d){7,}\b")  # keys, and numbers as long as a BSN


def cleaned(text: str) -> str | None:
    """Return a purpose as it may be kept: one short line without keys and numbers of people."""
    printable = "".join(mark if mark.isprintable() else " " for mark in text)
    return _SECRET.sub("…", " ".join(printable.split()))[:MOST_PURPOSE].strip() or None
