"""The book of sessions, on either database."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select

from service.access.claims import Holder
from service.access.roles import Role, Viewer
from service.access.sessions import SessionBook, end_every_session
from service.access.tables import SESSION
from service.cli_state import state
from service.database import migrate, open_database
from tests.service.conftest import NOW

pytestmark = pytest.mark.contract
IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=4)
HOLDER = Holder("oidc:0123456789abcdef0123", "f3a1", {"name": "A. de Vries"})


def viewer(*places: str) -> Viewer:
    return Viewer(HOLDER.id, Role.CONTROLLER, frozenset(places) or None)


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(SESSION)).scalar_one())


def test_the_whole_life_of_a_session(database: Engine) -> None:
    now = [NOW]
    books = [SessionBook(database, lambda: now[0], IDLE, LONGEST) for _ in range(2)]
    secret = books[0].begin(HOLDER, viewer("b", "a"))
    found = books[1].find(secret)
    assert found is not None
    assert found.viewer == viewer("a", "b")
    assert (found.name, found.shown_as) == ("f3a1", "A. de Vries")
    assert found.expires_at == NOW + LONGEST
    assert found.takes(found.form_token)
    assert not any(found.takes(other) for other in (None, "", secret, found.form_token[:-1]))
    now[0] += timedelta(minutes=20)
    assert books[0].find(secret) == found
    again = books[1].find(secret)
    assert again is not None
    assert again.last_used_at == now[0]
    books[0].end(secret)
    assert books[1].find(secret) is None
    assert count(database) == 0


@pytest.mark.parametrize(
    ("steps", "is_there"),
    [([29], True), ([30], False), ([29] * 8, True), ([29] * 8 + [8], False), ([-60], True)],
)
def test_it_ends_unused_and_it_ends_old(database: Engine, steps: list[int], is_there: bool) -> None:
    now: list[datetime] = [NOW]
    book = SessionBook(database, lambda: now[0], IDLE, LONGEST)
    secret = book.begin(HOLDER, viewer())
    for minutes in steps[:-1]:
        now[0] += timedelta(minutes=minutes)
        assert book.find(secret) is not None
    now[0] += timedelta(minutes=steps[-1])
    assert (book.find(secret) is not None) == is_there
    book.begin(HOLDER, viewer())
    assert count(database) == 1 + is_there  # one that ended is removed


def test_one_takes_the_place_of_another_and_leaves_the_rest(database: Engine) -> None:
    book = SessionBook(database, lambda: NOW, IDLE, LONGEST)
    first, other = book.begin(HOLDER, viewer()), book.begin(HOLDER, viewer("a"))
    second = book.begin(HOLDER, viewer(), before=first)
    assert [book.find(secret) is None for secret in (first, other, second)] == [True, False, False]
    assert len({first, other, second}) == 3
    end_every_session(database)
    assert count(database) == 0


def test_of_every_municipality_and_of_none_are_not_the_same(database: Engine) -> None:
    book = SessionBook(database, lambda: NOW, IDLE, LONGEST)
    nowhere = Viewer(HOLDER.id, Role.READER, frozenset())
    seen = [book.find(book.begin(HOLDER, who)) for who in (viewer(), nowhere)]
    assert [one and one.viewer.municipalities for one in seen] == [None, frozenset()]


def test_a_backup_that_is_put_back_signs_nobody_in(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path}/s.sqlite", str(tmp_path / "backup.sqlite")
    engine = open_database(url)
    migrate(engine)
    book = SessionBook(engine, lambda: NOW, IDLE, LONGEST)
    secret = book.begin(HOLDER, viewer())
    for command in ("backup", "restore"):
        told = CliRunner().invoke(state, [command, file, "--database-url", url])
        assert told.exit_code == 0, told.output
        assert (book.find(secret) is None) == (command == "restore")
    engine.dispose()
