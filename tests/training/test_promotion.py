"""A champion is made by a person with the right, never by training, and never without reasons."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from models.edition import append_record
from models.errors import EditionError
from tests.training.challengers import DELIVERY, challenger, origin_rows
from training.champions import champion, champion_reasons, register, reign
from training.promotion import PromotionError, Signature, promote, roll_back
from training.recipe import recipe_of
from training.signers import Signers

pytestmark = pytest.mark.unit
NOW = datetime(2024, 2, 29, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
CONTROL = "Hoofd control"


class Office:
    """Editions, signers and one who may sign."""

    def __init__(self, folder: Path) -> None:
        self.editions, self.signers = folder / "editions", Signers(folder / "state")
        self.key = self.signers.add(CONTROL, "administrator", "control", NOW)
        self.signature = Signature(CONTROL, "2024/017", self.key)

    def promote(self, edition: Path, signature: Signature | None = None) -> dict[str, object]:
        return promote(edition, signature or self.signature, self.signers, NOW)

    def roll_back(self) -> dict[str, object]:
        return roll_back(self.editions, DELIVERY, self.signature, self.signers, NOW)

    @property
    def champion(self) -> str | None:
        event = champion(self.editions, DELIVERY)
        return str(event["edition"]) if event else None


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def first(office: Office) -> Path:
    """The edition that is to be the first champion."""
    return challenger(office.editions, origin_rows())


@pytest.fixture
def better(office: Office) -> Path:
    return challenger(office.editions, origin_rows(0.5), members=["better"])


@pytest.fixture
def worse(office: Office) -> Path:
    return challenger(office.editions, origin_rows(1.5), members=["worse"])


# --- who becomes champion -----------------------------------------------------------------------


def test_without_a_champion_the_first_needs_no_win_and_approval_works_as_it_did(
    office: Office, first: Path
) -> None:
    assert office.champion is None
    assert champion_reasons(first) == []
    event = office.promote(first)
    assert office.champion == first.name
    assert event["basis"] == "first champion"
    assert event["valid_until"] == "2025-02-28"
    assert event["by"] == CONTROL


def test_the_champions_recipe_on_new_data_needs_no_win(office: Office, first: Path) -> None:
    office.promote(first)
    newer = challenger(office.editions, origin_rows(1.5), as_of=date(2024, 12, 31))
    assert champion_reasons(newer) == []
    assert office.promote(newer)["basis"] == "the champion's recipe on new data"


def test_another_recipe_that_wins_is_promoted_with_its_figures(
    office: Office, first: Path, better: Path
) -> None:
    office.promote(first)
    assert "nobody promoted it" in champion_reasons(better)[0]
    event = office.promote(better)
    assert event["comparison"]["verdict"] == "wins"
    assert event["comparison"]["origins"] == 6
    assert champion_reasons(better) == []


def test_another_recipe_that_does_not_win_is_refused_with_every_reason(
    office: Office, first: Path, worse: Path
) -> None:
    office.promote(first)
    with pytest.raises(PromotionError) as refusal:
        office.promote(worse, Signature("Niemand", "", "x"))
    reasons = " | ".join(refusal.value.reasons)
    for part in ("--reference", "may not sign", "does not win", "more pinball loss"):
        assert part in reasons
    assert office.champion == first.name
    assert "does not win" in champion_reasons(worse)[0]


def test_a_challenger_is_compared_with_the_champions_recipe_as_of_its_own_day(
    office: Office, first: Path
) -> None:
    office.promote(first)
    later = date(2024, 12, 31)
    new = challenger(office.editions, origin_rows(0.5), members=["better"], as_of=later)
    spoilt = challenger(office.editions, origin_rows(), members=["spoilt"], as_of=later)
    (spoilt / "manifest.json").write_text("{}")  # stands beside, and is not looked at
    # Of the champion's own edition it would win; of its recipe on the same data it does not.
    challenger(office.editions, origin_rows(0.5, seed=2), as_of=later)
    with pytest.raises(PromotionError, match="does not win"):
        office.promote(new)


def test_an_upgrade_that_changed_nothing_counts_as_the_same_recipe(
    office: Office, first: Path
) -> None:
    office.promote(first)
    upgraded = challenger(office.editions, origin_rows(), members=["renamed"])
    assert champion_reasons(upgraded) == []
    assert office.promote(upgraded)["comparison"]["verdict"] == "same"


def test_an_edition_of_before_errors_per_origin_is_refused_with_advice(
    office: Office, first: Path
) -> None:
    office.promote(first)
    older = challenger(office.editions, None, members=["other"])
    with pytest.raises(PromotionError, match=r"older version. Train it again to compare it"):
        office.promote(older)


def test_a_failed_gate_and_a_recall_keep_an_edition_from_being_champion(office: Office) -> None:
    failed = challenger(office.editions, origin_rows(), gate="failed")
    append_record(failed, {"event": "recalled", "by": "x"}, NOW)
    with pytest.raises(PromotionError) as refusal:
        office.promote(failed)
    assert refusal.value.reasons == ("it did not pass the release gate", "it was recalled")


def test_what_is_champion_already_is_not_promoted_again(office: Office, first: Path) -> None:
    office.promote(first)
    with pytest.raises(PromotionError, match="champion already"):
        office.promote(first)


def test_a_recipe_follows_from_method_and_not_from_data() -> None:
    settings = {"as_of": "2022-12-31", "seed": 1, "index_correction": "difference"}
    manifest = {"versions": {"code": "a", "numpy": "2"}, "settings": settings}
    later = manifest | {"settings": settings | {"as_of": "2023-12-31", "seed": 2, "draws": 9}}
    assert recipe_of(later) == recipe_of(manifest)
    for other in (
        {"settings": settings | {"members": ["AutoETS"]}},
        {"settings": settings | {"index_correction": "none"}},
        {"versions": {"code": "b", "numpy": "2"}},
        {"versions": {"code": "a", "numpy": "3"}},
    ):
        assert recipe_of(manifest | other)["id"] != recipe_of(manifest)["id"]


# --- who may ------------------------------------------------------------------------------------


def test_a_wrong_key_does_not_sign(office: Office, first: Path) -> None:
    with pytest.raises(PromotionError, match="the key is not that of Hoofd control"):
        office.promote(first, Signature(CONTROL, "2024/017", "zrs_guess"))


def test_the_key_of_another_does_not_sign(office: Office, first: Path) -> None:
    other = office.signers.add("Een ander", "analyst", "", NOW)
    with pytest.raises(PromotionError, match="the key is not that of"):
        office.promote(first, Signature(CONTROL, "2024/017", other))


def test_who_was_removed_does_not_sign(office: Office, first: Path) -> None:
    office.signers.remove(CONTROL, NOW)
    with pytest.raises(PromotionError, match="may not sign"):
        office.promote(first)


@pytest.mark.parametrize("by", ["Hoofd control", "HOOFD  control", "control"])
def test_who_trained_it_does_not_sign(office: Office, by: str) -> None:
    own = challenger(office.editions, origin_rows(), by=by)
    with pytest.raises(PromotionError, match=r"trained it .* somebody else signs"):
        office.promote(own)


def test_an_edition_that_does_not_say_who_trained_it_is_not_signed(office: Office) -> None:
    with pytest.raises(PromotionError, match="does not say who trained it"):
        office.promote(challenger(office.editions, origin_rows(), by=""))


# --- back ---------------------------------------------------------------------------------------


def test_rollback_puts_the_previous_champion_back(
    office: Office, first: Path, better: Path
) -> None:
    office.promote(first)
    office.promote(better)
    event = office.roll_back()
    assert (event["edition"], event["from"]) == (first.name, better.name)
    assert office.champion == first.name
    assert champion_reasons(better) != []
    with pytest.raises(PromotionError, match="no champion before this"):
        office.roll_back()


def test_where_the_champions_edition_is_gone_another_of_its_recipe_stands_for_it(
    office: Office, first: Path, better: Path
) -> None:
    office.promote(first)
    shutil.rmtree(first)
    with pytest.raises(PromotionError, match="from the backup, or train its recipe") as refused:
        office.promote(better)
    assert f"as of {date(2023, 12, 31)}" in str(refused.value)
    challenger(office.editions, origin_rows(), seed=2)  # of the same recipe and day
    office.promote(better)
    assert office.champion == better.name


def test_a_champion_that_is_gone_cannot_be_put_back(
    office: Office, first: Path, better: Path
) -> None:
    office.promote(first)
    office.promote(better)
    shutil.rmtree(first)
    with pytest.raises(PromotionError, match=first.name):
        office.roll_back()
    assert office.champion == better.name


def test_rollback_needs_the_key_too(office: Office, first: Path, better: Path) -> None:
    office.promote(first)
    office.promote(better)
    forged = Signature(CONTROL, "2024/018", "x")
    with pytest.raises(PromotionError, match="key"):
        roll_back(office.editions, DELIVERY, forged, office.signers, NOW)


# --- faults -------------------------------------------------------------------------------------


def test_a_damaged_line_of_the_register_stops_every_decision(
    office: Office, first: Path, better: Path
) -> None:
    office.promote(first)
    path = register(office.editions, DELIVERY).path
    path.write_bytes(path.read_bytes().replace(b"2024/017", b"2024/018"))
    for decide in (lambda: office.promote(better), office.roll_back, lambda: office.champion):
        with pytest.raises(EditionError, match="line 1 of the register of champions was changed"):
            decide()
    with pytest.raises(EditionError, match="was changed"):
        champion_reasons(better)


PROMOTING = """
import os, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from models.errors import ZorgramingError
from training.promotion import Signature, promote
from training.signers import Signers
folder, state, size = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
if size:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
signature = Signature("Hoofd control", "2024/017", os.environ["ZORGRAMING_SIGNING_KEY"])
try:
    promote(folder, signature, Signers(state), datetime.now(UTC))
