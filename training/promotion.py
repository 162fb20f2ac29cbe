"""A person promotes an edition's recipe to champion, or puts the one before back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from models.comparison_verdict import Rules
from models.disclosure_files import one_at_a_time
from models.edition import Edition, approval, open_edition, read_record
from models.errors import ApprovalError, EditionError
from models.model_card import owner_of
from training.champions import (
    PROMOTED,
    ROLLED_BACK,
    Event,
    Held,
    held_against,
    of_champion,
    register,
    reign,
)
from training.gate import reasons as failed
from training.recall import recall_reasons
from training.recipe import recipe_of, trainer
from training.signers import ROLES, Signers

_STANDING = ("approved", "recalled")  # what the record says of whether an edition holds


class PromotionError(ApprovalError):
    """A promotion or rollback that was refused, with every reason."""

    def __init__(self, what: str, reasons: list[str]) -> None:
        super().__init__("\n  - ".join([f"{what}:", *reasons]))
        self.reasons = tuple(reasons)


@dataclass(frozen=True)
class Signature:
    """What a person puts under a decision.

    Attributes:
        by: their name, as in the list of signers.
        reference: the decision that it rests on.
        key: their signing key.
    """

    by: str
    reference: str
    key: str


def promote(
    folder: Path, signature: Signature, signers: Signers, at: datetime, rules: Rules | None = None
) -> Event:
    """Make an edition's recipe the champion of its delivery and return the event as written.

    The first promotion needs no win. An edition of the champion's recipe, on new data, needs the
    signature only. Another recipe must win.

    Args:
        folder: the edition.
        signature: who signs, on what, with which key.
        signers: who may.
        at: the moment, with its time zone.
        rules: when a recipe wins.

    Raises:
        EditionError: the edition or the register cannot be trusted or written.
        PromotionError: carries every reason.
    """
    edition = open_edition(folder)
    delivery = str(edition.manifest["delivery"])
    with one_at_a_time(edition.folder):
        stack = reign(edition.folder.parent, delivery)
        reasons = _unsigned(signature, signers, edition) + _unfit(edition)
        held = _against_champion(edition, stack, rules or Rules())
        reasons += held.reasons
        if reasons:
            raise PromotionError(f"{edition.edition_id} is not promoted", reasons)
        event = _event(PROMOTED, edition, signature, signers, at) | _basis(stack, held, rules)
        return register(edition.folder.parent, delivery).append(event, at)


def roll_back(
    editions: Path, delivery: str, signature: Signature, signers: Signers, at: datetime
) -> Event:
    """Put the previous champion back and return the event as written.

    Args:
        editions: folder of editions.
        delivery: whose champion.
        signature: who signs, on what, with which key.
        signers: who may.
        at: the moment, with its time zone.

    Raises:
        EditionError: the register cannot be trusted or written.
        PromotionError: carries every reason.
    """
    if not editions.is_dir():
        raise EditionError(f"there is no folder {editions}")
    with one_at_a_time(editions / delivery):
        stack = reign(editions, delivery)
        if len(stack) <= 1:
            raise PromotionError("nothing is put back", [f"{delivery} has no champion before this"])
        try:
            edition = of_champion(editions / delivery, stack[-2])
        except EditionError as error:
            raise PromotionError("nothing is put back", [str(error)]) from error
        reasons = _unsigned(signature, signers, edition) + _unfit(edition)
        if reasons:
            raise PromotionError(f"{edition.edition_id} is not put back", reasons)
        event = _event(ROLLED_BACK, edition, signature, signers, at)
        return register(editions, delivery).append(event | {"from": stack[-1]["edition"]}, at)


def _unsigned(signature: Signature, signers: Signers, edition: Edition) -> list[str]:
    """Why the signature does not count."""
    reasons = []
    if not signature.reference.strip():
        reasons.append("--reference may not be empty: a person signs, on a decision")
    signer = signers.called(signature.by)
    if signer is None:
        return [*reasons, f"{signature.by!r} may not sign: zorgraming signers list tells who may"]
    if signer.role not in ROLES:
        reasons.append(f"{signer.name} is {signer.role}, not {' or '.join(ROLES)}")
    if not signer.has(signature.key):
        return [*reasons, f"the key is not that of {signer.name}"]
    by = trainer(edition.manifest)
    if not by:
        reasons.append("the edition does not say who trained it; train it again with --by NAME")
    elif signer.is_called(by):
        reasons.append(f"{signer.name} trained it ({by}): somebody else signs")
    return reasons


def _unfit(edition: Edition) -> list[str]:
    """Why the edition itself is no champion."""
    gate = edition.manifest.get("gate", {})
    reasons = []
    if gate.get("verdict") == "failed":
        parts = ["it did not pass the release gate", "; ".join(failed(gate))]
        reasons.append(": ".join(part for part in parts if part))
    told = [e["event"] for e in read_record(edition.folder) if e["event"] in _STANDING]
    if told[-1:] == ["recalled"]:
        reasons.append("it was recalled")
    return reasons + recall_reasons(edition.folder)


def _against_champion(edition: Edition, stack: list[Event], rules: Rules) -> Held:
    if not stack:
        return Held()
    if stack[-1]["edition"] == edition.edition_id:
        return Held(("it is the champion already",))
    return held_against(edition, stack[-1], rules)


def _basis(stack: list[Event], held: Held, rules: Rules | None) -> Event:
    """Why it was promoted, for whoever asks later."""
    result = held.result
    if not stack:
        return {"basis": "first champion"}
    before = {"previous_edition": stack[-1]["edition"]}
    if result is None:
        return before | {"basis": "the champion's recipe on new data"}
    told: Event = {
        "against": held.against,
        "verdict": result.verdict,
        "reasons": list(result.reasons),
        "origins": len(result.origins),
        "ratio": round(result.ratio, 6),
        "margin": (rules or Rules()).margin,
    }
    return before | {"basis": "compared with the champion", "comparison": told}


def _event(
    name: str, edition: Edition, signature: Signature, signers: Signers, at: datetime
) -> dict[str, Any]:
    signer = signers.called(signature.by)
    manifest = edition.manifest
    return {
        "event": name,
        "edition": edition.edition_id,
        "manifest_sha256": manifest["sha256"],
        "recipe": recipe_of(manifest)["id"],
        "by": signer.name if signer else signature.by,
        "role": signer.role if signer else "",
        "reference": signature.reference.strip(),
        "owner": owner_of(manifest, approval(edition.folder)),
        "trained_by": trainer(manifest),
        "valid_until": _next_year(at.date()).isoformat(),
    }


def _next_year(day: date) -> date:
    # 29 February has no twin next year; the day before it does.
    return day.replace(year=day.year + 1, day=min(day.day, 28) if day.month == 2 else day.day)  # noqa: PLR2004
