"""When an edition is off track: alarms with their figures and limits, from what was realised.

Three alarms mark an edition as off track, since they say that its figures are wrong: the band held
too little, the errors run one way (over everything, or of a product of some size), or repeating the
last year did better. The others say that a small product runs away, or that what is delivered has
changed, and ask for a look and perhaps a new training.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models import accuracy as losses
from models.drift import Drift
from models.realised import Judged

NOMINAL = 0.80
SIGNAL_LIMIT = 4.0  # mean absolute deviations, as is usual: once in 700 where errors are normal
CHANCE = 0.35  # by how much two equal methods differ on one observation, as a share
EXACT_PERCENT = 0.05  # WAPE below which nobody sees a difference
PSI_LIMIT = 0.25
MISSING_LIMIT = 0.05  # more of the awaited cells than before
REVISED_LIMIT = 2.0  # percent of the figures
MONTHS_IN_YEAR = 12
MARKING = frozenset({"coverage", "tracking", "baseline"})
LARGE = 0.05  # share of a measure from which one product that runs away marks the edition
KINDS = (
    *("coverage", "tracking", "baseline", "new_products", "gone_products", "new_districts"),
    *("gone_districts", "mix_product", "mix_district", "missing", "revised"),
)


@dataclass(frozen=True)
class Alarm:
    """One thing that is wrong, or has changed.

    Attributes:
        kind: one of ``KINDS``.
        measure: clients, volume, cost; empty where it is of no measure.
        municipality, product: where; empty for all of them, or the only municipality.
        value, limit: the figure and the limit it passed.
        codes: the products or districts that it names.
        share: of the measure that it is about (0-1).
    """

    kind: str
    value: float
    limit: float
    measure: str = ""
    municipality: str = ""
    product: str = ""
    codes: tuple[str, ...] = field(default=())
    share: float = 1.0

    @property
    def marks(self) -> bool:
        """Whether it takes the edition off track; one small product does not."""
        return self.kind in MARKING and self.share >= LARGE

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        told = {**vars(self), "codes": list(self.codes), "marks": self.marks}
        return told | {name: round(told[name], 4) for name in ("value", "limit", "share")}


def alarm_of(told: Mapping[str, Any]) -> Alarm:
    """Return the alarm that ``Alarm.as_dict`` told."""
    names = ("kind", "value", "limit", "measure", "municipality", "product", "share")
    return Alarm(**{name: told[name] for name in names}, codes=tuple(told["codes"]))


def chance_limit(trials: int) -> float:
    """Return up to which ratio of two errors chance alone may explain it; less with more trials."""
    return 1 + CHANCE / math.sqrt(max(trials, 1))


def alarms(found: Sequence[Judged], seen: Drift) -> list[Alarm]:
    """Return every alarm, those that take the edition off track first.

    Args:
        found: what was judged.
        seen: how the input differs.
    """
    raised = [
        *_band_alarms(found),
        *_signal_alarms(found),
        *_baseline_alarms(found),
        *_input_alarms(seen),
    ]
    return sorted(raised, key=_order)


def _order(one: Alarm) -> tuple[bool, int, str, float]:
    return not one.marks, KINDS.index(one.kind), one.measure, -one.share


def trials(one: Judged) -> int:
    """Observations that count: the periods of one product and one year hang together."""
    judged = np.isfinite(one.actual) & np.isfinite(one.p10)
    years = (one.months - 1) // MONTHS_IN_YEAR
    return sum(int(judged[:, years == year].any(axis=1).sum()) for year in set(years.tolist()))


def _by_period(found: Iterable[Judged], level: str) -> Iterator[Judged]:
    return (one for one in found if one.level == level and one.period_kind == "period")


def _band_alarms(found: Sequence[Judged]) -> Iterator[Alarm]:
    """The band held fewer than chance allows: 80 % lies above the interval of the share."""
    for one in _by_period(found, "product"):
        share = losses.coverage(one.actual, one.p10, one.p90)
        _, high = losses.share_interval(share, trials(one))
        if high < NOMINAL:
            yield Alarm("coverage", share, NOMINAL, one.measure)


def _signal_alarms(found: Sequence[Judged]) -> Iterator[Alarm]:
    for level in ("total", "product"):
        for one in _by_period(found, level):
            for group in np.flatnonzero(np.abs(np.nan_to_num(one.signal)) > SIGNAL_LIMIT):
                several = len(set(one.keys["municipality"].tolist())) > 1
                place = str(one.keys["municipality"][group]) if several else ""
                product = "" if level == "total" else str(one.keys["product"][group])
                signal = float(one.signal[group])
                yield Alarm(
                    "tracking",
                    signal,
                    SIGNAL_LIMIT,
                    one.measure,
                    place,
                    product,
                    share=_share(one, group),
                )


def _share(one: Judged, group: np.integer[Any]) -> float:
    """What a product counts for among those of its unit."""
    same = one.units == one.units[group]
    return float(np.nansum(one.actual[group]) / max(np.nansum(one.actual[same]), 1e-9))


def _baseline_alarms(found: Sequence[Judged]) -> Iterator[Alarm]:
    for one in _by_period(found, "product"):
        if len(set(one.units.tolist())) > 1:
            continue
        mine = losses.wape(one.actual, one.mean)
        simple = losses.wape(one.actual, one.baseline)
        limit = chance_limit(trials(one))
        ratio = (mine + EXACT_PERCENT) / (simple + EXACT_PERCENT)
        if ratio > limit:  # never of what is not known: NaN
            yield Alarm("baseline", ratio, limit, one.measure)


def _input_alarms(seen: Drift) -> Iterator[Alarm]:
    for name in ("product", "district"):
        for kind, codes in (("new", seen.new), ("gone", seen.gone)):
            if codes.get(name):
                found = codes[name]
                yield Alarm(f"{kind}_{name}s", len(found), 0, codes=found)
        shift = seen.psi.get(name, math.nan)
        if shift > PSI_LIMIT:
            yield Alarm(f"mix_{name}", shift, PSI_LIMIT)
    if seen.missing > seen.missing_before + MISSING_LIMIT:
        yield Alarm("missing", seen.missing, seen.missing_before + MISSING_LIMIT)
    for one in seen.revised:
        if one.share > REVISED_LIMIT:
            yield Alarm("revised", one.share, REVISED_LIMIT, one.measure)
