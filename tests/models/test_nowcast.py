"""Recent service months are completed: from the pace of declarations, the level, allocations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalogue import Frequency, ordinal, ordinals
from models.development import develop, triangle_of
from models.nowcast import Z80, Completed, complete, outcomes, rolling
from models.panel import empty_table
from training.sources.folder import read_folder

pytestmark = pytest.mark.unit
START, MONTHS = 24000, 48  # January 2000; an ordinal counts months from year 0
AT = START + MONTHS - 1
PACE = (0.05, 0.45, 0.3, 0.2)
BACK = {1: 900_000, 3: -900_000}  # too much declared, and credited
Row = tuple[str, str, int, int, int]
NONE = empty_table("allocations")


def _days(months: Sequence[int]) -> np.ndarray:
    counted = np.asarray(months, dtype=np.int64) - 1970 * 12
    return counted.astype("datetime64[M]").astype("datetime64[ns]")


def declared(rows: Sequence[Row]) -> pd.DataFrame:
    """Return a table of declarations: municipality, product, service and declared month, cents."""
    places, products, service, months, cents = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "municipality": places,
            "product": products,
            "service_period": _days(service),
            "declared_period": _days(months),
            "cost_cents": np.array(cents, dtype=np.float64),
        }
    )


def allocated(rows: Sequence[tuple[str, int, float]], district: str | None = None) -> pd.DataFrame:
    """Return a table of allocations of municipality M: product, month, ceiling in cents."""
    products, months, cents = zip(*rows, strict=True)
    table = pd.DataFrame({"municipality": "M", "product": products, "period": _days(months)})
    return table.assign(district=district, volume=np.nan, cost_ceiling_cents=cents)


def steady(
    product: str = "a",
    final: Callable[[int], float] = lambda _: 1e6,
    months: range = range(MONTHS),
    pace: Sequence[float] = PACE,
) -> list[Row]:
    """Return declarations with the same development every month, whole cents."""
    return [
        ("M", product, START + month, START + month + delay, round(final(month) * share))
        for month in months
        for delay, share in enumerate(pace)
        if share
    ]


def noisy(seed: int, product: str = "a", spread: float = 0.2, months: int = MONTHS) -> list[Row]:
    """Return declarations whose pace and level vary from month to month."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for month in range(months):
        shares = np.array(PACE) * np.exp(rng.normal(0, spread, len(PACE)))
        final = 1e6 * np.exp(rng.normal(0, 0.05))
        cents = np.rint(shares / shares.sum() * final).astype(int)
        rows += [
            ("M", product, START + month, START + month + d, int(c)) for d, c in enumerate(cents)
        ]
    return rows


def only(found: dict[tuple[str, str], Completed]) -> Completed:
    assert len(found) == 1
    return next(iter(found.values()))


def test_a_development_that_is_always_the_same_is_recovered_exactly() -> None:
    final = [1e6 * (1 + month % 5) for month in range(MONTHS)]
    own = only(complete(declared(steady(final=final.__getitem__)), NONE, AT))
    assert own.first == AT - 2
    assert own.completed_cents == pytest.approx(final[-3:])
    assert own.share == pytest.approx([0.8, 0.5, 0.05])
    assert (own.log_sd < 1e-3).all()
    assert own.method == ("declarations",) * 3


def test_months_beyond_the_longest_delay_are_left_alone() -> None:
    found = complete(declared(noisy(1) + noisy(2, "b")), NONE, AT)
    assert {key[1]: months.months.tolist() for key, months in found.items()} == {
        "a": [AT - 2, AT - 1, AT],
        "b": [AT - 2, AT - 1, AT],
    }


def test_a_product_that_declares_at_once_has_no_open_months() -> None:
    found = complete(declared(noisy(1) + steady("b", pace=(1.0,))), NONE, AT)
    assert set(found) == {("M", "a")}


def test_a_product_that_ended_has_no_open_months() -> None:
    found = complete(declared(noisy(1) + steady("b", months=range(MONTHS - 12))), NONE, AT)
    assert set(found) == {("M", "a")}


