"""A person signs a draft edition. The signature stands in the record beside it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from models.disclosure_files import SHA256, keep_mask, one_at_a_time
from models.edition import append_record, open_edition
from models.errors import ApprovalError

VALID_MONTHS = 12


def sign(folder: Path, by: str, reference: str, at: datetime) -> dict[str, Any]:
    """Approve an edition and return the event as written.

    What readers without the right to small numbers see of it is settled here too: a mask beside
    the edition, built on those of the editions approved before.

    Args:
        folder: the edition.
        by: name and office of who signs.
        reference: the decision that the signature rests on.
        at: the moment, with its time zone.

    Raises:
        EditionError: the edition is not there or cannot be trusted.
        ApprovalError: no name, no reference, or the release gate failed.
    """
    edition = open_edition(folder)
    missing = [
        name for name, text in (("--by", by), ("--reference", reference)) if not text.strip()
    ]
    if missing:
        raise ApprovalError(
            f"{' and '.join(missing)} may not be empty: a person signs, on a decision"
        )
    gate = edition.manifest.get("gate", {})
    if gate.get("verdict") == "failed":
        reasons = "; ".join(
            f"{check['check']} ({check['measure']}: {check['value']}, limit {check['limit']})"
            for check in gate["checks"]
            if not check["passed"]
        )
        raise ApprovalError(f"{folder.name} did not pass the release gate: {reasons}")
    event = {
        "event": "approved",
        "by": by.strip(),
        "reference": reference.strip(),
        "valid_until": _months_later(at.date(), VALID_MONTHS).isoformat(),
    }
    with one_at_a_time(folder):
        return append_record(folder, event | {SHA256: keep_mask(edition)}, at)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    # 29 February has no twin in most years; the day before it does.
    return date(year, month + 1, min(day.day, 28) if day.month == 2 else day.day)  # noqa: PLR2004
