"""The mask of small numbers beside an edition: made when it is approved, read when it is served.

The masks of a folder of editions form one chain per municipality, in the order of approval. A mask
is never removed: what readers once could not see, a later edition may not give away.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from models.disclosure import Mask, ProtectedCube, protect, publish
from models.disclosure_mask import Leaf
from models.edition import Edition
from models.errors import EditionError
from models.record import read_record

SUFFIX = ".mask.parquet"
SHA256 = "mask_sha256"  # in the record of an edition: the mask that its approval rests on


def mask_path(folder: Path) -> Path:
    """Return where the mask of an edition stands."""
    return folder.parent / f"{folder.name}{SUFFIX}"


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Let nobody else approve an edition of the same folder meanwhile: masks form one chain.

    Args:
        folder: the edition.
    """
    descriptor = os.open(folder.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def keep_mask(edition: Edition) -> str:
    """Decide what of an edition is hidden, write it down, and return the SHA-256 of the file.

    A mask that an approval rests on stays as it is: readers have seen the edition through it.

    Args:
        edition: an opened edition, about to be approved.

    Raises:
        EditionError: a mask of the chain is missing or was changed, or this one cannot be written.
    """
    settled = _settled(edition.folder)
    if settled is not None:
        _read(edition.folder, settled)
        return settled
    table = protect(edition, earlier_mask(edition)).mask_table()
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    raw, place = stream.getvalue(), mask_path(edition.folder)
    aside = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        with aside.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(place)
    except OSError as error:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise EditionError(f"{edition.folder.name}: the mask cannot be written: {error}") from error
    return hashlib.sha256(raw).hexdigest()


def protected(edition: Edition, approval: Mapping[str, Any]) -> ProtectedCube:
    """Return what is published of an edition for readers without the right to small numbers.

    Args:
        edition: an opened edition.
        approval: the event by which it was approved.

    Raises:
        EditionError: it was approved without a mask, or the mask is not what it was.
    """
    sha256 = approval.get(SHA256)
    if sha256 is None:
        raise EditionError(f"{edition.edition_id} was approved without a mask of small numbers")
    return publish(edition, _read(edition.folder, str(sha256)))


def earlier_mask(edition: Edition) -> Mask | None:
    """Return what the editions approved before in the same folder hide; None for the first.

    Everything that any of them hides stays hidden; what was counted is taken from the latest of
    each municipality.

    Raises:
        EditionError: a mask of the chain is missing or was changed.
    """
    mine = set(edition.dimensions["municipality"].labels)
    masks = [
        _of(mine, _read(folder, sha256))
        for _, folder, sha256 in sorted(_chain(edition.folder), key=lambda link: link[0])
    ]
    masks = [mask for mask in masks if mask.leaves or mask.hidden]
    if not masks:
        return None
    hidden = frozenset[Any]().union(*(mask.hidden for mask in masks))
    withheld = frozenset[Any]().union(*(mask.withheld for mask in masks))
    return Mask(hidden, withheld, _latest(mask.leaves for mask in masks))


def _latest(counted: Iterable[dict[Any, Leaf]]) -> dict[Any, Leaf]:
    found: dict[Any, Leaf] = {}
    for leaves in counted:
        again = {key[0] for key in leaves}
        found = {key: leaf for key, leaf in found.items() if key[0] not in again} | leaves
    return found


def _of(municipalities: set[str], mask: Mask) -> Mask:
    return Mask(
        frozenset(node for node in mask.hidden if node[0] in municipalities),
        frozenset(one for one in mask.withheld if one[0][0] in municipalities),
        {key: leaf for key, leaf in mask.leaves.items() if key[0] in municipalities},
    )


def _chain(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Yield moment of approval, edition and hash of the masks of a folder's other editions."""
    for other in sorted(folder.parent.iterdir()):
        if other == folder or other.name.startswith(".") or not other.is_dir():
            continue
        for event in _approvals(other):
            yield str(event["at"]), other, str(event[SHA256])
            break


def _settled(folder: Path) -> str | None:
    return next((str(event[SHA256]) for event in _approvals(folder)), None)


def _approvals(folder: Path) -> Iterator[dict[str, Any]]:
    events = read_record(folder)
    return (event for event in events if event["event"] == "approved" and SHA256 in event)


def _read(folder: Path, sha256: str) -> Mask:
    place = mask_path(folder)
    try:
        raw = place.read_bytes()
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise EditionError(f"{place.name} is not the mask that was approved")
        return Mask.from_table(pq.ParquetFile(pa.BufferReader(raw)).read())
    except (OSError, pa.ArrowException) as error:
        raise EditionError(f"{place.name} cannot be read: {error}") from error
