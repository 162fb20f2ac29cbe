"""Whole numbers that add up: largest remainders on exact integers."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["nearest", "shared_out"]


def nearest(value: int, unit: int) -> int:
    """Return how many units a value is, halves away from zero."""
    size = (2 * abs(value) + unit) // (2 * unit)
    return size if value >= 0 else -size


def shared_out(whole: int, parts: Sequence[int], unit: int) -> list[int]:
    """Round parts to whole units such that they add up to a rounded whole.

    Each part is rounded down or up; those with the largest remainders go up, of equals the first. A
    part that is a whole number of units already stays what it is.

    Args:
        whole: the sum of the parts in units, rounded down or up.
        parts: exact.
        unit: exact.

    Raises:
        ValueError: the whole is not the sum of the parts rounded down or up.
    """
    if not 0 <= abs(whole * unit - sum(parts)) < unit:
        raise ValueError(f"{whole} units of {unit} are not the sum of the parts")
    found = [part // unit for part in parts]
    order = sorted(range(len(parts)), key=lambda at: (-(parts[at] % unit), at))
    for at in order[: whole - sum(found)]:
        found[at] += 1
    return found
