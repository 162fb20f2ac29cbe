"""A person signs; what failed, or has no name under it, cannot be signed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from models.edition import approval, read_record, write_edition
from models.errors import ApprovalError, EditionError
from tests.editions import Setting, build_edition, make_content
from training.approval import sign

pytestmark = pytest.mark.unit
NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


def draft(
    folder: Path, gate: dict[str, Any] | None = None, *, synthetic: bool = True, **about: object
) -> Path:
    if gate is None and not about and synthetic:
        return build_edition(folder, approved=False)
    content = make_content(Setting(("VB0001",), date(2023, 12, 31), 1, synthetic))
    manifest = dict(content.manifest) | {"gate": gate or {}} | about
    return write_edition(type(content)(**(vars(content) | {"manifest": manifest})), folder)


def test_a_signature_holds_twelve_months(tmp_path: Path) -> None:
    folder = draft(tmp_path)
    event = sign(folder, " A. Tester, hoofd financiën ", "2024/017", NOON)
    assert event["by"] == "A. Tester, hoofd financiën"
    assert event["valid_until"] == "2025-02-28"
    signed = approval(folder)
    assert signed is not None
    assert signed["reference"] == "2024/017"


@pytest.mark.parametrize(("by", "reference", "missing"), [("", "x", "--by"), ("x", " ", "--ref")])
def test_a_signature_needs_a_name_and_a_decision(
    tmp_path: Path, by: str, reference: str, missing: str
) -> None:
    folder = draft(tmp_path)
    with pytest.raises(ApprovalError, match=missing):
        sign(folder, by, reference, NOON)
    assert read_record(folder) == []


def test_a_failed_gate_cannot_be_signed_and_says_which_check(tmp_path: Path) -> None:
    check = {"check": "sums", "measure": "cost", "value": 2, "limit": 1, "passed": False}
    folder = draft(tmp_path, {"verdict": "failed", "checks": [check]})
    with pytest.raises(ApprovalError, match=r"release gate: sums \(cost: 2, limit 1\)"):
        sign(folder, "A. Tester", "2024/017", NOON)


def test_an_edition_that_is_not_there_cannot_be_signed(tmp_path: Path) -> None:
    with pytest.raises(EditionError):
        sign(tmp_path / "nothing-2023-12-31-0123456789", "A. Tester", "2024/017", NOON)


def test_nobody_signs_for_what_nobody_answers_for(tmp_path: Path) -> None:
    folder = draft(tmp_path, owner="")
    with pytest.raises(ApprovalError, match=r"nobody answers for it: .* --owner"):
        sign(folder, "A. Tester", "2024/017", NOON)
    event = sign(folder, "A. Tester", "2024/017", NOON, owner=" Team Wmo, Financiën ")
    assert event["owner"] == "Team Wmo, Financiën"


def test_an_owner_that_the_delivery_names_is_not_named_again(tmp_path: Path) -> None:
    assert "owner" not in sign(draft(tmp_path), "A. Tester", "2024/017", NOON)


def test_a_forecast_of_which_every_year_is_past_is_too_old(tmp_path: Path) -> None:
    late = datetime(2027, 1, 1, tzinfo=UTC)
    with pytest.raises(ApprovalError, match="too old: it forecasts until 2026-12-31"):
        sign(draft(tmp_path / "real", synthetic=False), "A. Tester", "2024/017", late)
    sign(draft(tmp_path / "example"), "A. Tester", "2024/017", late)  # an example never ages


def test_every_reason_is_told_at_once(tmp_path: Path) -> None:
    checks = [
        {"check": name, "measure": "cost", "value": 2, "limit": 1, "passed": False}
        for name in ("sums add up", "input: held")
    ]
    folder = draft(tmp_path, {"verdict": "failed", "checks": checks}, synthetic=False, owner="")
    with pytest.raises(ApprovalError) as refused:
        sign(folder, "A. Tester", "2024/017", datetime(2027, 1, 1, tzinfo=UTC))
    for reason in ("sums add up", "input: held", "nobody answers", "too old"):
        assert reason in str(refused.value)
    assert read_record(folder) == []
