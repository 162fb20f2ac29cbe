"""``zorgraming compare`` and ``zorgraming models``: champion and challenger.

Exit codes: 0 done, 1 refused (with every reason), 2 wrong use.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from models.comparison_verdict import Rules
from models.edition import Edition, approval, open_edition
from models.errors import EditionError
from models.manifest import NAME, read_manifest
from training.champion_mirror import complete_mirrors, mirrored_champion
from training.champions import ENDING, Event, champion, compared, counterpart, reign, unmirrored
from training.cli_options import FOLDER, default_editions, default_state, edition_folder
from training.comparison_report import comparison_json, comparison_lines
from training.promotion import Signature, promote, roll_back
from training.recipe import recipe_of, trainer
from training.run_record import TrackingError
from training.signers import KEY, Signers
from training.tracking_store import default_tracking_uri

_Command = TypeVar("_Command", bound=Callable[..., Any])

_EDITIONS = click.option(
    "--editions",
    type=FOLDER,
    default=default_editions,
    help="Where editions are kept. [default: ./editions]",
)
_MARGIN = click.option(
    "--margin",
    type=click.FloatRange(0, 1),
    default=Rules().margin,
    show_default=True,
    envvar="ZORGRAMING_MARGIN",
    help="Least gain in pinball loss by which a recipe wins, as a share.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")


def _signed(command: _Command) -> _Command:
    for option in (
        click.option("--reference", required=True, help="The decision that this rests on."),
        click.option("--by", required=True, help="Who signs, as in the list of signers."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("old")
@click.argument("new")
@_EDITIONS
@_MARGIN
@_JSON
def compare(old: str, new: str, editions: Path, margin: float, as_json: bool) -> None:
    """Compare two editions on the rolling origins they share; nothing is trained."""
    _tell_comparison(_edition(old, editions), _edition(new, editions), margin, as_json)


@click.group()
def models() -> None:
    """Keep the champion: list, compare, promote, roll back, mirror in MLflow."""


@models.command("compare")
@click.argument("edition")
@_EDITIONS
@_MARGIN
@_JSON
def against_champion(edition: str, editions: Path, margin: float, as_json: bool) -> None:
    """Compare a challenger with the champion of its delivery."""
    new = _edition(edition, editions)
    event = champion(new.folder.parent, str(new.manifest["delivery"]))
    if event is None:
        raise EditionError(f"{new.manifest['delivery']} has no champion yet: nothing to compare")
    _tell_comparison(counterpart(new.folder, event), new, margin, as_json)


@models.command("promote")
@click.argument("edition")
@_EDITIONS
@_signed
@_MARGIN
@_JSON
def promote_edition(
    edition: str, editions: Path, by: str, reference: str, margin: float, as_json: bool
) -> None:
    """Make an edition's recipe the champion; another recipe must win against it first."""
    folder = _folder(edition, editions)
    signature, signers = Signature(by, reference, _key()), Signers(default_state())
    event = promote(folder, signature, signers, datetime.now(UTC), Rules(margin=margin))
    _tell_decision(event, folder.parent, as_json)


@models.command()
@click.option("--delivery", help="Whose champion, when there are several.")
@_EDITIONS
@_signed
@_JSON
def rollback(delivery: str | None, editions: Path, by: str, reference: str, as_json: bool) -> None:
    """Put the previous champion back."""
    signature, signers = Signature(by, reference, _key()), Signers(default_state())
    name = delivery or _only(editions)
    event = roll_back(editions, name, signature, signers, datetime.now(UTC))
    _tell_decision(event, editions, as_json)


@models.command("list")
@_EDITIONS
@_JSON
def show(editions: Path, as_json: bool) -> None:
    """List the editions with their recipes, and which is champion."""
    folders = [path.parent for path in sorted(editions.glob(f"*/{NAME}"))]
    # Hidden is what is being made or being removed.
    rows = [_about(folder) for folder in folders if not folder.name.startswith(".")]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    click.echo(f"{'edition':<44} {'recipe':<11} {'gate':<10} {'approved until':<15} standing")
    for row in rows:
        click.echo(
            f"{row['edition']:<44} {row['recipe']:<11} {row['gate']:<10} "
            f"{row['approved_until'] or '-':<15} {row['standing']}"
        )


