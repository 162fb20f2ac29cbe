"""``zorgraming audit``: verify the audit trail, and show what is in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from service.audit.lines import AuditError
from service.audit.reading import Entry, Wish, accesses
from service.audit.verification import Verdict
from service.audit.verification import verify as checked
from service.settings import read_settings

FOLDER = click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False)
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


class Moment(click.ParamType[datetime]):
    """A day or a moment; without a zone it is UTC."""

    name = "YYYY-MM-DD[THH:MM]"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's own signature
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> datetime:
        """Parse a moment, or end with a usage error."""
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment like 2026-01-31 or 2026-01-31T12:00Z", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


@click.group()
def audit() -> None:
    """Verify and read the audit trail: who saw which figures."""


def _folder(given: Path | None) -> Path:
    return given or read_settings().audit_dir


@audit.command()
@FOLDER
@click.option("--head", help="Hash of a ledger line noted elsewhere; it must still be there.")
@AS_JSON
@click.pass_context
def verify(ctx: click.Context, *, folder: Path | None, head: str | None, as_json: bool) -> None:
    """Find changed, removed, reordered or cut-off lines and missing files in DIR.

    Without DIR: the folder of the setting ZORGRAMING_AUDIT_DIR. Ends with 0 when the trail is
    whole, with 1 when it is not, naming each place.
    """
    found = checked(_folder(folder), head)
    if as_json:
        click.echo(json.dumps(_summary(found), ensure_ascii=False))
    else:
        _tell(found)
    ctx.exit(1 if found.faults else 0)


def _summary(found: Verdict) -> dict[str, object]:
    return {
        "whole": not found.faults,
        "faults": [{"place": fault.place, "what": fault.what} for fault in found.faults],
        "chains": found.chains,
        "open_chains": found.open_chains,
        "lines": found.lines,
        "head": found.head,
    }


def _tell(found: Verdict) -> None:
    for fault in found.faults:
        click.echo(str(fault))
    state = f"Not whole: {len(found.faults)} faults" if found.faults else "Whole"
    click.echo(
        f"{state}. {found.chains} chains ({found.open_chains} open), {found.lines} lines; "
        f"head of the ledger {found.head}"
    )


@audit.command()
@FOLDER
@click.option("--since", type=Moment(), help="Accesses from this day or moment on (UTC).")
@click.option("--key", help="Accesses with this key (id or name).")
@click.option("--edition", help="Accesses that saw this edition.")
@AS_JSON
def show(
    *,
    folder: Path | None,
    since: datetime | None,
    key: str | None,
    edition: str | None,
    as_json: bool,
) -> None:
    """Show the accesses in DIR, oldest first; one JSON object per line with --json."""
    place = _folder(folder)
    if not place.is_dir():
        raise AuditError(f"there is no audit trail in {place}")
    for entry in accesses(place, Wish(since, key, edition)):
        click.echo(json.dumps(entry, ensure_ascii=False) if as_json else line_of(entry))


def line_of(entry: Entry) -> str:
    """Return an access as a line for people."""
    about = entry["attributes"]
    asked = "&".join(f"{name}={value}" for name, value in (about["selection"] or {}).items())
    who = f"{about['key']} ({about['key_name'] or '-'})"
    what = f"{about['method']} {about['route']}" + (f"?{asked}" if asked else "")
    parts = (
        f"{entry['start_time']}  {who}  {about['http_status']}  {what}",
        f"rows {about['rows']}" if about["rows"] is not None else "",
        ", ".join(about["editions"] or ()),
        f"for: {about['purpose']}" if about["purpose"] else "",
    )
    return "  ".join(part for part in parts if part)
