"""The plain chain ladder that the nowcast is held against, and how its figures are counted."""

from __future__ import annotations

import pandas as pd
import pytest
from nowcast import coverage, errors, plain_shares

from models.catalogue import Frequency, ordinal

pytestmark = pytest.mark.unit


def _declarations() -> pd.DataFrame:
    rows = [(1, 1, 20.0), (1, 2, 80.0), (2, 2, 60.0), (2, 3, 40.0), (3, 3, 30.0)]
    return pd.DataFrame(
        {
            "product": "a",
            "service_period": pd.to_datetime([f"2023-0{service}-01" for service, _, _ in rows]),
            "declared_period": pd.to_datetime([f"2023-0{month}-01" for _, month, _ in rows]),
            "cost_cents": [cents for _, _, cents in rows],
        }
    )


def test_factors_of_the_plain_chain_ladder_are_weighted_by_volume() -> None:
    march = ordinal(pd.Timestamp("2023-03-31").date(), Frequency.MONTH)
    shares = plain_shares(_declarations(), march)["a"]
    assert shares == pytest.approx([80 / 200, 1.0])
    assert plain_shares(_declarations(), march - 1)["a"] == pytest.approx([20 / 100, 1.0])


def test_errors_and_coverage_are_counted_per_delay() -> None:
    said = pd.DataFrame(
        {
            "seed": [1, 1, 2, 2],
            "delay": 1,
            "final_cents": [100.0, 100.0, 100.0, 100.0],
            "declared_cents": [50.0] * 4,
            "ladder_cents": [120.0] * 4,
            "alone_cents": [90.0] * 4,
            "completed_cents": [100.0, 110.0, 90.0, 120.0],
            "p10_cents": [95.0, 105.0, 80.0, 90.0],
            "p90_cents": [105.0, 115.0, 95.0, 130.0],
        }
    )
    assert next(errors(said)) == ("1", "50.0", "20.0", "10.0", "10.0", "**0.200**", "+5.0", "4")
    assert next(coverage(said)) == ("1", "**50.0 %**", "25.0 %", "25.0 %", "50-50 %", "4")
