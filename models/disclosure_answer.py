"""Answer a question from published cells, or say which questions they can answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.asking import Selection, check
from models.catalogue import ALL, Frequency, ordinal
from models.cube import FIGURES, Bools, Cube, Ints
from models.disclosure_table import Given, Layout
from models.errors import ParameterFault, SelectionError
from models.selection import COLUMNS, Columns

YEAR = Frequency.YEAR.value


@dataclass(frozen=True)
class Part:
    """The published cells of one measure in one municipality.

    Attributes:
        layout: rows, columns and years.
        given: figures as published, NaN where hidden.
        hidden: given to others, not here: (rows, columns, years).
    """

    layout: Layout
    given: Given
    hidden: Bools

    def products(self) -> set[str]:
        """Return the products that have the measure."""
        there = self.given.present[: len(self.layout.products), -1].any(axis=1)
        return {self.layout.products[at] for at in np.flatnonzero(there)}


def answer_from(
    edition: Cube, parts: Mapping[str, Mapping[str, Part]], selection: Selection
) -> Columns:
    """Answer a question; see ``models.disclosure.ProtectedCube.answer``."""
    check(edition, selection)
    _check_form(selection)
    wanted = selection.municipalities or tuple(parts)
    mine = [parts[name][selection.measure] for name in sorted(set(wanted))]
    if len(mine) > 1 and "municipality" not in selection.by:
        rule = "sums over municipalities are not given; keep them apart or ask for one"
        _refuse([ParameterFault("by", ",".join(selection.by), rule, ("municipality",))])
    blocks = [_rows(part, selection) for part in mine]
    columns = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return columns


def _check_form(selection: Selection) -> None:
    faults = []
    if selection.frequency not in (None, YEAR):
        rule = "is not given where small numbers are protected; ask by year"
        faults.append(ParameterFault("frequency", selection.frequency, rule, (YEAR,)))
    faults += [
        ParameterFault("level", f"{band:g}", "is not given where small numbers are protected", ())
        for band in selection.bands
    ]
    _refuse(faults)


def _rows(part: Part, selection: Selection) -> Columns:
    layout = part.layout
    rows, names = _table_rows(part, selection)
    columns, districts = _table_columns(layout, selection)
    years = _years(layout, selection)
    block = np.ix_(rows, columns, years)
    present = part.given.present[block]
    at, where, when = np.nonzero(present)
    year = layout.years[years][when] if len(years) else np.zeros(0, np.int64)
    municipality = layout.municipality if "municipality" in selection.by else ALL
    found: Columns = {
        "municipality": np.full(len(at), municipality, dtype=object),
        "product": names[at],
        "district": districts[where],
        "period": (year - 1970).astype("datetime64[Y]").astype("datetime64[D]"),
        "frequency": np.full(len(at), YEAR, dtype=object),
        "measure": np.full(len(at), selection.measure, dtype=object),
        "unit": part.given.units[np.ix_(rows, columns)][at, where],
        "kind": _KINDS[part.given.forecast[block][present].astype(np.int8)],
    }
    for name in FIGURES:
        found[name] = part.given.figures[name][block][present]
    assert tuple(found) == COLUMNS  # noqa: S101 - the columns of an exact answer, in their order
    return found | {"hidden": part.hidden[block][present]}


_KINDS = np.array(["actual", "forecast"], dtype=object)


def _table_rows(part: Part, selection: Selection) -> tuple[Ints, npt.NDArray[np.object_]]:
    """Return the rows of the table that are asked, and what each reads."""
    layout = part.layout
    wanted = set(selection.products)
    known = [p for p in layout.products if not wanted or p in wanted]
    if "product" in selection.by:
        return _indices(known, layout.products), _texts(known)
    there = part.products()
    asked, label = there & set(known), _texts([ALL])
    if asked == there:
        return np.array([layout.total]), label
    for row, members in enumerate(layout.parts[: layout.total]):
        summed = {layout.products[at] for at in np.flatnonzero(members)} & there
        is_law = row >= len(layout.products)
        if asked == summed and (not is_law or layout.rows[row][1]):
            return np.array([row]), label
    if not asked:
        return np.zeros(0, dtype=np.int64), _texts([])
    laws = tuple(law for law in layout.laws if law)
    rule = (
        "sums are given of one product, of all products of a law, or of all products; keep the "
        f"products apart (by product) or ask for one of these (laws: {', '.join(laws)})"
    )
    _refuse([ParameterFault("product", ",".join(sorted(wanted)), rule)])
    raise AssertionError  # _refuse raises


def _table_columns(layout: Layout, selection: Selection) -> tuple[Ints, npt.NDArray[np.object_]]:
    """Return the columns of the table that are asked, and what each reads."""
    wanted = set(selection.districts)
    known = [d for d in layout.districts if not wanted or d in wanted]
    if "district" in selection.by:
        return _indices(known, layout.districts), _texts(known)
    if len(known) == len(layout.districts):
        return np.array([len(layout.districts)]), _texts([ALL])
    if len(known) <= 1:
        return _indices(known, layout.districts), _texts([ALL] * len(known))
    rule = (
        "sums are given of one district or of all; keep the districts apart (by district) or ask "
        "for one or all of them"
    )
    _refuse([ParameterFault("district", ",".join(sorted(wanted)), rule)])
    raise AssertionError  # _refuse raises


def _years(layout: Layout, selection: Selection) -> Ints:
    low, high = int(layout.years[0]), int(layout.years[-1])
    if selection.start is not None:
        first = selection.start
        low = max(low, first.year + ((first.month, first.day) > (1, 1)))
    if selection.end is not None:
        high = min(high, ordinal(selection.end, Frequency.YEAR))
    return np.arange(low, high + 1) - int(layout.years[0])


def _indices(names: Iterable[str], known: tuple[str, ...]) -> Ints:
    return np.array([known.index(name) for name in names], dtype=np.int64)


def _texts(names: list[str]) -> npt.NDArray[np.object_]:
    return np.array([*names, None], dtype=object)[:-1]


def _refuse(faults: list[ParameterFault]) -> None:
    if faults:
        told = "; ".join(str(fault) for fault in faults)
        raise SelectionError(told, faults)
