"""Masks: what readers without the right to small numbers never see, from edition to edition.

A mask hides nodes (a product, law or everything in a district or everywhere) in all years at once:
a cell that is small in one year stays hidden in the others, so that nobody interpolates. It only
grows: what was hidden in an edition is hidden in every later one.

Sums are withheld as well, by year, where an earlier edition counted other things under the same
name: the difference of both sums would be the figure of what was added or left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from models.cube import Bools, Ints
from models.disclosure_flow import hide_enough
from models.disclosure_rectangles import Needs
from models.disclosure_table import LEVELS, MONTHS, Counts, Given, Layout
from models.errors import EditionError

SCHEMA = pa.schema(
    [
        ("entry", pa.string()),  # hidden, withheld or leaf
        ("municipality", pa.string()),
        ("level", pa.string()),
        ("product", pa.string()),  # code of the product, label of the law, or all
        ("district", pa.string()),
        ("law", pa.string()),  # of a leaf
        ("year", pa.int32()),
        ("months", pa.int32()),  # of a leaf: for how many it runs
        ("actual", pa.bool_()),  # of a leaf: some of them are actual
    ]
)
Node = tuple[str, str, str, str]  # municipality, level, product, district


@dataclass(frozen=True)
class Rules:
    """What is small, how figures are rounded, and how wide an attacker must be left.

    Attributes:
        threshold: a count below it is small; a small cell must be possible anywhere from zero to
            the threshold.
        width: how far below (or down to zero) and above its value any other hidden cell must be
            possible, in clients.
        bases: figures are rounded to a multiple: clients, units of volume, euros.
    """

    threshold: float = 10.0
    width: float = 5.0
    bases: tuple[tuple[str, float], ...] = (("clients", 5.0), ("volume", 10.0), ("cost", 1000.0))


@dataclass(frozen=True)
class Leaf:
    """What an edition counted: one product in one district in one year.

    Attributes:
        law: it fell under.
        months: of the year.
        actual: some of them were actual.
    """

    law: str
    months: int
    actual: bool


@dataclass(frozen=True)
class Mask:
    """What is hidden of an edition and of all before it.

    Attributes:
        hidden: nodes, in all years.
        withheld: nodes and years of which the sum counts other things than it did before.
        leaves: what the latest edition counted, by municipality, product, district and year.
    """

    hidden: frozenset[Node]
    withheld: frozenset[tuple[Node, int]]
    leaves: dict[tuple[str, str, str, int], Leaf]

    def table(self) -> pa.Table:
        """Return the mask as a table with ``SCHEMA``, sorted; to be kept with its edition."""
        rows: list[dict[str, Any]] = []
        for node in sorted(self.hidden):
            rows.append(_row("hidden", node))
        for node, year in sorted(self.withheld):
            rows.append(_row("withheld", node, year=year))
        for (municipality, product, district, year), leaf in sorted(self.leaves.items()):
            node = (municipality, "product", product, district)
            told = {"law": leaf.law, "months": leaf.months, "actual": leaf.actual}
            rows.append(_row("leaf", node, year=year, **told))
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    @classmethod
    def from_table(cls, table: pa.Table) -> Mask:
        """Read a mask.

        Raises:
            EditionError: the table is no mask.
        """
        if not table.schema.equals(SCHEMA):
            raise EditionError("this table is no mask of small numbers")
        hidden: set[Node] = set()
        withheld: set[tuple[Node, int]] = set()
        leaves = {}
        for row in table.to_pylist():
            node = (row["municipality"], row["level"], row["product"], row["district"])
            if row["entry"] == "leaf":
                key = (node[0], node[2], node[3], row["year"])
                leaves[key] = Leaf(row["law"], row["months"], row["actual"])
            elif row["entry"] == "withheld":
                withheld.add((node, row["year"]))
            elif row["entry"] == "hidden" and node[1] in LEVELS:
                hidden.add(node)
            else:
                raise EditionError(f"a mask of small numbers has no entry {row['entry']!r}")
        return cls(frozenset(hidden), frozenset(withheld), leaves)


def _row(entry: str, node: Node, **others: object) -> dict[str, Any]:
    names = ("municipality", "level", "product", "district")
    return {"entry": entry, **dict(zip(names, node, strict=True)), **others}


def find_needs(layout: Layout, counts: Counts, given: Given, rules: Rules) -> tuple[Needs, Bools]:
    """Return what must be left possible of each node and year, and which nodes are small.

    A year that is not whole is judged by the months in which the series runs. Of a forecast both
    the mean and the middle count.
    """
    months = layout.largest(counts.months)
    value = layout.summed(counts.mean)
    part = np.minimum(months, MONTHS) / MONTHS
    middle = np.where(given.present, given.figures["p50"], np.inf)
    runs = months > 0
    small = runs & ((value < rules.threshold * part) | (middle < rules.threshold))
    width = np.full(layout.shape, rules.width)
    up = np.where(small, np.maximum(rules.threshold * part - value, width), width)
    down = np.where(small, value, np.minimum(width, value))
    return Needs(value, runs, up, down), np.asarray(small.any(axis=2))


def make_mask(parts: Iterable[tuple[Layout, Counts, Needs, Bools]], earlier: Mask | None) -> Mask:
    """Find the mask of an edition.

    Args:
        parts: per municipality its table, counts, needs and small nodes.
        earlier: the mask of the edition before it, of which every earlier one is part.
    """
    earlier = earlier or Mask(frozenset(), frozenset(), {})
    hidden, withheld = set(earlier.hidden), set(earlier.withheld)
    leaves: dict[tuple[str, str, str, int], Leaf] = {}
    for layout, counts, needs, small in parts:
        start = small | hidden_nodes(layout, earlier)
        found = hide_enough(layout, needs, start)
        hidden |= {_node(layout, r, c) for r, c in np.argwhere(found).tolist()}
        mine = _leaves(layout, counts)
        leaves |= mine
        withheld |= _changed(layout, counts, found, earlier)
    return Mask(frozenset(hidden), frozenset(withheld), leaves)


def hidden_nodes(layout: Layout, mask: Mask) -> Bools:
    """Return which nodes of a table a mask hides: (rows, columns)."""
    found = np.zeros(layout.shape[:2], dtype=np.bool_)
    for row, column in np.ndindex(*found.shape):
        found[row, column] = _node(layout, row, column) in mask.hidden
    return found


def withheld_sums(layout: Layout, mask: Mask) -> Bools:
    """Return which sums are withheld in which years: (rows, columns, years)."""
    found = np.zeros(layout.shape, dtype=np.bool_)
    rows = {name: at for at, name in enumerate(layout.rows)}
    columns = {name: at for at, name in enumerate(layout.columns)}
    for (municipality, level, product, district), year in mask.withheld:
        row, column = rows.get((level, product)), columns.get(district)
        at = year - int(layout.years[0])
        known = municipality == layout.municipality and 0 <= at < len(layout.years)
        if known and row is not None and column is not None:
            found[row, column, at] = True
    return found


def covers(layout: Layout, counts: Counts, mask: Mask) -> bool:
    """Tell whether a mask was made for exactly these cells."""
    mine = {key: leaf for key, leaf in mask.leaves.items() if key[0] == layout.municipality}
    return mine == _leaves(layout, counts)


def _node(layout: Layout, row: int, column: int) -> Node:
    level, name = layout.rows[row]
    return layout.municipality, level, name, layout.columns[column]


def _leaves(layout: Layout, counts: Counts) -> dict[tuple[str, str, str, int], Leaf]:
    found = {}
    for row, column, at in np.argwhere(counts.months > 0).tolist():
        product, year = layout.products[row], int(layout.years[at])
        leaf = Leaf(
            layout.laws[layout.law_of[row]],
            int(counts.months[row, column, at]),
            bool(counts.actual[row, column, at]),
        )
        found[layout.municipality, product, layout.districts[column], year] = leaf
    return found


def _changed(layout: Layout, counts: Counts, hidden: Bools, earlier: Mask) -> set[tuple[Node, int]]:
    """Return the sums that differ from their earlier ones by something hidden."""
    before = {
        key[1:]: leaf for key, leaf in earlier.leaves.items() if key[0] == layout.municipality
    }
    now = {key[1:]: leaf for key, leaf in _leaves(layout, counts).items()}
    shared = {year for (_, _, year), leaf in before.items() if leaf.actual}
    secret = _secret(layout, hidden, earlier)
    found = set()
    for year in sorted(shared & set(layout.years.tolist())):
        was = _sums({key[:2]: leaf for key, leaf in before.items() if key[2] == year})
        has = _sums({key[:2]: leaf for key, leaf in now.items() if key[2] == year})
        old = {leaf for leaf, _ in was.get(("all", "all", "all"), set())}
        for name, members in has.items():
            if name in was:
                unlike = {leaf for leaf, _ in members ^ was[name]}
            else:  # a new name for old figures; wholly new ones subtract from nothing
                names = {leaf for leaf, _ in members}
                unlike = names if names & old else set()
            if unlike & secret:
                found.add(((layout.municipality, *name), year))
    return found


def _sums(
    leaves: dict[tuple[str, str], Leaf],
) -> dict[tuple[str, str, str], set[tuple[tuple[str, str], int]]]:
    """Return what each sum counts: its leaves with their months."""
    found: dict[tuple[str, str, str], set[tuple[tuple[str, str], int]]] = {}
    for (product, district), leaf in leaves.items():
        for row in (("product", product), ("law", leaf.law), ("all", "all")):
            for column in (district, "all"):
                if (row[0], column) != ("product", district):
                    found.setdefault((*row, column), set()).add(((product, district), leaf.months))
    return found


def _secret(layout: Layout, hidden: Bools, earlier: Mask) -> set[tuple[str, str]]:
    """Return the leaves that are hidden now or were before."""
    found = {
        (node[2], node[3])
        for node in earlier.hidden
        if node[0] == layout.municipality and node[1] == "product" and node[3] != "all"
    }
    rows: Ints = np.argwhere(hidden[: len(layout.products), :-1])
    return found | {(layout.products[r], layout.districts[c]) for r, c in rows.tolist()}
