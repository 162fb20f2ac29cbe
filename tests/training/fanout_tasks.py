"""Tasks for workers in other processes, which import this file and so little else."""

from __future__ import annotations

import os
import time
import warnings

import joblib
from threadpoolctl import threadpool_info


def square_later(item: int) -> int:
    """Answer the first items last."""
    time.sleep(0.02 * (6 - item))
    return item * item


def offset(item: int, base: list[int]) -> int:
    return item + base[0]


def threads_beneath(item: int) -> tuple[int, int, int]:
    """Return the process, the most threads of a library, the width of a fan-out beneath this."""
    time.sleep(0.02 * (1 + item % 3))  # tasks overlap, and end in another order
    pools = [pool["num_threads"] for pool in threadpool_info()]
    return os.getpid(), max(pools), joblib.effective_n_jobs(-1)


def grumble(item: int) -> None:
    """Warn as an optimiser does, silenced as members do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        time.sleep(0.01 * (1 + item % 3))
        warnings.warn("did not converge", RuntimeWarning, stacklevel=1)
