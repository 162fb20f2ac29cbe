"""The project against the budgets that were adopted, two years after the last known account.

A budget of year Y is adopted in the autumn of Y-1, when the account of Y-2 is the last one. The
project stands at the same place: it sees accounts up to Y-2 and budgets up to Y.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from cases import Case
from project import PROJECT, Trainings, project_paths
from rivals import NAIVE

from models.accuracy import wape
from models.catalogue import COST_UNIT, Frequency
from models.panel import SeriesGrid, grid
from training.sources.folder import read_folder

Array = npt.NDArray[np.float64]

BUDGET = "adopted budget"
METHODS = (PROJECT, BUDGET, NAIVE)
_ACCOUNTS = 3  # up to Y-2
_CENTS, _RESAMPLES, _INTERVAL = 100.0, 1000, (2.5, 97.5)
_ALL_KNOWN = date(2200, 1, 1)
_OWN = ["municipality", "product"]


@dataclass(frozen=True, eq=False)
class Ledger:
    """Accounts and budgets of all series with yearly accounts, in euros.

    Attributes:
        keys: municipality, district, product and unit per series.
        first: year of the first column.
        accounts, budgets: (series, years), NaN = unknown.
    """

    keys: pd.DataFrame
    first: int
    accounts: Array
    budgets: Array


def budget_rows(folder: Path, trainings: Trainings, seed: int) -> list[dict[str, Any]]:
    """Return WAPE per product of project, budget and seasonal naive; none without budgets.

    Raises:
        DeliveryError: the folder is refused.
    """
    ledger = read_ledger(folder)
    if ledger is None:
        return []
    years = judged_years(ledger)
    parts = [_year(folder, trainings, ledger, year) for year in years]
    if not parts:
        return []
    table = pd.concat(parts, ignore_index=True)
    name = folder.resolve().name
    rng = np.random.default_rng(seed)
    return [
        {"panel": name, "product": product, **_scores(own, rng)}
        for product, own in table.groupby("product", sort=True)
    ]


def read_ledger(folder: Path) -> Ledger | None:
    """Read the yearly accounts and the budgets per product; None where either is missing."""
    panel, _ = read_folder(folder)
    final = panel.as_known_at(_ALL_KNOWN)
    laid = grid(final, "cost", Frequency.YEAR)
    stated = final.budget.dropna(subset=["product", "amount_cents"])
    if not len(laid.keys) or stated.empty:
        return None
    alone = ~laid.keys.duplicated(_OWN, keep=False).to_numpy()
    keys = laid.keys.loc[alone].reset_index(drop=True).assign(unit=COST_UNIT)
    budgets = _laid_budgets(stated, keys, laid)
    return Ledger(keys, laid.first, laid.values[alone] / _CENTS, budgets)


def _laid_budgets(stated: pd.DataFrame, keys: pd.DataFrame, laid: SeriesGrid) -> Array:
    # Of several versions the first: that is the one adopted in the autumn before.
    amounts = stated.sort_values("known_from", na_position="first", kind="stable")
    amounts = amounts.drop_duplicates([*_OWN, "year"], keep="first")
    wide = amounts.pivot_table(index=_OWN, columns="year", values="amount_cents")
    wide = wide.reindex(pd.MultiIndex.from_frame(keys[_OWN]))
    return wide.reindex(columns=laid.periods.astype(float)).to_numpy(dtype=np.float64) / _CENTS


def judged_years(ledger: Ledger) -> list[int]:
    """Return the years Y with accounts and budgets, and enough accounts up to Y-2."""
    both = np.isfinite(ledger.accounts) & np.isfinite(ledger.budgets)
    columns = range(_ACCOUNTS + 1, ledger.accounts.shape[1])
    return [ledger.first + column for column in columns if both[:, column].any()]


def _year(folder: Path, trainings: Trainings, ledger: Ledger, year: int) -> pd.DataFrame:
    """Return one row per series: what happened in a year and what everybody said."""
    column = year - ledger.first
    account, budget = ledger.accounts[:, column], ledger.budgets[:, column]
    before = ledger.accounts[:, column - 2]
    chosen = np.isfinite(account) & np.isfinite(budget) & np.isfinite(before)
    case = Case(
        folder=folder,
        measure="cost",
        frequency=Frequency.YEAR,
        keys=ledger.keys.loc[chosen].reset_index(drop=True),
        first=ledger.first,
        origin=year,
        history=ledger.accounts[chosen, : column - 1],
        actual=account[chosen, None],
    )
    edition = trainings.edition(folder, date(year - 1, 12, 1), date(year, 12, 31))
    paths, forecast = project_paths(edition, case)
    said = np.full(len(forecast), np.nan)
    said[forecast] = paths.point[:, 0]
    columns = {PROJECT: said, BUDGET: budget[chosen], NAIVE: before[chosen]}
    return case.keys[_OWN].assign(year=year, account=account[chosen], **columns)


def _scores(rows: pd.DataFrame, rng: np.random.Generator) -> dict[str, Any]:
    known = rows.dropna(subset=[PROJECT])
    account = known["account"].to_numpy()
    scores = {name: wape(account, known[name].to_numpy()) for name in METHODS}
    ratio = scores[PROJECT] / scores[BUDGET]
    lower, upper = ratio_interval(known, rng)
    years = sorted(int(year) for year in known["year"].unique())
    return {
        "years": years, "municipalities": int(known["municipality"].nunique()),
        "observations": len(known), "held": len(rows) - len(known), **scores,
        "ratio": ratio, "lower": lower, "upper": upper,
    }  # fmt: skip


def ratio_interval(known: pd.DataFrame, rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % interval of project over budget when municipalities are drawn anew.

    Args:
        known: rows with ``municipality``, ``account``, the project's figure and the budget; all
            years of a municipality are drawn together.
        rng: source of the draws.
    """
    errors = known[[PROJECT, BUDGET]].sub(known["account"], axis=0).abs()
    sums = errors.groupby(known["municipality"]).sum().to_numpy()
    drawn = sums[rng.integers(len(sums), size=(_RESAMPLES, len(sums)))].sum(axis=1)
    lower, upper = np.percentile(drawn[:, 0] / drawn[:, 1], _INTERVAL)
    return float(lower), float(upper)
