"""What came out while fitting, as the edition's quality document tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.frame_fit import FrameFit
from training.publish import has_measure

__all__ = ["breaks", "held", "members"]


def members(fits: Sequence[FrameFit]) -> list[dict[str, Any]]:
    """Return what each member adds, per measure and frequency."""
    return [
        {"measure": measure, "frequency": str(fit.frame.frequency)} | row
        for fit in fits
        for measure, rows in fit.members.items()
        for row in rows
    ]


def breaks(fits: Sequence[FrameFit]) -> list[dict[str, Any]]:
    """Return what was found in the record that no policy event explains, with what was done."""
    found = []
    for fit in fits:
        for measure, those in fit.breaks.items():
            for one in those:
                rows = fit.frame.keys.iloc[list(one.rows)].to_dict("records")
                words = {"kind": one.kind, "action": one.action, "reason": one.reason}
                found.append(words | {"measure": measure, "series": rows})
    return found


def held(fits: Sequence[FrameFit]) -> dict[str, int]:
    """Count the series and measures without a forecast, by the beginning of their reason."""
    reasons: dict[str, int] = {}
    for fit in fits:
        for measure in fit.frame.measures:
            own = fit.fits[measure, fit.end]
            for row in np.flatnonzero(has_measure(fit, measure)):
                if own.outcome[row] == "held":
                    short = own.reason[row].split(":")[0]
                    reasons[short] = reasons.get(short, 0) + 1
    return dict(sorted(reasons.items()))