def _same(one: dict[tuple[str, str], Completed], other: dict[tuple[str, str], Completed]) -> None:
    assert one.keys() == other.keys()
    for key, months in one.items():
        assert months.first == other[key].first
        assert months.method == other[key].method
        for name in ("declared_cents", "completed_cents", "log_sd", "share"):
            np.testing.assert_array_equal(getattr(months, name), getattr(other[key], name))


@given(seed=st.integers(0, 99), back=st.integers(1, 30), factor=st.floats(0.01, 100))
@settings(max_examples=15)
def test_nothing_that_came_later_is_seen(seed: int, back: int, factor: float) -> None:
    table, at = declared(noisy(seed)), AT - back
    granted = allocated([("a", START + month, 1.2e6) for month in range(MONTHS)])
    late = ordinals(table["declared_period"].to_numpy(), Frequency.MONTH) > at
    changed = table.assign(
        cost_cents=table["cost_cents"].where(~late, table["cost_cents"] * factor)
    )
    later = ordinals(granted["period"].to_numpy(), Frequency.MONTH) > at
    ceiling = granted["cost_ceiling_cents"]
    regranted = granted.assign(cost_ceiling_cents=ceiling.where(~later, ceiling * factor))
    _same(complete(table, granted, at), complete(changed, regranted, at))
    _same(complete(table, granted, at), complete(table[~late], granted[~later], at))


@given(seed=st.integers(0, 99), factor=st.sampled_from([1e-2, 0.5, 3.0, 1e4]))
@settings(max_examples=15)
def test_amounts_in_another_size_give_the_same_nowcast_in_that_size(
    seed: int, factor: float
) -> None:
    table = declared(noisy(seed))
    table["cost_cents"] = table["cost_cents"] * 100
    one = only(complete(table, NONE, AT))
    other = only(complete(table.assign(cost_cents=table["cost_cents"] * factor), NONE, AT))
    assert other.completed_cents == pytest.approx(one.completed_cents * factor, rel=1e-3)
    assert other.log_sd == pytest.approx(one.log_sd, rel=2e-2)
    assert other.share == pytest.approx(one.share, rel=1e-3)


@given(seed=st.integers(0, 999), months=st.integers(2, MONTHS))
@settings(max_examples=40)
def test_the_band_is_in_order_and_never_below_zero_where_nothing_was_credited(
    seed: int, months: int
) -> None:
    for own in complete(declared(noisy(seed, months=months)), NONE, START + months - 1).values():
        low, high = own.quantile(-Z80), own.quantile(Z80)
        assert (low <= own.completed_cents).all()
        assert (own.completed_cents <= high).all()
        assert (low >= 0).all()
        assert np.isfinite(own.log_sd).all()
        assert ((own.share >= 0) & (own.share <= 1 + 1e-9)).all()


def test_credits_add_up_and_lower_what_is_expected() -> None:
    credited = [*steady(), ("M", "a", AT - 1, AT, -600_000)]
    own = only(complete(declared(credited), NONE, AT))
    assert own.declared_cents.tolist() == [800_000, -100_000, 50_000]
    assert own.completed_cents == pytest.approx([1e6, 4e5, 1e6])
    final = outcomes(declared([*credited, ("M", "a", AT + 9, AT + 12, 0)]))
    sums = dict(zip(final["service_month"], final["final_cents"], strict=True))
    assert sums[AT - 1] == 400_000


def test_a_month_that_is_credited_as_a_whole_stays_negative() -> None:
    rows = [*steady(), ("M", "a", AT - 2, AT, -5_000_000)]
    own = only(complete(declared(rows), NONE, AT))
    assert own.completed_cents[0] == pytest.approx(-4_200_000 + 200_000)
    assert own.quantile(-Z80)[0] <= own.completed_cents[0] <= own.quantile(Z80)[0] <= 0


def test_some_odd_months_do_not_bend_the_development() -> None:
    odd = [START + 9, START + 20]
    rows = [
        (place, product, service, when, cents * 20 if service in odd else cents)
        for place, product, service, when, cents in noisy(1)
    ]
    rows += [("M", "a", START + 15, START + 15 + delay, cents) for delay, cents in BACK.items()]
    own, usual = (only(complete(declared(each), NONE, AT)) for each in (rows, noisy(1)))
    assert own.completed_cents == pytest.approx(usual.completed_cents, rel=0.1)
    assert own.share == pytest.approx(usual.share, abs=0.02)


