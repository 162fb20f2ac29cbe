"""Cells are read as the contract means them, exactly, and never repaired."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contract import file_named
from training.values import read_cents, read_column, read_day, read_number, read_period

COST = file_named("care_use").column("cost_eur")


@pytest.mark.unit
@given(st.integers(-(2**53), 2**53))
def test_every_amount_in_cents_survives_a_round_trip(cents: int) -> None:
    text = str(Decimal(cents) / 100) if cents % 100 else f"{cents // 100}.00"
    assert int(read_cents(text)) == cents


@pytest.mark.unit
@given(st.lists(st.integers(-(10**12), 10**12), max_size=50))
def test_sums_of_amounts_are_equal_to_the_cent(amounts: list[int]) -> None:
    texts = pd.Series([f"{Decimal(amount).scaleb(-2):f}" for amount in amounts], dtype=object)
    read = read_column(COST, texts)
    assert read.broken == {}
    assert sum(int(cents) for cents in read.typed) == sum(amounts)


@pytest.mark.unit
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-999, max_value=999))
def test_more_than_two_decimals_are_refused_and_never_rounded(amount: Decimal) -> None:
    if amount * 100 == int(amount * 100):
        assert read_cents(f"{amount:f}") == int(amount * 100)
    else:
        with pytest.raises(ValueError, match="decimals"):
            read_cents(f"{amount:f}")


@pytest.mark.unit
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_as_they_were_written(number: float) -> None:
    assert read_number(repr(number)) == number


@pytest.mark.unit
@pytest.mark.parametrize("text", ["5", "5.", ".5", "+5", "05", "5e0"])
def test_plain_numbers_are_read(text: str) -> None:
    assert read_number(text) == float(text)


@pytest.mark.unit
@pytest.mark.parametrize("text", ["\u0665", "5_000", "0x10", "1e", "--5", "5-", "½", "1e99999"])
def test_what_only_a_program_would_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is "):
        read_number(text)


@pytest.mark.unit
@given(
    st.dates(
        min_value=pd.Timestamp("1900-01-01").date(), max_value=pd.Timestamp("2199-12-31").date()
    )
)
def test_every_day_reads_back(day: object) -> None:
    assert str(read_day(str(day)).astype("datetime64[D]")) == str(day)


@pytest.mark.unit
def test_period_is_a_first_day() -> None:
    assert str(read_period("2022-07-01").astype("datetime64[D]")) == "2022-07-01"
    with pytest.raises(ValueError, match="first day"):
        read_period("2022-07-02")


@pytest.mark.unit
def test_empty_cells_are_unknown_and_wrong_ones_are_named_once() -> None:
    cells = pd.Series(["1.50", None, "x", "x"], index=[2, 3, 5, 9], dtype=object)
    read = read_column(COST, cells)
    assert read.typed.fillna(-1).tolist() == [150, -1, -1, -1]
    assert read.typed.index.tolist() == [2, 3, 5, 9]
    assert list(read.broken) == ["x"]
