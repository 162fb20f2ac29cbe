"""Many deliveries, one edition each: side by side, each for itself, and again where it stopped.

What one delivery comes to changes nothing for the others. A delivery whose edition is there already
is not trained again, so that a run that was broken off goes on when it is started once more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from models.errors import DeliveryError, ZorgramingError
from models.manifest import read_manifest
from training.fanout import Fanout, WorkerEndedError
from training.fault_report import fault_lines
from training.train import Order, expected_edition, train

ROUNDS = 2  # side by side; what is left after that runs one at a time
_ENDED = "its worker ended while it was trained, most likely for lack of memory"


class Kind(StrEnum):
    """What came of a delivery."""

    TRAINED = "trained"
    THERE = "there"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What came of one delivery.

    Attributes:
        delivery: its folder.
        kind: trained now, there already, refused with reasons, or failed.
        edition: the edition's folder, where there is one.
        gate: the gate's verdict on it.
        reasons: why there is none, every fault of a delivery that was refused.
        seconds: duration.
    """

    delivery: Path
    kind: Kind
    edition: Path | None = None
    gate: str | None = None
    reasons: tuple[str, ...] = ()
    seconds: float = 0.0


def deliveries_in(folder: Path) -> list[Path]:
    """Return the subfolders, each of which is taken for a delivery, sorted by name."""
    return sorted(one for one in folder.iterdir() if one.is_dir() and one.name[0] != ".")


def train_many(
    deliveries: Sequence[Path], order: Order, editions: Path, fanout: Fanout
) -> list[Outcome]:
    """Train on every delivery; each training has one worker for itself.

    The caller holds the connection to a cluster (`training.fanout.connected`). Workers read and
    write: the folders of deliveries and of editions must be the same place to all of them.

    Args:
        deliveries: their folders.
        order: what is asked of each; its folder does not count.
        editions: where editions are kept.
        fanout: where the work runs; told of each delivery that is done.

    Returns:
        One outcome per delivery, in their order.
    """
    order = replace(order, jobs=1, backend="sequential", scheduler=None)
    with _marked(editions) as mark:
        shared = (order, editions, mark)
        for _ in range(ROUNDS):
            try:
                return list(fanout.run(train_one, deliveries, shared))
            except WorkerEndedError:
                continue  # what was trained meanwhile is found there
        return [_by_itself(one, shared, fanout) for one in deliveries]


def _by_itself(delivery: Path, shared: tuple[Order, Path, Path], fanout: Fanout) -> Outcome:
    """Train on one delivery with nothing beside it, so that only its own worker can end."""
    started = time.monotonic()
    alone = replace(fanout, jobs=max(2, fanout.jobs))  # one job would run in this very process
    try:
        outcome: Outcome = alone.run(train_one, [delivery], shared)[0]
    except WorkerEndedError:
        seconds = time.monotonic() - started
        outcome = Outcome(delivery, Kind.FAILED, reasons=(_ENDED,), seconds=round(seconds, 1))
    return outcome


def train_one(delivery: Path, order: Order, editions: Path, mark: Path) -> Outcome:
    """Train on one delivery and say what came of it, whatever that is.

    Args:
        delivery: its folder.
        order: what is asked.
        editions: where editions are kept.
        mark: a file there, by which a worker sees that it has the same folder as the others.
    """
    started = time.monotonic()
    try:
        outcome = _trained(replace(order, folder=delivery), editions, mark)
    except DeliveryError as error:
        faults = tuple(fault_lines(error.faults))
        outcome = Outcome(delivery, Kind.REFUSED, reasons=(str(error), *faults))
    except ZorgramingError as error:
        outcome = Outcome(delivery, Kind.REFUSED, reasons=(str(error),))
    except Exception as error:  # noqa: BLE001 - one delivery must not stop three hundred others
        outcome = Outcome(delivery, Kind.FAILED, reasons=(f"{type(error).__name__}: {error}",))
    return replace(outcome, seconds=round(time.monotonic() - started, 1))


def _trained(order: Order, editions: Path, mark: Path) -> Outcome:
    if not mark.is_file() or not order.folder.is_dir():
        unseen = order.folder if mark.is_file() else editions
        reason = f"this worker does not see {unseen}: put it in a folder that all workers share"
        return Outcome(order.folder, Kind.FAILED, reasons=(reason,))
    edition = editions / expected_edition(order)
    kind = Kind.THERE if edition.is_dir() else Kind.TRAINED
    if kind is Kind.TRAINED:
        edition = train(order, editions).edition
    verdict = str(read_manifest(edition)["gate"]["verdict"])
    return Outcome(order.folder, kind, edition, verdict)


@contextmanager
def _marked(editions: Path) -> Iterator[Path]:
    editions.mkdir(parents=True, exist_ok=True)
    mark = editions / f".{uuid4().hex}.mark"
    mark.touch()
    try:
        yield mark
    finally:
        mark.unlink(missing_ok=True)
