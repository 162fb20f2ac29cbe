"""What recent service months come to, as said one to four months after them.

    python benchmarks/nowcast.py [--seeds 2031,2032,2033,2034,2035] [--first 2021-12]
        [--last 2026-02] [--output FILE.md]

For every seed the example municipality is drawn. At the end of every month from ``--first`` to
``--last`` the nowcast sees what was declared by then, and the allocations as delivered then.
Service months seen after one to four months are held against their final amounts. Beside it stand
the raw declared amount and the plain chain ladder (volume-weighted development factors per product,
all service months). Products that declare at once have no open months; they are left out for all.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from tables import table

from models.catalogue import Frequency, last_day, ordinal, ordinals
from models.nowcast import rolling
from training.sources.example.care import Simulation, simulate
from training.sources.example.tables import allocations, declarations
from training.sources.example.window import delivery_at

SEEDS = (2031, 2032, 2033, 2034, 2035)  # not those that the method was built with
DELAYS = (1, 2, 3, 4)
METHODS = {
    "declared": "declared so far",
    "ladder": "plain chain ladder",
    "alone": "nowcast without allocations",
    "completed": "nowcast",
}
_KEY = ["municipality", "product", "service_month", "delay"]
_LAST_DRAWN = date(2026, 9, 30)


def typed(rows: pd.DataFrame, money: str) -> pd.DataFrame:
    """Return a table of the example as a panel holds it: days, and whole cents."""
    days = {name: pd.to_datetime(rows[name]) for name in rows if str(name).endswith("period")}
    cents = (rows[money].astype(float) * 100).round()
    numbers = {"volume": pd.to_numeric(rows["volume"])} if "volume" in rows else {}
    named = {money.replace("_eur", "_cents"): cents}
    return rows.assign(**days, **numbers, **named)


def judged(seed: int, ats: range) -> pd.DataFrame:
    """Return what everyone said of the months of one drawn municipality, one row each."""
    simulation = simulate(seed)
    whole = typed(declarations(simulation, delivery_at(_LAST_DRAWN)), "cost_eur")
    said = pd.concat([_at(simulation, whole, at) for at in ats], ignore_index=True)
    return said.assign(seed=seed)


def _at(simulation: Simulation, whole: pd.DataFrame, at: int) -> pd.DataFrame:
    seen = delivery_at(last_day(at, Frequency.MONTH))
    granted = typed(allocations(simulation, seen), "cost_ceiling_eur")
    own = rolling(whole, granted, [at], DELAYS)
    without = rolling(whole, granted[:0], [at], DELAYS)[[*_KEY, "completed_cents"]]
    factors = plain_shares(whole, at)
    shares = [factors[row.product][row.delay] for row in own.itertuples()]
    own["ladder_cents"] = own["declared_cents"] / shares
    return own.merge(without.rename(columns={"completed_cents": "alone_cents"}), on=_KEY)


def plain_shares(rows: pd.DataFrame, at: int) -> dict[str, np.ndarray]:
    """Return the share declared by delay: volume-weighted chain ladder, per product.

    Args:
        rows: declarations of one municipality.
        at: ordinal of the month at whose end is looked.
    """
    service = ordinals(rows["service_period"].to_numpy(), Frequency.MONTH)
    declared = ordinals(rows["declared_period"].to_numpy(), Frequency.MONTH)
    known = rows.assign(service=service, delay=declared - service)[declared <= at]
    shares = {}
    for product, own in known.groupby("product"):
        laid = own.pivot_table("cost_cents", "service", "delay", aggfunc="sum", fill_value=0.0)
        grown = laid.cumsum(axis=1).to_numpy()
        age = at - laid.index.to_numpy()
        factors = [
            grown[age >= delay, delay].sum() / grown[age >= delay, delay - 1].sum()
            for delay in range(1, grown.shape[1])
        ]
        shares[str(product)] = 1 / np.cumprod([1.0, *factors[::-1]])[::-1]
    return shares


def errors(said: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield WAPE per delay and method, and each over what the raw declared amount misses."""
    for delay, rows in said.groupby("delay"):
        final = rows["final_cents"].sum()
        missed = {
            name: (rows[f"{name}_cents"] - rows["final_cents"]).abs().sum() for name in METHODS
        }
        wapes = [f"{100 * missed[name] / final:.1f}" for name in METHODS]
        ratio = f"**{missed['completed'] / missed['declared']:.3f}**"
        bias = 100 * (rows["completed_cents"] - rows["final_cents"]).sum() / final
        yield (str(delay), *wapes, ratio, f"{bias:+.1f}", str(len(rows)))


def coverage(said: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield per delay how many final amounts lay in the 80 % band, beneath and above it."""
    for delay, rows in said.groupby("delay"):
        below = rows["final_cents"] < rows["p10_cents"]
        above = rows["final_cents"] > rows["p90_cents"]
        inside = 100 * float((~below & ~above).mean())
        by_seed = [
            100 * float(own["final_cents"].between(own["p10_cents"], own["p90_cents"]).mean())
            for _, own in rows.groupby("seed")
        ]
        shown = (f"{100 * float(part.mean()):.1f} %" for part in (below, above))
        spread = f"{min(by_seed):.0f}-{max(by_seed):.0f} %"
        yield (str(delay), f"**{inside:.1f} %**", *shown, spread, str(len(rows)))


def products(said: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield the figures per product of months seen after one month."""
    for product, rows in said[said["delay"] == 1].groupby("product"):
        final = rows["final_cents"].sum()
        missed = [(rows[f"{name}_cents"] - rows["final_cents"]).abs().sum() for name in METHODS]
        inside = rows["final_cents"].between(rows["p10_cents"], rows["p90_cents"]).mean()
        wapes = (f"{100 * own / final:.1f}" for own in missed)
        yield (str(product), *wapes, f"{100 * float(inside):.0f} %", str(len(rows)))


def report(said: pd.DataFrame) -> str:
    """Return all tables with a heading and a line of explanation each."""
    named = tuple(METHODS.values())
    first = ("months after", *named, "nowcast over raw", "bias of the nowcast", "months judged")
    second = ("months after", "inside", "beneath", "above", "per seed", "months judged")
    third = ("product", *named, "inside", "months judged")
    parts = [
        ("WAPE of service months, percent", table(first, errors(said))),
        ("Final amounts in the 80 % band", table(second, coverage(said))),
        ("Per product, seen after one month", table(third, products(said))),
    ]
    return "\n".join(f"## {title}\n\n{text}" for title, text in parts)


def _month(text: str) -> int:
    return ordinal(date.fromisoformat(f"{text}-01"), Frequency.MONTH)


def main() -> None:
    """Draw, look at the end of every month, print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default=",".join(map(str, SEEDS)))
    parser.add_argument("--first", type=_month, default="2021-12")
    parser.add_argument("--last", type=_month, default="2026-02")
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    ats = range(asked.first, asked.last + 1)
    said = []
    for seed in map(int, asked.seeds.split(",")):
        said.append(judged(seed, ats))
        print(f"judged: seed {seed}, {len(said[-1])} months", flush=True)
    text = report(pd.concat(said, ignore_index=True))
    print(text)
    if asked.output:
        asked.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
