"""The queries as M, the language of Power Query: one template for all of them.

What makes them refresh anywhere is the form of the call: the address is a literal, and what
changes stands in ``RelativePath`` and ``Query``. The Power BI service refuses to refresh computed
addresses. The literal ends in the version, because the service tries that very address when
credentials are stored, and there it finds the index. Credentials are not here at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.dashboards.queries import LIST, QUERIES, Query

LINE_END = "\r\n"  # as Excel writes it
STEP = "    "
CULTURE = "en-US"  # of the numbers and days in the answer, whatever the reader's own


def section(base: str) -> str:
    """Return all queries as one section document.

    Args:
        base: address of the version, such as ``https://raming.example.nl/v1``.
    """
    members = (f"shared {query.name} = {expression(query, base)};" for query in QUERIES)
    return _lines(["section Section1;", *(line for member in members for line in ("", member))])


def expression(query: Query, base: str) -> str:
    """Return one query, as it is pasted into an editor.

    Args:
        query: which.
        base: address of the version.
    """
    steps = [*_call(query, base), *(_from_csv(query) if query.is_csv else _from_json(query))]
    body = f",{LINE_END}".join(_indented(step) for step in steps)
    comments = (f"{STEP}// {line}" for line in query.told)
    return LINE_END.join(["let", *comments, body, "in", f"{STEP}Getypeerd"])


def _call(query: Query, base: str) -> list[str]:
    call = (
        "Bron = Web.Contents(",
        f"{STEP}{text(base)},",
        f"{STEP}[",
        f"{STEP}{STEP}RelativePath = {text(query.path)},",
        f"{STEP}{STEP}Query = {_record(query.parameters)}",
        f"{STEP}]",
        ")",
    )
    return [LINE_END.join(call)]


def _from_csv(query: Query) -> list[str]:
    """Return the steps from CSV: unknown is empty there, and becomes null before it is typed."""
    names = tuple(query.columns())
    return [
        'Regels = Csv.Document(Bron, [Delimiter = ",", Encoding = TextEncoding.Utf8, '
        "QuoteStyle = QuoteStyle.Csv])",
        "Koppen = Table.PromoteHeaders(Regels, [PromoteAllScalars = true])",
        f"Kolommen = Table.SelectColumns(Koppen, {_texts(names)})",
        'Leeg = Table.ReplaceValue(Kolommen, "", null, Replacer.ReplaceValue, '
        "Table.ColumnNames(Kolommen))",
        _typed("Leeg", query),
    ]


def _from_json(query: Query) -> list[str]:
    """Return the steps from JSON, where unknown is null already; lists are joined."""
    columns = query.columns()
    steps = [
        "Antwoord = Json.Document(Bron, TextEncoding.Utf8)",
        'Rijen = Table.FromList(Antwoord[rows], Splitter.SplitByNothing(), {"rij"})',
        f'Kolommen = Table.ExpandRecordColumn(Rijen, "rij", {_texts(columns)})',
    ]
    lists = [name for name, kind in columns.items() if kind == LIST]
    if not lists:
        return [*steps, _typed("Kolommen", query)]
    parts = ", ".join(f'{{{text(name)}, each Text.Combine(_, ", "), type text}}' for name in lists)
    return [
        *steps,
        f"Lijsten = Table.TransformColumns(Kolommen, {{{parts}}})",
        _typed("Lijsten", query),
    ]


def _typed(step: str, query: Query) -> str:
    kinds = query.columns().items()
    pairs = (f"{{{text(name)}, {kind}}}" for name, kind in kinds if kind != LIST)
    listed = f",{LINE_END}{STEP}{STEP}".join(pairs)
    lines = (
        f"Getypeerd = Table.TransformColumnTypes({step},",
        f"{STEP}{{",
        f"{STEP}{STEP}{listed}",
        f"{STEP}}},",
        f"{STEP}{text(CULTURE)}",
        ")",
    )
    return LINE_END.join(lines)


def text(value: str) -> str:
    """Return a text literal of M, in which quotes are doubled and ``#(`` begins an escape."""
    return '"' + value.replace("#(", "#(#)(").replace('"', '""') + '"'


def _texts(values: Iterable[str]) -> str:
    return "{" + ", ".join(map(text, values)) + "}"


def _record(values: Mapping[str, str]) -> str:
    return "[" + ", ".join(f"{name} = {text(value)}" for name, value in values.items()) + "]"


def _indented(step: str) -> str:
    return LINE_END.join(STEP + line for line in step.split(LINE_END))


def _lines(parts: Iterable[str]) -> str:
    return LINE_END.join(parts) + LINE_END