def test_offices_that_declare_later_in_august_are_known_after_three_years() -> None:
    def rows(calendar: bool) -> list[Row]:
        found = []
        for month in range(60):
            when = (START + month + np.arange(4)) % 12
            shares = np.array(PACE) * np.where((when == 7) & calendar, 0.4, 1.0)
            cents = np.rint(1e6 * shares / shares.sum()).astype(int)
            found += [
                ("M", "a", START + month, START + month + d, int(c)) for d, c in enumerate(cents)
            ]
        return found

    august = START + 4 * 12 + 7
    learned = develop(triangle_of(declared(rows(True)), august))
    assert learned.office.argmin() == 7
    assert learned.office[7] / np.delete(learned.office, 7).mean() == pytest.approx(0.4, abs=0.03)
    own = only(complete(declared(rows(True)), NONE, august))
    assert own.completed_cents == pytest.approx([1e6] * 3, rel=0.02)
    without = develop(triangle_of(declared(rows(False)), august))
    assert without.office == pytest.approx(np.ones(12), abs=1e-4)


def test_a_young_product_borrows_the_pace_of_the_others_with_a_wider_band() -> None:
    young = steady("b", months=range(MONTHS - 2, MONTHS))
    rows = noisy(1) + noisy(2, "c") + young
    found = complete(declared(rows), NONE, AT)
    own, old = found["M", "b"], found["M", "a"]
    assert own.months.tolist() == [AT - 1, AT]
    assert own.share == pytest.approx(old.share[1:], abs=0.05)
    assert own.completed_cents == pytest.approx([1e6] * 2, rel=0.1)
    assert (own.log_sd > old.log_sd[1:]).all()


def test_a_month_without_any_declaration_is_expected_from_the_level_and_doubted() -> None:
    silent = [row for row in noisy(1) if row[2] != AT]
    rows = silent + noisy(2, "b")
    own = complete(declared(rows), NONE, AT)["M", "a"]
    usual = complete(declared(noisy(1) + noisy(2, "b")), NONE, AT)["M", "a"]
    assert own.declared_cents[-1] == 0
    assert 3e5 < own.completed_cents[-1] < 1e6
    assert own.log_sd[-1] > 2 * usual.log_sd[-1]


def test_a_month_of_declaration_that_has_not_come_in_yet_is_waited_for() -> None:
    rows = [row for row in steady() if row[3] < AT]
    own = only(complete(declared(rows), NONE, AT))
    assert own.months.tolist() == [AT - 3, AT - 2, AT - 1, AT]
    assert own.share == pytest.approx([0.8, 0.5, 0.05, 0.0])
    assert own.completed_cents == pytest.approx([1e6] * 4, rel=0.02)


def _course() -> tuple[list[Row], pd.DataFrame]:
    """Return declarations that follow what is allocated, which moves by leaps."""
    rng = np.random.default_rng(5)
    ceilings = 1.25e6 * np.exp(rng.normal(0, 0.4, MONTHS))
    rows = []
    for month, ceiling in enumerate(ceilings):
        shares = np.array(PACE) * np.exp(rng.normal(0, 0.3, len(PACE)))
        cents = np.rint(0.8 * ceiling * shares / shares.sum()).astype(int)
        rows += [("M", "a", START + month, START + month + d, int(c)) for d, c in enumerate(cents)]
    halves = [("a", START + month, ceiling / 2) for month, ceiling in enumerate(ceilings)]
    return rows, pd.concat([allocated(halves, "WK1"), allocated(halves, None)], ignore_index=True)


def test_allocations_of_all_districts_tell_what_the_level_cannot() -> None:
    rows, granted = _course()
    own = only(complete(declared(rows), granted, AT))
    ceilings = granted.groupby("period")["cost_ceiling_cents"].sum().to_numpy()
    assert own.completed_cents == pytest.approx(0.8 * ceilings[-3:], rel=0.03)
    assert own.method[-1] == "declarations and allocations"
    alone = only(complete(declared(rows), NONE, AT))
    assert (alone.log_sd[1:] > 5 * own.log_sd[1:]).all()
    assert alone.method == ("declarations",) * 3


