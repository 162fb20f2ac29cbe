"""What each member of the ensemble adds: its own error, and the ensemble's error without it.

Over the judged origins, yearly sums, with the recipe and the weights that were used there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from models.accuracy import wape
from models.demand import Recipe
from models.ensemble import Ensemble
from models.hierarchy import REPORTED_LEVELS, SERIES

Array = npt.NDArray[np.float64]
Judged = tuple[Ensemble, Recipe, Array]  # of one origin; the last is what happened, NaN = unknown


def contributions(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """Return one row per level and member.

    Args:
        judged: ensemble, recipe used and actual (series, steps) per origin.

    Returns:
        Rows with `level`, `member`, `wape_alone` (its series added up; None where it was not asked
        of series), `wape_with` and `wape_without` (the ensemble with and without it), percent.
    """
    origins = list(judged)
    members = dict.fromkeys(
        name for own, _, _ in origins for said in own.said.values() for name in said.members
    )
    together = _scores([(own, own.mean(recipe), was) for own, recipe, was in origins])
    rows = []
    for member in members:
        alone = _scores([(own, _alone(own, member), was) for own, _, was in origins])
        without = _scores(
            [(own, own.without(member).mean(recipe), was) for own, recipe, was in origins]
        )
        rows += [
            {
                "level": level,
                "member": member,
                "wape_alone": alone[level],
                "wape_with": together[level],
                "wape_without": without[level],
            }
            for level in REPORTED_LEVELS
        ]
    return rows


def _alone(ensemble: Ensemble, member: str) -> Array:
    """What a member said of the series; NaN where it was not asked."""
    said = ensemble.said[SERIES]
    if member not in said.members:
        return np.full_like(said.base, np.nan)
    return np.asarray(said.values[said.members.index(member)])


def _scores(parts: list[tuple[Ensemble, Array, Array]]) -> Mapping[str, float | None]:
    """WAPE of yearly sums per level; None where nothing was said of all series."""
    return {level: _score(parts, level) for level in REPORTED_LEVELS}


def _score(parts: list[tuple[Ensemble, Array, Array]], level: str) -> float | None:
    said_all, was_all = [], []
    for ensemble, said, was in parts:
        season = ensemble.block.frequency.per_year
        years = was.shape[1] // season
        sums = [
            part[:, : years * season].reshape(len(part), years, season).sum(axis=2)
            for part in (said, was)
        ]
        known = ensemble.state.live[:, None] & np.isfinite(sums[0]) & np.isfinite(sums[1])
        hierarchy = ensemble.block.hierarchy
        total = [hierarchy.add_up(np.where(known, part, 0.0), level) for part in sums]
        judged = hierarchy.add_up(known.astype(float), level) > 0
        said_all.append(total[0][judged])
        was_all.append(total[1][judged])
    if not said_all or not sum(map(len, said_all)):
        return None
    score = wape(np.concatenate(was_all), np.concatenate(said_all))
    return round(score, 4) if np.isfinite(score) else None
