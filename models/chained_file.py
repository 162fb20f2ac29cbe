"""An append-only file of JSON lines in which a changed or removed line shows.

Each line carries the hash of the line before it and a hash of itself. (A last line cut off whole
cannot show in a file alone.)
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from models.errors import EditionError

OWN = ("at", "previous", "sha256")


@dataclass(frozen=True)
class ChainedFile:
    """One such file.

    Attributes:
        path: where it stands; made by the first line.
        name: what it belongs to, for messages.
        noun: what it is, for messages: record, register.
        required: keys that every line has, beside ``event`` and those written here.
    """

    path: Path
    name: str
    noun: str = "record"
    required: tuple[str, ...] = ()

    def append(self, event: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """Add one event and return the line as written.

        Args:
            event: ``event`` and whatever belongs to it.
            at: the moment, with its time zone.

        Raises:
            EditionError: the file so far is damaged, or the line cannot be written (then nothing
                of it stays).
        """
        if at.tzinfo is None:
            raise EditionError(f"the moment of a {self.noun} needs a time zone")
        if "event" not in event or any(key in event for key in OWN):
            raise EditionError(
                f"a {self.noun} needs an 'event' and never brings its own {', '.join(OWN)}"
            )
        moment = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        try:
            with self.path.open("a+b", buffering=0) as stream:
                fcntl.flock(stream, fcntl.LOCK_EX)  # two writers at once wait for each other
                return self._append(stream, dict(event) | {"at": moment})
        except OSError as error:
            raise EditionError(f"{self._place} cannot be written: {error}") from error

    def read(self) -> list[dict[str, Any]]:
        """Return every event in order; empty when nothing happened yet.

        Raises:
            EditionError: a line is damaged, or missing from the chain.
        """
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise EditionError(f"{self._place} cannot be read: {error}") from error
        return self._checked(raw)

    @property
    def _place(self) -> str:
        return f"{self.name}: the {self.noun}"

    def _append(self, stream: FileIO, body: dict[str, Any]) -> dict[str, Any]:
        stream.seek(0)
        before = stream.read()
        self._checked(before)
        lines = before.splitlines()
        body["previous"] = hashlib.sha256(lines[-1]).hexdigest() if lines else ""
        line = body | {"sha256": hashlib.sha256(_line(body)).hexdigest()}
        text = _line(line) + b"\n"
        try:
            if stream.write(text) != len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(stream.fileno())
        except OSError:
            stream.truncate(len(before))  # half a line would make the whole file unreadable
            raise
        return line

    def _checked(self, raw: bytes) -> list[dict[str, Any]]:
        if raw and not raw.endswith(b"\n"):
            place = f"{self.name}: the last line of the {self.noun}"
            raise self._damaged(f"{place} is cut off")
        events, previous = [], ""
        for number, line in enumerate(raw.splitlines(), start=1):
            place = f"{self.name}: line {number} of the {self.noun}"
            events.append(self._event(line, previous, place))
            previous = hashlib.sha256(line).hexdigest()
        return events

    def _event(self, line: bytes, previous: str, place: str) -> dict[str, Any]:
        try:
            event = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise self._damaged(f"{place} is not JSON") from error
        if not isinstance(event, dict) or not {"event", *OWN, *self.required} <= set(event):
            raise self._damaged(f"{place} is incomplete")
        body = {key: value for key, value in event.items() if key != "sha256"}
        if _line(event) != line or event["sha256"] != hashlib.sha256(_line(body)).hexdigest():
            raise self._damaged(f"{place} was changed")
        if event["previous"] != previous:
            raise self._damaged(f"{place} does not follow the line before it")
        return event

    def _damaged(self, what: str) -> EditionError:
        return EditionError(f"{what}; put the {self.noun} back from the backup")


def _line(value: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
        return text.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise EditionError(f"not writable as JSON: {error}") from error
