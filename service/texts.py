"""A text in both languages, and what a kind of problem says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")


@dataclass(frozen=True)
class Text:
    """One text in both languages."""

    nl: str
    en: str

    def read(self, language: Language, **values: object) -> str:
        """Return the text in a language with its fields filled in."""
        template = self.nl if language == "nl" else self.en
        return template.format(**values)


@dataclass(frozen=True)
class Problem:
    """One kind of problem: its HTTP status, title and explanation."""

    status: int
    title: Text
    detail: Text
