"""Prices: published indices before the rule, dated tariffs, and what is only assumed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalogue import Frequency, ordinal
from models.errors import PriceError, ZorgramingError
from models.panel import Panel
from models.price_index import Indices
from models.prices import Correction, PriceBook, PriceCourse, price_book, tariff_at
from models.provider_rule import correction, provider_index, weighted
from tests.models.panels import Rows, panel_of, table, use

MONTH, QUARTER, YEAR = Frequency.MONTH, Frequency.QUARTER, Frequency.YEAR

# Published: domain reference, section 3.5.
OVA = {2023: (4.74, 6.36), 2024: (4.94, 6.00), 2025: (4.18, None)}
PPC = {2023: (4.87, 7.02), 2024: (2.51, 3.10), 2025: (1.82, None)}


def _published(until: int = 2025) -> Rows:
    return [
        {"series": name, "year": year, "index_pct": pct, "status": status}
        for name, years in (("OVA", OVA), ("PPC", PPC))
        for year, figures in years.items()
        for status, pct in zip(("provisional", "definitive"), figures, strict=True)
        if pct is not None and year <= until
    ]


def _index(years: Sequence[int], pct: float = 3.0, series: str = "VNG", **more: Any) -> Rows:  # noqa: ANN401
    return [{"series": series, "year": year, "index_pct": pct, **more} for year in years]


def _tariff(start: str, euros: float, end: str | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    row = {"product": "p", "valid_from": start, "unit": "uur", "eur_per_unit": euros}
    return {**row, "valid_to": end, **more}


def _book(
    prices: Rows,
    tariffs: Rows = (),  # type: ignore[assignment]
    years: tuple[int, int] = (2020, 2026),
    frequency: Frequency = YEAR,
    **terms: Any,  # noqa: ANN401
) -> PriceBook:
    first = ordinal(date(years[0], 1, 1), frequency)
    periods = (years[1] - years[0] + 1) * frequency.per_year
    products = table("products", [{"product": "p", **terms}])
    tables = table("prices", prices), table("tariffs", list(tariffs))
    return price_book(products, *tables, first, periods, frequency)


def _course(*args: Any, **named: Any) -> PriceCourse:  # noqa: ANN401
    return _book(*args, **named).courses["p"]


# --- the provider rule --------------------------------------------------------------------------


@pytest.mark.golden
@pytest.mark.parametrize(
    ("year", "how", "shift", "index"),
    [
        (2024, Correction.RATIO, 1.60, 6.30),
        (2025, Correction.RATIO, 0.97, 4.91),
        (2025, Correction.DIFFERENCE, 1.01, 4.96),
    ],
)
def test_the_rule_reproduces_what_was_published(
    year: int, how: Correction, shift: float, index: float
) -> None:
    provisional, definitive = (weighted(OVA[year - 1][at], PPC[year - 1][at]) for at in (0, 1))
    corrected = correction(provisional, definitive, how)
    assert round(corrected, 2) == shift
    assert provider_index(weighted(OVA[year][0], PPC[year][0]), corrected, how) == index
    series = Indices(table("prices", _published()), how).series("VNG", 2025)
    assert series is not None
    assert (series.years[year].pct, series.years[year].basis) == (index, "rule")


@pytest.mark.golden
def test_wages_weigh_nine_tenths() -> None:
    printed = [
        round(weighted(*figures), 2)
        for figures in ((4.74, 4.87), (6.36, 7.02), (4.94, 2.51), (6.0, 3.1), (4.18, 1.82))
    ]
    # 4.753 and 6.426 are printed as 4.75 and 6.43
    assert printed == [4.75, 6.43, 4.70, 5.71, 3.94]


@pytest.mark.unit
def test_a_published_index_wins_over_the_rule_and_over_an_assumption() -> None:
    rows = [
        *_published(),
        *_index([2024], 6.3, status="definitive"),
        *_index([2024, 2025, 2026], 9.0, status="assumed", spread_pct=0.5),
    ]
    series = Indices(table("prices", rows), Correction.DIFFERENCE).series("VNG", 2026)
    assert series is not None
    found = {year: (one.pct, one.basis) for year, one in series.years.items() if year > 2023}
    assert found == {2024: (6.3, "published"), 2025: (4.96, "rule"), 2026: (9.0, "assumed")}


@pytest.mark.unit
def test_without_a_definitive_figure_there_is_no_correction_yet() -> None:
    series = Indices(table("prices", _published(2023)[:1] + _published(2023)[2:3])).series(
        "VNG", 2023
    )
    assert series is not None
    assert series.years[2023].pct == 4.75


@pytest.mark.unit
def test_assumed_wages_and_materials_feed_the_rule() -> None:
    rows = [*_published(), *_index([2026], 4.0, "OVA", status="aanname", spread_pct=1.0)]
    rows += _index([2026], 2.0, "PPC", status="aanname", spread_pct=2.0)
    series = Indices(table("prices", rows)).series("VNG", 2026)
    assert series is not None
    expected = series.years[2026]
    assert expected.basis == "assumed"
    assert expected.pct == pytest.approx(3.8)  # 2025 has no definitive figures: no correction
    assert expected.spread_pct == pytest.approx(1.1)


@pytest.mark.unit
@given(
    provisional=st.floats(-5, 15),
    definitive=st.floats(-5, 15),
)
def test_ratio_and_difference_agree_to_first_order(provisional: float, definitive: float) -> None:
    by_ratio = correction(provisional, definitive, Correction.RATIO)
    by_difference = correction(provisional, definitive, Correction.DIFFERENCE)
    second_order = abs(by_difference) * abs(provisional) / (100 + provisional)
    assert abs(by_ratio - by_difference) <= second_order + 1e-9
    ratio = provider_index(provisional, by_ratio, Correction.RATIO)
    difference = provider_index(provisional, by_difference, Correction.DIFFERENCE)
    assert abs(ratio - difference) <= second_order + 0.02  # parts and sum are printed in hundredths


# --- dated tariffs ------------------------------------------------------------------------------


@pytest.mark.unit
def test_a_tariff_is_found_with_its_unit_and_source() -> None:
    rows = [
        _tariff("2022-01-01", 30.0, "2022-12-31", source="Raamovereenkomst"),
        _tariff("2023-01-01", 31.5),
    ]
    held = tariff_at(table("tariffs", rows), "p", date(2022, 12, 31))
    assert (held.eur_per_unit, held.unit, held.source) == (30.0, "uur", "Raamovereenkomst")
    assert (held.valid_from, held.valid_to) == (date(2022, 1, 1), date(2022, 12, 31))
    later = tariff_at(table("tariffs", rows), "p", date(2026, 5, 4))
    assert (later.eur_per_unit, later.valid_to, later.source) == (31.5, None, None)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("product", "day", "words"),
    [
        (
            "p",
            date(2021, 12, 31),
            "'p' has no tariff on 2021-12-31; known ones run from 2022-01-01",
        ),
        ("p", date(2023, 1, 1), "'p' has no tariff on 2023-01-01; .* to 2022-12-31"),
        ("q", date(2022, 5, 1), "'q' has no tariff on 2022-05-01, nor on any other day"),
    ],
)
def test_a_missing_tariff_is_an_error_that_names_product_and_date(
    product: str, day: date, words: str
) -> None:
    tariffs = table("tariffs", [_tariff("2022-01-01", 30.0, "2022-12-31")])
    with pytest.raises(PriceError, match=words) as error:
        tariff_at(tariffs, product, day)
    assert isinstance(error.value, ZorgramingError)


@pytest.mark.unit
def test_tariffs_in_two_units_must_be_chosen_from() -> None:
    rows = [_tariff("2022-01-01", 30.0), _tariff("2022-01-01", 200.0, unit="etmaal")]
    with pytest.raises(PriceError, match="per etmaal, uur: say which unit"):
        tariff_at(table("tariffs", rows), "p", date(2022, 1, 1))
    assert tariff_at(table("tariffs", rows), "p", date(2022, 1, 1), "uur").eur_per_unit == 30.0


# --- the course of a price ----------------------------------------------------------------------


@pytest.mark.unit
def test_a_price_is_indexed_before_and_after_its_tariffs() -> None:
    tariffs = [_tariff("2022-01-01", 100.0, "2022-12-31"), _tariff("2023-01-01", 110.0)]
    rows = _index([2021, 2022, 2023, 2024], 10.0)
    course = _course(rows, tariffs)
    # 2020 is reached by the index of 2021; the index of 2020 itself is not needed.
    expected = [100 / 1.21, 100 / 1.1, 100, 110, 121, 121 * 1.1, 121 * 1.1**2]
    assert course.level == pytest.approx(expected)
    assert course.sure.tolist() == [True] * 5 + [False] * 2
    one = 0.01 / 1.1  # the least spread, one point
    assert course.log_sd == pytest.approx([0] * 5 + [one, one * np.sqrt(2)])
    assert (course.basis, course.unit, course.series) == ("tariff", "uur", "VNG")


@pytest.mark.unit
def test_a_last_tariff_without_an_end_holds_as_long_as_tariffs_are_kept_up() -> None:
    rows = _index([2021, 2022, 2023], 10.0)
    own, other = _tariff("2020-01-01", 100.0), _tariff("2022-01-01", 5.0, product="q")
    alone = _course(rows, [own], (2020, 2023))
    beside = _course(rows, [own, other], (2020, 2023))
    assert alone.level == pytest.approx([100, 110, 121, 133.1])
    assert beside.level == pytest.approx([100, 100, 100, 110])


@pytest.mark.unit
def test_a_tariff_that_changes_within_a_period_counts_by_its_days() -> None:
    tariffs = [_tariff("2022-01-01", 30.0, "2022-04-15"), _tariff("2022-04-16", 40.0, "2022-12-31")]
    by_month = _course([], tariffs, (2022, 2022), MONTH).level
    assert by_month == pytest.approx([30] * 3 + [35] + [40] * 8)
    assert _course([], tariffs, (2022, 2022), QUARTER).level == pytest.approx(
        [30, (35 + 40 + 40) / 3, 40, 40]
    )
    assert _course([], tariffs, (2022, 2022), YEAR).level == pytest.approx([by_month.mean()])


@pytest.mark.unit
@pytest.mark.parametrize("lag", [0, 1, 2])
def test_a_contract_follows_its_own_series_with_a_lag(lag: int) -> None:
    rows = [
        *_index([2019, 2020, 2021, 2022, 2023], 1.0),
        *(
            row
            for at, year in enumerate(range(2019, 2025))
            for row in _index([year], float(at), "CAO")
        ),
    ]
    tariffs = [_tariff("2021-01-01", 100.0, "2021-12-31")]
    course = _course(rows, tariffs, (2021, 2022), price_series="CAO", index_lag_years=str(lag))
    assert course.series == "CAO"
    assert course.level == pytest.approx([100, 100 + 3 - lag])


@pytest.mark.unit
def test_a_longer_lag_keeps_a_price_sure_for_longer() -> None:
    tariffs = [_tariff("2023-01-01", 100.0, "2023-12-31")]
    sure = [
        _course(_index(range(2019, 2025)), tariffs, index_lag_years=lag).sure.sum()
        for lag in ("0", "1", "2")
    ]
    assert sure == [5, 6, 7]


@pytest.mark.unit
def test_without_a_tariff_the_level_is_an_index() -> None:
    course = _course(_index([2021, 2022], 10.0), years=(2021, 2023))
    assert course.level[:2] == pytest.approx([1.0, 1.1])
    assert (course.basis, course.unit) == ("index", None)
    assert course.sure.tolist() == [True, True, False]


@pytest.mark.unit
def test_where_nothing_is_known_nothing_is_assumed() -> None:
    book = _book([])
    course = book.courses["p"]
    assert (course.basis, course.series, book.assumptions, book.indices) == ("none", None, (), ())
    assert course.level.tolist() == [1.0] * 7
    assert course.sure.all()
    assert not course.log_sd.any()


@pytest.mark.unit
def test_a_tariff_without_any_index_is_carried_and_said_to_be() -> None:
    book = _book([], [_tariff("2020-01-01", 50.0, "2023-12-31")])
    course = book.courses["p"]
    assert course.level.tolist() == [50.0] * 7
    assert course.sure.tolist() == [True] * 4 + [False] * 3
    assert "No index is known" in book.assumptions[0]


@pytest.mark.unit
def test_a_price_of_zero_is_never_carried_on() -> None:
    tariffs = [_tariff("2022-01-01", 50.0, "2022-12-31"), _tariff("2023-01-01", 0.0)]
    assert (_course(_index([2023], 2.0), tariffs).level >= 50).all()


@pytest.mark.unit
@pytest.mark.parametrize(
    ("unit", "level", "why"), [("etmaal", 200.0, "the unit of the product"), (None, 30.0, "latest")]
)
def test_of_several_units_that_of_the_product_is_taken(
    unit: str | None, level: float, why: str
) -> None:
    tariffs = [
        _tariff("2019-01-01", 200.0, "2026-12-31", unit="etmaal"),
        _tariff("2020-01-01", 30.0, "2026-12-31"),
    ]
    book = _book([], tariffs, unit=unit)
    assert book.courses["p"].level.tolist() == [level] * 7
    assert why in book.assumptions[-1]


# --- what is assumed ----------------------------------------------------------------------------


@pytest.mark.unit
def test_the_default_is_the_mean_of_five_known_years_and_is_told() -> None:
    figures = [9.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    rows = [row for at, pct in enumerate(figures) for row in _index([2017 + at], pct)]
    book = _book(rows)
    expected = [one for one in book.indices if one.basis == "assumed"]
    assert [one.year for one in expected] == [2023, 2024, 2025, 2026]
    assert {one.pct for one in expected} == {3.0}
    assert expected[0].spread_pct == pytest.approx(np.std(figures[1:], ddof=1))
    assert book.assumptions == (
        "Index VNG of 2023-2026: 3.00 % a year (standard deviation 1.58 points) is assumed, the "
        "mean of index VNG over 2018-2022; a row of prices with status assumed replaces it.",
    )


@pytest.mark.unit
def test_a_delivered_assumption_replaces_the_default_year_by_year() -> None:
    rows = [*_index(range(2018, 2023)), *_index([2024], 7.0, status="aanname", spread_pct=2.5)]
    book = _book(rows)
    found = {one.year: (one.pct, one.spread_pct) for one in book.indices if one.year > 2022}
    assert found == {2023: (3, 1), 2024: (7, 2.5), 2025: (3, 1), 2026: (3, 1)}
    assert any("2024: 7.00 % (standard deviation 2.50" in said for said in book.assumptions)
    assert any("2023, 2025, 2026" in said for said in book.assumptions)


@pytest.mark.unit
def test_where_nothing_was_published_the_last_assumption_is_carried_on() -> None:
    book = _book(_index([2021], 4.0, status="assumed", spread_pct=0.5))
    assert book.courses["p"].level[:3] == pytest.approx([1.0, 1.04, 1.04**2])
    assert not book.courses["p"].sure[1:].any()
    assert "as delivered for 2021" in book.assumptions[1]


@pytest.mark.unit
def test_a_contract_with_a_short_record_expects_what_providers_get() -> None:
    rows = [*_index(range(2018, 2023), 4.0), *_index([2022], 30.0, "CAO")]
    book = _book(rows, price_series="CAO")
    assert {one.pct for one in book.indices if one.series == "CAO" and one.year > 2022} == {4.0}


@pytest.mark.unit
def test_a_series_of_which_nothing_was_known_gives_way_to_the_provider_index() -> None:
    book = _book(_index([2021, 2022, 2023]), price_series="CAO")
    assert book.courses["p"].series == "VNG"
    assert any("CAO, which p follow" in said for said in book.assumptions)


@pytest.mark.unit
def test_years_before_the_first_index_count_as_unchanged_and_are_told() -> None:
    book = _book(_index([2023, 2024], 5.0))
    assert book.courses["p"].level[:5] == pytest.approx([1, 1, 1, 1.05, 1.1025])
    assert any("not known before 2023" in said for said in book.assumptions)


@pytest.mark.unit
def test_an_assumption_is_known_always_and_other_rows_from_their_year() -> None:
    rows = [
        *_index([2022, 2030], status="assumed"),
        *_index([2022], status="provisional"),
        *_index([2021, 2022], status="definitief"),
    ]
    panel = panel_of([use("2020-01-01", clients=1)], prices=rows)
    seen = panel.as_known_at(date(2021, 12, 31)).prices
    assert sorted(zip(seen["year"], seen["status"], strict=True)) == [
        (2021, "definitief"),
        (2022, "assumed"),
        (2030, "assumed"),
    ]


@pytest.mark.unit
def test_an_index_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(PriceError, match=r"VNG of 2022 is -100\.0 %"):
        _book(_index([2022], -100.0))


# --- what holds for every price -----------------------------------------------------------------

_PERCENT = st.floats(-20, 30)


@st.composite
def _deliveries(draw: st.DrawFn) -> tuple[Rows, Rows, str]:
    """Indices and tariffs of consecutive years, each from a year of its own on."""
    begin, known, hoped = (draw(st.integers(*size)) for size in ((2015, 2022), (0, 7), (0, 3)))
    rows = [row for y in range(begin, begin + known) for row in _index([y], draw(_PERCENT))]
    rows += [
        {**row, "spread_pct": draw(st.floats(0, 5))}
        for y in range(begin + known, begin + known + hoped)
        for row in _index([y], draw(_PERCENT), status="assumed")
    ]
    start, length = draw(st.integers(2014, 2027)), draw(st.integers(0, 6))
    tariffs = [
        _tariff(f"{y}-01-01", draw(st.floats(0.01, 1e6)), f"{y}-12-31")
        for y in range(start, start + length)
    ]
    return rows, tariffs, draw(st.sampled_from(["0", "1", "2"]))


@pytest.mark.unit
@settings(max_examples=60, deadline=None)
@given(delivery=_deliveries(), frequency=st.sampled_from(list(Frequency)))
def test_levels_are_positive_and_doubt_only_grows(
    delivery: tuple[Rows, Rows, str], frequency: Frequency
) -> None:
    rows, tariffs, lag = delivery
    course = _course(rows, tariffs, (2018, 2027), frequency, index_lag_years=lag)
    periods = 10 * frequency.per_year
    assert course.level.shape == course.sure.shape == course.log_sd.shape == (periods,)
    assert np.isfinite(course.level).all()
    assert (course.level > 0).all()
    assert (course.log_sd[course.sure] == 0).all()
    last = np.flatnonzero(course.sure)[-1] if course.sure.any() else -1
    assert (np.diff(course.log_sd[max(last, 0) :]) >= -1e-12).all()
    if not tariffs or int(tariffs[-1]["valid_from"][:4]) >= 2018:
        assert course.sure[: last + 1].all()


@pytest.mark.unit
@settings(max_examples=60, deadline=None)
@given(delivery=_deliveries())
def test_a_year_is_the_mean_of_its_months(delivery: tuple[Rows, Rows, str]) -> None:
    rows, tariffs, lag = delivery
    month, year = (
        _course(rows, tariffs, (2018, 2027), frequency, index_lag_years=lag)
        for frequency in (MONTH, YEAR)
    )
    assert year.level == pytest.approx(month.level.reshape(10, 12).mean(axis=1))
    assert (year.sure == month.sure.reshape(10, 12).all(axis=1)).all()


@st.composite
def _dated_panels(draw: st.DrawFn) -> Panel:
    """Indices known the autumn before, and tariffs that follow each other at any day."""
    years = range(2016, 2026)
    rows = [
        {**row, "known_from": date(y - 1, 10, 15).isoformat()}
        for y in years
        for row in _index([y], draw(_PERCENT))
    ]
    tariffs = []
    start = date(2017, 1, 1)
    while start.year < 2025:
        end = start + timedelta(days=draw(st.integers(20, 700)))
        known = start - timedelta(days=30)
        price = draw(st.floats(1, 500))
        row = _tariff(start.isoformat(), price, end.isoformat(), known_from=known.isoformat())
        tariffs.append(row)
        start = end + timedelta(days=1)
    return panel_of([use("2017-01-01", clients=1)], prices=rows, tariffs=tariffs)


@pytest.mark.unit
@settings(max_examples=40, deadline=None)
@given(panel=_dated_panels())
def test_later_knowledge_changes_no_price_that_a_tariff_had_settled(panel: Panel) -> None:
    first = ordinal(date(2017, 1, 1), MONTH)
    courses = []
    for day in (date(2020, 12, 31), date(2022, 12, 31)):
        seen = panel.as_known_at(day)
        book = price_book(seen.products, seen.prices, seen.tariffs, first, 120, MONTH)
        courses.append(book.courses["p"])
    early, late = courses
    past = np.arange(120) < 48  # through 2020, the earlier day
    assert early.sure[past].all()
    assert late.level[past] == pytest.approx(early.level[past])
    assert (late.sure >= early.sure).all()
