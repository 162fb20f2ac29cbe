"""What a question may be: codes that exist, one frequency, units that add."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from models.catalogue import (
    ALL,
    CLIENTS_UNIT,
    COMBINATIONS_UNIT,
    COST_UNIT,
    UNSTATED_UNIT,
    Frequency,
    coarsest,
)
from models.cube import Cube, Ints
from models.errors import ParameterFault, SelectionError
from models.question import Parts

DIMENSIONS = ("municipality", "product", "district")


@dataclass(frozen=True)
class Selection:
    """A question to an edition.

    Attributes:
        measure: clients, volume or cost.
        municipalities: codes; empty = all. Likewise products and districts.
        by: which of municipality, product and district are kept apart; the others are summed.
        frequency: of the periods; None = the coarsest base frequency of what is selected;
            ``all`` = time is summed over too.
        start: periods from this first day on.
        end: periods up to and including this first day.
        bands: further central bands in percent; 95 gives the columns lower_95 and upper_95.
    """

    measure: str
    municipalities: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    by: tuple[str, ...] = DIMENSIONS
    frequency: str | None = None
    start: date | None = None
    end: date | None = None
    bands: tuple[float, ...] = ()

    def filters(self) -> dict[str, tuple[str, ...]]:
        """Return the wanted codes by dimension."""
        wanted = (self.municipalities, self.products, self.districts)
        return dict(zip(DIMENSIONS, wanted, strict=True))


def check(edition: Cube, selection: Selection) -> None:
    """Refuse a question with names or values that do not exist.

    Raises:
        SelectionError: with one fault per offending value.
    """
    faults = [*_measure_faults(edition, selection), *_form_faults(selection)]
    for name, wanted in selection.filters().items():
        index = edition.dimensions[name].index
        allowed = tuple(edition.dimensions[name].labels)
        faults += [
            ParameterFault(name, code, f"is no {name} of this edition", allowed)
            for code in wanted
            if code not in index
        ]
    if faults:
        _refuse(faults)


def chosen_series(edition: Cube, selection: Selection) -> Ints:
    """Return the indices of the series that have the measure and pass the filters, ascending."""
    chosen = edition.tracks[selection.measure].present_series
    for name, wanted in selection.filters().items():
        if not wanted:
            continue
        dimension = edition.dimensions[name]
        codes = dimension.codes[chosen]
        wished = [dimension.index[code] for code in wanted]
        chosen = chosen[codes == wished[0] if len(wished) == 1 else np.isin(codes, wished)]
    return chosen


def common_frequency(edition: Cube, selection: Selection, chosen: Ints, parts: Parts) -> Frequency:
    """Return the frequency of the answer; with time summed over, that of its smallest part.

    Raises:
        SelectionError: finer than the data of some product.
    """
    bases = dict(parts)
    if selection.frequency in (None, ALL):
        return coarsest(list(bases))
    wanted = Frequency(str(selection.frequency))
    finer = [base for base in bases if not wanted.coarser_or_equal(base)]
    if finer:
        products = edition.series["product"]
        names = sorted({products[chosen[at]] for base in finer for at in bases[base]})
        rule = f"is finer than the data of {', '.join(names)} (known by {', '.join(finer)})"
        allowed = tuple(f.value for f in Frequency if f.coarser_or_equal(coarsest(list(bases))))
        _refuse([ParameterFault("frequency", wanted.value, rule, allowed)])
    return wanted


def units(
    edition: Cube, measure: str, chosen: Ints, group: Ints, groups: int
) -> npt.NDArray[np.object_]:
    """Return the unit of each group.

    Raises:
        SelectionError: volumes in unlike units would be added, naming products and units.
    """
    if measure == "cost":
        return np.full(groups, COST_UNIT, dtype=object)
    if measure == "volume":
        return _volume_units(edition, chosen, group, groups)
    products = _distinct(edition.series["product"][chosen], group, groups)
    bases = _distinct(edition.series["clients_basis"][chosen], group, groups)
    names = [
        (CLIENTS_UNIT if len(product) == 1 else COMBINATIONS_UNIT)
        + (", bases mixed" if len(basis) > 1 else "")
        for product, basis in zip(products, bases, strict=True)
    ]
    return np.array([*names, None], dtype=object)[:-1]


def check_districts(edition: Cube, selection: Selection, chosen: Ints) -> None:
    """Refuse to merge districts that only share their code.

    Raises:
        SelectionError: districts are kept apart, municipalities are not, and a code is used by
            several municipalities.
    """
    if "district" not in selection.by or "municipality" in selection.by:
        return
    municipality = edition.dimensions["municipality"]
    if len(municipality.labels) == 1:
        return
    district = edition.dimensions["district"]
    pairs = district.codes[chosen] * len(municipality.labels) + municipality.codes[chosen]
    codes, times = np.unique(np.unique(pairs) // len(municipality.labels), return_counts=True)
    shared = district.labels[codes[times > 1]]
    if len(shared):
        rule = f"several municipalities use the district code {', '.join(shared)}: keep them apart"
        _refuse([ParameterFault("by", ",".join(selection.by), rule, ("municipality",))])


def _volume_units(edition: Cube, chosen: Ints, group: Ints, groups: int) -> npt.NDArray[np.object_]:
    stated = edition.series["volume_unit"][chosen]
    found = _distinct(stated, group, groups)
    unlike = {unit for members in found if len(members) > 1 for unit in members}
    if unlike:
        parts = []
        for unit in sorted(unlike, key=str):
            products = sorted(set(edition.series["product"][chosen[stated == unit]]))
            parts.append(f"{unit or UNSTATED_UNIT} ({', '.join(products)})")
        rule = f"cannot be added over unlike units: {'; '.join(parts)}; keep these products apart"
        _refuse([ParameterFault("measure", "volume", rule)])
    names = [next(iter(members)) or UNSTATED_UNIT for members in found]
    return np.array([*names, None], dtype=object)[:-1]


def _distinct(values: npt.NDArray[np.object_], group: Ints, groups: int) -> list[set[str | None]]:
    found: list[set[str | None]] = [set() for _ in range(groups)]
    for number, value in zip(group.tolist(), values.tolist(), strict=True):
        found[number].add(value)
    return found


def _measure_faults(edition: Cube, selection: Selection) -> list[ParameterFault]:
    if selection.measure in edition.tracks:
        return []
    rule = "is no measure of this edition"
    return [ParameterFault("measure", selection.measure, rule, tuple(edition.tracks))]


def _form_faults(selection: Selection) -> list[ParameterFault]:
    faults = [
        ParameterFault("by", name, "is no dimension to keep apart", DIMENSIONS)
        for name in selection.by
        if name not in DIMENSIONS
    ]
    known = (*(frequency.value for frequency in Frequency), ALL)
    if selection.frequency is not None and selection.frequency not in known:
        rule = "is no frequency"
        faults.append(ParameterFault("frequency", selection.frequency, rule, known))
    for band in selection.bands:
        if not 0 < band < 100:  # noqa: PLR2004 - percent
            faults.append(ParameterFault("level", f"{band:g}", "must lie between 0 and 100"))
    return faults


def _refuse(faults: list[ParameterFault]) -> None:
    told = "; ".join(f"{fault.parameter} {fault.value!r} {fault.rule}" for fault in faults)
    raise SelectionError(told, faults)
