"""Named streams of random numbers: adding a district or a product reshuffles no other."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from training.sources.example.figures import Floats


def stream(seed: int, *names: str) -> np.random.Generator:
    """Return the generator that belongs to a seed and a path of names."""
    keys = tuple(crc32(name.encode()) for name in names)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=keys))


def persistent(innovations: Floats, memory: float, spread: float) -> Floats:
    """Return a stationary AR(1) process along the last axis.

    Args:
        innovations: standard normal draws, shape (..., periods).
        memory: correlation with the period before, 0 up to (not including) 1.
        spread: standard deviation of the process.

    Returns:
        Values of mean zero, same shape.
    """
    process = np.array(innovations, dtype=np.float64)
    fresh = np.sqrt(1 - memory**2)
    for period in range(1, process.shape[-1]):
        process[..., period] = memory * process[..., period - 1] + fresh * process[..., period]
    return spread * process


def factor(innovations: Floats, memory: float, spread: float) -> Floats:
    """Return a persistent multiplicative disturbance of mean one, shape of the innovations."""
    return np.exp(persistent(innovations, memory, spread) - spread**2 / 2)
