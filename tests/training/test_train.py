"""From a delivery to a draft edition: what must hold of every step."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.catalogue import Frequency
from models.dutch_sentences import in_dutch
from models.edition import Edition, open_edition
from models.errors import DeliveryError, HorizonError
from models.selection import Selection, answer
from tests.trained import small_panel
from training.publish import TOLD
from training.tour import QUICK
from training.train import Order, Trained, train

pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
YEAR, MONTH = Frequency.YEAR, Frequency.MONTH


@pytest.fixture(scope="session")
def edition(small_edition: Trained) -> Edition:
    return open_edition(small_edition.edition)


Answer = dict[str, np.ndarray]


def rows(
    edition: Edition, measure: str, by: tuple[str, ...], frequency: Frequency
) -> tuple[Answer, np.ndarray]:
    columns = answer(edition, Selection(measure, by=by, frequency=frequency))
    return columns, columns["kind"] == "forecast"


def by_period(columns: Answer, chosen: np.ndarray, name: str = "mean") -> dict[Any, float]:
    sums: dict[Any, float] = {}
    for period, value in zip(columns["period"][chosen], columns[name][chosen], strict=True):
        sums[period] = sums.get(period, 0.0) + float(value)
    return sums


class TestSums:
    """Districts, unknown district included, add up to the municipality."""

    @pytest.mark.parametrize("measure", ["clients", "volume", "cost"])
    def test_in_the_means(self, edition: Edition, measure: str) -> None:
        parts, part_rows = rows(edition, measure, ("product", "district"), YEAR)
        whole, whole_rows = rows(edition, measure, ("product",), YEAR)
        assert "VB0001" in parts["district"]  # the unknown district is one of them
        for product in np.unique(whole["product"]):
            together = by_period(parts, part_rows & (parts["product"] == product))
            alone = by_period(whole, whole_rows & (whole["product"] == product))
            assert together == pytest.approx(alone, rel=1e-9)

    def test_path_by_path(self, edition: Edition) -> None:
        rows_of = edition.series["row_cost"]
        hbh = edition.series["product"] == "01-hbh"
        paths = np.asarray(edition.paths["cost"])[rows_of[hbh & (rows_of >= 0)]]
        whole = answer(edition, Selection("cost", by=("product",), products=("01-hbh",)))
        total = paths.astype(np.int64).sum(axis=0)
        axis = edition.manifest["axes"]["month"]["first"]
        at = (whole["period"] >= np.datetime64(axis)) & (whole["kind"] == "forecast")
        first = np.flatnonzero(whole["period"] == np.datetime64(axis))[0]
        steps = np.flatnonzero(at) - first
        expected = np.quantile(total[steps], [0.1, 0.9], axis=1) / 100
        np.testing.assert_allclose(whole["p10"][at], expected[0], rtol=1e-9)
        np.testing.assert_allclose(whole["p90"][at], expected[1], rtol=1e-9)

    def test_money_adds_up_to_the_cent(self, edition: Edition) -> None:
        parts, part_rows = rows(edition, "cost", ("product", "district"), MONTH)
        whole, whole_rows = rows(edition, "cost", (), MONTH)
        cents: dict[Any, int] = {}
        for period, value in zip(parts["period"][part_rows], parts["mean"][part_rows], strict=True):
            assert abs(value * 100 - round(value * 100)) < 1e-4
            cents[period] = cents.get(period, 0) + round(value * 100)
        for period, value in zip(
            whole["period"][whole_rows], whole["mean"][whole_rows], strict=True
        ):
            assert round(value * 100) == cents[period]

    @pytest.mark.parametrize("product", ["01-hbh", "45-ambulant"])
    def test_the_p90_of_a_sum_lies_below_the_sum_of_p90s(
        self, edition: Edition, product: str
    ) -> None:
        parts, part_rows = rows(edition, "clients", ("product", "district"), YEAR)
        whole, whole_rows = rows(edition, "clients", ("product",), YEAR)
        added = by_period(parts, part_rows & (parts["product"] == product), "p90")
        right = by_period(whole, whole_rows & (whole["product"] == product), "p90")
        assert all(right[period] < added[period] for period in right)


class TestFigures:
    @pytest.mark.parametrize("measure", ["clients", "volume", "cost"])
    def test_are_ordered_and_never_negative(self, edition: Edition, measure: str) -> None:
        columns, forecast = rows(edition, measure, ("product", "district"), MONTH)
        low, middle, high = (columns[name][forecast] for name in ("p10", "p50", "p90"))
        assert np.all(low >= 0)
        assert np.all((low <= middle) & (middle <= high))
        assert np.all(np.isfinite(columns["mean"]))

    def test_run_to_the_fourth_budget_year(self, edition: Edition) -> None:
        columns, _ = rows(edition, "cost", (), YEAR)
        assert columns["period"].max() == np.datetime64("2027-01-01")

    def test_months_still_being_declared_are_forecast(self, edition: Edition) -> None:
        cost, _ = rows(edition, "cost", (), MONTH)
        clients, _ = rows(edition, "clients", (), MONTH)
        last = [columns["period"][columns["kind"] == "actual"].max() for columns in (cost, clients)]
        assert last == [np.datetime64("2023-06-01"), np.datetime64("2023-12-01")]
        assert any("still being declared" in said for said in edition.manifest["assumptions"])

    def test_rest_on_assumptions_that_are_all_known_in_dutch(self, edition: Edition) -> None:
        unknown = [said for said in edition.manifest["assumptions"] if in_dutch(said) is None]
        assert unknown == []

    def test_rest_on_files_that_say_their_legal_basis_and_purpose(
        self, edition: Edition, small_delivery: Path
    ) -> None:
        described = pd.read_csv(small_delivery / "provenance.csv").set_index("file")
        inputs = {Path(one["file"]).stem: one for one in edition.manifest["inputs"]}
        for name in ("legal_basis", "purpose"):
            assert inputs["care_use"][name] == described.loc["care_use.csv", name]

    def test_stay_within_what_the_record_makes_thinkable(self, edition: Edition) -> None:
        columns, forecast = rows(edition, "clients", ("product", "district"), YEAR)
        for product in np.unique(columns["product"]):
            for district in np.unique(columns["district"]):
                own = (columns["product"] == product) & (columns["district"] == district)
                if (own & forecast).any():
                    record = columns["mean"][own & ~forecast].max()
                    assert columns["mean"][own & forecast].max() <= 2 * record + 5


class TestOutcomes:
    def test_every_series_has_one_and_the_counts_agree(self, small_edition: Trained) -> None:
        edition = open_edition(small_edition.edition)
        counted: dict[str, int] = {}
        for measure in edition.manifest["measures"]:
            for outcome in edition.series[f"outcome_{measure}"]:
                if outcome is not None:
                    counted[outcome] = counted.get(outcome, 0) + 1
        assert counted == small_edition.outcomes == edition.manifest["outcomes"]
        assert sum(small_edition.held.values()) == counted["held"]

    def test_a_product_that_is_not_to_be_forecast_is_held_with_its_reason(
        self, edition: Edition
    ) -> None:
        team = edition.series["product"] == "31-wijkteam"
        assert set(edition.series["outcome_clients"][team]) == {"held"}
        assert all("forecast = none" in said for said in edition.series["reason_clients"][team])
        columns, forecast = rows(edition, "clients", ("product",), YEAR)
        assert not (forecast & (columns["product"] == "31-wijkteam")).any()

    def test_the_manifest_tells_scores_beside_the_baseline(self, edition: Edition) -> None:
        scores = edition.manifest["scores"]
        assert {row["level"] for row in scores} == {"series", "product", "district", "total"}
        assert all(row["baseline"] == "seasonal naive" for row in scores)
        assert all(row["baseline_wape"] > 0 for row in scores)
        assert edition.manifest["gate"]["verdict"] in {"passed", "failed"}

    def test_the_edition_says_that_it_is_synthetic(self, edition: Edition) -> None:
        assert edition.manifest["synthetic"] is True


class TestReproducibility:
    @pytest.mark.slow
    def test_one_worker_and_two_give_the_same_bytes(
        self, small_delivery: Path, small_edition: Trained, tmp_path: Path
    ) -> None:
        again = train(Order(small_delivery, origins=3, jobs=2), tmp_path)
        assert again.edition.name == small_edition.edition.name
        first, second = small_edition.edition, again.edition
        names = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
        assert names == sorted(p.relative_to(second) for p in second.rglob("*") if p.is_file())
        for name in names:
            if name.name != "manifest.json":
                assert (first / name).read_bytes() == (second / name).read_bytes(), name
        told = [json.loads((folder / "manifest.json").read_text()) for folder in (first, second)]
        for manifest in told:
            manifest.pop("run")
        assert told[0] == told[1]

    @pytest.mark.slow
    def test_nothing_after_the_as_of_date_is_seen(
        self, small_delivery: Path, tmp_path: Path
    ) -> None:
        """What came later may say anything: the forecast as of an earlier day stays the same."""
        as_of = date(2021, 12, 31)
        altered = tmp_path / small_delivery.name
        shutil.copytree(small_delivery, altered)
        later = altered / "care_use.csv"
        header, *lines = later.read_text(encoding="utf-8").splitlines()
        spoilt = [_spoilt(line) if _period(line) > as_of.isoformat() else line for line in lines]
        assert spoilt != lines
        later.write_text("\n".join([header, *spoilt]) + "\n", encoding="utf-8")
        figures = []
        for number, folder in enumerate((small_delivery, altered)):
            order = Order(folder, as_of=as_of, origins=2, members=QUICK)
            made = open_edition(train(order, tmp_path / str(number)).edition)
            figures.append({m: np.asarray(paths) for m, paths in made.paths.items()})
        for measure, paths in figures[0].items():
            np.testing.assert_array_equal(paths, figures[1][measure])


def _period(line: str) -> str:
    return line.split(",")[3]


def _spoilt(line: str) -> str:
    cells = line.split(",")
    cells[4] = "99999" if cells[4] else ""
    return ",".join(cells)


class TestRefusals:
    def test_a_horizon_before_the_end_of_the_data(
        self, small_delivery: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(HorizonError, match="the data runs until 2023-12-31"):
            train(Order(small_delivery, until=date(2023, 6, 30)), tmp_path)
        assert not list(tmp_path.iterdir())

    def test_an_as_of_date_before_the_data(self, small_delivery: Path, tmp_path: Path) -> None:
        with pytest.raises(HorizonError, match="nothing was known yet"):
            train(Order(small_delivery, as_of=date(2010, 1, 1)), tmp_path)

    def test_a_faulty_delivery_with_every_fault_and_nothing_written(self, tmp_path: Path) -> None:
        folder = small_panel(
            tmp_path / "faulty",
            [("M", "A", "P", "2020-01-01", "-3"), ("M", "A", "P", "2020-01-01", "veel")],
        )
        with pytest.raises(DeliveryError) as refused:
            train(Order(folder), tmp_path / "editions")
        assert len(refused.value.faults) >= 3
        assert not (tmp_path / "editions").exists()


class TestOddDeliveries:
    def test_a_single_period_gives_a_wide_flat_forecast(self, tmp_path: Path) -> None:
        folder = small_panel(
            tmp_path / "one",
            [("M", "A", "P", "2022-01-01", 120), ("M", "B", "P", "2022-01-01", 80)],
        )
        trained = train(Order(folder), tmp_path / "editions")
        edition = open_edition(trained.edition)
        columns, forecast = rows(edition, "clients", ("product",), YEAR)
        assert trained.gate["verdict"] == "undecided"
        (given,) = edition.manifest["inputs"]  # nothing was said of where it comes from
        assert [given[name] for name in TOLD] == [None] * len(TOLD)
        assert columns["period"].max() == np.datetime64("2026-01-01")
        np.testing.assert_allclose(columns["mean"][forecast], 200.0, rtol=1e-6)
        width = columns["p90"][forecast] - columns["p10"][forecast]
        assert np.all(width > 20)
        assert width[-1] > width[0]

    def test_monthly_and_yearly_products_live_in_one_edition(self, tmp_path: Path) -> None:
        months = [
            ("M", "A", "monthly", f"{year}-{month:02}-01", 50 + month)
            for year in range(2019, 2023)
            for month in range(1, 13)
        ]
        years = [("M", "A", "yearly", f"{year}-01-01", 90) for year in range(2016, 2023)]
        folder = small_panel(tmp_path / "mixed", [*months, *years])
        edition = open_edition(train(Order(folder), tmp_path / "editions").edition)
        assert edition.manifest["frequencies"] == ["month", "year"]
        columns, forecast = rows(edition, "clients", ("product",), YEAR)
        for product in ("monthly", "yearly"):
            assert (forecast & (columns["product"] == product)).sum() == 4


class TestRealPanels:
    @pytest.mark.slow
    def test_the_hague_per_district_to_2026_with_cost(self, panels: Path, tmp_path: Path) -> None:
        trained = train(Order(panels / "the-hague-districts-yearly", origins=2), tmp_path)
        edition = open_edition(trained.edition)
        cost, forecast = rows(edition, "cost", ("product", "district"), YEAR)
        assert cost["period"].max() == np.datetime64("2026-01-01")
        assert len(np.unique(cost["district"][forecast])) > 30
        total, ahead = rows(edition, "cost", ("product",), YEAR)
        assert by_period(cost, forecast) == pytest.approx(by_period(total, ahead), rel=1e-9)
        for product, low, high in (("jeugdhulp", 150e6, 300e6), ("wmo", 230e6, 420e6)):
            mean = total["mean"][ahead & (total["product"] == product)]
            assert np.all((mean > low) & (mean < high))

    @pytest.mark.slow
    def test_the_supply_gap_of_wassenaar_is_held_with_its_reason(
        self, panels: Path, tmp_path: Path
    ) -> None:
        order = Order(panels / "haaglanden-districts-yearly", origins=1, members=QUICK)
        trained = train(order, tmp_path)
        series = open_edition(trained.edition).series
        wassenaar = (series["municipality"] == "GM0629") & (series["product"] == "wmo")
        held = series["outcome_clients"][wassenaar] == "held"
        assert held.any()
        assert all("supply gap" in said for said in series["reason_clients"][wassenaar][held])
