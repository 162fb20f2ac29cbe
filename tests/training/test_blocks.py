"""The fit sees breaks bridged or held; the record keeps every figure as it was delivered."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pytest

from models.demand import DemandModel, Recipe, gathered
from models.ensemble import Ensemble
from models.members import ANCHOR, ask
from tests.models.panels import panel_of, use
from training.blocks import BlockMaker
from training.frames import frames

pytestmark = pytest.mark.unit
Array = npt.NDArray[np.float64]
MONTHS, HORIZON, SPIKE, ROW = 60, 24, 52, 1


def district(at: int) -> Array:
    return np.random.default_rng(at).poisson(40 + 10 * at, MONTHS).astype(float)


def town() -> Array:
    return np.stack([district(at) for at in range(4)])


def maker_of(values: Array) -> BlockMaker:
    """A delivery of monthly clients of one product, a district per row."""
    rows = [
        use(
            f"{2018 + month // 12}-{month % 12 + 1:02}-01",
            district=f"W{at}",
            clients=float(round(value)),
        )
        for at, own in enumerate(values)
        for month, value in enumerate(own)
    ]
    panel, as_of = panel_of(rows), date(2022, 12, 31)
    (frame,) = frames(panel, as_of)
    return BlockMaker(panel, frame, as_of, HORIZON)


def forecast(maker: BlockMaker) -> Array:
    """Forecast all districts by last year's level."""
    block = maker.block("clients", MONTHS)
    tasks = DemandModel(HORIZON, slow_members=False).tasks(block)
    said = ((task, ask((ANCHOR,), task.history, HORIZON)) for task in tasks)
    return Ensemble(block, gathered(said), HORIZON).mean(Recipe(1.0, 0.0, 0.0))


def spoilt(factor: float) -> Array:
    """One month of one district is so many times what it should be, within the last year."""
    values = town()
    values[ROW, SPIKE] *= factor
    return values


def test_a_hundredfold_spike_does_not_move_the_forecast() -> None:
    whole, spike = forecast(maker_of(town())), forecast(maker_of(spoilt(100.0)))
    np.testing.assert_allclose(spike, whole, rtol=0.05)


def test_the_record_keeps_the_spike_and_the_break_is_told() -> None:
    maker = maker_of(spoilt(100.0))
    assert maker.frame.values["clients"][ROW, SPIKE] == 100 * district(ROW)[SPIKE]
    assert np.isnan(maker.block("clients", MONTHS).values[ROW, SPIKE])
    (found,) = maker.breaks("clients", MONTHS)
    assert (found.rows, found.action) == ((ROW,), "bridged")
    assert found.first == found.last == maker.frame.first + SPIKE


def test_a_month_a_little_above_the_others_is_a_figure_like_any_other() -> None:
    maker = maker_of(spoilt(1.2))
    assert maker.breaks("clients", MONTHS) == []
    np.testing.assert_array_equal(maker.block("clients", MONTHS).values, spoilt(1.2).round())


def test_a_break_is_seen_from_when_it_could_be_known() -> None:
    maker = maker_of(spoilt(100.0))
    assert maker.breaks("clients", SPIKE) == []
    before, clean = (m.block("clients", SPIKE).values for m in (maker, maker_of(town())))
    np.testing.assert_array_equal(before, clean)


def test_a_district_that_falls_away_at_the_end_is_held_with_the_reason() -> None:
    values = town()
    values[ROW, -6:] = 0
    maker = maker_of(values)
    assert list(maker.gaps("clients", MONTHS)) == [ROW]
    assert maker.gaps("clients", MONTHS)[ROW]
    assert np.isnan(maker.block("clients", MONTHS).values[ROW]).all()
    others = [at for at in range(4) if at != ROW]
    block = maker.block("clients", MONTHS)
    np.testing.assert_array_equal(block.values[others], values[others])
