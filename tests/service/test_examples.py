"""The examples in the published document: real answers, as the models describe them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from pydantic import BaseModel

from service.api.accuracy import AccuracyAnswer
from service.api.actuals import ActualAnswer
from service.api.comparisons import ComparisonAnswer
from service.api.driver_answer import DriverAnswer
from service.api.examples import answer_of, names, question_of
from service.api.forecast_answer import ForecastAnswer
from service.api.revisions import RevisionAnswer
from service.api.running_year_answer import RunningYearAnswer
from tests.service.figures import cents

pytestmark = pytest.mark.contract
MODELS: dict[str, type[BaseModel]] = {
    "accuracy": AccuracyAnswer,
    "actuals": ActualAnswer,
    "comparisons": ComparisonAnswer,
    "revisions": RevisionAnswer,
    "forecasts": ForecastAnswer,
    "drivers": DriverAnswer,
    "running-year": RunningYearAnswer,
}


@pytest.fixture(scope="module")
def document(closed_app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = closed_app.test_client().get("/v1/openapi.json").get_json()
    return found


def test_there_is_an_example_per_answer_with_figures() -> None:
    assert set(names()) == set(MODELS)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_an_example_is_an_answer_with_every_column_explained(
    document: dict[str, Any], name: str
) -> None:
    shown = document["paths"][f"/{name}"]["get"]["responses"]["200"]["content"]
    answer = shown["application/json"]["example"]
    assert answer == answer_of(name)
    MODELS[name].model_validate(answer)
    assert question_of(name).startswith(f"/v1/{name}?")
    row = f"{MODELS[name].__name__.removesuffix('Answer')}Row"
    properties = document["components"]["schemas"][row]["properties"]
    assert answer["rows"]
    for found in answer["rows"]:
        assert list(found) == list(properties)
    assert all(part["description"] for part in properties.values())


def test_the_figures_of_the_examples_agree() -> None:
    *parts, total = answer_of("drivers")["rows"]
    assert cents(parts) == cents([total])
    *parts, whole = answer_of("running-year")["rows"]
    assert cents(parts) == cents([whole])
    years = {row["period"][:4]: row for row in answer_of("forecasts")["rows"]}
    assert cents([years[str(total["year"])]]) == cents([total])
    assert cents([years[str(whole["year"])]]) == cents([whole])
