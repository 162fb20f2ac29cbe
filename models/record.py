"""What happens to an edition after it was made: an append-only record beside it.

One JSON object per line in ``<edition>.record.jsonl``, chained (`models.chained_file`). Each line
carries the hash of the manifest it speaks of too, so that an approval never passes to other
content. (A last line cut off whole cannot show in a file alone; the audit trail of the service
holds that fact a second time.)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from models.chained_file import OWN as CHAIN
from models.chained_file import ChainedFile
from models.errors import EditionError
from models.manifest import read_manifest

MANIFEST = "manifest_sha256"
OWN = (*CHAIN, MANIFEST)


def record_path(folder: Path) -> Path:
    """Return the path of the record that belongs to an edition folder."""
    return folder.parent / f"{folder.name}.record.jsonl"


def append_record(folder: Path, event: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Add one event to the record of an edition and return the line as written.

    Args:
        folder: the edition.
        event: ``event`` (approved, recalled, tracked, scored ...) and whatever belongs to it: by,
            reference, valid_until (ISO date).
        at: the moment, with its time zone.

    Raises:
        EditionError: the record so far is damaged, or the line cannot be written (then nothing of
            it stays).
    """
    if MANIFEST in event:
        raise EditionError(f"a record needs an 'event' and never brings its own {', '.join(OWN)}")
    about = {MANIFEST: read_manifest(folder)["sha256"]}
    return _file(folder).append(dict(event) | about, at)


def read_record(folder: Path) -> list[dict[str, Any]]:
    """Return every event of an edition in order; empty when nothing happened yet.

    Raises:
        EditionError: a line is damaged, missing from the chain, or speaks of other content.
    """
    return _file(folder).read()


def approval(folder: Path) -> dict[str, Any] | None:
    """Return the approval in force: the latest one that no recall followed, else None.

    An approval of other content (another manifest hash) does not count.

    Raises:
        EditionError: the record or the manifest is damaged.
    """
    events = read_record(folder)
    found: dict[str, Any] | None = None
    for event in events:
        if event["event"] == "approved":
            found = event
        elif event["event"] == "recalled":
            found = None
    if found is None or found["manifest_sha256"] != read_manifest(folder)["sha256"]:
        return None
    return found


def _file(folder: Path) -> ChainedFile:
    return ChainedFile(record_path(folder), folder.name, required=(MANIFEST,))
