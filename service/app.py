"""The application factory: builds every part from the settings and wires them together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from apiflask import APIBlueprint, APIFlask
from flask import Flask, Response
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from service import crowding, pages, problems, transport
from service.access import limits
from service.access.keys import Clock, KeyRing
from service.access.sharing import SharingBook
from service.api import (
    accuracy,
    actuals,
    budget_differences,
    budgets,
    comparisons,
    dashboards,
    definitions,
    districts,
    drivers,
    editions,
    explained,
    forecasts,
    handbook,
    health,
    index,
    model_cards,
    municipalities,
    products,
    remembering,
    reports,
    revisions,
    running_year,
    scenarios,
)
from service.api.document import TITLE, VERSION_PATH, make_document
from service.api.kept import ScenarioId
from service.audit import requests as audit
from service.context import DOCUMENT, EXTENSION, METRICS, Service, service_of
from service.database import migrate, open_database
from service.logs import logger
from service.renewal import Renewal
from service.settings import Settings, read_settings
from service.store import EditionStore
from service.wording import NO_DATABASE

if TYPE_CHECKING:
    from service.access.oidc import AccessTokens

LOG = logger("app")
RESOURCES = (
    forecasts,
    explained,
    actuals,
    comparisons,
    revisions,
    accuracy,
    drivers,
    running_year,
    budgets,
    budget_differences,
    scenarios,
    reports,
    products,
    districts,
    municipalities,
    definitions,
    editions,
    model_cards,
    health,
    index,
    handbook,
    dashboards,
)


class _App(APIFlask):
    """The framework's application, without a look at every call for coroutines: there are none."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view or hook as it is."""
        return func


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> APIFlask:
    """Build the application.

    Args:
        settings: every setting; None = from environment and secret files.
        clock: the present moment, for tests.

    Raises:
        SettingsError: the settings do not fit.
        DatabaseError: the database cannot be opened.
    """
    settings = settings or read_settings()
    app = _App(
        "service",
        title=TITLE,
        spec_path=None,
        docs_path=None,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type]  # the framework passes it on unlooked
    )
    app.url_map.merge_slashes = False  # an address has one spelling
    app.url_map.converters["scenario"] = ScenarioId
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
    )
    app.extensions[EXTENSION] = _service(settings, clock)
    if settings.metrics_port is not None:
        _count(app)
    transport.register(app)
    problems.register(app)
    crowding.register(app, settings)
    limits.register(app, settings)
    audit.register(app, settings, clock)
    app.register_error_handler(SQLAlchemyError, _database_away)
    app.extensions[remembering.EXTENSION] = remembering.Answers()
    _add_resources(app)
    app.extensions[DOCUMENT] = make_document(app, settings, cast(dict[str, Any], app.spec))
    hops = settings.trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the documented way
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    return app


def _service(settings: Settings, clock: Clock) -> Service:
    store = EditionStore(settings.editions, demo=settings.demo, clock=clock)
    renewal = Renewal(store, settings.refresh_seconds)
    if settings.demo:
        return Service(settings, store, renewal, None, None, clock)
    engine = open_database(settings.database_url.get_secret_value())
    migrate(engine)
    keys = KeyRing(engine, clock, settings.key_cache_seconds)
    sharing = SharingBook(engine, clock, settings.key_cache_seconds)
    tokens = _tokens(settings)
    return Service(settings, store, renewal, keys, engine, clock, sharing, tokens)


def _count(app: Flask) -> None:
    """Count what an application does; the library is loaded only where a port is set."""
    from service.metrics import Metrics  # noqa: PLC0415 - needed by few

    metrics = Metrics(service_of(app))
    metrics.register(app)
    app.extensions[METRICS] = metrics


def _tokens(settings: Settings) -> AccessTokens | None:
    """Return what reads access tokens, which is loaded only where an issuer is set."""
    if settings.oidc_issuer is None:
        return None
    from service.access.oidc import AccessTokens  # noqa: PLC0415 - 9 MB

    return AccessTokens(settings)


def _database_away(error: SQLAlchemyError) -> Response:
    LOG.error("database_failed", cause=type(error).__name__)
    return problems.answer(problems.unavailable(NO_DATABASE))


def _add_resources(app: APIFlask) -> None:
    for resource in RESOURCES:
        blueprint: APIBlueprint = resource.BLUEPRINT
        app.register_blueprint(blueprint, url_prefix=VERSION_PATH + (blueprint.url_prefix or ""))
    # The root of the version is found with and without a slash; nothing else ends in one.
    app.add_url_rule(VERSION_PATH, "root", index.index)
    app.register_blueprint(pages.BLUEPRINT)
    app.register_error_handler(404, pages.not_found)
