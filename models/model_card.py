"""The card of the model behind an edition: one source for the API, the papers and the register.

What a card says is read from the manifest, the record and the quality document; nothing is typed
in a second time, so that a paper cannot disagree with the model it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast

from models.edition import Edition

PURPOSE = (
    "Dit is een raming van geregistreerd gebruik bij ongewijzigd beleid, geen besluit. Naar "
    "verwachting ligt de uitkomst in acht van de tien gevallen tussen p10 en p90; p50 is het "
    "midden en mean is het cijfer dat optelt. Wachtlijsten en tekort aan aanbod tellen niet mee."
)
LIMITS = (
    "Geraamd wordt geregistreerd gebruik; wachtlijsten en tekort aan aanbod tellen niet mee.",
    "Beleid dat nog niet gold, zit er niet in.",
    "Kleine gebieden en zeldzame producten leunen op hun product en op de gemeente.",
    "Er zijn geen gegevens van personen gebruikt of bewaard, en niemand wordt beoordeeld.",
)
DEFINITIONS = {
    "clients": (
        "Aantal cliënten met de voorziening, zoals geregistreerd. Over gebieden telt het op. Over "
        "producten zijn het cliënt-productcombinaties: wie twee producten heeft, telt twee keer. "
        "Over de tijd is het een gemiddelde: het jaarcijfer is het gemiddelde van de maanden."
    ),
    "volume": (
        "Hoeveelheid geleverde zorg in de eenheid van de kolom unit. Telt op over gebieden en "
        "tijd, en alleen over producten met dezelfde eenheid."
    ),
    "cost": (
        "Bruto kosten in euro's van de zorg in de periode; een eigen bijdrage is er niet van "
        "afgetrokken. Telt op over gebieden, producten en tijd."
    ),
}
# What of the manifest stands on a card as it is; only for who sees the whole edition.
WHOLE = ("recipes", "calibration", "outcomes", "scores", "gate", "assumptions", "inputs")

Status = Literal["draft", "approved", "expired", "recalled"]


@dataclass(frozen=True)
class Standing:
    """What an edition is worth on a day, as its record tells.

    Attributes:
        status: draft (nobody signed), approved, expired (its approval ended), recalled.
        approval: the latest approval of this content, also when it ended or was recalled.
        recall: the recall that stands, or None.
        since: day of the first approval of this content, or None.
    """

    status: Status
    approval: Mapping[str, Any] | None
    recall: Mapping[str, Any] | None
    since: date | None

    @property
    def valid_until(self) -> date | None:
        """The last day of the approval, or None where there is none."""
        until = (self.approval or {}).get("valid_until")
        return None if until is None else date.fromisoformat(str(until))


def standing(
    events: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any], day: date
) -> Standing:
    """Return what an edition is worth on a day.

    Args:
        events: its record, in order; an approval of other content does not count.
        manifest: of the edition.
        day: the day that is asked for.
    """
    mine = [event for event in events if event["manifest_sha256"] == manifest["sha256"]]
    signed = [event for event in mine if event["event"] == "approved"]
    told = [event for event in mine if event["event"] in ("approved", "recalled")]
    recall = told[-1] if told and told[-1]["event"] == "recalled" else None
    approval = signed[-1] if signed else None
    since = None if not signed else date.fromisoformat(str(signed[0]["at"])[:10])
    found = Standing("approved", approval, recall, since)
    until = found.valid_until
    status: Status = "approved"
    if recall is not None:
        status = "recalled"
    elif approval is None:
        status = "draft"
    elif until is not None and until < day:
        status = "expired"
    return Standing(status, approval, recall, since)


def owner_of(manifest: Mapping[str, Any], approval: Mapping[str, Any] | None) -> str:
    """Return who answers for an edition; empty where nobody is named.

    Args:
        manifest: of the edition; what its delivery says comes first.
        approval: the approval that counts, which may name an owner where the delivery does not.
    """
    return str(manifest.get("owner") or (approval or {}).get("owner") or "")


def tracked(events: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return how the run was tracked the last time, as the record tells; empty when it was not."""
    return next((event for event in reversed(list(events)) if event["event"] == "tracked"), {})


def card_row(
    manifest: Mapping[str, Any],
    events: Iterable[Mapping[str, Any]],
    approval: Mapping[str, Any] | None,
    *,
    whole: bool = True,
) -> dict[str, Any]:
    """Return the row of an edition in the list of models.

    Args:
        manifest: of the edition.
        events: its record.
        approval: the approval that counts for who asks; None of a draft.
        whole: whether the whole edition is seen; else the owner is left out.
    """
    signed, run = approval or {}, tracked(events)
    return {
        "edition": manifest["edition_id"],
        "model": run.get("model"),
        "model_version": run.get("model_version"),
        "code": manifest["versions"].get("code"),
        "version": manifest["versions"].get("zorgraming"),
        "owner": (owner_of(manifest, approval) or None) if whole else None,
        "approved_by": signed.get("by"),
        "reference": signed.get("reference"),
        "valid_until": signed.get("valid_until"),
    }


def card(
    edition: Edition,
    row: Mapping[str, Any],
    measures: Iterable[str],
    *,
    whole: bool = True,
) -> dict[str, Any]:
    """Return the card of the model behind an edition.

    Args:
        edition: the edition.
        row: its row, see ``card_row``.
        measures: those that are seen.
        whole: whether the whole edition is seen; else what tells of all of it is None.
    """
    manifest = edition.manifest
    return {
        **row,
        "purpose": PURPOSE,
        "limits": list(LIMITS),
        "definitions": {measure: DEFINITIONS[measure] for measure in measures},
        "libraries": {k: v for k, v in manifest["versions"].items() if k != "code"},
        "seed": manifest["seed"],
        "draws": manifest["draws"],
        **{name: manifest.get(name) if whole else None for name in WHOLE},
        "members": _members(edition) if whole else None,
    }


def _members(edition: Edition) -> list[dict[str, Any]] | None:
    if "quality.json" not in edition.manifest["files"]:
        return None
    found = cast(dict[str, Any], edition.document("quality")).get("members")
    return cast(list[dict[str, Any]] | None, found)
