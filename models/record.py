"""What happens to an edition after it was made: an append-only record beside it.

One JSON object per line in ``<edition>.record.jsonl``. Each line carries the hash of the line
before, a hash of itself, and the hash of the manifest it speaks of, so that a changed or removed
line in the middle shows and an approval never passes to other content. (A last line cut off whole
cannot show in a file alone; the audit trail of the service holds that fact a second time.)
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from models.errors import EditionError
from models.manifest import read_manifest

OWN = ("at", "manifest_sha256", "previous", "sha256")


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
    if at.tzinfo is None:
        raise EditionError("the moment of a record needs a time zone")
    if "event" not in event or any(key in event for key in OWN):
        raise EditionError(f"a record needs an 'event' and never brings its own {', '.join(OWN)}")
    moment = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    manifest = read_manifest(folder)
    body = dict(event) | {"at": moment, "manifest_sha256": manifest["sha256"]}
    try:
        with record_path(folder).open("a+b", buffering=0) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)  # two signers at once wait for each other
            return _append(stream, body, folder.name)
    except OSError as error:
        raise EditionError(f"{folder.name}: the record cannot be written: {error}") from error


def read_record(folder: Path) -> list[dict[str, Any]]:
    """Return every event of an edition in order; empty when nothing happened yet.

    Raises:
        EditionError: a line is damaged, missing from the chain, or speaks of other content.
    """
    try:
        raw = record_path(folder).read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise EditionError(f"{folder.name}: the record cannot be read: {error}") from error
    return _checked(raw, folder.name)


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


def _append(stream: FileIO, body: dict[str, Any], name: str) -> dict[str, Any]:
    stream.seek(0)
    before = stream.read()
    _checked(before, name)
    lines = before.splitlines()
    body["previous"] = hashlib.sha256(lines[-1]).hexdigest() if lines else ""
    line = body | {"sha256": hashlib.sha256(_line(body)).hexdigest()}
    text = _line(line) + b"\n"
    try:
        if stream.write(text) != len(text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(stream.fileno())
    except OSError:
        stream.truncate(len(before))  # half a line would make the whole record unreadable
        raise
    return line


def _checked(raw: bytes, name: str) -> list[dict[str, Any]]:
    if raw and not raw.endswith(b"\n"):
        raise EditionError(f"{name}: the last line of the record is cut off")
    events, previous = [], ""
    for number, line in enumerate(raw.splitlines(), start=1):
        events.append(_event(line, previous, f"{name}: line {number} of the record"))
        previous = hashlib.sha256(line).hexdigest()
    return events


def _event(line: bytes, previous: str, place: str) -> dict[str, Any]:
    try:
        event = json.loads(line.decode("utf-8"))
    except ValueError as error:
        raise EditionError(f"{place} is not JSON") from error
    if not isinstance(event, dict) or not {"event", *OWN} <= set(event):
        raise EditionError(f"{place} is incomplete")
    body = {key: value for key, value in event.items() if key != "sha256"}
    if _line(event) != line or event["sha256"] != hashlib.sha256(_line(body)).hexdigest():
        raise EditionError(f"{place} was changed")
    if event["previous"] != previous:
        raise EditionError(f"{place} does not follow the line before it")
    return event


def _line(value: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
        return text.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise EditionError(f"not writable as JSON: {error}") from error
