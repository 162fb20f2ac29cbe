"""The task fields of municipal accounts: one numbering per year, and where a product falls."""

from __future__ import annotations

import pytest

from models.contract import WMO_CATEGORIES, YOUTH_CATEGORIES
from models.iv3 import NUMBERINGS, Numbering
from models.taakvelden import JEUGD, UNASSIGNED, UNKNOWN, WMO, taakveld_in, valid_in

pytestmark = pytest.mark.unit

every_numbering = pytest.mark.parametrize("numbering", NUMBERINGS, ids=str)


@pytest.mark.parametrize(
    ("code", "years"),
    [
        ("6.71", {2017, 2022}),
        ("6.71a", {2023, 2024}),
        ("6.711", {2025, 2030}),
        ("6.6", {2017, 2022, 2023, 2024}),
        ("6.60", {2025, 2030}),
        ("6.1", {2017, 2022, 2023, 2024, 2025, 2030}),
        ("6.75", set()),
        ("6.5", set()),
    ],
)
def test_a_code_holds_in_the_years_of_its_numbering_only(code: str, years: set[int]) -> None:
    asked = (2016, 2017, 2022, 2023, 2024, 2025, 2030)
    assert {year for year in asked if valid_in(code, year)} == years


def test_from_2017_on_every_year_has_one_numbering() -> None:
    for year in range(2017, 2041):
        assert sum(numbering.holds_in(year) for numbering in NUMBERINGS) == 1


@every_numbering
def test_every_category_but_that_of_the_local_team_falls_somewhere(numbering: Numbering) -> None:
    known = {*WMO_CATEGORIES, *YOUTH_CATEGORIES} - {"31"}
    assert set(numbering.categories) == known
    codes = set(numbering.categories.values())
    assert codes <= {*numbering.fields, *numbering.undivided}


@every_numbering
def test_what_is_not_divided_is_no_field_of_that_numbering(numbering: Numbering) -> None:
    assert not set(numbering.undivided) & set(numbering.fields)
    assert set(numbering.undivided) <= set(numbering.categories.values())


@every_numbering
def test_a_category_stays_in_the_domain_of_its_law(numbering: Numbering) -> None:
    for category, code in numbering.categories.items():
        law, domain = ("Wmo 2015", WMO) if category in WMO_CATEGORIES else ("Jeugdwet", JEUGD)
        found = taakveld_in(None, law, category, numbering.first)
        assert (found.code, found.domain) == (code, domain)
        if code in numbering.fields:
            assert numbering.fields[code][0] == domain


def test_the_delivered_field_is_kept_where_its_numbering_holds() -> None:
    found = taakveld_in("6.71a", "Wmo 2015", "01", 2024)
    assert (found.code, found.label, found.certain) == ("6.71a", "Hulp bij het huishouden", True)
    assert found.reason == "aangeleverd"


def test_elsewhere_the_category_tells() -> None:
    found = taakveld_in("6.71a", "Wmo 2015", "01", 2025)
    assert (found.code, found.certain) == ("6.711", True)
    assert found.reason == "afgeleid van iWmo-categorie 01"
    assert taakveld_in("6.711", "Wmo 2015", "01", 2024).code == "6.71a"


@pytest.mark.parametrize(
    ("category", "code", "certain"),
    [
        *[("01", "6.711", True), ("02", "6.712", True), ("04", "6.714", True)],
        *[("07", "6.713", True), ("08", "6.60", True), ("15", "6.811", True)],
        *[("17", "6.812", True), ("18", "6.81", False), ("35", "6.76", False)],
        *[("45", "6.75", False), ("47", "6.822", True), ("48", "6.821", True)],
        *[("54", "6.75/6.76", False), ("55", "6.753/6.763", False)],
    ],
)
def test_from_2025_a_category_tells_as_much_as_it_can(
    category: str, code: str, certain: bool
) -> None:
    found = taakveld_in(None, None, category, 2027)
    assert (found.code, found.certain) == (code, certain)


def test_what_a_category_leaves_open_is_said() -> None:
    assert "lokaal, regionaal of landelijk" in taakveld_in(None, "Jeugdwet", "45", 2025).label
    national = taakveld_in(None, "Jeugdwet", "55", 2025)
    assert "niet zegt welk taakveld" in national.reason
    assert "met of zonder verblijf" in national.label


@pytest.mark.parametrize(
    ("delivered", "law", "category", "domain", "told"),
    [
        (None, None, None, UNKNOWN, "een taakveld is niet aangeleverd; een categorie is niet"),
        ("6.71a", None, None, WMO, "6.71a hoort niet bij de indeling van 2025 en later"),
        ("6.72b", "Jeugdwet", None, JEUGD, "6.72b hoort niet bij de indeling"),
        ("6.5", "Wmo 2015", None, WMO, "6.5 is geen taakveld voor Wmo of Jeugd"),
        ("6.2", "Jeugdwet", "31", JEUGD, "uit categorie 31 volgt geen taakveld"),
        (None, "Jeugdwet", "01", JEUGD, "categorie 01 hoort niet bij Jeugd"),
        (None, None, "99", UNKNOWN, "uit categorie 99 volgt geen taakveld"),
    ],
)
def test_what_is_not_known_is_not_placed_and_the_reason_is_given(
    delivered: str | None, law: str | None, category: str | None, domain: str, told: str
) -> None:
    found = taakveld_in(delivered, law, category, 2025)
    assert (found.code, found.label, found.certain) == (None, UNASSIGNED, False)
    assert found.domain == domain
    assert told in found.reason


def test_before_2017_there_are_no_task_fields() -> None:
    found = taakveld_in("6.71", "Wmo 2015", "01", 2016)
    assert (found.code, found.domain) == (None, WMO)
    assert "2017" in found.reason


def test_a_delivered_field_of_the_other_law_is_kept_and_doubted() -> None:
    found = taakveld_in("6.711", "Jeugdwet", None, 2025)
    assert (found.code, found.domain, found.certain) == ("6.711", JEUGD, False)
    assert "hoort bij Wmo" in found.reason


def test_a_shared_field_keeps_the_domain_of_the_product() -> None:
    found = taakveld_in("6.23", "Jeugdwet", None, 2025)
    assert (found.domain, found.certain) == (JEUGD, True)


def test_letters_and_blanks_are_read_as_meant() -> None:
    assert taakveld_in(" 6.71A ", "Wmo 2015", None, 2024).code == "6.71a"
