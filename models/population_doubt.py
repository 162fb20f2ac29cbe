"""How uncertain the coming population is, so that paths can differ in it.

Projections are compared with what was counted later, and with the projections that replaced them.
What they missed by grows with the years ahead; its size is pooled per municipality with a default,
because a delivery rarely holds more than a few vintages.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

# Per year ahead, as a variance of the logarithm of all inhabitants: an order of magnitude, which
# the edition names as an assumption. Half a per cent a year, or one where nothing was projected.
_DEFAULT = 0.005**2
_WITHOUT_PROJECTION = 0.01**2
_DOUBT = 3.0  # comparisons that the default counts for
_KEY = ["municipality", "year"]


def population_variance(population: pd.DataFrame) -> dict[str, float]:
    """Return the variance of log inhabitants per year ahead, per municipality.

    Args:
        population: rows known at the origin (contract columns), all vintages of them.

    Returns:
        Municipality -> variance; empty where no population was delivered.
    """
    known = population[population["persons"].notna() & population["municipality"].notna()]
    if not len(known):
        return {}
    totals = _totals(known)
    missed = _missed(totals)
    projected = set(totals.loc[totals["vintage"] != "", "municipality"])
    result = {}
    for town in sorted(set(known["municipality"].astype(str))):
        default = _DEFAULT if town in projected else _WITHOUT_PROJECTION
        own = missed.loc[missed["municipality"] == town, "squared"].to_numpy()
        result[town] = float((own.sum() + _DOUBT * default) / (len(own) + _DOUBT))
    return result


def said(variance: dict[str, float]) -> tuple[str, ...]:
    """Say in a sentence for the manifest how far the population may differ in the paths."""
    if not variance:
        return ()
    low, high = (100 * value**0.5 for value in (min(variance.values()), max(variance.values())))
    size = f"{low:.1f} %" if f"{low:.1f}" == f"{high:.1f}" else f"{low:.1f}-{high:.1f} %"
    return (f"population: the paths differ in it by {size} (standard deviation) one year ahead",)


def _totals(known: pd.DataFrame) -> pd.DataFrame:
    """All inhabitants per municipality, year and vintage ('' = counted)."""
    vintage = known["vintage"].fillna("unnamed").astype(str)
    counted = known["kind"].fillna("observed").astype(str).ne("projected")
    rows = known.assign(
        municipality=known["municipality"].astype(str),
        vintage=vintage.where(~counted, ""),
        whole=known["district"].astype(str).eq(known["municipality"].astype(str)),
    )
    sums = rows.groupby([*_KEY, "vintage", "whole"])["persons"].sum().reset_index()
    # Rows of the whole municipality say it best; its districts where it has none.
    sums = sums.sort_values("whole").drop_duplicates([*_KEY, "vintage"], keep="last")
    return sums[sums["persons"] > 0]


def _missed(totals: pd.DataFrame) -> pd.DataFrame:
    """Squared log difference per year ahead of each projection and what is known of it now."""
    projections = totals[totals["vintage"] != ""]
    start = projections.groupby(["municipality", "vintage"])["year"].transform("min")
    projections = projections.assign(ahead=projections["year"] - start + 1, start=start)
    newer = projections.rename(columns={"persons": "now", "start": "later"})
    counted = totals.loc[totals["vintage"] == "", [*_KEY, "persons"]]
    pairs = projections.merge(newer[[*_KEY, "now", "later"]], on=_KEY)
    pairs = pairs[pairs["later"] > pairs["start"]]
    told = projections.merge(counted.rename(columns={"persons": "now"}), on=_KEY)
    both = pd.concat([pairs, told], ignore_index=True)
    miss = np.log(both["persons"].astype(float) / both["now"].astype(float))
    return both.assign(squared=miss**2 / both["ahead"])[["municipality", "squared"]]
