"""The champion as MLflow shows it: an alias, and tags that say who decided what.

MLflow itself is handed in by ``training.tracking``, the only module that imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from models.edition import open_edition
from training.run_record import record_from_edition
from training.tracked_run import CHALLENGER, LONGEST, Recorded, finished_run, lineage, write_run

CHAMPION = "champion"
TOLD = ("by", "role", "reference", "owner", "valid_until", "at", "basis")


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
