"""The effect of a scenario as rows: base, each lever, their difference, and the adjusted figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.asking import DIMENSIONS, Selection, check, check_districts, chosen_series, units
from models.catalogue import ALL, first_days
from models.cells import rounded
from models.cube import FIGURES, SCALE, Bools, Cube, Floats, Ints
from models.levers import Lever, check_levers
from models.scenario import Bench
from models.summing import quantiles

__all__ = ["ADJUSTED", "BASE", "COLUMNS", "DIFFERENCE", "LEVER", "effect"]

BASE, DIFFERENCE, ADJUSTED, LEVER = "base", "difference", "adjusted", "lever-"
COLUMNS = (*DIMENSIONS, "period", "frequency", "measure", "unit", "part", *FIGURES)
_LEVELS = (0.1, 0.5, 0.9)
Columns = dict[str, npt.NDArray[Any]]


def effect(
    edition: Cube, selection: Selection, levers: Sequence[Lever], parts: bool = False
) -> Columns:
    """Return what levers make of a selection, in the periods that are not wholly known.

    Args:
        edition: an opened edition.
        selection: the sums; bands beside p10 and p90 are not used. With frequency ``all`` the
            periods that are forecast are added up (clients: averaged).
        levers: of the scenario.
        parts: also give what each lever adds to those before it, ceilings last.

    Returns:
        The columns ``COLUMNS``, sorted by municipality, product, district and period; per group and
        period the rows ``base``, ``lever-1`` and on (with parts), ``difference``, ``adjusted``.
        Figures in units (euros for cost). Per row ``mean`` adds up, as it does in every draw.

    Raises:
        SelectionError: the question or a lever has no honest answer; with every fault.
    """
    check(edition, selection)
    check_levers(edition, levers)
    chosen = chosen_series(edition, selection)
    if not len(chosen):
        return _nothing(selection)
    check_districts(edition, selection, chosen)
    bench = Bench(edition, selection, levers, chosen)
    question = bench.layout.question
    unit = units(edition, selection.measure, chosen, question.group, question.groups)
    if not question.targets.steps:
        return _nothing(selection)
    steps = range(len(levers) + 1) if parts else (0, len(levers))
    rows = _Rows(bench, parts)
    for group, stages in bench.stages(bench.levers, tuple(steps)):
        rows.add(group, stages)
    return rows.columns(unit)


class _Rows:
    """Collects figures group by group.

    Args:
        bench: the question with its levers.
        parts: whether each lever has a row of its own.
    """

    def __init__(self, bench: Bench, parts: bool) -> None:
        self.bench, self.question = bench, bench.layout.question
        numbers = sorted(range(len(bench.order)), key=bench.order.__getitem__) if parts else []
        self._lever_stages = numbers
        levers = [f"{LEVER}{at + 1}" for at in range(len(numbers))]
        self.names = (BASE, *levers, DIFFERENCE, ADJUSTED)
        self.over_all = bench.selection.frequency == ALL
        self._found: list[tuple[int, Ints, Floats]] = []

    def add(self, group: int, stages: Ints) -> None:
        """Read a group off its draws: (stages, periods, draws)."""
        ahead = self._ahead(group)
        if not ahead.any():
            return
        fixed = self.bench.layout.fixed[group]
        taken, known = stages[:, ahead], fixed[ahead]
        divisor = float(self.question.frequency.months) if self.question.averaged else 1.0
        if self.over_all:
            taken, known = taken.sum(axis=1, keepdims=True), known.sum(keepdims=True)
            months = int(self.bench.status.months[group][ahead].sum())
            divisor = float(max(months, 1)) if self.question.averaged else 1.0
        base, last = taken[0] + known[:, None], taken[-1] + known[:, None]
        steps = [taken[at + 1] - taken[at] for at in self._lever_stages]
        draws = np.stack([base, *steps, last - base, last], axis=1)
        periods = self.question.targets.first + np.flatnonzero(ahead)
        self._found.append((group, periods[: len(draws)], _figures(draws) / (SCALE * divisor)))

    def _ahead(self, group: int) -> Bools:
        state = self.bench.status
        if not self.over_all:
            return np.asarray(self.bench.given[group] & state.forecast[group])
        ahead = (state.months[group] > 0) & state.forecast[group]
        unknown = (ahead & state.unknown[group]).any()
        return np.zeros_like(ahead) if unknown else ahead

    def columns(self, unit: npt.NDArray[np.object_]) -> Columns:
        """Return all rows."""
        selection, question = self.bench.selection, self.question
        if not self._found:
            return _nothing(selection)
        each = len(self.names)
        group = np.concatenate([np.full(len(p) * each, g) for g, p, _ in self._found])
        period = np.repeat(np.concatenate([p for _, p, _ in self._found]), each)
        figures = np.concatenate([f.reshape(-1, len(FIGURES)) for _, _, f in self._found])
        count = len(group)
        columns = _places(selection, self.bench, group)
        columns["period"] = (
            np.full(count, ALL, dtype=object)
            if self.over_all
            else first_days(period, question.frequency)
        )
        name = ALL if self.over_all else question.frequency.value
        columns["frequency"] = np.full(count, name, dtype=object)
        columns["measure"] = np.full(count, selection.measure, dtype=object)
        columns["unit"] = unit[group]
        columns["part"] = np.tile(np.array(self.names, dtype=object), count // each)
        return columns | {name: rounded(figures[:, at]) for at, name in enumerate(FIGURES)}


def _figures(draws: Ints) -> Floats:
    """Return p10, p50, p90 and mean of the last axis, in the order of ``FIGURES``."""
    mean = draws.sum(axis=-1) / draws.shape[-1]
    low, middle, high = quantiles(draws, _LEVELS)
    return np.stack([low, middle, high, mean], axis=-1)


def _places(selection: Selection, bench: Bench, group: Ints) -> Columns:
    sample = bench.layout.question.samples()
    columns: Columns = {}
    for name in DIMENSIONS:
        dimension = bench.edition.dimensions[name]
        labels = dimension.labels[dimension.codes[sample]][group]
        kept = name in selection.by
        columns[name] = labels if kept else np.full(len(group), ALL, dtype=object)
    return columns


def _nothing(selection: Selection) -> Columns:
    columns: Columns = {name: np.zeros(0, dtype=object) for name in COLUMNS}
    if selection.frequency != ALL:
        columns["period"] = np.zeros(0, dtype="datetime64[D]")
    return columns | {name: np.zeros(0) for name in FIGURES}
