"""What came of each series: fitted, pooled, fell back or held, with the reason; never silent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.demand import Recipe
from models.hierarchy import OWN_PRODUCT, SERIES
from models.history import Block, Ready, paid_back, young_years

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """Point forecasts of one block from one origin.

    Attributes:
        mean: forecast per series and step, shape (series, horizon); zero where not live.
        baseline: seasonal naive, same shape.
        outcome: fitted, pooled, fell_back or held per series.
        reason: why it is not simply fitted, else an empty string.
        method: what the forecast is made of, in words.
    """

    mean: Array
    baseline: Array
    outcome: list[str]
    reason: list[str]
    method: list[str]


def _words(recipe: Recipe) -> str:
    if recipe.damping == 1:
        return "last year's level of use per expected use"
    return (
        f"weighted median of members, damping {recipe.damping:g}, coherence {recipe.coherence:g}, "
        f"pooling {recipe.pooling:g}"
    )


def told(
    block: Block, state: Ready, notes: dict[int, str], recipe: Recipe
) -> tuple[list[str], list[str], list[str]]:
    """Return outcome, reason and method per series.

    Args:
        block: the history.
        state: the same, made ready.
        notes: series -> why only one member spoke.
        recipe: what the forecast was made with.
    """
    outcomes, reasons, methods = [], [], []
    minimum = young_years(block.frequency) * block.frequency.per_year
    words, returned = _words(recipe), paid_back(block)
    pools = recipe.damping < 1 and block.hierarchy.same_as(OWN_PRODUCT) != SERIES
    for row in range(len(state.live)):
        age = block.periods - int(state.start[row])
        if returned[row]:
            outcome, reason, method = "held", "credits outweigh cost in the last year", ""
        elif not state.live[row]:
            outcome, reason, method = "held", "no figures any more at the end of the data", ""
        elif row in notes:
            outcome, reason, method = "fell_back", notes[row], "last year's level"
        elif age < minimum:
            outcome = "pooled" if pools else "fell_back"
            method = "own level, course of the product" if pools else "last year's level"
            reason = f"only {age} periods of history"
        else:
            outcome, reason, method = "fitted", "", words
        outcomes.append(outcome)
        reasons.append(reason)
        methods.append(method)
    return outcomes, reasons, methods
