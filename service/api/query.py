"""Reading a question: from the query string into a model, with all its faults at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Any, Generic, TypeVar, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError
from werkzeug.datastructures import MultiDict

from service.problems import InputFault, invalid

PAGE_SIZE = 1_000  # where only a page is asked for
MOST_PAGE_SIZE = 100_000
MOST_CODE = 200  # characters
LAST_YEAR = 2199
FIRST_YEAR = 1900


class Question(BaseModel):
    """Base of all questions: an unknown parameter is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Paged(Question):
    """A question whose rows can be had in pages."""

    page: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description=f"Nummer van de bladzijde, vanaf 1, van {PAGE_SIZE} rijen of pageSize."
    )
    page_size: Annotated[int, Field(ge=1, le=MOST_PAGE_SIZE)] | None = Field(
        None,
        alias="pageSize",
        description="Rijen per bladzijde. Zonder page en pageSize komt alles in één antwoord.",
    )


SEVERAL: JsonDict = {"minItems": 1}  # a parameter without a value is left out
Code = Annotated[str, Field(min_length=1, max_length=MOST_CODE)]


def _parts_of_date(text: object) -> list[int]:
    pieces = str(text).split("-")
    widths = [len(piece) for piece in pieces]
    if widths not in ([4], [4, 2], [4, 2, 2]) or not all(
        piece.isascii() and piece.isdigit() for piece in pieces
    ):
        raise PydanticCustomError("no_date", "no date")
    return [int(piece) for piece in pieces]


def _first_day(text: object) -> date:
    """Read a year, month or day as its first day."""
    year, month, day = (*_parts_of_date(text), 1, 1)[:3]
    try:
        found = date(year, month, day)
    except ValueError:
        raise PydanticCustomError("no_date", "no date") from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise PydanticCustomError("no_date", "no date")
    return found


def _last_day(text: object) -> date:
    """Read a year, month or day as its last day."""
    pieces = len(str(text).split("-"))
    first = _first_day(text)
    if pieces == 1:
        return date(first.year, 12, 31)
    if pieces == 2:  # noqa: PLR2004 - year and month
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first


_DATE_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string", "format": "date", "pattern": "^(19|20|21)"},
            {"type": "string", "pattern": "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"},
            {"type": "string", "pattern": "^(19|20|21)[0-9]{2}$"},
        ]
    }
)
FirstDay = Annotated[date, BeforeValidator(_first_day), _DATE_SCHEMA]
LastDay = Annotated[date, BeforeValidator(_last_day), _DATE_SCHEMA]

Model_co = TypeVar("Model_co", bound=Question, covariant=True)


@dataclass
class Asked(Generic[Model_co]):
    """A question as far as it could be read, with the faults found so far.

    Attributes:
        query: the question; parameters with a fault have their default value here.
        faults: every fault, added to by the checks that follow.
        texts: the parameters as they were written, by name.
    """

    query: Model_co
    faults: list[InputFault] = field(default_factory=list)
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def check(self) -> Model_co:
        """Return the question if nothing is wrong with it.

        Raises:
            ProblemError: 400 with every fault.
        """
        if self.faults:
            raise invalid(self.faults)
        return self.query


def read_question(model: type[Model_co], args: MultiDict[str, str]) -> Asked[Model_co]:
    """Read a query string into a model, collecting every fault instead of stopping at the first.

    Parameters that hold several values take them comma-separated, repeated, or both.

    Args:
        model: the question's model; its aliases are the parameter names.
        args: the query string as parsed by the web framework.
    """
    names = {info.alias or name: info for name, info in model.model_fields.items()}
    faults: list[InputFault] = []
    values: dict[str, Any] = {}
    for name in dict.fromkeys(args):
        texts = args.getlist(name)
        if name not in names:
            faults.append(InputFault("unknown-parameter", name, None, tuple(sorted(names))))
        elif not all(part.strip() for text in texts for part in text.split(",")):
            faults.append(InputFault("empty", name, ",".join(texts)))
        elif holds_several(names[name]):
            parts = (part.strip() for text in texts for part in text.split(","))
            values[name] = tuple(dict.fromkeys(parts))
        elif len(texts) > 1:
            faults.append(InputFault("given-twice", name, ",".join(texts)))
        else:
            values[name] = texts[0].strip()
    return _validated(model, names, values, faults)


def holds_several(info: FieldInfo) -> bool:
    """Tell whether a parameter may have several values."""
    return get_origin(info.annotation) is tuple


def _validated(
    model: type[Model_co],
    names: Mapping[str, FieldInfo],
    values: dict[str, Any],
    faults: list[InputFault],
) -> Asked[Model_co]:
    texts = {name: v if isinstance(v, tuple) else (v,) for name, v in values.items()}
    try:
        query = model.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        faults.extend(_faults_of(model, details))
        wrong = {str(detail["loc"][0]) for detail in details}
        right = {name: value for name, value in values.items() if name not in wrong}
        query = model.model_validate(_stand_ins(model, names) | right)
    return Asked(query, faults, texts)


def _stand_ins(model: type[Question], names: Mapping[str, FieldInfo]) -> dict[str, Any]:
    """Return a value for each parameter that is always needed, so that the others can be read."""
    schemas = parameter_schemas(model)
    return {
        name: str(schemas[name]["minimum"]) for name, info in names.items() if info.is_required()
    }


def _faults_of(model: type[Question], details: Sequence[ErrorDetails]) -> Iterator[InputFault]:
    schemas = parameter_schemas(model)
    for detail in details:
        name, value = str(detail["loc"][0]), str(detail["input"])
        schema = schemas[name].get("items", schemas[name])
        match detail["type"]:
            case "missing":
                yield InputFault("missing", name)
            case "no_date":
                yield InputFault("no-date", name, value)
            case "literal_error":
                yield InputFault("unknown-value", name, value, tuple(schema["enum"]))
            case "string_too_long":
                yield InputFault("too-long", name, value)
            case _:
                limits = {"lowest": str(schema["minimum"]), "highest": str(schema["maximum"])}
                code = "no-share" if schema["type"] == "number" else "no-number"
                yield InputFault(code, name, value, values=limits)


@cache
def parameter_schemas(model: type[Question]) -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each parameter of a question, by parameter name."""
    properties = model.model_json_schema(by_alias=True).get("properties", {})
    return {name: _plain(dict(schema)) for name, schema in properties.items()}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop what says "or absent": a parameter that is not given is not there at all."""
    kept = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
    if len(kept) == 1:
        schema = {**schema, **kept[0]}
    if kept and len(kept) > 1:
        schema["anyOf"] = kept
    else:
        schema.pop("anyOf", None)
    if schema.get("default") in (None, [], ()):
        schema.pop("default", None)
    schema.pop("title", None)
    return schema
