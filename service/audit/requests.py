"""What a request leaves in the audit trail, in the shape of the Logboek Dataverwerkingen.

Each answer to somebody who signed in is noted before it is sent, whatever it was; figures are not.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from flask import Flask, Request, Response, g, request

from service.access.roles import Viewer
from service.audit.journal import Journal
from service.audit.lines import AuditError, moment
from service.audit.purpose import MOST_PURPOSE, cleaned
from service.logs import logger
from service.problems import answer, unavailable
from service.settings import Settings
from service.wording import NO_AUDIT

EXTENSION = "zorgraming-audit"

LOG = logger("audit")


def register(app: Flask, settings: Settings, clock: Callable[[], datetime]) -> Journal | None:
    """Note the accesses of an application; the demo, which has no keys, notes none.

    Args:
        app: the application.
        settings: folder, and whether an answer may do without its line.
        clock: the present moment.
    """
    if settings.demo:
        return None
    journal = Journal(settings.audit_dir, clock, settings.audit_sync_milliseconds / 1000)
    app.extensions[EXTENSION] = journal
    app.after_request(_Auditor(journal, settings, clock).note)
    return journal


class _Auditor:
    def __init__(self, journal: Journal, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._required = settings.audit_required
        self._activity = settings.audit_activity
        self._clock = clock

    def note(self, response: Response) -> Response:
        """Note an answer; return it, or a refusal where the line cannot be written."""
        viewer: Viewer | None = g.get("viewer")
        if viewer is None or response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            return response
        try:
            self._journal.append(self._entry(viewer, response))
        except AuditError as error:
            LOG.error("audit_failed", request_id=g.request_id, cause=str(error))
            return answer(unavailable(NO_AUDIT)) if self._required else response
        return response

    def _entry(self, viewer: Viewer, response: Response) -> dict[str, Any]:
        end = self._clock()
        took = timedelta(seconds=time.perf_counter() - g.started)
        good = response.status_code < HTTPStatus.BAD_REQUEST
        return {
            "trace_id": g.trace_id,
            "operation_id": secrets.token_hex(8),
            "parent_operation_id": _parent(),
            "status_code": "Ok" if good else "Error",
            "name": (request.endpoint or "").rpartition(".")[2],
            "start_time": moment(end - took),
            "end_time": moment(end),
            "attributes": self._about(viewer, response.status_code, good),
        }

    def _about(self, viewer: Viewer, status: int, good: bool) -> dict[str, Any]:
        # The proxies are looked through once: each look costs as much as a field.
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        kept = g._get_current_object()
        reach = viewer.municipalities
        rule = asked.url_rule
        return {
            "dpl.core.processing_activity_id": self._activity,
            "key": viewer.name,
            "key_name": kept.get("key_name"),
            "role": viewer.role.value,
            "reach": None if reach is None else sorted(reach),
            "method": asked.method,
            "route": rule.rule if rule else None,
            # Only what was answered has been checked; anything else may hold a secret, and so does
            # the address to which an issuer returns.
            "selection": _selected(asked) if good and not kept.get("secret_query") else None,
            "purpose": purpose_of(asked.headers.get("X-Purpose")) or kept.get("key_purpose"),
            "editions": kept.get("editions"),
            "rows": kept.get("rows"),
            "http_status": status,
            "request_id": kept.request_id,
        }


def purpose_of(sent: str | None) -> str | None:
    """Return what somebody says to want figures for: one short line without keys and numbers.

    Args:
        sent: the header ``X-Purpose``, as the web server read it.
    """
    if sent is None:
        return None
    return cleaned(sent[: 4 * MOST_PURPOSE].encode("latin-1", "replace").decode("utf-8", "replace"))


def selection_of(asked: Request) -> dict[str, str]:
    """Return what a query asks for, as it is noted."""
    return {name: ",".join(values) for name, values in asked.args.lists()}


def _selected(asked: Request) -> dict[str, Any]:
    # An answer that was remembered remembers what was asked.
    found: Mapping[str, str] | None = g.get("selection")
    written: dict[str, Any] = g.get("written", {})  # whose, of what was sent in a body
    return {
        **(selection_of(asked) if found is None else found),
        **(asked.view_args or {}),
        **written,
    }


def _parent() -> str | None:
    """Return the operation that asked, where ``traceparent`` names it."""
    sent = request.headers.get("Traceparent")
    return sent[36:52] if sent is not None and g.trace_id == sent[3:35] else None
