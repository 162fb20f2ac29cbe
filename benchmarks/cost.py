"""Yearly cost of the example municipality, forecast at the end of 2023, beside what it came to.

    python benchmarks/cost.py [--seeds 20] [--first 4001] [--origins 6] [--draws 400] [--jobs 2]
        [--output FILE.md]

For every seed the example municipality is drawn and forecast as of its delivery; its ``outcomes/``
say what 2024 and 2025 came to. Beside it stand an oracle that knows the generator's drift and its
prices of both years, but not its noise; the same engine on the money itself (the cost of each
product as it was booked: no volume, no clients, no prices, no declarations); last year's account;
and, from the project's own training, cost as a product of parts and money at constant prices, of
which it takes the better one per product. Products that are not forecast by their own statement
(``forecast = none``) are left out for everyone.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from tables import table

from models.accuracy import share_interval
from models.catalogue import Frequency, default_until, ordinal
from models.judging import origins
from models.panel import Panel
from training.blocks import BlockMaker
from training.draw import FrameDrawing, components_at
from training.fanout import Fanout
from training.fit import fit_frame
from training.frame_fit import FrameFit
from training.frames import frames
from training.sources.example import simulate, write_example
from training.sources.folder import inspect_folder

YEARS = (2024, 2025)
AS_OF = date(2023, 12, 31)
SEED = 2023
METHODS = {
    "oracle": "oracle",
    "project": "project",
    "parts": "product of parts",
    "constant": "money at constant prices",
    "money": "money as booked",
    "account": "last account",
}
Array = npt.NDArray[np.float64]


def case(seed: int, most: int, draws: int) -> pd.DataFrame:
    """Return what everyone said of one drawn municipality: a row per product and year, in euros.

    Args:
        seed: of the example.
        most: rolling origins.
        draws: joint paths of the project.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = write_example(Path(folder) / "example", seed)
        panel = inspect_folder(place).panel
        outcomes = inspect_folder(place / "outcomes").panel
    assert panel is not None and outcomes is not None
    fit = fitted(panel, most)
    said = project(fit, draws) | {"money": fitted_sums(fitted(bare(panel), most), "mean")}
    said["oracle"], said["actual"] = oracle(seed), yearly(outcomes)
    said["account"] = yearly(panel, last_year=True)
    rows = pd.DataFrame(said)
    kept = panel.products.loc[panel.products["forecast"] != "none", "product"]
    rows = rows[rows.index.get_level_values("product").isin(set(kept)) & (rows["actual"] > 0)]
    return rows.assign(seed=seed).reset_index()


def fitted(panel: Panel, most: int) -> FrameFit:
    """Forecast all series of a monthly delivery."""
    known = panel.as_known_at(AS_OF)
    (frame,) = frames(known, AS_OF)
    horizon = ordinal(default_until(AS_OF), Frequency.MONTH) - (frame.first + frame.periods - 1)
    maker = BlockMaker(panel, frame, AS_OF, horizon)
    return fit_frame(maker, origins(frame.periods, frame.frequency, most), Fanout())


def bare(panel: Panel) -> Panel:
    """Return the cost of each product as booked, and nothing else, for the municipality."""
    use = panel.care_use.groupby(["municipality", "product", "period", "status"], sort=True)
    money = use["cost_cents"].sum(min_count=1).reset_index().dropna(subset=["cost_cents"])
    whole = panel.care_use.iloc[:0]
    rows = money.assign(district=money["municipality"], clients=np.nan, volume=np.nan)
    # What was still being declared is not known: the last six months are left out.
    rows = rows[rows["status"] != "provisional"]
    rows = rows.reindex(columns=whole.columns).assign(known_from=pd.NaT)
    empty = {
        name: getattr(panel, name).iloc[:0]
        for name in ("prices", "tariffs", "declarations", "allocations", "budget", "population")
    }
    products = panel.products.assign(variant=None, forecast="model")
    return replace(panel, care_use=rows, products=products, **empty)


def fitted_sums(fit: FrameFit, part: str) -> pd.Series:
    """Add forecasts up to products and years, in euros."""
    own = fit.fits["cost", fit.end]
    values = np.nan_to_num(getattr(own, part))
    return pd.concat([_per_product(fit, values[:, span].sum(axis=1), y) for y, span in _spans(fit)])


def project(fit: FrameFit, draws: int) -> dict[str, pd.Series]:
    """Return mean, candidates and band of the project per product and year, in euros."""
    own = fit.fits["cost", fit.end]
    candidates = np.isfinite(own.parts).all(axis=1)
    link = fit.frame.links["cost"]
    has_parts = link.to_record(candidates.astype(float)) > 0
    parts = np.where(has_parts[:, None], np.nan_to_num(own.parts), own.direct)
    parts = np.where((has_parts | candidates)[:, None], np.nan_to_num(own.parts), parts)
    sums = {"project": fitted_sums(fit, "mean"), "constant": fitted_sums(fit, "direct")}
    sums["parts"] = pd.concat(
        [_per_product(fit, parts[:, span].sum(axis=1), year) for year, span in _spans(fit)]
    )
    return sums | bands(fit, draws)


