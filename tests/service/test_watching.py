"""What later figures say of an edition is shown wherever editions are: standing, scores, alarms."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from models.edition import append_record, open_edition, read_record, write_edition
from models.manifest import read_manifest
from models.realised import judged
from models.realised_rows import score_rows
from models.score_files import encoded, keep_scores, standing
from models.watching import Alarm
from service.access.roles import Role
from service.app import create_app
from service.context import Service, service_of
from service.export import about
from service.metrics import _Editions
from service.settings import read_settings
from service.store import EditionStore
from tests.editions import Setting, build_edition, make_content, recall
from tests.models.test_realised import happened
from tests.service.conftest import PAIR
from tests.service.test_pages import text_of

pytestmark = pytest.mark.contract
NOON = datetime(2025, 2, 1, 12, tzinfo=UTC)
AS_OF = date(2023, 12, 31)
Json = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_edition(tmp_path / "editions", only=("HH", "BG"))


def scored(folder: Path, factor: float, *, alarms: tuple[Alarm, ...] = ()) -> None:
    """Score an edition as training does: a table beside it, and a line in its record."""
    edition = open_edition(folder)
    found = judged(edition, happened(edition, factor), AS_OF)
    place, sha256 = keep_scores(folder, encoded(row for one in found for row in score_rows(one)))
    event = {
        "event": "scored",
        "outcomes": {"name": "later", "sha256": "0" * 64, "until": "2024-12-31"},
        "verdict": "off_track" if any(alarm.marks for alarm in alarms) else "on_track",
        "alarms": [alarm.as_dict() for alarm in alarms],
        "scores_file": place.name,
        "scores_sha256": sha256,
    }
    append_record(folder, event, NOON)


FAR_OFF = (
    Alarm("tracking", -9.5, 4.0, "cost", product="HH", share=0.5),
    Alarm("new_products", 1, 0, codes=("NW",)),
)


@pytest.fixture
def ask(folder: Path) -> Callable[[str], Json]:
    """Return a way to ask the service in demo mode, which looks at the folder each time."""

    def asked(path: str) -> Json:
        settings = read_settings(editions=folder.parent, demo=True)
        client: FlaskClient = create_app(settings, clock=lambda: NOON).test_client()
        answer = client.get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        found: Json = answer.get_json()
        return found

    return asked


def test_an_edition_that_was_never_scored_has_no_standing(
    folder: Path, ask: Callable[[str], Json]
) -> None:
    (row,) = ask("/v1/editions")["rows"]
    assert (row["track"], row["scored_until"]) == (None, None)
    assert ask(f"/v1/editions/{folder.name}")["alarms"] == []
    assert ask("/v1/accuracy?kind=realised")["rows"] == []


def test_an_edition_on_track_says_so(folder: Path, ask: Callable[[str], Json]) -> None:
    scored(folder, 1.0)
    (row,) = ask("/v1/editions")["rows"]
    assert (row["track"], row["scored_until"]) == ("on_track", "2024-12-31")
    assert ask("/v1/accuracy")["meta"]["notes"] == []


def test_an_edition_off_track_says_so_and_why_in_dutch(
    folder: Path, ask: Callable[[str], Json]
) -> None:
    scored(folder, 2.0, alarms=FAR_OFF)
    (row,) = ask("/v1/editions")["rows"]
    assert row["track"] == "off_track"
    first, second = ask(f"/v1/editions/{folder.name}")["alarms"]
    assert (first["kind"], first["marks"], first["product"]) == ("tracking", True, "HH")
    assert "te laag: Huishoudelijke hulp" in first["text"]
    assert (second["kind"], second["marks"], second["measure"]) == ("new_products", False, None)
    (note,) = ask("/v1/accuracy")["meta"]["notes"]
    assert note.startswith(f"De raming {folder.name} klopt niet meer")
    assert "9,5 keer" in note
    assert "NW" not in note


@pytest.fixture
def read(folder: Path) -> Callable[[str], str]:
    """Return a way to read a page of the service in demo mode, without its marks."""

    def said(path: str) -> str:
        settings = read_settings(editions=folder.parent, demo=True)
        answer = create_app(settings, clock=lambda: NOON).test_client().get(path)
        assert answer.status_code == 200
        return text_of(answer.get_data(as_text=True))

    return said


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("nl", "Deze editie is nog niet getoetst aan latere cijfers."),
        ("en", "This edition has not been held against later figures yet."),
    ],
)
def test_the_page_says_that_an_edition_was_never_scored(
    read: Callable[[str], str], lang: str, told: str
) -> None:
    assert told in read(f"/reliability?lang={lang}")


def test_the_page_says_that_an_edition_is_on_track_since_when_and_by_what(
    folder: Path, read: Callable[[str], str]
) -> None:
    scored(folder, 1.0)
    page = read("/reliability")
    assert "De raming ligt op koers." in page
    told = "Getoetst op 1 februari 2025 aan levering later, met cijfers tot en met 31 december"
    assert f"{told} 2024." in page
    assert "Waarom niet meer" not in page


@pytest.mark.parametrize(
    ("lang", "verdict", "why", "other"),
    [
        ("nl", "niet meer op koers.", "9,5 keer de afwijking", "deze raming niet kent: NW."),
        ("en", "is off track.", "9.5 times the deviation", "does not know: NW."),
    ],
)
def test_the_page_says_why_an_edition_is_off_track(
    folder: Path, read: Callable[[str], str], lang: str, verdict: str, why: str, other: str
) -> None:
    scored(folder, 2.0, alarms=FAR_OFF)
    page = read(f"/reliability?lang={lang}")
    assert page.index(verdict) < page.index(why) < page.index(other)


def test_the_page_of_one_municipality_tells_no_alarms_of_another(
    tmp_path: Path,
) -> None:
    pair = build_edition(tmp_path / "editions", municipality=PAIR, only=("HH", "BG"))
    codes = open_edition(pair).manifest["municipalities"]
    alarms = tuple(Alarm("tracking", -9.5, 4.0, "cost", municipality=code) for code in codes)
    scored(pair, 2.0, alarms=alarms)
    settings = read_settings(editions=pair.parent, demo=True)
    client = create_app(settings, clock=lambda: NOON).test_client()
    page = text_of(client.get(f"/reliability?municipality={codes[0]}").get_data(as_text=True))
    assert f"in {codes[0]}" in page
    assert f"in {codes[1]}" not in page


def test_realised_scores_are_those_of_the_scoring(folder: Path, ask: Callable[[str], Json]) -> None:
    scored(folder, 1.25)
    rows = ask("/v1/accuracy?kind=realised&level=total&measure=cost")["rows"]
    assert {row["scored_by"] for row in rows} == {"later"}
    assert {row["edition"] for row in rows} == {folder.name}
    month = next(row for row in rows if row["period_kind"] == "period")
    assert month["bias"] == pytest.approx(-20, abs=0.1)
    assert month["tracking_signal"] < -4
    assert month["observations"] == 12
    apart = ask("/v1/accuracy?kind=realised&level=total&measure=cost&horizons=apart")["rows"]
    assert len(apart) > len(rows)


def test_scores_on_rolling_origins_have_no_signal(folder: Path, ask: Callable[[str], Json]) -> None:
    scored(folder, 1.25)
    rows = ask("/v1/accuracy?kind=rolling")["rows"]
    assert rows
    assert {row["tracking_signal"] for row in rows} == {None}


def test_scores_of_a_scoring_stand_in_for_those_against_a_later_edition(
    folder: Path, ask: Callable[[str], Json]
) -> None:
    newer = build_edition(folder.parent, only=("HH", "BG"), as_of=date(2024, 12, 31), seed=7)
    rows = ask("/v1/accuracy?kind=realised")["rows"]
    assert {row["scored_by"] for row in rows} == {newer.name}
    scored(folder, 1.1)
    rows = ask("/v1/accuracy?kind=realised")["rows"]
    assert {row["scored_by"] for row in rows} == {"later"}


def test_a_scoring_changes_the_tags_of_answers(folder: Path) -> None:
    settings = read_settings(editions=folder.parent, demo=True)
    before = create_app(settings, clock=lambda: NOON).test_client().get("/v1/editions")
    tag = {"If-None-Match": before.headers["ETag"]}
    same = create_app(settings, clock=lambda: NOON).test_client()
    assert same.get("/v1/editions", headers=tag).status_code == 304
    scored(folder, 2.0, alarms=FAR_OFF)
    again = create_app(settings, clock=lambda: NOON).test_client()
    assert again.get("/v1/editions", headers=tag).status_code == 200


def test_a_store_sees_a_scoring_when_it_looks_again(folder: Path) -> None:
    store = EditionStore(folder.parent, demo=False, clock=lambda: NOON)
    assert store.served()[0].standing is None
    scored(folder, 2.0, alarms=FAR_OFF)
    assert store.refresh()
    found = store.served()[0]
    assert found.standing is not None
    assert found.standing.is_off_track
    assert found.scores is not None


def test_a_table_of_scores_that_was_changed_is_left_out_and_the_edition_stays(
    folder: Path, ask: Callable[[str], Json]
) -> None:
    scored(folder, 2.0, alarms=FAR_OFF)
    found = standing(read_record(folder), read_manifest(folder)["sha256"])
    assert found is not None
    (folder.parent / found.file).write_bytes(b"not a table")
    store = EditionStore(folder.parent, demo=False, clock=lambda: NOON)
    (one,) = store.served()
    assert one.scores is None
    assert one.standing is not None
    ((name, why),) = store.left_out()
    assert name == folder.name
    assert "served without its scores" in why
    assert ask("/v1/accuracy?kind=realised")["rows"] == []
    assert ask("/v1/editions")["rows"][0]["track"] == "off_track"


def test_who_sees_a_part_of_an_edition_sees_its_standing_and_not_its_alarms(
    tmp_path: Path,
) -> None:
    pair = build_edition(tmp_path / "editions", municipality=("ZA0002", "ZB0003"), seed=2)
    scored(pair, 2.0, alarms=FAR_OFF)
    settings = read_settings(
        editions=pair.parent,
        database_url=f"sqlite:///{tmp_path}/zorgraming.sqlite",
        audit_dir=tmp_path / "audit",
    )
    app = create_app(settings, clock=lambda: NOON)
    ring = service_of(app).keys
    assert ring is not None
    key, _ = ring.create("test", Role.CONTROLLER, ("ZA0002",), 30)
    client, bearer = app.test_client(), {"Authorization": f"Bearer {key}"}
    told = client.get(f"/v1/editions/{pair.name}", headers=bearer).get_json()
    assert told["track"] == "off_track"
    assert told["alarms"] is None
    answer = client.get("/v1/accuracy?kind=realised", headers=bearer).get_json()
    assert {row["municipality"] for row in answer["rows"]} <= {"ZA0002"}
    assert answer["meta"]["notes"] == []


def test_metrics_count_editions_in_force_that_are_off_track(folder: Path) -> None:
    store = EditionStore(folder.parent, demo=False, clock=lambda: NOON)
    renewal = SimpleNamespace(look=store.refresh)
    service = cast("Service", SimpleNamespace(store=store, renewal=renewal, clock=lambda: NOON))

    def figure() -> float:
        samples = [sample for metric in _Editions(service).collect() for sample in metric.samples]
        return next(s.value for s in samples if s.name == "zorgraming_editions_off_track")

    assert figure() == 0
    scored(folder, 2.0, alarms=FAR_OFF)
    assert figure() == 1


def test_an_edition_that_was_recalled_is_not_served_whatever_its_scores(folder: Path) -> None:
    scored(folder, 1.0)
    recall(folder, AS_OF)
    store = EditionStore(folder.parent, demo=False, clock=lambda: NOON)
    assert store.served() == ()


@pytest.fixture
def unowned(tmp_path: Path) -> Path:
    """Return an edition whose delivery names no owner, and whose approval does."""
    content = make_content(Setting(("VB0001",), AS_OF, 1, True))
    nobody = replace(content, manifest=dict(content.manifest) | {"owner": ""})
    folder = write_edition(nobody, tmp_path)
    event = {"event": "approved", "by": "A. Tester", "reference": "1", "owner": "Team Wmo"}
    append_record(folder, event, NOON)
    return folder


def test_the_owner_that_was_named_with_the_signature_is_told(unowned: Path) -> None:
    store = EditionStore(unowned.parent, demo=False, clock=lambda: NOON)
    assert store.served()[0].owner == "Team Wmo"
    assert about(open_edition(unowned)).facts["owner"] == "Team Wmo"


def test_that_owner_stands_in_the_card_on_the_page_and_in_a_report(unowned: Path) -> None:
    settings = read_settings(editions=unowned.parent, demo=True)
    client = create_app(settings, clock=lambda: NOON).test_client()
    assert client.get("/v1/models").get_json()["rows"][0]["owner"] == "Team Wmo"
    assert client.get(f"/v1/editions/{unowned.name}").get_json()["owner"] == "Team Wmo"
    assert "Eigenaar Team Wmo" in text_of(client.get("/about").get_data(as_text=True))
    report = client.get("/v1/reports/underpinning?municipality=VB0001&format=xlsx")
    assert load_workbook(io.BytesIO(report.data)).properties.creator == "Team Wmo"
