"""Reading questions and writing rows, piece by piece."""

from __future__ import annotations

import json
import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from werkzeug.datastructures import MultiDict

from service.api.document import make_document
from service.api.forecast_question import ForecastQuestion
from service.api.json_rows import envelope
from service.api.query import parameter_schemas, read_question
from service.app import create_app
from service.problems import InputFault, ProblemError, body_of
from service.settings import read_settings
from service.wording import FAULTS, PROBLEMS

pytestmark = pytest.mark.unit

PARAMETERS = st.sampled_from([*sorted(parameter_schemas(ForecastQuestion)), "foo", ""])
VALUES = st.one_of(st.text(max_size=20), st.sampled_from(["2026", "2026-01", "cost", "1", "a,b"]))


@given(st.lists(st.tuples(PARAMETERS, VALUES), max_size=8))
def test_any_query_is_read_or_has_faults_that_can_be_told(pairs: list[tuple[str, str]]) -> None:
    asked = read_question(ForecastQuestion, MultiDict(pairs))
    for fault in asked.faults:
        for language in ("nl", "en"):
            told = fault.read(language)
            assert told["code"] in FAULTS
            assert told["detail"]
            assert "{" not in told["detail"].replace(str(fault.value), "").replace(
                fault.parameter, ""
            )
    if {name for name, _ in pairs} - set(parameter_schemas(ForecastQuestion)):
        assert asked.faults


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31)))
def test_days_months_and_years_are_read_as_their_first_and_last_day(day: date) -> None:
    def read(text: str) -> tuple[date | None, date | None]:
        asked = read_question(ForecastQuestion, MultiDict({"from": text, "to": text}))
        assert asked.faults == []
        return asked.query.start, asked.query.end

    assert read(day.isoformat()) == (day, day)
    first, last = read(day.isoformat()[:7])
    assert first == day.replace(day=1)
    assert last is not None
    assert last.month == day.month
    assert date.fromordinal(last.toordinal() + 1).day == 1
    assert read(f"{day.year:04}") == (date(day.year, 1, 1), date(day.year, 12, 31))


@pytest.mark.parametrize(
    "text", ["1899", "2200-01", "²026", "2026-1", "2026-01-1", "-2026", "2026-"]
)
def test_other_texts_are_no_dates(text: str) -> None:
    asked = read_question(ForecastQuestion, MultiDict({"from": text}))
    assert [fault.code for fault in asked.faults] == ["no-date"]


TEXTS = st.one_of(st.none(), st.text(max_size=8))
FLOATS = st.floats(allow_infinity=False)


@given(st.lists(st.tuples(TEXTS, FLOATS, st.booleans(), st.dates()), max_size=8), st.text())
def test_rows_written_as_json_are_the_rows(
    rows: list[tuple[str | None, float, bool, date]], name: str
) -> None:
    columns = {
        f"%s{name}": np.array([*(row[0] for row in rows), None], dtype=object)[:-1],
        "number": np.array([row[1] for row in rows], dtype=np.float64),
        "truth": np.array([row[2] for row in rows], dtype=np.bool_),
        "day": np.array([row[3] for row in rows], dtype="datetime64[D]"),
    }
    found = json.loads(b"".join(envelope(columns, {"x": name})), parse_constant=pytest.fail)
    assert found["meta"] == {"x": name}
    for row, (text, number, truth, day) in zip(found["rows"], rows, strict=True):
        expected = None if math.isnan(number) else number
        assert list(row.values()) == [text, expected, truth, day.isoformat()]


def test_unknown_days_are_null() -> None:
    columns = {"day": np.array(["NaT", "2026-01-01"], dtype="datetime64[D]")}
    assert json.loads(b"".join(envelope(columns, {})))["rows"] == [
        {"day": None},
        {"day": "2026-01-01"},
    ]


def test_meta_with_nan_is_refused() -> None:
    with pytest.raises(ValueError, match=r"NaN|JSON"):
        list(envelope({}, {"x": float("nan")}))


def test_long_lists_of_allowed_values_are_cut() -> None:
    told = InputFault("unknown-value", "product", "x" * 500, tuple(map(str, range(500)))).read("nl")
    assert len(told["allowed"]) == 100
    assert told["detail"].endswith(", ….")
    assert len(told["value"]) == 100


@pytest.mark.parametrize("kind", sorted(PROBLEMS))
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_problem_can_be_told(kind: str, language: str) -> None:
    values = {"needed": "a", "role": "b", "base": "/v1", "allowed": "c", "limit": 1, "reason": "d"}
    values |= {"whose": "e", "seconds": 2, "edition": "f", "reference": "g"}
    body = body_of(ProblemError(kind, **values), language, "id")  # type: ignore[arg-type]
    assert body["status"] == PROBLEMS[kind].status
    assert "{" not in body["detail"]


def test_two_schemas_of_one_name_are_noticed(tmp_path: object) -> None:
    class Row(BaseModel):
        """A row that is not the other."""

        x: int

    settings = read_settings(editions=tmp_path, demo=True)
    app = create_app(settings)
    spec = dict(app.spec)  # type: ignore[arg-type]
    spec["components"]["schemas"]["Other.ForecastRow"] = Row.model_json_schema()
    with pytest.raises(ValueError, match="ForecastRow"):
        make_document(app, settings, spec)