def bands(fit: FrameFit, draws: int) -> dict[str, pd.Series]:
    """Draw the joint paths and read P10 and P90 off the sums of products and years, in euros."""
    drawing = FrameDrawing(fit, fit.end, components_at(fit), SEED, draws)
    codes = sorted(fit.frame.keys["product"].unique())
    total = np.zeros((len(codes), len(YEARS), draws))
    for row, product in enumerate(fit.frame.keys["product"]):
        drawn = drawing.series(row).get("cost")
        if drawn is not None:
            for at, (_, span) in enumerate(_spans(fit)):
                total[codes.index(product), at] += drawn[span].sum(axis=0)
    places = pd.MultiIndex.from_product([codes, YEARS], names=["product", "year"])
    low, high = np.quantile(total, (0.1, 0.9), axis=-1) / 100
    return {
        "p10": pd.Series(low.ravel(), index=places),
        "p90": pd.Series(high.ravel(), index=places),
    }


def _spans(fit: FrameFit) -> Iterator[tuple[int, slice]]:
    begin = fit.frame.first + fit.fits["cost", fit.end].start
    for year in YEARS:
        start = ordinal(date(year, 1, 1), Frequency.MONTH) - begin
        yield year, slice(start, start + 12)


def _per_product(fit: FrameFit, cents: Array, year: int) -> pd.Series:
    sums = pd.Series(cents / 100).groupby(fit.frame.keys["product"].to_numpy()).sum()
    sums.index = pd.MultiIndex.from_product([sums.index, [year]], names=["product", "year"])
    return sums


def oracle(seed: int) -> pd.Series:
    """Return the expected cost of the generator per product and year, in euros."""
    drawn = simulate(seed)
    codes = [drawn.products[at].code for at in drawn.product_of]
    years = drawn.months.astype("datetime64[Y]").astype(int) + 1970
    sums = {
        year: pd.Series(drawn.expected_cost_cents[:, years == year].sum(axis=1) / 100)
        .groupby(codes)
        .sum()
        for year in YEARS
    }
    return pd.concat(sums, names=["year", "product"]).swaplevel()


def yearly(panel: Panel, last_year: bool = False) -> pd.Series:
    """Return what products came to per year, in euros; or the last account for every year."""
    use = panel.care_use.assign(year=panel.care_use["period"].dt.year)
    sums = use.groupby(["product", "year"])["cost_cents"].sum() / 100
    if not last_year:
        return sums[sums.index.get_level_values("year").isin(YEARS)]
    last = sums.xs(AS_OF.year - 1, level="year")  # the last one that was closed
    return pd.concat({year: last for year in YEARS}, names=["year", "product"]).swaplevel()


def wapes(rows: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield the WAPE of every method, and the project's over the oracle's, by year and in all."""
    for name, own in [*((str(y), rows[rows["year"] == y]) for y in YEARS), ("both", rows)]:
        found = {m: _wape(own, m) for m in METHODS}
        shown = [f"{100 * value:.1f}" for value in found.values()]
        yield (name, *shown, f"**{found['project'] / found['oracle']:.2f}**", str(len(own)))


def biases(rows: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield the bias of every method by year, percent."""
    for year in YEARS:
        own = rows[rows["year"] == year]
        total = own["actual"].sum()
        yield (str(year), *(f"{100 * (own[m].sum() / total - 1):+.1f}" for m in METHODS))


def coverage(rows: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield how many years of products lay in the 80 % band, with Wilson's interval."""
    for name, own in [*((str(y), rows[rows["year"] == y]) for y in YEARS), ("both", rows)]:
        below, above = own["actual"] < own["p10"], own["actual"] > own["p90"]
        inside = float((~below & ~above).mean())
        interval = share_interval(inside, len(own))
        shown = f"{100 * interval[0]:.0f}-{100 * interval[1]:.0f} %"
        sides = (f"{100 * float(part.mean()):.0f} %" for part in (below, above))
        yield (name, f"**{100 * inside:.1f} %**", shown, *sides, str(len(own)))


def products(rows: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield WAPE and coverage per product, over all seeds and both years."""
    for product, own in rows.groupby("product"):
        inside = own["actual"].between(own["p10"], own["p90"]).mean()
        shown = (f"{100 * _wape(own, m):.1f}" for m in METHODS)
        yield (str(product), *shown, f"{100 * float(inside):.0f} %")


def _wape(rows: pd.DataFrame, method: str) -> float:
    return float((rows[method] - rows["actual"]).abs().sum() / rows["actual"].sum())


def report(rows: pd.DataFrame) -> str:
    """Return all tables with a heading each."""
    named = tuple(METHODS.values())
    band = ("year", "inside", "95 % interval", "beneath", "above", "years of products")
    parts = [
        (
            "WAPE of yearly cost per product, percent",
            ("year", *named, "project over oracle", "n"),
            wapes,
        ),
        ("Bias, percent", ("year", *named), biases),
        ("Inside the project's 80 % band", band, coverage),
        ("Per product, both years", ("product", *named, "inside"), products),
    ]
    return "\n".join(
        f"## {title}\n\n{table(first, rows_of(rows))}" for title, first, rows_of in parts
    )


def _case(work: tuple[int, int, int]) -> pd.DataFrame:
    return case(*work)


def main() -> None:
    """Draw, forecast, hold against the outcomes, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=4001, help="first seed")
    parser.add_argument("--origins", type=int, default=6)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds)
    work = [(seed, asked.origins, asked.draws) for seed in seeds]
    rows = pd.concat(Fanout(asked.jobs).run(_case, work), ignore_index=True)
    text = report(rows)
    if asked.output:
        asked.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
