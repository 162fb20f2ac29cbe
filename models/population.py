"""Persons per area, year and age: counted, then projected, then a damped trend.

Deliveries differ in age bands, in how far they look ahead and in whether a projection is made per
district or for the municipality only. Everything is brought to one array, areas x years x bands,
whose bands are cut at every age where any delivered band begins or ends:

- a band's persons are spread over the bands it is cut into in proportion to what the other source
  (count or projection) says of those ages, else evenly over its single ages; an open top band runs
  to 120;
- the projection of the newest vintage of a municipality is chained to an area's own last count; a
  district without a projection of its own follows the growth of its municipality per age;
- unknown years in between are interpolated, those before the first count get the first count, and
  those after the last known year follow the damped trend of their last five years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.contract import file_named
from models.knowledge import known_days
from models.projection import Counts, chained, completed, ends, inside

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

OLDEST = 120
_SEXES = {"m": 1, "v": 2}  # all others: both together
_USED = (
    "municipality",
    "district",
    "year",
    "age_from",
    "age_to",
    "sex",
    "kind",
    "vintage",
    "known_from",
    "persons",
)


@dataclass(frozen=True)
class Persons:
    """Inhabitants on 1 January without holes.

    Attributes:
        areas: (municipality, district) -> row of ``values``; every municipality is an area too.
        years: consecutive years.
        edges: first age of each band, then the age after the last; shape (bands + 1,).
        values: persons, zero or more; shape (areas, years, bands).
        sources: municipality -> sentences that say where its coming years come from.
    """

    areas: dict[tuple[str, str], int]
    years: Whole
    edges: Whole
    values: Array
    sources: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Rows:
    """Delivered rows as numbers, the newest last; ``low`` and ``high`` are bands, high excluded."""

    area: Whole
    year: Whole
    low: Whole
    high: Whole
    sex: Whole
    persons: Array

    def where(self, chosen: Mask) -> _Rows:
        area, year, low, high, sex = (
            column[chosen] for column in (self.area, self.year, self.low, self.high, self.sex)
        )
        return _Rows(area, year, low, high, sex, self.persons[chosen])


@dataclass(frozen=True)
class _Axes:
    """What the arrays stand for; ``home`` is the row of the municipality of each area."""

    areas: list[tuple[str, str]]
    home: Whole
    years: Whole
    edges: Whole

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.areas), len(self.years), len(self.edges) - 1

    @property
    def own(self) -> Whole:
        return np.arange(len(self.areas), dtype=np.int64)


def persons_by_age(population: pd.DataFrame, years: Whole) -> Persons:
    """Return the persons per area, year and age band over at least the given years.

    Args:
        population: rows of the contract, known at the as-of date, at least one with persons.
        years: consecutive calendar years that must be covered.
    """
    frame, vintages = _chosen(population)
    axes, rows = _numbered(frame, years)
    projected = (frame["kind"] == "projected").to_numpy()
    counted, ahead = rows.where(~projected), rows.where(projected)
    source = _sources(axes, ahead)
    counts, coming = _brought_together(axes, counted, ahead, source)
    joined, reaches = chained(counts, coming, source)
    values = completed(joined)
    nothing = _without(axes, counted) & _without(axes, ahead)
    _sum_districts(values, axes, nothing)
    areas = {area: row for row, area in enumerate(axes.areas)}
    told = _told(axes, source, reaches, ~nothing, vintages)
    return Persons(areas, axes.years, axes.edges, values, told)


def _chosen(population: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Keep the counts and per municipality its newest projection; the newest rows come last."""
    frame = population.reindex(columns=list(_USED)).dropna(subset=["persons"])
    vintage = frame["vintage"].astype(object).where(frame["vintage"].notna(), "")
    frame = frame.assign(
        kind=frame["kind"].fillna("observed"),
        vintage=vintage,
        known_from=pd.to_datetime(frame["known_from"]),
        named=vintage.map(_named_days(vintage.unique().tolist())),
    )
    projected = frame["kind"] == "projected"
    newest = _newest(frame.loc[projected])
    of_newest = frame["vintage"].eq(frame["municipality"].map(newest))
    frame = frame.loc[~projected | of_newest]
    order = ["named", "known_from", "persons", "age_from"]
    return frame.sort_values(order, na_position="first"), newest


