"""Goal-seek both ways: how far a lever must go to fit a budget, and how sure a budget is.

A larger percentage never makes anything cheaper, so the amount that covers a selection with a
certainty grows with it: the largest percentage that still fits is found by halving.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.asking import Selection, check
from models.budget import amount_for, probability_exceeded
from models.cube import Cube, Ints
from models.errors import SelectionError
from models.levers import CEILING, Lever, LeverFault, check_levers
from models.scenario import Bench, Totals

__all__ = ["NO_FIGURES", "Sought", "certainty_of", "percent_for"]

STEP = 0.01  # percent
NO_FIGURES = "no-answer"  # code of the fault of a selection without a figure
LOWEST, HIGHEST = -100.0, 400.0


@dataclass(frozen=True)
class Sought:
    """What a lever must be for a budget.

    Attributes:
        percent: the largest that fits, in hundredths of a percent; None = even ``LOWEST`` does not.
        covers: the amount, in whole cents, that covers the selection with the certainty then (at
            ``LOWEST`` where nothing fits).
        at_limit: the budget has room for more than ``HIGHEST``, or the lever does nothing to it.
    """

    percent: float | None
    covers: int
    at_limit: bool


def percent_for(
    edition: Cube,
    selection: Selection,
    levers: Sequence[Lever],
    turned: int,
    budget: int,
    certainty: float,
) -> Sought:
    """Find the largest percentage of a lever by which a selection fits a budget.

    Args:
        edition: an opened edition.
        selection: the sum, of all its periods together; measure cost.
        levers: of the scenario.
        turned: which of them is turned (from 0); its own size is not used.
        budget: whole cents, for all periods together.
        certainty: share of the paths that must stay within the budget, above 0, at most 1.

    Raises:
        SelectionError: the question or a lever has no honest answer, or the lever has no
            percentage.
        ValueError: no such certainty.
    """
    lever = replace(levers[turned], percent=0.0, factor=None, level=None)
    if lever.kind == CEILING:
        rule = "is an amount, not a percentage"
        fault = LeverFault(f"/levers/{turned}/kind", lever.kind, rule, (), "lever-size")
        raise SelectionError(str(fault), [fault])
    wanted = [*levers[:turned], lever, *levers[turned + 1 :]]
    bench = _bench(edition, selection, wanted)
    place = bench.order.index(turned)

    def covers(hundredths: int) -> int:
        sizes = list(bench.levers)
        sizes[place] = replace(lever, percent=hundredths * STEP)
        return amount_for(_over_time(bench.totals(sizes), adjusted=True), certainty)

    low, high = round(LOWEST / STEP), round(HIGHEST / STEP)
    if covers(low) > budget:
        return Sought(None, covers(low), at_limit=False)
    if covers(high) <= budget:
        return Sought(HIGHEST, covers(high), at_limit=True)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if covers(middle) <= budget else (low, middle)
    return Sought(round(low * STEP, 2), covers(low), at_limit=False)


def certainty_of(
    edition: Cube, selection: Selection, levers: Sequence[Lever], budget: int
) -> tuple[float, float]:
    """Return how sure it is that a selection stays within a budget, as it is and with levers.

    Args:
        edition: an opened edition.
        selection: the sum, of all its periods together; measure cost.
        levers: of the scenario.
        budget: whole cents, for all periods together.

    Raises:
        SelectionError: the question or a lever has no honest answer.
    """
    bench = _bench(edition, selection, levers)
    found = bench.totals(bench.levers)
    before = probability_exceeded(_over_time(found, adjusted=False), budget)
    after = probability_exceeded(_over_time(found, adjusted=True), budget)
    return 1 - before, 1 - after


def _bench(edition: Cube, selection: Selection, levers: Sequence[Lever]) -> Bench:
    asked = replace(selection, by=())
    check(edition, asked)
    check_levers(edition, levers)
    bench = Bench.of(edition, asked, levers)
    if bench is None or not bench.layout.question.targets.steps or not bench.given.any():
        rule = "nothing that is selected has figures then"
        fault = LeverFault("product", None, rule, (), NO_FIGURES)
        raise SelectionError(str(fault), [fault])
    return bench


def _over_time(found: Totals, adjusted: bool) -> Ints:
    draws = found.adjusted if adjusted else found.base
    return np.asarray(draws[found.given].sum(axis=0))
