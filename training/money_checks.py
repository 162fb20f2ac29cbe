"""Check prices and amounts beside each other: gaps, missing years, cents for euros, ceilings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from models.catalogue import Frequency, first_days, ordinals
from models.contract_prices import ASSUMED
from models.errors import Fault
from training.checks import CheckedTable
from training.periods import rhythms_of
from training.spelling import listed, suggestion

Tables = Mapping[str, CheckedTable]

_JUMP = 50.0  # cents for euros is a factor of 100; prices at the same time move a little
_FAR_AHEAD = pd.Timestamp("2250-01-01")  # after any day that can be delivered
_ONE_DAY = pd.Timedelta(days=1)
_MONTH = ["municipality", "product", "period"]


def money_faults(tables: Tables) -> Iterator[Fault]:
    """Yield what prices, tariffs, ceilings and declarations say against each other.

    Args:
        tables: the checked files of the delivery, by name.
    """
    tariffs, prices = tables.get("tariffs"), tables.get("prices")
    if tariffs is not None and tariffs.has("product", "valid_from", "unit"):
        yield from _gaps(tariffs)
        yield from _jumps(tariffs)
        yield from _far_from_tariff(tables, tariffs)
    if prices is not None and prices.has("series", "year"):
        yield from _missing_years(prices)
    yield from _unknown_series(tables.get("products"), prices)
    yield from _low_ceilings(tables)


def _in_order(tariffs: CheckedTable) -> pd.DataFrame:
    """Return the readable tariffs in order, with the row before of the same product and unit."""
    rows = tariffs.typed.dropna(subset=["product", "valid_from", "unit"])
    return rows.sort_values(
        ["product", "unit", "valid_from", "known_from"], na_position="first", kind="stable"
    ).reset_index(names="row")


def _gaps(tariffs: CheckedTable) -> Iterator[Fault]:
    """Refuse days without a tariff between two tariffs, by what was known last."""
    rows = _in_order(tariffs).drop_duplicates(["product", "unit", "valid_from"], keep="last")
    # One without an end holds until the next: it reaches as far as any.
    reach = rows["valid_to"].fillna(_FAR_AHEAD)
    before = reach.groupby([rows["product"], rows["unit"]]).cummax()
    before = before.groupby([rows["product"], rows["unit"]]).shift(1)
    for at in rows.index[rows["valid_from"] > before + _ONE_DAY]:
        tariff, ended = rows.loc[at], before[at]
        first, last = (ended + _ONE_DAY).date(), (tariff["valid_from"] - _ONE_DAY).date()
        rule = (
            f"product {tariff['product']!r} has no tariff per {tariff['unit']} from {first} "
            f"through {last}; let the tariff before it reach this day, or leave its valid_to empty"
        )
        yield _fault(tariffs, tariff["row"], "valid_from", rule)


def _jumps(tariffs: CheckedTable) -> Iterator[Fault]:
    """Refuse a price that is a hundred times the one before, or a hundredth."""
    rows = _in_order(tariffs)
    rows = rows[rows["eur_per_unit"] > 0]
    group = rows.groupby(["product", "unit"])
    before = group["eur_per_unit"].shift(1)
    previous = group["row"].shift(1)
    for at in rows.index[_far(rows["eur_per_unit"] / before)]:
        row = int(previous[at])
        rule = (
            f"is {_times(rows['eur_per_unit'][at] / before[at])} the tariff of row {row} "
            f"({before[at]:.2f} per {rows['unit'][at]}); give euros, not cents, in every row"
        )
        yield _fault(tariffs, rows["row"][at], "eur_per_unit", rule)


def _far(ratio: pd.Series[float]) -> pd.Series[bool]:
    return (ratio >= _JUMP) | (ratio <= 1 / _JUMP)


def _times(ratio: float) -> str:
    return f"{ratio:.0f} times" if ratio > 1 else f"1/{1 / ratio:.0f} of"


def _far_from_tariff(tables: Tables, tariffs: CheckedTable) -> Iterator[Fault]:
    """Flag products whose cost per unit is nowhere near what a unit costs, one warning each."""
    use = tables.get("care_use")
    if use is None or not use.has("product", "period", "volume", "cost_eur"):
        return
    paid = _paid(use)
    dated = _comparable(tables.get("products"), tariffs)
    if paid.empty or dated.empty:
        return
    beside = pd.merge_asof(
        paid, dated, left_on="period", right_on="valid_from", by="product", direction="backward"
    )
    beside = beside.assign(price=beside["cost_cents"] / 100 / beside["volume"])
    odd = beside[_far(beside["price"] / beside["eur_per_unit"])]
    for product, periods in odd.groupby("product"):
        first = periods.iloc[0]
        rule = (
            f"product {product!r} costs {first['price']:.2f} per unit of volume in "
            f"{first['period'].date()}, {_times(first['price'] / first['eur_per_unit'])} its "
            f"tariff ({first['eur_per_unit']:.2f} per {first['unit']}; {len(periods)} period(s)); "
            "are cents meant for euros, or is the volume in another unit?"
        )
        yield _fault(use, first["row"], "cost_eur", rule, "warning")


def _paid(use: CheckedTable) -> pd.DataFrame:
    """Return cost, volume and first row per product and period that has both, by period."""
    rows = use.typed.dropna(subset=["product", "period", "volume", "cost_cents"])
    rows = rows.reset_index(names="row")
    summed = rows.groupby(["product", "period"], as_index=False).agg(
        {"cost_cents": "sum", "volume": "sum", "row": "min"}
    )
    return summed[(summed["volume"] > 0) & (summed["cost_cents"] > 0)].sort_values(
        "period", kind="stable"
    )


def _comparable(products: CheckedTable | None, tariffs: CheckedTable) -> pd.DataFrame:
    """Return the tariffs in the unit of volume of their product, by day."""
    rows = _in_order(tariffs)
    rows = rows[rows["eur_per_unit"] > 0]
    told = products is not None and products.has("product", "unit")
    described = products.typed.dropna(subset=["product"]) if products and told else pd.DataFrame()
    if told:
        stated = dict(zip(described["product"], described["unit"], strict=True))
        same = rows["unit"] == rows["product"].map(stated)
    else:  # nobody says in what volume is counted: one unit of payment is likely the same
        same = rows.groupby("product")["unit"].transform("nunique") == 1
    columns = ["product", "valid_from", "unit", "eur_per_unit"]
    return rows.loc[same, columns].sort_values("valid_from", kind="stable")


def _missing_years(prices: CheckedTable) -> Iterator[Fault]:
    """Refuse a published series that leaves out a year; what is assumed may be for any year."""
    rows = prices.typed.dropna(subset=["series", "year"])
    rows = rows[~rows["status"].isin(ASSUMED)].sort_values("year", kind="stable")
    for series, own in rows.groupby("series"):
        years = own["year"].astype(int)
        missing = sorted(set(range(years.min(), years.max())) - set(years))
        if missing:
            after = years.index[years > missing[0]][0]
            rule = (
                f"series {series!r} lacks {listed(str(year) for year in missing)}, between years "
                "that are delivered: every price after it would be wrong; give that year too"
            )
            yield _fault(prices, after, "year", rule)


def _unknown_series(products: CheckedTable | None, prices: CheckedTable | None) -> Iterator[Fault]:
    """Refuse a product that follows an index nobody delivered."""
    if products is None or not products.has("price_series"):
        return
    held = prices.typed["series"].dropna() if prices is not None else pd.Series(dtype=object)
    known = set(held)
    named = products.typed["price_series"].dropna()
    for row, series in named[~named.isin(known)].items():
        rule = f"the series has no rows in prices{suggestion(series, known)}"
        yield _fault(products, row, "price_series", rule)


def _low_ceilings(tables: Tables) -> Iterator[Fault]:
    """Flag what may be spent at most where more was declared already."""
    granted, declared = tables.get("allocations"), tables.get("declarations")
    if granted is None or declared is None:
        return
    if not (
        granted.has("municipality", "product", "period", "cost_ceiling_eur")
        and declared.has("municipality", "product", "service_period", "cost_eur")
    ):
        return
    ceilings = _ceilings(granted)
    beside = ceilings.merge(_declared(declared, tables.get("care_use")), on=_MONTH)
    low = beside[beside["cost_cents"] > beside["cost_ceiling_cents"]].sort_values("row")
    for at in low.index:
        one = low.loc[at]
        rule = (
            f"the ceiling of product {one['product']!r} in {one['municipality']} for "
            f"{one['period'].date()} is EUR {one['cost_ceiling_cents'] / 100:.2f} in all, below "
            f"the EUR {one['cost_cents'] / 100:.2f} that was already declared"
        )
        yield _fault(granted, one["row"], "cost_ceiling_eur", rule, "warning")


def _ceilings(granted: CheckedTable) -> pd.DataFrame:
    """Return the ceiling in cents per municipality, product and period; all of it is known."""
    rows = _latest(granted, [*_MONTH, "district"]).reset_index(names="row")
    summed = rows.groupby(_MONTH, as_index=False).agg(
        cost_ceiling_cents=("cost_ceiling_cents", "sum"),
        known=("cost_ceiling_cents", lambda cents: cents.notna().all()),
        row=("row", "min"),
    )
    return summed[summed["known"].astype(bool)]


def _declared(declared: CheckedTable, use: CheckedTable | None) -> pd.DataFrame:
    """Return the cents declared per municipality, product and period in which it is delivered."""
    key = ["municipality", "product", "service_period", "declared_period"]
    rows = _latest(declared, key)
    whole = use is not None and use.has("municipality", "district", "product", "period")
    rhythms = rhythms_of(use) if use is not None and whole else {}
    periods = pd.Series(rows["service_period"].to_numpy(), index=rows.index)
    for product, rhythm in rhythms.items():
        own = (rows["product"] == product).to_numpy()
        if rhythm.frequency not in {None, Frequency.MONTH} and own.any():
            at = ordinals(periods[own].to_numpy(), rhythm.frequency)
            periods[own] = first_days(at, rhythm.frequency).astype("datetime64[ns]")
    rows = rows.assign(period=periods)
    return rows.groupby(_MONTH)["cost_cents"].sum().reset_index()


def _latest(table: CheckedTable, key: list[str]) -> pd.DataFrame:
    """Return of each key the row that was known last."""
    required = [name for name in key if name != "district"]
    rows = table.typed.dropna(subset=required)
    ordered = rows.sort_values("known_from", na_position="first", kind="stable")
    return ordered.drop_duplicates(key, keep="last").sort_index()


def _fault(
    table: CheckedTable, row: object, column: str, rule: str, severity: str = "error"
) -> Fault:
    number = int(str(row))
    value = table.source.cell(number, column)
    return Fault(table.source.file, number, column, value, rule, severity)
