"""What requests leave in the audit trail, and how it is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from service.access.keys import KeyRing
from service.access.roles import Role
from service.audit.lines import AuditError, chain_files
from service.audit.reading import Wish, accesses
from service.audit.requests import EXTENSION, purpose_of
from service.cli_audit import audit
from service.cli_keys import keys
from service.settings import read_settings
from tests.service.conftest import FIRST, Asker

pytestmark = pytest.mark.contract


@pytest.fixture
def noted(closed_app: Flask) -> Callable[[], dict[str, Any]]:
    """Return a reader of the last access that the service noted."""
    folder: Path = closed_app.extensions["zorgraming"].settings.audit_dir

    def last() -> dict[str, Any]:
        return json.loads(chain_files(folder)[-1].read_text().splitlines()[-1])  # type: ignore[no-any-return]

    return last


def test_an_access_is_noted_with_who_what_why_and_of_which_edition(
    asker: Callable[..., Asker], noted: Callable[[], dict[str, Any]]
) -> None:
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    headers = {"X-Purpose": "jaarrekening 2026", "Traceparent": f"00-{trace}-{parent}-01"}
    one = asker(FIRST)
    answer = one.get("/v1/forecasts?product=HH&frequency=year&format=csv", headers=headers)
    assert answer.status_code == 200
    line = noted()
    about = line["attributes"]
    assert (line["trace_id"], line["parent_operation_id"]) == (trace, parent)
    assert (line["name"], line["status_code"]) == ("forecasts", "Ok")
    assert about["key"] == one.key.split("_")[1]
    assert (about["key_name"], about["role"], about["reach"]) == ("test", "controller", [FIRST])
    assert about["selection"] == {"product": "HH", "frequency": "year", "format": "csv"}
    assert about["purpose"] == "jaarrekening 2026"
    assert about["rows"] == answer.get_data(as_text=True).count("\n") - 1
    assert len(about["editions"]) == 1
    assert (about["http_status"], about["method"]) == (200, "GET")
    assert line["start_time"] <= line["end_time"]


def test_neither_secrets_nor_figures_are_noted(
    asker: Callable[..., Asker], closed_app: Flask, noted: Callable[[], dict[str, Any]]
) -> None:
    one = asker(FIRST)
    secret = one.key.split("_", 2)[2]
    figures = one.get("/v1/forecasts?groupBy=period&frequency=year").get_json()["rows"]
    answer = one.get(f"/v1/products?apikey={one.key}", headers={"X-Purpose": f"met {one.key}"})
    assert answer.status_code == 400
    assert noted()["attributes"]["selection"] is None
    assert noted()["attributes"]["purpose"] == "met …"
    folder: Path = closed_app.extensions["zorgraming"].settings.audit_dir
    text = "".join(path.read_text() for path in folder.iterdir())
    assert secret not in text
    assert not any(str(row["mean"]) in text for row in figures if row["mean"])


def test_a_refused_role_is_noted_and_a_stranger_is_not(
    asker: Callable[..., Asker], closed_app: Flask, noted: Callable[[], dict[str, Any]]
) -> None:
    assert asker(FIRST, role=Role.READER).get("/v1/drivers").status_code == 403
    before = noted()
    assert (before["attributes"]["http_status"], before["status_code"]) == (403, "Error")
    client = closed_app.test_client()
    headers = {"Authorization": "Bearer zr_0000000000_geheim"}
    assert client.get("/v1/drivers", headers=headers).status_code == 401
    assert client.get("/v1/health/ready").status_code == 200
    assert noted() == before


def test_an_unchanged_answer_is_an_access_too(
    asker: Callable[..., Asker], noted: Callable[[], dict[str, Any]]
) -> None:
    one = asker(FIRST)
    tag = one.get("/v1/products").headers["ETag"]
    assert one.get("/v1/products", headers={"If-None-Match": tag}).status_code == 304
    assert noted()["attributes"]["http_status"] == 304
    assert noted()["attributes"]["editions"]


def test_the_purpose_of_the_key_counts_where_none_was_sent(
    closed_app: Flask, ring: KeyRing, noted: Callable[[], dict[str, Any]]
) -> None:
    key, record = ring.create("x", Role.READER, [FIRST], 30, "maandrapportage")
    one = Asker(closed_app.test_client(), key)
    one.get("/v1/products")
    assert noted()["attributes"]["purpose"] == record.purpose == "maandrapportage"
    one.get("/v1/products", headers={"X-Purpose": "begroting"})
    assert noted()["attributes"]["purpose"] == "begroting"
    assert next(kept for kept in ring.all() if kept.id == record.id).purpose == "maandrapportage"


def test_the_demo_notes_nothing(demo_app: Flask) -> None:
    assert EXTENSION not in demo_app.extensions


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (None, None),
        ("", None),
        (" kwartaal\x01  rapport\t3 ", "kwartaal rapport 3"),
        ("cliënt".encode().decode("latin-1"), "cliënt"),
        ("zaak 123456782 en 1234.56.782", "zaak … en …"),
        ("begroting 2026", "begroting 2026"),
        ("x" * 900, "x" * 200),
    ],
)
def test_a_purpose_is_short_clean_and_without_numbers_of_people(
    sent: str | None, kept: str | None
) -> None:
    assert purpose_of(sent) == kept


def test_accesses_are_shown_by_day_key_and_edition(
    asker: Callable[..., Asker], closed_app: Flask, ring: KeyRing
) -> None:
    folder: Path = closed_app.extensions["zorgraming"].settings.audit_dir
    key, record = ring.create("Power BI", Role.CONTROLLER, [FIRST], 30)
    one = Asker(closed_app.test_client(), key)
    one.get("/v1/forecasts?product=HH", headers={"X-Purpose": "begroting"})
    asker(FIRST).get("/v1/products")
    edition = one.get("/v1/editions").get_json()["rows"][0]["edition"]

    def shown(*options: str) -> list[str]:
        result = CliRunner().invoke(audit, ["show", str(folder), *options])
        assert result.exit_code == 0, result.output
        return result.output.splitlines()

    mine = shown("--key", record.id)
    assert len(mine) == 2
    assert "GET /v1/forecasts?product=HH" in mine[0]
    assert "for: begroting" in mine[0]
    assert shown("--key", "Power BI", "--edition", edition)[0] == mine[0]
    assert shown("--key", record.id, "--since", "2026-11-23") == []
    assert len(shown("--key", record.id, "--since", "2026-11-22")) == 2
    assert shown("--edition", "nee") == []
    (first, _) = (json.loads(line) for line in shown("--key", record.id, "--json"))
    assert first["attributes"]["selection"] == {"product": "HH"}
    assert len(list(accesses(folder, Wish()))) > 2
    assert CliRunner().invoke(audit, ["show", "--since", "gisteren"]).exit_code == 2


def test_a_key_that_is_made_or_revoked_is_on_record_without_its_secret(tmp_path: Path) -> None:
    url = ["--database-url", f"sqlite:///{tmp_path}/k.sqlite"]
    made = CliRunner().invoke(
        keys,
        [
            "create",
            "--name",
            "Power BI",
            "--municipality",
            FIRST,
            "--purpose",
            "a 123456782",
            "--json",
            *url,
        ],
    )
    key = json.loads(made.stdout)
    assert CliRunner().invoke(keys, ["revoke", key["id"], *url]).exit_code == 0
    folder = read_settings().audit_dir
    lines = list(accesses(folder, Wish()))
    assert [line["name"] for line in lines] == ["key-created", "key-revoked"]
    for line in lines:
        assert line["attributes"]["selection"]["id"] == key["id"]
        assert line["attributes"]["selection"]["municipalities"] == [FIRST]
    assert key["purpose"] == lines[0]["attributes"]["selection"]["purpose"] == "a …"
    assert key["key"].split("_", 2)[2] not in str(lines)
    assert "key-created" in CliRunner().invoke(audit, ["show"]).output
    assert CliRunner().invoke(audit, ["verify"]).exit_code == 0


def test_a_key_that_cannot_be_put_on_record_does_not_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("in the way")
    monkeypatch.setenv("ZORGRAMING_AUDIT_DIR", str(tmp_path / "taken" / "audit"))
    url = ["--database-url", f"sqlite:///{tmp_path}/k.sqlite"]
    made = CliRunner().invoke(keys, ["create", "--name", "x", "--all-municipalities", *url])
    assert isinstance(made.exception, AuditError)
    assert "zr_" not in made.output
    (record,) = json.loads(CliRunner().invoke(keys, ["list", "--json", *url]).output)
    assert record["revoked_at"] is not None
    monkeypatch.setenv("ZORGRAMING_AUDIT_REQUIRED", "false")
    told = CliRunner().invoke(keys, ["create", "--name", "x", "--all-municipalities", *url])
    assert told.exit_code == 0
    assert "Note: the audit trail cannot be written" in told.output
