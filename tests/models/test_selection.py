"""What adds up, and what is refused: the rules of the design on random questions and editions."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from models.catalogue import MEASURES, Frequency
from models.edition import Edition, open_edition, write_edition
from models.errors import SelectionError
from models.selection import COLUMNS, Selection, answer
from tests.editions import Setting, build_edition, make_content
from tests.models import oracle

pytestmark = pytest.mark.unit

DIMENSIONS = ("municipality", "product", "district")
FREQUENCIES = (None, "month", "quarter", "year", "all")


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> list[Edition]:
    """Three unlike editions: months late or not, one or two municipalities, odd horizons."""
    place = tmp_path_factory.mktemp("editions")
    return [
        open_edition(build_edition(place, seed=1, draws=11)),
        open_edition(
            build_edition(
                place,
                municipality=("VB0001", "VB0002"),
                seed=2,
                draws=10,
                districts=2,
                as_of=date(2022, 9, 30),
                late=0,
                until=date(2025, 12, 31),
                yearly=True,
            )
        ),
        open_edition(
            build_edition(
                place,
                municipality="VB0003",
                seed=3,
                draws=1,
                history=date(2021, 2, 1),
                districts=5,
                as_of=date(2023, 3, 31),
                late=5,
                until=date(2024, 9, 30),
                measures=("clients", "cost"),
            )
        ),
    ]


@pytest.fixture(scope="module")
def edition(editions: list[Edition]) -> Edition:
    return editions[0]


def rows_of(columns: dict[str, Any]) -> list[dict[str, Any]]:
    lists = {
        name: (values.astype(object) if name == "period" else values).tolist()
        for name, values in columns.items()
    }
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def some_of(rng: np.random.Generator, values: list[str]) -> tuple[str, ...]:
    """Nothing (which means everything) as often as a few."""
    count = min(int(rng.choice([0, 0, 1, 2, 3])), len(values))
    return tuple(rng.permutation(np.array(values, dtype=object))[:count].tolist())


def question(edition: Edition, rng: np.random.Generator) -> Selection:
    """Ask anything with codes that exist."""
    days = [date(year, month, 1) for year in range(2020, 2028) for month in (1, 2, 4, 7, 11)]
    bounds = sorted(days[int(n)] for n in rng.integers(0, len(days), 2))
    return Selection(
        measure=str(rng.choice(list(edition.tracks))),
        municipalities=some_of(rng, edition.dimensions["municipality"].labels.tolist()),
        products=some_of(rng, edition.dimensions["product"].labels.tolist()),
        districts=some_of(rng, edition.dimensions["district"].labels.tolist()),
        by=some_of(rng, list(DIMENSIONS)),
        frequency=FREQUENCIES[int(rng.integers(len(FREQUENCIES)))],
        start=bounds[0] if rng.random() < 0.3 else None,
        end=bounds[1] if rng.random() < 0.3 else None,
        bands=[(), (), (95.0,), (50.0, 99.5)][int(rng.integers(4))],
    )


@settings(max_examples=500)
@given(number=st.integers(0, 2), seed=st.integers(0, 2**32))
def test_every_answer_agrees_with_plain_loops_over_cells(
    editions: list[Edition], number: int, seed: int
) -> None:
    edition = editions[number]
    selection = question(edition, np.random.default_rng(seed))
    note(selection)
    try:
        found = rows_of(answer(edition, selection))
    except SelectionError:
        return  # refusals have tests of their own
    expected = oracle.rows(edition, selection)
    assert len(found) == len(expected)
    for row, other in zip(found, expected, strict=True):
        for name, value in other.items():
            if isinstance(value, float):
                assert row[name] == pytest.approx(value, abs=1e-6, rel=1e-12), name
            else:
                assert row[name] == value, name


@settings(max_examples=100)
@given(number=st.integers(0, 2), seed=st.integers(0, 2**32))
def test_bands_are_ordered_and_actuals_do_not_vary(
    editions: list[Edition], number: int, seed: int
) -> None:
    edition = editions[number]
    selection = question(edition, np.random.default_rng(seed))
    note(selection)
    try:
        columns = answer(edition, selection)
    except SelectionError:
        return
    assert np.all(columns["p10"] <= columns["p50"])
    assert np.all(columns["p50"] <= columns["p90"])
    actual = columns["kind"] == "actual"
    for name in set(columns) - set(COLUMNS) | {"p10", "p50", "p90"}:
        np.testing.assert_array_equal(columns[name][actual], columns["mean"][actual])


@settings(max_examples=60)
@given(data=st.data())
def test_costs_of_parts_sum_to_the_total_in_whole_cents(
    editions: list[Edition], data: st.DataObject
) -> None:
    """Unknown district and municipality-wide rows included: nothing is lost, nothing doubled."""
    edition = data.draw(st.sampled_from(editions), label="edition")
    dimensions = st.lists(st.sampled_from(DIMENSIONS), max_size=3, unique=True)
    kept = tuple(data.draw(dimensions, label="by"))
    frequency = data.draw(st.sampled_from(["quarter", "year"]), label="frequency")
    start = date(edition.axes[Frequency.MONTH].first // 12 + 1, 1, 1)  # gaps and late starts past
    products = ("BG", "DB", "HH", "VB")  # PG is known by year
    asked = Selection("cost", by=(), products=products, frequency=frequency, start=start)
    total, parts = answer(edition, asked), answer(edition, replace(asked, by=kept))
    sums: dict[Any, int] = defaultdict(int)
    for period, mean in zip(parts["period"], parts["mean"], strict=True):
        cents = round(mean * 100)
        assert cents == pytest.approx(mean * 100, abs=1e-6)
        sums[period] += cents
    assert sums == {
        period: round(mean * 100)
        for period, mean in zip(total["period"], total["mean"], strict=True)
    }


def test_districts_sum_to_the_municipality_path_by_path(edition: Edition) -> None:
    whole = Selection("cost", by=(), frequency="month", products=("HH",), start=date(2024, 1, 1))
    rows = [n for n in range(len(edition)) if edition.series["product"][n] == "HH"]
    paths = edition.paths["cost"][edition.series["row_cost"][rows]].sum(axis=0)
    after = edition.axes[Frequency.MONTH].first
    columns = answer(edition, whole)
    for period, p90, mean in zip(columns["period"], columns["p90"], columns["mean"], strict=True):
        step = int(period.astype("datetime64[M]").astype(int)) + 1970 * 12 - after
        assert p90 == pytest.approx(np.quantile(paths[step], 0.9) / 100, abs=1e-6)
        assert mean == pytest.approx(paths[step].mean() / 100, abs=1e-9)


def test_the_p90_of_a_sum_lies_below_the_sum_of_the_p90s(tmp_path: Path) -> None:
    large = open_edition(build_edition(tmp_path, districts=12, draws=200, measures=("cost",)))
    asked = Selection("cost", by=(), frequency="year", start=date(2024, 1, 1))
    for product in ("HH", "BG", "DB"):
        total = answer(large, replace(asked, products=(product,)))
        parts = answer(large, replace(asked, by=("district",), products=(product,)))
        for period, p90, p10 in zip(total["period"], total["p90"], total["p10"], strict=True):
            mine = parts["period"] == period
            assert p90 < parts["p90"][mine].sum()
            assert p10 > parts["p10"][mine].sum()


def test_base_rows_looked_up_equal_base_rows_computed(edition: Edition) -> None:
    """Without bands the stored quantiles are read; with a band everything is computed anew."""
    for measure, product in itertools.product(MEASURES, ("HH", "BG", "DB")):
        stored = answer(edition, Selection(measure, products=(product,)))
        computed = answer(edition, Selection(measure, products=(product,), bands=(80,)))
        assert len(stored["mean"]) > 0
        for name in COLUMNS:
            np.testing.assert_array_equal(stored[name], computed[name], err_msg=name)
        np.testing.assert_array_equal(computed["lower_80"], computed["p10"])
        np.testing.assert_array_equal(computed["upper_80"], computed["p90"])


def test_base_rows_are_the_rows_of_forecasts_parquet(edition: Edition) -> None:
    stored = pq.read_table(edition.folder / "forecasts.parquet").to_pylist()
    found = []
    for measure in MEASURES:
        monthly = rows_of(answer(edition, Selection(measure, products=("HH", "BG"))))
        if measure == "cost":
            monthly += rows_of(answer(edition, Selection(measure, products=("VB",))))
        quarterly = rows_of(answer(edition, Selection(measure, products=("DB",))))
        keys = ("municipality", "product", "district", "period")
        found += sorted(monthly + quarterly, key=lambda row: [row[key] for key in keys])
    assert found == stored


def test_rows_are_sorted_and_columns_are_those_of_the_export(edition: Edition) -> None:
    columns = answer(edition, Selection("cost"))
    assert tuple(columns) == COLUMNS
    keys = [tuple(row[name] for name in (*DIMENSIONS, "period")) for row in rows_of(columns)]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_mixed_products_take_the_coarsest_frequency(edition: Edition) -> None:
    assert set(answer(edition, Selection("cost"))["frequency"]) == {"quarter"}
    assert set(answer(edition, Selection("cost", products=("HH", "BG")))["frequency"]) == {"month"}


def test_finer_than_the_data_is_refused_naming_the_products(edition: Edition) -> None:
    with pytest.raises(
        SelectionError, match=r"finer than the data of DB \(known by quarter\)"
    ) as e:
        answer(edition, Selection("cost", frequency="month"))
    fault = e.value.faults[0]
    assert (fault.parameter, fault.value, fault.allowed) == (
        "frequency",
        "month",
        ("quarter", "year"),
    )


def test_unlike_units_are_refused_naming_products_and_units(edition: Edition) -> None:
    with pytest.raises(SelectionError, match=r"dagdeel \(DB\); uur \(BG, HH\)") as caught:
        answer(edition, Selection("volume", by=("district",)))
    assert caught.value.faults[0].parameter == "measure"


def test_volume_adds_within_one_unit(edition: Edition) -> None:
    columns = answer(edition, Selection("volume", by=(), products=("BG", "HH")))
    assert set(columns["unit"]) == {"uur"}
    assert len(columns["mean"]) > 0


def test_stated_and_unstated_units_are_unlike_but_all_unstated_are_one(tmp_path: Path) -> None:
    content = make_content(Setting(("VB0001",), date(2023, 12, 31), 1, True, draws=5))

    def with_unit(products: dict[str, str | None]) -> Edition:
        units = [products.get(p, "uur") for p in content.series["product"].to_pylist()]
        at = content.series.column_names.index("volume_unit")
        series = content.series.set_column(at, content.series.schema.field(at), [units])
        fields = {**content.__dict__, "series": series, "identity": {"units": str(products)}}
        return open_edition(write_edition(type(content)(**fields), tmp_path))

    total = Selection("volume", by=(), products=("BG", "HH"))
    with pytest.raises(SelectionError, match=r"unit not stated \(BG\); uur \(HH\)"):
        answer(with_unit({"BG": None}), total)
    unstated = answer(with_unit({"BG": None, "HH": None, "DB": None}), total)
    assert set(unstated["unit"]) == {"unit not stated"}


def test_clients_over_products_are_combinations_and_mixed_bases_are_told(
    edition: Edition,
) -> None:
    def units(by: tuple[str, ...], products: tuple[str, ...] = ()) -> set[str]:
        return set(
            answer(edition, Selection("clients", frequency="year", by=by, products=products))[
                "unit"
            ]
        )

    assert units(by=("product",)) == {"clients"}
    assert units(by=(), products=("HH",)) == {"clients"}
    assert units(by=(), products=("DB", "HH")) == {"client-product combinations"}
    assert units(by=("district",)) == {"client-product combinations, bases mixed"}


def test_clients_of_a_year_are_the_mean_of_its_months(edition: Edition) -> None:
    asked = Selection("clients", products=("HH",), by=())
    months = answer(edition, asked)
    years = answer(edition, replace(asked, frequency="year"))
    for year, mean in zip(years["period"], years["mean"], strict=True):
        mine = months["period"].astype("datetime64[Y]") == year.astype("datetime64[Y]")
        assert mine.sum() == 12
        assert mean == pytest.approx(months["mean"][mine].mean(), abs=1e-6)


def test_a_period_with_an_unknown_month_is_not_given(edition: Edition) -> None:
    gap = date(2021, 5, 1)
    asked = Selection("cost", products=("BG",), districts=("VB0001D01",))
    months = answer(edition, asked)["period"].tolist()
    assert gap not in months
    assert date(2021, 4, 1) in months
    years = answer(edition, replace(asked, frequency="year"))["period"].tolist()
    assert years == [date(year, 1, 1) for year in (2022, 2023, 2024, 2025, 2026)]


def test_a_year_that_a_series_does_not_fill_is_not_given(edition: Edition) -> None:
    late = Selection("cost", products=("HH",), districts=("VB0001D02",), frequency="year")
    assert answer(edition, late)["period"].tolist()[0] == date(2023, 1, 1)  # starts April 2022


def test_a_series_that_starts_late_does_not_hide_the_total_before(edition: Edition) -> None:
    total = Selection("cost", products=("HH",), by=(), frequency="year")
    assert answer(edition, total)["period"].tolist()[0] == date(2021, 1, 1)


def test_a_year_partly_actual_is_a_forecast_whose_actual_months_do_not_vary(
    edition: Edition,
) -> None:
    asked = Selection("cost", products=("HH",), districts=("VB0001D01",))
    year = answer(edition, replace(asked, frequency="year", end=date(2023, 1, 1)))
    months = answer(edition, replace(asked, start=date(2023, 1, 1), end=date(2023, 12, 1)))
    assert year["kind"][-1] == "forecast"
    assert (months["kind"] == "actual").sum() == 10
    ahead = answer(
        edition, replace(asked, start=date(2023, 11, 1), end=date(2023, 12, 1), frequency="all")
    )
    known = months["mean"][:10].sum()
    for name in ("p10", "p50", "p90", "mean"):
        assert year[name][-1] == pytest.approx(known + ahead[name][0], abs=1e-6)


def test_a_held_series_counts_in_the_past_only(edition: Edition) -> None:
    held = answer(edition, Selection("cost", products=("BG",), districts=("VB0001D03",)))
    assert set(held["kind"]) == {"actual"}
    assert held["period"].max() == np.datetime64("2023-10-01")


def test_time_summed_over_gives_one_row_for_actual_and_one_for_forecast(edition: Edition) -> None:
    asked = Selection("cost", products=("HH",), by=("product",))
    columns = answer(edition, replace(asked, frequency="all"))
    months = answer(edition, asked)
    assert columns["period"].tolist() == ["all", "all"]
    assert columns["frequency"].tolist() == ["all", "all"]
    assert columns["kind"].tolist() == ["actual", "forecast"]
    for kind, mean in zip(columns["kind"], columns["mean"], strict=True):
        cents = np.rint(months["mean"][months["kind"] == kind] * 100).sum()
        assert round(mean * 100) == cents


def test_unknown_codes_are_all_named_with_what_is_allowed(edition: Edition) -> None:
    asked = Selection(
        "cost", municipalities=("X",), products=("HH", "nope"), by=("year",), frequency="week"
    )
    with pytest.raises(SelectionError) as caught:
        answer(edition, asked)
    faults = {fault.parameter: fault for fault in caught.value.faults}
    assert {name: fault.value for name, fault in faults.items()} == {
        "by": "year",
        "frequency": "week",
        "municipality": "X",
        "product": "nope",
    }
    assert faults["product"].allowed == ("BG", "DB", "HH", "VB")
    assert faults["municipality"].allowed == ("VB0001",)
    assert "'nope' is no product of this edition" in str(caught.value)


@pytest.mark.parametrize("measure", ["kosten", "", "volume"])
def test_a_measure_the_edition_does_not_have_is_refused(
    editions: list[Edition], measure: str
) -> None:
    with pytest.raises(SelectionError, match="is no measure of this edition") as caught:
        answer(editions[2], Selection(measure))
    assert caught.value.faults[0].allowed == ("clients", "cost")


@pytest.mark.parametrize("band", [0, 100, -5, 120])
def test_a_band_outside_0_and_100_percent_is_refused(edition: Edition, band: float) -> None:
    with pytest.raises(SelectionError, match="between 0 and 100"):
        answer(edition, Selection("cost", bands=(band,)))


@pytest.mark.parametrize(
    "selection",
    [
        Selection("cost", products=("VB",), districts=("VB0001D01",)),
        Selection("cost", start=date(2050, 1, 1)),
        Selection("cost", start=date(2025, 1, 1), end=date(2024, 1, 1), bands=(95,)),
        Selection("cost", end=date(2000, 1, 1), frequency="all"),
    ],
)
def test_a_selection_without_rows_gives_empty_columns(
    edition: Edition, selection: Selection
) -> None:
    columns = answer(edition, selection)
    assert set(COLUMNS) <= set(columns)
    assert {len(values) for values in columns.values()} == {0}
    if selection.bands:
        assert "lower_95" in columns


def test_districts_that_only_share_a_code_are_not_merged(tmp_path: Path) -> None:
    content = make_content(
        Setting(("VB0001", "VB0002"), date(2023, 12, 31), 1, True, draws=5, districts=1)
    )

    def recoded(table: Any) -> Any:  # noqa: ANN401 - a pyarrow table
        at = table.column_names.index("district")
        codes = [
            code.replace("VB0002D", "WIJK").replace("VB0001D", "WIJK")
            for code in table["district"].to_pylist()
        ]
        return table.set_column(at, table.schema.field(at), [codes])

    tables = {**content.tables, "forecasts": recoded(content.tables["forecasts"])}
    fields = {**content.__dict__, "series": recoded(content.series), "tables": tables}
    edition = open_edition(write_edition(type(content)(**fields), tmp_path))
    with pytest.raises(SelectionError, match="several municipalities use the district code WIJK"):
        answer(edition, Selection("cost", by=("district",)))
    assert len(answer(edition, Selection("cost", by=("municipality", "district")))["mean"])
    one = Selection("cost", by=("district",), municipalities=("VB0002",))
    assert set(answer(edition, one)["district"]) == {"WIJK01", "VB0002"}


NOT_FORECAST: list[dict[str, Any]] = [
    {"held": ("cost",)},
    {"held": ("clients", "volume"), "bare": True},
    {"held": MEASURES},
    {"held": MEASURES, "bare": True},
    {"held": MEASURES, "bare": True, "idle": 0},
    {"held": MEASURES, "idle": 0},
    {"held": MEASURES, "idle": 5, "yearly": True},
    {"only": ("BG",), "districts": 0},
    {"only": ("BG",), "districts": 0, "bare": True, "idle": 0},
    {"only": ("BG", "DB"), "districts": 0, "bare": True, "idle": 0},
]


@pytest.mark.parametrize("options", NOT_FORECAST, ids=str)
def test_a_measure_without_any_forecast_has_its_actuals_only(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    edition = open_edition(build_edition(tmp_path, draws=7, **options))
    rows = pq.read_table(edition.folder / "forecasts.parquet").to_pylist()
    for measure, track in edition.tracks.items():
        forecast = bool(np.any(track.last > track.data_until))
        kinds = {row["kind"] for row in rows if row["measure"] == measure}
        assert kinds == ({"actual", "forecast"} if forecast else {"actual"})
        asked = [
            Selection(measure, by=by, frequency=frequency, bands=bands, products=(product,))
            for product in edition.dimensions["product"].labels
            for by in ((), ("product",), DIMENSIONS)
            for frequency in (None, "year", "all")
            for bands in ((), (95.0,))
        ]
        for selection in asked:
            found = rows_of(answer(edition, selection))
            expected = oracle.rows(edition, selection)
            assert [(row["period"], row["kind"]) for row in found] == [
                (row["period"], row["kind"]) for row in expected
            ]
            assert [row["mean"] for row in found] == pytest.approx(
                [row["mean"] for row in expected], abs=1e-6
            )
    assert any(np.any(t.present & (t.last <= t.data_until)) for t in edition.tracks.values())
