"""Fits all series from all origins: the fan-out.

The slow part (members forecasting histories) is a flat list of tasks that do not know one another,
so any joblib backend may run them in any order: the result is the same, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.cost import CostModel
from models.demand import Answers, DemandModel, Task, gathered
from models.history import Block
from models.member_choice import EVERY
from models.members import MemberForecast, ask
from training.blocks import BlockMaker
from training.combine import Combiner, Ratios
from training.contributions import contributions
from training.fanout import Fanout
from training.frame_fit import FrameFit

_CHUNK = 12  # tasks per call: small enough to share out evenly, large enough to be worth a call


@dataclass(frozen=True)
class _Job:
    """Some tasks of one measure from one origin."""

    measure: str
    origin: int
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class _CostJob:
    """One ratio of a child to its parent from one origin."""

    measure: str
    parent: str
    origin: int
    blocks: tuple[Block, Block]
    horizon: int
    chosen: tuple[str, ...]


def _run(job: _Job | _CostJob) -> dict[int, dict[str, MemberForecast]] | CostModel:
    if isinstance(job, _CostJob):
        return CostModel(job.horizon, chosen=job.chosen).fit(*job.blocks)
    return {at: ask(t.members, t.history, t.horizon) for at, t in enumerate(job.tasks)}


def fit_frame(
    maker: BlockMaker,
    judged: Sequence[int],
    fanout: Fanout,
    chosen: tuple[str, ...] = EVERY,
) -> FrameFit:
    """Forecast a frame from every judged origin and from its end.

    Args:
        maker: gives the blocks as they were known.
        judged: lengths of history to stand at, see `models.judging.origins`; those at which a
            measure had no history yet are left out.
        fanout: where the work runs.
        chosen: members the ensemble is limited to; empty = all.
    """
    frame = maker.frame
    usable = [
        origin
        for origin in judged
        if all(maker.block(measure, origin).periods > 1 for measure in frame.measures)
    ]
    result = FrameFit(frame, sorted({*usable, frame.periods}))
    result.known = {origin: maker.known_at(origin).values for origin in result.origins}
    result.population = {origin: maker.known_at(origin).population for origin in result.origins}
    result.price_log_sd = {at: maker.known_at(at).price_log_sd for at in result.origins}
    result.price = {at: maker.known_at(at).price for at in result.origins}
    result.outliers = {at: maker.outliers(at) for at in result.origins}
    jobs = _jobs(maker, result.origins, chosen)
    answers, ratios = _collect(jobs, fanout.run(_run, jobs))
    for measure in frame.measures:
        combiner = Combiner(maker, result, measure, ratios)
        for origin in result.origins:
            said = answers.get((measure, origin), {})
            combiner.combine(origin, said, maker.steps(measure, origin))
        result.members[measure] = contributions(combiner.judged())
    result.assumptions = maker.assumptions
    result.exposure = maker.known_at(result.end).exposure
    result.indices = maker.known_at(result.end).indices
    result.completed = maker.known_at(result.end).completed
    result.effects = maker.effects()
    result.breaks = {m: maker.breaks(m, frame.periods) for m in frame.measures}
    return result


def _jobs(maker: BlockMaker, origins: list[int], chosen: tuple[str, ...]) -> list[_Job | _CostJob]:
    jobs: list[_Job | _CostJob] = []
    for measure in maker.frame.measures:
        parents = sorted({name for name in maker.frame.links[measure].parent if name})
        for origin in origins:
            block, horizon = maker.block(measure, origin), maker.steps(measure, origin)
            tasks = DemandModel(horizon, not parents, chosen).tasks(block)
            jobs += [
                _Job(measure, origin, tuple(tasks[at : at + _CHUNK]))
                for at in range(0, len(tasks), _CHUNK)
            ]
            for parent in parents:
                above = maker.block(parent, origin)
                common = min(above.periods, block.periods)
                pair = (_cut(above, common), _cut(block, common))
                beyond = horizon + block.periods - common
                jobs.append(_CostJob(measure, parent, origin, pair, beyond, chosen))
    return jobs


def _cut(block: Block, periods: int) -> Block:
    return block if block.periods == periods else block.until(periods)


def _collect(
    jobs: Sequence[_Job | _CostJob], results: Sequence[Any]
) -> tuple[dict[tuple[str, int], Answers], Ratios]:
    said: dict[tuple[str, int], list[tuple[Task, dict[str, MemberForecast]]]] = {}
    ratios: Ratios = {}
    for job, result in zip(jobs, results, strict=True):
        if isinstance(job, _CostJob):
            ratios[job.measure, job.parent, job.origin] = result
            continue
        pairs = [(job.tasks[at], replies) for at, replies in result.items()]
        said.setdefault((job.measure, job.origin), []).extend(pairs)
    return {key: gathered(pairs) for key, pairs in said.items()}, ratios
