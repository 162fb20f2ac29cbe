"""The training commands: example, template, check, train, backtest, approve.

Exit codes: 0 done, 1 refused (with every reason), 2 wrong use.
"""

from __future__ import annotations

import json
import math
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from models.errors import DeliveryError, ZorgramingError
from training.approval import sign
from training.champion_mirror import complete_mirrors
from training.cli_options import (
    EXISTING,
    FOLDER,
    default_editions,
    default_state,
    edition_folder,
    training_options,
)
from training.fault_report import fault_lines, write_fault_report
from training.progress import BarSteps
from training.report import backtest_lines, trained_lines
from training.run_record import record_from_edition
from training.sources.example import write_example
from training.sources.folder import inspect_folder
from training.template import write_template
from training.tracking import complete_pending, track
from training.tracking_store import default_tracking_uri
from training.train import (
    Order,
    SilentSteps,
    Steps,
)
from training.train import (
    backtest as run_backtest,
)
from training.train import (
    train as run_training,
)


def _steps(quiet: bool) -> Steps:
    return SilentSteps() if quiet else BarSteps()


def _refuse(error: DeliveryError, as_json: bool) -> NoReturn:
    """End with exit code 1 and every fault, for people or for programs."""
    if as_json:
        faults = [vars(fault) for fault in error.faults]
        click.echo(json.dumps({"refused": str(error), "faults": faults}, ensure_ascii=False))
    click.echo(f"Refused: {error}", err=True)
    for line in fault_lines(error.faults):
        click.echo(f"  {line}", err=True)
    sys.exit(1)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option(
    "--seed", type=click.IntRange(0), default=2023, show_default=True, help="Root of all chance."
)
@click.option(
    "--scale", type=click.IntRange(1), default=1, show_default=True, help="Times 26 districts."
)
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
def example(folder: Path, seed: int, scale: int, quiet: bool) -> None:
    """Write the example municipality: a synthetic delivery with everything in it."""
    write_example(folder, seed=seed, scale=scale)
    if not quiet:
        click.echo(
            f"Voorbeeldstad (synthetic, seed {seed}) is in {folder}; what happened afterwards is "
            f"in {folder / 'outcomes'}.\nNext: zorgraming train {folder}"
        )


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
def template(folder: Path) -> None:
    """Write empty tables with an explanation of every column, as CSV and as a workbook."""
    for path in write_template(folder):
        click.echo(str(path))
    click.echo(f"Fill in care_use.csv at least, then: zorgraming check {folder}", err=True)


@click.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option("--report", type=FOLDER, help="Write all findings to a .csv, .json or .xlsx file.")
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
def check(folder: Path, report: Path | None, as_json: bool) -> None:
    """Check a delivery and report every fault at once."""
    inspection = inspect_folder(folder)
    if report is not None:
        write_fault_report(report, inspection)
        click.echo(f"Report for the supplier: {report}", err=True)
    counts = [vars(count) for count in inspection.files]
    accepted = inspection.panel is not None
    if as_json:
        faults = [vars(fault) for fault in inspection.faults]
        found = {
            "delivery": inspection.name,
            "accepted": accepted,
            "files": counts,
            "faults": faults,
        }
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        for count in inspection.files:
            click.echo(
                f"{count.file}: {count.read} rows read, {count.accepted} accepted, "
                f"{count.rejected} rejected"
            )
        for line in fault_lines(inspection.faults):
            click.echo(f"  {line}")
        verdict = "Accepted:" if accepted else "Refused:"
        click.echo(
            f"{verdict} {len(inspection.errors)} faults, {len(inspection.warnings)} warnings."
        )
        if accepted:
            click.echo(f"Next: zorgraming train {folder}")
    if not accepted:
        sys.exit(1)


@click.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option(
    "--editions",
    type=FOLDER,
    default=default_editions,
    help="Where editions are kept. [default: ./editions]",
)
@click.option("--no-track", is_flag=True, help="Do not record the run in MLflow.")
@training_options
def train(
    folder: Path,
    editions: Path,
    no_track: bool,
    quiet: bool,
    as_json: bool,
    **order: Any,  # noqa: ANN401 (the options of a training)
) -> None:
    """Train on a delivery and publish a draft edition with the gate's verdict."""
    steps = _steps(quiet)
    try:
        trained = run_training(Order(folder, **order), editions, steps)
    except DeliveryError as error:
        _refuse(error, as_json)
    run_id = None
    if not no_track:
        with steps.step("record run", 1) as advance:
            run_id = _track(trained.edition)
            advance(1)
    if as_json:
        told = {
            "edition": str(trained.edition),
            "edition_id": trained.edition.name,
            "outcomes": trained.outcomes,
            "held": trained.held,
            "gate": trained.gate,
            "warnings": len(trained.warnings),
            "run_id": run_id,
            "seconds": trained.seconds,
        }
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in trained_lines(trained, run_id, tracked=not no_track):
        click.echo(line)


def _track(edition: Path) -> str | None:
    """Record the run; once the store answers, runs that were left pending are completed too."""
    uri, now = default_tracking_uri(default_state(), os.environ), datetime.now(UTC)
    run_id = track(record_from_edition(edition), tracking_uri=uri, at=now)
    if run_id is not None:
        try:
            complete_pending(edition.parent, tracking_uri=uri, at=now)
            complete_mirrors(edition.parent, tracking_uri=uri, at=now)
        except ZorgramingError as error:  # another edition's trouble must not cost us this one
            click.echo(f"A pending run could not be completed: {error}", err=True)
    return run_id


@click.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@training_options
def backtest(
    folder: Path,
    quiet: bool,
    as_json: bool,
    **order: Any,  # noqa: ANN401 (the options of a training)
) -> None:
    """Judge the method on a delivery by rolling origins; nothing is published."""
    try:
        table = run_backtest(Order(folder, **order), _steps(quiet))
    except DeliveryError as error:
        _refuse(error, as_json)
    if as_json:
        known = {name: [_known(value) for value in values] for name, values in table.items()}
        click.echo(json.dumps(known, allow_nan=False))
        return
    for line in backtest_lines(table):
        click.echo(line)


def _known(value: object) -> object:
    """Return a figure, or None where it is not known: JSON has no NaN."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


@click.command()
@click.argument("edition", type=FOLDER)
@click.option(
    "--editions",
    type=FOLDER,
    default=default_editions,
    help="Where editions are kept. [default: ./editions]",
)
@click.option("--by", required=True, help="Who signs: name and office.")
@click.option("--reference", required=True, help="The decision that this rests on.")
@click.option("--owner", default="", help="Who answers for it, where the delivery names nobody.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
def approve(
    edition: Path, editions: Path, by: str, reference: str, owner: str, as_json: bool
) -> None:
    """Sign a draft edition, so that it is served; a failed gate cannot be signed."""
    folder = edition_folder(edition, editions)
    event = sign(folder, by, reference, datetime.now(UTC), owner)
    if as_json:
        click.echo(json.dumps({"edition_id": folder.name} | event, ensure_ascii=False))
        return
    click.echo(
        f"{folder.name} is approved by {event['by']} ({event['reference']}), "
        f"valid until {event['valid_until']}.\n"
        f"Next: zorgraming serve --editions {folder.parent}"
    )
