"""Budgets held against joint sample paths: how likely one is exceeded, and what would cover it.

A line is an amount of money beside the draws of what it must pay. Everything of a set of lines is
read off the sum of their draws, never off sums of what was read off each. Amounts go in and come
out as whole cents; the share of draws is the probability.

- *Probability exceeded*: the share of draws above the amount.
- *Amount for a certainty*: the least whole amount that at least that share of draws stays within.
  It is one of the draws, so that probability and amount are each other's inverse; p90 in tables
  lies between two draws and may be a little lower.
- *Expected shortfall*: the mean over all draws of what they lack, nothing where they lack nothing.
- *Risk line*: chance times effect, where the effect is the mean lack of the draws that lack
  anything. The product is the expected shortfall.
- *Cushion*: what must lie beside the amount to reach a certainty; never below zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from models.cube import Ints
from models.rounding import nearest

__all__ = [
    "Cushion",
    "Line",
    "Weighed",
    "amount_for",
    "cushion",
    "probability_exceeded",
    "together",
    "weigh",
]

_ROUNDING = 1e-6  # of a draw, so that 0.8 of 400 draws is 320 whatever a float makes of it


@dataclass(frozen=True, eq=False)
class Line:
    """An amount of a budget, and what it must pay.

    Attributes:
        amount: whole cents.
        draws: what is paid in each joint sample path, whole cents, shape (draws,).
    """

    amount: int
    draws: Ints


@dataclass(frozen=True)
class Weighed:
    """An amount held against the draws of what it must pay; money in whole cents.

    Attributes:
        amount: the amount itself.
        expected: mean of the draws.
        probability: that the amount is exceeded.
        certainty: the share that was asked for.
        covers: the amount that covers the draws with that certainty.
        cushion: what must be added to the amount for it; zero where nothing.
        effect: mean lack of the draws that lack anything; zero where none does.
        shortfall: mean lack of all draws: probability times effect.
    """

    amount: int
    expected: int
    probability: float
    certainty: float
    covers: int
    cushion: int
    effect: int
    shortfall: int


@dataclass(frozen=True)
class Cushion:
    """What a set of lines needs beside its amounts, in whole cents.

    Attributes:
        together: for a certainty of the set as a whole.
        apart: sum of what each line would need for that certainty of its own.
    """

    together: int
    apart: int

    @property
    def spread(self) -> int:
        """What holding one cushion saves: lines seldom turn out high all at once."""
        return self.apart - self.together


def probability_exceeded(draws: Ints, amount: int) -> float:
    """Return the share of draws above an amount.

    Args:
        draws: whole cents, shape (draws,), at least one.
        amount: whole cents.
    """
    return _above(draws, amount) / len(draws)


def amount_for(draws: Ints, certainty: float) -> int:
    """Return the least amount in whole cents that a share of the draws stays within.

    Args:
        draws: whole cents, shape (draws,), at least one.
        certainty: share above 0, at most 1.

    Raises:
        ValueError: no such certainty, or no draws.
    """
    if not 0 < certainty <= 1:
        raise ValueError(f"a certainty is a share above 0 and at most 1, not {certainty}")
    if not len(draws):
        raise ValueError("there are no draws")
    enough = max(ceil(certainty * len(draws) - _ROUNDING), 1)
    return int(np.partition(draws, enough - 1)[enough - 1])


def weigh(line: Line, certainty: float) -> Weighed:
    """Hold an amount against the draws of what it must pay.

    Raises:
        ValueError: no such certainty, or no draws.
    """
    lacking = _lack(line)
    above, lack = _above(line.draws, line.amount), sum(lacking)
    covers = amount_for(line.draws, certainty)
    return Weighed(
        amount=line.amount,
        expected=nearest(sum(line.draws.tolist()), len(line.draws)),
        probability=above / len(line.draws),
        certainty=certainty,
        covers=covers,
        cushion=max(covers - line.amount, 0),
        effect=nearest(lack, above) if above else 0,
        shortfall=nearest(lack, len(line.draws)),
    )


def together(lines: Sequence[Line]) -> Line:
    """Return lines as one: amounts and draws added up, draw by draw.

    Raises:
        ValueError: no lines, or lines of different editions (unlike numbers of draws).
    """
    if not lines:
        raise ValueError("a set without a line has no draws")
    if len({len(line.draws) for line in lines}) > 1:
        raise ValueError("these lines were not drawn together")
    draws = np.add.reduce([line.draws for line in lines], dtype=np.int64)
    return Line(sum(line.amount for line in lines), draws)


def cushion(lines: Sequence[Line], certainty: float) -> Cushion:
    """Return what a set of lines needs together, beside what each would need alone.

    Raises:
        ValueError: no lines, lines that were not drawn together, or no such certainty.
    """
    whole = weigh(together(lines), certainty)
    return Cushion(whole.cushion, sum(weigh(line, certainty).cushion for line in lines))


def _above(draws: Ints, amount: int) -> int:
    return int(np.count_nonzero(draws > amount))


def _lack(line: Line) -> list[int]:
    """Return what each draw lacks, as numbers that cannot overflow when they are added."""
    lack: list[int] = np.maximum(line.draws - line.amount, 0).tolist()
    return lack
