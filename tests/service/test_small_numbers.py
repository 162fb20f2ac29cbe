"""What a reader sees: figures in which small numbers are protected, on every way to them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from models.asking import Selection
from models.disclosure_files import mask_path, protected
from models.edition import approval, open_edition
from service.access.keys import KeyRing
from service.access.roles import Role
from service.app import create_app
from service.context import service_of
from service.settings import read_settings
from tests.service.conftest import FIRST, NOW, PAIR, Asker
from tests.split_editions import build_split_edition

pytestmark = pytest.mark.contract
FIGURES = ("actual", "p10", "p50", "p90", "mean")


@pytest.fixture
def reader(asker: Callable[..., Asker]) -> Asker:
    """Return somebody who may not see small numbers."""
    return asker(FIRST, role=Role.READER)


def test_a_reader_gets_the_published_cells_and_nothing_else(
    editions: Path, reader: Asker, asker: Callable[..., Asker]
) -> None:
    answer = reader.get("/v1/forecasts?measure=clients").get_json()
    folder = editions / answer["rows"][0]["edition"]
    signed = approval(folder)
    assert signed is not None
    cube = protected(open_edition(folder), signed)
    wanted = cube.answer(Selection("clients", municipalities=(FIRST,)))
    told = [(r["product"], r["district"], r["period"], r["mean"]) for r in answer["rows"]]
    assert told == [
        (product, district, str(period), None if hidden else mean)
        for product, district, period, mean, hidden in zip(
            *(wanted[name].tolist() for name in ("product", "district")),
            wanted["period"].astype(str).tolist(),
            *(wanted[name].tolist() for name in ("mean", "hidden")),
            strict=True,
        )
    ]
    assert answer["meta"]["sight"] == ["protected"]
    assert any("afgerond" in note for note in answer["meta"]["notes"])
    exact = asker(FIRST).get("/v1/forecasts?measure=clients&frequency=year&to=2022").get_json()
    assert exact["meta"]["sight"] == ["exact"]
    assert any(row["mean"] % 5 for row in exact["rows"])


def test_hidden_rows_have_no_figures_and_shown_ones_are_rounded(reader: Asker) -> None:
    rows = reader.get("/v1/forecasts?measure=clients").get_json()["rows"]
    hidden = [row for row in rows if row["hidden"]]
    shown = [row for row in rows if not row["hidden"]]
    assert hidden
    assert shown
    assert all(row[name] is None for row in hidden for name in FIGURES)
    assert all(row[name] is None or row[name] % 5 == 0 for row in shown for name in FIGURES)
    assert all(row["mean"] >= 10 for row in shown)


@pytest.mark.parametrize("form", ["csv", "csv-nl", "xlsx", "parquet"])
def test_hidden_figures_are_empty_in_every_format(reader: Asker, form: str) -> None:
    raw = reader.get(f"/v1/forecasts?measure=clients&format={form}").data
    if form == "parquet":
        rows = pq.read_table(io.BytesIO(raw)).to_pylist()
    elif form == "xlsx":
        sheet = load_workbook(io.BytesIO(raw)).worksheets[0]
        names, *cells = sheet.iter_rows(values_only=True)
        rows = [dict(zip(names, line, strict=True)) for line in cells]
    else:
        text = raw.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";" if form == "csv-nl" else ","))
    hidden = [row for row in rows if row["hidden"] in (True, "true")]
    assert 0 < len(hidden) < len(rows)
    assert all(row[name] in (None, "") for row in hidden for name in FIGURES)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("frequency=month", "protected-years"),
        ("groupBy=product", "protected-years"),
        ("level=95", "protected-bands"),
        (f"groupBy=period&district={FIRST}D01,{FIRST}D02", "protected-sum"),
        ("groupBy=period&product=BG,VB", "protected-sum"),
    ],
)
def test_what_would_give_small_numbers_away_is_refused_with_what_can_be_asked(
    reader: Asker, query: str, code: str
) -> None:
    response = reader.get(f"/v1/forecasts?measure=cost&{query}")
    assert response.status_code == 400
    assert [fault["code"] for fault in response.get_json()["errors"]] == [code]


def test_no_sum_over_municipalities_for_a_reader(asker: Callable[..., Asker]) -> None:
    both = asker(*PAIR, role=Role.READER)
    response = both.get("/v1/forecasts?groupBy=period")
    assert [f["code"] for f in response.get_json()["errors"]] == ["protected-municipalities"]
    assert both.get("/v1/forecasts?groupBy=period,municipality").status_code == 200


def test_reader_and_controller_never_share_a_stored_answer(
    reader: Asker, asker: Callable[..., Asker]
) -> None:
    path = "/v1/forecasts?measure=clients&frequency=year"
    tag = asker(FIRST).get(path).headers["ETag"]
    answer = reader.get(path, {"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != tag
    assert reader.get(path, {"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert "Authorization" in answer.headers["Vary"]


def test_an_edition_without_its_mask_shows_readers_nothing(tmp_path: Path) -> None:
    folder = build_split_edition(tmp_path / "editions", municipality=FIRST)
    mask_path(folder).write_bytes(b"")
    settings = read_settings(
        editions=folder.parent, database_url=f"sqlite:///{tmp_path}/z.sqlite", key_cache_seconds=0
    )
    app = create_app(settings, clock=lambda: NOW)
    keys = service_of(app).keys
    assert isinstance(keys, KeyRing)

    def ask(role: Role) -> tuple[int, str]:
        one = Asker(app.test_client(), keys.create("x", role, [FIRST], 1)[0])
        answer = one.get("/v1/forecasts")
        return answer.status_code, answer.get_data(as_text=True)

    status, text = ask(Role.READER)
    assert status == 403
    assert "unprotected" in text
    assert ask(Role.CONTROLLER)[0] == 200
    (reason,) = [why for _, why in service_of(app).store.left_out()]
    assert "not the mask that was approved" in reason
