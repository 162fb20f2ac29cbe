"""Breaks are seen and worded; growth, chance and explained falls are not taken for one."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.break_kinds import BRIDGED, HELD, LEVEL, RECODING, REPORTED, SPIKE, SUPPLY_GAP
from models.breaks import breaks, bridged, held, level_events, supply_gaps
from models.catalogue import Frequency
from models.hierarchy import OWN_PRODUCT, Hierarchy
from models.history import Block
from models.members import Event
from tests.constructed import JANUARY_2017, block_of, histories
from tests.house_rules import ROOT

pytestmark = pytest.mark.unit
Array = npt.NDArray[np.float64]
# Wmo clients of a district that lost its supplier's figures, beside one that did not (yearly).
FALLS = np.array([400.0, 410, 405, 420, 415, 418, 422, 20])
STEADY = np.array([400.0, 410, 405, 420, 415, 418, 422, 425])


def yearly(**values: np.ndarray) -> Block:
    return block_of(values, Frequency.YEAR)


def test_a_fall_to_almost_nothing_is_held_with_both_levels_in_the_reason() -> None:
    found = supply_gaps(yearly(falls=FALLS, steady=STEADY))
    assert list(found) == [0]
    assert "20" in found[0]
    assert "418" in found[0]


def test_an_event_of_the_product_explains_a_fall() -> None:
    block = yearly(falls=FALLS)
    event = Event(block.first + 7, "level")
    assert supply_gaps(replace(block, events={"P": (event,)})) == {}


def test_a_handful_of_clients_may_vanish_by_chance() -> None:
    assert supply_gaps(yearly(small=FALLS / 40)) == {}


def test_a_quarter_of_silence_in_monthly_figures_is_a_gap() -> None:
    months = np.full(48, 200.0)
    months[-3:] = 4.0
    assert list(supply_gaps(block_of({"gap": months}))) == [0]


def test_a_series_too_short_to_tell_is_left_alone() -> None:
    assert supply_gaps(yearly(short=FALLS[-2:])) == {}
    assert breaks(yearly(short=FALLS[-2:])) == []


def test_three_years_are_enough_when_thousands_of_clients_vanish() -> None:
    """Household help in The Hague, 2017-2019 (CBS): recoded over two years."""
    assert list(supply_gaps(yearly(hague=np.array([12895.0, 4160, 20])))) == [0]


MONTHS = np.arange(72)
SEASON = 1 + 0.15 * np.sin(2 * np.pi * MONTHS / 12)
LARGE, SMALL = 800 * SEASON, 300 * SEASON
NOTHING = np.zeros(72)


def municipality(seed: int = 3, **products: Array) -> Block:
    """Four districts of one municipality with Poisson counts of some products (monthly)."""
    rng = np.random.default_rng(seed)
    names = [(district, product) for district in "abcd" for product in sorted(products)]
    keys = pd.DataFrame(names, columns=["district", "product"])
    keys = keys.assign(municipality="M", unit="clients")
    values = np.stack([rng.poisson(products[product] / 4) for _, product in names]).astype(float)
    exposure = np.ones((len(keys), 72 + 48))
    return Block(Hierarchy.of(keys), Frequency.MONTH, JANUARY_2017, values, exposure)


def rows_of(block: Block, product: str) -> tuple[int, ...]:
    return tuple(np.flatnonzero(block.hierarchy.keys["product"] == product).tolist())


def from_month(at: int, after: Array | float, before: Array | float) -> Array:
    return np.where(at <= MONTHS, after, before)


def test_a_hole_of_the_whole_municipality_is_bridged_small_cells_with_it() -> None:
    hole = (MONTHS >= 50) & (MONTHS < 53)
    block = municipality(
        a=np.where(hole, 5, LARGE), b=np.where(hole, 2, SMALL), tiny=np.where(hole, 0, 9 * SEASON)
    )
    (found,) = breaks(block)
    assert (found.kind, found.action) == (SUPPLY_GAP, BRIDGED)
    assert found.reason.startswith("supply gap suspected 2021-03 to 2021-05: ")
    assert re.search(r": 1\d{3} -> \d per month; bridged$", found.reason)
    assert {*rows_of(block, "a"), *rows_of(block, "b")} <= set(found.rows)
    assert np.flatnonzero(np.isnan(bridged(block, [found]).values).any(axis=0)).tolist() == [
        50, 51, 52,
    ]  # fmt: skip
    assert np.isfinite(block.values).all()


def test_when_all_of_a_municipality_falls_away_its_small_cells_are_held_too() -> None:
    block = municipality(
        a=from_month(69, 5, LARGE), b=from_month(69, 2, SMALL), tiny=from_month(69, 0, 9 * SEASON)
    )
    reasons = held(breaks(block))
    assert set(reasons) >= set(rows_of(block, "tiny")[:2])
    assert all(reason.endswith("held") for reason in reasons.values())


def test_a_hundredfold_figure_is_bridged_and_an_event_explains_it() -> None:
    block = municipality(a=LARGE, b=SMALL)
    block.values[2, 30] *= 100
    (found,) = breaks(block)
    assert (found.kind, found.rows, found.action) == (SPIKE, (2,), BRIDGED)
    assert found.first == found.last == block.first + 30
    assert found.size == pytest.approx(100, rel=0.1)
    event = Event(found.first, "outlier")
    product = block.hierarchy.keys["product"].iloc[2]
    assert breaks(replace(block, events={product: (event,)})) == []


def test_a_wave_that_ebbs_away_over_months_is_no_fault_of_the_record() -> None:
    wave = np.array([0.2, 0.15, 0.3, 0.5, 0.7, 0.85])
    course = LARGE.copy()
    course[50:56] *= wave
    assert breaks(municipality(a=course, b=SMALL)) == []


def test_a_summer_that_is_empty_every_year_is_no_hole() -> None:
    holiday = np.where(np.isin(MONTHS % 12, [6, 7]), 0.02, 1.0)
    assert breaks(municipality(a=LARGE * holiday)) == []


def test_what_falls_in_other_municipalities_too_is_no_supply_gap() -> None:
    def three(**factors: float) -> Block:
        hole = (MONTHS >= 50) & (MONTHS < 52)
        rng = np.random.default_rng(1)
        keys = pd.DataFrame({"municipality": list(factors)}).assign(
            district="d", product="P", unit="clients"
        )
        courses = [LARGE * np.where(hole, factor, 1.0) for factor in factors.values()]
        values = rng.poisson(np.stack(courses)).astype(float)
        exposure = np.ones((len(values), 100))
        return Block(Hierarchy.of(keys), Frequency.MONTH, JANUARY_2017, values, exposure)

    assert [one.rows for one in breaks(three(u=0.05, v=1.0, w=1.0))] == [(0,)]
    assert breaks(three(u=0.05, v=0.3, w=0.3)) == []


@pytest.mark.parametrize(
    ("left", "at", "action"), [(20, 50, BRIDGED), (20, 66, HELD), (480, 50, REPORTED)]
)
def test_use_that_moves_to_another_product_is_a_recoding(left: int, at: int, action: str) -> None:
    moved = LARGE * (1 - left / 800)
    block = municipality(
        a=from_month(at, LARGE - moved, LARGE), b=from_month(at, SMALL + moved, SMALL)
    )
    fell, rose = sorted(breaks(block), key=lambda one: one.size)
    assert (fell.kind, fell.rows, fell.action) == (RECODING, rows_of(block, "a"), action)
    assert (rose.kind, rose.rows, rose.action) == (RECODING, rows_of(block, "b"), REPORTED)
    assert fell.reason.startswith("recoding suspected from ")
    assert "a 7" in fell.reason or "a 8" in fell.reason


@pytest.mark.parametrize("before", [0.0, np.nan])
def test_a_product_that_begins_when_another_ends_takes_part_in_a_recoding(before: float) -> None:
    block = municipality(a=from_month(50, 20, LARGE), c=from_month(50, LARGE - 20, NOTHING))
    block.values[list(rows_of(block, "c")), :50] = before
    found = breaks(block)
    assert {one.rows for one in found} == {rows_of(block, "a"), rows_of(block, "c")}
    assert {one.kind for one in found} == {RECODING}
    fit = bridged(block, found).values
    assert np.isnan(fit[:, :50]).all()
    assert np.isfinite(fit[:, 50:]).all()


def test_a_lasting_jump_is_reported_and_offered_as_an_event() -> None:
    block = municipality(a=from_month(50, 0.7 * LARGE, LARGE), b=SMALL)
    (found,) = breaks(block)
    assert (found.kind, found.action, found.rows) == (LEVEL, REPORTED, rows_of(block, "a"))
    assert found.size == pytest.approx(0.7, abs=0.05)
    group = int(block.hierarchy.groups[OWN_PRODUCT][found.rows[0]])
    assert level_events(block, [found]) == {group: (Event(found.first, "level"),)}
    assert bridged(block, [found]) is block
    declared = {"a": (Event(found.first, "level"),)}
    assert breaks(replace(block, events=declared)) == []


def test_a_break_is_found_when_it_could_be_known_and_not_before() -> None:
    block = municipality(a=from_month(50, 0.6 * LARGE, LARGE), b=SMALL)
    assert breaks(block.until(51)) == []
    assert [one.first - block.first for one in breaks(block.until(60))] == [50]


NOISE = [(Frequency.MONTH, 96), (Frequency.MONTH, 48), (Frequency.QUARTER, 24), (Frequency.YEAR, 8)]


@pytest.mark.parametrize(("frequency", "periods"), NOISE)
@pytest.mark.parametrize("municipalities", [1, 100])
def test_fewer_than_one_series_in_a_hundred_breaks_by_chance(
    frequency: Frequency, periods: int, municipalities: int
) -> None:
    block = noise(frequency, periods, municipalities)
    broken = {row for one in breaks(block) for row in one.rows}
    assert len(broken) < 0.01 * len(block.values)


def noise(frequency: Frequency, periods: int, municipalities: int) -> Block:
    """500 series with trend and season, Poisson or negative binomial, of 0.2 to 3,000 clients."""
    rng = np.random.default_rng(4)
    names = [
        (m, d, p)
        for m in range(municipalities)
        for d in range(100 // municipalities)
        for p in "abcde"
    ]
    keys = pd.DataFrame(names, columns=["municipality", "district", "product"]).astype(str)
    count, years = len(keys), np.arange(periods) / frequency.per_year
    level = np.exp(rng.uniform(np.log(0.2), np.log(3000), count))[:, None]
    season = rng.uniform(0, 0.3, (count, 1)) * np.sin(2 * np.pi * (years + rng.random((count, 1))))
    mean = level * np.exp(rng.normal(0.03, 0.06, (count, 1)) * years)
    mean = mean * (1 + season * (frequency != Frequency.YEAR))
    shape = rng.uniform(5, 50, (count, 1)) * np.ones(mean.shape)
    mixed = np.where(rng.random((count, 1)) < 0.5, 1.0, rng.gamma(shape, 1 / shape))
    values = rng.poisson(mean * mixed).astype(float)
    hierarchy = Hierarchy.of(keys.assign(unit="clients"))
    return Block(hierarchy, frequency, 8000, values, np.ones((count, periods + 60)))


@settings(deadline=None, max_examples=40)
@given(periods=st.integers(0, 60), frequency=st.sampled_from(list(Frequency)))
def test_whatever_the_history_what_is_found_lies_inside_it(
    periods: int, frequency: Frequency
) -> None:
    block = block_of({name: own[:periods] for name, own in histories().items()}, frequency)
    found = breaks(block)
    for one in found:
        assert block.first <= one.first <= one.last < block.first + periods
        assert one.action in one.reason
        assert set(one.rows) <= set(range(len(block.values)))
    fit = bridged(block, found).values
    unknown = np.isnan(fit)
    np.testing.assert_array_equal(fit[~unknown], block.values[~unknown])


@settings(deadline=None, max_examples=25)
@given(mean=st.floats(0.0, 1.0), seed=st.integers(0, 10_000))
def test_sparse_cells_never_break(mean: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    lumps = rng.poisson(mean, (6, 96)) * rng.integers(1, 40, (6, 96))
    assert breaks(block_of(dict(zip("abcdef", lumps.astype(float), strict=True)))) == []


@settings(deadline=None, max_examples=25)
@given(order=st.permutations(range(72)))
def test_what_is_found_in_one_municipality_does_not_hang_on_another(order: list[int]) -> None:
    own = municipality(a=from_month(50, 0.6 * LARGE, LARGE))
    other = municipality(seed=9, a=SMALL)
    keys = pd.concat([own.hierarchy.keys, other.hierarchy.keys.assign(municipality="N")])
    values = np.concatenate([own.values, other.values[:, order]])
    exposure = np.ones((len(values), 120))
    both = Block(Hierarchy.of(keys), own.frequency, own.first, values, exposure)
    found = [one.reason for one in breaks(both) if one.rows[0] < 4]
    assert found == [one.reason for one in breaks(own)]


PANELS = ROOT.parent / "shared" / "data" / "panels"


def test_wassenaar_2022_is_held_with_the_figures() -> None:
    file = PANELS / "haaglanden-districts-yearly" / "care_use.csv"
    if not file.exists():
        pytest.skip("the real panels are not beside the repository")
    use = pd.read_csv(file, dtype={"municipality": str, "district": str})
    wide = use.pivot_table(
        index=["municipality", "district", "product"], columns="period", values="clients"
    )
    keys = wide.index.to_frame(index=False).assign(unit="clients")
    block = Block(
        Hierarchy.of(keys), Frequency.YEAR, 2015, wide.to_numpy(float), np.ones((len(wide), 12))
    )
    reasons = held(breaks(block))
    wassenaar = (keys["municipality"] == "GM0629") & (keys["product"] == "wmo")
    assert set(np.flatnonzero(wassenaar)) <= set(reasons)
    assert len(reasons) <= 4
    assert any("1020 -> 30" in reason for reason in reasons.values())
    assert held(breaks(block.until(7))) == {}
