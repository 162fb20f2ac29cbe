"""Write and read a frozen edition: a folder that is never changed after it was made.

Numpy and pyarrow only. Nothing is ever unpickled; every byte is covered by a hash. What happens to
an edition later stands in the record beside it (``models.record``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from models import edition_files as files
from models import manifest as manifests
from models.base_rows import COLUMNS_READ, check_paths, series_of, with_base_rows
from models.catalogue import Frequency, ordinal
from models.columns import is_word, whole
from models.cube import Axis, Cube, Floats, Ints, Paths, build_cube
from models.errors import EditionError
from models.record import append_record, approval, read_record, record_path

__all__ = [
    "Edition",
    "EditionContent",
    "append_record",
    "approval",
    "open_edition",
    "read_record",
    "record_path",
    "write_edition",
]

TABLES = ("forecasts", "products", "districts")  # beside series; the rest is free


@dataclass(frozen=True)
class EditionContent:
    """Everything that goes into an edition.

    Attributes:
        delivery: name of the delivery (lower-case letters, digits, dashes).
        as_of: the day as of which the data was known.
        identity: inputs, settings, code and seed; its hash makes the id.
        manifest: all keys but edition_id, files, format, run and sha256.
        run: when, how long and where it was made; not part of the content.
        series: table with ``models.cube.SERIES_SCHEMA``.
        paths: measure -> int32 or int64 (rows, steps, draws), hundredths.
        tables: name -> table; forecasts, products and districts are required.
        drivers: measure -> growth by cause (rows, 1 + years x causes, draws), see `models.drivers`;
            with the table ``drivers`` that says which row is whose.
        documents: name -> JSON value; a name without a dot gets ``.json``.
    """

    delivery: str
    as_of: date
    identity: Mapping[str, Any]
    manifest: Mapping[str, Any]
    run: Mapping[str, Any]
    series: pa.Table
    paths: Mapping[str, Paths]
    tables: Mapping[str, pa.Table]
    documents: Mapping[str, object] = field(default_factory=dict)
    drivers: Mapping[str, Paths] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Edition(Cube):
    """An opened edition: its arrays are mapped into memory, its catalogues read.

    Attributes:
        folder: where it lies.
        manifest: as written.
        products: rows of ``products.parquet``.
        districts: rows of ``districts.parquet``.
    """

    folder: Path
    manifest: Mapping[str, Any]
    products: list[dict[str, Any]]
    districts: list[dict[str, Any]]

    @property
    def edition_id(self) -> str:
        """``<delivery>-<as of>-<ten hex>``."""
        return str(self.manifest["edition_id"])

    @property
    def paths(self) -> dict[str, Paths]:
        """The joint sample paths per measure: (rows, steps, draws), hundredths."""
        return {measure: track.paths for measure, track in self.tracks.items()}

    @property
    def actuals(self) -> dict[str, Floats]:
        """The actuals per measure: (series, periods of its calendar), hundredths, NaN unknown."""
        return {measure: track.actuals for measure, track in self.tracks.items()}

    def table(self, name: str) -> pa.Table:
        """Read one more table of the edition, such as ``accuracy`` or ``drivers``.

        Raises:
            EditionError: the edition has no such table.
        """
        if f"{name}.parquet" not in self.manifest["files"]:
            raise EditionError(f"{self.edition_id} has no table {name!r}")
        return files.read_table(self.folder / f"{name}.parquet")

    def driver_paths(self, measure: str) -> tuple[Ints, Paths]:
        """Return the growth by cause of a measure: the row of each series (-1 = none), the rows.

        Raises:
            EditionError: the edition has none, or its table and its rows contradict each other.
        """
        if measure not in self._drivers:
            self._drivers[measure] = self._read_drivers(measure)
        return self._drivers[measure]

    @cached_property
    def _drivers(self) -> dict[str, tuple[Ints, Paths]]:
        return {}

    def _read_drivers(self, measure: str) -> tuple[Ints, Paths]:
        table = self.table("drivers")
        paths = files.read_array(self.folder / f"paths/drivers_{measure}.npy")
        mine = is_word(table.column("measure"), measure)
        rows = whole(table.column("row"), missing=-1)[mine]
        at = series_of(self, table)[mine]
        if not np.array_equal(np.sort(rows), np.arange(len(paths))):
            raise EditionError(f"{self.edition_id}: drivers of {measure}: rows without a series")
        row = np.full(len(self), -1, dtype=np.int64)
        row[at] = rows
        return row, paths

    def document(self, name: str) -> object:
        """Read one document of the edition, such as ``quality``.

        Raises:
            EditionError: the edition has no such document.
        """
        file = files.document_file(name)
        if file not in self.manifest["files"]:
            raise EditionError(f"{self.edition_id} has no document {name!r}")
        return json.loads((self.folder / file).read_text("utf-8"))


def write_edition(content: EditionContent, editions: Path) -> Path:
    """Write an edition aside, move it into place, and return its folder.

    Same content already there: left as it is. Whatever goes wrong, no half edition stays.

    Raises:
        EditionError: the content contradicts itself, the place cannot be written, or an edition of
            the same id with other content is there.
    """
    edition_id = manifests.make_id(content.delivery, content.as_of.isoformat(), content.identity)
    about = _about(content)
    _check(content, about)
    tables = {**content.tables, "series": content.series}
    try:
        editions.mkdir(parents=True, exist_ok=True)
        with files.aside(editions, edition_id) as folder:
            paths = {**content.paths, **_named(content.drivers)}
            hashes = files.write_files(folder, tables, paths, content.documents)
            own = {"edition_id": edition_id, "format": manifests.FORMAT, "files": hashes}
            manifest = manifests.seal(about | own, content.run)
            files.write_manifest(folder, manifest)
            target = editions / edition_id
            if not files.move(folder, target):
                _same(target, manifest)
            return target
    except OSError as error:
        raise EditionError(
            f"edition {edition_id} cannot be written to {editions}: {error}; nothing of it was "
            "left behind. Make room, or choose another place with --editions"
        ) from error


def open_edition(folder: Path, *, verify: bool = True) -> Edition:
    """Open an edition.

    Args:
        folder: the edition's folder; its name is the edition id.
        verify: compare every file with its hash first (reads everything once).

    Raises:
        EditionError: anything that makes the edition unfit to be trusted.
    """
    folder = folder.resolve()
    manifest = manifests.read_manifest(folder)
    if manifest["edition_id"] != folder.name:
        raise EditionError(
            f"the folder {folder.name} holds edition {manifest['edition_id']}: an edition keeps "
            "its name, because its record is found by it"
        )
    if verify:
        manifests.check_files(folder, manifest)
    try:
        return _opened(folder, manifest)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise EditionError(f"{folder.name} cannot be read: {error}") from error
    except EditionError as error:
        raise EditionError(f"{folder.name}: {error}") from error


def axes_of(manifest: Mapping[str, Any]) -> dict[Frequency, Axis]:
    """Return the axis of the paths per frequency as a manifest states it.

    Raises:
        ValueError, KeyError, TypeError: the statement is not of that form.
    """
    axes = {}
    for name, axis in manifest["axes"].items():
        frequency = Frequency(name)
        first = ordinal(date.fromisoformat(axis["first"]), frequency)
        axes[frequency] = Axis(first, int(axis["steps"]))
    return axes


def _about(content: EditionContent) -> dict[str, Any]:
    own = sorted(set(content.manifest) & set(manifests.OWN))
    if own:
        raise EditionError(f"the manifest's {', '.join(own)} are written by the edition itself")
    stated = {"delivery": content.delivery, "as_of": content.as_of.isoformat()}
    about: dict[str, Any] = {**stated, **content.manifest}
    wrong = [key for key, value in stated.items() if about[key] != value]
    wrong += [key for key in manifests.REQUIRED if key not in about]
    if wrong:
        raise EditionError(f"the manifest lacks or contradicts {', '.join(wrong)}")
    plain: dict[str, Any] = json.loads(manifests.canonical(about))  # tuples become lists
    return plain


def _check(content: EditionContent, about: Mapping[str, Any]) -> None:
    missing = [name for name in TABLES if name not in content.tables]
    if missing:
        raise EditionError(f"the edition lacks the table {', '.join(missing)}")
    for name, array in {**content.paths, **_named(content.drivers)}.items():
        files.check_array(name, array)
    if content.drivers and "drivers" not in content.tables:
        raise EditionError("growth by cause without the table drivers")
    cube = _cube(content.series, content.paths, content.tables["forecasts"], about)
    check_paths(cube)


def _named(drivers: Mapping[str, Paths]) -> dict[str, Paths]:
    return {f"drivers_{measure}": array for measure, array in drivers.items()}


def _cube(
    series: pa.Table, paths: Mapping[str, Paths], forecasts: pa.Table, about: Mapping[str, Any]
) -> Cube:
    measures = tuple(about["measures"])
    if not set(paths) <= set(measures):
        raise EditionError("there are paths of a measure that the edition does not have")
    if any(array.shape[2:] != (about["draws"],) for array in paths.values()):
        raise EditionError(f"the paths do not have {about['draws']} draws")
    cube = build_cube(series, paths, axes_of(about), measures)
    return with_base_rows(cube, forecasts)


def _same(target: Path, manifest: Mapping[str, Any]) -> None:
    there = open_edition(target)
    if there.manifest["sha256"] != manifest["sha256"]:
        raise EditionError(
            f"{target.name} is there already with other content: same inputs, settings, code and "
            "seed should give the same bytes. Nothing was changed; compare versions and machine"
        )


def _opened(folder: Path, manifest: Mapping[str, Any]) -> Edition:
    listed = manifest["files"]
    for name in ("series", *TABLES):
        if f"{name}.parquet" not in listed:
            raise EditionError(f"the table {name} is missing")
    paths = {
        measure: files.read_array(folder / f"paths/{measure}.npy")
        for measure in manifest["measures"]
        if f"paths/{measure}.npy" in listed
    }
    words = [name for name in COLUMNS_READ if name not in ("period", "mean", "p10", "p50", "p90")]
    forecasts = files.read_table(folder / "forecasts.parquet", COLUMNS_READ, words)
    cube = _cube(files.read_table(folder / "series.parquet"), paths, forecasts, manifest)
    del forecasts
    pa.default_memory_pool().release_unused()  # a service keeps an edition open for months
    return Edition(
        **{part.name: getattr(cube, part.name) for part in fields(Cube)},
        folder=folder,
        manifest=manifest,
        products=files.read_table(folder / "products.parquet").to_pylist(),
        districts=files.read_table(folder / "districts.parquet").to_pylist(),
    )
