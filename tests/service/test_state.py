"""Budgets and scenarios in the database: on SQLite, and on a real PostgreSQL where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from service.state.kept import ChangedError, CitedError, Condition, FullError, Kept, MissingError
from service.state.shelf import MOST, Shelf
from service.state.shelves import BudgetShelf, ScenarioShelf
from service.state.tables import BUDGET_LINE

pytestmark = pytest.mark.contract
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FREE = Condition()
Clock = Callable[[], datetime]


def line(year: int, cents: int, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    whole = {"year": year, "scope": "total", "code": None, "label": None, "basis": "gross"}
    return {**whole, "amount_cents": cents, **options}


BUDGET = {
    "name": "Begroting 2026",
    "version": "primitief",
    "decided_on": date(2025, 11, 6),
    "lines": [line(2026, 10**13 - 1), line(2026, 5, scope="product", code="HH", label="é")],
}
SCENARIO = {
    "name": "Plafond",
    "reason": "besluit",
    "edition": "e-1",
    "levers": [{"kind": "use", "percent": -0.1, "products": ["HH"], "end": None}],
}


@pytest.fixture
def moment() -> Iterator[list[datetime]]:
    yield [NOW]


@pytest.fixture(params=["budget", "scenario"])
def shelf(
    request: pytest.FixtureRequest,
    database: Engine,
    moment: list[datetime],
) -> tuple[Shelf, dict[str, Any]]:
    def clock() -> datetime:
        return moment[0]

    if request.param == "budget":
        return BudgetShelf(database, clock), BUDGET
    return ScenarioShelf(database, clock), SCENARIO


Kind = tuple[Shelf, dict[str, Any]]


def put(shelf: Shelf, content: dict[str, Any], condition: Condition = FREE) -> tuple[Kept, bool]:
    return shelf.put("a", "x", content, "k1", condition)


def test_what_is_put_is_read_back_and_putting_it_again_changes_nothing(
    shelf: Kind, moment: list[datetime]
) -> None:
    kept, content = shelf
    first, new = put(kept, content)
    assert new
    assert (first.author, first.created_at, first.revision) == ("k1", NOW, 1)
    moment[0] += timedelta(days=1)
    again, new = put(kept, content)
    assert not new
    assert again == first
    assert again.tag == first.tag
    assert kept.all(None) == [first]
    assert first.content == content


def test_another_content_is_a_new_revision_of_the_same_author(
    shelf: Kind, moment: list[datetime]
) -> None:
    kept, content = shelf
    first, _ = put(kept, content)
    moment[0] += timedelta(days=1)
    second, new = kept.put("a", "x", {**content, "name": "anders"}, "k2", FREE)
    assert not new
    assert (second.author, second.changed_by, second.revision) == ("k1", "k2", 2)
    assert (second.created_at, second.changed_at) == (NOW, moment[0])
    assert second.tag != first.tag
    assert kept.all({"a"}, "x") == [second]


def test_lines_are_replaced_as_a_whole_and_removed_with_their_budget(
    database: Engine,
) -> None:
    shelf = BudgetShelf(database, lambda: NOW)
    put(shelf, BUDGET)
    put(shelf, {**BUDGET, "lines": [line(2027, 1)]})
    (found,) = shelf.all(None)
    assert found.content["lines"] == [line(2027, 1)]
    shelf.remove("a", "x", FREE)
    with database.connect() as connection:
        assert connection.execute(select(BUDGET_LINE)).all() == []


def test_conditions_are_held_against_what_is_there(shelf: Kind) -> None:
    kept, content = shelf
    absent = Condition(absent=True)
    with pytest.raises(ChangedError):
        put(kept, content, Condition(tags=frozenset()))
    first, _ = put(kept, content, absent)
    with pytest.raises(ChangedError):
        put(kept, content, absent)
    other = {**content, "name": "anders"}
    with pytest.raises(ChangedError):
        put(kept, other, Condition(tags=frozenset({"0" * 32})))
    second, _ = put(kept, other, Condition(tags=frozenset({first.tag})))
    with pytest.raises(ChangedError):
        kept.remove("a", "x", Condition(tags=frozenset({first.tag})))
    kept.remove("a", "x", Condition(tags=frozenset({second.tag})))
    assert kept.all(None) == []


def test_what_was_cited_does_not_change_and_stays(shelf: Kind) -> None:
    kept, content = shelf
    with pytest.raises(MissingError):
        kept.cite("a", "x", "raadsvoorstel 12", "k1", FREE)
    first, _ = put(kept, content)
    cited = kept.cite("a", "x", "raadsvoorstel 12", "k2", FREE)
    assert cited.citation is not None
    assert (cited.citation.reference, cited.citation.by) == ("raadsvoorstel 12", "k2")
    assert cited.tag != first.tag
    assert kept.cite("a", "x", "raadsvoorstel 12", "k3", FREE) == cited
    assert put(kept, content) == (cited, False)
    with pytest.raises(CitedError, match="raadsvoorstel 12"):
        put(kept, {**content, "name": "anders"})
    with pytest.raises(CitedError):
        kept.cite("a", "x", "iets anders", "k1", FREE)
    with pytest.raises(CitedError):
        kept.remove("a", "x", FREE)
    assert kept.all(None) == [cited]


def test_one_id_of_two_municipalities_is_two_things(shelf: Kind) -> None:
    kept, content = shelf
    mine, _ = kept.put("a", "x", content, "k1", FREE)
    theirs, new = kept.put("b", "x", {**content, "name": "b"}, "k2", Condition(absent=True))
    assert new
    assert kept.all({"a"}) == [mine]
    assert kept.all({"b"}, "x") == [theirs]
    assert kept.all({"c"}) == []
    assert kept.all(set()) == []
    kept.remove("a", "x", FREE)
    assert kept.all(None) == [theirs]
    with pytest.raises(MissingError):
        kept.remove("a", "x", FREE)


def test_of_many_writers_at_once_each_wins_whole_and_one_makes_it(shelf: Kind) -> None:
    kept, content = shelf
    names = [f"naam {number}" for number in range(12)]

    def write(name: str) -> bool:
        return kept.put("a", "x", {**content, "name": name}, name, FREE)[1]

    with ThreadPoolExecutor(4) as pool:
        made = 0
        for attempt in [pool.submit(write, name) for name in names]:
            try:
                made += attempt.result()
            except ChangedError:  # others were first three times in a row
                continue
    (found,) = kept.all(None)
    assert made == 1
    assert found.content["name"] == found.changed_by
    assert len(found.content.get("lines", content.get("lines", []))) == len(
        content.get("lines", [])
    )


def test_a_municipality_keeps_so_many_at_most(database: Engine) -> None:
    shelf = ScenarioShelf(database, lambda: NOW)
    for number in range(MOST):
        shelf.put("a", f"x{number}", SCENARIO, "k1", FREE)
    with pytest.raises(FullError):
        shelf.put("a", "one-more", SCENARIO, "k1", FREE)
    shelf.put("b", "one-more", SCENARIO, "k1", FREE)
    shelf.put("a", "x1", {**SCENARIO, "name": "anders"}, "k1", FREE)
