"""Two editions are compared on what both were asked, and noise is not taken for a gain."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import permutation_test

from models.comparison import compare
from models.comparison_verdict import Rules, sign_flip
from models.origin_rows import KEY
from tests.training.challengers import origin_rows

pytestmark = pytest.mark.unit
ALL_ORIGINS = 6


def revised(table: pa.Table, rows: int) -> pa.Table:
    """Return a table in which the actuals of the first rows are another."""
    actual = table["actual"].to_numpy().copy()
    actual[:rows] += 1
    at = table.schema.get_field_index("actual")
    return table.set_column(at, "actual", pa.array(actual, pa.float32()))


# --- the test against noise ---------------------------------------------------------------------


@given(st.lists(st.floats(-10, 10, width=16), min_size=2, max_size=9))
def test_sign_flip_agrees_with_scipy(differences: list[float]) -> None:
    known = permutation_test(
        (np.abs(differences) * np.sign(differences),),
        lambda d, axis: d.sum(axis=axis),
        permutation_type="samples",
        n_resamples=np.inf,
        alternative="greater" if sum(differences) >= 0 else "less",
        vectorized=True,
    )
    assert sign_flip(differences) == pytest.approx(known.pvalue)


def test_chance_of_origins_that_all_point_one_way_halves_with_each() -> None:
    assert [sign_flip([1.0] * n) for n in (1, 3, 5)] == [0.5, 0.125, 1 / 32]


def test_many_origins_are_judged_exactly_enough_and_never_more_boldly() -> None:
    assert 2.0**-22 <= sign_flip(np.ones(40)) < 1e-6


def test_no_difference_has_no_chance() -> None:
    assert np.isnan(sign_flip([]))


def test_recipes_that_differ_by_noise_alone_seldom_win() -> None:
    verdicts = [
        compare(origin_rows(seed=2 * n), origin_rows(seed=2 * n + 1)).verdict for n in range(150)
    ]
    assert verdicts.count("wins") <= 0.08 * len(verdicts)


# --- what both were asked -----------------------------------------------------------------------


def test_only_common_rows_count_and_the_others_are_told() -> None:
    result = compare(origin_rows(origins=6), origin_rows(origins=4))
    assert len(result.origins) == 4
    assert (result.rows, result.old_only, result.new_only) == (24, 12, 0)
    assert result.verdict == "same"


def test_rows_whose_actual_was_revised_are_left_out_and_counted() -> None:
    result = compare(origin_rows(), revised(origin_rows(), rows=5))
    assert (result.rows, result.revised) == (31, 5)
    assert result.verdict == "same"


def test_editions_without_a_common_origin_cannot_be_compared() -> None:
    rows = origin_rows(origins=2)
    result = compare(rows.slice(0, 6), rows.slice(6))
    assert result.verdict == "undecided"
    assert "in common" in result.reasons[0]


def test_every_score_is_there_beside_the_baseline_per_level_and_product() -> None:
    result = compare(origin_rows(), origin_rows(0.5))
    places = {(row.measure, row.level, row.product) for row in result.table}
    assert ("cost", "total", "all") in places
    assert ("cost", "product", "HH") in places
    for row in result.table:
        assert set(row.old) == set(row.new) == {"wape", "pinball", "bias", "coverage"}
        assert row.new["wape"] == pytest.approx(row.old["wape"] / 2, rel=1e-3)
        assert np.isfinite(row.baseline)


def test_ratio_is_that_of_the_scores() -> None:
    result = compare(origin_rows(), origin_rows(1.7))
    whole = [row for row in result.table if row.product == "all"]
    for row in whole:
        assert row.ratio == pytest.approx(row.new["pinball"] / row.old["pinball"], rel=0.05)
    assert result.ratio == pytest.approx(np.mean([row.ratio for row in whole]))


def test_a_row_has_one_key() -> None:
    table = origin_rows()
    keys = set(zip(*(table[name].to_pylist() for name in KEY), strict=True))
    assert len(keys) == table.num_rows


# --- the verdict --------------------------------------------------------------------------------


def test_clearly_smaller_errors_win() -> None:
    result = compare(origin_rows(1.5), origin_rows(0.8))
    assert result.verdict == "wins"
    assert result.ratio < 0.98
    assert result.chance <= 0.05


def test_clearly_larger_errors_are_worse() -> None:
    result = compare(origin_rows(0.8), origin_rows(1.5))
    assert result.verdict == "worse"
    assert any("more pinball loss" in reason for reason in result.reasons)


def test_few_origins_can_show_nothing_and_the_verdict_says_so() -> None:
    result = compare(origin_rows(1.5, origins=4), origin_rows(0.5, origins=4))
    assert result.verdict == "undecided"
    assert "only 4 common origins tell them apart" in result.reasons[0]


def test_a_gain_below_the_margin_does_not_win() -> None:
    result = compare(origin_rows(1.0), origin_rows(0.99))
    assert result.verdict == "undecided"
    assert "it wins from 2.0 % less" in result.reasons[0]
    assert compare(origin_rows(1.0), origin_rows(0.99), Rules(margin=0.0)).verdict == "wins"


def test_a_measure_that_is_worse_keeps_a_recipe_from_winning() -> None:
    result = compare(origin_rows(1.5), origin_rows(0.1, worse=["cost"]))
    assert result.verdict == "worse"
    assert any(reason.startswith("cost has") for reason in result.reasons)


def test_bands_that_cover_too_little_keep_a_recipe_from_winning() -> None:
    result = compare(origin_rows(3.0, band=3.0), origin_rows(1.0, band=0.05))
    assert result.verdict == "worse"
    assert any("80 % band of cost covers" in reason for reason in result.reasons)
