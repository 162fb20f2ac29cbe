"""Find rows of one file that say something twice: repeated keys, overlapping bands and tariffs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.contract import DataFile
from models.errors import Fault
from training.sources.tables import TextTable

_BANDS = {
    "population": ["municipality", "district", "year", "kind", "vintage", "known_from"],
    "age_profile": ["product", "known_from"],
}
_TARIFF = ["product", "unit", "known_from"]


def overlap_faults(file: DataFile, source: TextTable, typed: pd.DataFrame) -> list[Fault]:
    """Return the rows that say again what an earlier row says.

    Args:
        file: the contract of the file.
        source: the file as text, to quote from.
        typed: every column of the contract; rows with a wrong key are left out.
    """
    required = [file.column(column).panel_name for column in file.required_names]
    whole = typed[_readable(file, source, typed)].dropna(subset=required).fillna(_defaults(file))
    faults = list(_repeated(file, source, whole))
    once = whole.drop(index=[fault.row for fault in faults])
    if file.name in _BANDS:
        faults += _overlapping_ages(file.name, source, once)
        faults += _doubled_sexes(_BANDS[file.name], source, once)
    if file.name == "tariffs":
        faults += _overlapping_tariffs(source, once)
    return faults


def _readable(file: DataFile, source: TextTable, typed: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows have no unreadable cell in their key: those say something else again."""
    readable = pd.Series(True, index=typed.index)
    for column in map(file.column, file.key):
        if column.name in source.cells:
            readable &= typed[column.panel_name].notna() | source.cells[column.name].isna()
    return readable


def _defaults(file: DataFile) -> dict[str, str]:
    return {column.name: column.default for column in file.columns if column.default is not None}


def _repeated(file: DataFile, source: TextTable, typed: pd.DataFrame) -> Iterator[Fault]:
    key = [file.column(column).panel_name for column in file.key]
    later = typed.index[typed.duplicated(key)]
    if later.empty:
        return
    first = pd.Series(typed.index, index=typed.index)
    first = first.groupby([typed[column] for column in key], dropna=False).transform("min")
    shown = [column for column in file.key if column in source.cells]
    same = ", ".join(shown)
    for row in later:
        value = ", ".join(str(text) for text in source.cells.loc[row, shown] if text is not None)
        yield Fault(source.file, int(row), None, value, f"repeats row {first[row]} (same {same})")


def _overlapping_ages(file: str, source: TextTable, typed: pd.DataFrame) -> Iterator[Fault]:
    valid = typed[typed["age_from"] <= typed["age_to"]]
    group = [*_BANDS[file], "sex"]
    for row, earlier in _overlaps(valid, group, "age_from", "age_to"):
        band = f"{source.cell(row, 'age_from')}-{source.cell(row, 'age_to')}"
        other = f"{source.cell(earlier, 'age_from')}-{source.cell(earlier, 'age_to')}"
        rule = f"overlaps the ages {other} of row {earlier}; people would count twice"
        yield Fault(source.file, row, "age_from", band, rule)


def _overlapping_tariffs(source: TextTable, typed: pd.DataFrame) -> Iterator[Fault]:
    # A tariff without an end holds until the next one: it overlaps nothing.
    ended = typed[typed["valid_to"].notna() & (typed["valid_from"] <= typed["valid_to"])]
    ended = pd.concat([ended, typed[typed["valid_to"].isna()]]).sort_index()
    ended = ended.assign(valid_to=ended["valid_to"].fillna(ended["valid_from"]))
    for row, earlier in _overlaps(ended, _TARIFF, "valid_from", "valid_to"):
        other = source.cell(earlier, "valid_from")
        rule = (
            f"overlaps the tariff of row {earlier}, valid from {other}; two would hold on one day"
        )
        yield Fault(source.file, row, "valid_from", source.cell(row, "valid_from"), rule)


def _overlaps(
    values: pd.DataFrame, group: list[str], start: str, end: str
) -> Iterator[tuple[int, int]]:
    """Yield each row that starts before an earlier one of its group has ended, with that one."""
    if values.empty:
        return
    ordered = values.sort_values([start, end], kind="stable")
    number = ordered.groupby(group, dropna=False, sort=False).ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    ordered, number = ordered.iloc[order], number[order]
    starts, ends = ordered[start].to_numpy(), ordered[end].to_numpy()
    reach = pd.Series(ends).groupby(number).cummax().groupby(number).shift(1).to_numpy()
    # The row that reaches furthest so far: the first of its group, or one that ends later still.
    furthest = np.maximum.accumulate(np.where(~(ends <= reach), np.arange(len(ends)), 0))
    rows = ordered.index.to_numpy()
    for at in np.flatnonzero(starts <= reach):
        yield int(rows[at]), int(rows[furthest[at - 1]])


def _doubled_sexes(bands: list[str], source: TextTable, typed: pd.DataFrame) -> Iterator[Fault]:
    together = typed["sex"] == "all"
    group = [typed[column] for column in bands]
    apart = (~together).groupby(group, dropna=False).transform("any")
    for row in typed.index[together & apart]:
        text = source.cell(row, "sex")
        rule = "the sexes together stand beside m or v; people would count twice"
        yield Fault(source.file, int(row), "sex", text, rule)
