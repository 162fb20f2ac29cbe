"""``GET /v1``: where everything is; and the published document."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, current_app, request
from pydantic import BaseModel, ConfigDict, Field

from service.access.rules import OPEN, access_rule
from service.api.editions import NoQuestion
from service.api.endpoint import Description, endpoint
from service.api.media import JSON, negotiated
from service.api.query import read_question
from service.api.resources import json_response
from service.context import DOCUMENT, service
from service.transport import API_VERSION

BLUEPRINT = APIBlueprint("index", __name__, tag={"name": "algemeen"})
PLACES = {
    "forecasts": "/forecasts",
    "actuals": "/actuals",
    "comparisons": "/comparisons",
    "revisions": "/revisions",
    "accuracy": "/accuracy",
    "drivers": "/drivers",
    "explanations": "/explanations",
    "running-year": "/running-year",
    "budgets": "/budgets",
    "scenarios": "/scenarios",
    "scenario-templates": "/scenarios/templates",
    "underpinning": "/reports/underpinning",
    "council": "/reports/council",
    "products": "/products",
    "districts": "/districts",
    "municipalities": "/municipalities",
    "definitions": "/definitions",
    "editions": "/editions",
    "models": "/models",
    "live": "/health/live",
    "ready": "/health/ready",
    "openapi": "/openapi.json",
    "docs": "/docs",
    "power-query": "/power-query",
    "workbook": "/workbook",
}


class IndexAnswer(BaseModel):
    """Where everything is."""

    title: str = Field(description="Naam van de dienst.")
    version: str = Field(description="Versie van de API.")
    links: dict[str, str] = Field(description="Adres van elke bron.")


class AnyDocument(BaseModel):
    """An OpenAPI document."""

    model_config = ConfigDict(extra="allow")

    openapi: str = Field(description="Versie van de specificatie.")


@endpoint(BLUEPRINT, "/", IndexAnswer, Description(question=NoQuestion))
@access_rule(OPEN)
def index() -> Response:
    """Wegwijzer.

    De adressen van alle bronnen.
    """
    read_question(NoQuestion, request.args).check()
    negotiated((JSON,))
    base = service().settings.base_path
    links = {name: base + path for name, path in PLACES.items()}
    return json_response({"title": "Zorgraming", "version": API_VERSION, "links": links})


@endpoint(BLUEPRINT, "/openapi.json", AnyDocument, Description(question=NoQuestion))
@access_rule(OPEN)
def openapi() -> Response:
    """Dit document.

    De beschrijving van alle bronnen, parameters en antwoorden (OpenAPI 3.1).
    """
    read_question(NoQuestion, request.args).check()
    negotiated((JSON,))
    response = json_response(current_app.extensions[DOCUMENT])
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
