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


def draft(folder: Path, gate: dict[str, Any] | None = None) -> Path:
    if gate is None:
        return build_edition(folder, approved=False)
    content = make_content(Setting(("VB0001",), date(2023, 12, 31), 1, True))
    manifest = dict(content.manifest) | {"gate": gate}
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
