"""What a command of the administrator leaves in the audit trail."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from service.access.roles import Role
from service.audit.journal import Journal
from service.audit.lines import moment
from service.settings import Settings

COMMAND = "command"  # stands where the key stands in a request's line


def note(settings: Settings, name: str, selection: Mapping[str, Any]) -> None:
    """Note what a command changed.

    Args:
        settings: for the folder and the processing activity.
        name: what was done.
        selection: to what; never a secret.

    Raises:
        AuditError: it cannot be written.
    """
    journal = Journal(settings.audit_dir, lambda: datetime.now(UTC))
    try:
        journal.append(_entry(settings, name, selection))
    finally:
        journal.close()


def _entry(settings: Settings, name: str, selection: Mapping[str, Any]) -> dict[str, Any]:
    now = moment(datetime.now(UTC))
    trace = secrets.token_hex(16)
    return {
        "trace_id": trace,
        "operation_id": secrets.token_hex(8),
        "parent_operation_id": None,
        "status_code": "Ok",
        "name": name,
        "start_time": now,
        "end_time": now,
        "attributes": {
            "dpl.core.processing_activity_id": settings.audit_activity,
            "key": COMMAND,
            "key_name": None,
            "role": Role.ADMINISTRATOR.value,
            "reach": None,
            "method": COMMAND,
            "route": name,
            "selection": dict(selection),
            "purpose": None,
            "editions": None,
            "rows": None,
            "http_status": None,
            "request_id": trace,
        },
    }