def _named_days(vintages: list[str]) -> dict[str, pd.Timestamp]:
    """Return the day that each vintage names, by the rule for what was known when."""
    asked = pd.DataFrame(
        {"vintage": vintages, "kind": "projected", "year": 2000, "known_from": pd.NaT}
    )
    days = known_days(file_named("population"), asked, {})
    return dict(zip(vintages, days, strict=True))


def _newest(projected: pd.DataFrame) -> dict[str, str]:
    """Return per municipality the vintage that names the latest day, then was known last."""
    each = projected.groupby(["municipality", "vintage"], as_index=False).agg(
        named=("named", "max"), known_from=("known_from", "max")
    )
    order = each.sort_values(["named", "known_from", "vintage"], na_position="first")
    last = order.drop_duplicates("municipality", keep="last")
    return dict(zip(last["municipality"], last["vintage"], strict=True))


def _numbered(frame: pd.DataFrame, years: Whole) -> tuple[_Axes, _Rows]:
    area, axes_areas, home = _areas(frame)
    year = frame["year"].to_numpy(dtype=np.int64)
    youngest = np.minimum(frame["age_from"].to_numpy(dtype=np.int64), OLDEST)
    after = np.minimum(frame["age_to"].to_numpy(dtype=np.int64), OLDEST) + 1
    after = np.maximum(after, youngest + 1)
    edges = np.union1d(youngest, after)
    covered = np.arange(min(year.min(), years[0]), max(year.max(), years[-1]) + 1, dtype=np.int64)
    rows = _Rows(
        area,
        year - covered[0],
        np.searchsorted(edges, youngest),
        np.searchsorted(edges, after),
        np.asarray(frame["sex"].map(_SEXES).fillna(0), dtype=np.int64),
        frame["persons"].to_numpy(dtype=float),
    )
    return _Axes(axes_areas, home, covered, edges), rows


def _areas(frame: pd.DataFrame) -> tuple[Whole, list[tuple[str, str]], Whole]:
    """Number the areas, in order: per row, their names, and the municipality of each."""
    towns, town_names = pd.factorize(frame["municipality"])
    districts, district_names = pd.factorize(frame["district"])
    pair, of_row = np.unique(towns * len(district_names) + districts, return_inverse=True)
    town, district = np.divmod(pair, len(district_names))
    named = [
        (str(town_names[a]), str(district_names[b])) for a, b in zip(town, district, strict=True)
    ]
    every = sorted({*named, *((str(name), str(name)) for name in town_names)})
    number = {area: at for at, area in enumerate(every)}
    home = np.array([number[name, name] for name, _ in every], dtype=np.int64)
    return np.array([number[area] for area in named])[of_row], every, home


def _without(axes: _Axes, rows: _Rows) -> Mask:
    """Tell which areas have none of the rows."""
    return np.asarray(np.bincount(rows.area, minlength=len(axes.areas)) == 0)


def _sources(axes: _Axes, ahead: _Rows) -> Whole:
    """Return the area whose projection each area follows: itself, its municipality, or -1."""
    there = ~_without(axes, ahead)
    return np.where(there, axes.own, np.where(there[axes.home], axes.home, -1))


def _brought_together(
    axes: _Axes, counted: _Rows, ahead: _Rows, source: Whole
) -> tuple[Counts, Array]:
    """Spread counts and projection over the common bands, each as the other says of its ages."""
    latest = _latest(axes, counted)
    rough = _spread(ahead, np.full((axes.shape[0], axes.shape[2]), np.nan), axes)
    covered = (source >= 0)[:, None] & np.asarray(np.isfinite(rough).any(axis=1))[source]
    says = np.where(covered, completed(rough)[source, latest], np.nan)
    known = _spread(counted, says, axes)
    counts = _counts(axes, known, _without(axes, counted))
    says = np.where(counts.last[:, 0] >= 0, counts.held[axes.own, latest], np.nan)
    return counts, inside(_spread(ahead, says, axes))


