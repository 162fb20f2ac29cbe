"""Tables made into editions, and an attacker who knows all that a reader can see of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.optimize import linprog

from models.catalogue import Frequency
from models.cube import SERIES_SCHEMA, Cube, Floats, build_cube
from models.disclosure import ProtectedCube
from models.edition import Edition
from models.selection import Actuals, Columns, Selection, answer, with_actuals

Cell = tuple[str, str]  # product, district
Node = tuple[str, str, str]  # level, product or law, district
HALF = {"clients": 2.5, "volume": 5.0, "cost": 500.0}


def edition_of(
    cells: Mapping[Cell, Iterable[float | None]],
    laws: Mapping[str, str],
    *,
    first: int = 2020,
    price: Mapping[str, float] | None = None,
    municipality: str = "VB0001",
) -> Edition:
    """Return an edition of actual years: clients, and cost where prices are given.

    Args:
        cells: clients per year, from the first year on; None before the start of a series.
        laws: law per product.
        first: the first year.
        price: cost per client per product.
        municipality: its code; a district of that name is the unknown one.
    """
    measures = ("clients", "cost") if price else ("clients",)
    rows, grids = [], []
    for at, ((district, product), values) in enumerate(
        sorted(((d, p), list(v)) for (p, d), v in cells.items())
    ):
        start = sum(value is None for value in values)
        known = np.array([[value for value in values if value is not None]], dtype=float)
        row: dict[str, Any] = {"municipality": municipality, "district": district}
        row |= {"product": product, "frequency": "year", "clients_basis": "stock"}
        for measure in ("clients", "volume", "cost"):
            row[f"row_{measure}"] = -1
            if measure in measures:
                last = date(first + len(values) - 1, 1, 1)
                row |= {f"from_{measure}": date(first + start, 1, 1), f"until_{measure}": last}
                row[f"data_until_{measure}"] = last
                worth = known * (price or {}).get(product, 0) if measure == "cost" else known
                index = np.array([at])
                grids.append(Actuals(measure, Frequency.YEAR, index, first + start, worth * 100))
        rows.append(row)
    series = pa.Table.from_pylist(rows, schema=SERIES_SCHEMA)
    cube = with_actuals(build_cube(series, {}, {}, measures), grids)
    return Edition(
        **{part.name: getattr(cube, part.name) for part in fields(Cube)},
        folder=Path("nowhere"),
        manifest={"edition_id": "test"},
        products=[{"product": code, "law": law} for code, law in sorted(laws.items())],
        districts=[],
    )


def questions(edition: Edition, measure: str = "clients") -> list[tuple[str, str, Selection]]:
    """Return every table that can be asked: level, law, question."""
    laws: dict[str, list[str]] = {}
    there = set(edition.series["product"])
    for row in edition.products:
        if row["product"] in there:
            laws.setdefault(row["law"], []).append(row["product"])
    found = []
    for by in (("municipality",), ("municipality", "district")):
        found.append(("product", "", Selection(measure, by=(*by, "product"), frequency="year")))
        found.append(("all", "all", Selection(measure, by=by, frequency="year")))
        for law, products in laws.items():
            question = Selection(measure, products=tuple(products), by=by, frequency="year")
            found.append(("law", law, question))
    return found


def year_of(rows: Columns) -> list[int]:
    return [int(day.astype("datetime64[Y]").astype(int)) + 1970 for day in rows["period"]]


@dataclass
class Seen:
    """Nodes of one municipality and year: what they read, and whether they are hidden."""

    figures: dict[tuple[Node, int], float] = field(default_factory=dict)
    hidden: set[tuple[Node, int]] = field(default_factory=set)


def seen(cube: ProtectedCube, measure: str = "clients", *, exact: bool = False) -> Seen:
    """Collect all that a reader sees; exactly, for an attacker to whom rounding is no obstacle."""
    found = Seen()
    for level, law, question in questions(cube.edition, measure):
        rows = cube.answer(question)
        true = answer(cube.edition, question) if exact else rows
        for at, year in enumerate(year_of(rows)):
            name = rows["product"][at] if level == "product" else law
            key = ((level, name, rows["district"][at]), year)
            if rows["hidden"][at]:
                found.hidden.add(key)
            else:
                found.figures[key] = float(true["mean"][at])
    return found


def truth(
    edition: Edition, measure: str = "clients"
) -> dict[tuple[Node, int], tuple[float, float]]:
    """Return the mean and the middle of every node and year."""
    found = {}
    for level, law, question in questions(edition, measure):
        rows = answer(edition, question)
        for at, year in enumerate(year_of(rows)):
            name = rows["product"][at] if level == "product" else law
            key = ((level, name, rows["district"][at]), year)
            found[key] = (float(rows["mean"][at]), float(rows["p50"][at]))
    return found


def running(edition: Edition, year: int, measure: str = "clients") -> list[tuple[str, str, str]]:
    """Return product, district and law of the series that run in a year: no secret."""
    law = {row["product"]: row["law"] for row in edition.products}
    series = edition.series
    begin, end = (
        series[f"{part}_{measure}"].astype("datetime64[Y]").astype(int) + 1970
        for part in ("from", "until")
    )
    there = (begin <= year) & (year <= end) & edition.tracks[measure].present
    return [
        (series["product"][at], series["district"][at], law[series["product"][at]])
        for at in np.flatnonzero(there)
    ]


class Attacker:
    """Who knows which series run when, and that no count is below zero; one year at a time."""

    def __init__(self, year: int, *editions: Edition, measure: str = "clients") -> None:
        known: dict[Cell, tuple[str, str, str]] = {}
        for edition in editions:
            known |= {cell[:2]: cell for cell in running(edition, year, measure)}
        self.cells = list(known.values())
        self.year = year
        self.weights: list[Floats] = []
        self.bounds: list[tuple[float, float]] = []

    def of(self, node: Node, among: set[Cell] | None = None) -> Floats:
        """Mark the cells that a node sums, of those that an edition counts."""
        level, name, district = node
        return np.array(
            [
                float(
                    district in ("all", cell[1])
                    and (level == "all" or name == cell[0 if level == "product" else 2])
                    and (among is None or cell[:2] in among)
                )
                for cell in self.cells
            ]
        )

    def learn(
        self,
        found: Seen,
        half: float,
        *,
        among: set[Cell] | None = None,
        price: Mapping[str, float] | None = None,
    ) -> None:
        """Take in the published nodes of this year, right to within half a base."""
        worth = np.array([price[cell[0]] if price else 1.0 for cell in self.cells])
        for (node, year), value in found.figures.items():
            if year == self.year:
                self.weights.append(self.of(node, among) * worth)
                self.bounds.append((value - half, value + half))

    def interval(self, node: Node, among: set[Cell] | None = None) -> tuple[float, float]:
        """Return the least and the most that a node can be."""
        weights, bounds = np.array(self.weights), np.array(self.bounds)
        rows = np.concatenate([weights, -weights]) if len(weights) else None
        limits = np.concatenate([bounds[:, 1], -bounds[:, 0]]) if len(bounds) else None
        ends = []
        for sign in (1.0, -1.0):
            aim = sign * self.of(node, among)
            done = linprog(aim, A_ub=rows, b_ub=limits, bounds=(0, None), method="highs")
            if done.status == 3:  # unbounded
                ends.append(-np.inf)
                continue
            assert done.status == 0, done.message
            ends.append(float(done.fun))
        return ends[0], -ends[1]


def required(mean: float, middle: float) -> tuple[float, float]:
    """Return the interval that an attacker may not narrow, as the document states it."""
    if mean < 10 or middle < 10:
        return 0.0, max(10.0, mean + 5)
    return max(0.0, mean - 5), mean + 5
