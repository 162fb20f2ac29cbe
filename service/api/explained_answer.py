"""Question and answer of ``GET /v1/explanations``, as the published document describes them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.api import row_parts as shared
from service.api.filters import OfEdition
from service.api.forecast_question import Measure
from service.api.query import FIRST_YEAR, LAST_YEAR, SEVERAL, Code

Language = Literal["nl", "en"]


class ExplanationQuestion(OfEdition):
    """Which figures to explain, in which words."""

    municipality: tuple[Code, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Gemeenten (codes); elk krijgt een eigen uitleg."
    )
    product: tuple[Code, ...] = Field(
        (),
        json_schema_extra=SEVERAL,
        description="Producten (codes van /products); ze worden opgeteld.",
    )
    district: tuple[Code, ...] = Field(
        (),
        json_schema_extra=SEVERAL,
        description="Gebieden (codes van /districts); ze worden opgeteld.",
    )
    measure: Measure | None = Field(
        None, description="Wat er uitgelegd wordt. Standaard cost als de editie kosten heeft."
    )
    year: tuple[Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)], ...] = Field(
        (),
        json_schema_extra=SEVERAL,
        description="Jaar. Van meer jaren telt de hele periode van het eerste tot en met het "
        "laatste. Standaard het eerste jaar na de gegevens.",
    )
    against: Code | None = Field(
        None,
        description="Editie waarmee vergeleken wordt (id van /editions). Standaard de nieuwste met "
        "een eerdere peildatum, per gemeente.",
    )
    language: Language = Field("nl", description="Taal van de uitleg: Nederlands of Engels.")
    format: Literal["json", "text"] | None = Field(
        None, description="Vorm van het antwoord; gaat vóór de kop Accept."
    )


class ExplanationParagraph(BaseModel):
    """One paragraph."""

    key: Literal["what", "why", "certainty", "changes", "unknown", "budget"] = Field(
        description="Waar de alinea over gaat (code)."
    )
    heading: str = Field(description="Kop van de alinea.")
    text: str = Field(description="De zinnen. Getallen zijn afgerond zoals mensen ze zeggen.")


class ExplanationRow(BaseModel):
    """The explanation of one selection in one municipality."""

    model_config = ConfigDict(extra="forbid")

    municipality: str = Field(description="Gemeente (code).")
    products: list[str] = Field(description="Gekozen producten; leeg = alle.")
    districts: list[str] = Field(description="Gekozen gebieden; leeg = alle.")
    years: list[int] = Field(description="De jaren die zijn uitgelegd.")
    measure: shared.Measure
    unit: str | None = Field(description="Eenheid van de cijfers; null zonder cijfer.")
    language: Language = Field(description="Taal van de uitleg.")
    paragraphs: list[ExplanationParagraph] = Field(description="De alinea's, op volgorde.")
    estimate: shared.Estimate
    sight: Literal["exact", "protected", "shared"] = Field(
        description="Of de cijfers exact zijn, of beschermd vanwege kleine aantallen."
    )
    edition: shared.EditionId
    status: shared.Status
    as_of: shared.AsOf
    data_until: shared.DataUntil
    published_at: shared.PublishedAt
    other_edition: str | None = Field(
        description="De editie waarmee vergeleken is; null zonder cijfer daarin."
    )
    other_as_of: date | None = Field(description="Peildatum van die editie.")


class ExplanationAnswer(BaseModel):
    """Explanations and what belongs to them."""

    meta: shared.FigureMeta
    rows: list[ExplanationRow]
