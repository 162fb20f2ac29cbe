"""Takes runs and models out of MLflow for good, not only out of sight.

MLflow itself is handed in by ``training.tracking_store``, the only module that imports it. What
its own ``mlflow gc`` does is done here for the runs that are meant and no others: that command
would take along whatever anybody else has marked as deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from training.run_record import TrackingError

PAGE = 500
SERVED = "mlflow-artifacts:"


@dataclass(frozen=True)
class TrackedRun:
    """A run of which the figures are somebody's.

    Attributes:
        run_id: id of the run.
        edition: id of its edition.
        municipalities: whose figures it holds.
    """

    run_id: str
    edition: str
    municipalities: tuple[str, ...]


@dataclass
class Cleared:
    """What was taken out.

    Attributes:
        runs: ids of the runs.
        models: names and versions of registered models.
        marked: runs that a server only marks as deleted; ``mlflow gc`` on its side ends them.
    """

    runs: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)


def runs_of(
    mlflow: ModuleType, municipality: str, editions: Collection[str] = ()
) -> list[TrackedRun]:
    """Return every run of a municipality, also those marked as deleted, and of some editions.

    Args:
        mlflow: the library, set to the store.
        municipality: its code.
        editions: ids whose runs count too.
    """
    found = []
    for run in _runs(mlflow):
        tags = run.data.tags
        whose = tuple(filter(None, tags.get("zorgraming.municipalities", "").split(",")))
        edition = tags.get("zorgraming.edition_id", "")
        if municipality in whose or edition in editions:
            found.append(TrackedRun(run.info.run_id, edition, whose))
    return found


def _runs(mlflow: ModuleType) -> Iterator[Any]:
    client, every = mlflow.MlflowClient(), mlflow.entities.ViewType.ALL
    places = [one.experiment_id for one in client.search_experiments(view_type=every)]
    token = None
    while places:
        page = client.search_runs(places, "", every, PAGE, None, token)
        yield from page
        token = page.token
        if not token:
            return


def clear(mlflow: ModuleType, runs: Sequence[TrackedRun]) -> Cleared:
    """Take runs out: registered models first, then logged models, artifacts, the run itself.

    Interrupted, it can be done again: the run goes last, and leads to all the rest.
    """
    cleared = Cleared()
    store = mlflow.MlflowClient()._tracking_client.store
    is_database = hasattr(store, "_hard_delete_run")
    for run in runs:
        if is_database:
            _check_files(mlflow, run.run_id)
        cleared.models += _unregister(mlflow, run.run_id)
        _drop_models(mlflow, store, run.run_id, is_database)
        _drop_run(mlflow, store, run.run_id, is_database)
        (cleared.runs if is_database else cleared.marked).append(run.run_id)
    if cleared.runs:
        _drop_inputs(mlflow, store, cleared.runs)
        _compact(store)
    return cleared


def _check_files(mlflow: ModuleType, run_id: str) -> None:
    """Refuse a run whose files only a server can remove, and was not asked to yet."""
    info = mlflow.MlflowClient().get_run(run_id).info
    is_marked = info.lifecycle_stage == mlflow.entities.LifecycleStage.DELETED
    if info.artifact_uri.startswith(SERVED) and not is_marked:
        raise TrackingError(
            f"run {run_id} keeps its files behind a server: delete through its address first, "
            "then through the database"
        )


def _unregister(mlflow: ModuleType, run_id: str) -> list[str]:
    """Delete the versions that came of a run; a model without any version goes wholly."""
    client, gone = mlflow.MlflowClient(), []
    for version in client.search_model_versions(f"run_id = '{run_id}'"):
        others = client.search_model_versions(f"name = '{version.name}'")
        if all(one.run_id == run_id for one in others):
            client.delete_registered_model(version.name)
        else:
            for tag in version.tags:  # MLflow keeps them with what it marks as deleted
                client.delete_model_version_tag(version.name, version.version, tag)
            client.delete_model_version(version.name, version.version)
        gone.append(f"{version.name}/{version.version}")
    return gone


def _drop_models(mlflow: ModuleType, store: Any, run_id: str, is_database: bool) -> None:  # noqa: ANN401
    client = mlflow.MlflowClient()
    place = client.get_run(run_id).info.experiment_id
    for model in client.search_logged_models([place], f"source_run_id = '{run_id}'"):
        _drop_files(mlflow, model.artifact_location)
        client.delete_logged_model(model.model_id)
        if is_database:
            store._hard_delete_logged_model(model.model_id)


def _drop_run(mlflow: ModuleType, store: Any, run_id: str, is_database: bool) -> None:  # noqa: ANN401
    client = mlflow.MlflowClient()
    run = client.get_run(run_id)
    _drop_files(mlflow, run.info.artifact_uri)
    if run.info.lifecycle_stage != mlflow.entities.LifecycleStage.DELETED:
        client.delete_run(run_id)
    if is_database:
        store._hard_delete_run(run_id)


def _drop_files(mlflow: ModuleType, place: str) -> None:
    if place.startswith(SERVED) and not mlflow.get_tracking_uri().startswith("http"):
        return  # the server removed them, see ``_check_files``
    registry = mlflow.store.artifact.artifact_repository_registry
    repository = registry.get_artifact_repository(place)
    if repository.list_artifacts():  # none after an interruption
        repository.delete_artifacts()


def _drop_inputs(mlflow: ModuleType, store: Any, runs: Sequence[str]) -> None:  # noqa: ANN401
    """Remove data sets (names, hashes and vintages of files) that no run leads to any more."""
    tables = mlflow.store.tracking.dbmodels.models
    link, tag, dataset = tables.SqlInput, tables.SqlInputTag, tables.SqlDataset
    with store.ManagedSessionMaker(read_only=False) as session:
        mine = link.destination_id.in_(runs) | link.source_id.in_(runs)
        session.query(link).filter(mine).delete(synchronize_session=False)
        kept = session.query(link.input_uuid)
        session.query(tag).filter(tag.input_uuid.not_in(kept)).delete(synchronize_session=False)
        used = session.query(link.source_id).filter(link.source_type == "DATASET")
        unused = dataset.dataset_uuid.not_in(used)
        session.query(dataset).filter(unused).delete(synchronize_session=False)


def _compact(store: Any) -> None:  # noqa: ANN401
    """Overwrite what SQLite keeps of deleted rows in its file; PostgreSQL does so by itself."""
    if store.engine.dialect.name != "sqlite":
        return
    with store.engine.connect() as connection:
        bare = connection.execution_options(isolation_level="AUTOCOMMIT")
        bare.exec_driver_sql("VACUUM")
        bare.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
