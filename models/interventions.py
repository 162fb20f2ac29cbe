"""What dated policy events did, and the history as if they had always been there.

Not every forecaster can take an event as a regressor, and those that can need longer histories than
most series have. So the history itself is adjusted before any of them sees it: a **level** moves
the past to the new level, a **slope** bends the recent past to the new direction, an **outlier** is
taken out. Effects are factors. They are estimated per product of a municipality (`models.course`:
generalised least squares in logs, with trend, season and a wandering level), and each series adds
as much of its own departure as its size can prove (empirical Bayes); a small cell takes the effect
of its product. An effect that cannot be told from noise changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency
from models.course import logarithms
from models.effects import Effect, Group, Offered, estimates
from models.history import Block, Ready, typical_unit

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

_TINY = 1e-12
_LARGEST = 5.0  # a factor beyond this, either way, is cut to it
_BENT_YEARS = {Frequency.MONTH: 2, Frequency.QUARTER: 2, Frequency.YEAR: 3}


@dataclass(frozen=True)
class EventEffect:
    """What one event did to one product of one municipality.

    Attributes:
        municipality: its code.
        product: its code.
        period: ordinal of the first period the event touched.
        kind: level, slope or outlier.
        factor: use with the event over use without; of a slope per year.
        error: standard error of the logarithm of the factor.
        used: whether the history was adjusted for it; if not, it could not be told from noise.
    """

    municipality: str
    product: str
    period: int
    kind: str
    factor: float
    error: float
    used: bool


def adjusted_use(
    block: Block, state: Ready, relative: Array, offered: Offered | None = None
) -> Array:
    """Return the history as if every event had always been there (an outlier: never).

    Args:
        block: the series; its events must be those known at its end.
        state: `models.history.ready` of the block.
        relative: use per expected use, shape (series, periods).
        offered: further events per municipality-product group, such as breaks that were found.

    Returns:
        Use per expected use, shape (series, periods), finite where the input is, not negative where
        it was changed. Series without a usable event are returned unchanged to the last bit, and so
        are periods before a series starts.
    """
    result = relative.copy()
    unit = typical_unit(block, state) if block.periods else np.ones(len(relative))
    for group, effects in estimates(block, state, relative, offered or {}):
        outliers = [e for e in effects if e.used and e.event.kind == "outlier"]
        others = [e for e in effects if e.used and e.event.kind != "outlier"]
        disturbed = np.zeros(block.periods, dtype=bool)
        for effect in outliers:
            disturbed[effect.offset + np.flatnonzero(effect.deviations)] = True
        scene = _Scene(result, block, state, unit, group, disturbed)
        for effect in outliers:  # first: what others moved must not be measured on these
            _without_outlier(scene, effect)
        for effect in reversed(others):  # latest first: its past then holds one level
            _moved_past(scene, effect)
    return result


def event_effects(
    block: Block, state: Ready, relative: Array, offered: Offered | None = None
) -> list[EventEffect]:
    """Return what the events did, per product of a municipality; arguments as `adjusted_use`.

    Events before the history, or too near its ends to be measured at all, are not listed.
    """
    keys = block.hierarchy.keys
    found = []
    for group, effects in estimates(block, state, relative, offered or {}):
        row = int(group.rows[0])
        place = str(keys["municipality"].iloc[row]), str(keys["product"].iloc[row])
        found += [
            EventEffect(
                *place,
                effect.event.period,
                effect.event.kind,
                float(np.exp(_bounded(np.array(effect.size)))),
                effect.error,
                effect.used,
            )
            for effect in effects
        ]
    return found


@dataclass(frozen=True)
class _Scene:
    """What the adjustments of one group share; `use` is changed in place."""

    use: Array
    block: Block
    state: Ready
    unit: Array
    group: Group
    disturbed: Mask  # periods in which an outlier is taken out

    def began(self, offset: int) -> Rows:
        """The series of the group that ran before a period."""
        rows = self.group.rows
        return np.asarray(rows[self.state.start[rows] < offset])


def _bounded(logs: Array) -> Array:
    limit = np.log(_LARGEST)
    return np.clip(logs, -limit, limit)


def _without_outlier(scene: _Scene, effect: Effect) -> None:
    """Put what neighbours and season say in the place of what the outlier touched.

    The course is the product's, the level the series' own, from the undisturbed year on each side.
    """
    season, group = scene.block.frequency.per_year, scene.group
    away = np.flatnonzero(effect.deviations)
    at = np.arange(scene.block.periods)
    near = (at >= effect.offset + away[0] - season) & (at <= effect.offset + away[-1] + season)
    near &= (at >= group.start) & ~scene.disturbed
    total = np.concatenate([np.zeros(group.start), group.total])
    rows = scene.began(effect.offset)
    seen = near & (at >= scene.state.start[rows][:, None])
    around = (seen * total).sum(axis=1)
    rows, seen, around = rows[around > 0], seen[around > 0], around[around > 0]
    if not rows.size:
        return
    touched = effect.offset + away
    course = np.exp(logarithms(total[:, None])[touched, 0] - effect.deviations[away])
    usual = total[near].mean()
    course = np.clip(course, usual / _LARGEST, usual * _LARGEST)
    share = np.maximum((scene.use[rows] * seen).sum(axis=1), 0.0) / around
    scene.use[rows[:, None], touched] = share[:, None] * course


def _moved_past(scene: _Scene, effect: Effect) -> None:
    """Move the past of the series of a group to the level or the direction after an event."""
    frequency, offset = scene.block.frequency, effect.offset
    rows = scene.began(offset)
    if not rows.size:
        return
    departure, years = _own_departure(scene, effect, rows)
    since = np.arange(offset) - offset
    if effect.event.kind == "level":
        moves = _bounded(effect.size + departure)[:, None] * np.ones(offset)
    else:
        reach = _BENT_YEARS[frequency] * frequency.per_year
        slope = effect.size + departure / max(years, 1.0)
        moves = _bounded(slope[:, None] * np.maximum(since, -reach) / frequency.per_year)
    started = np.arange(offset) >= scene.state.start[rows][:, None]
    moved = np.maximum(scene.use[rows, :offset] * np.exp(moves), 0.0)
    scene.use[rows, :offset] = np.where(started, moved, scene.use[rows, :offset])


def _own_departure(scene: _Scene, effect: Effect, rows: Rows) -> tuple[Array, float]:
    """How much more than its product a series moved, in logs, as far as its size can prove.

    The year after the event (of a slope: the last year) is compared with the year before. What
    departures vary beyond what counts of that size would by chance is the variance between series.

    Returns:
        The departure per row, and the years from the event to the middle of the later window.
    """
    season, periods = scene.block.frequency.per_year, scene.block.periods
    early = slice(max(effect.offset - season, scene.group.start), effect.offset)
    ends = min(effect.offset + season, periods) if effect.event.kind == "level" else periods
    late = slice(max(effect.offset, ends - season), ends)
    use = np.maximum(scene.use[rows] * scene.block.exposure[rows, periods - 1 : periods], 0.0)
    was, now = (use[:, span].mean(axis=1) for span in (early, late))
    known = scene.state.start[rows] <= early.start
    common = was[known].sum()
    growth = now[known].sum() / common if common > 0 else 1.0
    unit = scene.unit[rows]
    departure = np.log((now + unit) / (was * growth + unit))
    chance = unit / (now + unit) + unit / (was * growth + unit)
    weight = known / chance
    between = max(float((weight * (departure**2 - chance)).sum() / max(weight.sum(), _TINY)), 0.0)
    years = ((late.start + late.stop) / 2 - effect.offset) / season
    return np.where(known, departure * between / (between + chance), 0.0), years
