"""What a nowcast says of the service months that are still being declared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Cents = npt.NDArray[np.int64]

DECLARED, BOTH, ALLOCATED = "declarations", "declarations and allocations", "allocations"


@dataclass(frozen=True, eq=False)
class Completed:
    """Service months of one product of one municipality, completed.

    Attributes:
        first: ordinal of the first open service month.
        declared_cents: declared so far, int64 (months,).
        completed_cents: middle of what the final amount may be, float64 (months,); the mean lies a
            factor exp(log_sd**2 / 2) higher. Never below zero unless what was declared is.
        log_sd: standard deviation of log(final / completed), float64 (months,).
        share: expected share declared so far, float64 (months,); above one where more is usually
            credited later than declared.
        method: per month "declarations", "declarations and allocations" or "allocations".
    """

    first: int
    declared_cents: Cents
    completed_cents: Array
    log_sd: Array
    share: Array
    method: tuple[str, ...]

    @property
    def months(self) -> npt.NDArray[np.int64]:
        """The ordinals of the open service months."""
        return np.arange(self.first, self.first + len(self.share), dtype=np.int64)

    def quantile(self, deviate: float) -> Array:
        """Return a quantile in cents, given as standard normal deviate, shape (months,)."""
        away = np.exp(deviate * self.log_sd * np.sign(self.completed_cents))
        return np.asarray(self.completed_cents * away)
