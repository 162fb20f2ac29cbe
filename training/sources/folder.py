"""Read a panel folder: the door through which every delivery comes in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from models.contract import BOUNDARIES, CONTRACT
from models.errors import DeliveryError, Fault
from models.panel import DeliveredFile, Panel
from training.checks import (
    CheckedTable,
    check_table,
    citizen_columns,
    citizen_faults,
    discreet,
    words_with_citizen_numbers,
)
from training.codes import code_faults, nesting_faults
from training.inspection import Inspection, count_rows
from training.money_checks import money_faults
from training.periods import period_faults, rhythms_of
from training.sources.assembly import assemble
from training.sources.boundaries import Boundaries, read_boundaries
from training.sources.table_files import tables_in
from training.sources.tables import TextTable
from training.spelling import close_matches, suggestion
from training.template import WORKBOOK

_NAMES = tuple(file.name for file in CONTRACT)
_CARE_USE = "care_use"
_NOT_READ = (".xls", ".xlsm", ".ods", ".tsv", ".txt", ".json", ".feather", ".zip", ".gz")
_TABLES = (".csv", ".parquet", ".xlsx")
_EMPTY = (
    "the folder is empty: care_use.csv (or .parquet, .xlsx) is needed; "
    "zorgraming template DIR writes empty tables"
)


def read_folder(folder: Path) -> tuple[Panel, list[Fault]]:
    """Read a delivery.

    Args:
        folder: holds the files of the data contract; other files and sub-folders are ignored.

    Returns:
        The panel and the warnings.

    Raises:
        DeliveryError: the delivery is refused; carries every fault of every file, errors first.
    """
    inspection = inspect_folder(folder)
    if inspection.panel is None:
        errors, warnings = inspection.errors, inspection.warnings
        message = f"delivery {inspection.name!r} has {len(errors)} error(s)"
        if warnings:
            message += f" and {len(warnings)} warning(s)"
        raise DeliveryError(message, (*errors, *warnings))
    return inspection.panel, list(inspection.warnings)


def inspect_folder(folder: Path) -> Inspection:
    """Check a delivery as a whole: every fault of every file at once.

    Args:
        folder: holds the files of the data contract.

    Returns:
        Counts per file, faults, and the panel when no fault is an error. Never raises for what is
        wrong with a delivery.
    """
    name = delivery_name(folder)
    if not folder.is_dir():
        rule = "there is no such folder"
        return Inspection(name, (), (Fault(folder.name, None, None, None, rule),), None)
    return _Delivery(folder, name).inspected()


def delivery_name(folder: Path) -> str:
    """Return the name of a delivery: the folder's name in lower-case letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", folder.resolve().name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "delivery"


