"""An edition carries its errors per origin, and they are those that its scores were made from."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
import pytest

from models import accuracy
from models.edition import Edition, open_edition
from models.origin_rows import KEY, ORIGINS_SCHEMA
from training.champions import PROMOTED, compared, register
from training.recipe import recipe_of, trainer
from training.report import trained_lines
from training.train import Order, Trained, train

pytestmark = [pytest.mark.contract, pytest.mark.slow]
NOW = datetime(2024, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def edition(small_edition: Trained) -> Edition:
    return open_edition(small_edition.edition)


@pytest.fixture(scope="module")
def limited(small_delivery: Path, tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """The same delivery, forecast by last year's level alone."""
    order = Order(small_delivery, origins=3, members=("last year",), by="Iemand")
    return open_edition(train(order, tmp_path_factory.mktemp("limited")).edition)


def test_a_row_has_one_key_and_a_year_that_has_ended(edition: Edition) -> None:
    table = edition.table("origins")
    assert table.schema.equals(ORIGINS_SCHEMA)
    assert len(set(zip(*(table[name].to_pylist() for name in KEY), strict=True))) == len(table)
    ended = [
        day.year + year <= 2023 + (day.month == 12 and day.day == 31)
        for day, year in zip(table["origin"].to_pylist(), table["year"].to_pylist(), strict=True)
    ]
    assert all(ended)


def test_scores_of_the_edition_follow_from_its_errors_per_origin(edition: Edition) -> None:
    table, judged = edition.table("origins"), 0
    for score in edition.table("accuracy").to_pylist():
        whole = score["product"] == score["district"] == score["municipality"] == "all"
        if score["period_kind"] != "year" or score["horizon"] or not whole:
            continue
        chosen = pc.and_(
            pc.and_(
                pc.equal(table["measure"], score["measure"]),
                pc.equal(table["level"], score["level"]),
            ),
            pc.equal(table["frequency"], score["frequency"]),
        )
        rows = table.filter(chosen)
        assert len(rows) == score["observations"]
        was, said, naive, low, middle, high = (
            rows[name].to_numpy().astype(float)
            for name in ("actual", "mean", "baseline", "p10", "p50", "p90")
        )
        assert accuracy.wape(was, said) == pytest.approx(score["wape"], rel=1e-4)
        assert accuracy.wape(was, naive) == pytest.approx(score["baseline_wape"], rel=1e-4)
        pinball = accuracy.scaled_pinball(was, low, middle, high)
        assert pinball == pytest.approx(score["pinball"], rel=1e-4)
        judged += 1
    assert judged >= 8


def test_an_edition_states_its_recipe_and_who_trained_it(
    edition: Edition, limited: Edition
) -> None:
    recipe = edition.manifest["recipe"]
    assert recipe == recipe_of(edition.manifest)
    assert recipe["code"] == edition.manifest["versions"]["code"]
    assert recipe["settings"] == {"index_correction": "difference"}
    assert trainer(edition.manifest)
    assert trainer(limited.manifest) == "Iemand"


def test_an_ensemble_limited_to_a_member_is_another_recipe_and_asks_no_other(
    edition: Edition, limited: Edition
) -> None:
    assert limited.manifest["recipe"]["settings"]["members"] == ["last year"]
    assert limited.manifest["recipe"]["id"] != edition.manifest["recipe"]["id"]
    asked = {row["member"] for row in limited.document("quality")["members"]}
    assert asked == {"last year"}


def test_after_a_training_is_said_what_to_do_with_another_recipe_than_the_champions(
    small_edition: Trained, limited: Edition, tmp_path: Path
) -> None:
    told = "\n".join(trained_lines(small_edition, None, tracked=False))
    assert "models compare" not in told
    folder = shutil.copytree(small_edition.edition, tmp_path / small_edition.edition.name)
    event = {"event": PROMOTED, "edition": limited.edition_id}
    recipe = {"recipe": limited.manifest["recipe"]["id"]}
    register(tmp_path, str(limited.manifest["delivery"])).append(event | recipe, NOW)
    told = "\n".join(trained_lines(replace(small_edition, edition=folder), None, tracked=False))
    assert f"Next: zorgraming models compare {folder}" in told


def test_editions_of_the_same_day_share_every_origin_and_target(
    edition: Edition, limited: Edition
) -> None:
    result = compared(edition, limited)
    assert result.rows == edition.table("origins").num_rows
    assert result.revised == result.old_only == result.new_only == 0
    assert result.verdict in ("worse", "undecided")  # three origins can show little
    assert compared(edition, edition).verdict == "same"
