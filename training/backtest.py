"""Rolling origins, judged: errors per level and horizon, the simple baseline beside every score.

Bands are judged as they would have been published: at each origin the components are estimated from
what had happened by then, and paths are drawn from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from models import accuracy
from models.catalogue import ALL
from models.hierarchy import DISTRICT, PRODUCT, REPORTED_LEVELS, SERIES, Hierarchy
from models.members import BASELINE
from training.draw import FrameDrawing, components_at
from training.fanout import Fanout
from training.frame_fit import FrameFit, OriginFit

Array = npt.NDArray[np.float64]
QUANTILES = (0.1, 0.5, 0.9)
COLUMNS = (
    "level", "municipality", "district", "product", "measure", "frequency", "unit",
    "period_kind", "horizon", "horizon_months", "origins", "observations", "wape", "bias",
    "baseline", "baseline_wape", "pinball", "baseline_pinball", "coverage_80", "coverage_low",
    "coverage_high",
)  # fmt: skip


@dataclass(frozen=True)
class LevelErrors:
    """What was said and what happened, per group of a level, from one origin.

    Attributes:
        origin: periods that had passed.
        said, base, was: forecast, baseline and actual; shape (groups, spans); NaN = not judged.
        quantiles: P10, P50, P90 of the forecast, shape (3, groups, spans); None for single periods.
    """

    origin: int
    said: Array
    base: Array
    was: Array
    quantiles: Array | None

    def band(self, at: int, groups: slice, spans: slice) -> Array:
        """Return one of the quantiles of some groups and spans; NaN where there is no band."""
        if self.quantiles is None:
            return np.full(self.said[groups, spans].shape, np.nan)
        return self.quantiles[at, groups, spans]


Judged = dict[tuple[str, str, str], list[LevelErrors]]  # (measure, level, period kind)


@dataclass(frozen=True)
class _Origin:
    fit: FrameFit
    origin: int
    seed: int
    draws: int


def judge(fit: FrameFit, seed: int, fanout: Fanout, draws: int = 200) -> Judged:
    """Judge every origin of a frame but its end."""
    work = [_Origin(_seen(fit, origin), origin, seed, draws) for origin in fit.origins[:-1]]
    judged: Judged = {}
    for part in fanout.run(_judge_origin, work):
        for key, errors in part.items():
            judged.setdefault(key, []).append(errors)
    return judged


def _seen(fit: FrameFit, origin: int) -> FrameFit:
    """Leave what judging an origin does not look at: each goes to a worker, and waits for it."""
    nothing = np.empty((0, 0))
    fits = {
        (measure, at): replace(
            own,
            baseline=own.baseline if at == origin else nothing,
            direct=nothing,
            parts=nothing,
            outcome=[],
            reason=[],
            method=[],
        )
        for (measure, at), own in fit.fits.items()
        if at <= origin
    }
    known = {at: fit.known[at] for at in (origin, fit.end)}
    return FrameFit(
        fit.frame,
        fit.origins,
        known,
        fits,
        population=fit.population,
        price={at: fit.price[at] for at in (origin, fit.end)},
        price_log_sd={origin: fit.price_log_sd[origin]},
        outliers={at: fit.outliers[at] for at in (origin, fit.end)},
        open_months={key: own for key, own in fit.open_months.items() if key[1] == origin},
    )


def _judge_origin(work: _Origin) -> dict[tuple[str, str, str], LevelErrors]:
    fit, origin = work.fit, work.origin
    components = components_at(fit, origin)
    # A seed of its own per origin: the origins must not share their luck.
    drawing = FrameDrawing(fit, origin, components, work.seed + origin, work.draws)
    sums = _LevelPaths(fit, origin, work.draws)
    for row in range(len(fit.frame.keys)):
        sums.add(row, drawing.series(row))
    return {key: errors for measure in fit.frame.measures for key, errors in sums.errors(measure)}


class _LevelPaths:
    """Adds drawn series to yearly sums of every level."""

    def __init__(self, fit: FrameFit, origin: int, draws: int) -> None:
        self.fit, self.origin = fit, origin
        self.season = fit.frame.frequency.per_year
        self.paths: dict[tuple[str, str], Array] = {}
        self.known: dict[str, npt.NDArray[np.bool_]] = {}
        self.groups: dict[str, Hierarchy] = {}
        for measure in fit.frame.measures:
            hierarchy = fit.frame.hierarchy(measure)
            years = _ahead(fit, measure, origin).mean.shape[1] // self.season
            self.groups[measure] = hierarchy
            self.known[measure] = _known(fit, measure, origin, self.season)
            for level in REPORTED_LEVELS:
                shape = (hierarchy.size(level), years, draws)
                self.paths[measure, level] = np.zeros(shape)

    def add(self, row: int, drawn: dict[str, Array]) -> None:
        """Add the paths of one series to its groups, years that are known in full only."""
        for measure, paths in drawn.items():
            holder = int(self.fit.frame.links[measure].holder[row])
            known = self.known[measure][holder]
            years, ahead = len(known), paths[self.fit.fits[measure, self.origin].open :]
            blocks = ahead[: years * self.season].reshape(years, self.season, paths.shape[1])
            yearly = blocks.sum(axis=1)
            for level in REPORTED_LEVELS:
                group = self.groups[measure].groups[level][holder]
                self.paths[measure, level][group] += np.where(known[:, None], yearly, 0.0)

    def errors(self, measure: str) -> Iterator[tuple[tuple[str, str, str], LevelErrors]]:
        """Yield the errors of a measure per level, by year and by single period."""
        fit, hierarchy = self.fit, self.groups[measure]
        own = _ahead(fit, measure, self.origin)
        link = fit.frame.links[measure]
        said = link.to_record(own.mean)
        actual = fit.actual(measure, own)
        known = self.known[measure]
        by_year = [_yearly(part, self.season) for part in (said, own.baseline, actual)]
        single = np.isfinite(actual) & (link.to_record(own.live[:, None].astype(float)) > 0)
        for level in REPORTED_LEVELS:
            quantiles = np.quantile(self.paths[measure, level], QUANTILES, axis=-1)
            year = LevelErrors(
                self.origin, *_level_sums(by_year, known, hierarchy, level), quantiles
            )
            yield (measure, level, "year"), year
            sums = _level_sums([said, own.baseline, actual], single, hierarchy, level)
            yield (measure, level, "period"), LevelErrors(self.origin, *sums, None)


def _ahead(fit: FrameFit, measure: str, origin: int) -> OriginFit:
    """Return a forecast from its origin on: months that had passed are the nowcast's."""
    own = fit.fits[measure, origin]
    return replace(
        own,
        start=own.start + own.open,
        mean=own.mean[:, own.open :],
        baseline=own.baseline[:, own.open :],
    )


