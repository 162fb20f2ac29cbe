"""A municipality can be forgotten: its state goes at once or not at all, and that is on record."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, insert, select

from service.access.keys import KeyRing
from service.access.roles import Role
from service.access.tables import API_KEY_MUNICIPALITY, SESSION, SHARED_MEASURE
from service.cli_state import state
from service.database import migrate, open_database
from service.forgetting import forget
from service.state.kept import Condition
from service.state.shelves import BudgetShelf, ScenarioShelf
from service.state.tables import BUDGET, BUDGET_LINE, SCENARIO
from tests.service.conftest import NOW

pytestmark = pytest.mark.contract
MINE, OTHER = "VB0001", "ZA0002"
FIGURE = 123_456_789
BUDGET_CONTENT: dict[str, Any] = {
    "name": "Begroting 2026",
    "version": "primitief",
    "decided_on": date(2025, 11, 6),
    "lines": [
        {
            "year": 2026,
            "scope": "total",
            "code": None,
            "label": None,
            "basis": "gross",
            "amount_cents": FIGURE,
        }
    ],
}
SCENARIO_CONTENT: dict[str, Any] = {
    "name": "Plafond", "reason": "besluit", "edition": "e-1", "levers": [],
}  # fmt: skip


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a database in which two municipalities keep the same things."""
    address = f"sqlite:///{tmp_path}/state/z.sqlite"
    fill(open_database(address))
    return address


def fill(engine: Engine) -> None:
    migrate(engine)
    ring = KeyRing(engine, lambda: NOW)
    for code in (MINE, OTHER):
        ring.create(f"alleen {code}", Role.CONTROLLER, [code], 30)
        named = BUDGET_CONTENT | {"name": f"Begroting van {code}"}
        BudgetShelf(engine, lambda: NOW).put(code, "b", named, "A", Condition())
        ScenarioShelf(engine, lambda: NOW).put(code, "s", SCENARIO_CONTENT, "A", Condition())
    ring.create("samen", Role.READER, [MINE, OTHER], 30)
    ring.create("alle", Role.READER, None, 30)
    with engine.begin() as connection:
        for code in (MINE, OTHER):
            share = {"municipality": code, "measure": "cost", "shared_by": "A", "shared_at": NOW}
            connection.execute(insert(SHARED_MEASURE).values(share))
            connection.execute(insert(SESSION).values(session(code, json.dumps([code]))))
        connection.execute(insert(SESSION).values(session("alle", None)))
    engine.dispose()


def session(name: str, places: str | None) -> dict[str, Any]:
    moments = dict.fromkeys(("created_at", "last_used_at", "expires_at"), NOW)
    words = {"sha256": name, "viewer": name, "name": name, "shown_as": name, "role": "reader"}
    return {**words, **moments, "municipalities": places}


def run(url: str, *words: str, code: str = MINE) -> Result:
    said = ["--by", "A. Tester", "--reference", "B-2026-9", "--yes", "--database-url", url]
    return CliRunner().invoke(state, ["forget", code, *said, *words])


def counts(url: str) -> dict[str, int]:
    engine = open_database(url)
    with engine.connect() as connection:
        tables = (BUDGET, BUDGET_LINE, SCENARIO, SHARED_MEASURE, API_KEY_MUNICIPALITY, SESSION)
        found = {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in tables
        }
    engine.dispose()
    return found


def key_names(url: str) -> set[str]:
    engine = open_database(url)
    found = {key.name for key in KeyRing(engine, lambda: NOW).all()}
    engine.dispose()
    return found


def test_all_of_it_goes_and_nothing_of_another(url: str) -> None:
    before = counts(url)
    done = run(url, "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["budgets"], told["scenarios"], told["shares"]) == (["b"], ["s"], ["cost"])
    assert (len(told["keys"]), len(told["narrowed"]), told["sessions"]) == (1, 1, 1)
    after = counts(url)
    expected = {name: count // 2 for name, count in before.items()} | {"session": 2}
    assert after == expected
    assert key_names(url) == {f"alleen {OTHER}", "samen", "alle"}


def test_nothing_of_it_stays_in_the_file(url: str) -> None:
    place = Path(url.removeprefix("sqlite:///")).parent
    run(url)
    left = b"".join(path.read_bytes() for path in place.iterdir())
    assert f"Begroting van {MINE}".encode() not in left
    assert f"Begroting van {OTHER}".encode() in left


def test_a_key_of_several_goes_on_seeing_the_others(url: str) -> None:
    run(url)
    engine = open_database(url)
    places = {key.name: key.municipalities for key in KeyRing(engine, lambda: NOW).all()}
    engine.dispose()
    assert places["samen"] == frozenset({OTHER})
    assert places["alle"] is None


def test_a_second_time_there_is_nothing_left(url: str) -> None:
    run(url)
    told = json.loads(run(url, "--json").stdout)
    assert {name: value for name, value in told.items() if value} == {"municipality": MINE}


def test_a_dry_run_tells_and_changes_nothing(url: str) -> None:
    before = counts(url)
    done = run(url, "--dry-run", "--json")
    assert json.loads(done.stdout)["dry_run"] is True
    assert "1 budgets: b" in done.stderr
    assert counts(url) == before


def test_the_audit_trail_tells_who_and_what_without_figures(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZORGRAMING_AUDIT_DIR", str(tmp_path / "audit"))
    run(url)
    text = "".join(path.read_text() for path in (tmp_path / "audit").glob("*.jsonl"))
    assert "municipality-forgotten" in text
    assert "B-2026-9" in text
    assert str(FIGURE) not in text


def test_what_cannot_be_put_on_record_is_not_removed(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("ZORGRAMING_AUDIT_DIR", str(tmp_path / "file"))
    before = counts(url)
    assert run(url).exit_code == 1
    assert counts(url) == before


def test_nobody_forgets_without_a_decision(url: str) -> None:
    assert run(url, "--reference", " ").exit_code == 2


def test_it_works_on_the_other_database_too(database: Engine) -> None:
    fill(database)
    told: list[Any] = []
    forget(database, MINE, told.append)
    assert told[0]["budgets"] == ["b"]
    with database.connect() as connection:
        left = connection.scalars(select(BUDGET_LINE.c.municipality)).all()
    assert left == [OTHER]
