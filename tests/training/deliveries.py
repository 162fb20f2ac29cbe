"""Small deliveries to read and to spoil, written as the text a supplier would send."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models.errors import Fault
from training.sources.folder import inspect_folder

HEADER = "municipality,district,product,period,clients,volume,cost_eur"
MONTHS = [f"2022-{month:02d}-01" for month in range(1, 13)]
QUARTERS = [f"{year}-{month:02d}-01" for year in (2021, 2022) for month in (1, 4, 7, 10)]
YEARS = [f"{year}-01-01" for year in range(2017, 2023)]


def series(
    periods: Sequence[str], district: str = "W1", product: str = "hbh", clients: str = "10"
) -> list[str]:
    """Return rows of care_use for one series, with the same figures in every period."""
    return [f"G1,{district},{product},{day},{clients},20.5,300.25" for day in periods]


def table(header: str, *rows: str) -> str:
    """Return a CSV file as text."""
    return "\n".join([header, *rows]) + "\n"


def use(*rows: str) -> str:
    """Return care_use.csv as text."""
    return table(HEADER, *rows)


GOOD = use(*series(MONTHS), *series(MONTHS, "W2"))


def deliver(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write files to a folder; names without a suffix become CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / (name if "." in name else f"{name}.csv")).write_bytes(raw)
    return folder


def faults_of(folder: Path, files: dict[str, str | bytes]) -> list[Fault]:
    """Return every fault of a delivery made of these files."""
    return list(inspect_folder(deliver(folder, files)).faults)


def errors_of(folder: Path, files: dict[str, str | bytes]) -> list[Fault]:
    """Return the errors of a delivery made of these files."""
    return [fault for fault in faults_of(folder, files) if fault.severity == "error"]


def only(faults: Sequence[Fault]) -> Fault:
    """Return the one fault, or fail showing all of them."""
    assert len(faults) == 1, "\n".join(str(fault) for fault in faults)
    return faults[0]
