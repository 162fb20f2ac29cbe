"""Check that the codes of a delivery mean the same in every file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import pandas as pd

from models.contract import BOUNDARIES, CONTRACT
from models.errors import Fault
from training.checks import CheckedTable
from training.spelling import listed, suggestion

Tables = Mapping[str, CheckedTable]
_PLACE = ["municipality", "district"]
_CELL = ["product", "period"]


def code_faults(tables: Tables) -> Iterator[Fault]:
    """Yield every code that is unknown, or spelled in two ways.

    Where the delivery has a list of codes (products, districts), a code outside it is an error.
    Without one care_use is the list: a code of another file outside it is a warning, and within
    care_use the most frequent spelling counts.

    Args:
        tables: the checked files of the delivery, by name.
    """
    yield from _products(tables)
    yield from _districts(tables)
    yield from _municipalities(tables)
    yield from _provenance(tables)


def _codes(table: CheckedTable | None, column: str) -> pd.Series[str]:
    if table is None or not table.has(column):
        return pd.Series(dtype=object)
    return table.typed[column].dropna()


def _with(tables: Tables, *columns: str, but: Iterable[str] = ()) -> Iterator[CheckedTable]:
    yield from (t for name, t in tables.items() if t.has(*columns) and name not in but)


def _products(tables: Tables) -> Iterator[Fault]:
    known = set(_codes(tables.get("products"), "product"))
    if known:
        for table in _with(tables, "product", but=["products"]):
            rule = f"the product is not in {tables['products'].source.file}"
            yield from _outside(table, "product", known, rule)
        return
    yield from _two_spellings(tables, "product")
    used = set(_codes(tables.get("care_use"), "product"))
    for table in _with(tables, "product", but=["products", "care_use"]):
        yield from _once(table, "product", used, "the product has no rows in care_use")


def _municipalities(tables: Tables) -> Iterator[Fault]:
    yield from _two_spellings(tables, "municipality")
    used = set(_codes(tables.get("care_use"), "municipality"))
    listing = tables.get("districts")
    known = used | set(_codes(listing, "municipality"))
    for table in _with(tables, "municipality", but=["care_use", "districts"]):
        if listing is None or not table.has("district"):
            yield from _once(table, "municipality", known, "the municipality is not in care_use")


def _two_spellings(tables: Tables, column: str) -> Iterator[Fault]:
    """Yield the rows of care_use whose code differs only in case from a more frequent one."""
    table = tables.get("care_use")
    codes = _codes(table, column)
    if table is None or codes.empty:
        return
    counts = Counter(codes)
    usual: dict[str, str] = {}
    for code, _ in counts.most_common():
        usual.setdefault(_plain(code), code)
    wrong = {code: usual[_plain(code)] for code in counts if usual[_plain(code)] != code}
    for row, code in codes[codes.isin(wrong)].items():
        rule = f"is also written {wrong[code]!r}; write a code the same everywhere"
        yield _fault(table, row, column, code, rule)


def _plain(code: str) -> str:
    return " ".join(code.split()).casefold()


def _outside(table: CheckedTable, column: str, known: set[str], rule: str) -> Iterator[Fault]:
    codes = _codes(table, column)
    unknown = codes[~codes.isin(known)]
    hints = {code: suggestion(code, known) or _known(known) for code in unknown.unique()}
    for row, code in unknown.items():
        yield _fault(table, row, column, code, rule + hints[code])


def _known(known: set[str]) -> str:
    return f" ({listed(sorted(known))})"


def _once(table: CheckedTable, column: str, known: set[str], rule: str) -> Iterator[Fault]:
    """Yield one warning per code outside a list that care_use merely implies."""
    codes = _codes(table, column)
    for row, code in codes[~codes.isin(known)].drop_duplicates().items():
        yield _warning(table, row, column, code, rule + suggestion(code, known))


def _fault(table: CheckedTable, row: object, column: str, code: str, rule: str) -> Fault:
    return Fault(table.source.file, int(str(row)), column, code, rule)


def _warning(table: CheckedTable, row: object, column: str, code: str, rule: str) -> Fault:
    return replace(_fault(table, row, column, code, rule), severity="warning")


def _districts(tables: Tables) -> Iterator[Fault]:
    listing = tables.get("districts")
    if listing is None or not listing.has(*_PLACE):
        yield from _two_spellings(tables, "district")
        return
    places = set(listing.typed[_PLACE].dropna().itertuples(index=False, name=None))
    for table in _with(tables, *_PLACE, but=["districts"]):
        yield from _outside_places(table, places, listing.source.file)


def _outside_places(
    table: CheckedTable, places: set[tuple[str, str]], listing: str
) -> Iterator[Fault]:
    given = table.typed[_PLACE].dropna()
    given = given[given["district"] != given["municipality"]]  # municipality-wide
    unknown = [
        place
        for place in given.drop_duplicates().itertuples(index=False, name=None)
        if place not in places
    ]
    if not unknown:
        return
    rules = {place: _misplaced(place, places, listing) for place in unknown}
    pairs = zip(given["municipality"], given["district"], strict=True)
    for row, place in zip(given.index, pairs, strict=True):
        if place in rules:
            column, rule = rules[place]
            yield _fault(table, row, column, place[_PLACE.index(column)], rule)


def _misplaced(
    place: tuple[str, str], places: set[tuple[str, str]], listing: str
) -> tuple[str, str]:
    municipality, district = place
    municipalities = {known for known, _ in places}
    if municipality not in municipalities:
        rule = f"the municipality is not in {listing}"
        return "municipality", rule + (suggestion(municipality, municipalities))
    elsewhere = sorted(known for known, code in places if code == district)
    if elsewhere:
        rule = f"the district belongs to {listed(elsewhere)} in {listing}, not to {municipality}"
        return "district", rule
    own = {code for known, code in places if known == municipality}
    rule = f"the district is not in {listing} for {municipality}"
    return "district", rule + suggestion(district, own)


def _provenance(tables: Tables) -> Iterator[Fault]:
    table = tables.get("provenance")
    known = {file.name for file in CONTRACT} | {BOUNDARIES}
    for row, name in _codes(table, "file").items():
        if table is not None and name not in known and name.partition(".")[0] not in known:
            rule = f"is no file of a delivery{suggestion(name.partition('.')[0], known)}"
            yield _warning(table, row, "file", name, rule)


def nesting_faults(tables: Tables) -> Iterator[Fault]:
    """Yield what would be counted twice because districts lie within each other.

    A district and the larger district it belongs to (``parent``) may not both have rows for the
    same product and period; and no district belongs, over however many steps, to itself.
    """
    listing, use = tables.get("districts"), tables.get("care_use")
    if listing is None or not listing.has(*_PLACE, "parent"):
        return
    rows = listing.typed.dropna(subset=[*_PLACE, "parent"])
    parents = {(m, d): p for m, d, p in zip(*(rows[c] for c in [*_PLACE, "parent"]), strict=True)}
    for row, place in zip(rows.index, zip(*(rows[c] for c in _PLACE), strict=True), strict=True):
        if place in _above(place, parents) and parents[place] != place[1]:
            rule = "the district belongs to itself by way of its parents"
            yield _fault(listing, row, "parent", parents[place], rule)
    if use is not None and use.has(*_PLACE, *_CELL):
        yield from _counted_twice(use, parents)


def _above(
    place: tuple[str, str], parents: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], None]:
    """Return everything a place belongs to, nearest first."""
    found: dict[tuple[str, str], None] = {}
    while place in parents:
        place = (place[0], parents[place])
        if place in found:
            break
        found[place] = None
    return found


def _counted_twice(use: CheckedTable, parents: Mapping[tuple[str, str], str]) -> Iterator[Fault]:
    cells = use.typed[[*_PLACE, *_CELL]].dropna()
    cells = cells[cells["district"] != cells["municipality"]]
    used = set(cells[_PLACE].drop_duplicates().itertuples(index=False, name=None))
    within = [
        (*place, above[1])
        for place in sorted(used)
        for above in _above(place, parents)
        if above in used and above != place and above[1] != place[0]
    ]
    if not within:
        return
    parts = cells.merge(pd.DataFrame(within, columns=[*_PLACE, "larger"]), on=_PLACE)
    parts = parts.drop_duplicates(["municipality", "larger", *_CELL])
    large = cells.reset_index(names="row").rename(columns={"district": "larger"})
    both = large.merge(parts, on=["municipality", "larger", *_CELL])
    for row, larger, part in zip(both["row"], both["larger"], both["district"], strict=True):
        rule = f"holds district {part}, which has this product and period too: counted twice"
        yield _fault(use, row, "district", larger, rule)
