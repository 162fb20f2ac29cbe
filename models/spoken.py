"""Numbers rounded the way a person says them, apart from any language.

A rounded number lies within half a step of the exact one, a step being one of its last digit. What
is said beside it is true of the exact number: *over* is never said of one that is lower.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

__all__ = ["MONEY_DIGITS", "ODDS", "Odds", "Sense", "Spoken", "count", "money", "odds", "percent"]

Sense = Literal["exact", "about", "slightly over", "over", "slightly under", "under"]
MONEY_DIGITS, COUNT_DIGITS = 3, 2
WHOLE_BELOW = 1_000  # counts below this are said to the unit
FINE_FROM = 10_000  # and from this on to three digits, in which a change still shows
_SAME = Decimal("1e-6")  # of a step
_NEAR, _SLIGHT = Decimal("0.05"), Decimal("0.25")  # of a step
_TENTH, _ONE = Decimal("0.1"), Decimal(1)
_TENTHS_BELOW = 10  # percentages below this are said to the tenth

# Chances as a person says them, (how many, of how many).
ODDS = (
    *((1, 20), (1, 10), (1, 5), (1, 4), (1, 3), (2, 5), (1, 2)),
    *((3, 5), (2, 3), (3, 4), (4, 5), (9, 10), (19, 20)),
)
_RARE = 0.02  # below this, and above one less this, a chance is not said as a fraction


@dataclass(frozen=True)
class Spoken:
    """A number as it is said.

    Attributes:
        exact: the number.
        shown: the rounded number.
        step: one of its last digit.
        sense: how the exact number lies to it.
    """

    exact: float
    shown: Decimal
    step: Decimal
    sense: Sense


@dataclass(frozen=True)
class Odds:
    """A chance as it is said.

    Attributes:
        sense: ``never`` and ``always`` of all paths; ``rare`` and ``nearly always`` below 2 and
            above 98 percent; else ``fraction``.
        of: how many of how many; of a fraction only.
    """

    sense: Literal["never", "rare", "fraction", "nearly always", "always"]
    of: tuple[int, int] = (0, 1)


def money(value: float) -> Spoken:
    """Round an amount to three digits, below 1,000 to whole units."""
    return _rounded(value, max(_step(value, MONEY_DIGITS), _ONE))


def count(value: float, digits: int | None = None) -> Spoken:
    """Round a number of things: below 1,000 to whole ones, below 10,000 to two digits, else three.

    Args:
        value: how many.
        digits: so many digits from 1,000 on instead.
    """
    usual = COUNT_DIGITS if abs(value) < FINE_FROM else MONEY_DIGITS
    small = abs(value) < WHOLE_BELOW
    found = _rounded(value, _ONE if small else _step(value, digits or usual))
    if not small or found.sense == "exact":
        return found
    return Spoken(found.exact, found.shown, found.step, "about")


def percent(value: float) -> Spoken:
    """Round a percentage: below ten to the tenth, else to whole percents."""
    return _rounded(value, _TENTH if abs(value) < _TENTHS_BELOW else _ONE)


def odds(chance: float) -> Odds:
    """Return the chance that is nearest, as a person says it; at most 0.05 off."""
    if chance <= 0:
        return Odds("never")
    if chance >= 1:
        return Odds("always")
    if chance < _RARE:
        return Odds("rare")
    if chance > 1 - _RARE:
        return Odds("nearly always")
    return Odds("fraction", min(ODDS, key=lambda one: abs(one[0] / one[1] - chance)))


def _step(value: float, digits: int) -> Decimal:
    """Return one of the last of so many digits."""
    exact = Decimal(repr(float(value)))
    return Decimal(1).scaleb(exact.adjusted() - digits + 1) if exact else _ONE


def _rounded(value: float, step: Decimal) -> Spoken:
    exact = Decimal(repr(float(value)))
    shown = (exact / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * step
    return Spoken(float(value), shown, step, _sense((abs(exact) - abs(shown)) / step))


def _sense(off: Decimal) -> Sense:
    """Name how far an exact number lies from the rounded one, in steps."""
    size = abs(off)
    if size <= _SAME:
        return "exact"
    if size <= _NEAR:
        return "about"
    if size <= _SLIGHT:
        return "slightly over" if off > 0 else "slightly under"
    return "over" if off > 0 else "under"
