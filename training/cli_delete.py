"""``zorgraming delete``: take the figures of a municipality away, and say what was."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from training import deletion
from training.cli_options import EXISTING, FOLDER, default_editions, default_state
from training.run_record import TrackingError
from training.tracked_deletion import Cleared, TrackedRun, clear, runs_of
from training.tracking_store import SQLITE, default_tracking_uri, opened_store

NEXT = (
    "Next: zorgraming state forget {code} removes budgets, scenarios, shares, keys and sessions. "
    "Backups and copies elsewhere are yours to remove."
)


@click.command()
@click.argument("municipality")
@click.option("--by", required=True, help="Who decides: name and office.")
@click.option("--reference", required=True, help="The decision that this rests on.")
@click.option(
    "--editions",
    type=FOLDER,
    default=default_editions,
    help="Where editions are kept. [default: ./editions]",
)
@click.option(
    "--panel", "panels", type=EXISTING, multiple=True, help="A delivery to remove too; repeatable."
)
@click.option("--with-shared", is_flag=True, help="Also editions that hold other municipalities.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
def delete(
    municipality: str,
    by: str,
    reference: str,
    editions: Path,
    panels: tuple[Path, ...],
    with_shared: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove editions, runs, models and given deliveries of a municipality, for good."""
    if not by.strip() or not reference.strip():
        raise click.UsageError("--by and --reference may not be empty: a person decides")
    found = deletion.plan(municipality, editions, panels)
    runs, trouble = _runs(found)
    for line in _listed(found, runs, trouble):
        click.echo(line, err=True)
    deletion.check_shared(found, with_shared=with_shared)
    _check_runs(found, runs, with_shared=with_shared)
    if dry_run:
        if as_json:
            click.echo(json.dumps(_plain(found, runs, trouble), ensure_ascii=False))
        return
    if not yes:
        click.confirm(f"Remove all of this of {municipality}, for good?", abort=True, err=True)
    told = _carried_out(found, runs, trouble, by.strip(), reference.strip())
    _tell(municipality, told, as_json)


def _uri() -> str | None:
    """Return the address of the tracking store; None when there is none."""
    uri = default_tracking_uri(default_state(), os.environ)
    missing = uri.startswith(SQLITE) and not Path(uri.removeprefix(SQLITE)).exists()
    return None if missing else uri


def _runs(found: deletion.Plan) -> tuple[list[TrackedRun], str | None]:
    """Return the runs of the municipality, and why they could not be looked up."""
    uri = _uri()
    if uri is None:
        return [], None
    try:
        with opened_store(uri) as mlflow:
            return runs_of(mlflow, found.municipality, found.ids), None
    except TrackingError as error:
        return [], str(error)


def _check_runs(found: deletion.Plan, runs: list[TrackedRun], *, with_shared: bool) -> None:
    """Refuse runs of several municipalities, of which the edition is here no more."""
    others = [run for run in runs if len(run.municipalities) > 1]
    if others and not with_shared:
        told = "; ".join(f"{run.edition} ({', '.join(run.municipalities)})" for run in others)
        raise deletion.DeletionError(
            f"these runs in MLflow also hold other municipalities: {told}; add --with-shared"
        )


def _listed(found: deletion.Plan, runs: list[TrackedRun], trouble: str | None) -> Iterator[str]:
    yield f"Of {found.municipality} there is:"
    for held in found.held:
        others = f", also of {', '.join(held.others)}" if held.others else ""
        yield f"  edition {held.folder.name}{others}, with {len(held.beside)} files beside it"
    for panel in found.panels:
        yield f"  delivery {panel.folder}: {len(panel.files)} files"
    for path in (*found.registers, *found.leftovers):
        yield f"  {path.name}"
    for run in runs:
        yield f"  run {run.run_id} in MLflow, of {run.edition or 'an unnamed edition'}"
    if not (found.held or found.panels or found.registers or found.leftovers or runs):
        yield "  nothing here"
    for folder in found.unreadable:
        yield f"  Not looked into: {folder} has no readable manifest; look yourself whose it is"
    if trouble:
        yield f"  Not looked into: {trouble}"


def _plain(found: deletion.Plan, runs: list[TrackedRun], trouble: str | None) -> dict[str, Any]:
    """Return what would be removed as JSON values."""
    unseen = {str(path): "no readable manifest" for path in found.unreadable}
    return {
        "municipality": found.municipality,
        "dry_run": True,
        "editions": [
            {"edition": held.folder.name, "others": list(held.others)} for held in found.held
        ],
        "panels": [str(panel.folder) for panel in found.panels],
        "further": [path.name for path in (*found.registers, *found.leftovers)],
        "runs": [run.run_id for run in runs],
        "failed": unseen | ({"MLflow": trouble} if trouble else {}),
    }


def _carried_out(
    found: deletion.Plan, runs: list[TrackedRun], trouble: str | None, by: str, reference: str
) -> dict[str, Any]:
    deletion.begin(found, by, reference, datetime.now(UTC))
    removed = deletion.remove_files(found)
    cleared = Cleared()
    if runs and not trouble:
        cleared, trouble = _cleared(runs)
    failed = removed.failed | ({"MLflow": trouble} if trouble else {})
    failed |= {str(path): "no readable manifest" for path in found.unreadable}
    told = {
        "removed": removed.done,
        "runs": cleared.runs,
        "models": cleared.models,
        "marked": cleared.marked,
        "failed": failed,
    }
    deletion.finish(found, told, datetime.now(UTC))
    return told


def _cleared(runs: list[TrackedRun]) -> tuple[Cleared, str | None]:
    uri = _uri()
    if uri is None:
        return Cleared(), "the store is gone"
    try:
        with opened_store(uri) as mlflow:
            return clear(mlflow, runs), None
    except TrackingError as error:
        return Cleared(), str(error)


def _tell(municipality: str, told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"municipality": municipality} | told, ensure_ascii=False))
    else:
        for name in ("removed", "runs", "models"):
            for one in told[name]:
                click.echo(f"{name.removesuffix('s')} {one}" if name != "removed" else one)
        click.echo(NEXT.format(code=municipality))
    if told["marked"]:
        ids = ",".join(told["marked"])
        click.echo(
            f"The MLflow server only marks runs as deleted; end it there with: mlflow gc "
            f"--backend-store-uri … --run-ids {ids}",
            err=True,
        )
    for what, why in told["failed"].items():
        click.echo(f"Not removed: {what}: {why}. Run this again when that is mended.", err=True)
    if told["failed"] or told["marked"]:
        sys.exit(1)
