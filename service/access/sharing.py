"""What municipalities in one service let each other see.

A municipality shares measures, or nothing, which is the default. Others then see its totals per
product, law or everything and per year, from the cube in which small numbers are protected: never a
district, a month or an exact figure.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, insert, select

from models.catalogue import MEASURES
from models.errors import ZorgramingError
from service.access.keys import Clock
from service.access.tables import SHARED_MEASURE

Shared = Mapping[str, frozenset[str]]  # municipality -> measures


class SharingRefusedError(ZorgramingError):
    """Something that cannot be shared, with the reason."""


@dataclass(frozen=True)
class SharedMeasure:
    """One line of what is shared; the moment is in UTC."""

    municipality: str
    measure: str
    shared_by: str
    shared_at: datetime


class SharingBook:
    """What is shared, in one database.

    Args:
        engine: of the database.
        clock: the present moment.
        cache_seconds: how long at most something taken back is still seen.
    """

    def __init__(self, engine: Engine, clock: Clock, cache_seconds: float = 0.0) -> None:
        self._engine = engine
        self._clock = clock
        self._cache_seconds = cache_seconds
        self._kept: tuple[float, Shared] = (0.0, {})

    def shared(self) -> Shared:
        """Return the measures that each municipality shares; those that share nothing lack.

        It is the same object until something changes.
        """
        until, found = self._kept
        if time.monotonic() < until:
            return found
        measures: dict[str, set[str]] = {}
        for line in self.lines():
            measures.setdefault(line.municipality, set()).add(line.measure)
        fresh = {code: frozenset(those) for code, those in measures.items()}
        found = found if fresh == found else fresh  # the same object until something changes
        self._kept = (time.monotonic() + self._cache_seconds, found)
        return found

    def lines(self) -> list[SharedMeasure]:
        """Return every line, sorted."""
        order = (SHARED_MEASURE.c.municipality, SHARED_MEASURE.c.measure)
        with self._engine.connect() as connection:
            rows = connection.execute(select(SHARED_MEASURE).order_by(*order)).all()
        return [SharedMeasure(*row) for row in rows]

    def share(self, municipality: str, measures: Collection[str], by: str) -> list[SharedMeasure]:
        """Decide what a municipality shares from now on; nothing = nothing any more.

        Args:
            municipality: its code.
            measures: of ``models.catalogue.MEASURES``.
            by: name and office of who decides.

        Raises:
            SharingRefusedError: no municipality, no name, or an unknown measure.
        """
        unknown = sorted(set(measures) - set(MEASURES))
        if unknown:
            known = ", ".join(MEASURES)
            raise SharingRefusedError(f"no such measure: {', '.join(unknown)}; there are {known}")
        if not municipality.strip() or not by.strip():
            raise SharingRefusedError("sharing needs a municipality and the name of who decides")
        mine = SHARED_MEASURE.c.municipality == municipality
        fresh = [
            SharedMeasure(municipality, measure, by.strip(), self._clock())
            for measure in sorted(set(measures))
        ]
        with self._engine.begin() as connection:
            connection.execute(delete(SHARED_MEASURE).where(mine))
            if fresh:
                connection.execute(insert(SHARED_MEASURE), [vars(line) for line in fresh])
        self._kept = (0.0, self._kept[1])
        return fresh
