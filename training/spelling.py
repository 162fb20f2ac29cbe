"""Say which known word was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from operator import eq

_SHOWN = 3
_WEIGHED = 20


def close_matches(text: str, known: Iterable[str]) -> list[str]:
    """Return the known words most like a text.

    Words that differ in case or spaces only come alone; else words that begin with the text do.
    """
    words = sorted(known)
    plain = _plain(text)
    same = [word for word in words if _plain(word) == plain and word != text]
    longer = [word for word in words if len(plain) >= _SHOWN and _plain(word).startswith(plain)]
    if same or longer:
        return (same or longer)[:_SHOWN]
    by_plain = {_plain(word): word for word in words}
    alike = get_close_matches(plain, by_plain, n=_WEIGHED)
    alike.sort(key=lambda word: -sum(map(eq, plain, word)))  # most letters in the same place
    return [by_plain[word] for word in alike[:_SHOWN]]


def suggestion(text: str, known: Iterable[str]) -> str:
    """Return '; is 'x' or 'y' meant?', or nothing when no known word is like it."""
    matches = close_matches(text, known)
    return f"; is {' or '.join(repr(match) for match in matches)} meant?" if matches else ""


def listed(words: Iterable[str], most: int = 6) -> str:
    """Return words as a list, cut off after the first few with the number left out."""
    every = list(words)
    rest = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + rest


def _plain(word: str) -> str:
    return " ".join(word.split()).casefold()
