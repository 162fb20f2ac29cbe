"""Numbers as people write them, in Dutch and in English."""

from __future__ import annotations

from models import labels
from service.texts import Language

NONE = "\u2013"  # where there is no figure
MINUS = "\u2212"


def number(value: float | None, decimals: int = 0, language: Language = "nl") -> str:
    """Return a number as people write it; a dash where there is none."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return NONE
    plain = labels.dutch_number(value, decimals) if language == "nl" else f"{value:,.{decimals}f}"
    return plain.replace("-", MINUS) if plain.strip("-0.,") else plain.replace("-", "")


def euros(value: float | None, language: Language = "nl") -> str:
    """Return euros in thousands."""
    return number(None if value is None else value / 1000, 0, language)


def millions(value: float | None, language: Language = "nl") -> str:
    """Return euros as a person says them: in millions, or in thousands below one."""
    if value is None:
        return NONE
    word = {"nl": ("miljoen", "duizend"), "en": ("million", "thousand")}[language]
    if abs(value) >= 1e6:  # noqa: PLR2004 - a million
        return f"€ {number(value / 1e6, 1, language)} {word[0]}"
    return f"€ {number(value / 1e3, 0, language)} {word[1]}"


def percent(value: float | None, decimals: int = 1, language: Language = "nl") -> str:
    """Return a share (0-1) as a percentage."""
    shown = number(None if value is None else 100 * value, decimals, language)
    return shown if shown == NONE else f"{shown} %"
