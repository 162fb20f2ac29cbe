"""What bends the series: seasons, calendar, corona, policy, a recoding and a provider that stops.

Dates follow the policy calendar of the field (abonnementstarief 2019-01 and 2020-01, corona from
2020-03, the Wlz for psychiatric disorders 2021-01, woonplaatsbeginsel 2022-01). Sizes are
illustrative; that of the abonnementstarief follows the national rise of household help, 23.1 to
25.7 clients per 1,000 inhabitants from 2018 to 2019 (CBS).
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from training.sources.example.figures import Floats
from training.sources.example.products import NEW_CODE, OLD_CODE

FIRST_MONTH = np.datetime64("2017-01", "M")
MONTHS: npt.NDArray[np.datetime64] = np.arange(FIRST_MONTH, np.datetime64("2028-01", "M"))
DELIVERED = 84  # months until December 2023
DRAWN = 117  # months until September 2026

# Volume per client by calendar month, beside the number of working days.
SEASONS: dict[str, tuple[float, ...]] = {
    "flat": (1.0,) * 12,
    "nights": (1.0,) * 12,
    "home": (1.01, 1.02, 1.02, 1.01, 1.00, 1.01, 0.95, 0.92, 1.02, 1.03, 1.03, 0.98),
    "day": (1.02, 1.02, 1.03, 1.02, 1.00, 1.03, 0.93, 0.88, 1.04, 1.04, 1.05, 0.94),
    "youth": (1.05, 0.99, 1.09, 1.02, 0.97, 1.06, 0.86, 0.72, 1.09, 1.05, 1.12, 0.98),
    "school": (1.08, 0.96, 1.12, 1.03, 0.93, 1.12, 0.78, 0.58, 1.14, 1.06, 1.15, 1.05),
}
# Clients by calendar month.
CLIENT_SEASONS: dict[str, tuple[float, ...]] = {
    "flat": (1.0,) * 12,
    "school": (1.000, 1.006, 1.012, 1.016, 1.018, 1.014, 1.000, 0.980, 0.978, 0.986, 0.994, 0.996),
    "summer": (0.86, 0.90, 0.95, 1.00, 1.08, 1.08, 1.22, 1.20, 0.98, 0.96, 0.90, 0.87),
    "rides": (0.96, 0.97, 1.01, 1.02, 1.03, 1.02, 0.95, 0.94, 1.02, 1.02, 1.02, 1.04),
    "works": (0.85, 0.97, 1.04, 1.00, 0.98, 1.05, 0.88, 0.82, 1.02, 1.06, 1.10, 1.23),
    "winter": (1.10, 1.09, 1.04, 0.98, 0.95, 0.94, 0.92, 0.92, 0.95, 1.00, 1.04, 1.07),
}
_WORKING = {"home", "day", "youth", "school"}

# How hard corona hit, month by month (1 = April 2020); illustrative.
_CORONA_FROM = np.datetime64("2020-03", "M")
_CORONA = (0.5, 1.0, 0.8, 0.4, 0.2, 0.1, 0.05, 0.1, 0.15, 0.25, 0.4, 0.38, 0.3, 0.25, 0.15, 0.06)
# What the worst month took away from clients and from volume per client.
_CORONA_HITS: dict[str, tuple[float, float]] = {
    "01-hbh": (0.01, 0.12),
    "02-begeleiding": (0.03, 0.12),
    "04-kortdurend-verblijf": (0.55, 0.10),
    "07-dagbesteding": (0.10, 0.58),
    "08-vervoer": (0.60, 0.25),
    "13-woonvoorzieningen": (0.30, 0.0),
    "31-wijkteam": (0.12, 0.0),
    OLD_CODE: (0.06, 0.42),
    "45-ambulant": (0.05, 0.14),
    "54-jeugd-ggz": (0.05, 0.0),
}
_FELT = 0.2  # months in which corona weighed at least this much are marked as outliers
CORONA_MONTHS = tuple(_CORONA_FROM + month for month, depth in enumerate(_CORONA) if depth >= _FELT)

# The product that changes code in January 2021: share of demand still on the old code.
RECODED_FROM = np.datetime64("2021-01", "M")
OLD_CODE_UNTIL = np.datetime64("2021-12", "M")  # last month for which the old code is delivered
_RUN_OUT = (0.80, 0.60, 0.42, 0.27, 0.14, 0.05)

# The provider of day care in one city part that stops, and how others take over.
GAP_PRODUCT, GAP_PART, GAP_FROM = "07-dagbesteding", 2, np.datetime64("2022-09", "M")
_GAP = (0.62, 0.45, 0.42, 0.40, 0.48, 0.55, 0.62, 0.68, 0.74, 0.79, 0.83, 0.86, 0.88)

REFORM_PRODUCT, REFORM_FROM = "02-begeleiding", np.datetime64("2022-01", "M")
REFORM_PRICE, REFORM_VOLUME = 1.09, 0.93


def since(month: np.datetime64) -> Floats:
    """Return the months passed since a month, negative before it, shape (months,)."""
    return (MONTHS - month).astype(np.float64)


def by_calendar(pattern: tuple[float, ...]) -> Floats:
    """Repeat a pattern of twelve months over all months, scaled to a mean of one."""
    year = np.array(pattern) / np.mean(pattern)
    return np.asarray(np.tile(year, len(MONTHS) // 12))


def demand_effect(code: str) -> Floats:
    """Return the effect of policy on the clients of a product, shape (months,)."""
    effect = np.ones(len(MONTHS))
    if code == "01-hbh":  # flat contribution: a bend, then a step, then it levels off
        effect *= 1 + 0.075 * (since(np.datetime64("2019-01", "M")) / 14).clip(0, 1)
        effect *= np.where(since(np.datetime64("2020-01", "M")) >= 0, 1.03, 1.0)
    if code in {"15-beschermd-wonen", "02-begeleiding"}:  # people leave for the Wlz
        leave = 0.13 if code == "15-beschermd-wonen" else 0.03
        effect *= 1 - leave * ((since(np.datetime64("2021-01", "M")) + 1) / 9).clip(0, 1)
    moved = {"35-pleegzorg": -0.03, "44-gezinshuis": 0.06, "48-jeugdbescherming": 0.02}
    if code in moved:  # another municipality pays: residence rule
        effect *= 1 + moved[code] * ((since(np.datetime64("2022-01", "M")) + 1) / 3).clip(0, 1)
    return np.asarray(effect)


def volume_effect(code: str) -> Floats:
    """Return the effect of the tariff reform on volume per client, shape (months,)."""
    reformed = (code == REFORM_PRODUCT) & (since(REFORM_FROM) >= 0)
    return np.where(reformed, REFORM_VOLUME, 1.0)


def corona_effect(code: str) -> tuple[Floats, Floats]:
    """Return the effect of corona on clients and on volume per client, shape (months,) each."""
    depth = np.zeros(len(MONTHS))
    start = int(since(_CORONA_FROM)[0] * -1)
    depth[start : start + len(_CORONA)] = _CORONA
    clients, volume = _CORONA_HITS.get(code, (0.0, 0.0))
    return 1 - clients * depth, 1 - volume * depth


def code_share(code: str) -> Floats:
    """Return the share of a family's demand that runs on this code, shape (months,)."""
    old = np.where(since(RECODED_FROM) < 0, 1.0, 0.0)
    start = int(since(RECODED_FROM)[0] * -1)
    old[start : start + len(_RUN_OUT)] = _RUN_OUT
    return {OLD_CODE: old, NEW_CODE: 1 - old}.get(code, np.ones(len(MONTHS)))


