"""The contract as pandera schemas, and what pandera finds as faults.

Two schemas per file. The first looks at the text of the cells: required columns are there, required
cells are filled, every cell can be read as its kind. The second looks at the values that were read:
ranges, and the relation of cells within one row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrorReason, SchemaErrors

from models.contract import (
    LAWS,
    WMO_CATEGORIES,
    YOUTH_CATEGORIES,
    Column,
    DataFile,
    Kind,
    Negative,
)
from models.contract_prices import ASSUMED
from models.errors import Fault
from training.sources.tables import TextTable

_CREDIT = "is below zero: taken as a credit or correction"
_BELOW_ZERO = "is below zero"
_USUAL_INDEX_PCT = 50
_NOTHING_LEFT_PCT = -100


@dataclass(frozen=True)
class RowRule:
    """A rule about one row.

    Attributes:
        file: name of the file in the contract.
        column: the column that is named when the rule is broken.
        holds: takes the values of a file, returns a bool per row; true where cells are unknown.
        rule: what is wrong when it does not hold.
        severity: error or warning.
    """

    file: str
    column: str
    holds: Callable[[pd.DataFrame], pd.Series[bool]]
    rule: str
    severity: str = "error"


def _not_before(later: str, earlier: str) -> Callable[[pd.DataFrame], pd.Series[bool]]:
    def holds(rows: pd.DataFrame) -> pd.Series[bool]:
        return ~(rows[later] < rows[earlier])

    return holds


def _known_category(rows: pd.DataFrame) -> pd.Series[bool]:
    return rows["category"].isna() | rows["category"].isin([*WMO_CATEGORIES, *YOUTH_CATEGORIES])


def _category_fits_law(rows: pd.DataFrame) -> pd.Series[bool]:
    wmo, youth = LAWS
    crossed = (rows["law"] == wmo) & rows["category"].isin(YOUTH_CATEGORIES)
    return ~(crossed | ((rows["law"] == youth) & rows["category"].isin(WMO_CATEGORIES)))


def _two_digits(rows: pd.DataFrame) -> pd.Series[bool]:
    return ~rows["category"].isin([code.removeprefix("0") for code in WMO_CATEGORIES[:9]])


def _has_value(*columns: str) -> Callable[[pd.DataFrame], pd.Series[bool]]:
    def holds(rows: pd.DataFrame) -> pd.Series[bool]:
        return rows[list(columns)].notna().any(axis=1)

    return holds


ROW_RULES = (
    RowRule(
        "care_use",
        "known_from",
        _not_before("known_from", "period"),
        "is a day before the period begins: use cannot be known by then",
        "warning",
    ),
    RowRule(
        "products",
        "category",
        _two_digits,
        "has lost its leading zero; write two digits (01), and format the column as text",
    ),
    RowRule(
        "products",
        "category",
        lambda rows: _known_category(rows) | ~_two_digits(rows),
        "is no category of iWmo (01-18) or iJw (31-38, 40-55), release 3.2",
        "warning",
    ),
    RowRule("products", "category", _category_fits_law, "is a category of the other law"),
    RowRule(
        "districts",
        "parent",
        lambda rows: ~(rows["parent"] == rows["district"]),
        "is the district itself; give the larger district, or leave the cell empty",
    ),
    RowRule(
        "population",
        "age_to",
        _not_before("age_to", "age_from"),
        "is lower than age_from; both ages belong to the band",
    ),
    RowRule(
        "age_profile",
        "age_to",
        _not_before("age_to", "age_from"),
        "is lower than age_from; both ages belong to the band",
    ),
    RowRule(
        "age_profile",
        "use_per_1000",
        _has_value("use_per_1000", "cost_per_head_eur"),
        "is empty, and so is cost_per_head_eur; give at least one of the two",
    ),
    RowRule(
        "prices",
        "index_pct",
        lambda rows: ~(rows["index_pct"].abs() > _USUAL_INDEX_PCT),
        f"is a change of more than {_USUAL_INDEX_PCT} percent in one year; "
        "give the change (4.74) and not the level (104.74)",
        "warning",
    ),
    RowRule(
        "prices",
        "index_pct",
        lambda rows: ~(rows["index_pct"] <= _NOTHING_LEFT_PCT),
        "is a fall by the whole price or more",
    ),
    RowRule(
        "prices",
        "spread_pct",
        lambda rows: rows["spread_pct"].isna() | rows["status"].isin(ASSUMED),
        "is not read: only a row with status assumed is uncertain",
        "warning",
    ),
    RowRule(
        "tariffs",
        "valid_to",
        _not_before("valid_to", "valid_from"),
        "is a day before valid_from",
    ),
    RowRule(
        "declarations",
        "declared_period",
        _not_before("declared_period", "service_period"),
        "is before service_period: care is declared in its own month at the earliest",
    ),
)


def text_faults(
    file: DataFile, source: TextTable, broken: Mapping[str, Mapping[str, str]]
) -> list[Fault]:
    """Return what is wrong with the text of the cells.

    Args:
        file: the contract of the file.
        source: the file as text.
        broken: per column, the rule that each wrong text breaks.
    """
    schema = pa.DataFrameSchema(
        {column.name: _text_column(column, broken.get(column.name, {})) for column in file.columns}
    )
    faults = []
    for error in _errors(schema, source.cells):
        if error.reason_code is SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME:
            rule = "the required column is missing"
            faults.append(Fault(source.file, None, str(error.failure_cases), None, rule))
        elif error.reason_code is SchemaErrorReason.SERIES_CONTAINS_NULLS:
            rule = "is empty; this column needs a value in every row"
            rows = error.failure_cases["index"]
            faults += [Fault(source.file, int(row), error.schema.name, None, rule) for row in rows]
        else:
            faults += _unreadable(source.file, error, broken[error.schema.name])
    return faults


def value_faults(file: DataFile, source: TextTable, typed: pd.DataFrame) -> list[Fault]:
    """Return which values break a rule, alone or together with the rest of their row.

    Args:
        file: the contract of the file.
        source: the file as text, to quote from.
        typed: every column of the contract under its panel name; unknown where text was wrong.
    """
    columns = {column.panel_name: _value_column(column) for column in file.columns}
    rules = {rule.rule: rule for rule in ROW_RULES if rule.file == file.name}
    checks = [pa.Check(rule.holds, error=rule.rule, ignore_na=False) for rule in rules.values()]
    faults = []
    for error in _errors(pa.DataFrameSchema(columns, checks=checks), typed):
        row_rule = rules.get(error.check.error)
        column = row_rule.column if row_rule else _delivered(file, error.schema.name)
        severity = row_rule.severity if row_rule else error.check.name
        for row in error.failure_cases["index"].unique():
            text = source.cell(row, column)
            faults.append(Fault(source.file, int(row), column, text, error.check.error, severity))
    return faults


def _errors(schema: Any, table: pd.DataFrame) -> Iterator[Any]:  # noqa: ANN401 - untyped library
    try:
        schema.validate(table, lazy=True)
    except SchemaErrors as errors:
        yield from errors.schema_errors


def _text_column(column: Column, broken: Mapping[str, str]) -> Any:  # noqa: ANN401
    readable = pa.Check(lambda cells: ~cells.isin(broken), error=column.rule)
    return pa.Column(None, readable, nullable=not column.required, required=column.required)


def _value_column(column: Column) -> Any:  # noqa: ANN401
    checks = []
    if column.kind in {Kind.NUMBER, Kind.MONEY} and column.negative is not Negative.FINE:
        flagged = column.negative is Negative.FLAGGED
        rule, severity = (_CREDIT, "warning") if flagged else (_BELOW_ZERO, "error")
        checks.append(pa.Check.ge(0, name=severity, error=rule))
    return pa.Column(None, checks, nullable=True)


def _unreadable(name: str, error: Any, broken: Mapping[str, str]) -> list[Fault]:  # noqa: ANN401
    pairs = zip(error.failure_cases["index"], error.failure_cases["failure_case"], strict=True)
    return [Fault(name, int(row), error.schema.name, text, broken[text]) for row, text in pairs]


def _delivered(file: DataFile, panel_name: str) -> str:
    return next(column.name for column in file.columns if column.panel_name == panel_name)