class _Delivery:
    """One delivery while it is being inspected."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.faults: list[Fault] = []
        self.found: dict[str, list[TextTable]] = {}
        self.tables: dict[str, CheckedTable] = {}
        self.boundaries: Boundaries | None = None

    def inspected(self) -> Inspection:
        """Read, check each file, check the files together, and assemble the panel."""
        entries = sorted(p for p in self.folder.iterdir() if not p.name.startswith((".", "~$")))
        for path in entries:
            if path.is_file():
                self._read(path)
        self._check_each()
        if not entries:
            self._refuse(self.folder.name, _EMPTY)
        elif _CARE_USE not in self.found:
            near = suggestion(_CARE_USE, self.found)
            self._refuse("care_use.csv", f"the file is missing, and it is required{near}")
        self._check_together()
        self._read_boundaries()
        return self._finished()

    def _refuse(self, file: str, rule: str, severity: str = "error") -> None:
        self.faults.append(Fault(file, None, None, None, rule, severity))

    def _read(self, path: Path) -> None:
        """Read the tables of one file; one outside the contract is looked at for persons only."""
        try:
            tables = tables_in(path) if path.suffix.lower() in _TABLES else {}
        except OSError as error:
            self._refuse(path.name, f"the file cannot be opened: {error.strerror}")
            return
        except ValueError as error:
            needed = path.stem.lower() in {*_NAMES, Path(WORKBOOK).stem}
            self._refuse(path.name, str(error), "error" if needed else "warning")
            return
        for name, table in tables.items():
            self.found.setdefault(name, []).append(table)
            if name not in _NAMES:
                self.faults += citizen_faults(table.file, citizen_columns(table))
                self.faults += _nearly(name, table.file)
        self.faults += _not_read(path)

    def _check_each(self) -> None:
        for contract in CONTRACT:
            found = self.found.get(contract.name, [])
            filled = [table for table in found if table.read or table.faults]
            if len(filled) > 1:
                names = " and ".join(table.file for table in filled)
                rule = f"{names} hold the same table; deliver it once"
                self._refuse(filled[1].file, rule)
            for source in (filled or found)[:1]:  # an empty table of the template gives way
                table = check_table(contract, source)
                self.tables[contract.name] = table
                self.faults += [*table.faults, *words_with_citizen_numbers(table)]

    def _check_together(self) -> None:
        use = self.tables.get(_CARE_USE)
        wrong_codes = list(code_faults(self.tables))
        self.faults += wrong_codes
        self.faults += nesting_faults(self.tables)
        self.faults += money_faults(self.tables)
        if use is not None and use.has("municipality", "district", "product", "period"):
            misplaced = {f.row for f in wrong_codes if f.row and f.file == use.source.file}
            self.faults += period_faults(use, misplaced)
            self.faults += _early_counts(self.tables)

    def _read_boundaries(self) -> None:
        path = self.folder / BOUNDARIES
        if path.is_file():
            try:
                self.boundaries = read_boundaries(path, self._kinds(), self._used())
            except OSError as error:
                self._refuse(BOUNDARIES, f"the file cannot be opened: {error.strerror}")
            else:
                self.faults += self.boundaries.faults

    def _kinds(self) -> dict[str, str | None]:
        """Return the kind of every known district, None where it is not stated."""
        tables = [self.tables[name] for name in (_CARE_USE, "districts") if name in self.tables]
        kinds: dict[str, str | None] = {
            code: None for table in tables for code in table.typed["district"].dropna()
        }
        if "districts" in self.tables:
            stated = self.tables["districts"].typed[["district", "kind"]].dropna()
            kinds |= dict(stated.itertuples(index=False, name=None))
        return kinds

    def _used(self) -> frozenset[str]:
        """Return the districts with care use of their own."""
        if _CARE_USE not in self.tables:
            return frozenset()
        places = self.tables[_CARE_USE].typed[["municipality", "district"]].dropna()
        return frozenset(places["district"][places["district"] != places["municipality"]])

    def _finished(self) -> Inspection:
        order = {table.source.file: at for at, table in enumerate(self.tables.values())}
        contracts = {table.source.file: table.file for table in self.tables.values()}
        shown = (discreet(fault, contracts.get(fault.file)) for fault in self.faults)
        faults = tuple(sorted(shown, key=lambda fault: _place(fault, order)))
        counts = [
            count_rows(table.source.file, table.source.read, faults)
            for table in self.tables.values()
        ]
        if self.boundaries:
            counts.append(count_rows(BOUNDARIES, self.boundaries.rows, faults))
        refused = any(fault.severity == "error" for fault in faults)
        return Inspection(self.name, tuple(counts), faults, None if refused else self._panel())

    def _panel(self) -> Panel:
        files = [
            DeliveredFile(table.source.file, table.source.sha256, table.source.read)
            for table in self.tables.values()
        ]
        if self.boundaries:
            files.append(DeliveredFile(BOUNDARIES, self.boundaries.sha256, self.boundaries.rows))
        content = self.boundaries.content if self.boundaries else None
        rhythms = rhythms_of(self.tables[_CARE_USE])
        return assemble(self.name, self.tables, rhythms, content, tuple(files))


def _nearly(name: str, file: str) -> Iterator[Fault]:
    near = close_matches(name, _NAMES)
    if near:
        rule = f"the table is not in the contract and is not read; is {near[0]!r} meant?"
        yield Fault(file, None, None, None, rule, "warning")


def _not_read(path: Path) -> Iterator[Fault]:
    name, suffix = path.stem.lower(), path.suffix.lower()
    if name in _NAMES and suffix in _NOT_READ:
        rule = f"{suffix} files are not read; deliver {name}.csv, {name}.parquet or {name}.xlsx"
        yield Fault(path.name, None, None, None, rule, "warning")
    elif suffix == ".geojson" and path.name != BOUNDARIES:
        rule = f"the file is not read; boundaries are called {BOUNDARIES}"
        yield Fault(path.name, None, None, None, rule, "warning")


def _early_counts(tables: dict[str, CheckedTable]) -> Iterator[Fault]:
    """Flag inhabitants that are said to be counted in a year that has yet to come."""
    people, use = tables.get("population"), tables[_CARE_USE]
    if people is None or not people.has("year"):
        return
    last = use.typed["period"].dt.year.max() + 1
    early = people.typed["year"].gt(last) & people.typed["kind"].ne("projected")
    for row in people.typed.index[early][:1]:
        rule = (
            f"{int(early.sum())} row(s) are counted (observed) in a year after {int(last)}, more "
            "than a year beyond care_use; is kind projected meant?"
        )
        value = people.source.cell(int(row), "year")
        yield Fault(people.source.file, int(row), "year", value, rule, "warning")


def _place(fault: Fault, order: dict[str, int]) -> tuple[int, str, int, str, str]:
    return (
        order.get(fault.file, -1),
        fault.file,
        fault.row or 0,
        fault.column or "",
        fault.rule,
    )
