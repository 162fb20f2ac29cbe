"""Logs as JSON lines on standard error, the server's own messages included.

Loggers are those of the standard library behind structlog, each with its processors, so that
nothing is configured globally until ``configure`` is called by the command that serves.
"""

from __future__ import annotations

import logging
import sys
from typing import cast

import structlog

_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)
_RENDER = structlog.processors.JSONRenderer(ensure_ascii=False)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a subject, below ``zorgraming``."""
    wrapped = structlog.wrap_logger(
        logging.getLogger(f"zorgraming.{name}"),
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return cast(structlog.stdlib.BoundLogger, wrapped)


class _Lines(structlog.stdlib.ProcessorFormatter):
    """Writes what our own loggers hand over as it is; only lines of others are processed first.

    The base class copies every record before it renders it, a line per request included.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one JSON object."""
        if isinstance(record.msg, dict):
            return str(_RENDER(None, record.levelname, record.msg))
        return super().format(record)


def configure(level: str) -> None:
    """Send every log line of the process to standard error, one JSON object each.

    Args:
        level: the least serious level that is written.
    """
    formatter = _Lines(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _RENDER,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Alembic tells at every start which plugins it has.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