def code_exists(code: str) -> npt.NDArray[np.bool_]:
    """Tell in which months a code is in the code list, shape (months,)."""
    if code == OLD_CODE:
        return np.asarray(MONTHS <= OLD_CODE_UNTIL)
    return np.asarray((MONTHS >= RECODED_FROM) | (code != NEW_CODE))


def gap_effect() -> Floats:
    """Return the supply left where the provider stopped, shape (months,)."""
    passed = since(GAP_FROM).astype(int)
    left = np.array(_GAP)[passed.clip(0, len(_GAP) - 1)]
    return np.asarray(np.where(passed < 0, 1.0, left))


def calendar_effect(season: str) -> Floats:
    """Return season times working days or nights of each month, about one, shape (months,)."""
    effect = by_calendar(SEASONS[season])
    if season == "nights":
        effect = effect * _days() / 30.44
    if season in _WORKING:
        effect = effect * _working_days() / 21.1
    return np.asarray(effect)


def _days() -> Floats:
    starts = MONTHS.astype("datetime64[D]")
    days = (MONTHS + 1).astype("datetime64[D]") - starts
    return np.asarray(days.astype(np.float64))


def _working_days() -> Floats:
    """Return the working days of each month, Dutch public holidays left out."""
    years = range(2017, 2028)
    holidays = np.array([day for year in years for day in _holidays(year)], dtype="datetime64[D]")
    starts = MONTHS.astype("datetime64[D]")
    ends = (MONTHS + 1).astype("datetime64[D]")
    return np.asarray(np.busday_count(starts, ends, holidays=holidays), dtype=np.float64)


def _holidays(year: int) -> list[date]:
    easter = _easter(year)
    moving = [easter + timedelta(days=days) for days in (1, 39, 50)]
    return [date(year, 1, 1), date(year, 4, 27), *moving, date(year, 12, 25), date(year, 12, 26)]


def _easter(year: int) -> date:
    """Return Easter Sunday of 1900-2099 (Carter's rule)."""
    moon = 225 - 11 * (year % 19)
    while moon > 50:  # noqa: PLR2004 - the rule's own numbers
        moon -= 30
    moon -= moon > 48  # noqa: PLR2004
    weekday = (year + year // 4 + moon + 1) % 7
    return date(year, 3, 1) + timedelta(days=moon + 7 - weekday - 1)
