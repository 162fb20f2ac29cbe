"""Numbers as a person says them: close to the exact one, and never on the wrong side of it."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import dutch, english
from models.spoken import Spoken, count, money, odds, percent

pytestmark = pytest.mark.unit
AMOUNTS = st.floats(0, 5e10, allow_nan=False)
COUNTS = st.floats(0, 5e6, allow_nan=False)
LARGE = {"miljoen": 10**6, "miljard": 10**9, "million": 10**6, "billion": 10**9}


def holds(found: Spoken) -> bool:
    """Tell whether what is said of a rounded number is true of the exact one."""
    exact = Decimal(repr(found.exact))
    if abs(exact - found.shown) > found.step / 2:
        return False
    near = abs(exact - found.shown) <= found.step / 2
    true = {"over": exact > found.shown, "under": exact < found.shown, "about": near}
    word = found.sense.removeprefix("slightly ")
    return true.get(word, abs(exact - found.shown) <= found.step / 1000)


def read(text: str, decimal: str) -> Decimal:
    """Read a number back from what was said."""
    (digits,) = re.findall(r"-?[\d.,]+", text)
    group = "," if decimal == "." else "."
    plain = Decimal(digits.replace(group, "").replace(decimal, "."))
    return plain * next((size for word, size in LARGE.items() if word in text), 1)


@given(value=AMOUNTS)
def test_an_amount_lies_within_half_its_last_digit(value: float) -> None:
    found = money(value)
    assert holds(found)
    assert found.step == 1 or found.step <= Decimal(repr(value)) / 100


@given(value=COUNTS)
def test_what_is_said_of_a_count_is_true(value: float) -> None:
    assert holds(count(value))
    assert holds(count(value, 3))


@given(value=st.floats(0, 1e4))
def test_a_percentage_is_said_to_the_tenth_below_ten(value: float) -> None:
    found = percent(value)
    assert holds(found)
    assert found.step == (Decimal("0.1") if value < 10 else 1)


@given(chance=st.floats(0, 1))
def test_a_chance_is_close_to_what_is_said(chance: float) -> None:
    found = odds(chance)
    if found.sense == "fraction":
        assert abs(found.of[0] / found.of[1] - chance) <= 0.05 + 1e-12
    assert (found.sense == "never") == (chance == 0)
    assert (found.sense == "always") == (chance == 1)


@given(value=AMOUNTS)
def test_an_amount_in_words_reads_back_as_the_rounded_one(value: float) -> None:
    shown = money(value).shown
    if "dan" not in dutch.money(value):
        assert read(dutch.money(value), ",") == shown
        assert read(english.money(value), ".") == shown


@given(value=st.floats(0, 5e6).filter(lambda value: count(value).shown > 0))
def test_a_count_in_words_reads_back_and_has_the_right_number(value: float) -> None:
    shown = count(value).shown
    told = dutch.amount(value, "clients", "clients")
    assert read(told, ",") == shown
    assert told.endswith(" cliënt" if shown == 1 else " cliënten")
    assert read(english.amount(value, "clients", "clients"), ".") == shown


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "€ 0"),
        (0.3, "minder dan € 1"),
        (640.2, "€ 640"),
        (12_340, "€ 12.300"),
        (547_499.99, "€ 547.000"),
        (999_700, "€ 1 miljoen"),
        (12_345_678, "€ 12,3 miljoen"),
        (12_000_000, "€ 12 miljoen"),
        (1_234_567_890, "€ 1,23 miljard"),
        (-12_345_678, "€ -12,3 miljoen"),
    ],
)
def test_money_is_said_as_in_a_meeting(value: float, told: str) -> None:
    assert dutch.money(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0 cliënten"),
        (0.2, "minder dan 1 cliënt"),
        (1, "1 cliënt"),
        (1.3, "ongeveer 1 cliënt"),
        (12, "12 cliënten"),
        (417.4, "ongeveer 417 cliënten"),
        (1_200, "1.200 cliënten"),
        (1_204, "ongeveer 1.200 cliënten"),
        (1_215, "iets meer dan 1.200 cliënten"),
        (1_240, "ruim 1.200 cliënten"),
        (1_190, "iets minder dan 1.200 cliënten"),
        (1_160, "bijna 1.200 cliënten"),
        (16_327, "ruim 16.300 cliënten"),
        (1_000_000, "1 miljoen cliënten"),
    ],
)
def test_clients_are_said_as_in_a_meeting(value: float, told: str) -> None:
    assert dutch.amount(value, "clients", "clients") == told


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, "0 procent"), (0.01, "minder dan 0,1 procent"), (4, "4 procent"), (4.23, "4,2 procent"),
     (13.4, "13 procent"), (130, "130 procent")],
)  # fmt: skip
def test_percentages_are_written_out(value: float, told: str) -> None:
    assert dutch.percent(value) == told


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.25, "ongeveer 1 op 4"), (0.8, "ongeveer 4 op de 5"), (0.01, "minder dan 1 op 50"),
     (0.99, "meer dan 49 op de 50")],
)  # fmt: skip
def test_chances_are_said_in_words(share: float, told: str) -> None:
    assert dutch.chance(share) == told


@pytest.mark.parametrize(
    ("label", "within"),
    [
        ("Individuele begeleiding", "individuele begeleiding"),
        ("Wmo-vervoer (regiotaxi)", "Wmo-vervoer (regiotaxi)"),
        ("Jeugd-ggz", "jeugd-ggz"),
        ("PGB huishouden", "PGB huishouden"),
        ("LTA", "LTA"),
        ("01-hbh", "01-hbh"),
        ("", ""),
    ],
)
def test_a_name_within_a_sentence_keeps_the_capital_of_a_name(label: str, within: str) -> None:
    assert dutch.lowered(label) == within


def test_lists_and_periods_have_one_last_and() -> None:
    assert dutch.listed(["a", "b", "c"]) == "a, b en c"
    assert dutch.listed(["a"]) == "a"
    assert dutch.period((2025,)) == "2025"
    assert dutch.period((2025, 2026)) == "2025 en 2026"
    assert dutch.period((2025, 2026, 2027, 2028)) == "2025 tot en met 2028"
    assert english.period((2025, 2026, 2027)) == "2025 to 2027"
