"""Levers on paths: exact to the cent, alike for every grouping, and nothing that is known moves."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.asking import Selection
from models.budget import amount_for, probability_exceeded
from models.catalogue import Frequency, ordinal
from models.cube import Floats
from models.edition import Edition, open_edition
from models.errors import SelectionError
from models.goal_seek import certainty_of, percent_for
from models.lever_sums import whole_draws
from models.levers import CEILING, MOST_LEVERS, Lever, LeverFault, overlaps
from models.scenario import totals
from models.scenario_rows import COLUMNS, effect
from models.selection import answer
from tests.editions import build_edition

pytestmark = pytest.mark.unit
DIMENSIONS = ("municipality", "product", "district")
GROUPS = [by for n in range(4) for by in itertools.combinations(DIMENSIONS, n)]
WHY = "besluit van de raad"


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    place = tmp_path_factory.mktemp("editions")
    return open_edition(build_edition(place, draws=20, yearly=True))


class Held:
    """An edition that a failing example does not print."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition


@pytest.fixture(scope="module")
def held(edition: Edition) -> Held:
    return Held(edition)


def rows_of(columns: dict[str, Any]) -> list[dict[str, Any]]:
    names = list(columns)
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*(values.tolist() for values in columns.values()), strict=True)
    ]


def month(index: int) -> date:
    return date(2023 + index // 12, index % 12 + 1, 1)


PERCENTS = st.floats(-100, 60).map(lambda value: round(value, 1))
MONTHS = st.integers(0, 40).map(month)
PRODUCTS = st.lists(st.sampled_from(["HH", "BG", "DB", "VB"]), max_size=2, unique=True).map(tuple)
SIZES = st.builds(
    Lever,
    st.sampled_from(["price", "population", "use", "volume_per_client", "tariff"]),
    st.just(WHY),
    MONTHS,
    percent=PERCENTS,
    ramp=st.integers(0, 24),
    products=PRODUCTS,
    districts=st.sampled_from([(), ("VB0001D01",), ("VB0001",)]),
)
YEARLY = st.builds(
    Lever, st.just("price"), st.just(WHY), MONTHS, factor=st.just(1.03), yearly=st.just(True)
)
TARIFFS = st.builds(
    Lever,
    st.just("tariff"),
    st.just(WHY),
    MONTHS,
    level=st.floats(0, 99),
    products=st.just(("HH",)),
)
CEILINGS = st.builds(
    Lever,
    st.just(CEILING),
    st.just(WHY),
    MONTHS,
    level=st.floats(0, 4e5),
    products=PRODUCTS,
    measure=st.sampled_from(["cost", "clients"]),
)
LEVERS = st.lists(st.one_of(SIZES, YEARLY, TARIFFS, CEILINGS), max_size=4)


def oracle(edition: Edition, selection: Selection, levers: list[Lever]) -> Floats:
    """Turn every draw of every series by itself: (series, months, draws), no ceilings."""
    axis, track = edition.axes[Frequency.MONTH], edition.tracks["cost"]
    volume = edition.tracks["volume"]
    found = np.zeros((len(edition), axis.steps, track.paths.shape[2]))
    for at in range(len(edition)):
        if edition.series["product"][at] not in selection.products or track.rows[at] < 0:
            continue
        found[at] = track.paths[track.rows[at], : axis.steps]
        for step in range(max(track.first[at], track.data_until[at] + 1) - axis.first, axis.steps):
            now, use = found[at, step].copy(), 1.0
            for lever in levers:
                if (lever.products and edition.series["product"][at] not in lever.products) or (
                    lever.districts and edition.series["district"][at] not in lever.districts
                ):
                    continue
                since = axis.first + step - ordinal(lever.start, Frequency.MONTH) + 1
                weight = min(max(since / max(lever.ramp, 1), 0), 1)
                if lever.level is not None:
                    units = volume.paths[volume.rows[at], step] * use
                    now = now * (1 - weight) + weight * lever.level * units
                    continue
                factor = 1 + (lever.multiplier - 1) * weight
                if lever.yearly:
                    factor = lever.multiplier ** (max(since, 0) / 12)
                now = now * factor
                if lever.kind in ("population", "use", "volume_per_client"):
                    use *= factor
            found[at, step] = now
    return found


@settings(max_examples=40, deadline=None)
@given(levers=st.lists(st.one_of(SIZES, YEARLY, TARIFFS), max_size=4))
def test_draws_of_a_sum_are_those_of_every_series_turned_by_itself(
    held: Held, levers: list[Lever]
) -> None:
    asked = Selection("cost", products=("HH", "BG"), start=date(2023, 1, 1))
    found = totals(held.edition, asked, levers)
    assert found is not None
    each = oracle(held.edition, asked, levers)
    still = oracle(held.edition, asked, [])
    change = found.adjusted - found.base
    np.testing.assert_allclose(change, (each - still).sum(axis=0), atol=len(held.edition) + 1)
    whole = np.rint(each.mean(axis=-1) - still.mean(axis=-1)).sum(axis=0)
    # Where a mean lies halfway between two hundredths, either of them is right.
    np.testing.assert_allclose(change.sum(axis=1), whole * each.shape[2], atol=each.shape[2])


@settings(max_examples=25, deadline=None)
@given(levers=LEVERS)
def test_base_and_parts_add_up_and_groups_add_up_to_the_cent(
    held: Held, levers: list[Lever]
) -> None:
    asked = Selection("cost", frequency="year", start=date(2024, 1, 1))
    whole: dict[Any, int] = {}
    for by in GROUPS:
        sums: dict[Any, int] = defaultdict(int)
        found = rows_of(effect(held.edition, replace(asked, by=by), levers, parts=True))
        each = len(levers) + 3
        for at in range(0, len(found), each):
            base, *parts, difference, adjusted = found[at : at + each]
            assert [base["part"], difference["part"], adjusted["part"]] == [
                "base",
                "difference",
                "adjusted",
            ]
            cents = [round(row["mean"] * 100) for row in (base, *parts, difference, adjusted)]
            for row, cent in zip((base, *parts, difference, adjusted), cents, strict=True):
                assert row["mean"] == pytest.approx(cent / 100, abs=1e-6)
                assert row["p10"] <= row["p50"] <= row["p90"]
            assert cents[0] + sum(cents[1:-2]) == cents[-1]
            assert cents[0] + cents[-2] == cents[-1]
            for row, cent in zip(found[at : at + each], cents, strict=True):
                sums[row["period"], row["part"]] += cent
        whole = whole or sums
        assert sums == whole


@settings(max_examples=25, deadline=None)
@given(levers=LEVERS, measure=st.sampled_from(["cost", "clients", "volume"]))
def test_what_is_known_does_not_move_and_base_is_the_forecast(
    held: Held, levers: list[Lever], measure: str
) -> None:
    asked = Selection(measure, products=("HH",), by=("district",))
    found = rows_of(effect(held.edition, asked, levers))
    known = {(row["district"], row["period"]): row for row in rows_of(answer(held.edition, asked))}
    assert found
    for row in found:
        there = known[row["district"], row["period"]]
        assert there["kind"] == "forecast"
        if row["part"] == "base":
            assert all(row[name] == there[name] for name in ("p10", "p50", "p90", "mean"))
    single = totals(held.edition, asked, levers)
    assert single is not None
    fixed = ~single.forecast
    np.testing.assert_array_equal(single.base[fixed], single.adjusted[fixed])
    assert (single.adjusted >= 0).all()


def test_the_difference_has_a_band_of_its_own(edition: Edition) -> None:
    lever = Lever("use", WHY, date(2024, 1, 1), percent=-10, products=("HH",))
    asked = Selection("cost", by=(), frequency="year", start=date(2024, 1, 1))
    base, difference, adjusted = rows_of(effect(edition, asked, [lever]))[:3]
    width = base["p90"] - base["p10"]
    assert difference["p90"] - difference["p10"] < width / 4
    assert difference["mean"] == pytest.approx(adjusted["mean"] - base["mean"])
    assert difference["p90"] < 0


@pytest.mark.parametrize(
    ("kind", "moved"),
    [
        ("price", {"cost"}),
        ("tariff", {"cost"}),
        ("volume_per_client", {"cost", "volume"}),
        ("use", {"cost", "volume", "clients"}),
        ("population", {"cost", "volume", "clients"}),
    ],
)
def test_each_kind_moves_what_it_should(edition: Edition, kind: str, moved: set[str]) -> None:
    lever = Lever(kind, WHY, date(2024, 1, 1), percent=10)
    for measure in ("cost", "volume", "clients"):
        asked = Selection(measure, products=("HH",), by=(), frequency="all", start=date(2024, 1, 1))
        base, _, adjusted = rows_of(effect(edition, asked, [lever]))
        expected = 1.1 if measure in moved else 1.0
        assert adjusted["mean"] / base["mean"] == pytest.approx(expected, rel=1e-3)


def test_a_ramp_grows_evenly_and_an_end_ends_it(edition: Edition) -> None:
    lever = Lever("price", WHY, date(2024, 3, 1), date(2024, 6, 1), factor=1.2, ramp=4)
    asked = Selection("cost", products=("HH",), by=(), start=date(2024, 1, 1), end=date(2024, 8, 1))
    rows = rows_of(effect(edition, asked, [lever]))
    shares = [
        round(rows[at + 2]["mean"] / rows[at]["mean"] - 1, 4) for at in range(0, len(rows), 3)
    ]
    assert shares == pytest.approx([0, 0, 0.05, 0.1, 0.15, 0.2, 0, 0], abs=2e-4)


def test_a_yearly_change_compounds(edition: Edition) -> None:
    lever = Lever("price", WHY, date(2024, 1, 1), percent=3, yearly=True)
    asked = Selection("cost", products=("HH",), by=(), start=date(2024, 12, 1))
    rows = rows_of(effect(edition, asked, [lever]))
    shares = {
        rows[at]["period"]: rows[at + 2]["mean"] / rows[at]["mean"] for at in range(0, len(rows), 3)
    }
    assert shares[date(2024, 12, 1)] == pytest.approx(1.03, rel=1e-4)
    assert shares[date(2026, 12, 1)] == pytest.approx(1.03**3, rel=1e-4)


@pytest.mark.parametrize("measure", ["cost", "clients"])
def test_a_ceiling_is_never_passed_and_cuts_no_more_than_it_must(
    edition: Edition, measure: str
) -> None:
    asked = Selection(measure, products=("HH", "BG"), frequency="year", start=date(2024, 1, 1))
    free = totals(edition, asked)
    assert free is not None
    months = 12 if measure == "clients" else 1
    level = round(float(np.median(free.base[1])) / 100 / months, 2)
    dearer = Lever("use", WHY, date(2024, 1, 1), percent=5)
    capped = Lever(
        CEILING, WHY, date(2024, 1, 1), level=level, products=("HH", "BG"), measure=measure
    )
    found = totals(edition, asked, [capped, dearer])
    before = totals(edition, asked, [dearer])
    assert found is not None
    assert before is not None
    limit = level * 100 * months
    above = before.adjusted > limit + 1
    assert above.any()
    np.testing.assert_allclose(found.adjusted[above], limit, atol=200)
    below = before.adjusted < limit - 1
    np.testing.assert_allclose(found.adjusted[below], before.adjusted[below], atol=200)


def test_a_ceiling_on_clients_takes_cost_along_and_one_on_cost_leaves_use(edition: Edition) -> None:
    def moved(measure: str, capped: str) -> bool:
        lever = Lever(CEILING, WHY, date(2024, 1, 1), level=1, products=("HH",), measure=capped)
        found = totals(
            edition, Selection(measure, products=("HH",), start=date(2024, 1, 1)), [lever]
        )
        assert found is not None
        return bool((found.base != found.adjusted).any())

    assert [moved(measure, "clients") for measure in ("clients", "volume", "cost")] == [True] * 3
    assert [moved(measure, "cost") for measure in ("clients", "volume", "cost")] == [
        False,
        False,
        True,
    ]


@settings(max_examples=15, deadline=None)
@given(certainty=st.sampled_from([0.5, 0.8, 0.95]), share=st.floats(0.3, 1.6))
def test_goal_seek_finds_the_largest_percentage_that_fits(
    held: Held, certainty: float, share: float
) -> None:
    asked = Selection(
        "cost",
        frequency="year",
        start=date(2024, 1, 1),
        end=date(2026, 12, 31),
        products=("HH", "BG"),
    )
    lever = Lever("use", WHY, date(2024, 1, 1), percent=7, ramp=12)
    free = totals(held.edition, asked)
    assert free is not None
    budget = round(amount_for(free.base.sum(axis=0), certainty) * share)
    sought = percent_for(held.edition, asked, [lever], 0, budget, certainty)
    if sought.percent is None:
        assert sought.covers > budget
        return
    turned = [replace(lever, percent=sought.percent)]
    _, after = certainty_of(held.edition, asked, turned, budget)
    assert after >= certainty - 1e-9
    further = [replace(lever, percent=sought.percent + 0.02)]
    found = totals(held.edition, asked, further)
    assert found is not None
    assert sought.at_limit or probability_exceeded(found.adjusted.sum(axis=0), budget) > 0
    if not sought.at_limit:
        assert amount_for(found.adjusted.sum(axis=0), certainty) > budget


def test_a_budget_that_no_percentage_fits_is_said_so(edition: Edition) -> None:
    lever = Lever("price", WHY, date(2025, 1, 1), percent=0)
    asked = Selection("cost", frequency="year", start=date(2024, 1, 1), products=("HH",))
    assert percent_for(edition, asked, [lever], 0, 1, 0.8).percent is None
    assert percent_for(edition, asked, [lever], 0, 10**15, 0.8).at_limit


@pytest.mark.parametrize(
    ("lever", "code", "place"),
    [
        ({"kind": "korting"}, "unknown-value", "kind"),
        ({"reason": "  "}, "empty-text", "reason"),
        ({"end": date(2023, 1, 1)}, "lever-order", "end"),
        ({"percent": None}, "lever-size", ""),
        ({"factor": 1.0}, "lever-size", ""),
        ({"percent": None, "level": 3.0}, "lever-size", ""),
        ({"percent": -100.01}, "lever-below-zero", "percent"),
        ({"percent": None, "factor": -0.1}, "lever-below-zero", "factor"),
        ({"percent": float("nan")}, "lever-below-zero", "percent"),
        ({"percent": 1e6}, "lever-too-large", "percent"),
        ({"ramp": -1}, "no-number", "ramp"),
        ({"ramp": 3, "yearly": True}, "lever-ramp", "ramp"),
        ({"products": ("XX",)}, "unknown-value", "products"),
        ({"districts": ("XX",)}, "unknown-value", "districts"),
        ({"start": date(2040, 1, 1)}, "lever-outside", "start"),
        ({"start": date(2000, 1, 1), "end": date(2001, 1, 1)}, "lever-outside", "end"),
        (
            {"kind": CEILING, "percent": None, "level": 1.0, "measure": "volume"},
            "unknown-value",
            "measure",
        ),
        ({"kind": CEILING}, "lever-size", ""),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(
    edition: Edition, lever: dict[str, Any], code: str, place: str
) -> None:
    good: dict[str, Any] = {"kind": "use", "reason": WHY, "start": date(2024, 1, 1), "percent": 1.0}
    with pytest.raises(SelectionError) as caught:
        effect(edition, Selection("cost"), [Lever(**good), Lever(**{**good, **lever})])
    (fault,) = caught.value.faults
    assert isinstance(fault, LeverFault)
    assert (fault.code, fault.parameter) == (code, f"/levers/1/{place}".rstrip("/"))


def test_every_fault_is_told_at_once(edition: Edition) -> None:
    bad = Lever("use", "", date(2024, 1, 1), percent=-200, products=("XX", "YY"))
    with pytest.raises(SelectionError) as caught:
        effect(edition, Selection("cost"), [bad, bad])
    assert len(caught.value.faults) == 8


def test_a_million_levers_are_refused_at_once(edition: Edition) -> None:
    lever = Lever("use", WHY, date(2024, 1, 1), percent=1)
    with pytest.raises(SelectionError, match=f"at most {MOST_LEVERS}"):
        effect(edition, Selection("cost"), [lever] * 1_000_000)


def test_many_levers_that_multiply_without_end_are_refused(edition: Edition) -> None:
    lever = Lever("use", WHY, date(2024, 1, 1), factor=100.0)
    with pytest.raises(SelectionError, match="too large"):
        effect(edition, Selection("cost"), [lever] * 20)
    yearly = replace(lever, yearly=True)
    with pytest.raises(SelectionError, match="too large"):
        effect(edition, Selection("cost"), [yearly] * MOST_LEVERS)


def test_a_tariff_in_euros_needs_volume(edition: Edition) -> None:
    lever = Lever("tariff", WHY, date(2024, 1, 1), level=30.0, products=("VB", "HH"))
    with pytest.raises(SelectionError, match="volume of VB") as caught:
        effect(edition, Selection("cost", by=("product",)), [lever])
    assert caught.value.faults[0].parameter == "/levers/0/level"


def test_overlapping_measures_are_told() -> None:
    one = Lever("use", WHY, date(2024, 1, 1), percent=1, products=("HH",))
    levers = [
        one,
        replace(one, products=("BG",)),
        replace(one, products=()),
        replace(one, kind="price"),
        replace(one, start=date(2020, 1, 1), end=date(2023, 12, 1)),
    ]
    assert overlaps(levers) == [(0, 2), (1, 2)]


@given(
    st.lists(st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=3), min_size=1, max_size=8),
    st.lists(st.integers(-5, 5), min_size=8, max_size=8),
)
def test_rounded_draws_add_up_and_stay_near(rows: list[list[float]], off: list[int]) -> None:
    draws = np.array(rows)
    wanted = np.rint(draws.sum(axis=1)).astype(np.int64) + np.array(off[: len(rows)])
    some = np.abs(draws).sum(axis=1) > 0
    whole = whole_draws(draws, wanted)
    assert (whole[some].sum(axis=1) == wanted[some]).all()
    assert (whole[draws == 0] == 0).all() or (draws[:, :-1] == 0).any()
    assert np.abs(whole - draws).max() <= 8


def test_columns_are_those_of_the_contract_also_without_rows(edition: Edition) -> None:
    asked = Selection("cost")
    assert tuple(effect(edition, asked, [])) == COLUMNS
    nothing = effect(edition, replace(asked, start=date(2090, 1, 1)), [])
    assert tuple(nothing) == COLUMNS
    assert {len(values) for values in nothing.values()} == {0}
    assert totals(edition, replace(asked, start=date(2090, 1, 1))) is None


def test_an_edition_is_the_same_after_a_scenario(tmp_path: Path) -> None:
    edition = open_edition(build_edition(tmp_path, draws=7))
    before = edition.paths["cost"].copy()
    lever = Lever("use", WHY, date(2024, 1, 1), percent=50)
    first = effect(edition, Selection("cost"), [lever])
    second = effect(edition, Selection("cost"), [lever])
    for name in COLUMNS:
        np.testing.assert_array_equal(first[name], second[name])
    np.testing.assert_array_equal(before, edition.paths["cost"])