def _known(fit: FrameFit, measure: str, origin: int, season: int) -> npt.NDArray[np.bool_]:
    """Which years of which records were forecast and have ended: (series, years)."""
    own = _ahead(fit, measure, origin)
    live = fit.frame.links[measure].to_record(own.live[:, None].astype(float)) > 0
    return np.asarray(np.isfinite(_yearly(fit.actual(measure, own), season)) & live)


def _yearly(values: Array, season: int) -> Array:
    years = values.shape[1] // season
    blocks = values[:, : years * season].reshape(len(values), years, season)
    return np.asarray(blocks.sum(axis=2))


def _level_sums(
    parts: list[Array], known: npt.NDArray[np.bool_], hierarchy: Hierarchy, level: str
) -> tuple[Array, Array, Array]:
    judged = hierarchy.add_up(known.astype(float), level) > 0
    said, base, was = (
        np.where(judged, hierarchy.add_up(np.where(known, part, 0.0), level), np.nan)
        for part in parts
    )
    return said, base, was


def scored(fits: Sequence[FrameFit], judged: Sequence[Judged]) -> dict[str, list[Any]]:
    """Return the columns of ``accuracy.parquet`` over all frames; see `COLUMNS`."""
    table: dict[str, list[Any]] = {column: [] for column in COLUMNS}
    for fit, own in zip(fits, judged, strict=True):
        for column, values in accuracy_table(fit, own).items():
            table[column] += values
    return table