except ZorgramingError as error:
    sys.exit(f"refused: {error}")
"""


def promoting(office: Office, edition: Path, size: int = 0) -> subprocess.Popen[str]:
    """Start a promotion in a process of its own; with a size, no file may grow beyond it."""
    arguments = [str(edition), str(office.signers.state), str(size)]
    return subprocess.Popen(
        [sys.executable, "-c", PROMOTING, *arguments],
        cwd=ROOT,
        env=os.environ | {"ZORGRAMING_SIGNING_KEY": office.key, "PYTHONDONTWRITEBYTECODE": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_full_disk_leaves_the_register_and_the_champion_as_they_were(
    office: Office, first: Path, better: Path
) -> None:
    office.promote(first)
    before = register(office.editions, DELIVERY).path.read_bytes()
    _, said = promoting(office, better, size=len(before) + 50).communicate(timeout=300)
    assert "the register of champions cannot be written" in said
    assert register(office.editions, DELIVERY).path.read_bytes() == before
    assert office.champion == first.name


def test_of_two_promotions_at_once_one_is_the_champion_before_the_other(
    office: Office, first: Path, better: Path
) -> None:
    office.promote(first)
    equal = challenger(office.editions, origin_rows(0.5, seed=2), members=["equal"])
    both = [promoting(office, edition) for edition in (better, equal)]
    said = [process.communicate(timeout=300)[1] for process in both]
    done = [process.returncode == 0 for process in both]
    # Whoever comes second is held against the new champion, and does not win.
    assert sorted(done) == [False, True], said
    assert "does not win" in said[done.index(False)]
    assert [event["event"] for event in register(office.editions, DELIVERY).read()] == [
        "promoted",
        "promoted",
    ]
    assert len(reign(office.editions, DELIVERY)) == 2


def test_the_register_says_everything_and_no_key(office: Office, first: Path) -> None:
    office.promote(first)
    text = register(office.editions, DELIVERY).path.read_text("utf-8")
    assert office.key not in text
    told = json.loads(text)
    for name in ("recipe", "manifest_sha256", "role", "reference", "owner", "trained_by", "basis"):
        assert told[name], name
