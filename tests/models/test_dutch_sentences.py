"""What an edition says in English, said in Dutch: every sentence that the method writes."""

from __future__ import annotations

import pandas as pd
import pytest

from models.contract import CONTRACT
from models.dutch_sentences import in_dutch
from models.knowledge import assumption
from models.population_doubt import said

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        (
            "care_use: 31824 of 31824 rows have no known_from and count as known at the end of "
            "their period",
            "care_use: bij 31824 van de 31824 rijen staat niet sinds wanneer zij bekend zijn; zij "
            "gelden als bekend aan het eind van hun periode.",
        ),
        (
            "policy_events: 22 of 22 rows have no known_from and count as known on their date",
            "policy_events: bij 22 van de 22 rijen staat niet sinds wanneer zij bekend zijn; zij "
            "gelden als bekend op hun datum.",
        ),
        (
            "population: projection of vintage 2023, chained to the last count",
            "Bevolking: prognose van 2023, aangesloten op de telling.",
        ),
        (
            "population: no projection beyond the last count: each age band follows a damped "
            "trend (0001, 0002 and 3 more)",
            "Bevolking: geen prognose na de laatste telling: elke leeftijdsgroep volgt een "
            "afvlakkende trend (0001, 0002 and 3 more).",
        ),
        (
            said({"a": 0.012**2})[0],
            "Bevolking: de doorgerekende toekomsten verschillen er na een jaar 1,2 % in "
            "(standaardafwijking).",
        ),
        (
            "Index VNG of 2025-2027: 3.93 % a year (standard deviation 2.14 points) is assumed, "
            "the mean of index VNG over 2020-2024; a row of prices with status assumed replaces "
            "it.",
            "Index VNG van 2025-2027: 3,93 % per jaar (standaardafwijking 2,14 punten) is "
            "aangenomen, het gemiddelde van index VNG over 2020-2024. Een rij van prices met "
            "status assumed vervangt dat.",
        ),
        (
            "cost by month: the last 6 periods are still being declared; they are forecast, not "
            "fitted",
            "Kosten per maand: de laatste 6 perioden worden nog gedeclareerd; zij zijn geraamd.",
        ),
        (
            "declarations.csv, row 15, column cost_eur: '-33078.88': is below zero: taken as a "
            "credit or correction",
            "declarations.csv, rij 15, kolom cost_eur: -33078.88 is lager dan nul: gelezen als "
            "creditering of correctie.",
        ),
        (
            "care_use.csv, row 9, column period: '2022-01-01': series VB0001, W01, HH lacks "
            "2021-11; a period that is not delivered stays unknown and is never filled in",
            "care_use.csv, rij 9, kolom period: 2022-01-01 reeks VB0001, W01, HH mist 2021-11; "
            "wat niet is aangeleverd blijft onbekend en wordt nooit ingevuld.",
        ),
    ],
)
def test_a_sentence_of_an_edition_is_said_in_dutch(english: str, dutch: str) -> None:
    assert in_dutch(english) == dutch


@pytest.mark.parametrize("sentence", ["", "something new", "care_use.csv: something new"])
def test_what_no_template_knows_is_not_guessed(sentence: str) -> None:
    assert in_dutch(sentence) is None


@pytest.mark.parametrize("known", [[None, "2023-01-01"], ["2023-01-01", "2023-01-01"]])
def test_when_rows_of_each_file_count_as_known_is_said_in_dutch(known: list[str | None]) -> None:
    table = pd.DataFrame({"known_from": pd.to_datetime(pd.Series(known))})
    sentences = [assumption(file, table) for file in CONTRACT]
    told = [in_dutch(sentence) for sentence in sentences if sentence is not None]
    assert len(told) > 5
    assert None not in told
