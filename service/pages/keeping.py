"""What people keep from a page: an id made from its name, on the same shelf as the API's."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from flask import Response, request
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import Engine
from werkzeug.exceptions import RequestEntityTooLarge

from service.access.browsing import READS
from service.api.bodies import MOST_CENTS, Body_co, Sent, pointer
from service.api.kept import noted
from service.budget_cells import MOST_BYTES
from service.context import service, viewer
from service.pages.frame import BLUEPRINT, Page, problem
from service.problems import InputFault, ProblemError
from service.state.kept import ChangedError, CitedError, Condition, Content, FullError, Kept
from service.state.shelf import MOST, Shelf
from service.state.shelves import BudgetShelf, ScenarioShelf

MOST_SENT = 2 * MOST_BYTES + 1_000_000  # a table, the one beside it, and what is typed
MOST_TYPED = 1_000_000
MOST_ID = 64
_SIGN = 8  # hex digits that tell long names apart
_CODES = {
    "missing": "missing",
    "odd_text": "odd-text",
    "empty_text": "empty-text",
    "string_too_long": "too-long",
    "no_amount": "no-amount",
}
RESERVED = frozenset({"templates"})  # an address of the API


@BLUEPRINT.before_request
def _limit() -> None:
    """Read no more of a form than its largest files take."""
    if request.method not in READS:
        request.max_content_length = MOST_SENT
        request.max_form_memory_size = MOST_TYPED


@BLUEPRINT.errorhandler(RequestEntityTooLarge)
def _too_large(_: RequestEntityTooLarge) -> Response:
    headers = [("Connection", "close")]
    return problem(ProblemError("too-large", limit=MOST_BYTES, headers=headers))


def id_of(text: str) -> str:
    """Return the id that a name gives; empty where it holds no letter or digit.

    The version stands at the end of a name: of one that is too long the end may not just fall off.

    Args:
        text: such as ``Programmabegroting 2026-2029, primitief``.
    """
    apart = unicodedata.normalize("NFKD", text).lower()
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    found = re.sub("[^a-z0-9]+", "-", plain).strip("-")
    if len(found) > MOST_ID:
        sign = hashlib.sha256(found.encode()).hexdigest()[:_SIGN]
        found = f"{found[: MOST_ID - _SIGN - 1].strip('-')}-{sign}"
    return f"{found}-1" if found in RESERVED else found


def engine() -> Engine:
    """Return where things are kept.

    Raises:
        ProblemError: 403 in the demonstration, which keeps nothing.
    """
    found = service().engine
    if found is None:
        raise ProblemError("demo-read-only")
    return found


def can_keep() -> bool:
    """Tell whether anything can be kept here."""
    return service().engine is not None


def typed(*names: str) -> dict[str, str]:
    """Return fields of the form that was sent, without the space around them."""
    return {name: request.form.get(name, "").strip() for name in names}


def keep(one: Page, shelf: Shelf, kept_id: str, content: Content) -> Kept | None:
    """Keep something of the municipality of a page; None where that cannot be, with its fault.

    What is there under the id is replaced only where the form says so.

    Args:
        one: the page.
        shelf: where it goes.
        kept_id: made from its name.
        content: as the shelf takes it.
    """
    if not kept_id:
        one.asked.faults.append(InputFault("no-name", "name", ""))
        return None
    condition = Condition(absent="replace" not in request.form)
    try:
        kept, _ = shelf.put(one.municipality, kept_id, content, viewer().name, condition)
    except ChangedError:
        (there,) = shelf.all({one.municipality}, kept_id) or (None,)
        if there is not None and there.content == content:
            return there
        one.asked.faults.append(InputFault("kept-already", "name", kept_id))
        return None
    except CitedError as error:
        told = {"explanation": str(error)}
        one.asked.faults.append(InputFault("cited-already", "name", kept_id, values=told))
        return None
    except FullError:
        raise ProblemError("full", limit=MOST) from None
    noted(kept)
    return kept


def checked(model: type[Body_co], values: object) -> Sent[Body_co]:
    """Read values into the model of the API's body, with every fault.

    Args:
        model: such as that of a budget.
        values: of the form, as JSON would have them.
    """
    try:
        return Sent(model.model_validate(values))
    except ValidationError as error:
        return Sent(None, [_fault_of(one) for one in error.errors(include_url=False)])


def _fault_of(detail: ErrorDetails) -> InputFault:
    code = _CODES.get(detail["type"], "wrong-form")
    told = {"explanation": detail["msg"], "highest": str(MOST_CENTS // 100)}
    value = str(detail["input"])[:MOST_ID]
    return InputFault(code, pointer(detail["loc"]), value, values=told, place="body")


def led_to(address: str) -> Response:
    """Return the way to a page after something was kept, so that asking again keeps nothing."""
    return Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


def budget_shelf() -> BudgetShelf:
    """Return where budgets are kept.

    Raises:
        ProblemError: as ``engine``.
    """
    return BudgetShelf(engine(), service().clock)


def scenario_shelf() -> ScenarioShelf:
    """Return where scenarios are kept.

    Raises:
        ProblemError: as ``engine``.
    """
    return ScenarioShelf(engine(), service().clock)
