"""``GET /v1/accuracy``: how good forecasts were, on rolling origins and in what happened since."""

from __future__ import annotations

from collections.abc import Sequence

from apiflask import APIBlueprint
from flask import Response, request

from models.alarm_words import in_dutch
from service.access.roles import Role
from service.access.rules import access_rule
from service.api import explanations
from service.api.accuracy_answer import AccuracyAnswer, AccuracyQuestion, AccuracyRow, Kind
from service.api.accuracy_columns import measured, realised, rolling
from service.api.editions import names_in
from service.api.endpoint import Description, endpoint
from service.api.figure_rows import Columns, joined
from service.api.figures import Figures, figures_answer
from service.api.media import MEDIA_TYPES, form_name
from service.api.query import Asked, read_question
from service.api.remembering import remembered
from service.api.scope import (
    Share,
    check_codes,
    earlier_shares,
    known_codes,
    narrowed,
    visible_shares,
)

__all__ = ["BLUEPRINT", "AccuracyAnswer", "AccuracyQuestion", "accuracy_rows"]

BLUEPRINT = APIBlueprint("accuracy", __name__, tag={"name": "ramingen"})


@endpoint(
    BLUEPRINT,
    "/accuracy",
    AccuracyAnswer,
    Description(question=AccuracyQuestion, media_types=MEDIA_TYPES, example="accuracy"),
)
@access_rule(Role.CONTROLLER)
@remembered
def accuracy() -> Response:
    """Hoe goed de ramingen waren.

    Gemeten fouten naast die van een eenvoudige methode, en hoe vaak de uitkomst in de band viel:
    op nageraamde jaren, en van edities tegen wat er sindsdien gebeurd is.
    """
    asked = read_question(AccuracyQuestion, request.args)
    form = form_name(asked.query.format)
    seen = visible_shares(asked)
    for name in ("municipality", "product", "district"):
        check_codes(asked, name, getattr(asked.query, name), known_codes(seen, name))
    query = asked.check()
    shares = narrowed(seen, query.municipality)
    earlier = earlier_shares(asked, shares, None) if _wants(query, "realised") else []
    everything = [*shares, *(one for one in earlier if one not in shares)]
    return figures_answer(query, everything, form, lambda: _figures(asked, shares, earlier))


def _wants(query: AccuracyQuestion, kind: Kind) -> bool:
    return not query.kind or kind in query.kind


def accuracy_rows(asked: Asked[AccuracyQuestion], shares: Sequence[Share]) -> Columns:
    """Return the rows of a question, for who shows them in another form.

    Args:
        asked: the question.
        shares: what the asker sees, cut to the municipalities asked for.
    """
    query = asked.query
    earlier = earlier_shares(asked, shares, None) if _wants(query, "realised") else []
    return _columns(query, shares, earlier)


def _columns(query: AccuracyQuestion, shares: Sequence[Share], earlier: Sequence[Share]) -> Columns:
    parts: list[Columns] = []
    if _wants(query, "rolling"):
        parts += [rolling(query, share) for share in shares if measured(share)]
    if _wants(query, "realised"):
        parts += list(realised(query, shares, earlier))
    return joined(parts, tuple(AccuracyRow.model_fields))


def _figures(
    asked: Asked[AccuracyQuestion], shares: Sequence[Share], earlier: Sequence[Share]
) -> Figures:
    query = asked.query
    columns = _columns(query, shares, earlier)
    every = [*shares, *(one for one in earlier if one not in shares)]
    notes = [note for share in every for note in _notes(share)]
    known = earlier or any(share.served.scores is not None for share in shares)
    if query.kind != ("rolling",) and not known:
        notes.append(explanations.NO_OTHER_EDITION)
    return Figures(
        name="nauwkeurigheid",
        measure=None,
        definition=explanations.SCORES,
        row=AccuracyRow,
        columns=columns,
        notes=notes,
    )


def _notes(share: Share) -> list[str]:
    """Say of an edition that went off track that it did, and why."""
    found = share.served.standing
    if found is None or not found.is_off_track or not share.is_whole:
        return []
    names = names_in(share)
    why = " ".join(in_dutch(alarm, names) for alarm in found.alarms if alarm.marks)
    return [explanations.off_track(share.edition.edition_id, found.until, why)]
