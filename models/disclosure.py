"""What readers see who have no right to small numbers: one protected cube per edition.

Every answer to such a reader is taken from the published cells of this cube and from nothing else:
products, laws and everything, in a district or in all of them, per year. Counts below the threshold
are hidden, so is what would give them away by subtraction, and the rest is rounded. What is proved,
against whom, and what it costs: ``docs/disclosure.md``.

- Hidden are nodes of the table in all years (``models.disclosure_mask``); which, is found by flows
  (``models.disclosure_flow``) for an attacker who would know the published figures exactly.
- Volume and cost are hidden with their clients. Sums over products in a district are not given for
  them where one of the products is hidden: with the cost per client, which is public, cost and
  clients together would give two equations for the same two unknowns.
- Where clients are not known, volume and cost are given for the municipality only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from models.cube import Bools, Floats
from models.disclosure_answer import Part, answer_from
from models.disclosure_flow import too_narrow
from models.disclosure_mask import (
    Mask,
    Rules,
    covers,
    find_needs,
    hidden_nodes,
    make_mask,
    withheld_sums,
)
from models.disclosure_table import (
    Given,
    Layout,
    client_counts,
    exact_figures,
    layouts,
    running_years,
)
from models.edition import Edition
from models.errors import EditionError
from models.selection import Columns, Selection

__all__ = ["Mask", "ProtectedCube", "Rules", "protect", "publish", "weak_spots"]

USUAL = Rules()


@dataclass(frozen=True, eq=False)
class ProtectedCube:
    """The published cells of an edition.

    Attributes:
        edition: whose they are; its figures are no longer asked.
        mask: what is hidden, to be kept and handed to the next edition.
        parts: the cells by municipality and measure.
    """

    edition: Edition
    mask: Mask
    parts: Mapping[str, Mapping[str, Part]]

    def answer(self, selection: Selection) -> Columns:
        """Answer a question from published cells only.

        Args:
            selection: by year (or without a frequency); without further bands; of single products,
                one law or everything, and of single districts or all of them.

        Returns:
            The columns of ``models.selection.answer`` and ``hidden``; the figures of a hidden row
            are NaN, and so is a single figure of a forecast that lies below the threshold.

        Raises:
            SelectionError: a question that published cells cannot answer, saying what can be asked.
        """
        return answer_from(self.edition, self.parts, selection)

    def mask_table(self) -> pa.Table:
        """Return the mask as a table, to be kept in the state of the edition."""
        return self.mask.table()


def protect(edition: Edition, earlier: Mask | None, rules: Rules = USUAL) -> ProtectedCube:
    """Decide what of an edition is hidden, and return what is published.

    The same edition, mask and rules give the same cube. Takes seconds; the mask is kept, and
    ``publish`` makes the cube again from it in a fraction.

    Args:
        edition: an opened edition.
        earlier: the mask of the edition that readers saw before it; None for the first.
        rules: threshold, widths and bases.
    """
    found = layouts(edition)
    clients = exact_figures(edition, found, "clients") if "clients" in edition.tracks else {}
    parts = []
    for layout in found:
        counts = client_counts(edition, layout)
        given = clients.get(layout.municipality) or _nothing(layout)
        parts.append((layout, counts, *find_needs(layout, counts, given, rules)))
    return publish(edition, make_mask(parts, earlier), rules)


def publish(edition: Edition, mask: Mask, rules: Rules = USUAL) -> ProtectedCube:
    """Return what is published of an edition under a mask that was made for it.

    Raises:
        EditionError: the mask was made for other cells, or leaves a small one in sight.
    """
    found = layouts(edition)
    given = {measure: exact_figures(edition, found, measure) for measure in edition.tracks}
    parts = {}
    for layout in found:
        name = layout.municipality
        mine = {measure: figures[name] for measure, figures in given.items()}
        if not covers(layout, client_counts(edition, layout), mask):
            raise EditionError(f"the mask of small numbers is not that of {edition.edition_id}")
        runs = {measure: running_years(edition, layout, measure) for measure in mine}
        parts[name] = _published(layout, mine, runs, mask, rules)
    return ProtectedCube(edition, mask, parts)


def weak_spots(edition: Edition, mask: Mask, rules: Rules = USUAL) -> list[tuple[str, str, int]]:
    """Return municipality, node and year of what can be found too well under a mask.

    An audit of a mask from elsewhere; empty for what ``protect`` made.
    """
    found, weak = layouts(edition), []
    clients = exact_figures(edition, found, "clients") if "clients" in edition.tracks else {}
    for layout in found:
        given = clients.get(layout.municipality) or _nothing(layout)
        needs, small = find_needs(layout, client_counts(edition, layout), given, rules)
        hidden = hidden_nodes(layout, mask)
        faults = [(r, c, -1) for r, c in np.argwhere(small & ~hidden).tolist()]
        for row, column, at in [*faults, *too_narrow(layout, needs, hidden)]:
            node = f"{layout.rows[row][1]} x {layout.columns[column]}"
            weak.append((layout.municipality, node, int(layout.years[at])))
    return weak


def _nothing(layout: Layout) -> Given:
    empty = np.zeros(layout.shape, np.bool_)
    figures = {"p50": np.full(layout.shape, np.nan)}
    return Given(empty, empty, figures, np.full(layout.shape[:2], None, dtype=object))


def _published(
    layout: Layout,
    given: Mapping[str, Given],
    runs: Mapping[str, Bools],
    mask: Mask,
    rules: Rules,
) -> dict[str, Part]:
    masked = np.broadcast_to(hidden_nodes(layout, mask)[:, :, None], layout.shape)
    clients = given.get("clients") or _nothing(layout)
    withheld = withheld_sums(layout, mask)
    shown = clients.present & ~masked
    _check(shown, clients, rules)
    parts = {}
    for measure, figures in given.items():
        if measure == "clients":
            hidden = masked | withheld
        else:
            hidden = _hidden_with(layout, figures.present, runs[measure], masked, shown)
            hidden |= withheld
        parts[measure] = _part(layout, figures, hidden & figures.present, measure, rules)
    return parts


def _check(shown: Bools, clients: Given, rules: Rules) -> None:
    for name in ("mean", "p50"):
        if name in clients.figures and np.any(clients.figures[name][shown] < rules.threshold):
            raise EditionError("the mask of small numbers leaves a small one in sight")


def _hidden_with(layout: Layout, present: Bools, runs: Bools, masked: Bools, shown: Bools) -> Bools:
    """Return what is hidden of volume or cost: (rows, columns, years).

    Args:
        layout: the table.
        present: rows of the exact answer.
        runs: (products, districts, years), which stand in the sums, given or not.
        masked: what the mask hides.
        shown: published counts of clients.
    """
    products = len(layout.products)
    leaves, hidden = np.s_[:products, :-1], masked.copy()
    alone = _municipal_only(layout, runs)
    hidden[leaves] |= ~shown[leaves] | alone[:, None, None]
    secret = np.asarray(masked[leaves] & runs)
    kept = np.asarray((present & hidden)[leaves] | secret)
    for row in range(products, layout.total + 1):  # sums over products in a district
        hidden[row, :-1] |= kept[layout.parts[row]].any(axis=0)
    # the last one missing of a sum is found by subtraction; a municipal sum is no sum of districts
    single = (np.count_nonzero(kept, axis=1) == 1) & secret.any(axis=1)
    hidden[:products, -1] |= single & ~alone[:, None]
    missing = hidden[:products, -1] & runs.any(axis=1)
    for row in range(products, layout.total):
        hidden[row, -1] |= np.count_nonzero(missing[layout.parts[row]], axis=0) == 1
    missing = np.asarray(present & hidden)[products : layout.total, -1]
    hidden[-1, -1] |= np.count_nonzero(missing, axis=0) == 1
    return hidden


def _municipal_only(layout: Layout, runs: Bools) -> Bools:
    """Tell which products have a measure for the municipality as a whole only: (products,)."""
    there = np.asarray(runs.any(axis=2))
    if layout.municipality not in layout.districts:
        return np.zeros(len(layout.products), dtype=np.bool_)
    unknown = layout.districts.index(layout.municipality)
    return np.asarray(there[:, unknown] & (there.sum(axis=1) == 1))


def _part(layout: Layout, given: Given, hidden: Bools, measure: str, rules: Rules) -> Part:
    base = dict(rules.bases)[measure]
    least = rules.threshold if measure == "clients" else 0.0
    figures = {name: _rounded(values, base) for name, values in given.figures.items()}
    for name, values in figures.items():
        values[hidden | (given.figures[name] < least) | (values < least)] = np.nan
    return Part(layout, replace(given, figures=figures), hidden)


def _rounded(values: Floats, base: float) -> Floats:
    """Round to a multiple, halves up."""
    return np.asarray(np.floor(values / base + 0.5) * base)
