"""Which part of the simulation a delivery shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from models.errors import HorizonError
from training.sources.example.effects import DELIVERED, DRAWN, MONTHS

_ALLOCATION_MONTHS = 30


@dataclass(frozen=True)
class Window:
    """A delivery: months of care, and what was known at its end.

    Months are counted from January 2017.

    Attributes:
        first: first month of care and of declaration.
        last: last month of care and of declaration; the delivery is made at its end.
        known_after: only what became known after this day is delivered, or None.
        final: months still being declared show their final figures, not those declared so far.
    """

    first: int
    last: int
    known_after: date | None = None
    final: bool = False

    @property
    def as_of(self) -> date:
        """The last day of the last month."""
        return month_end(self.last)

    @property
    def allocations_from(self) -> int:
        """The first month of which allocations are delivered."""
        return max(self.first, self.last - _ALLOCATION_MONTHS + 1)

    def knows(self, day: date) -> bool:
        """Tell whether something that became known on a day belongs in this delivery."""
        return day <= self.as_of and (self.known_after is None or day > self.known_after)


def month_end(month: int) -> date:
    """Return the last day of a month counted from January 2017."""
    following = (MONTHS[0] + month + 1).astype("datetime64[D]")
    return (following - np.timedelta64(1, "D")).astype(date)  # type: ignore[no-any-return]


def month_start(month: int) -> date:
    """Return the first day of a month counted from January 2017."""
    return (MONTHS[0] + month).astype("datetime64[D]").astype(date)  # type: ignore[no-any-return]


PANEL = Window(0, DELIVERED - 1)
OUTCOMES = Window(DELIVERED, DRAWN - 1, known_after=PANEL.as_of, final=True)


def delivery_at(as_of: date) -> Window:
    """Return the delivery that was made at the end of a month.

    Raises:
        HorizonError: the day is not the last of a month that was drawn.
    """
    month = (as_of.year - 2017) * 12 + as_of.month - 1
    if not 0 <= month < DRAWN or month_end(month) != as_of:
        last = month_end(DRAWN - 1)
        raise HorizonError(f"{as_of} is not the last day of a month from 2017-01 to {last:%Y-%m}")
    return Window(0, month)
