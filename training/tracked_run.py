"""One training as one run: parameters, inputs, scores, pictures, and the registered model.

MLflow itself is handed in by ``training.tracking_store``, the only module that imports it.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from models.edition import open_edition
from models.manifest import NAME as MANIFEST
from training.bundle import KEY
from training.recipe import recipe_of
from training.run_plots import plots
from training.run_record import TrainingRecord, metrics, series_table

CHALLENGER = "challenger"
TRACKED = "tracked"  # the event in the record of an edition
CONTEXT = "mlflow.data.context"
ASKED = (*KEY, "period")
FIGURES = ("p10", "p50", "p90", "mean")
MOST_PARAMS, MOST_METRICS = 100, 1000  # what the tracking API takes at once
LONGEST = {"param": 6000, "tag": 5000, "digest": 36, "input_tag": 500}  # characters it takes
MODEL_CODE = Path(__file__).with_name("served_model.py")


@dataclass(frozen=True)
class Recorded:
    """Where a training was recorded: run, registered model and its version."""

    run_id: str
    model: str
    version: str


def write_run(mlflow: ModuleType, record: TrainingRecord, place: str) -> Recorded:
    """Write one run; the model is registered last, so that a half run never is a challenger.

    Args:
        mlflow: the library, set to the store.
        record: what is told.
        place: id of the experiment.
    """
    edition = open_edition(record.edition, verify=False)
    tags = _tags(edition.manifest)
    start = mlflow.start_run(experiment_id=place, run_name=edition.edition_id, tags=tags)
    with start as run:
        writer = _Writer(mlflow, run.info.run_id)
        datasets = writer.inputs(record.inputs)
        writer.parameters(record.parameters)
        writer.files(record, plots(edition, record.accuracy))
        model = writer.model(record.bundle)
        writer.scores(metrics(record.accuracy), model.model_id, datasets)
        name = f"zorgraming-{edition.manifest['delivery']}"
        number = writer.register(name, model, tags)
    return Recorded(run.info.run_id, name, number)


def finished_run(mlflow: ModuleType, edition_id: str, place: str) -> Recorded | None:
    """Return the finished run of an edition, None when it was never recorded to the end."""
    client = mlflow.MlflowClient()
    asked = f"tags.`zorgraming.edition_id` = '{edition_id}' and attributes.status = 'FINISHED'"
    for run in client.search_runs([place], asked, max_results=1):
        run_id = run.info.run_id
        for found in client.search_model_versions(f"run_id = '{run_id}'", max_results=1):
            return Recorded(run_id, found.name, str(found.version))
    return None


def end_half_runs(mlflow: ModuleType, edition_id: str, place: str) -> None:
    """Mark as failed what a server or a training that ended in mid-run left running."""
    client = mlflow.MlflowClient()
    asked = f"tags.`zorgraming.edition_id` = '{edition_id}' and attributes.status = 'RUNNING'"
    for run in client.search_runs([place], asked):
        client.set_terminated(run.info.run_id, "FAILED")


def _tags(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of run and model version: what one searches by."""
    told = {
        "edition_id": manifest["edition_id"],
        "manifest_sha256": manifest["sha256"],
        "delivery": manifest["delivery"],
        "municipalities": ",".join(manifest["municipalities"]),
        "as_of": manifest["as_of"],
        "synthetic": str(manifest["synthetic"]).lower(),
        "code_version": manifest.get("versions", {}).get("zorgraming", ""),
        "gate": manifest.get("gate", {}).get("verdict", ""),
        "owner": manifest.get("owner") or "",
    } | lineage(manifest)
    tags = {f"zorgraming.{key}": str(value)[: LONGEST["tag"]] for key, value in told.items()}
    # MLflow would write the path of the started program, which tells about the machine only.
    return tags | {"mlflow.source.name": "zorgraming train"}


