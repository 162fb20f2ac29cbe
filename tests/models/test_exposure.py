"""Expected use follows the population and its ages, and says where it came from."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalogue import Frequency
from models.exposure import Exposure, expected_use, profile
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
    ahead = {2022: (500.0, 100.0), 2024: (500.0, 150.0), 2027: (500.0, 150.0)}
    projected = population(ahead, "projected")
    found = expected_use(
        KEYS, pd.concat([observed, projected]), {"P": SHAPE}, YEARS, Frequency.YEAR
    )
    assert found.values[0, -1] / found.values[0, 0] == pytest.approx(1.5, rel=0.02)
    assert "projection of an unnamed vintage" in found.assumptions[0]


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


def place(frame: pd.DataFrame, municipality: str, district: str) -> pd.DataFrame:
    return frame.assign(municipality=municipality, district=district)


def steady(kind: str = "observed", growth: float = 1.0) -> pd.DataFrame:
    """The same every year to 2022; a projection runs on from there, growing each year."""
    years = range(2015, 2023) if kind == "observed" else range(2022, 2028)
    return population({year: (1000.0, 200.0 * growth ** (year - 2022)) for year in years}, kind)


def growth_of(found: Exposure, row: int = 0) -> float:
    return float(found.values[row, -1] / found.values[row, 0])


def test_a_municipality_wide_series_follows_the_sum_of_all_districts() -> None:
    grown = population({year: (1000.0, 200.0 * (1 + (year > 2018))) for year in range(2015, 2028)})
    people = pd.concat([place(grown, "M", "A"), place(steady(), "M", "B")])
    keys = pd.DataFrame({"municipality": "M", "district": ["A", "B", "M"], "product": "P"})
    found = expected_use(keys, people, {"P": SHAPE}, YEARS, Frequency.YEAR)
    assert growth_of(found, 0) == pytest.approx(2)
    assert growth_of(found, 1) == pytest.approx(1)
    assert growth_of(found, 2) == pytest.approx(1.5)


def test_every_sentence_stands_once_and_says_where_it_holds() -> None:
    own = pd.concat([steady(), steady("projected", 1.1).assign(vintage="CBS 2022")])
    municipal = steady("projected", 1.1).assign(vintage="2021")
    people = pd.concat(
        [
            *(place(own, "M", district) for district in "AB"),
            *(place(steady(), "N", district) for district in "AB"),
            place(municipal, "N", "N"),
            place(steady(), "O", "A"),
        ]
    )
    keys = pd.DataFrame({"municipality": list("MMNNOPO"), "district": list("ABABAAC")})
    found = expected_use(keys.assign(product="P"), people, {"P": SHAPE}, YEARS, Frequency.YEAR)
    assert found.assumptions == (
        "population: projection of vintage CBS 2022, chained to the last count (M)",
        "population: municipal projection of vintage 2021 applied to the districts, per age (N)",
        "population: projection of vintage 2021, chained to the last count (N)",
        "population: no projection beyond the last count: each age band follows a damped trend (O)",
        "population: none delivered, use per inhabitant cannot be separated (P)",
        "population: districts without rows of their own follow their municipality (O)",
    )
    np.testing.assert_array_equal(found.values[5], 1.0)
    np.testing.assert_allclose(found.values[6], found.values[4])


def test_a_district_without_care_use_changes_no_other() -> None:
    people = pd.concat([steady(), place(steady(growth=1.1), "M", "B")])
    alone = expected_use(KEYS, steady(), {"P": SHAPE}, YEARS, Frequency.YEAR)
    beside = expected_use(KEYS, people, {"P": SHAPE}, YEARS, Frequency.YEAR)
    np.testing.assert_allclose(alone.values, beside.values)


def test_an_index_has_mean_one_over_the_periods_asked_for() -> None:
    months = np.arange(2016 * 12, 2026 * 12, dtype=np.int64)
    found = expected_use(KEYS, steady(growth=1.05), {"P": SHAPE}, months, Frequency.MONTH)
    assert found.values.mean() == pytest.approx(1)
    assert np.ptp(found.values) > 0.2


def test_a_district_that_was_empty_still_has_an_exposure_that_grows() -> None:
    built = population({2015: (0.0, 0.0), 2018: (0.0, 0.0), 2020: (900.0, 90.0)})
    found = expected_use(KEYS, built, {"P": SHAPE}, YEARS, Frequency.YEAR)
    assert 0 < found.values[0, 0] < 0.1 < found.values[0, -1]


SEXES = st.sampled_from([("all",), ("m", "v"), ("all", "m", "v"), ("m",)])


@st.composite
def deliveries(draw: st.DrawFn) -> pd.DataFrame:
    """Two districts and the municipality, each with its own bands, years, sexes, projections."""
    parts = []
    for district in draw(st.sets(st.sampled_from(["A", "B", "M"]), min_size=1)):
        for kind, vintage in (("observed", None), ("projected", "x"), ("projected", "CBS 2021")):
            cuts = sorted(draw(st.sets(st.integers(1, 99), max_size=3)))
            bands = list(zip([0, *cuts], [*(cut - 1 for cut in cuts), 120], strict=True))
            years = draw(st.sets(st.integers(2012, 2030), max_size=4))
            for year, (low, high), sex in itertools.product(years, bands, draw(SEXES)):
                persons = draw(st.integers(0, 5000))
                parts.append(("M", district, year, low, high, sex, kind, vintage, float(persons)))
    columns = [
        *[
            "municipality",
            "district",
            "year",
            "age_from",
            "age_to",
            "sex",
            "kind",
            "vintage",
            "persons",
        ]
    ]
    return pd.DataFrame(parts, columns=columns).assign(known_from=pd.NaT)


@settings(max_examples=60, deadline=None)
@given(deliveries(), st.integers(0, 2**31), st.sampled_from([0.001, 7.0, 1e6]))
def test_exposure_is_sound_and_knows_neither_order_nor_scale(
    people: pd.DataFrame, seed: int, scale: float
) -> None:
    keys = pd.DataFrame({"municipality": "M", "district": ["A", "B", "M"], "product": "P"})
    ages = pd.DataFrame({"age_from": [0, 65], "age_to": [64, 120], "weight": [1.0, 9.0]})
    found = expected_use(keys, people, {"P": ages}, YEARS, Frequency.YEAR)
    assert np.isfinite(found.values).all()
    assert (found.values > 0).all()
    np.testing.assert_allclose(found.values.mean(axis=1), 1.0)
    shuffled = people.sample(frac=1, random_state=np.random.default_rng(seed))
    scaled = shuffled.assign(persons=shuffled["persons"] * scale)
    again = expected_use(keys, scaled, {"P": ages}, YEARS, Frequency.YEAR)
    np.testing.assert_allclose(again.values, found.values, rtol=1e-6)
    assert again.assumptions == found.assumptions
