"""The queries for dashboards: asked as they stand, they get what they say they get."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import get_args
from urllib.parse import quote, urlencode

import pytest
from click.testing import CliRunner
from flask import Flask

from service.access.roles import Role
from service.api.dashboards import PowerQueryQuestion
from service.app import create_app
from service.cli_serve import keys
from service.dashboards.queries import QUERIES
from service.dashboards.section import text
from service.settings import read_settings
from tests.service.conftest import NOW, basic
from tests.service.power_query import (
    Call,
    call_of,
    members,
    steps,
    tokens,
    typed,
)
from tests.service.test_serve import Running

pytestmark = pytest.mark.contract
REFUSED = {"Oorzaken": 403}  # what a reader gets there
VALUES = {
    "type text": r"(?s).+",
    "type number": r"-?\d+\.\d+",
    "Int64.Type": r"-?\d+",
    "type logical": r"true|false",
    "type date": r"\d{4}-\d\d-\d\d",
    "type datetimezone": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
}


@pytest.fixture(scope="module")
def server(editions: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a server that asks for a key."""
    folder = tmp_path_factory.mktemp("dashboards")
    shutil.copytree(editions, folder / "editions")
    running = Running(folder, "--workers", "1")
    try:
        running.wait()
        yield running
    finally:
        running.process.kill()
        running.process.wait()


@pytest.fixture(scope="module")
def section(server: Running) -> str:
    """Return the queries as anybody gets them."""
    status, headers, body = server.get("/v1/power-query")
    assert status == 200
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Content-Disposition"] == 'attachment; filename="zorgraming.pq"'
    return str(body)


def credentials(server: Running, role: Role) -> dict[str, str]:
    """Make a key and return what Power Query sends with it: its id as user, itself as password."""
    url = f"sqlite:///{server.folder}/state/zorgraming.sqlite"
    asked = ["create", "--name", "Power BI", "--all-municipalities", "--role", role.value]
    made = CliRunner().invoke(keys, [*asked, "--json", "--database-url", url])
    key = json.loads(made.stdout)["key"]
    return basic(key.split("_")[1], key)


def asked(server: Running, call: Call, headers: dict[str, str]) -> tuple[int, object]:
    """Ask what a call of Web.Contents asks."""
    assert call.base == f"{server.base}/v1"
    place = f"/v1/{call.path}?{urlencode(call.query, quote_via=quote)}"
    status, _, body = server.get(place, **headers)
    return status, body


def columns_of(body: object) -> dict[str, set[str]]:
    """Return the columns of an answer, in order, with the texts that occur in each."""
    if isinstance(body, str):
        header, *rows = csv.reader(io.StringIO(body, newline=""), strict=True)
        return {name: {row[at] for row in rows} for at, name in enumerate(header)}
    assert isinstance(body, dict)
    rows = body["rows"]
    names = list(rows[0])
    assert all(list(row) == names for row in rows)
    return {name: {_cell(row[name]) for row in rows} for name in names}


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    assert value is None or isinstance(value, str)
    return value or ""


def test_every_call_is_answered_with_exactly_the_columns_and_values_typed(
    server: Running, section: str
) -> None:
    sent = credentials(server, Role.CONTROLLER)
    for name, words in members(section).items():
        query = steps(words)
        status, body = asked(server, call_of(query["Bron"]), sent)
        assert status == 200, (name, body)
        columns, types = columns_of(body), typed(query)
        assert list(columns) == list(types), name
        for column, texts in columns.items():
            assert texts, name
            strange = [t for t in texts - {""} if not re.fullmatch(VALUES[types[column]], t)]
            assert not strange, (name, column, strange[:3])


def test_a_reader_gets_all_but_what_the_queries_say_a_reader_does_not(
    server: Running, section: str
) -> None:
    sent = credentials(server, Role.READER)
    for name, words in members(section).items():
        status, _ = asked(server, call_of(steps(words)["Bron"]), sent)
        assert status == REFUSED.get(name, 200), name
    told = {query.name for query in QUERIES if "Kan niet met de rol reader" in " ".join(query.told)}
    assert told == set(REFUSED)


def test_without_a_key_nothing_is_answered_but_the_address_in_the_calls(
    server: Running, section: str
) -> None:
    for words in members(section).values():
        call = call_of(steps(words)["Bron"])
        assert asked(server, call, {})[0] == 401
        assert server.get(call.base.removeprefix(server.base))[0] == 200


def test_every_step_uses_the_one_before_and_nothing_is_sent_along(section: str) -> None:
    for words in members(section).values():
        query = steps(words)
        names = list(query)
        for before, (_, used) in zip(names, list(query.items())[1:], strict=False):
            assert before in used
        assert words.count("Web.Contents") == 1
        assert not {"Headers", "ApiKeyName", "Authorization"} & set(words)
    assert "zr_" not in section


def test_one_query_can_be_had_on_its_own(closed_app: Flask) -> None:
    client = closed_app.test_client()
    whole = members(client.get("/v1/power-query").text)
    assert get_args(get_args(PowerQueryQuestion.model_fields["name"].annotation)[0]) == tuple(whole)
    for name, words in whole.items():
        one = client.get(f"/v1/power-query?name={name}").get_data(as_text=True)
        assert tokens(one) == words
    assert client.get("/v1/power-query?name=Anders").status_code == 400


def test_the_address_is_the_service_s_own_and_never_one_that_a_request_claims(
    closed_app: Flask,
) -> None:
    claims = {"Host": "elders.example", "X-Forwarded-Host": "elders.example"}
    section = closed_app.test_client().get("/v1/power-query", headers=claims).text
    calls = {call_of(steps(words)["Bron"]).base for words in members(section).values()}
    assert calls == {"http://127.0.0.1:8000/v1"}


def test_the_public_address_is_filled_in_where_there_is_one(editions: Path, tmp_path: Path) -> None:
    settings = read_settings(
        editions=editions,
        database_url=f"sqlite:///{tmp_path}/k.sqlite",
        public_url="https://raming.example.nl/zorg/",
    )
    client = create_app(settings, clock=lambda: NOW).test_client()
    words = steps(tokens(client.get("/v1/power-query?name=Ramingen").text))
    assert call_of(words["Bron"]).base == "https://raming.example.nl/zorg/v1"


@pytest.mark.parametrize(("value", "written"), [('a"b', '"a""b"'), ("a#(b", '"a#(#)(b"')])
def test_a_text_in_the_address_stays_a_text(value: str, written: str) -> None:
    assert text(value) == written
