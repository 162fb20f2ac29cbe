"""A person signs a draft edition. The signature stands in the record beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from models.disclosure_files import SHA256, keep_mask, one_at_a_time
from models.edition import append_record, open_edition
from models.errors import ApprovalError
from training.champions import champion_reasons
from training.gate import reasons
from training.recall import recall_reasons

VALID_MONTHS = 12


def sign(folder: Path, by: str, reference: str, at: datetime, owner: str = "") -> dict[str, Any]:
    """Approve an edition and return the event as written.

    What readers without the right to small numbers see of it is settled here too: a mask beside
    the edition, built on those of the editions approved before.

    Args:
        folder: the edition.
        by: name and office of who signs.
        reference: the decision that the signature rests on.
        at: the moment, with its time zone.
        owner: who answers for the edition, where its delivery names nobody; stands in the event.

    Raises:
        EditionError: the edition is not there or cannot be trusted.
        ApprovalError: no name, no reference, or the edition may not be approved; with every reason.
    """
    edition = open_edition(folder)
    missing = [
        name for name, text in (("--by", by), ("--reference", reference)) if not text.strip()
    ]
    if missing:
        raise ApprovalError(
            f"{' and '.join(missing)} may not be empty: a person signs, on a decision"
        )
    event = {
        "event": "approved",
        "by": by.strip(),
        "reference": reference.strip(),
        "valid_until": _months_later(at.date(), VALID_MONTHS).isoformat(),
    }
    if owner.strip():
        event["owner"] = owner.strip()
    with one_at_a_time(folder):
        found = objections(folder, edition.manifest, owner, at)
        if found:
            raise ApprovalError(f"{folder.name} cannot be approved: {'; '.join(found)}")
        return append_record(folder, event | {SHA256: keep_mask(edition)}, at)


def objections(folder: Path, manifest: Mapping[str, Any], owner: str, at: datetime) -> list[str]:
    """Return every reason why an edition may not be approved; empty when it may.

    Args:
        folder: the edition.
        manifest: its manifest.
        owner: who answers for it, beside whom its delivery names.
        at: the moment of the signature.

    Raises:
        EditionError: the list of recalled inputs or of champions cannot be trusted.
    """
    found = []
    failed = reasons(manifest.get("gate", {}))
    if failed:
        found.append(f"it did not pass the release gate: {', '.join(failed)}")
    if not (owner.strip() or str(manifest.get("owner") or "").strip()):
        found.append(
            "nobody answers for it: the provenance of the delivery names no owner; deliver one, "
            'or name one with --owner "NAME, OFFICE"'
        )
    found += recall_reasons(folder)
    if date.fromisoformat(str(manifest["until"])) < at.date() and not manifest["synthetic"]:
        found.append(f"it is too old: it forecasts until {manifest['until']}, which is past")
    return found + champion_reasons(folder)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    # 29 February has no twin in most years; the day before it does.
    return date(year, month + 1, min(day.day, 28) if day.month == 2 else day.day)  # noqa: PLR2004
