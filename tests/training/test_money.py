"""Cost through a training: the price apart, tasks, and growth that has one cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.asking import Selection
from models.drivers import CAUSES, causes
from models.edition import Edition, open_edition
from models.panel import Panel
from models.selection import answer
from tests.models.panels import Row, panel_of, table
from training.blocks import BlockMaker
from training.draw import components_at, origin_errors
from training.fanout import Fanout
from training.fit import fit_frame
from training.frame_fit import FrameFit
from training.frames import frames
from training.spread_record import moved
from training.train import Order, train

pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
AS_OF, FIRST, YEARS = date(2023, 12, 31), 2019, 5
MONTHS = 12 * YEARS
HORIZON, ORIGINS = 24, [36, 48]
TARIFF = {2019: 20.0, 2020: 20.0, 2021: 20.0, 2022: 25.0, 2023: 25.0, 2024: 30.0}


def course(start: float, per_year: float) -> Callable[[int], float]:
    return lambda month: start * per_year ** (month / 12)


def rows(product: str, clients: Callable[[int], float], each: float = 10.0) -> Iterator[Row]:
    """Use of one product in one district, at the tariff of each year."""
    for at in range(MONTHS):
        year = FIRST + at // 12
        volume = round(clients(at) * each, 2)
        yield {
            **{"municipality": "M", "district": "A", "product": product},
            "period": f"{year}-{at % 12 + 1:02}-01",
            **{"clients": round(clients(at), 2), "volume": volume},
            "cost_cents": round(volume * TARIFF[year] * 100),
        }


def tariffs(product: str, later: float = 1.0) -> list[Row]:
    """Tariffs that are fixed in November; later ones times a factor."""
    return [
        {
            **{"product": product, "valid_from": f"{year}-01-01", "valid_to": f"{year}-12-31"},
            **{"unit": "uur", "known_from": f"{year - 1}-11-15"},
            "eur_per_unit": amount * (later if year >= 2022 else 1.0),
        }
        for year, amount in TARIFF.items()
    ]


def delivery(later: float = 1.0, **changes: object) -> Panel:
    """A product with steady use, and a task whose clients double while its sum stands."""
    care = [*rows("steady", course(100, 1.0)), *rows("task", course(50, 1.2))]
    for row in care:
        if row["product"] == "task":
            row |= {"volume": None, "cost_cents": TARIFF[int(row["period"][:4])] * 100_000}
    panel = panel_of(care, tariffs=[*tariffs("steady", later), *tariffs("task", later)])
    variants = {"steady": "inspanning", "task": "taak"}
    products = panel.products.assign(
        variant=panel.products["product"].map(variants), forecast="model", **changes
    )
    return replace(panel, products=products)


def fitted(panel: Panel) -> FrameFit:
    (frame,) = frames(panel.as_known_at(AS_OF), AS_OF)
    return fit_frame(BlockMaker(panel, frame, AS_OF, HORIZON), ORIGINS, Fanout())


def forecast(fit: FrameFit, product: str, origin: int | None = None) -> np.ndarray:
    """Cost of the first year after an origin, by month, in cents."""
    own = fit.fits["cost", fit.end if origin is None else origin]
    return np.asarray(own.mean[(fit.frame.keys["product"] == product).to_numpy()][:, :12])


@pytest.fixture(scope="module")
def fit() -> FrameFit:
    return fitted(delivery())


class TestThePriceApart:
    def test_a_tariff_that_is_known_moves_cost_by_just_that(self, fit: FrameFit) -> None:
        np.testing.assert_allclose(forecast(fit, "steady"), 1000 * 30 * 100, rtol=0.01)

    def test_an_origin_knows_the_tariff_of_its_next_year_and_none_later(
        self, fit: FrameFit
    ) -> None:
        np.testing.assert_allclose(forecast(fit, "steady", 36), 1000 * 25 * 100, rtol=0.01)
        changed = fitted(delivery(later=2.0))
        same = [own.fits["cost", 36].mean[:, 12:] for own in (fit, changed)]
        assert not np.allclose(*same)  # known from November 2021: it stands at the end of 2021
        before = delivery(later=2.0)
        before.tariffs.loc[before.tariffs["valid_from"].dt.year >= 2022, "known_from"] = (
            pd.Timestamp("2022-01-15")
        )
        held = fitted(before)
        np.testing.assert_allclose(forecast(held, "steady", 36), 1000 * 20 * 100, rtol=0.01)

    def test_without_prices_the_money_goes_on_as_it_was(self) -> None:
        bare = replace(delivery(), tariffs=table("tariffs", []))
        np.testing.assert_allclose(forecast(fitted(bare), "steady"), 1000 * 25 * 100, rtol=0.03)

    def test_clients_and_volume_do_not_depend_on_prices(self, fit: FrameFit) -> None:
        bare = fitted(replace(delivery(), tariffs=table("tariffs", [])))
        for measure in ("clients", "volume"):
            for origin in fit.origins:
                own, other = (found.fits[measure, origin].mean for found in (fit, bare))
                np.testing.assert_array_equal(own, other)

    def test_the_baseline_is_what_was_paid_last_year(self, fit: FrameFit) -> None:
        own = fit.fits["cost", fit.end]
        steady = (fit.frame.keys["product"] == "steady").to_numpy()
        np.testing.assert_allclose(own.baseline[steady][:, :12], 1000 * 25 * 100)

    def test_how_it_was_forecast_is_recorded(self, fit: FrameFit) -> None:
        own = fit.fits["cost", fit.end]
        said = dict(zip(fit.frame.keys["product"], own.method, strict=True))
        assert said["steady"] == "volume x price per unit"
        assert said["task"] == "fixed sum per period (taak) x price"


class TestTasks:
    def test_a_task_costs_its_sum_whatever_the_use(self, fit: FrameFit) -> None:
        np.testing.assert_allclose(forecast(fit, "task"), 3_000_000)
        clients = fit.fits["clients", fit.end].mean[(fit.frame.keys["product"] == "task")]
        assert clients[0, 11] > 105  # from 50: 20 percent a year

    @pytest.fixture(scope="class")
    def split(self) -> FrameFit:
        """The cost of the task is known for the municipality, its clients per district."""
        panel = delivery()
        use = panel.care_use
        task = use["product"] == "task"
        money = use[task].assign(district="M", clients=np.nan)
        parts = [
            use[task].assign(district=name, clients=use["clients"] * share, cost_cents=np.nan)
            for name, share in (("A", 0.75), ("B", 0.25))
        ]
        order = ["municipality", "district", "product", "period"]
        together = pd.concat([use[~task], money, *parts]).sort_values(order, ignore_index=True)
        return fitted(replace(panel, care_use=together))

    def test_a_task_of_the_municipality_is_shared_by_the_clients_of_its_districts(
        self, split: FrameFit
    ) -> None:
        shared = forecast(split, "task")
        np.testing.assert_allclose(shared.sum(axis=0), 3_000_000)
        keys = split.frame.keys
        rows_of = keys["district"][keys["product"] == "task"].tolist()
        ratio = shared[rows_of.index("A")] / shared[rows_of.index("B")]
        np.testing.assert_allclose(ratio, 3, rtol=0.01)

    def test_the_record_of_the_municipality_is_compared_with_what_is_forecast_per_district(
        self, split: FrameFit
    ) -> None:
        shift = moved(split, "cost", 2023)
        keys = split.frame.keys
        named = dict(zip(zip(keys["product"], keys["district"], strict=True), shift, strict=True))
        paid = round(TARIFF[2023] * 100_000) * 12
        assert named["task", "M"] == -paid
        assert named["task", "A"] + named["task", "B"] == paid
        assert named["task", "A"] == pytest.approx(0.75 * paid, rel=0.02)
        assert named["steady", "A"] == 0
        assert not moved(split, "cost", 2024).any()  # nothing of it is known yet

    def test_a_scenario_keeps_its_level_at_the_price_of_each_year(self) -> None:
        panel = delivery()
        products = panel.products.assign(forecast="scenario")
        found = fitted(replace(panel, products=products))
        np.testing.assert_allclose(forecast(found, "steady"), 1000 * 30 * 100, rtol=0.01)
        np.testing.assert_allclose(forecast(found, "task"), 3_000_000)


def write(panel: Panel, folder: Path) -> Path:
    """Write a panel as a delivery."""
    folder.mkdir(parents=True)
    for name in ("care_use", "products", "tariffs"):
        rows_of = getattr(panel, name).drop(columns=["frequency"], errors="ignore").copy()
        for column in [c for c in rows_of if c.endswith("_cents")]:
            rows_of[column] = (rows_of[column] / 100).map("{:.2f}".format)
        named = {c: c.replace("_cents", "_eur") for c in rows_of}
        rows_of.rename(columns=named).dropna(axis=1, how="all").to_csv(
            folder / f"{name}.csv", index=False, date_format="%Y-%m-%d"
        )
    return folder


def growth(edition: Edition, product: str, measure: str = "cost") -> dict[str, float]:
    """Mean of base, causes and total in the last year, of one product."""
    found = causes(edition, Selection(measure, products=(product,), by=()))
    last = found["year"] == found["year"].max()
    return dict(zip(found["cause"][last], found["mean"][last], strict=True))


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """Products of which one thing moves: the price, use, or volume per client."""
    care = [*rows("price", course(100, 1.0)), *rows("use", course(100, 1.06))]
    care += [*rows("task", course(100, 1.0))]
    for row in care:
        if row["product"] == "use":  # at a price that stands
            row["cost_cents"] = round(row["volume"] * 20 * 100)
    panel = panel_of(care, tariffs=tariffs("price"))
    variants = panel.products["product"].map({"task": "taak"})
    panel = replace(panel, products=panel.products.assign(variant=variants))
    folder = write(panel, tmp_path_factory.mktemp("causes") / "delivery")
    order = Order(folder, origins=2, draws=100)
    return open_edition(train(order, tmp_path_factory.mktemp("editions")).edition)


class TestGrowthWithOneCause:
    @pytest.mark.parametrize(("product", "cause"), [("price", "price"), ("use", "use")])
    def test_shows_as_that_cause(self, edition: Edition, product: str, cause: str) -> None:
        found = growth(edition, product)
        change = found["total"] - found["base"]
        assert found[cause] == pytest.approx(change, rel=0.15)
        others = [name for name in CAUSES if name != cause]
        assert max(abs(found[name]) for name in others) < 0.15 * abs(change)

    def test_a_tariff_that_rises_by_a_fifth_is_a_fifth_of_the_base_year(
        self, edition: Edition
    ) -> None:
        found = causes(edition, Selection("cost", products=("price",), by=()))
        first = (found["year"] == 2024) & (found["cause"] == "price")
        base = (found["year"] == 2024) & (found["cause"] == "base")
        assert found["mean"][first][0] == pytest.approx(found["mean"][base][0] / 5, rel=0.01)

    def test_clients_have_no_price(self, edition: Edition) -> None:
        found = growth(edition, "price", "clients")
        assert found["price"] == found["volume"] == 0

    @pytest.mark.parametrize("by", [(), ("product",), ("product", "district")])
    @pytest.mark.parametrize("measure", ["clients", "cost"])
    def test_base_and_causes_add_up_to_what_is_forecast(
        self, edition: Edition, measure: str, by: tuple[str, ...]
    ) -> None:
        found = causes(edition, Selection(measure, by=by))
        said = answer(edition, Selection(measure, by=by, frequency="year"))
        for year in np.unique(found["year"]):
            mine = (found["year"] == year) & (found["cause"] == "total")
            ahead = said["period"] == np.datetime64(f"{year}-01-01")
            for name in ("mean", "p10", "p50", "p90"):
                np.testing.assert_allclose(found[name][mine], said[name][ahead], rtol=1e-9)
            parts = (found["year"] == year) & ~np.isin(found["cause"], ["total"])
            groups = found["mean"][parts].reshape(-1, 1 + len(CAUSES))
            np.testing.assert_allclose(groups.sum(axis=1), found["mean"][mine], rtol=1e-12)


DELAYS = (0.1, 0.5, 0.3, 0.1)  # share of a month declared after 0, 1, 2 and 3 months


def declared(panel: Panel, until: str = "2023-12-01", noise: float = 0.0) -> Panel:
    """The same delivery with its declarations, and recent months as far as they are declared."""
    chance = np.random.default_rng(5)
    use, last = panel.care_use.copy(), pd.Timestamp(until)
    told: list[Row] = []
    for at, row in use[use["product"] == "steady"].iterrows():
        shares = np.array(DELAYS) * np.exp(chance.normal(0, noise, len(DELAYS)))
        cents = np.rint(row["cost_cents"] * shares / shares.sum())
        days = [row["period"] + pd.DateOffset(months=delay) for delay in range(len(DELAYS))]
        seen = [day <= last for day in days]
        told += [
            {
                **{"municipality": "M", "product": "steady", "service_period": row["period"]},
                **{"declared_period": day, "cost_cents": amount},
            }
            for day, amount, known in zip(days, cents, seen, strict=True)
            if known
        ]
        part = cents[seen].sum() / row["cost_cents"]
        use.loc[at, ["volume", "cost_cents"]] = row[["volume", "cost_cents"]].to_numpy() * part
        use.loc[at, "status"] = "definitive" if all(seen) else "provisional"
    recent = use["period"] > last - pd.DateOffset(months=len(DELAYS) - 1)
    use.loc[(use["product"] == "task") & recent, "status"] = "provisional"
    return replace(panel, care_use=use, declarations=table("declarations", told))


class TestOpenMonths:
    @pytest.fixture(scope="class")
    def late(self) -> FrameFit:
        return fitted(declared(delivery(), noise=0.1))

    def test_come_to_what_they_will_be_and_what_follows_goes_on_from_there(
        self, late: FrameFit
    ) -> None:
        own = late.fits["cost", late.end]
        assert (own.start, own.open) == (57, 3)
        steady = (late.frame.keys["product"] == "steady").to_numpy()
        np.testing.assert_allclose(own.mean[steady][:, :3], 1000 * 25 * 100, rtol=0.05)
        np.testing.assert_allclose(own.mean[steady][:, 3:15], 1000 * 30 * 100, rtol=0.02)

    def test_volume_follows_at_the_price_that_is_paid(self, late: FrameFit) -> None:
        own = late.fits["volume", late.end]
        steady = (late.frame.keys["product"] == "steady").to_numpy()
        np.testing.assert_allclose(own.mean[steady][:, :15], 1000, rtol=0.05)

    def test_the_record_stays_as_it_was_delivered(self, late: FrameFit) -> None:
        delivered = declared(delivery(), noise=0.1).care_use
        steady = delivered[delivered["product"] == "steady"]["cost_cents"].to_numpy()
        row = (late.frame.keys["product"] == "steady").to_numpy()
        np.testing.assert_array_equal(late.frame.values["cost"][row][0], steady)

    def test_an_origin_sees_no_declaration_that_came_after_it(self, late: FrameFit) -> None:
        panel = declared(delivery(), noise=0.1)
        told = panel.declarations
        after = told["declared_period"] > pd.Timestamp("2021-12-01")
        told.loc[after, "cost_cents"] *= 3
        other = fitted(panel)
        for measure in ("volume", "cost"):
            own, same = (fit.fits[measure, 36].mean[:, :3] for fit in (late, other))
            np.testing.assert_array_equal(own, same)

    def test_looking_back_the_months_before_are_open_whatever_their_status(self) -> None:
        panel = declared(delivery())
        day = date(2022, 6, 30)
        known = panel.as_known_at(day)
        (ahead,) = frames(known, day)
        (back,) = frames(known, day, looks_back=True)
        assert ahead.lags["cost"] == 0
        assert back.lags["cost"] == 3


class TestOutliers:
    MONTHS = ("2022-03-01", "2022-04-01", "2022-05-01", "2022-06-01")

    def shaken(self, *, told: bool) -> FrameFit:
        """Use falls away for four months, declared to be an outlier or not."""
        panel = delivery()
        use, events = panel.care_use, [{"date": day, "kind": "outlier"} for day in self.MONTHS]
        hit = use["period"].isin(pd.to_datetime(self.MONTHS)) & (use["product"] == "steady")
        use.loc[hit, ["clients", "volume", "cost_cents"]] *= 0.3
        return fitted(replace(panel, policy_events=table("policy_events", events if told else [])))

    def test_bands_are_not_learned_from_what_was_declared_to_be_one(self) -> None:
        told, untold = (
            sum(components_at(self.shaken(told=known))["clients"].constant.values())
            for known in (True, False)
        )
        assert told < untold

    def test_its_errors_stay_in_what_is_judged(self) -> None:
        fit = self.shaken(told=True)
        row = int(np.flatnonzero(fit.frame.keys["product"] == "steady")[0])
        judged, learned = (origin_errors(fit, "clients", usual=one)[0] for one in (False, True))
        assert np.isfinite(judged.actual[row, :12]).all()
        assert (judged.actual[row, 2:6] < 50).all()
        np.testing.assert_array_equal(learned.actual[row, 2:6], 0)
        np.testing.assert_array_equal(learned.forecast[row, 2:6], 0)
        np.testing.assert_array_equal(learned.actual[row, 6:12], judged.actual[row, 6:12])