def _counts(axes: _Axes, known: Array, uncounted: Mask) -> Counts:
    """Complete the counts; a municipality that is not counted itself is all of its districts."""
    held, (first, last) = completed(known), ends(np.isfinite(known))
    _sum_districts(held, axes, uncounted)
    earliest, latest = first.copy(), last.copy()
    np.minimum.at(earliest, axes.home, first)
    np.maximum.at(latest, axes.home, last)
    whole = (uncounted & (axes.home == axes.own))[:, None, None]
    return Counts(held, np.where(whole, earliest, first), np.where(whole, latest, last))


def _latest(axes: _Axes, counted: _Rows) -> Whole:
    """Return the last counted year of each area, else of its municipality, as position."""
    latest, of_town = np.zeros((2, len(axes.areas)), dtype=np.int64)
    np.maximum.at(latest, counted.area, counted.year)
    np.maximum.at(of_town, axes.home[counted.area], counted.year)
    return np.where(_without(axes, counted), of_town[axes.home], latest)


def _spread(rows: _Rows, says: Array, axes: _Axes) -> Array:
    """Lay rows over areas x years x bands, NaN where no row is; of overlapping rows the newest.

    Args:
        rows: what to lay.
        says: persons per area and band to divide a wider row by; where it is silent (NaN) on a
            part of a row or counts nobody there, the row is spread evenly over its ages.
        axes: what the result stands for.
    """
    counts = rows.high - rows.low
    row = np.repeat(np.arange(len(counts)), counts)
    band = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts) + rows.low[row]
    ages = np.diff(axes.edges).astype(float)[band]
    part = says[rows.area[row], band]
    silent = ~(np.bincount(row, part, len(counts)) > 0)[row]
    part = np.where(silent, ages, part)
    part /= np.bincount(row, part, len(counts))[row]
    sexes = np.full((3 if rows.sex.any() else 1, *axes.shape), np.nan)
    sexes[rows.sex[row], rows.area[row], rows.year[row], band] = rows.persons[row] * part
    return _both_sexes(sexes)


def _both_sexes(sexes: Array) -> Array:
    """Count everybody once: the row of both sexes, else men and women where both are known."""
    if len(sexes) == 1:
        return np.asarray(sexes[0])
    everybody, men, women = sexes
    no_men, no_women = (~np.isfinite(sex).any(axis=1, keepdims=True) for sex in (men, women))
    added = np.where(no_women, men, np.where(no_men, women, men + women))
    return np.asarray(np.where(np.isfinite(everybody), everybody, added))


def _sum_districts(values: Array, axes: _Axes, missing: Mask) -> None:
    """Give municipalities without rows of their own the sum of their districts, in place."""
    for town in np.flatnonzero(missing & (axes.home == axes.own)):
        districts = (axes.home == town) & (axes.own != town)
        values[town] = values[districts].sum(axis=0)


def _told(
    axes: _Axes, source: Whole, reaches: Mask, delivered: Mask, vintages: dict[str, str]
) -> dict[str, tuple[str, ...]]:
    """Say per municipality what its coming years rest on."""
    told: dict[str, dict[str, None]] = {}
    for row in np.flatnonzero(delivered):
        town = axes.areas[row][0]
        vintage = vintages.get(town)
        named = f"vintage {vintage}" if vintage else "an unnamed vintage"
        if not reaches[row]:
            sentence = "no projection beyond the last count: each age band follows a damped trend"
        elif source[row] == row:
            sentence = f"projection of {named}, chained to the last count"
        else:
            sentence = f"municipal projection of {named} applied to the districts, per age"
        told.setdefault(town, {})[sentence] = None
    return {town: tuple(sentences) for town, sentences in told.items()}
