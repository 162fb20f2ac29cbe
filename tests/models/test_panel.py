"""The panel in memory: what was known when, and series laid out without loss."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalogue import Frequency
from models.contract import file_named
from models.knowledge import known_days
from models.panel import MEASURE_COLUMNS, Panel, grid
from tests.models.panels import panel_of, table, use

# --- what was known -----------------------------------------------------------------------------


@pytest.mark.unit
def test_row_counts_as_known_at_the_end_of_its_period() -> None:
    panel = panel_of([use("2022-01-01"), use("2022-02-01")])
    assert len(panel.as_known_at(date(2022, 1, 30)).care_use) == 0
    assert len(panel.as_known_at(date(2022, 1, 31)).care_use) == 1
    assert len(panel.as_known_at(date(2022, 2, 28)).care_use) == 2


@pytest.mark.unit
@pytest.mark.parametrize(
    ("frequency", "known"), [("quarter", "2022-03-31"), ("year", "2022-12-31")]
)
def test_the_end_follows_the_frequency_of_the_product(frequency: str, known: str) -> None:
    panel = panel_of([use("2022-01-01")], frequency)
    assert panel.end() == date.fromisoformat(known)
    assert len(panel.as_known_at(panel.end()).care_use) == 1
    assert len(panel.as_known_at(date.fromordinal(panel.end().toordinal() - 1)).care_use) == 0


@pytest.mark.unit
def test_of_several_vintages_the_latest_known_one_counts() -> None:
    rows = [
        use("2022-01-01", None, clients=1),
        use("2022-01-01", "2022-03-01", clients=2),
        use("2022-01-01", "2022-06-01", clients=3),
    ]
    panel = panel_of(rows)
    seen = [
        panel.as_known_at(day).care_use["clients"].tolist()
        for day in (date(2022, 2, 1), date(2022, 3, 1), date(2022, 5, 31), date(2022, 6, 1))
    ]
    assert seen == [[1], [2], [2], [3]]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("file", "row", "known"),
    [
        ("population", {"year": 2022, "kind": "observed"}, "2022-12-31"),
        ("population", {"year": 2030, "kind": "projected", "vintage": "2022"}, "2022-12-31"),
        ("population", {"year": 2030, "kind": "projected", "vintage": "2022-10"}, "2022-10-31"),
        ("population", {"year": 2030, "kind": "projected", "vintage": "2022-10-05"}, "2022-10-05"),
        ("population", {"year": 2030, "kind": "projected", "vintage": "CBS 2022"}, "2022-12-31"),
        ("population", {"year": 2030, "kind": "projected", "vintage": "2022-02-31"}, "1900-01-01"),
        ("population", {"year": 2030, "kind": "projected", "vintage": "own"}, "1900-01-01"),
        ("population", {"year": 2030, "kind": "projected"}, "1900-01-01"),
        (
            "population",
            {"year": 2022, "kind": "observed", "known_from": "2023-05-01"},
            "2023-05-01",
        ),
        ("prices", {"year": 2022}, "2022-01-01"),
        ("prices", {"year": 2022, "status": "provisional"}, "2022-01-01"),
        ("prices", {"year": 2022, "status": "definitive"}, "2022-12-31"),
        ("prices", {"year": 2022, "status": "definitief"}, "2022-12-31"),
        ("tariffs", {"valid_from": "2022-04-01"}, "2022-04-01"),
        ("policy_events", {"date": "2022-04-01"}, "2022-04-01"),
        ("declarations", {"declared_period": "2022-04-01"}, "2022-04-30"),
        ("allocations", {"product": "p", "period": "2022-04-01"}, "2022-04-30"),
        ("budget", {"year": 2023}, "2022-11-01"),
        ("age_profile", {"product": "p"}, "1900-01-01"),
        ("provenance", {"file": "care_use"}, "1900-01-01"),
    ],
)
def test_every_file_has_its_own_day_of_becoming_known(
    file: str, row: dict[str, Any], known: str
) -> None:
    days = known_days(file_named(file), table(file, [row]), {"p": Frequency.MONTH})
    assert days.tolist() == [pd.Timestamp(known)]


@pytest.mark.unit
def test_code_lists_keep_their_first_description() -> None:
    panel = panel_of([use("2022-01-01")])
    rows = [
        {"product": "p", "label": "old", "known_from": "2022-01-01"},
        {"product": "p", "label": "new", "known_from": "2023-01-01"},
    ]
    products = table("products", rows).assign(frequency="month")
    described = Panel(**{**vars(panel), "products": products})
    labels = [
        described.as_known_at(date(year, 6, 1)).products["label"].tolist()
        for year in (2021, 2022, 2023)
    ]
    assert labels == [["old"], ["old"], ["new"]]


@pytest.mark.contract
def test_assumptions_are_told_per_file() -> None:
    panel = panel_of(
        [use("2022-01-01"), use("2022-02-01", "2022-03-09")],
        budget=[{"municipality": "G1", "year": 2023, "amount_cents": 1}],
        prices=[{"series": "OVA", "year": 2023, "known_from": "2022-10-01"}],
    )
    assert panel.known_assumptions() == [
        "care_use: 1 of 2 rows have no known_from and count as known at the end of their period",
        "prices: every row says from when it was known",
        "budget: 1 of 1 rows have no known_from and count as known on 1 November of the year "
        "before",
    ]


days_of_2022 = st.dates(date(2021, 1, 1), date(2024, 12, 31))
vintages = st.lists(
    st.tuples(
        st.integers(1, 12),
        st.none() | days_of_2022,
        st.sampled_from(["W1", "W2"]),
        st.integers(0, 9),
    ),
    unique_by=lambda row: row[:3],
    min_size=1,
    max_size=30,
)


@pytest.mark.unit
@settings(max_examples=40)
@given(rows=vintages, day=days_of_2022)
def test_nothing_later_than_the_day_is_seen(
    rows: list[tuple[int, date | None, str, int]], day: date
) -> None:
    care = [
        use(f"2022-{month:02d}-01", str(known) if known else None, district, clients=clients)
        for month, known, district, clients in rows
    ]
    panel = panel_of(care)
    seen = panel.as_known_at(day)
    contract = file_named("care_use")
    assert (known_days(contract, seen.care_use, panel.frequencies()) <= pd.Timestamp(day)).all()
    assert not seen.care_use.duplicated(["district", "period"]).any()
    # and what was known is there: every cell with a row known by then
    before = known_days(contract, panel.care_use, panel.frequencies()) <= pd.Timestamp(day)
    expected = panel.care_use[before].drop_duplicates(["district", "period"])
    assert len(seen.care_use) == len(expected)
    again = seen.as_known_at(day).care_use
    pd.testing.assert_frame_equal(again, seen.care_use)


# --- the grid -----------------------------------------------------------------------------------


@pytest.mark.unit
def test_grid_puts_every_value_at_its_place_and_leaves_gaps_unknown() -> None:
    rows = [
        use("2022-01-01", clients=1, cost_cents=105),
        use("2022-04-01", clients=0, status="voorlopig"),
        use("2022-02-01", district="W0", cost_cents=7),
    ]
    panel = panel_of(rows).as_known_at(date(2023, 1, 1))
    clients, cost = (grid(panel, measure, Frequency.MONTH) for measure in ("clients", "cost"))
    assert clients.keys["district"].tolist() == ["W1"]
    np.testing.assert_array_equal(clients.values, [[1, np.nan, np.nan, 0]])
    assert clients.provisional.tolist() == [[False, False, False, True]]
    assert cost.keys["district"].tolist() == ["W0", "W1"]
    np.testing.assert_array_equal(
        cost.values, [[np.nan, 7, np.nan, np.nan], [105, np.nan, np.nan, np.nan]]
    )
    assert clients.first == cost.first == 2022 * 12
    assert clients.days.astype(str).tolist() == [f"2022-0{month}-01" for month in (1, 2, 3, 4)]
    assert clients.last_day == date(2022, 4, 30)


@pytest.mark.unit
def test_grid_takes_products_of_its_frequency_only() -> None:
    panel = panel_of([use("2022-01-01", clients=1)], "quarter")
    assert grid(panel, "clients", Frequency.MONTH).values.shape == (0, 0)
    assert grid(panel, "volume", Frequency.QUARTER).values.shape == (0, 1)
    assert grid(panel, "clients", Frequency.QUARTER).values.tolist() == [[1]]


@pytest.mark.unit
def test_grid_refuses_several_rows_per_cell_and_unknown_measures() -> None:
    panel = panel_of([use("2022-01-01", clients=1), use("2022-01-01", "2022-06-01", clients=2)])
    with pytest.raises(ValueError, match="as_known_at"):
        grid(panel, "clients", Frequency.MONTH)
    with pytest.raises(ValueError, match="euros"):
        grid(panel, "euros", Frequency.MONTH)


@pytest.mark.unit
@given(
    st.dictionaries(
        st.tuples(st.integers(0, 23), st.sampled_from(["W1", "W2", "W3"])),
        st.tuples(*[st.none() | st.integers(0, 2**40)] * 3),
        min_size=1,
    )
)
def test_grid_holds_every_known_value_once(
    cells: dict[tuple[int, str], tuple[int | None, ...]],
) -> None:
    rows = [
        use(
            f"{2021 + month // 12}-{month % 12 + 1:02d}-01",
            district=district,
            **dict(zip(MEASURE_COLUMNS.values(), figures, strict=True)),
        )
        for (month, district), figures in cells.items()
    ]
    panel = panel_of(rows)
    for at, measure in enumerate(MEASURE_COLUMNS):
        known = [figures[at] for figures in cells.values() if figures[at] is not None]
        laid = grid(panel, measure, Frequency.MONTH)
        held = laid.values[~np.isnan(laid.values)]
        assert sorted(held.tolist()) == sorted(known)
        assert len(laid.keys) == len(laid.values)


@pytest.mark.unit
def test_panel_without_care_use_has_no_end() -> None:
    with pytest.raises(ValueError, match="no end"):
        panel_of([]).end()
