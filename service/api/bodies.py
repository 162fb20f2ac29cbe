"""Reading what is sent: from JSON into a model, with all its faults at once.

Only ``application/json``, only so many bytes, and strictly: a text is no number and a number no
text. Decimal figures are read as they are written, so that no cent is lost on the way in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar, get_args
from urllib.parse import urlsplit

from flask import request
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from service.api.query import FIRST_YEAR, LAST_YEAR, MOST_CODE
from service.context import service
from service.problems import InputFault, ProblemError, invalid

MOST_BYTES = 1_000_000
MOST_CENTS = 10**13  # 100 billion euros
MOST_NAME, MOST_REASON = 200, 4_000  # characters
_LAST_CONTROL = 31
_DIGITS = 18
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Body(BaseModel):
    """Base of all that is sent: an unknown member is a fault, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _readable(text: str) -> str:
    """Refuse what no database or spreadsheet can hold, such as a NUL."""
    if any(ord(sign) <= _LAST_CONTROL and sign not in "\n\t" for sign in text):
        raise PydanticCustomError("odd_text", "odd text")
    if not text.strip():
        raise PydanticCustomError("empty_text", "empty text")
    return text.strip()


def _day(value: object) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            found = date.fromisoformat(value)
        except ValueError:
            found = date.min
        if FIRST_YEAR <= found.year <= LAST_YEAR:
            return found
    raise PydanticCustomError("no_date", "no date")


def _month(value: object) -> date:
    return _day(f"{value}-01" if isinstance(value, str) else value)


def _cents(value: object) -> int:
    """Read euros as whole cents."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("no_amount", "no amount")
    if not 0 <= value <= MOST_CENTS // 100:
        raise PydanticCustomError("no_amount", "no amount")
    cents = Decimal(value) * 100
    if cents != int(cents):
        raise PydanticCustomError("no_amount", "no amount")
    return int(cents)


def whole(value: object) -> object:
    """Read 3.0 as 3, as JSON means it; anything else is left to the model."""
    if isinstance(value, Decimal) and value.adjusted() < _DIGITS and value == int(value):
        return int(value)
    return value


def _number(value: object) -> float:
    """Read a number as a float; the largest decimal ones become infinite and are refused."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("no_number", "no number")
    try:
        return float(value)
    except OverflowError:
        raise PydanticCustomError("no_number", "no number") from None


Line = Annotated[str, AfterValidator(_readable), Field(min_length=1, max_length=MOST_NAME)]
Prose = Annotated[str, AfterValidator(_readable), Field(min_length=1, max_length=MOST_REASON)]
SentCode = Annotated[str, AfterValidator(_readable), Field(min_length=1, max_length=MOST_CODE)]
Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": "^(19|20|21)"}),
]
Month = Annotated[
    date,
    BeforeValidator(_month),
    WithJsonSchema({"type": "string", "pattern": "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"}),
]
Cents = Annotated[
    int,
    BeforeValidator(_cents),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": MOST_CENTS // 100}),
]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR), BeforeValidator(whole)]

Body_co = TypeVar("Body_co", bound=Body, covariant=True)


@dataclass
class Sent(Generic[Body_co]):
    """What was sent, as far as it could be read, with the faults found so far.

    Attributes:
        body: the model; None where it could not be read at all.
        faults: every fault, added to by the checks that follow.
    """

    body: Body_co | None
    faults: list[InputFault] = field(default_factory=list)

    def check(self) -> Body_co:
        """Return what was sent if nothing is wrong with it.

        Raises:
            ProblemError: 400 with every fault.
        """
        if self.faults or self.body is None:
            raise invalid(self.faults)
        return self.body

    def fault(self, code: str, pointer: str, value: object = None, **more: Any) -> None:  # noqa: ANN401
        """Add a fault at a place of what was sent."""
        told = None if value is None else str(value)
        self.faults.append(InputFault(code, pointer, told, place="body", **more))


