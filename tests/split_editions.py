"""An edition for tests that splits growth by cause and knows what was declared so far.

To the edition of ``tests.editions`` it adds, from the same figures:

- the split of clients and cost of every series that is forecast, between the last whole year before
  the as-of date and every later one, by ratios drawn from a seed;
- ``nowcast``: of the months that have passed and have no actual yet, two fifths were declared (more
  was declared of ``VB`` than is expected, which happens before credits).

Its data ends on the as-of date, as that of an edition whose clients are known at once does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models.catalogue import Frequency, first_day, ordinal
from models.drivers import CAUSES, MEASURES_SPLIT, split
from models.edition import Edition, EditionContent, open_edition, write_edition
from tests.editions import Setting, approve, make_content

Ints = npt.NDArray[np.int64]
NOWCAST = pa.schema(
    [
        *((name, pa.string()) for name in ("municipality", "product", "district")),
        ("period", pa.date32()),
        ("declared_cents", pa.int64()),
    ]
)


def build_split_edition(
    editions: Path,
    *,
    municipality: str | tuple[str, ...] = "VB0001",
    as_of: date = date(2023, 12, 31),
    seed: int = 1,
    declarations: bool = True,
    approved: bool = True,
    invoiced: tuple[str, int, int] | None = None,
    **options: Any,  # noqa: ANN401 - passed on to Setting
) -> Path:
    """Write an edition and return its folder.

    Args:
        editions: where it goes.
        municipality: one code, or several for one delivery of several municipalities.
        as_of: last day of the year as of which it is made.
        seed: of all figures.
        declarations: whether it knows what was declared so far.
        approved: whether a person signed it.
        invoiced: product, month of the last year and cents: one more amount that was declared.
        options: as of ``tests.editions.build_edition``.
    """
    codes = (municipality,) if isinstance(municipality, str) else municipality
    setting = Setting(codes, as_of, seed, True, **options)
    plain = make_content(setting)
    plain = replace(plain, manifest={**plain.manifest, "data_until": as_of.isoformat()})
    beside = editions.parent / f"{editions.name}-plain"
    without = open_edition(write_edition(plain, beside), verify=False)
    folder = write_edition(
        _with_costs(plain, without, seed, _amounts(without, declarations, invoiced)), editions
    )
    if approved:
        approve(folder, as_of)
    return folder


def _with_costs(
    plain: EditionContent, edition: Edition, seed: int, declared: list[dict[str, Any]] | None
) -> EditionContent:
    base = plain.as_of.year - 1
    years = tuple(range(base + 1, date.fromisoformat(str(plain.manifest["until"])).year + 1))
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    drivers = {}
    for measure in (name for name in MEASURES_SPLIT if name in edition.tracks):
        drawn = np.flatnonzero(edition.tracks[measure].rows >= 0)
        if not len(drawn):
            continue
        drivers[measure] = np.array(
            [_split(edition, measure, int(at), base, years, rng) for at in drawn]
        )
        rows += [
            {name: edition.series[name][at] for name in ("municipality", "district", "product")}
            | {"measure": measure, "row": row}
            for row, at in enumerate(drawn.tolist())
        ]
    schema = pa.schema(
        [(n, pa.string()) for n in ("measure", "municipality", "district", "product")]
        + [("row", pa.int32())]
    )
    tables = {**plain.tables, "drivers": pa.Table.from_pylist(rows, schema=schema)}
    if declared is not None:
        tables["nowcast"] = pa.Table.from_pylist(declared, schema=NOWCAST)
    about = {"base_year": base, "years": list(years), "measures": list(drivers)}
    identity = {**plain.identity, "split": True, "declared": str(declared)}
    manifest = {**plain.manifest, "drivers": about}
    return replace(plain, identity=identity, manifest=manifest, tables=tables, drivers=drivers)


def _amounts(
    edition: Edition, declarations: bool, invoiced: tuple[str, int, int] | None
) -> list[dict[str, Any]] | None:
    if not declarations:
        return None
    rows = _declared(edition)
    if invoiced is not None:
        product, month, cents = invoiced
        place = edition.series["municipality"][0]
        period = date(date.fromisoformat(edition.manifest["data_until"]).year, month, 1)
        rows.append(dict(zip(NOWCAST.names, (place, product, place, period, cents), strict=True)))
    return rows


def _split(
    edition: Edition,
    measure: str,
    at: int,
    base: int,
    years: tuple[int, ...],
    rng: np.random.Generator,
) -> Ints:
    first = _year(edition, measure, at, base)
    parts = [first[None]]
    used = CAUSES[:-1] if measure == "cost" else ("demography", "use", "policy")
    for year in years:
        ratios = {cause: rng.lognormal(0.02, 0.02, len(first)) for cause in used}
        parts.append(split(first, _year(edition, measure, at, year), ratios))
    return np.concatenate(parts)


def _year(edition: Edition, measure: str, at: int, year: int) -> Ints:
    """Add the periods of a year of one series, per draw; clients times months."""
    track = edition.tracks[measure]
    frequency = list(Frequency)[edition.frequencies[at]]
    calendar, axis = edition.calendars[frequency], edition.axes[frequency]
    total = np.zeros(track.paths.shape[2], dtype=np.int64)
    for period in ordinal(date(year, 1, 1), frequency) + np.arange(frequency.per_year):
        if track.first[at] <= period <= track.data_until[at]:
            total += track.known[at, period - calendar.first]
        elif track.data_until[at] < period <= track.last[at]:
            total += track.paths[track.rows[at], period - axis.first]
    return total * (frequency.months if measure == "clients" else 1)


def _declared(edition: Edition) -> list[dict[str, Any]]:
    """Return what was declared of months that have passed and are not known yet."""
    track, calendar = edition.tracks["cost"], edition.axes[Frequency.MONTH]
    end = ordinal(date.fromisoformat(edition.manifest["data_until"]), Frequency.MONTH)
    found: dict[tuple[str, str, int], int] = {}
    for at in np.flatnonzero((track.rows >= 0) & (edition.frequencies == 0)).tolist():
        place = edition.series["municipality"][at], edition.series["product"][at]
        share = 1.1 if place[1] == "VB" else 0.4
        for period in range(max(track.data_until[at] + 1, calendar.first, end - 2), end + 1):
            mean = track.paths[track.rows[at], period - calendar.first].mean()
            key = (*place, period)
            found[key] = found.get(key, 0) + int(share * mean)
    return [
        {
            "municipality": municipality,
            "product": product,
            "district": municipality,
            "period": first_day(period, Frequency.MONTH),
            "declared_cents": cents,
        }
        for (municipality, product, period), cents in sorted(found.items())
    ]