@models.command()
@_EDITIONS
def mirror(editions: Path) -> None:
    """Tell MLflow anew who is champion, for instance after its registry was damaged."""
    uri = default_tracking_uri(default_state(), os.environ)
    done = complete_mirrors(editions, tracking_uri=uri, at=datetime.now(UTC), anew=True)
    for delivery, version in done.items():
        edition = mirrored_champion(delivery, tracking_uri=uri)
        click.echo(f"zorgraming-{delivery}@champion is version {version}, {edition}")
    if not done:
        click.echo("There is no champion to tell of.", err=True)


# --- what is told -------------------------------------------------------------------------------


def _tell_comparison(old: Edition, new: Edition, margin: float, as_json: bool) -> None:
    result = compared(old, new, Rules(margin=margin))
    names = (old.edition_id, new.edition_id)
    if as_json:
        click.echo(json.dumps(comparison_json(result, *names), ensure_ascii=False))
        return
    recipes = (recipe_of(edition.manifest)["id"] for edition in (old, new))
    told = [f"{name}, recipe {recipe}" for name, recipe in zip(names, recipes, strict=True)]
    for line in comparison_lines(result, *told):
        click.echo(line)


def _tell_decision(event: Event, editions: Path, as_json: bool) -> None:
    """Tell MLflow of a decision, and whoever took it what became of that."""
    uri, mirrored = default_tracking_uri(default_state(), os.environ), True
    try:
        complete_mirrors(editions, tracking_uri=uri, at=datetime.now(UTC))
    except TrackingError as error:
        mirrored = False
        click.echo(f"MLflow could not be told yet; the decision stands: {error}", err=True)
    if as_json:
        click.echo(json.dumps(event | {"mirrored": mirrored}, ensure_ascii=False))
        return
    click.echo(
        f"{event['edition']} is champion (recipe {event['recipe']}), {event['event']} by "
        f"{event['by']} ({event['reference']}), valid until {event['valid_until']}."
    )


def _about(folder: Path) -> Event:
    """Tell of an edition; of one that cannot be trusted, why."""
    unknown = {"recipe": "-", "trained_by": "", "gate": "-", "approved_until": None}
    try:
        manifest, signed = read_manifest(folder), approval(folder)
        recipe = recipe_of(manifest)["id"]
        standing = _standing(folder, recipe, reign(folder.parent, str(manifest["delivery"])))
    except EditionError as error:
        return {"edition": folder.name} | unknown | {"standing": str(error)}
    return {
        "edition": folder.name,
        "recipe": recipe,
        "trained_by": trainer(manifest),
        "gate": str(manifest.get("gate", {}).get("verdict", "-")),
        "approved_until": signed["valid_until"] if signed else None,
        "standing": standing,
    }


def _standing(folder: Path, recipe: str, stack: list[Event]) -> str:
    """Say what an edition is beside the champion of its delivery."""
    if not stack:
        return "no champion yet"
    last = stack[-1]
    if last["edition"] == folder.name:
        told = f"champion since {last['at'][:10]}, {last['by']} ({last['reference']})"
        waiting = unmirrored(folder.parent, _delivery(folder))
        return f"{told}; MLflow is still to be told" if waiting else told
    if any(event["edition"] == folder.name for event in stack):
        return "champion before"
    return "the champion's recipe" if recipe == last["recipe"] else "challenger"


def _delivery(folder: Path) -> str:
    return str(read_manifest(folder)["delivery"])


# --- what is asked ------------------------------------------------------------------------------


def _folder(edition: str, editions: Path) -> Path:
    """Return the folder of an edition that is named by its path or by its id."""
    return edition_folder(Path(edition), editions)


def _edition(edition: str, editions: Path) -> Edition:
    return open_edition(_folder(edition, editions))


def _key() -> str:
    """Ask for the signing key: never an argument, which other users of the machine could see."""
    return os.environ.get(KEY) or str(click.prompt("Signing key", hide_input=True, err=True))


def _only(editions: Path) -> str:
    names = [path.name.removesuffix(ENDING) for path in editions.glob(f"*{ENDING}")]
    if len(names) != 1:
        told = ", ".join(sorted(names)) or "none"
        raise click.UsageError(f"--delivery: which one? There are registers of: {told}")
    return names[0]
