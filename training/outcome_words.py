"""What came of each series of a measure, in words: outcome, reason, method; never silent."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.chain import Link
from models.hierarchy import OWN_PRODUCT
from models.outcomes import Forecast
from training.frames import Frame

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

Words = tuple[list[str], list[str], list[str]]  # outcome, reason, method per series

_PARTS = {
    ("volume", "clients"): "clients x volume per client",
    ("cost", "volume"): "volume x price per unit",
    ("cost", "clients"): "clients x cost per client at constant prices x price",
}
_TASK = "fixed sum per period (taak) x price"


def described(
    forecast: Forecast,
    frame: Frame,
    measure: str,
    through: Mask,
    informed: Mask,
    priced: Mask,
) -> Words:
    """Say what each series was forecast by.

    Args:
        forecast: the measure by itself.
        frame: the series.
        measure: clients, volume or cost.
        through: series that were forecast through their parent.
        informed: series that were forecast from adopted budgets.
        priced: series of which the course of the price is known.
    """
    link = frame.links[measure]
    outcome, reason, method = list(forecast.outcome), list(forecast.reason), list(forecast.method)
    for row in np.flatnonzero(informed):
        if outcome[row] != "held":
            outcome[row], reason[row], method[row] = "fitted", "", "adopted budget and last account"
    for row in np.unique(link.holder[link.spread]):
        outcome[row], method[row] = "spread", ""
        reason[row] = "the record of the municipality; its forecast is spread over the districts"
    for row in np.flatnonzero(through):
        if link.spread[row]:
            outcome[row] = "spread"
            reason[row] = "known for the municipality only; spread with what is known per district"
        if outcome[row] != "held":
            method[row] = _PARTS[measure, _parent(frame, link, measure, int(row))]
    for row in np.flatnonzero(link.spread & ~through):
        outcome[row], method[row] = "held", ""
        reason[row] = "known for the municipality only, and no ratio to what is known per district"
    if measure == "cost":
        _tell_money(frame, through, informed, priced, method)
    return outcome, reason, method


def _parent(frame: Frame, link: Link, measure: str, row: int) -> str:
    return str(link.parent[frame.hierarchy(measure).groups[OWN_PRODUCT][row]])


def _tell_money(
    frame: Frame, through: Mask, informed: Mask, priced: Mask, method: list[str]
) -> None:
    """Say of cost what it fell back on: tasks, cost per client, money at constant prices."""
    link = frame.links["cost"]
    for row in range(len(method)):
        if not method[row] or informed[row]:
            continue
        if frame.is_task[row]:
            method[row] = _TASK + (", shared by clients" if through[row] else "")
        elif not through[row]:
            known = _parent(frame, link, "cost", row)
            why = f"{_PARTS['cost', known]} did no better" if known else "nothing else is known"
            money = "money at constant prices x price" if priced[row] else "money, no price known"
            method[row] = f"{money} ({why}): {method[row]}"


def hold(gaps: dict[int, str], words: Words) -> None:
    """Hold series for a break in their record: row -> reason."""
    outcome, reason, method = words
    for row, why in gaps.items():
        outcome[row], reason[row], method[row] = "held", why, ""


def as_asked(frame: Frame, link: Link, mean: Array, level: Array, words: Words) -> Mask:
    """Follow `products.forecast`: none is held, scenario keeps its level; return what remains.

    The level is that of the last year, in money at the prices of each period.

    What is spread has no record of its own whose level could be kept: it follows its parent, which
    keeps its level.
    """
    outcome, reason, method = words
    for row in np.flatnonzero(frame.forecast != "model"):
        stated = f": {frame.reasons[row]}" if frame.reasons[row] else ""
        if frame.forecast[row] == "none":
            outcome[row], reason[row], method[row] = "held", f"forecast = none{stated}", ""
        elif outcome[row] not in ("held", "spread"):
            mean[row] = level[row]
            reason[row] = f"forecast = scenario, no trend of its own{stated}"
            outcome[row], method[row] = "fell_back", "seasonal naive"
    return np.asarray(frame.forecast != "none")
