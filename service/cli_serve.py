"""``zorgraming serve``: run the service, and say plainly what it serves and how to ask."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.errors import ZorgramingError
from service import logs
from service.cli_keys import HOW_TO, keys
from service.settings import Settings, is_loopback, read_settings

if TYPE_CHECKING:
    from service.context import Service
    from service.served import Served

__all__ = ["keys", "serve", "welcome"]


class PortInUseError(ZorgramingError):
    """Something else listens on the port already."""


@click.command()
@click.option("--editions", type=click.Path(path_type=Path), help="Folder with the editions.")
@click.option("--port", type=int, help="Port to listen on (default 8000).")
@click.option("--host", help="Address to listen on (default: this machine only).")
@click.option("--demo", is_flag=True, default=None, help="Synthetic editions, without sign-in.")
@click.option("--workers", type=int, help="Processes that answer (default 2).")
def serve(
    *,
    editions: Path | None,
    port: int | None,
    host: str | None,
    demo: bool | None,
    workers: int | None,
) -> None:
    """Serve the newest approved edition of each municipality."""
    from service.app import create_app  # noqa: PLC0415 - the other commands need no web server
    from service.context import service_of  # noqa: PLC0415
    from service.gunicorn_conf import run  # noqa: PLC0415

    settings = read_settings(editions=editions, port=port, host=host, demo=demo, workers=workers)
    check_port(settings)
    logs.configure(settings.log_level)
    app = create_app(settings)
    for line in welcome(service_of(app)):
        click.echo(line)
    run(app, settings)


def check_port(settings: Settings) -> None:
    """Refuse a port on which something listens, before anything is loaded.

    Raises:
        PortInUseError: with advice.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((settings.host, settings.port))
        except OSError as error:
            raise PortInUseError(
                f"cannot listen on {settings.host}:{settings.port} ({error.strerror}); "
                "choose another with --port, or stop what runs there"
            ) from None


def welcome(service: Service) -> Iterator[str]:
    """Yield the lines that are shown at the start.

    Args:
        service: with its editions loaded.
    """
    settings = service.settings
    address = settings.local_address
    yield f"Zorgraming answers at {address}/v1 (stop with Ctrl-C)."
    if not is_loopback(settings.host):
        yield f"It listens to others too ({settings.host}): put a proxy with TLS in front of it."
    if settings.demo:
        yield "Demo: no sign-in, this machine only, synthetic editions only, drafts too."
    yield from _editions(service)
    yield from _advice(service, address)


def _editions(service: Service) -> Iterator[str]:
    folder = service.settings.editions
    served, left_out = service.store.served(), service.store.left_out()
    yield f"Editions served from {folder}: {len(served) or 'none'}"
    for one in served:
        yield f"  {_described(one)}"
    if left_out:
        yield "Left out:"
    for name, reason in left_out:
        yield f"  {name}: {reason}"
    if not served and not left_out:
        yield "  The folder is empty. Make an edition with: zorgraming train DIR, where DIR holds"
        yield "  a delivery; 'zorgraming example DIR' writes one to try. It is picked up by itself."
    elif not served and not service.settings.demo:
        yield "  Approve one with: zorgraming approve EDITION --by … --reference …"


def _described(one: Served) -> str:
    manifest = one.edition.manifest
    places = manifest["municipalities"]
    shown = ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")  # noqa: PLR2004
    kind = "synthetic, " if manifest["synthetic"] else ""
    return (
        f"{one.edition.edition_id}: {kind}{one.status}, {shown}, as of {manifest['as_of']}, "
        f"to {manifest['until']}"
    )


def _advice(service: Service, address: str) -> Iterator[str]:
    question = f"'{address}/v1/forecasts?groupBy=municipality,period&frequency=year'"
    if service.keys is None:
        yield f"Try:  curl {question}"
        if any("synthetic" in reason for _, reason in service.store.left_out()):
            yield "Real editions are served with sign-in only: approve them, then"
            yield f"  {HOW_TO}"
            yield "  zorgraming serve"
        return
    now = datetime.now(UTC)
    valid = sum(key.is_valid(now) for key in service.keys.all())
    if valid:
        yield f"Every question needs a key; {valid} valid (zorgraming keys list)."
    else:
        yield "Every question needs a key, and there is none yet. Make one, in another window, with"
        yield f"  {HOW_TO}"
    yield f'Try:  curl -H "Authorization: Bearer $KEY" {question}'
