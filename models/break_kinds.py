"""What a break in the record is, and the words and groups that all detectors share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency, first_day
from models.history import Block

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

HELD, BRIDGED, REPORTED = "held", "bridged", "reported"
SUPPLY_GAP, RECODING, LEVEL, SPIKE = "supply gap", "recoding", "level", "spike"


@dataclass(frozen=True)
class Break:
    """A break in the record.

    Attributes:
        kind: supply gap, recoding, level or spike.
        rows: the series it is about, as rows of the block.
        first: ordinal of the first period that is not to be trusted, or of the new level.
        last: ordinal of the last one.
        size: use during or after it over use before; infinite when there was none before.
        reason: one sentence with the figures.
        action: held, bridged or reported.
    """

    kind: str
    rows: tuple[int, ...]
    first: int
    last: int
    size: float
    reason: str
    action: str


def members(block: Block, level: str, chosen: Mask) -> list[Rows]:
    """Return the chosen series of each group of a level that has more than one."""
    groups = block.hierarchy.groups[level]
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort(groups[rows], kind="stable")]
    parts = np.split(rows, np.flatnonzero(np.diff(groups[rows])) + 1)
    return [part for part in parts if len(part) > 1]


def explained_rows(
    block: Block, since: int, kinds: tuple[str, ...], until: int | None = None
) -> Mask:
    """Return the series of products with such an event between two offsets (None = no end)."""
    first = block.first + since
    last = block.first + (block.periods if until is None else until)
    explained = {
        product
        for product, events in block.events.items()
        if any(event.kind in kinds and first <= event.period <= last for event in events)
    }
    return np.asarray(block.hierarchy.keys["product"].isin(explained))


def label(block: Block, period: int) -> str:
    """Return a period as it is written: 2021-03, 2021 Q1 or 2021."""
    day = first_day(period, block.frequency)
    return {
        Frequency.MONTH: f"{day:%Y-%m}",
        Frequency.QUARTER: f"{day.year} Q{(day.month + 2) // 3}",
        Frequency.YEAR: f"{day.year}",
    }[block.frequency]
