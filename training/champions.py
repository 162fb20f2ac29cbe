"""The register of champions: which recipe a delivery's editions are made with, since when, by whom.

One chained file per delivery beside the editions, ``<delivery>.champions.jsonl``. It is the truth;
MLflow mirrors it (`training.champion_mirror`). Nothing is promoted by training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from models.chained_file import ChainedFile
from models.comparison import Comparison, compare
from models.comparison_verdict import Rules
from models.edition import Edition, open_edition
from models.errors import EditionError
from models.manifest import NAME, read_manifest
from models.origin_rows import ORIGINS_SCHEMA
from training.recipe import recipe_of

ENDING = ".champions.jsonl"
_ORIGINS = "origins.parquet"
PROMOTED, ROLLED_BACK, MIRRORED = "promoted", "rolled-back", "mirrored"
Event = dict[str, Any]


def register(editions: Path, delivery: str) -> ChainedFile:
    """Return the register of a delivery."""
    required = ("edition",)
    return ChainedFile(
        editions / f"{delivery}{ENDING}", delivery, "register of champions", required
    )


def deliveries(editions: Path) -> list[str]:
    """Return the deliveries that have a register, sorted."""
    return sorted(path.name.removesuffix(ENDING) for path in editions.glob(f"*{ENDING}"))


def reign(editions: Path, delivery: str) -> list[Event]:
    """Return the promotions in force, oldest first: the last is the champion's.

    A rollback takes the last one away.

    Raises:
        EditionError: the register was damaged.
    """
    stack: list[Event] = []
    for event in register(editions, delivery).read():
        if event["event"] == PROMOTED:
            stack.append(event)
        elif event["event"] == ROLLED_BACK and stack:
            stack.pop()
    return stack


def champion(editions: Path, delivery: str) -> Event | None:
    """Return the promotion of the champion, None when there is none.

    Raises:
        EditionError: the register was damaged.
    """
    stack = reign(editions, delivery)
    return stack[-1] if stack else None


def decision(editions: Path, delivery: str) -> Event | None:
    """Return the last promotion or rollback: what made the champion champion.

    Raises:
        EditionError: the register was damaged.
    """
    events = register(editions, delivery).read()
    return next((event for event in reversed(events) if event["event"] != MIRRORED), None)


def unmirrored(editions: Path, delivery: str) -> Event | None:
    """Return the last promotion or rollback when MLflow was not told of it yet, else None."""
    events = register(editions, delivery).read()
    return events[-1] if events and events[-1]["event"] != MIRRORED else None


def origins_of(edition: Edition) -> pa.Table:
    """Return the errors per origin of an edition.

    Raises:
        EditionError: it was trained before editions had them.
    """
    if _ORIGINS not in edition.manifest["files"]:
        raise EditionError(
            f"{edition.edition_id} has no errors per origin (origins.parquet): it was trained by "
            "an older version. Train it again to compare it"
        )
    return edition.table("origins").cast(ORIGINS_SCHEMA)


def compared(old: Edition, new: Edition, rules: Rules | None = None) -> Comparison:
    """Compare two editions on their common origins.

    Raises:
        EditionError: one of them has no errors per origin, or they are of different deliveries.
    """
    names = [str(edition.manifest["delivery"]) for edition in (old, new)]
    if names[0] != names[1]:
        raise EditionError(f"{names[0]} and {names[1]} are different deliveries")
    return compare(origins_of(old), origins_of(new), rules)


def of_champion(folder: Path, event: Mapping[str, Any]) -> Edition:
    """Open the champion's edition, which lies beside another.

    Raises:
        EditionError: it is gone, cannot be trusted, or is not what was promoted.
    """
    edition = open_edition(folder.parent / str(event["edition"]))
    if edition.manifest["sha256"] != event["manifest_sha256"]:
        raise EditionError(f"{edition.edition_id} is not the edition that was promoted")
    return edition


def counterpart(folder: Path, event: Mapping[str, Any]) -> Edition:
    """Open the edition of the champion's recipe that a challenger is compared with.

    The champion is a recipe: an edition of it as of the challenger's own day shares the most
    origins. Without one it is the champion's edition; that one may be gone where the other is.

    Args:
        folder: the challenger.
        event: the promotion of the champion.

    Raises:
        EditionError: there is none, and the champion's edition is gone, cannot be trusted, or is
            not what it was.
    """
    asked, own, trouble = read_manifest(folder), None, ""
    try:
        own = of_champion(folder, event)
    except EditionError as error:
        trouble = str(error)
    if own is not None and own.manifest["as_of"] == asked["as_of"]:
        return own
    beside = sorted(folder.parent.glob(f"{asked['delivery']}-{asked['as_of']}-*/{NAME}"))
    others = (path.parent for path in beside if path.parent.name != event["edition"])
    alike = (other for other in others if _like(other, asked, event["recipe"]))
    found = next(map(open_edition, alike), own)
    if found is None:
        raise EditionError(
            f"{trouble}. Put it back from the backup, or train its recipe ({event['recipe']}) "
            f"again as of {asked['as_of']}"
        )
    return found


def _like(folder: Path, asked: Mapping[str, Any], recipe: str) -> bool:
    """Tell whether an edition is of a recipe, with errors from as many origins as another."""
    try:
        manifest = read_manifest(folder)
    except EditionError:  # what is damaged is not compared with
        return False
    same = _origins(manifest) == _origins(asked) and _ORIGINS in manifest["files"]
    return same and recipe_of(manifest)["id"] == recipe


@dataclass(frozen=True)
class Held:
    """A challenger held against the champion's recipe.

    Attributes:
        reasons: why it may not take the champion's place; empty when it may.
        result: the comparison, where one was needed and could be made.
        against: the edition it was compared with; empty without a comparison.
    """

    reasons: tuple[str, ...] = ()
    result: Comparison | None = None
    against: str = ""


def held_against(edition: Edition, event: Mapping[str, Any], rules: Rules | None = None) -> Held:
    """Hold a challenger against the champion.

    The champion's own recipe may take its place; so may one whose figures on the common origins
    are all equal, and one that wins.

    Args:
        edition: the challenger.
        event: the promotion of the champion.
        rules: when a recipe wins.
    """
    recipe = recipe_of(edition.manifest)["id"]
    if recipe == event["recipe"]:
        return Held()
    try:
        old = counterpart(edition.folder, event)
        result = compared(old, edition, rules)
    except EditionError as error:
        return Held((f"it cannot be compared with the champion: {error}",))
    if result.verdict in ("wins", "same"):
        return Held((), result, old.edition_id)
    other = (
        f"recipe {recipe} does not win against the champion's {event['recipe']} ({old.edition_id})"
    )
    return Held((f"{other}: {result.verdict}", *result.reasons), result, old.edition_id)


def champion_reasons(folder: Path) -> list[str]:
    """Return why an edition may not be approved beside the champion of its delivery.

    Empty without a champion, for an edition that was promoted, for one of the champion's recipe,
    and for one of another recipe whose figures are all equal to the champion's.

    Raises:
        EditionError: the edition or the register cannot be trusted.
    """
    manifest = read_manifest(folder)
    stack = reign(folder.parent, str(manifest["delivery"]))
    if not stack or any(event["manifest_sha256"] == manifest["sha256"] for event in stack):
        return []
    recipe = recipe_of(manifest)["id"]
    if recipe == stack[-1]["recipe"]:
        return []
    held = held_against(open_edition(folder), stack[-1])
    if held.result is not None and held.result.verdict == "same":
        return []
    wins = (f"recipe {recipe} wins against the champion's, but nobody promoted it",)
    advice = f"first: zorgraming models promote {folder.name} --by … --reference …"
    return [*(held.reasons or wins), advice]


def _origins(manifest: Mapping[str, Any]) -> object:
    """How many origins were asked for."""
    return manifest.get("settings", {}).get("origins")