def check_writable() -> None:
    """Refuse writing in the demonstration, and from the web page of somebody else.

    Raises:
        ProblemError: 403.
    """
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise ProblemError("cross-origin")
    if service().engine is None:
        raise ProblemError("demo-read-only")


def read_body(model: type[Body_co]) -> Sent[Body_co]:
    """Read what was sent into a model, collecting every fault instead of stopping at the first.

    Raises:
        ProblemError: 413 for too many bytes, 415 for anything but plain JSON.
    """
    try:
        values = _parsed(_bytes())
    except (ValueError, RecursionError) as error:
        told = {"explanation": _told(error)}
        return Sent(None, [InputFault("unreadable", "", values=told, place="body")])
    try:
        return Sent(model.model_validate(values))
    except ValidationError as error:
        return Sent(None, [_fault_of(one, model) for one in error.errors(include_url=False)])


def _bytes() -> bytes:
    encoded = request.headers.get("Content-Encoding", "identity")
    if request.mimetype != "application/json" or encoded != "identity":
        raise ProblemError("not-json")
    sent = b""
    if (request.content_length or 0) <= MOST_BYTES:
        sent = request.stream.read(MOST_BYTES + 1)
    if (request.content_length or 0) > MOST_BYTES or len(sent) > MOST_BYTES:
        raise ProblemError("too-large", limit=MOST_BYTES, headers=[("Connection", "close")])
    return sent


def _parsed(sent: bytes) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(
        sent.decode("utf-8"),
        parse_float=Decimal,
        parse_constant=_no_constant,
        object_pairs_hook=_object,
    )


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice in one object")
    return found


def _told(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return "UTF-8"
    return "too deep" if isinstance(error, RecursionError) else str(error)[:100]


def pointer(location: Sequence[int | str]) -> str:
    """Return a place as JSON pointer (RFC 6901)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in location)
    return "".join(f"/{step}" for step in steps)


_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown-member",
    "literal_error": "unknown-value",
    "string_too_short": "empty-text",
    "string_too_long": "too-long",
    "string_unicode": "odd-text",
    "too_long": "too-many",
    "no_date": "no-day",
    "no_amount": "no-amount",
    "empty_text": "empty-text",
    "odd_text": "odd-text",
}


def _fault_of(detail: ErrorDetails, model: type[BaseModel]) -> InputFault:
    """Say in the words of the service what a model says."""
    kind, location = detail["type"], detail["loc"]
    code = _CODES.get(kind, "wrong-form")
    allowed: tuple[str, ...] = ()
    if code == "unknown-member":
        allowed = tuple(sorted(_members(model, location[:-1])))
    elif code == "unknown-value":
        allowed = tuple(_literals(model, location))
    highest = detail.get("ctx", {}).get("max_length", MOST_CENTS // 100)
    values = {"explanation": detail["msg"], "highest": str(highest)}
    told = None if code in ("missing", "unknown-member") else _shown(detail["input"])
    return InputFault(code, pointer(location), told, allowed, values, place="body")


def _shown(value: object) -> str:
    """Return the beginning of a value; a deep one is only named by its kind."""
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    return str(value)[:200].encode("utf-8", "replace").decode()


def _at(model: type[BaseModel], location: Sequence[int | str]) -> Any:  # noqa: ANN401 - an annotation
    """Return the annotation at a place in a model."""
    found: Any = model
    for step in location:
        nested = next(_models(found), None)
        if nested is None or isinstance(step, int):
            continue
        info = nested.model_fields.get(str(step))
        found = None if info is None else info.annotation
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - an annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _members(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    nested = next(_models(_at(model, location)), None)
    return [] if nested is None else list(nested.model_fields)


def _literals(model: type[BaseModel], location: Sequence[int | str]) -> Iterator[str]:
    for part in get_args(_at(model, location)):
        yield from (part,) if isinstance(part, str) else map(str, get_args(part))
