"""The table of an edition that tells what was declared so far of months that are still open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from models.catalogue import Frequency, first_day, ordinals
from models.completed import Completed
from models.panel import Panel
from training.frame_fit import FrameFit

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("municipality", "product", "district")),
        ("period", pa.date32()),
        ("declared_cents", pa.int64()),
        ("completed_cents", pa.float64()),
        ("log_sd", pa.float64()),
        ("share", pa.float64()),
        ("method", pa.string()),
        ("allocated_cents", pa.int64()),
    ]
)
Place = tuple[str, str]
Months = npt.NDArray[np.int64]


def nowcast_table(fits: Sequence[FrameFit], known: Panel) -> pa.Table:
    """Return one row per municipality, product and open month of care, sorted.

    Open are the months that the edition forecasts although they have passed, and those that the
    nowcast completed. Declarations are known per municipality, so the district is the
    municipality's own code. What the nowcast does not tell of a month is null.

    Args:
        fits: the fitted frames.
        known: the delivery as known on the as-of date.
    """
    rows = [
        row for fit in fits if fit.frame.frequency == Frequency.MONTH for row in _of(fit, known)
    ]
    order = [(name, "ascending") for name in ("municipality", "product", "period")]
    return pa.Table.from_pylist(rows, schema=SCHEMA).sort_by(order)


def _of(fit: FrameFit, known: Panel) -> Iterator[dict[str, Any]]:
    """Yield the rows of the products of one frame; none without declarations."""
    if not len(known.declarations) or "cost" not in fit.frame.measures:
        return
    last = fit.frame.first + fit.frame.periods - 1
    open_ones = np.arange(last - fit.frame.lags["cost"] + 1, last + 1)
    declared = _by_month(known.declarations, "service_period", "cost_cents")
    allocated = _by_month(known.allocations, "period", "cost_ceiling_cents")
    places = {(place[0], place[1]) for place in declared} | set(fit.completed)
    keys = fit.frame.keys[["municipality", "product"]].astype(str)
    for place in sorted(places & set(keys.itertuples(index=False, name=None))):
        own = fit.completed.get(place)
        months = open_ones if own is None else np.union1d(open_ones, own.months)
        for month in months[months <= last].tolist():
            yield {
                **dict(zip(SCHEMA.names, (*place, place[0]), strict=False)),
                "period": first_day(month, Frequency.MONTH),
                "declared_cents": declared.get((*place, month), 0),
                "allocated_cents": allocated.get((*place, month)),
                **_told(own, month),
            }


def _told(own: Completed | None, month: int) -> dict[str, Any]:
    """Return what the nowcast says of a month; nothing where it does not look at it."""
    if own is None or not own.first <= month < own.first + len(own.share):
        return {}
    at = month - own.first
    return {
        "declared_cents": int(own.declared_cents[at]),
        "completed_cents": float(own.completed_cents[at]),
        "log_sd": float(own.log_sd[at]),
        "share": float(own.share[at]),
        "method": own.method[at],
    }


def _by_month(rows: pd.DataFrame, period: str, cents: str) -> dict[tuple[str, str, int], int]:
    """Add up cents per municipality, product and month; months without any are left out."""
    rows = rows[rows[cents].notna()]
    months = ordinals(rows[period].to_numpy(), Frequency.MONTH)
    found: dict[tuple[str, str, int], int] = {}
    names = rows[["municipality", "product"]].astype(str).itertuples(index=False, name=None)
    for place, month, amount in zip(names, months.tolist(), rows[cents].tolist(), strict=True):
        key = (*place, month)
        found[key] = found.get(key, 0) + int(amount)
    return found
