"""What is told of a training follows from its edition, and stays few and well named."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from models.edition import open_edition
from tests.editions import build_edition
from training.bundle import bundle_from_edition
from training.run_plots import plots
from training.run_record import flattened, metrics, record_from_edition, series_table
from training.tracking_store import default_tracking_uri, without_password

WHOLE = {"municipality": "all", "district": "all", "product": "all"}
PLAIN: dict[str, Any] = {
    **{"level": "total", **WHOLE, "measure": "cost", "frequency": "month", "unit": "EUR"},
    **{"period_kind": "year", "horizon": 1, "horizon_months": 12, "origins": 4},
    **{"observations": 4, "wape": 5.0, "bias": -1.0, "baseline": "seasonal naive"},
    **{"baseline_wape": 7.0, "pinball": 3.0, "baseline_pinball": math.nan, "coverage_80": 0.75},
}


def scores(*changes: dict[str, Any]) -> dict[str, list[Any]]:
    """Columns of accuracy, one row per set of changes to a plain row."""
    rows = [PLAIN | change for change in changes]
    return {name: [row[name] for row in rows] for name in PLAIN}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_edition(tmp_path_factory.mktemp("editions"), approved=False)


@pytest.mark.unit
def test_each_error_stands_beside_the_baselines() -> None:
    assert metrics(scores({})) == {
        "wape.cost.total.year.h1": 5.0,
        "wape_baseline.cost.total.year.h1": 7.0,
        "bias.cost.total.year.h1": -1.0,
        "pinball.cost.total.year.h1": 3.0,
        "coverage_80.cost.total.year.h1": 0.75,
    }


@pytest.mark.unit
def test_a_score_of_the_whole_level_goes_before_its_parts() -> None:
    part = {"level": "product", "product": "HH", "municipality": "all"}
    table = scores({"level": "product", "wape": 5.0}, part | {"wape": 50.0, "observations": 99})
    assert metrics(table)["wape.cost.product.year.h1"] == 5.0


@pytest.mark.unit
def test_parts_are_weighted_by_their_observations() -> None:
    one = {"level": "series", "product": "HH", "wape": 10.0, "observations": 3}
    other = {"level": "series", "product": "BG", "wape": 50.0, "observations": 1}
    assert metrics(scores(one, other))["wape.cost.series.year.h1"] == 20.0


@pytest.mark.unit
def test_frequencies_meet_in_the_year() -> None:
    by_quarter = {"frequency": "quarter", "wape": 9.0, "observations": 12}
    assert metrics(scores({"wape": 5.0}, by_quarter))["wape.cost.total.year.h1"] == 8.0


@pytest.mark.unit
def test_yearly_data_is_not_scored_twice() -> None:
    yearly = {"frequency": "year"}
    table = scores(yearly | {"period_kind": "period", "wape": 99.0}, yearly)
    assert metrics(table)["wape.cost.total.year.h1"] == 5.0


@pytest.mark.unit
def test_all_horizons_together_are_named_all() -> None:
    assert "wape.cost.total.month.all" in metrics(
        scores({"period_kind": "period", "horizon": 0, "horizon_months": 0})
    )


@pytest.mark.unit
def test_a_full_table_of_scores_never_gives_thousands_of_metrics() -> None:
    table = scores(
        *(
            {
                "measure": measure,
                "level": level,
                "frequency": frequency,
                "period_kind": kind,
                "horizon": horizon,
                "horizon_months": horizon * (12 if kind == "year" else per),
            }
            for measure in ("clients", "volume", "cost")
            for level in ("total", "product", "district", "series")
            for frequency, per in (("month", 1), ("quarter", 3), ("year", 12))
            for kind, most in (("year", 5), ("period", 60 // per))
            for horizon in range(most + 1)
        )
    )
    assert 100 < len(metrics(table)) < 1500


@pytest.mark.unit
def test_unknown_scores_become_no_metric() -> None:
    assert metrics(scores({"wape": math.nan, "baseline_wape": None})).keys() == {
        "bias.cost.total.year.h1",
        "pinball.cost.total.year.h1",
        "coverage_80.cost.total.year.h1",
    }


@pytest.mark.unit
def test_no_scores_give_no_metrics() -> None:
    assert metrics(scores()) == {}


@pytest.mark.unit
def test_record_tells_what_the_edition_knows(folder: Path) -> None:
    record = record_from_edition(folder)
    assert record.parameters["as_of"] == "2023-12-31"
    assert record.parameters["seed"] == 1
    assert record.parameters["run.jobs"] == 1
    assert record.inputs[0]["file"] == "care_use.csv"
    assert set(record.outcomes["outcome"]) == {"fitted", "pooled", "held"}
    assert all(
        reason == "te weinig waarnemingen"
        for reason, outcome in zip(
            record.outcomes["reason"], record.outcomes["outcome"], strict=True
        )
        if outcome == "held"
    )


@pytest.mark.unit
def test_each_series_has_its_outcome_beside_its_scores(folder: Path) -> None:
    record = record_from_edition(folder)
    first = {name: record.outcomes[name][0] for name in record.outcomes}
    own = {name: first[name] for name in ("municipality", "district", "product", "measure")}
    scored = scores(own | {"level": "series", "horizon": 0, "wape": 12.5})
    table = series_table(type(record)(**{**vars(record), "accuracy": scored}))
    assert table["wape"][0] == 12.5
    assert table["wape"][1:] == [None] * (len(table["wape"]) - 1)
    assert table["outcome"] == record.outcomes["outcome"]


@pytest.mark.unit
def test_bundle_holds_every_forecast_and_no_actual(folder: Path) -> None:
    bundle = bundle_from_edition(folder, {"trend": {"HH": 0.02}})
    rows = pq.read_table(folder / "forecasts.parquet").to_pylist()
    told = {
        (*(series[k] for k in ("municipality", "district", "product", "measure")), mean)
        for series in bundle["series"]
        for mean in series["mean"]
    }
    expected = {
        (r["municipality"], r["district"], r["product"], r["measure"], round(r["mean"], 4))
        for r in rows
        if r["kind"] == "forecast"
    }
    assert told == expected
    assert bundle["models"] == {"trend": {"HH": 0.02}}
    assert bundle["format"] == 1
    assert bundle["edition_id"] == folder.name


@pytest.mark.unit
def test_pictures_are_drawn_of_what_adds_up(folder: Path) -> None:
    yearly = [{"horizon": horizon, "level": "series"} for horizon in (0, 1, 2)]
    drawn = plots(open_edition(folder), scores(*yearly))
    # Volume is delivered in hours and in day parts, which have no total.
    assert set(drawn) == {
        "accuracy.png",
        "coverage.png",
        "forecast_clients.png",
        "forecast_cost.png",
    }
    assert all(picture.startswith(b"\x89PNG") for picture in drawn.values())


@pytest.mark.unit
def test_nested_settings_become_dotted_names() -> None:
    told = {"a": {"b": 1, "c": {"d": "x"}}, "e": [1, 2], "f": None, "g": True}
    assert dict(flattened(told)) == {"a.b": 1, "a.c.d": "x", "e": "[1, 2]", "g": True}


@pytest.mark.unit
def test_the_store_lies_in_the_state_folder_unless_named(tmp_path: Path) -> None:
    assert default_tracking_uri(tmp_path, {}) == f"sqlite:///{tmp_path}/mlflow.sqlite"
    named = {"ZORGRAMING_MLFLOW_URI": "http://tracking:5000"}
    assert default_tracking_uri(tmp_path, named) == "http://tracking:5000"


@pytest.mark.unit
def test_a_password_is_never_written_down() -> None:
    uri = "https://anna:geheim@tracking.example"
    assert "geheim" not in without_password(f"away: {uri}/api", uri)
    assert without_password("http://tracking", "http://tracking") == "http://tracking"


@pytest.mark.unit
def test_scores_kept_in_another_shape_are_left_out_and_stop_nothing(folder: Path) -> None:
    record = record_from_edition(folder)
    odd = {name: record.accuracy[name] for name in ("measure", "level", "wape")}
    assert metrics(odd) == {}
    assert set(series_table(replace(record, accuracy=odd))["wape"]) == {None}
