"""Adopted budgets beside the accounts of a yearly block, as they were known at an origin."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.adopted_budgets import forecast_from_budgets
from models.catalogue import Frequency
from models.hierarchy import OWN_PRODUCT
from models.history import Block

Array = npt.NDArray[np.float64]
_ADOPTED = "prim|adopt|vastgest"  # names of the budget as it was first adopted


def budget_forecast(block: Block, budget: pd.DataFrame, horizon: int) -> Array | None:
    """Forecast yearly cost from adopted budgets; None where there are none to learn from.

    Budgets are adopted per municipality, so they speak for a product whose cost is one series.

    Args:
        block: yearly cost in cents.
        budget: the table of the panel, rows that were known at the origin only.
        horizon: years ahead.

    Returns:
        Cents, shape (series, horizon); NaN where a budget says nothing.
    """
    if block.frequency != Frequency.YEAR or not len(budget):
        return None
    planned = _laid(block, adopted(budget), horizon)
    if not np.isfinite(planned).any():
        return None
    products = block.hierarchy.keys["product"].to_numpy()
    return forecast_from_budgets(block.values, planned, products)


def adopted(budget: pd.DataFrame) -> pd.DataFrame:
    """Return one budget per municipality, product and year: the first that was known.

    Amendments come later, and tell of the year itself: accounts were never held against them at
    the time a budget is made.
    """
    own = budget[budget["product"].notna()]
    assumed = pd.to_datetime({"year": own["year"].astype(int) - 1, "month": 11, "day": 1})
    later = ~own["version"].astype("string").str.contains(_ADOPTED, case=False, na=True)
    dated = own.assign(known_from=own["known_from"].fillna(assumed), later=later)
    per_task = dated.sort_values(["known_from", "later"], kind="stable")
    key = ["municipality", "product", "year"]
    first = per_task.drop_duplicates([*key, "taakveld"])
    amounts = first.groupby(key, sort=True)["amount_cents"].sum(min_count=1)
    return amounts.reset_index()


def _laid(block: Block, budget: pd.DataFrame, horizon: int) -> Array:
    """Budgets on the rows of the block, from its first year through the horizon."""
    keys = block.hierarchy.keys
    planned = np.full((len(keys), block.periods + horizon), np.nan)
    known = np.isfinite(block.values).any(axis=1)
    groups = block.hierarchy.groups[OWN_PRODUCT]
    alone = known & (np.bincount(groups, known)[groups] == 1)
    rows = keys.loc[alone, ["municipality", "product"]].assign(row=np.flatnonzero(alone))
    matched = rows.merge(budget, on=["municipality", "product"])
    columns = matched["year"].to_numpy(dtype=np.int64) - block.first
    inside = (columns >= 0) & (columns < planned.shape[1])
    amounts = matched["amount_cents"].to_numpy(dtype=np.float64)
    planned[matched["row"].to_numpy()[inside], columns[inside]] = amounts[inside]
    return planned
