"""The published document: what the framework finds in the routes, made to fit the design rules.

``paths`` carry no version (``servers[].url`` ends in it), every answer declares its headers, and
every problem its form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from apiflask import APIFlask
from flask import Flask

from service.access.oidc_settings import DISCOVERY
from service.access.roles import Role
from service.access.rules import OPEN, RULE
from service.api.endpoint import DESCRIBED, Description
from service.api.examples import answer_of
from service.api.kept import KEPT_ID, KEPT_ID_TOLD
from service.api.problem_schemas import problem_schemas
from service.api.query import Paged, Question, holds_several, parameter_schemas
from service.problems import MEDIA_TYPE
from service.settings import Settings
from service.transport import API_VERSION
from service.wording import PROBLEMS

VERSION_PATH = "/v1"
TITLE = "Zorgraming"
DESCRIPTION = (
    "Ramingen van gebruik en kosten van Wmo-ondersteuning en jeugdhulp, per product en gebied, per "
    "maand, kwartaal en jaar, met bandbreedte. Namen van bronnen, parameters en kolommen zijn "
    "Engels (een vastgelegde afwijking van de API Design Rules), teksten en labels Nederlands. "
    "Elk antwoord noemt de editie waar het uit komt. Fouten zijn application/problem+json, in het "
    "Nederlands, of in het Engels met Accept-Language: en."
)
HEADERS = {
    "API-Version": "Versie van de API.",
    "X-Request-Id": "Kenmerk van dit verzoek, voor vragen aan de beheerder.",
    "ETag": "Kenmerk van de inhoud; stuur het terug in If-None-Match.",
    "Link": "Eerste, vorige, volgende en laatste bladzijde.",
}
COMMON_HEADERS = ("API-Version", "X-Request-Id")
PATH_PARAMETERS = {
    "edition_id": "Kenmerk van de editie, zoals in de kolom edition.",
    "budget_id": f"Kenmerk van de begroting, gekozen door wie haar bewaart. {KEPT_ID_TOLD}",
    "scenario_id": f"Kenmerk van het scenario, gekozen door wie het bewaart. {KEPT_ID_TOLD}",
}
PATH_SCHEMAS = {
    name: {"type": "string", "pattern": KEPT_ID} for name in ("budget_id", "scenario_id")
}


def make_document(app: APIFlask, settings: Settings, spec: dict[str, Any]) -> dict[str, Any]:
    """Return the document to publish.

    Args:
        app: the application with all its routes.
        settings: for address, contact and sign-in.
        spec: what the framework made of the routes.
    """
    described = dict(_described(app))
    paths = {}
    for path, operations in spec["paths"].items():
        short = path.removeprefix(VERSION_PATH) or "/"
        paths[short] = {
            method: _operation(operation, *described[path, method], settings)
            for method, operation in operations.items()
        }
    components = spec["components"]
    components["schemas"].update(problem_schemas())
    for _, description in described.values():
        components["schemas"].update(_body_schemas(description))
    components["headers"] = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS.items()
    }
    components["responses"] = {str(s): _problem(s) for s in sorted(_statuses())}
    if not settings.demo:
        components["securitySchemes"] = _security_schemes(settings)
    document = {
        "openapi": spec["openapi"],
        "info": _info(settings),
        "servers": [{"url": settings.base_path}],
        "tags": sorted(({"name": name} for name in _tags(paths)), key=lambda tag: tag["name"]),
        "paths": dict(sorted(paths.items())),
        "components": components,
    }
    return _shortened(document)


def _tags(paths: dict[str, Any]) -> set[str]:
    return {
        tag for path in paths.values() for operation in path.values() for tag in operation["tags"]
    }


def _shortened(document: dict[str, Any]) -> dict[str, Any]:
    """Give each schema its own name once: the framework makes a copy per answer it occurs in."""
    schemas = document["components"]["schemas"]
    short = {name: name.rpartition(".")[2] for name in schemas}
    text = json.dumps(document)
    for name, plain in short.items():
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{plain}"')
    done: dict[str, Any] = json.loads(text)
    own: dict[str, Any] = {}
    for name, schema in sorted(done["components"]["schemas"].items()):
        if own.setdefault(short[name], schema) != schema:
            raise ValueError(f"two different schemas are called {short[name]}")
    done["components"]["schemas"] = own
    return done


def described_views(app: Flask) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every route's path and function, the framework's own static route apart."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            yield rule.rule, app.view_functions[rule.endpoint]


def _described(app: Flask) -> Iterator[tuple[tuple[str, str], tuple[Role | str, Description]]]:
    """Yield path and method of every route with its rule and description."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if hasattr(view, DESCRIBED):
            shown = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield (shown, method.lower()), (getattr(view, RULE), getattr(view, DESCRIBED))


