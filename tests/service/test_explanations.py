"""Reasons that training states in English reach a reader in Dutch."""

from __future__ import annotations

import pytest

from models.dutch_sentences import reason_in_dutch
from service.api.explanations import held_note

pytestmark = pytest.mark.unit


def test_a_known_reason_is_translated_and_its_figures_stay() -> None:
    assert reason_in_dutch("supply gap suspected: 418 -> 20 per year").endswith(
        "gat in de aanlevering: 418 -> 20 per year"
    )


def test_a_reason_given_by_the_delivery_stays_as_it_was_given() -> None:
    said = held_note("Wijkteam", "Noord", "forecast = none: geen besluit, geen bericht")
    assert "(wordt niet geraamd: geen besluit, geen bericht)" in said


def test_an_unknown_reason_is_not_lost() -> None:
    assert reason_in_dutch("something new") == "something new"
