"""The files of an edition: written aside, flushed to disk, moved into place at once."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models import manifest as manifests
from models.cube import Paths
from models.errors import EditionError

PATH_TYPES = (np.dtype("<i4"), np.dtype("<i8"))
AXES = 3  # rows, steps, draws


def document_file(name: str) -> str:
    """Return the file name of a document: a name with an ending keeps it, else ``.json``."""
    return name if "." in name else f"{name}.json"


@contextmanager
def aside(editions: Path, edition_id: str) -> Iterator[Path]:
    """Give a new folder beside the editions, hidden by its name, and leave nothing of it behind."""
    folder = _new_folder(editions, edition_id)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # already gone when it was moved into place


def _new_folder(editions: Path, edition_id: str) -> Path:
    # Numbered, because a killed process in a container may have left the same process id behind.
    for number in count():
        ending = f".{number}" if number else ""
        folder = editions / f".{edition_id}.{os.getpid()}{ending}.tmp"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError("unreachable")


def write_files(
    folder: Path,
    tables: Mapping[str, pa.Table],
    paths: Mapping[str, Paths],
    documents: Mapping[str, object],
) -> dict[str, str]:
    """Write tables, paths and documents; return the SHA-256 of each by relative name.

    Raises:
        EditionError: a value JSON does not know.
        OSError: the disk is full or the folder not writable.
    """
    names = []
    for name, table in tables.items():
        names.append(f"{name}.parquet")
        plain = table.replace_schema_metadata(None).combine_chunks()  # bytes depend on neither
        pq.write_table(plain, folder / names[-1], compression="zstd")
    (folder / "paths").mkdir()
    for measure, array in paths.items():
        names.append(f"paths/{measure}.npy")
        _write_array(folder / names[-1], array)
    for name, document in documents.items():
        names.append(document_file(name))
        (folder / names[-1]).write_bytes(manifests.canonical(document))
    for name in names:
        _flush(folder / name)
    return {name: manifests.file_digest(folder / name) for name in sorted(names)}


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest, last of all files."""
    path = folder / manifests.NAME
    path.write_bytes(manifests.canonical(manifest))
    _flush(path)
    _flush(folder / "paths")
    _flush(folder)


def move(folder: Path, target: Path) -> bool:
    """Move a folder to its place in one step; False when something is there already."""
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            return False
        raise
    _flush(target.parent)
    return True


def read_array(path: Path) -> Paths:
    """Map an array of sample paths into memory.

    Raises:
        EditionError: not int32 or int64 in three dimensions; arrays of Python objects are
            refused, since reading them would run code.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError, SyntaxError) as error:
        raise EditionError(f"{path.name} is not a plain array: {error}") from error
    check_array(path.name, array)
    plain: Paths = array.view(np.ndarray)  # still mapped; the plain class is faster to slice
    return plain


def read_table(
    path: Path, columns: Sequence[str] | None = None, words: Sequence[str] = ()
) -> pa.Table:
    """Read a table; ``words`` are columns of text with few distinct values.

    Not ``read_table`` of pyarrow: that loads its datasets, and with them pandas.
    """
    with pq.ParquetFile(path, read_dictionary=list(words)) as file:
        return file.read(columns=None if columns is None else list(columns))


def check_array(name: str, array: Paths) -> None:
    """Refuse an array that is not int32 or int64, rows x steps x draws.

    Raises:
        EditionError: naming the array.
    """
    if not isinstance(array, np.ndarray) or array.dtype not in PATH_TYPES or array.ndim != AXES:
        raise EditionError(f"{name}: paths are rows x steps x draws of int32 or int64 hundredths")


def _write_array(path: Path, array: Paths) -> None:
    with path.open("wb") as stream:
        np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)


def _flush(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)  # a full network disk may say so only here
    finally:
        os.close(number)
