"""Whatever a record looks like, its forecast stays thinkable: never below zero, no explosion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from models.catalogue import Frequency
from models.edition import Edition
from models.selection import Selection, answer
from tests.training.odd_series import LENGTH, MEASURES, constructed, periods, rows, trained
from tests.training.sound_editions import complaints

pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
MONTH, QUARTER, YEAR = Frequency


def of_every_kind(frequency: Frequency, measures: tuple[str, ...] = MEASURES) -> list[Any]:
    """Return care_use with each constructed record as a district of one product."""
    days = periods(frequency, LENGTH[frequency])
    records = constructed(frequency).items()
    return [row for name, own in records for row in rows(("M", name, "P"), own, days, measures)]


@pytest.fixture(scope="module", params=[MONTH, QUARTER, YEAR], ids=str)
def edition(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """All constructed records beside a few usual ones, all measures, in one edition."""
    return trained(tmp_path_factory.mktemp(str(request.param)), of_every_kind(request.param))


def outcome(edition: Edition, district: str, measure: str = "clients") -> tuple[str, str]:
    at = np.flatnonzero(edition.series["district"] == district)[0]
    columns = (edition.series[f"{part}_{measure}"][at] for part in ("outcome", "reason"))
    told, reason = columns
    return str(told), str(reason)


def ahead(edition: Edition, district: str, measure: str = "clients") -> dict[str, np.ndarray]:
    """Return the forecast of a district per year."""
    columns = answer(edition, Selection(measure, districts=(district,), frequency=YEAR))
    forecast = columns["kind"] == "forecast"
    return {name: values[forecast] for name, values in columns.items()}


class TestConstructedRecords:
    def test_give_a_sound_edition(self, edition: Edition) -> None:
        assert complaints(edition) == []

    def test_without_use_stay_nearly_without_use(self, edition: Edition) -> None:
        assert np.all(ahead(edition, "zero")["mean"] <= 0.5)  # what cells alike came to use
        assert np.all(ahead(edition, "zero")["p50"] <= 0.5)

    @pytest.mark.parametrize("measure", MEASURES)
    def test_that_end_early_are_held_with_their_reason(
        self, edition: Edition, measure: str
    ) -> None:
        told, reason = outcome(edition, "ends-early", measure)
        assert told == "held"
        assert "no figures any more" in reason
        assert not ahead(edition, "ends-early", measure)["mean"].size

    @pytest.mark.parametrize("district", ["three-points", "all-but-the-last-missing"])
    def test_too_short_to_be_fitted_say_so(self, edition: Edition, district: str) -> None:
        told, reason = outcome(edition, district)
        assert told in {"pooled", "fell_back"}
        assert "history" in reason

    @pytest.mark.parametrize("district", ["constant", "usual", "millions"])
    def test_that_do_not_change_are_carried_on(self, edition: Edition, district: str) -> None:
        columns = answer(edition, Selection("clients", districts=(district,), frequency=YEAR))
        last = columns["mean"][columns["kind"] == "actual"][-1]
        np.testing.assert_allclose(ahead(edition, district)["mean"], last, rtol=0.1)

    @pytest.mark.parametrize("district", ["spike", "spike-first"])
    def test_a_spike_of_the_past_does_not_come_back(self, edition: Edition, district: str) -> None:
        usual = ahead(edition, "usual")["mean"]
        np.testing.assert_allclose(ahead(edition, district)["mean"], usual, rtol=0.25)

    def test_after_a_step_the_new_level_holds(self, edition: Edition) -> None:
        assert np.all(ahead(edition, "step-up")["mean"] > 150)
        assert np.all(ahead(edition, "step-down")["mean"] < 50)


class TestAgain:
    def test_the_same_order_gives_the_same_bytes(self, tmp_path: Path) -> None:
        records = of_every_kind(YEAR, ("clients", "cost"))
        first, second = (trained(tmp_path / name, records).folder for name in ("a", "b"))
        assert first.name == second.name
        for file in sorted(p for p in first.rglob("*") if p.is_file() and p.suffix != ".json"):
            assert file.read_bytes() == (second / file.relative_to(first)).read_bytes(), file.name


COUNTS = st.one_of(
    st.none(),
    st.just(0),
    st.integers(0, 12),
    st.integers(0, 500),
    st.integers(0, 5_000_000),
)
MEASURED = st.sampled_from([("clients",), ("cost",), ("clients", "cost"), MEASURES])


@st.composite
def mixes(draw: st.DrawFn, frequency: Frequency, most: int) -> list[Any]:
    """Draw a delivery: one to four series of any figures, each with gaps of its own."""
    days = periods(frequency, draw(st.integers(1, most)))
    measures = draw(MEASURED)
    found = []
    for number in range(draw(st.integers(1, 4))):
        record = draw(st.lists(COUNTS, min_size=len(days), max_size=len(days)))
        known = [np.nan if value is None else float(value) for value in record]
        found += rows(("M", "AB"[number % 2], "PQ"[number // 2]), known, days, measures)
    return found or rows(("M", "A", "P"), [7.0], days[:1], measures)


@pytest.mark.parametrize(
    ("frequency", "most"), [(YEAR, 9), (QUARTER, 14), (MONTH, 30)], ids=["year", "quarter", "month"]
)
def test_any_mix_of_figures_gives_a_sound_edition(
    frequency: Frequency, most: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # Shrinking would train hundreds of editions.
    @settings(max_examples=6, phases=[Phase.generate])
    @given(care_use=mixes(frequency, most))
    def holds(care_use: list[Any]) -> None:
        assert complaints(trained(tmp_path_factory.mktemp("mix"), care_use)) == []

    holds()
