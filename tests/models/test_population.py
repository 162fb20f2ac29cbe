"""Persons per age have no holes, count everybody once and follow the right projection."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest

from models.population import Persons, persons_by_age

pytestmark = pytest.mark.unit
YEARS = np.arange(2018, 2031, dtype=np.int64)
COLUMNS = ["district", "year", "age_from", "age_to", "persons"]
OPEN = 120


def rows(cells: Iterable[tuple[str, int, int, int, float]], **given: str | None) -> pd.DataFrame:
    """Rows of the contract; what is not given is counted, both sexes, in municipality M."""
    fixed = {"municipality": "M", "sex": "all", "kind": "observed", "vintage": None} | given
    frame = pd.DataFrame(list(cells), columns=COLUMNS).assign(known_from=pd.NaT)
    return frame.assign(**{name: fixed[name] for name in fixed})


def counted(district: str = "A", persons: float = 100.0, **given: str | None) -> pd.DataFrame:
    """Everybody and those from 65, the same every year from 2018 to 2022."""
    years = range(2018, 2023)
    young = [(district, year, 0, 64, 4 * persons) for year in years]
    return rows([*young, *((district, year, 65, OPEN, persons) for year in years)], **given)


def projected(
    growth: float, district: str = "A", vintage: str | None = "2022", **given: str | None
) -> pd.DataFrame:
    """From 2022 to 2030 persons from 65 grow in a straight line by a factor; the young stay."""
    old = [
        (district, year, 65, OPEN, 50 * (1 + (growth - 1) * (year - 2022) / 8))
        for year in range(2022, 2031)
    ]
    young = [(district, year, 0, 64, 200.0) for year in range(2022, 2031)]
    return rows([*young, *old], kind="projected", vintage=vintage, **given)


def persons(
    found: Persons, year: int, low: int, high: int, area: tuple[str, str] = ("M", "A")
) -> float:
    """Persons of an area in a year whose bands lie from one age up to another, excluded."""
    bands = (found.edges[:-1] >= low) & (found.edges[1:] <= high)
    at = int(np.flatnonzero(found.years == year)[0])
    return float(found.values[found.areas[area], at, bands].sum())


def read(*parts: pd.DataFrame) -> Persons:
    return persons_by_age(pd.concat([part.astype(object) for part in parts]), YEARS)


def test_a_wider_band_is_spread_evenly_over_its_single_ages() -> None:
    found = read(rows([("A", 2020, 0, 19, 200.0)]), rows([("B", 2020, 0, 4, 7.0)]))
    assert persons(found, 2020, 0, 5) == pytest.approx(50)
    assert persons(found, 2020, 5, 20) == pytest.approx(150)


def test_an_open_top_band_runs_to_the_oldest_age() -> None:
    found = read(rows([("A", 2020, 65, 999, 56.0)]), rows([("B", 2020, 65, 74, 7.0)]))
    assert persons(found, 2020, 65, 75) == pytest.approx(10)
    assert found.edges[-1] == OPEN + 1


def test_a_projection_in_other_bands_is_still_followed() -> None:
    ages = ((0, 17, 60.0, 60.0), (18, 74, 150.0, 150.0), (75, OPEN, 40.0, 80.0))
    other = rows(
        [
            ("A", year, low, high, last if year == 2030 else first)
            for year in (2022, 2030)
            for low, high, first, last in ages
        ],
        kind="projected",
        vintage="2022",
    )
    found = read(counted(), other)
    for year in (2018, 2022):
        assert persons(found, year, 0, 121) == pytest.approx(500)
    assert persons(found, 2030, 75, 121) == pytest.approx(2 * persons(found, 2022, 75, 121))
    assert persons(found, 2030, 0, 18) == pytest.approx(persons(found, 2022, 0, 18))


def test_a_wide_count_is_divided_as_the_finer_projection_says() -> None:
    finer = rows(
        [
            ("A", year, low, high, people)
            for year in (2022, 2030)
            for low, high, people in ((0, 64, 400.0), (65, 74, 90.0), (75, OPEN, 10.0))
        ],
        kind="projected",
        vintage="2022",
    )
    found = read(counted(), finer)
    assert persons(found, 2018, 65, 75) == pytest.approx(90)
    assert persons(found, 2018, 75, 121) == pytest.approx(10)


def test_districts_without_their_own_projection_follow_the_municipality_per_age() -> None:
    found = read(counted("A"), counted("B", 10.0), projected(1.8, district="M"))
    for district, before in (("A", 100.0), ("B", 10.0)):
        area = ("M", district)
        assert persons(found, 2030, 65, 121, area) == pytest.approx(1.8 * before)
        assert persons(found, 2030, 0, 65, area) == pytest.approx(4 * before)
    assert persons(found, 2030, 65, 121, ("M", "M")) == pytest.approx(1.8 * 110)
    assert found.sources["M"][0].startswith("municipal projection of vintage 2022 applied")


def test_a_projection_that_begins_after_the_last_count_is_linked_to_that_count() -> None:
    ahead = projected(1.8, district="M")
    ahead = ahead.loc[ahead["year"].astype(int) > 2022].assign(
        persons=lambda frame: frame["persons"] * 2.2
    )
    found = read(counted("A"), counted("B", 10.0), ahead)
    assert persons(found, 2030, 65, 121, ("M", "B")) == pytest.approx(1.8 * 10)


def test_each_municipality_follows_its_own_newest_projection() -> None:
    found = read(
        counted(),
        counted(municipality="N"),
        projected(1.2, vintage="2019"),
        projected(1.8, vintage="2023"),
        projected(1.5, vintage="2021", municipality="N"),
    )
    assert persons(found, 2030, 65, 121) == pytest.approx(180)
    assert persons(found, 2030, 65, 121, ("N", "A")) == pytest.approx(150)
    assert "2023" in found.sources["M"][0]
    assert "2021" in found.sources["N"][0]


@pytest.mark.parametrize(
    ("newest", "older"),
    [("CBS 2023", "Primos 2019"), ("2022-10", "2022-09"), ("2019", "middenvariant")],
)
def test_the_newest_vintage_is_the_one_that_names_the_latest_day(newest: str, older: str) -> None:
    found = read(counted(), projected(1.2, vintage=older), projected(1.8, vintage=newest))
    assert persons(found, 2030, 65, 121) == pytest.approx(180)
    assert newest in found.sources["M"][0]


def test_between_vintages_of_one_day_the_one_known_last_wins() -> None:
    first = projected(1.2, vintage="b").assign(known_from=pd.Timestamp(2022, 1, 1))
    second = projected(1.8, vintage="a").assign(known_from=pd.Timestamp(2022, 6, 1))
    assert persons(read(counted(), second, first), 2030, 65, 121) == pytest.approx(180)


def test_a_projection_that_ends_before_the_last_count_changes_nothing() -> None:
    old = projected(3.0, vintage="2010").assign(year=lambda frame: frame["year"].astype(int) - 12)
    found = read(counted(), old)
    assert persons(found, 2030, 65, 121) == pytest.approx(100)
    assert "damped trend" in found.sources["M"][0]


def test_a_district_being_built_grows_by_the_persons_projected_and_not_by_a_ratio() -> None:
    built = projected(1.0, "B")
    built.loc[built["year"] == 2022, "persons"] = 1.0
    found = read(counted("A", 50.0), projected(1.0), counted("B", 4.0), built)
    assert persons(found, 2030, 0, 65, ("M", "B")) == pytest.approx(16 + 199, rel=0.1)


def test_a_municipality_is_the_sum_of_its_districts_unless_it_has_rows_itself() -> None:
    found = read(counted("A"), counted("B", 10.0))
    assert persons(found, 2030, 0, 121, ("M", "M")) == pytest.approx(550)
    own = read(counted("A"), counted("B", 10.0), counted("M", 200.0))
    assert persons(own, 2030, 0, 121, ("M", "M")) == pytest.approx(1000)


def test_rows_of_both_sexes_beside_men_and_women_never_count_twice() -> None:
    halves = [counted(persons=50.0, sex=sex) for sex in ("m", "v")]
    for parts in ([counted()], halves, [counted(), *halves], [counted(sex=None), *halves]):
        assert persons(read(*parts), 2022, 0, 121) == pytest.approx(500)


def test_a_year_with_one_sex_only_is_not_half_a_population() -> None:
    halves = [counted(persons=50.0, sex=sex) for sex in ("m", "v")]
    halves[0] = halves[0].loc[halves[0]["year"] != 2020]
    assert persons(read(*halves), 2020, 0, 121) == pytest.approx(500)


def test_unknown_years_are_interpolated_held_backwards_and_follow_the_trend() -> None:
    found = read(rows([("A", 2020, 0, OPEN, 100.0), ("A", 2022, 0, OPEN, 102.0)]))
    known = [persons(found, year, 0, 121) for year in range(2018, 2024)]
    growth = 1.02 ** (0.5 * 0.85)
    np.testing.assert_allclose(known, [100, 100, 100, 101, 102, 102 * growth])


def test_growth_beyond_the_last_year_is_bounded() -> None:
    found = read(rows([("A", 2021, 0, OPEN, 1.0), ("A", 2022, 0, OPEN, 900.0)]))
    assert persons(found, 2023, 0, 121) == pytest.approx(900 * np.exp(0.06 * 0.85))


def test_the_newest_of_two_counts_of_a_year_is_used_and_not_their_sum() -> None:
    again = counted(persons=110.0).assign(known_from=pd.Timestamp(2023, 5, 1))
    assert persons(read(again, counted()), 2022, 0, 121) == pytest.approx(550)
