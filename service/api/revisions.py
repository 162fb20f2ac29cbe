"""``GET /v1/revisions``: why a newer edition says something else than an earlier one, by cause.

Both editions split growth by cause. Seen from the base year of the newer one, the difference is
what became known about that year (its level), and per cause what it adds from there on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from models.drivers import BASE, CAUSES, TOTAL
from service.access.roles import Role
from service.access.rules import access_rule
from service.api import explanations
from service.api import row_parts as shared
from service.api.driver_answer import DriverQuestion
from service.api.driver_answer import Measure as Split
from service.api.drivers import driver_rows
from service.api.endpoint import Description, endpoint
from service.api.figure_rows import Columns
from service.api.figures import Figures, figures_answer
from service.api.media import MEDIA_TYPES, form_name
from service.api.query import Asked, Code, read_question
from service.api.remembering import remembered
from service.api.scope import Share, earlier_shares, narrowed, visible_shares

BLUEPRINT = APIBlueprint("revisions", __name__, tag={"name": "ramingen"})
LEVEL = "level"
PARTS = 1_000_000  # of a unit: whole numbers add up
ORDER = (LEVEL, *CAUSES, TOTAL)
KEY = ("municipality", "product", "district")
TEXTS = ("product_label", "district_label", "law", "category", "taakveld", "unit", "price_base")
Cell = tuple[str, int]  # cause and year


class RevisionQuestion(DriverQuestion):
    """Which editions to compare, and what of them."""

    against: Code | None = Field(
        None,
        description="Editie waarmee vergeleken wordt (id van /editions). Standaard de nieuwste met "
        "een eerdere peildatum, per gemeente.",
    )


class RevisionRow(shared.PlacedRow):
    """What one cause makes different between two editions; the same columns in every format."""

    model_config = ConfigDict(extra="forbid")

    base_year: int = Field(description="Basisjaar van de nieuwe editie.")
    year: int = Field(description="Het jaar waarover beide editie iets zeggen.")
    measure: Split = Field(description="Wat er geteld is.")
    unit: shared.Unit
    price_base: shared.PriceBase
    cause: Literal[
        "level", "demography", "use", "volume", "price", "policy", "interaction", "total"
    ] = Field(description="Waardoor de editie iets anders zegt.")
    cause_label: str = Field(description="Naam daarvan.")
    difference: float = Field(
        description="Wat dit verschil maakt: nieuwe editie min eerdere. De oorzaken tellen op tot "
        "total."
    )
    edition: shared.EditionId
    as_of: shared.AsOf
    other_edition: str = Field(description="De eerdere editie.")
    other_as_of: shared.AsOf


class RevisionMeta(shared.FigureMeta):
    """What belongs to the revision as a whole."""

    causes: list[shared.Term] = Field(description="Wat de oorzaken betekenen.")


class RevisionAnswer(BaseModel):
    """Why two editions differ, and what belongs to it."""

    meta: RevisionMeta
    rows: list[RevisionRow]


@endpoint(
    BLUEPRINT,
    "/revisions",
    RevisionAnswer,
    Description(question=RevisionQuestion, media_types=MEDIA_TYPES, example="revisions"),
)
@access_rule(Role.CONTROLLER)
@remembered
def revisions() -> Response:
    """Waarom een nieuwe editie iets anders zegt.

    Het verschil met een eerdere editie, uitgesplitst: wat bekend werd over het basisjaar (level),
    en wat bevolking, gebruik, volume, prijs en beleid vanaf dan anders doen dan toen geraamd.
    """
    asked = read_question(RevisionQuestion, request.args)
    form = form_name(asked.query.format)
    mine = narrowed(visible_shares(asked), asked.query.municipality)
    other = earlier_shares(asked, mine, asked.query.against)
    columns = revision_rows(asked, mine, other)
    query = asked.check()
    return figures_answer(query, [*mine, *other], form, lambda: _figures(columns, bool(other)))


def _figures(columns: Columns, compared: bool) -> Figures:
    measures = sorted(set(columns["measure"].tolist())) or ["cost"]
    return Figures(
        name=f"bijstelling-{measures[0]}",
        measure=measures[0],
        definition=explanations.DEFINITIONS[measures[0]],
        row=RevisionRow,
        columns=columns,
        notes=[] if compared else [explanations.NO_OTHER_EDITION],
        meta={"causes": explanations.terms(explanations.REVISIONS)},
        facts={"oorzaken": explanations.told(explanations.REVISIONS)},
    )


def revision_rows(
    asked: Asked[RevisionQuestion], mine: Sequence[Share], other: Sequence[Share]
) -> Columns:
    """Return the rows of a question, for who shows them in another form.

    Args:
        asked: the question.
        mine: the newer editions.
        other: the earlier ones.

    Raises:
        ProblemError: 400 with every fault.
    """
    if not other or asked.faults:
        return _table([])
    # Later years only for the answer: from the new base year on, both are needed.
    whole = asked.query.model_copy(update={"start": None, "end": None})
    now = _cells(driver_rows(Asked(whole, asked.faults, asked.texts), list(mine)))
    then = _cells(driver_rows(Asked(whole, asked.faults, asked.texts), list(other)))
    query, rows = asked.query, []
    for key, new in now.items():
        old = then.get(key)
        if old is None:
            continue
        for year in sorted(new.years & old.years):
            early = query.start is not None and year < query.start.year
            late = query.end is not None and year > query.end.year
            if not early and not late:
                rows += _row(key, new, old, year)
    return _table(rows)


class _Group:
    """The causes of one group in one edition.

    Attributes:
        about: labels and origin.
        base_year: of its split.
        values: figure per cause and year, in millionths, so that they add up.
    """

    def __init__(self, about: Mapping[str, Any]) -> None:
        self.about = about
        self.base_year = int(about["base_year"])
        self.values: dict[Cell, int] = {}

    @property
    def years(self) -> set[int]:
        """The later years of the split."""
        return {year for _, year in self.values}

    def at(self, cause: str, year: int) -> int | None:
        """Return what a cause has added by a year; the base year itself has no causes."""
        if year == self.base_year:
            return self.values[BASE, min(self.years)] if cause == TOTAL else 0
        return self.values.get((cause, year))


def _cells(columns: Columns) -> dict[tuple[str, ...], _Group]:
    lists = {name: values.tolist() for name, values in columns.items()}
    found: dict[tuple[str, ...], _Group] = {}
    for row in (dict(zip(lists, one, strict=True)) for one in zip(*lists.values(), strict=True)):
        key = tuple(row[name] for name in KEY)
        group = found.setdefault(key, _Group(row))
        group.values[row["cause"], row["year"]] = round(PARTS * row["mean"])
    return found


def _row(key: tuple[str, ...], new: _Group, old: _Group, year: int) -> list[dict[str, Any]]:
    """Return what each cause makes different in a year; nothing where the editions do not meet."""
    base = new.base_year
    before, after = old.at(TOTAL, base), new.at(TOTAL, year)
    if before is None or after is None or old.at(TOTAL, year) is None:
        return []
    found = {LEVEL: (new.at(TOTAL, base) or 0) - before}
    for cause in (*CAUSES, TOTAL):
        was = (old.at(cause, year) or 0) - (0 if cause == TOTAL else old.at(cause, base) or 0)
        found[cause] = (new.at(cause, year) or 0) - was
    about = dict(zip(KEY, key, strict=True)) | {name: new.about[name] for name in TEXTS}
    about |= {
        "base_year": base,
        "year": year,
        "measure": new.about["measure"],
        "edition": new.about["edition"],
        "as_of": new.about["as_of"],
        "other_edition": old.about["edition"],
        "other_as_of": old.about["as_of"],
    }
    words = explanations.REVISIONS
    return [
        about | {"cause": cause, "cause_label": words[cause][0], "difference": found[cause] / PARTS}
        for cause in ORDER
    ]


def _table(rows: list[dict[str, Any]]) -> Columns:
    kinds: dict[str, npt.DTypeLike] = {
        "base_year": np.int64,
        "year": np.int64,
        "difference": np.float64,
    }
    kinds |= {"as_of": "datetime64[D]", "other_as_of": "datetime64[D]"}
    columns: Columns = {}
    for name in RevisionRow.model_fields:
        values = np.empty(len(rows), dtype=object)
        values[:] = [row[name] for row in rows]
        columns[name] = values.astype(kinds.get(name, object))
    return columns
