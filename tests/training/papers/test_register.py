"""The register entry is held to the rules of publication standard 1.0, field by field."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.editions import build_edition
from training.papers import register
from training.papers.facts import gather
from training.papers.organisation import Organisation

pytestmark = pytest.mark.contract
SAID = {
    "organization": "Gemeente Voorbeeldstad",
    "contact_email": "algoritmes@example.nl",
    "publication_category": "Overige algoritmes",
    "lawful_basis_grouping": [{"title": "Wmo 2015", "link": "https://example.nl/wmo"}],
    "impacttoetsen_grouping": [{"title": "Data Protection Impact Assessment (DPIA)"}],
}


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = build_edition(tmp_path_factory.mktemp("editions"))
    facts = gather(folder, date(2026, 11, 22), Organisation(SAID))
    return register.entries(facts)["VB0001"]


def test_the_rules_are_a_schema_and_name_their_source() -> None:
    rules = json.loads(register.RULES.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(rules)
    assert "MinBZK/Algoritmeregister" in rules["$comment"]


def test_a_complete_entry_breaks_no_rule(entry: dict[str, Any]) -> None:
    assert register.faults(entry) == []


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "x" * 101, "Naam (name): is langer dan 100 tekens"),
        ("description_short", "x" * 351, "langer dan 350"),
        ("methods_and_models", "x" * 5001, "langer dan 5000"),
        ("status", "Gereed", "moet een van deze waarden zijn"),
        ("publication_category", "Hoog-risico AI-systemen", "moet een van deze waarden zijn"),
        ("category", ["Zorg"], "moet een van deze waarden zijn"),
        ("category", ["Werk", "Recht", "Wonen", "Verkeer"], "meer dan 3 waarden"),
        ("begin_date", "2024-13", "niet de vorm"),
        ("begin_date", "januari 2024", "niet de vorm"),
        ("end_date", "2025-01", "Einddatum (end_date)"),
        ("contact_email", "bel ons", "niet de vorm"),
        ("website", "http://example.nl", "niet de vorm"),
        ("goal", "een\ntwee", "op één regel"),
        ("goal", "doel: [nog invullen]", "nog invullen"),
        ("lang", "nl", "moet een van deze waarden zijn"),
        ("standard_version", "0.4", "moet een van deze waarden zijn"),
        ("lawful_basis_grouping", [{"title": "Wmo"}], "niet volledig"),
        ("impacttoetsen_grouping", [{"link": "https://example.nl"}], "niet volledig"),
    ],
)
def test_a_broken_rule_is_told_with_its_field(
    entry: dict[str, Any], field: str, value: object, told: str
) -> None:
    (fault,) = register.faults({**entry, field: value})
    assert field in fault
    assert told in fault


@pytest.mark.parametrize(
    "field",
    [
        "name", "description_short", "organization", "status", "contact_email",
        "publication_category", "lang",
    ],
)  # fmt: skip
def test_a_required_field_may_not_be_left_out(entry: dict[str, Any], field: str) -> None:
    rest = {name: value for name, value in entry.items() if name != field}
    assert [fault for fault in register.faults(rest) if field in fault]


def test_a_field_that_the_standard_does_not_know_is_refused(entry: dict[str, Any]) -> None:
    assert register.faults({**entry, "type": "zelflerend"})


def test_out_of_use_may_have_an_end(entry: dict[str, Any]) -> None:
    assert register.faults({**entry, "status": "Buiten gebruik", "end_date": "2025-01"}) == []


def test_the_csv_holds_the_same_entry(entry: dict[str, Any]) -> None:
    (row,) = csv.DictReader(io.StringIO(register.as_csv([entry])))
    lists = ("category", "lawful_basis_grouping", "impacttoetsen_grouping")
    told = {n: json.loads(v) if n in lists else v for n, v in row.items() if v}
    assert told == json.loads(register.as_json(entry)) == entry


def test_long_lists_of_files_are_cut_to_what_fits(tmp_path: Path) -> None:
    facts = gather(build_edition(tmp_path), date(2026, 11, 22), Organisation(SAID))
    facts.manifest["inputs"].extend([{"file": "x.csv", "source": "y" * 900}] * 4)
    entry = register.entries(facts)["VB0001"]
    assert len(entry["source_data"]) <= 2500
    assert register.faults(entry) == []