def _info(settings: Settings) -> dict[str, Any]:
    info: dict[str, Any] = {"title": TITLE, "version": API_VERSION, "description": DESCRIPTION}
    info["license"] = {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/nl/"}
    if settings.contact_name is not None:
        parts = ("name", "email", "url")
        info["contact"] = {part: getattr(settings, f"contact_{part}") for part in parts}
    return info


def _operation(
    operation: dict[str, Any], rule: Role | str, described: Description, settings: Settings
) -> dict[str, Any]:
    own = [
        {**part, **_path_parameter(part)}
        for part in operation["parameters"]
        if part["in"] == "path"
    ]
    asked = _parameters(described.question) if described.question else []
    is_open = rule == OPEN
    done: dict[str, Any] = {
        **operation,
        "summary": operation["summary"].rstrip("."),
        "parameters": [*own, *asked],
        "security": [] if is_open else [{name: []} for name in _security_schemes(settings)],
        "responses": _responses(operation["responses"], rule, described, settings),
    }
    if described.body is not None:
        schema = {"$ref": f"#/components/schemas/{described.body.__name__}"}
        content = {"application/json": {"schema": schema}}
        done["requestBody"] = {"required": True, "content": content}
    return done


def _security_schemes(settings: Settings) -> dict[str, Any]:
    """Return the ways to sign in: with a key, and with a token where an issuer is trusted."""
    if settings.demo:
        return {}
    schemes: dict[str, Any] = {
        "basic": {"type": "http", "scheme": "basic"},
        "bearer": {"type": "http", "scheme": "bearer"},
    }
    if settings.oidc_issuer is not None:
        place = settings.oidc_issuer.rstrip("/") + DISCOVERY
        schemes["oidc"] = {"type": "openIdConnect", "openIdConnectUrl": place}
    return schemes


def _path_parameter(part: dict[str, Any]) -> dict[str, Any]:
    name = part["name"]
    schema = PATH_SCHEMAS.get(name, part["schema"])
    return {"description": PATH_PARAMETERS[name], "schema": schema}


def _body_schemas(described: Description) -> dict[str, Any]:
    """Return the schema of what a route is sent, and of what is in it."""
    if described.body is None:
        return {}
    schema = described.body.model_json_schema(ref_template="#/components/schemas/{model}")
    nested: dict[str, Any] = schema.pop("$defs", {})
    return {described.body.__name__: schema, **nested}


def _responses(
    responses: dict[str, Any], rule: Role | str, described: Description, settings: Settings
) -> dict[str, Any]:
    if described.files:
        return _file_responses(rule, described, settings)
    if "204" in responses:
        headers = {n: {"$ref": f"#/components/headers/{n}"} for n in COMMON_HEADERS}
        gone = {"204": {"description": "Verwijderd", "headers": headers}}
        return gone | _problem_responses(rule, described, settings)
    success = {**responses["200"], "description": "Antwoord"}
    paged = described.question is not None and issubclass(described.question, Paged)
    names = COMMON_HEADERS + (() if rule == OPEN else ("ETag", "Link") if paged else ("ETag",))
    success["headers"] = {n: {"$ref": f"#/components/headers/{n}"} for n in names}
    if described.example is not None:
        success["content"][described.media_types[0]]["example"] = answer_of(described.example)
    for media_type in described.media_types[1:]:
        schema = {"type": "string"} if media_type == "text/csv" else {}
        success["content"][media_type] = {"schema": schema}
    done: dict[str, Any] = {"200": success}
    if described.creates:
        done["201"] = {**success, "description": "Nieuw"}
    if rule != OPEN and not described.writes:
        done["304"] = {"description": "Niet gewijzigd", "headers": success["headers"]}
    return done | _problem_responses(rule, described, settings)


def _file_responses(rule: Role | str, described: Description, settings: Settings) -> dict[str, Any]:
    headers = {n: {"$ref": f"#/components/headers/{n}"} for n in (*COMMON_HEADERS, "ETag")}
    content: dict[str, Any] = {media_type: {"schema": {}} for media_type in described.files}
    done = {"200": {"description": "Bestand", "headers": headers, "content": content}}
    same = {"304": {"description": "Niet gewijzigd", "headers": headers}}
    return done | same | _problem_responses(rule, described, settings)


def _problem_responses(
    rule: Role | str, described: Description, settings: Settings
) -> dict[str, Any]:
    hidden = {401} if described.writes else {401, 403}
    return {
        str(status): {"$ref": f"#/components/responses/{status}"}
        for status in described.statuses(rule)
        if not (settings.demo and status in hidden)
    }


def _parameters(question: type[Question]) -> list[dict[str, Any]]:
    schemas = parameter_schemas(question)
    made = []
    for info, (name, schema) in zip(question.model_fields.values(), schemas.items(), strict=True):
        plain = {key: value for key, value in schema.items() if key != "description"}
        parameter: dict[str, Any] = {"name": name, "in": "query", "required": info.is_required()}
        parameter |= {"description": info.description, "schema": plain}
        if holds_several(info):
            parameter |= {"style": "form", "explode": False}
        made.append(parameter)
    return made


def _statuses() -> set[int]:
    return {problem.status for problem in PROBLEMS.values()}


def _problem(status: int) -> dict[str, Any]:
    titles = [problem.title.nl for problem in PROBLEMS.values() if problem.status == status]
    response: dict[str, Any] = {
        "description": " / ".join(dict.fromkeys(titles)),
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in COMMON_HEADERS},
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }
    return response