def test_units_serve_where_no_ceiling_is_known() -> None:
    rows, granted = _course()
    units = granted.assign(volume=granted["cost_ceiling_cents"] / 6000, cost_ceiling_cents=np.nan)
    by_units = only(complete(declared(rows), units, AT))
    by_money = only(complete(declared(rows), granted, AT))
    assert by_units.completed_cents == pytest.approx(by_money.completed_cents)


def test_a_new_product_that_is_only_allocated_uses_the_usual_share_of_the_others() -> None:
    months = range(START, START + MONTHS)
    granted = allocated(
        [*(("a", month, 1.25e6) for month in months), ("new", AT, 4e5), ("new", AT - 1, 4e5)]
    )
    own = complete(declared(steady()), granted, AT)["M", "new"]
    assert own.method == ("allocations",) * 2
    assert own.declared_cents.tolist() == [0, 0]
    assert own.completed_cents == pytest.approx([3.2e5] * 2, rel=1e-3)
    assert (own.log_sd >= 0.2).all()


def test_a_product_that_is_never_declared_is_not_made_up_from_its_allocations() -> None:
    months = range(START, START + MONTHS)
    granted = allocated([(name, month, 1.25e6) for name in ("a", "pgb") for month in months])
    assert set(complete(declared(steady()), granted, AT)) == {("M", "a")}


def test_what_is_neither_declared_nor_allocated_any_more_is_nothing() -> None:
    ended = steady("b", months=range(MONTHS - 1))
    granted = allocated(
        [("a", START + month, 1.2e6) for month in range(MONTHS)]
        + [("b", START + month, 1.2e6) for month in range(MONTHS - 1)]
    )
    own = complete(declared(steady() + ended), granted, AT)["M", "b"]
    assert own.completed_cents[-1] == 0
    assert own.log_sd[-1] == 0


def test_municipalities_do_not_see_one_another() -> None:
    rows = noisy(1)
    other = [("N", *row[1:]) for row in noisy(2)]
    both = complete(declared(rows + other), NONE, AT)
    _same({("M", "a"): both["M", "a"]}, complete(declared(rows), NONE, AT))


def test_without_declarations_nothing_is_completed() -> None:
    assert complete(empty_table("declarations"), NONE, AT) == {}
    assert complete(declared(steady()), NONE, START - 1) == {}


def test_rolling_holds_each_month_against_what_it_came_to() -> None:
    table = declared(steady())
    said = rolling(table, NONE, [AT - 12, AT - 11], delays=(0, 1, 2, 3))
    assert sorted(said["delay"].unique()) == [0, 1, 2]  # after three months nothing is open
    assert said["final_cents"].tolist() == pytest.approx([1e6] * 6)
    assert (said["service_month"] + said["delay"]).isin([AT - 12, AT - 11]).all()
    assert said["completed_cents"].tolist() == pytest.approx([1e6] * 6)
    assert rolling(table, NONE, [AT + 3], (0, 1, 2)).empty  # not final by the end of the record


@pytest.fixture(scope="module")
def seen_back(example: Path) -> pd.DataFrame:
    """Every second month-end of 2021 to mid 2023, from the delivery of the end of 2023."""
    panel, _ = read_folder(example)
    last = ordinal(panel.end(), Frequency.MONTH)
    return rolling(panel.declarations, panel.allocations, range(last - 30, last - 5, 2))


def test_after_one_month_a_third_at_most_is_missed_of_what_the_raw_amount_misses(
    seen_back: pd.DataFrame,
) -> None:
    rows = seen_back[seen_back["delay"] == 1]
    missed = (rows["completed_cents"] - rows["final_cents"]).abs().sum()
    assert missed <= (rows["declared_cents"] - rows["final_cents"]).abs().sum() / 3


def test_the_band_holds_eight_of_ten_final_amounts(seen_back: pd.DataFrame) -> None:
    inside = seen_back["final_cents"].between(seen_back["p10_cents"], seen_back["p90_cents"])
    assert len(inside) > 500
    assert 0.70 <= inside.mean() <= 0.90
