"""How often a product is delivered is read from its periods."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.frequencies import cells_of, odd_periods, recognise
from tests.models.panels import table, use


def _cells(*series: list[int]) -> pd.DataFrame:
    rows = [
        use(f"{2000 + month // 12}-{month % 12 + 1:02d}-01", district=f"W{number}")
        for number, months in enumerate(series)
        for month in months
    ]
    return cells_of(table("care_use", rows))


@pytest.mark.unit
@given(
    base=st.sampled_from([1, 3, 12]),
    spans=st.lists(st.tuples(st.integers(0, 10), st.integers(5, 30)), min_size=1, max_size=6),
)
def test_complete_series_show_their_frequency_and_nothing_odd(
    base: int, spans: list[tuple[int, int]]
) -> None:
    cells = _cells(*[[base * (start + at) for at in range(length)] for start, length in spans])
    rhythms = recognise(cells)
    assert rhythms["p"].frequency is not None
    assert rhythms["p"].frequency.months == base
    assert odd_periods(cells, rhythms).empty


@pytest.mark.unit
@given(
    base=st.sampled_from([1, 3, 12]),
    missing=st.sets(st.integers(1, 38), max_size=6),
)
def test_a_few_gaps_do_not_hide_the_frequency(base: int, missing: set[int]) -> None:
    cells = _cells([base * at for at in range(40) if at not in missing])
    rhythms = recognise(cells)
    assert rhythms["p"].frequency is not None
    assert rhythms["p"].frequency.months == base
    assert odd_periods(cells, rhythms).empty
