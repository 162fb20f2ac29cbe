"""When a challenger wins: the rules, the test against noise, and the verdict with its reasons.

The errors of one origin hang together, so origins are the unit: an exact sign-flip test (Fisher
1935, section 21; Pesarin & Salmaso 2010), one-sided in the direction of what was found. Origins
less than a year apart share part of their targets, which the test does not know: the chance it
gives is then somewhat too low. With few origins it can show nothing, and the verdict says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from models import accuracy
from models.origin_rows import FIGURES, Pair

Array = npt.NDArray[np.float64]
Verdict = Literal["wins", "same", "worse", "undecided"]

_MOST_ORIGINS = 22  # of an exact test: 2 ** 22 sums


@dataclass(frozen=True)
class Rules:
    """When a challenger wins.

    Attributes:
        margin: least gain in pinball loss, mean over measures and levels, as a share.
        chance: how often noise alone may show a difference.
        coverage: limits of the 80 % band at the level of products, as in the release gate.
        trials: observations that each origin counts for, as in the release gate.
    """

    margin: float = 0.02
    chance: float = 0.05
    coverage: tuple[float, float] = (0.75, 0.85)
    trials: int = 2


@dataclass(frozen=True)
class Row:
    """Old beside new for one measure and level, or for one product.

    Attributes:
        measure, level, product: what was compared; product ``all`` at every other level.
        rows, origins: common rows and origins.
        old, new: scores: wape, pinball, bias (percent), coverage (share).
        baseline: WAPE of the simple baseline, percent.
        ratio: pinball of new over old; below one = better.
        chance: how often noise alone would show this; NaN when it cannot be told.
    """

    measure: str
    level: str
    product: str
    rows: int
    origins: int
    old: dict[str, float]
    new: dict[str, float]
    baseline: float
    ratio: float
    chance: float


def sign_flip(differences: Sequence[float] | Array) -> float:
    """Return how often chance gives a sum at least this far in its own direction.

    Exact over all signs of the differences; of more than `_MOST_ORIGINS` the smallest are added to
    the last, which makes the test weaker, never bolder.

    Args:
        differences: one per origin, shape (origins,).

    Returns:
        A share from ``2 ** -origins`` to 1; NaN without any difference.
    """
    values = np.asarray(differences, dtype=float)
    if not len(values) or not np.isfinite(values).all():
        return math.nan
    values = values[np.argsort(-np.abs(values), kind="stable")]
    if len(values) > _MOST_ORIGINS:
        values = np.append(values[: _MOST_ORIGINS - 1], values[_MOST_ORIGINS - 1 :].sum())
    observed = abs(float(values.sum()))
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums + value, sums - value])
    return float(np.mean(sums >= observed - 1e-12 * max(np.abs(values).sum(), 1e-300)))


@dataclass(frozen=True)
class Judged:
    """What the rules make of the figures."""

    rules: Rules
    pair: Pair
    table: list[Row]
    shifts: dict[tuple[str, str], Array]

    @property
    def shift(self) -> Array:
        """Mean over measures and levels, per origin."""
        return np.asarray(np.mean(list(self.shifts.values()), axis=0))

    @property
    def ratio(self) -> float:
        """Pinball of new over old, mean over measures and levels."""
        return 1 + float(self.shift.sum()) if self.shifts else math.nan

    @property
    def chance(self) -> float:
        """How often noise alone would show that."""
        return sign_flip(self.shift[self.shift != 0]) if self.shifts else math.nan

    def verdict(self) -> tuple[Verdict, list[str]]:
        """Return the verdict on new, with its reasons."""
        if not self.shifts:
            return "undecided", ["they have no origin and target in common"]
        if all(np.array_equal(self.pair.old[name], self.pair.new[name]) for name in FIGURES[:-1]):
            return "same", ["every figure on the common origins is equal"]
        against, doubts = self._against(), self._doubts()
        if against:
            return "worse", against
        if doubts:
            return "undecided", doubts
        return "wins", [self._gain(), self._noise()]

    def _against(self) -> list[str]:
        """What speaks for old, more than noise."""
        found = []
        if self.ratio > 1 and self.chance <= self.rules.chance:
            found.append(f"{self._gain()}; {self._noise()}")
        for measure in sorted({measure for measure, _ in self.shifts}):
            shift = np.mean([s for (own, _), s in self.shifts.items() if own == measure], axis=0)
            chance = sign_flip(shift[shift != 0])
            if shift.sum() > 0 and chance <= self.rules.chance:
                found.append(
                    f"{measure} has {100 * shift.sum():.1f} % more pinball loss, beyond noise "
                    f"(chance {chance:.3f})"
                )
        return found + [text for row in self.table if (text := self._off(row))]

    def _doubts(self) -> list[str]:
        """What keeps new from winning without making it worse."""
        found = []
        if self.ratio > 1 - self.rules.margin:
            found.append(f"{self._gain()}; it wins from {100 * self.rules.margin:.1f} % less")
        origins = int((self.shift != 0).sum())
        if 0.5**origins > self.rules.chance:
            found.append(
                f"only {origins} common origins tell them apart, which can show nothing: noise "
                f"alone points one way {0.5**origins:.0%} of the time (train both as of the same "
                "day, with more --origins)"
            )
        elif not self.chance <= self.rules.chance:
            found.append(f"that is not more than noise: {self._noise()}")
        return found

    def _gain(self) -> str:
        percent = 100 * (self.ratio - 1)
        more = "more" if percent > 0 else "less"
        return f"{abs(percent):.1f} % {more} pinball loss, mean over measures and levels"

    def _noise(self) -> str:
        return (
            f"noise alone would show this {self.chance:.1%} of the time "
            f"(sign-flip test over {int((self.shift != 0).sum())} origins)"
        )

    def _off(self, row: Row) -> str:
        """Why the bands of new are off at the level of products, where those of old are not."""
        if row.level != "product" or not self._outside(row.new["coverage"], row):
            return ""
        if abs(row.new["coverage"] - 0.8) <= abs(row.old["coverage"] - 0.8):
            return ""
        return (
            f"the 80 % band of {row.measure} covers {row.new['coverage']:.0%} of yearly sums per "
            f"product (before: {row.old['coverage']:.0%})"
        )

    def _outside(self, share: float, row: Row) -> bool:
        low, high = accuracy.share_interval(share, min(row.rows, self.rules.trials * row.origins))
        within = self.rules.coverage[0] <= share <= self.rules.coverage[1]
        return math.isfinite(share) and not within and not low <= 0.8 <= high  # noqa: PLR2004
