"""Completes the open service months of one municipality; see `models.nowcast`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.completed import ALLOCATED, BOTH, DECLARED, Completed
from models.credibility import Opinion, Verdict, combined, unbiased, usual_loss, usual_misses
from models.development import LONGEST, Development
from models.expectation import Expectation, expect
from models.granted import Granted

Array = npt.NDArray[np.float64]

_MATURE = 0.8  # share declared from which a service month moves the level
_UNSAID = (
    0.5  # standard deviation of a share of which nothing is known, times the root of what lacks
)
_UNKNOWN = 0.3  # standard deviation of a level or of the used share without any past


@dataclass(frozen=True)
class _Month:
    """One open month, completed."""

    completed: float
    log_sd: float
    share: float
    method: str


@dataclass(frozen=True, eq=False)
class _Course:
    """What is expected of one product beside its development.

    Attributes:
        level: logarithm of the final amount.
        used: logarithm of the final amount over what was allocated, and over its season where that
            tells it better; None without allocations.
        allocated: logarithm of what was allocated, plus that season; NaN where unknown, (months,).
        none_left: months in which others are allocated and this product no longer, (months,).
    """

    level: Expectation
    used: Expectation | None
    allocated: Array
    none_left: npt.NDArray[np.bool_]


class Municipality:
    """One municipality while its months are being completed."""

    def __init__(self, development: Development, granted: Granted) -> None:
        self.development = development
        self.triangle = development.triangle
        self.late = self.triangle.months - 1 - self.triangle.seen
        self.granted = granted
        self.bias, self.errors = unbiased(development.errors())
        longest = int(development.longest.max(initial=0))
        self.steps = longest + self.late + 1
        self.courses = [self._course(at) for at in range(len(self.triangle.products))]
        self.spreads = self._spreads()
        self.between = self._between()

    def completed(self) -> dict[str, Completed]:
        """Return the open months of every product that has any."""
        found = {}
        for at, product in enumerate(self.triangle.products):
            months = self._open(at)
            if len(months):
                found[product] = self._completed(at, months)
        for product in self.granted.codes():
            if product not in self.triangle.products:
                own = self._never_declared(product)
                if own is not None:
                    found[product] = own
        return found

    def _open(self, at: int) -> npt.NDArray[np.int64]:
        """Return the numbers of the open months; none where nothing was declared of late."""
        longest = int(self.development.longest[at])
        start = max(self.triangle.seen - longest + 1, int(self.triangle.start[at]), 0)
        none = np.arange(0, dtype=np.int64)
        if longest == 0:
            return none
        ended = not self.triangle.increments[at, max(start - 1, 0) :].any()
        return none if ended else np.arange(start, self.triangle.months, dtype=np.int64)

    def _course(self, at: int) -> _Course:
        """Follow level and used share of one product, over months mature enough."""
        development, triangle = self.development, self.triangle
        delay = np.clip(triangle.seen - np.arange(triangle.months), 0, LONGEST)
        reached = development.shares[at, np.arange(triangle.months), delay]
        mature = (np.arange(triangle.months) <= triangle.seen) & (reached >= _MATURE)
        final = development.final[at]
        usable = mature & (final > 0) & np.isfinite(final)
        logs = np.where(usable, np.log(np.where(usable, final, 1.0)), np.nan)
        complete = development.complete[at]
        level = expect(logs, triangle.first, self.steps, complete)
        granted = self.granted.of(triangle.products[at], triangle.months)
        some = granted > 0
        allocated = np.where(some, np.log(np.where(some, granted, 1.0)), np.nan)
        none_left = self.granted.covered(triangle.months) & ~some & some.any()
        if not some.any():
            return _Course(level, None, allocated, none_left)
        tried = [self._used(logs - allocated, complete, level, part) for part in (0.0, 1.0)]
        used, season = min(tried, key=lambda own: usual_loss(own[0].errors[:, 0]))
        return _Course(level, used, allocated + season, none_left)

    def _used(
        self, share: Array, complete: npt.NDArray[np.bool_], level: Expectation, part: float
    ) -> tuple[Expectation, Array]:
        """Follow the used share, the season of the amount taken out (part 1) or not (part 0).

        What is allocated may be the same all year, or follow the season itself.
        """
        season = part * np.where(complete, level.left_out, level.season)
        used = expect(share - season, self.triangle.first, self.steps, complete)
        return used, part * level.season

    def _spreads(self) -> dict[str, Array]:
        """Return what a usual product misses, per source, by delay or by steps ahead."""
        count = len(self.courses)
        levels = [course.level.errors for course in self.courses]
        shares = [course.used.errors for course in self.courses if course.used is not None]
        return {
            "ladder": usual_misses([self.errors[at] for at in range(count)]),
            "level": usual_misses(levels),
            "allocated": usual_misses(shares or [np.full((1, self.steps), np.nan)]),
        }

    def _between(self) -> Array:
        """Return the variance between products of the logarithm of the share, by delay."""
        settled = (self.development.own >= 1) & (self.development.longest > 0)
        shares = np.cumsum(self.development.pace[settled], axis=1)
        if len(shares) < 2:  # noqa: PLR2004 - one product tells nothing about others
            return np.full(LONGEST + 1, _UNSAID**2)
        return np.asarray(np.log(np.maximum(shares, 1e-3)).var(axis=0))

    def _completed(self, at: int, months: npt.NDArray[np.int64]) -> Completed:
        declared = self.triangle.increments[at, months].sum(axis=1)
        alive, done = 1.0, []
        for month, cents in zip(months.tolist(), declared.tolist(), strict=True):
            alive = min(alive, self._alive(at, month)) if cents == 0 else 1.0
            done.append(self._month(at, month, float(cents), alive))
        return Completed(
            int(self.triangle.first + months[0]),
            np.asarray(declared, dtype=np.int64),
            np.array([month.completed for month in done]),
            np.array([month.log_sd for month in done]),
            np.array([month.share for month in done]),
            tuple(month.method for month in done),
        )

    def _month(self, at: int, month: int, declared: float, alive: float) -> _Month:
        """Complete one month.

        Args:
            at: number of the product.
            month: number of the month.
            declared: cents so far.
            alive: chance that something is still to be declared where nothing was so far.
        """
        delay = self.triangle.seen - month
        share = float(self.development.shares[at, month, delay]) if delay >= 0 else 0.0
        opinions = [*self._ladder(at, month, declared, share), *self._expected(at, month)]
        verdict = combined(opinions)
        method = _method(verdict, declared)
        if verdict is None:
            sd = _UNSAID if declared > 0 else 0.0
            return _Month(declared, sd, share, method)
        if declared > 0:
            return _Month(float(np.exp(verdict.value)), verdict.sd, share, method)
        if alive == 0.0:
            return _Month(declared, 0.0, share, method)
        variance = verdict.sd**2 + float(np.log1p((1 - alive) / alive))
        lacking = alive if declared == 0 else max(1 - share, 0.0)  # late, or credited already
        still = lacking * float(np.exp(verdict.value))
        return _Month(declared + still, float(np.sqrt(variance)), share, method)

    def _ladder(self, at: int, month: int, declared: float, share: float) -> Iterator[Opinion]:
        delay = self.triangle.seen - month
        if declared <= 0 or share <= 0:
            return
        own = float(self.development.own[at])
        usual = self.spreads["ladder"][delay]
        spread = usual if np.isfinite(usual) else _UNSAID * np.sqrt(max(1 - share, 0.0))
        spread = float(np.sqrt(spread**2 + (1 - own) ** 2 * self.between[delay]))
        value = float(np.log(declared / share)) + float(self.bias[at, delay])
        yield Opinion("ladder", value, self.errors[at][:, delay], spread)

    def _expected(self, at: int, month: int) -> Iterator[Opinion]:
        """Give what level, season and allocations say of a month."""
        course, steps = self.courses[at], self._ahead(at, month)
        missed = self._missed(at, self.triangle.seen - month + steps)
        level = course.level.of(month, steps)
        if np.isfinite(level):
            errors = course.level.errors_seen(steps, missed)
            yield Opinion("level", level, errors, self._spread("level", at, steps))
        share = course.used.of(month, steps) if course.used else np.nan
        value = share + float(course.allocated[month])
        if course.used is not None and np.isfinite(value):
            errors = course.used.errors_seen(steps, missed)
            yield Opinion("allocated", value, errors, self._spread("allocated", at, steps))

    def _spread(self, source: str, at: int, steps: int) -> float:
        """Return what a source usually misses, more where the pace is borrowed."""
        usual = self.spreads[source][steps - 1]
        borrowed = 1 - float(self.development.own[at])
        doubt = float(self.between[self._mature(at)])
        return float(np.hypot(usual if np.isfinite(usual) else _UNKNOWN, borrowed * doubt**0.5))

    def _missed(self, at: int, delay: int) -> Array:
        """Return what the chain ladder missed at a delay, of the month before at the next, ...

        Shape (months, delays left); 0 where not known.
        """
        left = range(delay, max(int(self.development.longest[at]), delay + 1))
        missed = np.zeros((self.triangle.months, len(left)))
        for back, later in enumerate(left):
            own = np.nan_to_num(self.errors[at, :, min(later, LONGEST)])
            missed[back:, back] = own[: len(own) - back]
        return missed

    def _ahead(self, at: int, month: int) -> int:
        """Return how many months a month lies beyond the last mature one before it."""
        return int(np.clip(self._mature(at) - self.triangle.seen + month, 1, self.steps))

    def _mature(self, at: int) -> int:
        """Return the delay from which a month is mature."""
        return int((np.cumsum(self.development.pace[at]) >= _MATURE).argmax())

    def _alive(self, at: int, month: int) -> float:
        """Return the chance that something is still to come where nothing was declared so far.

        By Bayes: how often months with a final amount showed nothing at this delay, against how
        often there was nothing in the end.
        """
        if self.courses[at].none_left[month]:
            return 0.0
        delay = self.triangle.seen - month
        development = self.development
        complete = development.complete[at]
        some = complete & (development.final[at] > 0)
        nothing = (complete.sum() - some.sum() + 0.5) / (complete.sum() + 1)
        if delay < 0:
            return float(1 - nothing)
        silent = (self.triangle.increments[at, :, : delay + 1].sum(axis=1) <= 0) & some
        lacking = max(1 - float(development.shares[at, month, delay]), 0.0)
        late = (silent.sum() + lacking) / (some.sum() + 1)
        return float((1 - nothing) * late / ((1 - nothing) * late + nothing))

    def _never_declared(self, product: str) -> Completed | None:
        """Complete a product that is allocated since so short that nothing was declared yet.

        One that was allocated for longer is not declared at all, and is left alone.
        """
        granted = self.granted.of(product, self.triangle.months)
        start = int(np.flatnonzero(granted > 0)[0])
        longest = int(self.development.longest.max(initial=0))
        shares = [
            c.used.level[-1] for c in self.courses if c.used and np.isfinite(c.used.level[-1])
        ]
        young = start > max(self.triangle.seen - longest, self.granted.started)
        if not (longest and young and shares and product in self.granted.in_cents):
            return None
        rows = granted[start:]
        between = float(np.var(shares)) if len(shares) > 1 else _UNKNOWN**2
        usual = self.spreads["allocated"][0]
        sd = float(np.sqrt(between + (usual if np.isfinite(usual) else _UNKNOWN) ** 2))
        pace = self.development.pace[self.development.longest > 0].mean(axis=0)
        delay = self.triangle.seen - np.arange(start, self.triangle.months)
        share = np.where(delay < 0, 0.0, np.cumsum(pace)[np.clip(delay, 0, LONGEST)])
        return Completed(
            self.triangle.first + start,
            np.zeros(len(rows), dtype=np.int64),
            rows * float(np.exp(np.median(shares))),
            np.where(rows > 0, sd, 0.0),
            share,
            (ALLOCATED,) * len(rows),
        )


def _method(verdict: Verdict | None, declared: float) -> str:
    """Say which files an estimate rests on."""
    if verdict is None or "allocated" not in verdict.weights or not verdict.weights["allocated"]:
        return DECLARED
    alone = declared <= 0 and set(verdict.weights) == {"allocated"}
    return ALLOCATED if alone else BOTH
