"""Check the periods of care_use: one frequency per product, and no unnoticed gaps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import pandas as pd

from models.catalogue import Frequency, first_day
from models.errors import Fault
from models.frequencies import SERIES, Rhythm, cells_of, odd_periods, recognise
from training.checks import CheckedTable
from training.spelling import listed

_STARTS = {
    Frequency.MONTH: "on the first of a month",
    Frequency.QUARTER: "on 1 January, 1 April, 1 July or 1 October",
    Frequency.YEAR: "on 1 January",
}


def rhythms_of(use: CheckedTable) -> dict[str, Rhythm]:
    """Return how often each product of care_use is delivered."""
    return recognise(cells_of(_whole(use)))


def period_faults(use: CheckedTable, misplaced: Collection[int] = ()) -> Iterator[Fault]:
    """Yield products without a clear frequency, periods that do not fit it, and gaps.

    Args:
        use: the checked care_use; rows without a readable code or period are left out.
        misplaced: numbers of rows that are left out as well, their code being unknown.
    """
    rows = _whole(use)
    cells = cells_of(rows[~rows.index.isin(list(misplaced))])
    rhythms = recognise(cells)
    yield from _unclear(use, cells, rhythms)
    odd = odd_periods(cells, rhythms)
    yield from _odd(use, cells, rhythms, odd)
    sound = cells[~cells["series"].isin(cells.loc[odd.index, "series"])]
    yield from _gaps(use, sound, rhythms)


def _whole(use: CheckedTable) -> pd.DataFrame:
    return use.typed.dropna(subset=[*SERIES, "period"])


def _fault(use: CheckedTable, row: object, rule: str, severity: str = "error") -> Fault:
    number = int(str(row))
    return Fault(
        use.source.file, number, "period", use.source.cell(number, "period"), rule, severity
    )


def _unclear(
    use: CheckedTable, cells: pd.DataFrame, rhythms: Mapping[str, Rhythm]
) -> Iterator[Fault]:
    first = cells.reset_index(names="row").groupby("product")["row"].min()
    for product, rhythm in rhythms.items():
        if rhythm.frequency is None:
            rule = f"product {product!r} comes every six months; deliver months, quarters or years"
            yield _fault(use, first[product], rule)
        elif rhythm.guessed:
            rule = (
                f"product {product!r} has one period only, so its frequency is not certain; "
                f"it is taken as {rhythm.frequency}"
            )
            yield _fault(use, first[product], rule, "warning")


def _odd(
    use: CheckedTable, cells: pd.DataFrame, rhythms: Mapping[str, Rhythm], odd: pd.Series[str]
) -> Iterator[Fault]:
    rows = cells.loc[odd.index].assign(seems=odd)
    for (_, seems), group in rows.groupby(["series", "seems"], sort=True):
        own = rhythms[group["product"].iloc[0]].frequency
        if own is None:
            continue
        days = listed(str(first_day(month, Frequency.MONTH)) for month in group["month"])
        series = ", ".join(group[SERIES].iloc[0])
        if seems == "unaligned":
            what = f"its periods start {_STARTS[own]}"
        else:
            what = f"this series is delivered by {seems} here; give one frequency per product"
        product = group["product"].iloc[0]
        rule = f"product {product!r} is delivered by {own}; {what} (series {series}: {days})"
        yield from (_fault(use, row, rule) for row in group.index)


def _gaps(use: CheckedTable, cells: pd.DataFrame, rhythms: Mapping[str, Rhythm]) -> Iterator[Fault]:
    size = {name: rhythm.frequency.months for name, rhythm in rhythms.items() if rhythm.frequency}
    own = cells["product"].map(size)
    gaps = cells.assign(own=own)[cells["step"] > own]
    following = cells.index.to_series().shift(-1)
    for _, group in gaps.groupby("series", sort=True):
        missing = [
            str(first_day(month, Frequency.MONTH))
            for start, step, length in zip(group["month"], group["step"], group["own"], strict=True)
            for month in range(start + int(length), start + step, int(length))
        ]
        series = ", ".join(group[SERIES].iloc[0])
        rule = (
            f"series {series} lacks {listed(missing)}; a period that is not delivered stays "
            "unknown and is never filled in"
        )
        yield _fault(use, int(following[group.index[0]]), rule, "warning")
