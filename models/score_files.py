"""The table of scores beside an edition, and what the record says of it.

``<edition>.scores-<ten hex>.parquet`` is named after its own hash, so that it is never written
twice and an interrupted scoring leaves nothing that is believed: the record names the file and its
SHA-256, and what the record does not name counts for nothing.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from models.errors import EditionError
from models.watching import Alarm, alarm_of

SCORED = "scored"
ON_TRACK, OFF_TRACK = "on_track", "off_track"
COUNTS = ("horizon", "horizon_months", "origins", "observations")
TEXTS = (
    *("level", "municipality", "product", "district", "measure", "frequency", "unit"),
    *("period_kind", "baseline"),
)
FIGURES = (
    *("wape", "bias", "baseline_wape", "pinball", "baseline_pinball"),
    *("coverage_80", "coverage_low", "coverage_high", "tracking_signal"),
)
SCHEMA = pa.schema(
    [(name, pa.string()) for name in TEXTS]
    + [(name, pa.int64()) for name in COUNTS]
    + [(name, pa.float64()) for name in FIGURES]
)
SHOWN_HEX = 10


@dataclass(frozen=True)
class Standing:
    """What later figures say of an edition.

    Attributes:
        verdict: ``on_track`` or ``off_track``.
        alarms: every alarm, those that mark it first.
        at: when it was scored (UTC, ISO 8601).
        outcomes: name of the delivery with the figures.
        until: last day of those figures (ISO 8601).
        file, sha256: the table of scores.
    """

    verdict: Literal["on_track", "off_track"]
    alarms: tuple[Alarm, ...]
    at: str
    outcomes: str
    until: str
    file: str
    sha256: str

    @property
    def is_off_track(self) -> bool:
        """Whether the edition went off track."""
        return self.verdict == OFF_TRACK


def standing(events: Iterable[Mapping[str, Any]], manifest_sha256: str) -> Standing | None:
    """Return what the latest outcomes say of an edition; None when it was never scored.

    Args:
        events: the record of the edition.
        manifest_sha256: the content that counts; scores of other content do not.
    """
    mine = [
        event
        for event in events
        if event["event"] == SCORED and event["manifest_sha256"] == manifest_sha256
    ]
    if not mine:
        return None
    last = max(mine, key=lambda event: str(event["outcomes"]["until"]))
    last = [event for event in mine if event["outcomes"]["until"] == last["outcomes"]["until"]][-1]
    return Standing(
        verdict=last["verdict"],
        alarms=tuple(alarm_of(told) for told in last["alarms"]),
        at=str(last["at"]),
        outcomes=str(last["outcomes"]["name"]),
        until=str(last["outcomes"]["until"]),
        file=str(last["scores_file"]),
        sha256=str(last["scores_sha256"]),
    )


def encoded(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the table of scores as the bytes of a Parquet file; equal rows give equal bytes."""
    stream = io.BytesIO()
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=SCHEMA)
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def keep_scores(folder: Path, raw: bytes) -> tuple[Path, str]:
    """Write a table of scores beside an edition; return its place and SHA-256.

    Raises:
        EditionError: it cannot be written; nothing of it stays.
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    place = folder.parent / f"{folder.name}.scores-{sha256[:SHOWN_HEX]}.parquet"
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
        raise EditionError(
            f"{folder.name}: the scores cannot be written: {error}; nothing was noted. Make room "
            "and score again"
        ) from error
    return place, sha256


def read_scores(folder: Path, found: Standing) -> pa.Table:
    """Return the table of scores that a record names.

    Raises:
        EditionError: it is gone or was changed, or is no table of scores.
    """
    place = folder.parent / Path(found.file).name
    try:
        raw = place.read_bytes()
        if hashlib.sha256(raw).hexdigest() != found.sha256:
            raise EditionError(f"{place.name} is not the table that was scored; score again")
        table = pq.ParquetFile(pa.BufferReader(raw)).read()
        return table.select(SCHEMA.names).cast(SCHEMA)
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise EditionError(f"{place.name} cannot be read: {error}; score again") from error
