"""Growth by cause: from a base year to each later year, parts that add up for every selection.

A figure is a product of factors. Clients are *expected use x use per expected use*; cost is that,
times *volume per client*, times *price per unit*. Each cause is what the base year would have
changed by if only its own factor had moved, the others as they were: demography (inhabitants by
age), use (clients per expected client), volume (per client), price (per unit), policy (dated events
of which the effect was measured). What they do together is a cause by name, the interaction: it
also holds what a small cell does by chance. The split is made per series, per sample path and in
whole hundredths, so that parts add up to the total for any selection and each has its own band.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from models.asking import DIMENSIONS, Selection, check, check_districts, chosen_series, units
from models.catalogue import ALL
from models.cells import rounded
from models.cube import FIGURES, SCALE, Floats, Ints, Paths
from models.edition import Edition
from models.errors import ParameterFault, SelectionError
from models.summing import quantiles

__all__ = [
    "CAUSES",
    "COLUMNS",
    "MEASURES_SPLIT",
    "PRICE_BASE",
    "Causes",
    "causes",
    "groups_of",
    "read_causes",
    "split",
]

CAUSES = ("demography", "use", "volume", "price", "policy", "interaction")
BASE, TOTAL = "base", "total"  # the figure of the base year, and that of the later one
MEASURES_SPLIT = ("clients", "cost")
PRICE_BASE = "nominal"  # cost is in euros of the year itself
COLUMNS = (*DIMENSIONS, "base_year", "year", "measure", "unit", "price_base", "cause", *FIGURES)
_LEVELS = (0.1, 0.5, 0.9)
Columns = dict[str, npt.NDArray[np.generic]]


def split(base: Ints, later: Ints, ratios: Mapping[str, Floats], begun: str = "use") -> Ints:
    """Return what each cause adds from a base year to a later one, shape (CAUSES, draws).

    Whole hundredths; they add up to ``later - base`` in every draw, and the mean of each over the
    draws is a whole hundredth where that of the figures is.

    Args:
        base: figure of the base year in whole hundredths, shape (draws,).
        later: figure of the later year, same shape.
        ratios: cause -> its factor in the later year over that in the base year, shape (draws,);
            causes that are left out had no part.
        begun: the cause of all growth in draws where the base year has no figure to grow from, or
            a ratio is not finite.

    Raises:
        ValueError: a ratio of something that is no cause, or of the interaction itself.
    """
    strange = set(ratios) - set(CAUSES[:-1])
    if strange:
        raise ValueError(f"no causes with a ratio: {', '.join(sorted(strange))}")
    usable = (base > 0) & np.all([np.isfinite(ratio) for ratio in ratios.values()], axis=0)
    effects = np.zeros((len(CAUSES), len(base)), dtype=np.int64)
    for cause, ratio in ratios.items():
        growth = np.where(usable, ratio, 1.0) - 1.0
        effects[CAUSES.index(cause)] = np.rint(base * growth)
    effects[CAUSES.index(begun), ~usable] = (later - base)[~usable]
    effects[:-1] = [whole_mean(effect) for effect in effects[:-1]]
    effects[-1] = later - base - effects[:-1].sum(axis=0)
    return effects


def whole_mean(values: Ints) -> Ints:
    """Move single draws by one, such that the mean is the whole number nearest to it."""
    draws = len(values)
    missing = round(float(values.mean())) * draws - int(values.sum())
    moved = values.copy()
    moved[: abs(missing)] += np.sign(missing)
    return moved


@dataclass(frozen=True, eq=False)
class Causes:
    """The split of one measure of an edition, mapped into memory.

    Attributes:
        measure: clients or cost.
        base_year: the year from which growth is counted.
        years: the later years.
        row: row of each series of the edition in ``paths``, -1 = it has no split.
        paths: (rows, 1 + years x causes, draws): the base year's figure, then the causes of each
            year; hundredths, of clients times the months of a year.
    """

    measure: str
    base_year: int
    years: tuple[int, ...]
    row: Ints
    paths: Paths


def read_causes(edition: Edition, measure: str) -> Causes:
    """Return the split of a measure.

    Raises:
        SelectionError: the edition has none, with the measures it has.
    """
    about = edition.manifest.get("drivers", {})
    if measure not in about.get("measures", ()):
        allowed = tuple(about.get("measures", ()))
        fault = ParameterFault("measure", measure, "is not split by cause in this edition", allowed)
        raise SelectionError(f"measure {measure!r} {fault.rule}", [fault])
    row, paths = edition.driver_paths(measure)
    return Causes(measure, int(about["base_year"]), tuple(about["years"]), row, paths)


def causes(edition: Edition, selection: Selection) -> Columns:
    """Split the growth of a selection by cause.

    Args:
        edition: an opened edition.
        selection: measure (clients or cost), filters and what is kept apart; years that begin
            between its start and end. Its frequency and bands are not used.

    Returns:
        The columns ``COLUMNS``, sorted by municipality, product, district and year; per group and
        year the rows ``base``, the causes, and ``total``. Figures in units (euros for cost). Per
        row ``mean`` adds up from base through the causes to total.

    Raises:
        SelectionError: the question has no honest answer; with every fault.
    """
    check(edition, selection)
    found = read_causes(edition, selection.measure)
    chosen = chosen_series(edition, selection)
    chosen = chosen[found.row[chosen] >= 0]
    check_districts(edition, selection, chosen)
    years = _years(found, selection)
    if not len(chosen) or not years:
        return _nothing()
    keys, group = groups_of(edition, selection, chosen)
    unit = units(edition, selection.measure, chosen, group, len(keys))
    sums = _sums(found, chosen, group, len(keys))
    divisor = SCALE * (12.0 if selection.measure == "clients" else 1.0)
    parts = [_year_figures(found, sums, year, divisor) for year in years]
    figures = np.stack(parts, axis=1)  # groups, years, causes with base and total, FIGURES
    return _columns(found, selection, keys, unit, years, figures)


def _years(found: Causes, selection: Selection) -> tuple[int, ...]:
    """Return the later years that begin between the bounds of the question."""
    begins = {year: date(year, 1, 1) for year in found.years}
    return tuple(
        year
        for year, day in begins.items()
        if (selection.start or day) <= day <= (selection.end or day)
    )


def groups_of(
    edition: Edition, selection: Selection, chosen: Ints
) -> tuple[list[dict[str, str]], Ints]:
    """Return the names of each group (``all`` where summed over), and the group of each series."""
    kept = [name for name in DIMENSIONS if name in selection.by]
    codes = np.zeros((len(chosen), len(kept)), dtype=np.int64)
    for at, name in enumerate(kept):
        codes[:, at] = edition.dimensions[name].codes[chosen]
    distinct, group = np.unique(codes, axis=0, return_inverse=True)
    names = [
        dict.fromkeys(DIMENSIONS, ALL)
        | {
            name: str(edition.dimensions[name].labels[code])
            for name, code in zip(kept, row, strict=True)
        }
        for row in distinct
    ]
    return names, np.asarray(group).reshape(-1)


def _sums(found: Causes, chosen: Ints, group: Ints, groups: int) -> Ints:
    """Add the series of each group: (groups, 1 + years x causes, draws)."""
    total = np.zeros((groups, *found.paths.shape[1:]), dtype=np.int64)
    for series, at in zip(chosen.tolist(), group.tolist(), strict=True):
        total[at] += found.paths[found.row[series]]
    return total


def _year_figures(found: Causes, sums: Ints, year: int, divisor: float) -> Floats:
    """Return base, causes and total of a year: (groups, 2 + causes, FIGURES), in units."""
    start = 1 + found.years.index(year) * len(CAUSES)
    parts = sums[:, [0, *range(start, start + len(CAUSES))]]
    rows = np.concatenate([parts, parts.sum(axis=1, keepdims=True)], axis=1)
    mean = rows.mean(axis=-1)
    low, middle, high = quantiles(rows, _LEVELS)
    return np.asarray(np.stack([low, middle, high, mean], axis=-1) / divisor)


def _columns(
    found: Causes,
    selection: Selection,
    keys: list[dict[str, str]],
    unit: npt.NDArray[np.object_],
    years: tuple[int, ...],
    figures: Floats,
) -> Columns:
    names = (BASE, *CAUSES, TOTAL)
    per_group = len(years) * len(names)
    count = len(keys) * per_group
    columns: Columns = {
        name: np.repeat(np.array([key[name] for key in keys], dtype=object), per_group)
        for name in DIMENSIONS
    }
    columns["base_year"] = np.full(count, found.base_year, dtype=np.int64)
    columns["year"] = np.tile(np.repeat(np.array(years, dtype=np.int64), len(names)), len(keys))
    columns["measure"] = np.full(count, selection.measure, dtype=object)
    columns["unit"] = np.repeat(unit, per_group)
    base = PRICE_BASE if selection.measure == "cost" else None
    columns["price_base"] = np.full(count, base, dtype=object)
    columns["cause"] = np.tile(np.array(names, dtype=object), len(keys) * len(years))
    flat = figures.reshape(count, len(FIGURES))
    return columns | {name: rounded(flat[:, at]) for at, name in enumerate(FIGURES)}


def _nothing() -> Columns:
    columns: Columns = {name: np.zeros(0, dtype=object) for name in COLUMNS}
    columns |= {name: np.zeros(0, dtype=np.int64) for name in ("base_year", "year")}
    return columns | {name: np.zeros(0) for name in FIGURES}
