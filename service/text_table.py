"""Tables for a terminal: texts to the left, numbers to the right, a rule between blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.labels import dutch_number
from models.rounding import shared_out

_EXACT = 1_000_000  # figures are counted in millionths before they are rounded


def table_lines(
    head: Sequence[str], blocks: Sequence[Sequence[Sequence[str]]], texts: int
) -> Iterator[str]:
    """Yield the lines of a table.

    Args:
        head: names of the columns.
        blocks: rows, in blocks that are ruled off from each other.
        texts: how many columns, from the left, hold text.
    """
    rows = [head, *(row for block in blocks for row in block)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    yield _line(head, widths, texts)
    for block in blocks:
        yield "-" * (sum(widths) + 2 * len(widths) - 2)
        yield from (_line(row, widths, texts) for row in block)


def _line(cells: Sequence[str], widths: Sequence[int], texts: int) -> str:
    pairs = zip(cells, widths, strict=True)
    padded = [c.ljust(w) if at < texts else c.rjust(w) for at, (c, w) in enumerate(pairs)]
    return "  ".join(padded).rstrip()


def rounded_parts(parts: Sequence[float], size: float, start: float = 0.0) -> list[int]:
    """Round figures to whole units such that they add up to their rounded sum.

    Args:
        parts: the figures that are added.
        size: of a unit, such as 1,000 for thousands.
        start: the figure they are added to.

    Returns:
        The rounded start, the rounded parts, and the rounded sum behind them.
    """
    unit = round(size * _EXACT)
    exact = [round(part * _EXACT) for part in parts]
    begun = round(start * _EXACT)
    first, last = (_half_up(value, unit) for value in (begun, begun + sum(exact)))
    return [first, *shared_out(last - first, exact, unit), last]


def _half_up(value: int, unit: int) -> int:
    """Return how many units a value is; halves of either sign go up, so that no two differ by 1."""
    return (2 * value + unit) // (2 * unit)


def shown(units: int, decimals: int = 0) -> str:
    """Return a number of units in Dutch; with decimals a unit is a part of one."""
    return dutch_number(units / 10**decimals, decimals)
