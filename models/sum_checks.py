"""Do the sums of an edition add up? Counted on its own arrays, through the code that answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from models.base_rows import Actuals
from models.catalogue import Frequency
from models.cube import Cube, Ints
from models.question import Question
from models.selection import Selection, question_of
from models.summing import path_sums, quantiles

GROUPINGS: tuple[tuple[str, ...], ...] = ((), ("municipality",), ("product",), ("district",))
BAND = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class SumCheck:
    """What was counted of one measure.

    Attributes:
        measure: clients, volume or cost.
        sums: sums compared, draw by draw.
        worst: largest difference between any of them and the paths themselves, hundredths.
        crossed: bands of which p10, p50 and p90 are not in order, or negative.
        lost: what was delivered and does not stand in the edition, hundredths.
    """

    measure: str
    sums: int
    worst: int
    crossed: int
    lost: float

    @property
    def passed(self) -> bool:
        """Whether everything adds up, to the last hundredth."""
        return self.worst == 0 and self.crossed == 0 and self.lost == 0


def sum_checks(cube: Cube, delivered: Iterable[Actuals]) -> list[SumCheck]:
    """Add every measure up over municipalities, products and districts and compare, per draw.

    Args:
        cube: the edition, with its actuals.
        delivered: the record as it was delivered.
    """
    records = list(delivered)
    return [_checked(cube, measure, records) for measure in cube.tracks]


def _checked(cube: Cube, measure: str, records: list[Actuals]) -> SumCheck:
    track, sums, worst, crossed = cube.tracks[measure], 0, 0, 0
    present = track.present_series
    for frequency, members in cube.by_frequency(present) if len(present) else ():
        chosen = present[members]
        for by in GROUPINGS:
            question = question_of(cube, Selection(measure, by=by, frequency=frequency), chosen)
            total = np.zeros((question.targets.steps, track.paths.shape[2]), dtype=np.int64)
            for added in _blocks(question):
                total += added.sum(axis=0)
                low, middle, high = quantiles(added, BAND)
                wrong = (low > middle) | (middle > high) | (low < 0)
                crossed += int(wrong.sum())
                sums += added.size
            apart = np.abs(total - _direct(question, frequency))
            worst = max(worst, int(apart.max(initial=0)))
    told = sum(float(np.nansum(np.rint(r.values))) for r in records if r.measure == measure)
    return SumCheck(measure, sums, worst, crossed, told - float(np.nansum(track.actuals)))


def _blocks(question: Question) -> Iterator[Ints]:
    if question.track.paths.size:
        yield from (added for _, added in path_sums(question))


def _direct(question: Question, frequency: Frequency) -> Ints:
    """Add the paths themselves, row by row: (targets, draws)."""
    track, axis = question.track, question.cube.axes.get(frequency)
    total = np.zeros((question.targets.steps, track.paths.shape[2]), dtype=np.int64)
    rows = track.rows[question.chosen]
    if axis is None or not track.paths.size:
        return total
    low, high = question.window(frequency, axis)
    at = axis.first + low - question.targets.first
    for row in rows[rows >= 0]:
        total[at : at + high - low] += track.paths[row, low:high]
    return total * question.weight(frequency)
