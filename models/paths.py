"""Joint sample paths: drawn once in training, added up exactly ever after.

Shocks are shared as `models.uncertainty` found them: all series, a product, a municipality, a
district and a single series each have their own, growing with the horizon. Every stream of random
numbers has a seed of its own, made from the edition's seed and the name of the group, so the paths
depend neither on the order of the series nor on the number of workers.

Paths are stored as whole hundredths (cents for cost). Per cell the draws add up to a multiple of
their number, so that the mean is a whole hundredth as well and tables of means add up exactly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Hundredths = npt.NDArray[np.int64]
SCALE = 100
_LEAST_IDLE = 1e-3  # a rarer year without use is left to the other noise
_LEAST = 0.1  # a shock never takes all use away: that is for idle years
_MAX_VARIANCE = 1.0  # of a shock; a wider one would put its mean far above nearly all of its draws


def stream(seed: int, *name: str) -> np.random.Generator:
    """Return the generator that belongs to a name under a seed."""
    digest = hashlib.sha256("\x1f".join((str(seed), *name)).encode()).digest()
    return np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest[:16], "big")))


def shock(
    generator: np.random.Generator,
    constant: Array,
    per_year: Array,
    years: Array,
    draws: int,
) -> Array:
    """Draw shocks that last: a constant part plus a random walk in time.

    Args:
        generator: the group's own stream.
        constant: variance present from the start, shape (steps,).
        per_year: variance added per year, shape (steps,).
        years: years ahead per step, increasing, shape (steps,).
        draws: number of paths.

    Returns:
        Normal shocks with mean zero, shape (steps, draws). Antithetic: the second half of the draws
        mirrors the first, so that sample means stay put.
    """
    half = (draws + 1) // 2
    level = generator.standard_normal((1, half))
    gaps = np.diff(years, prepend=0.0)
    walk = np.cumsum(generator.standard_normal((len(years), half)) * np.sqrt(gaps)[:, None], axis=0)
    shocks = np.sqrt(constant)[:, None] * level + np.sqrt(per_year)[:, None] * walk
    wanted = np.maximum(constant + per_year * years, 1e-12)
    shocks = shocks * np.sqrt(np.minimum(1.0, _MAX_VARIANCE / wanted))[:, None]
    return np.hstack([shocks, -shocks])[:, :draws]


def shock_variance(constant: float, per_year: float, years: Array) -> Array:
    """Return the variance that `shock` gives its draws, shape (steps,)."""
    return np.minimum(constant + per_year * years, _MAX_VARIANCE)


def skewed(shocks: Array, variance: Array) -> Array:
    """Turn normal shocks into factors with mean about one that are never negative.

    Wilson & Hilferty's cube (1931, PNAS 17, 684-688): near a gamma distribution of that variance.
    It leans less than a lognormal, whose middle falls far below its mean where errors are large.

    Args:
        shocks: normal with the variance below, shape (steps, draws).
        variance: shape (steps,).
    """
    return np.asarray(np.maximum(1 - variance[:, None] / 9 + shocks / 3, _LEAST) ** 3)


def count_noise(generator: np.random.Generator, variance: Array, draws: int) -> Array:
    """Draw positive factors with mean one and the given variance, shape (steps, draws).

    Gamma factors: for small cells most draws come near zero and a few far above, as counts do.
    """
    shape = 1 / np.maximum(variance, 1e-9)
    return np.asarray(generator.gamma(shape[:, None], 1 / shape[:, None], (len(variance), draws)))


def used_share(variance: float) -> float:
    """Return the share of years in which a small cell has any use at all.

    A relative variance v of a year's sum is that of 1 / v events a year on average, each alike
    (Poisson): none comes with chance exp(-1 / v). Of the variance these years explain
    (1 - share) / share, always less than v. One, exactly, where a year without use is unthinkable.
    """
    idle = float(np.exp(-1 / max(variance, 1e-9)))
    return 1 - idle if idle > _LEAST_IDLE else 1.0


def idle_years(generator: np.random.Generator, used: float, years: Array, draws: int) -> Array:
    """Draw factors with mean one that are zero in whole years without use, shape (steps, draws).

    Args:
        generator: the series' own stream.
        used: share of years with use, above zero.
        years: years ahead per step, shape (steps,).
        draws: number of paths; in each year the right number of them is used, up to one.
    """
    year = np.floor(years).astype(np.int64)
    ranks = generator.permuted(np.tile(np.arange(draws), (int(year.max()) + 1, 1)), axis=1)
    some = ranks < np.maximum(used * draws - generator.random((len(ranks), 1)), 0.5)
    return np.asarray(some[year] / used)


def centred(factors: Array) -> Array:
    """Scale factors (steps, draws) to a sample mean of exactly one per step."""
    mean = factors.mean(axis=1, keepdims=True)
    return np.asarray(np.divide(factors, mean, out=np.ones_like(factors), where=mean > 0))


def whole_hundredths(values: Array) -> Hundredths:
    """Round draws to hundredths such that their mean is a whole hundredth too.

    Args:
        values: not negative, shape (..., draws).

    Returns:
        Integers of the same shape; per cell the sum over draws is a multiple of the number of
        draws. The mean is the rounded mean of the input; the largest draws absorb the rounding.
    """
    draws = values.shape[-1]
    cells = np.rint(values.reshape(-1, draws) * SCALE).astype(np.int64)
    wanted = np.rint(values.reshape(-1, draws).mean(axis=1) * SCALE).astype(np.int64) * draws
    short = wanted - cells.sum(axis=1)
    order = np.argsort(-cells, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(draws), axis=1)
    share, rest = np.divmod(np.abs(short), draws)
    step = share[:, None] + (rank < rest[:, None])
    moved = cells + np.sign(short)[:, None] * step
    return _floored(moved, wanted).reshape(values.shape)


def _floored(cells: Hundredths, wanted: Hundredths) -> Hundredths:
    """Lift what rounding pushed below zero, and take it back from the largest draw."""
    below = (cells < 0).any(axis=1)
    if below.any():
        lifted = np.maximum(cells[below], 0)
        surplus = lifted.sum(axis=1) - wanted[below]
        largest = lifted.argmax(axis=1)
        at = np.arange(len(lifted))
        # A cell whose largest draw cannot pay holds less than one hundredth per draw: all zero.
        lifted[at, largest] -= surplus
        lifted[lifted[at, largest] < 0] = 0
        cells[below] = lifted
    return cells


class PathStack:
    """Cells of one measure, laid row after row in one array, no wider than the figures need.

    Room for all rows is asked of the system at once, but is taken only where something was written;
    so what is drawn is never held twice.

    Args:
        most: the most rows that can come.
        steps: periods of the axis; a shorter row is followed by zeros.
        draws: number of paths.
    """

    def __init__(self, most: int, steps: int, draws: int) -> None:
        self._cells: npt.NDArray[np.int32] | Hundredths = np.zeros(
            (most, steps, draws), dtype=np.int32
        )
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def add(self, cells: Hundredths) -> int:
        """Lay one series, (its steps, draws), on the next row; return the number of that row."""
        room = np.iinfo(self._cells.dtype)
        # Credits make figures below zero, so both ends count.
        if cells.min(initial=0) < room.min or cells.max(initial=0) > room.max:
            self._cells = self._cells.astype(np.int64)
        self._cells[self._rows, : len(cells)] = cells
        self._rows += 1
        return self._rows - 1

    def rows(self) -> npt.NDArray[np.int32] | Hundredths:
        """Return what was laid, (rows, steps, draws): int32 where all cells fit, else int64."""
        return self._cells[: self._rows]


def names_of(keys: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return group names as tuples of text, for `stream`."""
    return [tuple(str(part) for part in key) for key in keys]
