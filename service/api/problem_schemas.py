"""The form of a problem in the published document."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["problem_schemas"]


class ProblemErrorItem(BaseModel):
    """One thing wrong with a question."""

    model_config = ConfigDict(extra="forbid")

    place: str = Field(alias="in", description="Waar de fout zit: query, path of body.")
    location: dict[str, str] = Field(
        description="name: naam van de parameter; pointer: JSON-pointer in wat is gestuurd."
    )
    parameter: str = Field(description="Naam van de parameter, of de JSON-pointer.")
    value: str | None = Field(description="De foute waarde; null als de parameter zelf fout is.")
    code: str = Field(description="Soort fout; zie de documentatie.")
    detail: str = Field(description="Uitleg voor mensen.")
    allowed: list[str] = Field(description="Waarden die wel kunnen, als die op te sommen zijn.")


class ProblemDocument(BaseModel):
    """An error, according to RFC 9457."""

    type: str = Field(description="Soort probleem.")
    title: str = Field(description="Samenvatting.")
    status: int = Field(description="HTTP-status.")
    detail: str = Field(description="Uitleg van dit geval.")
    request_id: str = Field(description="Kenmerk van het verzoek, voor vragen aan de beheerder.")
    errors: list[ProblemErrorItem] | None = Field(
        None, description="Alle fouten in de vraag, elk met plaats en toegestane waarden."
    )


def problem_schemas() -> dict[str, Any]:
    """Return the schemas of a problem and of what it holds, by name."""
    schema = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    nested: dict[str, Any] = schema.pop("$defs")
    schema["properties"]["errors"] = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/ProblemErrorItem"},
        "description": schema["properties"]["errors"]["description"],
    }
    return {"ProblemDocument": schema, **nested}