def lineage(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return what an edition came from: recipe, data, code, locks, seed, commit, who trained."""
    run, inputs = manifest.get("run", {}), manifest.get("inputs", [])
    told = {
        "recipe": recipe_of(manifest)["id"],
        "code": manifest.get("versions", {}).get("code"),
        "locks": run.get("locks"),
        "commit": run.get("commit"),
        "trained_by": run.get("by"),
        "seed": manifest.get("seed"),
        "inputs": json.dumps({one["file"]: one["sha256"] for one in inputs}),
        "vintages": json.dumps({one["file"]: one.get("vintage") for one in inputs}),
    }
    return {key: str(value) for key, value in told.items() if value is not None}


@dataclass(frozen=True)
class _Writer:
    """Writes the parts of one run."""

    mlflow: ModuleType
    run_id: str

    @property
    def client(self) -> Any:  # noqa: ANN401 - mlflow's own object
        """The tracking client of the store that is set."""
        return self.mlflow.MlflowClient()

    def inputs(self, told: list[dict[str, Any]]) -> list[Any]:
        """Log one dataset per delivered file: name, hash, vintage and source."""
        datasets = [self._dataset(one) for one in told]
        if datasets:
            self.client.log_inputs(self.run_id, datasets)
        return [one.dataset for one in datasets]

    def _dataset(self, told: dict[str, Any]) -> Any:  # noqa: ANN401 - mlflow's own object
        entities = self.mlflow.entities
        stated = {key: value for key, value in told.items() if value is not None}
        tags = {key: str(value)[: LONGEST["input_tag"]] for key, value in stated.items()}
        dataset = entities.Dataset(
            name=str(told["file"]),
            digest=str(told["sha256"])[: LONGEST["digest"]],
            source_type="local",
            source=json.dumps({"uri": told["file"]}),
            profile=json.dumps(stated, default=str, ensure_ascii=False),
        )
        labels = [entities.InputTag(*tag) for tag in (tags | {CONTEXT: "training"}).items()]
        return entities.DatasetInput(dataset, labels)

    def parameters(self, told: Mapping[str, Any]) -> None:
        """Log the parameters, in as few calls as the API allows."""
        make = self.mlflow.entities.Param
        params = [make(key, str(value)[: LONGEST["param"]]) for key, value in told.items()]
        for start in range(0, len(params), MOST_PARAMS):
            self.client.log_batch(self.run_id, params=params[start : start + MOST_PARAMS])

    def files(self, record: TrainingRecord, pictures: Mapping[str, bytes]) -> None:
        """Log manifest, all scores, one row per series, and the pictures."""
        with TemporaryDirectory() as folder:
            place = Path(folder)
            shutil.copyfile(record.edition / MANIFEST, place / MANIFEST)
            pq.write_table(pa.table(dict(record.accuracy)), place / "accuracy.parquet")
            (place / "plots").mkdir()
            for name, picture in pictures.items():
                (place / "plots" / name).write_bytes(picture)
            self.client.log_artifacts(self.run_id, folder)
        self.client.log_table(self.run_id, series_table(record), "series.json")

    def model(self, bundle: dict[str, Any]) -> Any:  # noqa: ANN401 - mlflow's own object
        """Log the multi-series model: code and one JSON file, nothing pickled."""
        types = self.mlflow.types
        texts = [types.ColSpec("string", name) for name in ASKED]
        figures = [types.ColSpec("double", name) for name in FIGURES]
        answered = [*texts, *figures, types.ColSpec("string", "unit")]
        signature = self.mlflow.models.ModelSignature(types.Schema(texts), types.Schema(answered))
        first = [[*(row[k] for k in KEY), row["first_period"]] for row in bundle["series"][:2]]
        with TemporaryDirectory() as folder:
            path = Path(folder) / "bundle.json"
            path.write_text(json.dumps(bundle, allow_nan=False), encoding="utf-8")
            return self.mlflow.pyfunc.log_model(
                name="forecast",
                python_model=str(MODEL_CODE),
                artifacts={"bundle": str(path)},
                signature=signature,
                input_example=pd.DataFrame(first, columns=list(ASKED)) if first else None,
                pip_requirements=[f"{name}=={version(name)}" for name in ("mlflow", "pandas")],
            )

    def scores(self, told: Mapping[str, float], model_id: str, datasets: list[Any]) -> None:
        """Log the scores, bound to the model and to the care use they were measured on."""
        bound = {"model_id": model_id, "run_id": self.run_id}
        for data in datasets:
            if data.name.startswith("care_use"):
                bound |= {"dataset_name": data.name, "dataset_digest": data.digest}
        moment, make = time.time_ns() // 1_000_000, self.mlflow.entities.Metric
        scores = [make(name, value, moment, 0, **bound) for name, value in told.items()]
        for start in range(0, len(scores), MOST_METRICS):
            self.client.log_batch(self.run_id, metrics=scores[start : start + MOST_METRICS])

    def register(self, name: str, model: Any, tags: Mapping[str, str]) -> str:  # noqa: ANN401
        """Register the model as a new version and call it challenger."""
        if not self.client.search_registered_models(f"name = '{name}'"):
            self._create(name)
        own = {key: value for key, value in tags.items() if key.startswith("zorgraming.")}
        own["zorgraming.model_id"] = model.model_id  # the registry does not keep it itself
        made = self.client.create_model_version(
            name, model.model_uri, run_id=self.run_id, tags=own, model_id=model.model_id
        )
        self.client.set_registered_model_alias(name, CHALLENGER, made.version)
        return str(made.version)

    def _create(self, name: str) -> None:
        """Create the registered model, unless another training was just ahead."""
        try:
            self.client.create_registered_model(name, description="Ramingen van zorg (Zorgraming)")
        except self.mlflow.MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
