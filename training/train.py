"""The main job: a panel folder becomes a draft edition."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

from models.catalogue import default_until, ordinal
from models.edition import write_edition
from models.errors import DeliveryError, Fault, HorizonError
from models.judging import origins
from models.manifest import make_id
from models.member_choice import EVERY
from models.panel import Panel
from models.prices import Correction
from training.assemble import assemble
from training.backtest import Judged, judge, scored
from training.blocks import BlockMaker
from training.calibration import calibration_table
from training.draw import FrameDrawing, components_at
from training.fanout import Fanout, connected
from training.fit import fit_frame
from training.fit_findings import breaks, held, members
from training.frame_fit import FrameFit
from training.frames import frames
from training.identity import Settings, identity_of
from training.origin_table import origin_table
from training.publish import Draft, content, outcomes
from training.recall import gate_of
from training.recipe import origin_of_run, recipe_of
from training.sources.folder import inspect_folder


class Steps(Protocol):
    """Shows progress: ``with steps.step("fit", total) as advance: advance(1)``."""

    def step(self, name: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """Open one step of the work."""


class SilentSteps:
    """Shows nothing."""

    def step(self, name: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """Return a step that swallows its progress."""
        return nullcontext(lambda done: None)


@dataclass(frozen=True)
class Order:
    """What was asked for on the command line.

    Attributes:
        folder: the panel folder.
        as_of: the day as of which the data is taken; None = end of the last delivered period.
        until: last day of the horizon; None = the default of `models.catalogue.default_until`.
        seed, draws, origins, correction, members: see `training.identity.Settings`.
        jobs: number of workers.
        backend: joblib backend.
        scheduler: address of a dask scheduler, with the backend dask.
        by: who trains; None = the name in the environment, or the login name.
    """

    folder: Path
    as_of: date | None = None
    until: date | None = None
    seed: int = 2023
    draws: int = 400
    origins: int = 6
    correction: str = Correction.DIFFERENCE
    members: tuple[str, ...] = EVERY
    jobs: int = 1
    backend: str = "loky"
    scheduler: str | None = None
    by: str | None = None


@dataclass(frozen=True)
class Trained:
    """What a training gave.

    Attributes:
        edition: folder of the draft.
        outcomes: number of series and measures per outcome.
        gate: the verdict with its checks.
        warnings: what was accepted and flagged in the delivery.
        held: reason -> number of series and measures that got no forecast.
        seconds: duration.
    """

    edition: Path
    outcomes: dict[str, int]
    gate: dict[str, Any]
    warnings: list[Fault]
    held: dict[str, int]
    seconds: float


def train(order: Order, editions: Path, steps: Steps | None = None) -> Trained:
    """Read, check, fit, judge, draw and publish a draft edition.

    Raises:
        DeliveryError: the delivery was refused; carries every fault.
        HorizonError: as-of date or horizon do not fit the data.
        EditionError: the edition could not be written; nothing of it stays.
        FanoutError: the work cannot be shared out as was asked.
    """
    started = time.monotonic()
    steps = steps or SilentSteps()
    panel, warnings, quality = _read(order, steps)
    settings = _settings(order, panel)
    with connected(order.backend, order.scheduler):
        fits = _fit(order, panel, settings, steps)
        judged = _judge(order, fits, settings, steps)
    accuracy = scored(fits, judged)
    draft = _draw(panel, settings, fits, accuracy, steps)
    run = {
        "made": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "seconds": round(time.monotonic() - started, 1),
        "jobs": order.jobs,
        "backend": order.backend,
    } | origin_of_run(order.by, os.environ)
    found = {
        "held": held(fits),
        "breaks": breaks(fits),
        "calibration": calibration_table(fits),
        "members": members(fits),
    }
    draft = replace(draft, run=run, quality=quality | found, origins=origin_table(fits, judged))
    with steps.step("publish", 1) as advance:
        made = content(draft)
        recipe = recipe_of(made.manifest)
        made = replace(made, manifest=dict(made.manifest) | {"recipe": recipe})
        edition = write_edition(made, editions)
        told = gate_of(edition, datetime.now(UTC))
        advance(1)
    return Trained(
        edition=edition,
        outcomes=outcomes(fits),
        gate=told,
        warnings=warnings,
        held=held(fits),
        seconds=round(time.monotonic() - started, 1),
    )


def expected_edition(order: Order) -> str:
    """Return the id of the edition that a training would publish, without training.

    Raises:
        DeliveryError, HorizonError: as `train`.
    """
    panel, _, _ = _read(order, SilentSteps())
    settings = _settings(order, panel)
    return make_id(panel.name, settings.as_of.isoformat(), identity_of(panel.files, settings))


def backtest(order: Order, steps: Steps | None = None) -> dict[str, list[Any]]:
    """Read, check, fit and judge; return the columns of `training.backtest.COLUMNS`.

    Raises:
        DeliveryError, HorizonError, FanoutError: as `train`.
    """
    steps = steps or SilentSteps()
    panel, _, _ = _read(order, steps)
    settings = _settings(order, panel)
    with connected(order.backend, order.scheduler):
        fits = _fit(order, panel, settings, steps)
        return scored(fits, _judge(order, fits, settings, steps))


def _faults(count: int) -> str:
    return f"{count} fault" if count == 1 else f"{count} faults"


def _read(order: Order, steps: Steps) -> tuple[Panel, list[Fault], dict[str, Any]]:
    with steps.step("read and check", 1) as advance:
        inspection = inspect_folder(order.folder)
        advance(1)
    if inspection.panel is None:
        raise DeliveryError(
            f"{order.folder.name}: {_faults(len(inspection.errors))}; nothing was trained. "
            f"A report to send to the supplier: zorgraming check {order.folder} --report FILE",
            inspection.errors,
        )
    quality = {
        "files": [
            {"file": f.file, "read": f.read, "accepted": f.accepted, "rejected": f.rejected}
            for f in inspection.files
        ],
        "warnings": [str(fault) for fault in inspection.warnings],
    }
    return inspection.panel, list(inspection.warnings), quality


def _settings(order: Order, panel: Panel) -> Settings:
    end = panel.end()
    as_of = order.as_of or end
    known = panel.as_known_at(as_of)
    if not len(known.care_use):
        first = panel.care_use["period"].min().date()
        raise HorizonError(f"--as-of {as_of}: nothing was known yet; the data starts at {first}")
    until = order.until or default_until(as_of)
    if until <= known.end():
        raise HorizonError(
            f"--until {until:%Y-%m}: the data runs until {known.end()}; ask for a later month"
        )
    return Settings(
        as_of,
        until,
        order.seed,
        order.draws,
        order.origins,
        Correction(order.correction),
        order.members,
    )


def _frame_makers(panel: Panel, settings: Settings) -> Iterator[BlockMaker]:
    known = panel.as_known_at(settings.as_of)
    for frame in frames(known, settings.as_of, looks_back=settings.as_of < panel.end()):
        last = frame.first + frame.periods - 1
        horizon = ordinal(settings.until, frame.frequency) - last
        if horizon < 1:
            raise HorizonError(
                f"--until {settings.until:%Y-%m} leaves no whole {frame.frequency} to forecast"
            )
        # At least a year, so that origins can be judged; what lies beyond the horizon is cut off.
        ahead = max(horizon, frame.frequency.per_year)
        yield BlockMaker(panel, frame, settings.as_of, ahead, settings.correction)


def _fit(order: Order, panel: Panel, settings: Settings, steps: Steps) -> list[FrameFit]:
    fits = []
    for maker in _frame_makers(panel, settings):
        judged = origins(maker.frame.periods, maker.frame.frequency, settings.origins)
        with steps.step(f"fit by {maker.frame.frequency}", 0) as advance:
            fanout = Fanout(order.jobs, order.backend, advance)
            fits.append(fit_frame(maker, judged, fanout, settings.members))
    return fits


def _judge(order: Order, fits: list[FrameFit], settings: Settings, steps: Steps) -> list[Judged]:
    judged = []
    for fit in fits:
        with steps.step(f"judge by {fit.frame.frequency}", len(fit.origins) - 1) as advance:
            fanout = Fanout(order.jobs, order.backend, advance)
            judged.append(judge(fit, settings.seed, fanout))
    return judged


def _draw(
    panel: Panel,
    settings: Settings,
    fits: list[FrameFit],
    accuracy: dict[str, list[Any]],
    steps: Steps,
) -> Draft:
    components = [components_at(fit) for fit in fits]
    drawings = [
        FrameDrawing(fit, fit.end, own, settings.seed, settings.draws)
        for fit, own in zip(fits, components, strict=True)
    ]
    bases = dict(zip(panel.products["product"], panel.products["clients_basis"], strict=True))
    with steps.step("draw paths", sum(len(fit.frame.keys) for fit in fits)) as advance:
        assembled = assemble(drawings, settings.until, bases, advance)
    return Draft(panel, settings, fits, components, assembled, accuracy, {}, {})
