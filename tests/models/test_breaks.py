"""A supply gap is seen; growth, chance and explained falls are not taken for one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.breaks import supply_gaps
from models.catalogue import Frequency
from models.history import Block
from models.members import Event
from tests.constructed import block_of

pytestmark = pytest.mark.unit
# Wmo clients of a district that lost its supplier's figures, beside one that did not (yearly).
FALLS = np.array([400.0, 410, 405, 420, 415, 418, 422, 20])
STEADY = np.array([400.0, 410, 405, 420, 415, 418, 422, 425])


def yearly(**values: np.ndarray) -> Block:
    return block_of(values, Frequency.YEAR)


def test_a_fall_to_almost_nothing_is_held_with_both_levels_in_the_reason() -> None:
    found = supply_gaps(yearly(falls=FALLS, steady=STEADY))
    assert list(found) == [0]
    assert "20" in found[0]
    assert "418" in found[0]


def test_an_event_of_the_product_explains_a_fall() -> None:
    block = yearly(falls=FALLS)
    event = Event(block.first + 7, "level")
    assert supply_gaps(replace(block, events={"P": (event,)})) == {}


def test_a_handful_of_clients_may_vanish_by_chance() -> None:
    assert supply_gaps(yearly(small=FALLS / 40)) == {}


def test_a_quarter_of_silence_in_monthly_figures_is_a_gap() -> None:
    months = np.full(48, 200.0)
    months[-3:] = 4.0
    assert list(supply_gaps(block_of({"gap": months}))) == [0]


def test_a_series_too_short_to_tell_is_left_alone() -> None:
    assert supply_gaps(yearly(short=FALLS[-3:])) == {}