def accuracy_table(fit: FrameFit, judged: Judged) -> dict[str, list[Any]]:
    """Return the columns of ``accuracy.parquet`` for one frame; see `COLUMNS`."""
    table: dict[str, list[Any]] = {column: [] for column in COLUMNS}
    for (measure, level, kind), origins in sorted(judged.items()):
        hierarchy = fit.frame.hierarchy(measure)
        common = {"measure": measure, "frequency": str(fit.frame.frequency), "level": level}
        units = hierarchy.keys["unit"].unique()
        common["unit"] = str(units[0]) if len(units) == 1 else "units differ"
        per_span = fit.frame.frequency.months if kind == "period" else 12
        for horizon in range(origins[0].said.shape[1] + 1):
            scored = _scores(origins, slice(None), horizon)
            if scored is None:
                continue
            place = {"horizon": horizon, "horizon_months": horizon * per_span, "period_kind": kind}
            _append(table, common | place | scored)
        if kind == "year":
            for row in _details(hierarchy, level, origins):
                _append(table, common | {"horizon": 0, "horizon_months": 0} | row)
    return table


def _details(
    hierarchy: Hierarchy, level: str, origins: list[LevelErrors]
) -> Iterator[dict[str, Any]]:
    """Scores of each series, product and district by itself, over all years."""
    dimensions = {
        SERIES: ("municipality", "district", "product"),
        PRODUCT: ("product",),
        DISTRICT: ("municipality", "district"),
    }.get(level, ())
    if not dimensions:
        return
    _, first = np.unique(hierarchy.groups[level], return_index=True)
    for group, at in enumerate(first):
        scored = _scores(origins, slice(group, group + 1), 0)
        if scored is not None:
            names = {name: str(hierarchy.keys.at[at, name]) for name in dimensions}
            yield {"period_kind": "year"} | names | scored


def _scores(origins: list[LevelErrors], groups: slice, horizon: int) -> dict[str, Any] | None:
    """Score some groups at one horizon (0 = all); None where nothing was judged."""
    spans = slice(None) if horizon == 0 else slice(horizon - 1, horizon)
    said, base, was = (
        np.concatenate([getattr(errors, name)[groups, spans].ravel() for errors in origins])
        for name in ("said", "base", "was")
    )
    low, middle, high = (
        np.concatenate([errors.band(at, groups, spans).ravel() for errors in origins])
        for at in range(len(QUANTILES))
    )
    judged = np.isfinite(was) & np.isfinite(said)
    if not judged.any():
        return None
    inside = accuracy.coverage(was, low, high)
    used = sum(bool(np.isfinite(errors.was[groups, spans]).any()) for errors in origins)
    interval = accuracy.share_interval(inside, int(judged.sum()))
    return {
        "origins": used,
        "observations": int(judged.sum()),
        "wape": accuracy.wape(was, said),
        "bias": accuracy.bias(was, said),
        "baseline": BASELINE,
        "baseline_wape": accuracy.wape(was, base),
        "pinball": accuracy.scaled_pinball(was, low, middle, high),
        "baseline_pinball": float("nan"),
        "coverage_80": inside,
        "coverage_low": interval[0] if np.isfinite(inside) else float("nan"),
        "coverage_high": interval[1] if np.isfinite(inside) else float("nan"),
    }


def _append(table: dict[str, list[Any]], row: dict[str, Any]) -> None:
    for column in COLUMNS:
        table[column].append(row.get(column, ALL))
