"""What is forecast and chosen at an origin rests on nothing that came later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.catalogue import Frequency
from models.panel import Panel
from training.blocks import BlockMaker
from training.draw import components_at, origin_errors
from training.fanout import Fanout
from training.fit import fit_frame
from training.frame_fit import FrameFit
from training.frames import frames
from training.sources.folder import read_folder
from training.tour import cut_delivery

pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
ORIGINS = [48, 60]  # of 84 months: end of 2020 and of 2021
LAST = pd.Timestamp("2021-12-31")
PRODUCTS = ("01-hbh", "15-beschermd-wonen", "45-ambulant")  # the second without districts


def spoilt(panel: Panel) -> Panel:
    """Say something else of everything after the last origin, and correct the past afterwards."""
    use = panel.care_use
    later = use["period"] > LAST
    figures = ["clients", "volume", "cost_cents"]
    use = use.astype(dict.fromkeys(figures, float)).copy()
    use.loc[later, figures] = use.loc[later, figures] * 3
    corrected = use[use["period"].dt.year == 2020].copy()
    corrected[figures] = corrected[figures] * 2
    corrected["known_from"] = pd.Timestamp("2023-06-01")
    use = pd.concat([use, corrected], ignore_index=True)
    event = panel.policy_events.iloc[[0]].copy()
    event["date"], event["kind"] = pd.Timestamp("2019-06-01"), "level"
    event["product"], event["known_from"] = "01-hbh", pd.Timestamp("2023-06-01")
    people = panel.population.copy()
    people.loc[people["year"] > LAST.year + 1, "persons"] *= 2
    people = people[(people["kind"] == "observed") | (people["year"] <= LAST.year + 1)]
    own = panel.population
    early = own[(own["kind"] == "projected") & (own["known_from"] <= LAST)]
    return replace(
        panel,
        care_use=use.sort_values(["municipality", "district", "product", "period", "known_from"]),
        policy_events=pd.concat([panel.policy_events, event], ignore_index=True),
        population=pd.concat([people, early], ignore_index=True).drop_duplicates(),
    )


def fitted(panel: Panel) -> FrameFit:
    as_of = panel.end()
    frame = next(f for f in frames(panel.as_known_at(as_of), as_of) if f.periods == 84)
    assert frame.frequency == Frequency.MONTH
    return fit_frame(BlockMaker(panel, frame, as_of, 24), ORIGINS, Fanout())


@pytest.fixture(scope="module")
def pair(example: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[FrameFit, FrameFit]:
    delivery = cut_delivery(example, tmp_path_factory.mktemp("delivery") / "klein", PRODUCTS)
    panel, _ = read_folder(delivery)
    return fitted(panel), fitted(spoilt(panel))


@pytest.mark.parametrize("measure", ["clients", "volume", "cost"])
class TestAtAnOrigin:
    def test_the_end_does_differ(self, pair: tuple[FrameFit, FrameFit], measure: str) -> None:
        first, second = (fit.fits[measure, fit.end].mean for fit in pair)
        assert not np.allclose(first, second)

    @pytest.mark.parametrize("origin", ORIGINS)
    def test_the_forecast_is_the_same(
        self, pair: tuple[FrameFit, FrameFit], measure: str, origin: int
    ) -> None:
        first, second = (fit.fits[measure, origin] for fit in pair)
        np.testing.assert_array_equal(first.mean, second.mean)
        np.testing.assert_array_equal(first.through, second.through)
        assert pair[0].recipes[measure, origin] == pair[1].recipes[measure, origin]

    def test_the_errors_known_by_then_and_the_bands_are_the_same(
        self, pair: tuple[FrameFit, FrameFit], measure: str
    ) -> None:
        first, second = (origin_errors(fit, measure, ORIGINS[-1]) for fit in pair)
        assert len(first) == 1
        np.testing.assert_array_equal(first[0].actual, second[0].actual)
        known = [components_at(fit, ORIGINS[-1])[measure] for fit in pair]
        assert (known[0].constant, known[0].per_year) == (known[1].constant, known[1].per_year)
