"""A delivery with what happened, laid on the series and periods of an edition."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from models.catalogue import Frequency, first_day, last_day
from models.cube import SCALE, Floats
from models.drift import DIMENSIONS
from models.edition import Edition
from models.errors import ZorgramingError
from models.panel import Panel
from models.realised import Key
from training.frames import Frame, frames
from training.publish import is_synthetic
from training.sources.folder import read_folder

LATEST = date(2200, 1, 1)  # everything that a delivery says is known by then


class ScoreError(ZorgramingError):
    """An edition cannot be scored with a delivery, and why."""


@dataclass(frozen=True)
class Outcomes:
    """What happened, as an edition counts it.

    Attributes:
        name: of the delivery.
        sha256: of its files together: the same files, the same outcomes.
        values: per measure and frequency, (series of the edition, periods of its calendar),
            hundredths, NaN = not known.
        delivered: per dimension the codes with figures after the as-of date.
        first, until: first and last day of those figures.
        notes: what was left out, in sentences.
    """

    name: str
    sha256: str
    values: dict[Key, Floats]
    delivered: dict[str, frozenset[str]]
    first: date
    until: date
    notes: tuple[str, ...] = ()


def read_outcomes(folder: Path, edition: Edition) -> Outcomes:
    """Read a delivery and lay it on an edition; months still being declared are left out.

    Raises:
        DeliveryError: the delivery is refused, with every fault.
        ScoreError: it is of another delivery, or holds nothing later than the as-of date.
    """
    panel, _ = read_folder(folder)
    _check_kin(panel, edition)
    known = panel.as_known_at(LATEST)
    made = frames(known, known.end())
    as_of = date.fromisoformat(str(edition.manifest["as_of"]))
    later = [one for frame in made for one in _later(frame, as_of)]
    if not later:
        raise ScoreError(
            f"{panel.name}: nothing in it is later than {as_of}, the as-of date of "
            f"{edition.edition_id}; its figures run until {known.end()}"
        )
    values, notes = _laid(made, edition)
    return Outcomes(
        name=panel.name,
        sha256=_digest(panel),
        values=values,
        delivered={name: frozenset(str(one[name]) for one in later) for name in DIMENSIONS},
        first=min(one["first"] for one in later),
        until=max(one["until"] for one in later),
        notes=tuple(notes),
    )


def _digest(panel: Panel) -> str:
    lines = sorted(f"{file.name} {file.sha256}" for file in panel.files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _check_kin(panel: Panel, edition: Edition) -> None:
    """Refuse the figures of somebody else."""
    mine = set(edition.dimensions["municipality"].labels.tolist())
    if not mine & set(panel.municipalities):
        raise ScoreError(
            f"{panel.name} is of another delivery: it holds {', '.join(panel.municipalities[:3])}, "
            f"{edition.edition_id} holds {', '.join(sorted(mine)[:3])}"
        )
    if is_synthetic(panel) != edition.manifest["synthetic"]:
        kinds = ("not synthetic", "synthetic")
        raise ScoreError(
            f"{panel.name} is {kinds[is_synthetic(panel)]}, {edition.edition_id} is "
            f"{kinds[bool(edition.manifest['synthetic'])]}: made-up figures score nothing real"
        )
    own = set(zip(*(edition.series[name].tolist() for name in _KEY), strict=True))
    theirs = panel.care_use[list(_KEY)].drop_duplicates().itertuples(index=False, name=None)
    if not own & set(theirs):
        raise ScoreError(f"{panel.name} and {edition.edition_id} have not one series in common")


_KEY = ("municipality", "district", "product")


def _later(frame: Frame, as_of: date) -> Iterator[dict[str, Any]]:
    """Yield each series of a frame with figures after a day, and from when until when."""
    for measure in frame.measures:
        there = np.isfinite(frame.values[measure][:, : frame.known_until(measure)])
        steps = np.arange(frame.first, frame.first + there.shape[1])
        ends = np.array([last_day(int(step), frame.frequency) > as_of for step in steps])
        there &= ends.astype(np.bool_)
        for row in np.flatnonzero(there.any(axis=1)):
            columns = np.flatnonzero(there[row])
            key = frame.keys.loc[row]
            yield {
                "product": key["product"],
                "district": key["district"],
                "first": first_day(int(steps[columns[0]]), frame.frequency),
                "until": last_day(int(steps[columns[-1]]), frame.frequency),
            }


def _laid(made: list[Frame], edition: Edition) -> tuple[dict[Key, Floats], list[str]]:
    keys = zip(*(edition.series[name].tolist() for name in (*_KEY, "frequency")), strict=True)
    places = {key: at for at, key in enumerate(keys)}
    values: dict[Key, Floats] = {}
    other: set[str] = set()
    for frame in made:
        if frame.frequency not in edition.calendars:
            other |= set(frame.keys["product"])
            continue
        at = np.array(
            [
                places.get((*key, str(frame.frequency)), -1)
                for key in frame.keys[list(_KEY)].itertuples(index=False, name=None)
            ]
        )
        other |= _otherwise(frame, at, edition)
        for measure in frame.measures:
            if measure in edition.tracks:
                values[measure, frame.frequency] = _cells(frame, measure, at, edition)
    notes = [f"delivered at another frequency, and not scored: {', '.join(sorted(other))}"]
    return values, notes if other else []


def _otherwise(frame: Frame, at: np.ndarray[Any, Any], edition: Edition) -> set[str]:
    """Products that the edition has at another frequency only."""
    known = set(edition.dimensions["product"].labels.tolist())
    there = set(frame.keys["product"][at >= 0])
    return {str(code) for code in set(frame.keys["product"]) - there if code in known}


def _cells(frame: Frame, measure: str, at: np.ndarray[Any, Any], edition: Edition) -> Floats:
    """Lay one measure on the calendar of an edition, in hundredths."""
    calendar = edition.calendars[Frequency(frame.frequency)]
    width = edition.tracks[measure].actuals.shape[1]
    laid = np.full((len(edition), width), np.nan)
    figures = frame.values[measure][:, : frame.known_until(measure)]
    scaled = figures if measure == "cost" else np.rint(figures * SCALE)
    columns = frame.first + np.arange(figures.shape[1]) - calendar.first
    inside = np.flatnonzero((columns >= 0) & (columns < calendar.steps))
    rows = np.flatnonzero(at >= 0)
    laid[np.ix_(at[rows], columns[inside])] = scaled[np.ix_(rows, inside)]
    return laid
