"""Who may sign: a key of their own, shown once, and a list in which a slip shows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import ApprovalError, EditionError
from training.signers import FILE, Signers

pytestmark = pytest.mark.unit
NOW = datetime(2024, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def signers(tmp_path: Path) -> Signers:
    return Signers(tmp_path / "state")


def test_a_key_is_shown_once_and_kept_nowhere(signers: Signers) -> None:
    key = signers.add("Hoofd control", "administrator", "control", NOW)
    assert key not in (signers.state / FILE).read_text("utf-8")
    (found,) = signers.everyone()
    assert found.has(key)
    assert not found.has(key + "x")
    assert not found.has("")
    assert (found.name, found.role, found.login) == ("Hoofd control", "administrator", "control")


def test_every_key_is_another(signers: Signers) -> None:
    first, second = (signers.add(name, "analyst", "", NOW) for name in ("een", "twee"))
    assert first != second
    assert not any(one.has(first) and one.has(second) for one in signers.everyone())


@pytest.mark.parametrize(
    ("name", "login"),
    [("hoofd  CONTROL", ""), ("iemand", "Control"), ("control", ""), ("x", "hoofd control")],
)
def test_nobody_takes_the_name_or_login_of_another(signers: Signers, name: str, login: str) -> None:
    signers.add("Hoofd control", "analyst", "control", NOW)
    with pytest.raises(ApprovalError, match="there already"):
        signers.add(name, "analyst", login, NOW)


def test_another_role_gives_no_right(signers: Signers) -> None:
    with pytest.raises(ApprovalError, match="analyst or administrator"):
        signers.add("Iemand", "reader", "", NOW)
    assert signers.everyone() == []


def test_who_was_removed_may_not_sign_and_may_come_back_with_another_key(
    signers: Signers,
) -> None:
    old = signers.add("Iemand", "analyst", "", NOW)
    signers.remove("iemand", NOW)
    assert signers.called("Iemand") is None
    signers.add("Iemand", "analyst", "", NOW)
    found = signers.called("Iemand")
    assert found is not None
    assert not found.has(old)
    with pytest.raises(ApprovalError, match="no signer is called"):
        signers.remove("niemand", NOW)


def test_a_changed_line_shows(signers: Signers) -> None:
    signers.add("Iemand", "analyst", "", NOW)
    path = signers.state / FILE
    path.write_bytes(path.read_bytes().replace(b"analyst", b"administrator"))
    with pytest.raises(EditionError, match="line 1 of the list was changed; put the list back"):
        signers.everyone()
