"""The champion as MLflow shows it: an alias, and tags that say who decided what.

The register beside the editions is the truth (``training.champions``); this follows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from models.edition import open_edition
from training.champions import MIRRORED, decision, deliveries, register, unmirrored
from training.run_record import record_from_edition
from training.tracked_run import CHALLENGER, LONGEST, Recorded, finished_run, lineage, write_run
from training.tracking_store import connected

CHAMPION = "champion"
TOLD = ("by", "role", "reference", "owner", "valid_until", "at", "basis")


def complete_mirrors(
    editions: Path, *, tracking_uri: str, at: datetime, anew: bool = False
) -> dict[str, str]:
    """Tell MLflow of every champion it does not know of: alias, approver, decision, lineage.

    The register beside the editions is the truth; what MLflow says otherwise is put right.

    Args:
        editions: folder of editions.
        tracking_uri: as in ``training.tracking_store.connected``.
        at: the moment, with its time zone.
        anew: tell of every champion, also of those that MLflow was told of.

    Returns:
        Delivery -> version of the registered model that is champion now, of those told now.

    Raises:
        TrackingError: the store is away; the promotions stand, and are told later.
        EditionError: a register or an edition cannot be trusted.
    """
    done: dict[str, str] = {}
    waiting = [name for name in deliveries(editions) if anew or unmirrored(editions, name)]
    if not waiting:
        return done
    with connected(tracking_uri) as (mlflow, place):
        for name in waiting:
            last = decision(editions, name)
            if last is None:
                continue
            recorded = write_mirror(mlflow, place, editions / last["edition"], last)
            told = {"event": MIRRORED, "edition": last["edition"]} | told_of(recorded)
            register(editions, name).append(told, at)
            done[name] = recorded.version
    return done


def mirrored_champion(delivery: str, *, tracking_uri: str) -> str | None:
    """Return the edition that MLflow calls the champion of a delivery; None when it knows none.

    Raises:
        TrackingError: the store is away or damaged.
    """
    with connected(tracking_uri) as (mlflow, _):
        return mirror_of(mlflow, delivery)


def write_mirror(
    mlflow: ModuleType, place: str, folder: Path, event: Mapping[str, Any]
) -> Recorded:
    """Call an edition's model version the champion, and tag it with the decision.

    A version that MLflow lost is recorded anew from the edition.

    Args:
        mlflow: the library, set to the store.
        place: id of the experiment.
        folder: the champion's edition.
        event: its promotion, or the rollback to it, as the register has it.

    Raises:
        EditionError: the edition cannot be trusted or read.
    """
    edition = open_edition(folder)
    recorded = finished_run(mlflow, edition.edition_id, place)
    if recorded is None:
        recorded = write_run(mlflow, record_from_edition(folder), place)
    client = mlflow.MlflowClient()
    tags = {f"champion.{name}": event[name] for name in TOLD if event.get(name)}
    for name, value in (lineage(edition.manifest) | tags).items():
        text = str(value)[: LONGEST["tag"]]
        client.set_model_version_tag(recorded.model, recorded.version, f"zorgraming.{name}", text)
    client.set_registered_model_alias(recorded.model, CHAMPION, recorded.version)
    if str(_aliases(client, recorded.model).get(CHALLENGER)) == recorded.version:
        client.delete_registered_model_alias(recorded.model, CHALLENGER)
    return recorded


def mirror_of(mlflow: ModuleType, delivery: str) -> str | None:
    """Return the edition that has the alias champion; None without one, or when it is gone."""
    client, name = mlflow.MlflowClient(), f"zorgraming-{delivery}"
    if not client.search_registered_models(f"name = '{name}'"):
        return None
    version = str(_aliases(client, name).get(CHAMPION))
    for found in client.search_model_versions(f"name = '{name}'"):
        if str(found.version) == version:
            return str(found.tags.get("zorgraming.edition_id"))
    return None


def told_of(recorded: Recorded) -> dict[str, str]:
    """Return where MLflow has the champion, for the register."""
    return {"run_id": recorded.run_id, "model": recorded.model, "model_version": recorded.version}


def _aliases(client: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - mlflow's own object
    return dict(client.get_registered_model(name).aliases)
