"""Expected use follows the population and its ages, and says where it came from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.catalogue import Frequency
from models.exposure import expected_use, profile
from models.panel import empty_table

pytestmark = pytest.mark.unit
KEYS = pd.DataFrame({"municipality": ["M"], "district": ["A"], "product": ["P"]})
SHAPE = pd.DataFrame({"age_from": [0, 65], "age_to": [64, 120], "weight": [0.0, 1.0]})
YEARS = np.arange(2015, 2027, dtype=np.int64)


def population(persons: dict[int, tuple[float, float]], kind: str = "observed") -> pd.DataFrame:
    """Persons under 65 and from 65 per year."""
    rows = [
        {"municipality": "M", "district": "A", "year": year, "age_from": low, "age_to": high,
         "sex": "all", "kind": kind, "vintage": None, "persons": count}
        for year, both in persons.items()
        for (low, high), count in zip(((0, 64), (65, 120)), both, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_only_the_ages_that_use_a_product_count() -> None:
    people = population({2015 + at: (1000.0 + 500 * at, 200.0) for at in range(12)})
    found = expected_use(KEYS, people, {"P": SHAPE}, YEARS, Frequency.YEAR)
    np.testing.assert_allclose(found.values, 1.0)


def test_a_projection_is_chained_to_the_last_observation() -> None:
    observed = population({year: (1000.0, 200.0) for year in range(2015, 2023)})
    ahead = {2022: (1.0, 100.0), 2024: (1.0, 150.0), 2027: (1.0, 150.0)}
    projected = population(ahead, "projected")
    found = expected_use(
        KEYS, pd.concat([observed, projected]), {"P": SHAPE}, YEARS, Frequency.YEAR
    )
    assert found.values[0, -1] / found.values[0, 0] == pytest.approx(1.5, rel=0.02)
    assert "projection known" in found.assumptions[0]


def test_without_a_projection_the_trend_is_damped_and_the_manifest_is_told() -> None:
    growing = population(
        {year: (1000.0, 200.0 * 1.03 ** (year - 2015)) for year in range(2015, 2023)}
    )
    found = expected_use(KEYS, growing, {"P": SHAPE}, YEARS, Frequency.YEAR)
    growth = np.diff(np.log(found.values[0]))
    assert growth[2] == pytest.approx(np.log(1.03), rel=0.02)
    assert 0 < growth[-1] < growth[2]
    assert "damped trend" in found.assumptions[0]


def test_without_population_there_is_no_exposure_and_it_says_so() -> None:
    found = expected_use(KEYS, empty_table("population"), {"P": SHAPE}, YEARS, Frequency.YEAR)
    np.testing.assert_array_equal(found.values, 1.0)
    assert "no population" in found.assumptions[0]


def test_a_product_without_law_or_profile_has_no_profile() -> None:
    products = pd.DataFrame({"product": ["P", "Q"], "law": [None, "Jeugdwet"]})
    ages = empty_table("age_profile")
    assert profile(products, ages, "P") is None
    youth = profile(products, ages, "Q")
    assert youth is not None
    assert youth.loc[youth["age_from"] >= 23, "weight"].sum() == 0
