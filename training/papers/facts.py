"""What the papers say of an edition, gathered from the edition and its record alone."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from models.alarm_words import in_dutch
from models.edition import Edition, open_edition, read_record
from models.labels import MEASURES
from models.model_card import Standing, card, card_row, owner_of, standing
from models.score_files import Standing as Course
from models.score_files import standing as course
from training.papers.organisation import Organisation
from training.papers.words import MEMBERS, VERDICTS

Row = dict[str, Any]
MOST_GROUPS = 25  # of flagged rows that are listed; the rest is counted
_FLAG = re.compile(
    r"(?P<file>[^,:]+)(?:, row (?P<row>\d+))?(?:, column (?P<column>[^:]+))?"
    r"(?:: (?:'[^']*'|\"[^\"]*\"))?: (?P<rule>.*)",
    re.DOTALL,
)
_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|\b[A-Z]*\d[\w.:-]*")


@dataclass(frozen=True)
class Facts:
    """One edition as its papers tell it.

    Attributes:
        edition: opened, every file checked against its hash.
        events: its record, in order.
        day: the day on which the papers are written.
        organisation: what only people can say.
    """

    edition: Edition
    events: tuple[Mapping[str, Any], ...]
    day: date
    organisation: Organisation

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The manifest as written."""
        return self.edition.manifest

    @cached_property
    def standing(self) -> Standing:
        """What the edition is worth on the day."""
        return standing(self.events, self.manifest, self.day)

    @cached_property
    def card(self) -> Row:
        """The model card, as ``GET /v1/models/{edition}`` answers who sees the whole edition."""
        approval = None if self.standing.status == "recalled" else self.standing.approval
        row = card_row(self.manifest, self.events, approval)
        return card(self.edition, row, self.measures)

    @cached_property
    def quality(self) -> Mapping[str, Any]:
        """The document on the delivery; empty where the edition has none."""
        if "quality.json" not in self.manifest["files"]:
            return {}
        return cast(Mapping[str, Any], self.edition.document("quality"))

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of which there are figures, in the order of the edition."""
        return tuple(m for m, track in self.edition.tracks.items() if track.present.any())

    @property
    def measure_names(self) -> list[str]:
        """The measures in Dutch, as they stand within a sentence."""
        return [MEASURES[measure].lower() for measure in self.measures]

    @property
    def places(self) -> list[Row]:
        """Return code and name of each municipality, and how many districts it has."""
        labels = {row["district"]: row["label"] for row in self.edition.districts}
        counted = Counter(row["municipality"] for row in self.edition.districts)
        return [
            {"code": code, "name": labels.get(code) or code, "districts": counted[code] - 1}
            for code in self.manifest["municipalities"]
        ]

    @property
    def owner(self) -> str | None:
        """Who answers for the edition: from the delivery, else as the approval names them."""
        return owner_of(self.manifest, self.standing.approval) or None

    def inputs(self) -> list[Row]:
        """Return one row per delivered file: rows, accepted, vintage, source, legal basis, hash."""
        counts = {one["file"]: one for one in self.quality.get("files", [])}
        names = ("accepted", "rejected")
        return [
            {name: counts.get(one["file"], {}).get(name) for name in names} | dict(one)
            for one in self.manifest.get("inputs", [])
        ]

    def told(self, column: str) -> list[str]:
        """Return what the files say in one column of their provenance, each answer once."""
        found = (one.get(column) for one in self.manifest.get("inputs", []))
        return list(dict.fromkeys(str(value) for value in found if value))

    def scores(self) -> list[Row]:
        """Return the headline scores; none of an edition that was not judged."""
        found = self.manifest.get("scores")
        return [row for row in found if "level" in row] if isinstance(found, list) else []

    @property
    def verdict(self) -> str | None:
        """What the release gate found, in Dutch; None where the edition does not tell."""
        found = self.manifest.get("gate", {}).get("verdict")
        return None if found is None else VERDICTS.get(found, str(found))

    def checks(self) -> list[Row]:
        """Return the checks of the release gate."""
        return list(self.manifest.get("gate", {}).get("checks", []))

    @cached_property
    def course(self) -> Course | None:
        """What later figures say of the edition; None when it was never held against any."""
        return course(self.events, self.manifest["sha256"])

    def realised(self) -> list[Row]:
        """Return the scores of whole years against later figures, as the record tells them."""
        if self.course is None:
            return []
        told = [e for e in self.events if e.get("scores_sha256") == self.course.sha256]
        return [row for row in told[-1]["headline"] if row["period_kind"] == "year"]

    def alarms(self) -> list[str]:
        """Return every alarm in Dutch, those that mark the edition first."""
        found = () if self.course is None else self.course.alarms
        names = {row["product"]: row["label"] for row in self.edition.products if row["label"]}
        return [in_dutch(alarm, names) for alarm in found]

    def members(self) -> list[Row]:
        """Return what each method adds, per product and year, best alone first."""
        rows = [row for row in self.card["members"] or [] if row.get("level") == "product"]
        return sorted(rows, key=lambda row: (row["measure"], row["wape_alone"] or math.inf))

    def methods(self) -> list[str]:
        """Return the methods that were fitted, in Dutch."""
        names = sorted({str(row["member"]) for row in self.card["members"] or []})
        return [MEMBERS.get(name, name) for name in names]

    def held(self) -> list[tuple[str, int]]:
        """Return why series got no forecast, and how many."""
        return sorted(self.quality.get("held", {}).items())

    def supply_gaps(self) -> list[tuple[str, int]]:
        """Return the reasons for holding series that point to a gap in what was supplied."""
        return [(reason, count) for reason, count in self.held() if "supply" in reason]

    def breaks(self) -> list[Row]:
        """Return what was found in the record that no policy event explains."""
        found = self.quality.get("breaks", [])
        return [{**one, "count": len(one["series"])} for one in found]

    def flags(self) -> tuple[list[Row], int]:
        """Return what was accepted and flagged, alike rows together; and how many more kinds.

        No value of the delivery is repeated: a figure of one row may tell of one client.
        """
        counted: Counter[tuple[str, str, str]] = Counter()
        first: dict[tuple[str, str, str], str] = {}
        for told in self.quality.get("warnings", []):
            place, row = _flag(told)
            counted[place] += 1
            first.setdefault(place, row)
        kept = counted.most_common(MOST_GROUPS)
        rows = [
            {"file": key[0], "column": key[1], "rule": key[2], "count": n, "first": first[key]}
            for key, n in kept
        ]
        return rows, len(counted) - len(kept)


def _flag(told: str) -> tuple[tuple[str, str, str], str]:
    found = _FLAG.fullmatch(told)
    if found is None:
        return ("", "", _PARTICULAR.sub("…", told)), ""
    rule = _PARTICULAR.sub("…", found["rule"])
    return (found["file"], found["column"] or "", rule), found["row"] or ""


def gather(folder: Path, day: date, organisation: Organisation | None = None) -> Facts:
    """Gather what the papers of an edition say.

    Args:
        folder: the edition.
        day: the day on which they are written; it decides whether an approval has ended.
        organisation: what only people can say.

    Raises:
        EditionError: the edition or its record cannot be trusted.
    """
    edition = open_edition(folder)
    events: Iterable[Mapping[str, Any]] = read_record(edition.folder)
    return Facts(edition, tuple(events), day, organisation or Organisation())
