"""``zorgraming train-all``: many deliveries side by side, each for itself."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from models.errors import ZorgramingError
from training.cli_options import EXISTING, FOLDER, default_editions, default_state, training_options
from training.fanout import Fanout, connected
from training.many import Kind, Outcome, deliveries_in, train_many
from training.progress import BarSteps
from training.run_record import record_from_edition
from training.tracking import is_told, track
from training.tracking_store import default_tracking_uri
from training.train import Order, SilentSteps

_SHOWN = 5  # reasons per delivery on the screen; --json has all


@click.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option(
    "--editions",
    type=FOLDER,
    default=default_editions,
    help="Where editions are kept. [default: ./editions]",
)
@click.option("--no-track", is_flag=True, help="Do not record the runs in MLflow.")
@training_options
def train_all(
    folder: Path,
    editions: Path,
    no_track: bool,
    quiet: bool,
    as_json: bool,
    jobs: int,
    backend: str,
    scheduler: str | None,
    **order: Any,  # noqa: ANN401 (the options of a training)
) -> None:
    """Train on every delivery in a folder, one edition each; one that fails stops no other.

    What is there already is not trained again: started once more, it goes on where it stopped.
    """
    deliveries = deliveries_in(folder)
    if not deliveries:
        raise click.UsageError(f"{folder} holds no folders; each delivery is a folder in it")
    steps = SilentSteps() if quiet else BarSteps()
    with connected(backend, scheduler), steps.step("train", len(deliveries)) as advance:
        asked = Order(folder, **order)
        outcomes = train_many(deliveries, asked, editions.resolve(), Fanout(jobs, backend, advance))
    runs = {} if no_track else _record(outcomes)
    if as_json:
        told = [_plain(one, runs.get(one.delivery)) for one in outcomes]
        click.echo(json.dumps({"deliveries": told, **_counts(outcomes)}, ensure_ascii=False))
    else:
        for line in _lines(outcomes, editions):
            click.echo(line)
    if any(one.kind in (Kind.REFUSED, Kind.FAILED) for one in outcomes):
        sys.exit(1)


def _record(outcomes: Sequence[Outcome]) -> dict[Path, str]:
    """Record in MLflow what was trained now; what fails is noted as pending beside its edition.

    Also what is there since a run that ended before it came to recording.
    """
    uri, runs = default_tracking_uri(default_state(), os.environ), {}
    for one in outcomes:
        if one.edition is None:
            continue
        try:
            if one.kind is Kind.THERE and is_told(one.edition):
                continue
            now = datetime.now(UTC)
            run_id = track(record_from_edition(one.edition), tracking_uri=uri, at=now)
        except ZorgramingError as error:  # another edition's trouble must not cost us the others
            click.echo(f"{one.edition.name} could not be recorded: {error}", err=True)
            continue
        if run_id is not None:
            runs[one.delivery] = run_id
    return runs


def _plain(one: Outcome, run_id: str | None) -> dict[str, Any]:
    return {
        "delivery": one.delivery.name,
        "outcome": one.kind.value,
        "edition_id": None if one.edition is None else one.edition.name,
        "edition": None if one.edition is None else str(one.edition),
        "gate": one.gate,
        "reasons": list(one.reasons),
        "run_id": run_id,
        "seconds": one.seconds,
    }


def _counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    counted = Counter(one.kind for one in outcomes)
    return {kind.value: counted[kind] for kind in Kind}


def _lines(outcomes: Sequence[Outcome], editions: Path) -> Iterator[str]:
    for one in outcomes:
        if one.edition is not None:
            gate = f"gate {one.gate}"
            yield f"{one.kind:8} {one.delivery.name}: {one.edition.name}, {gate} ({one.seconds} s)"
            continue
        yield f"{one.kind:8} {one.delivery.name}:"
        yield from (f"           {reason}" for reason in one.reasons[:_SHOWN])
        if len(one.reasons) > _SHOWN:
            yield f"           and {len(one.reasons) - _SHOWN} more; --json has all"
    told = ", ".join(f"{count} {kind}" for kind, count in _counts(outcomes).items() if count)
    yield f"{len(outcomes)} deliveries: {told}. Editions are in {editions}"
    if any(one.kind in (Kind.REFUSED, Kind.FAILED) for one in outcomes):
        yield "Mend what was refused and start the same command again: what is there is left as is"
