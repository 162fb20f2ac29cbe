"""The data contract: every file and column of a delivery, stated once.

The reader, the checks, the template and the document ``docs/data-contract.md`` are all made from
``CONTRACT``. Source of the contract: design, section 3.
"""

from __future__ import annotations

from models.contract_context import (
    AGE_PROFILE,
    BUDGET,
    POLICY_EVENTS,
    POPULATION,
    PROVENANCE,
)
from models.contract_prices import PRICES, TARIFFS
from models.contract_shape import Column, DataFile, Kind, Negative
from models.contract_use import (
    ALLOCATIONS,
    CARE_USE,
    DECLARATIONS,
    DISTRICTS,
    LAWS,
    PRODUCTS,
    PROVISIONAL,
    STATUSES,
    WMO_CATEGORIES,
    YOUTH_CATEGORIES,
)

__all__ = [
    "BOUNDARIES",
    "CONTRACT",
    "LAWS",
    "PROVISIONAL",
    "STATUSES",
    "SUFFIXES",
    "WMO_CATEGORIES",
    "YOUTH_CATEGORIES",
    "Column",
    "DataFile",
    "Kind",
    "Negative",
    "as_markdown",
    "file_named",
]

CONTRACT = (
    CARE_USE,
    PRODUCTS,
    DISTRICTS,
    POPULATION,
    AGE_PROFILE,
    PRICES,
    TARIFFS,
    POLICY_EVENTS,
    DECLARATIONS,
    ALLOCATIONS,
    BUDGET,
    PROVENANCE,
)
SUFFIXES = (".csv", ".parquet")
BOUNDARIES = "districts.geojson"  # optional; each feature names its district in properties


def file_named(name: str) -> DataFile:
    """Return the file of that name (without suffix).

    Raises:
        KeyError: the contract has no such file.
    """
    for file in CONTRACT:
        if file.name == name:
            return file
    raise KeyError(f"the contract has no file {name}")


def as_markdown() -> str:
    """Return the contract as the tables of the document, one section per file."""
    return "\n".join(_section(file) for file in CONTRACT)


def _section(file: DataFile) -> str:
    lines = [
        f"### `{file.name}`",
        "",
        file.purpose + (" **Required.**" if file.required else ""),
        "",
        "| column | required | holds | rule | example |",
        "| --- | --- | --- | --- | --- |",
        *(_row(column) for column in file.columns),
        "",
        f"Once per {', '.join(f'`{name}`' for name in file.key)}.",
    ]
    if file.one_of:
        lines.append(f"At least one of {', '.join(f'`{name}`' for name in file.one_of)}.")
    lines.append(f"Rows without `known_from` count as known {file.known}.")
    return "\n".join(lines) + "\n"


def _row(column: Column) -> str:
    rule = column.rule
    if column.allowed:
        rule += f": {', '.join(f'`{value}`' for value in column.allowed)}"
    name = f"**{column.name}**" if column.required else f"`{column.name}`"
    required = "yes" if column.required else "no"
    example = f"`{column.example}`" if column.example else ""
    return f"| {name} | {required} | {column.kind} | {rule} | {example} |"
