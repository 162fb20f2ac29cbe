"""The contract is stated once; the document and the examples follow from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models.contract import CONTRACT, DataFile, Kind, as_markdown, file_named

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "data-contract.md"

# Design, section 3, and what pricing added to it: required columns first, then the optional ones.
DESIGN = {
    "care_use": ("municipality district product period", "clients volume cost_eur status"),
    "products": (
        "product",
        "label law category taakveld variant unit clients_basis forecast price_series "
        "index_lag_years",
    ),
    "districts": ("municipality district", "label kind parent"),
    "population": (
        "municipality district year age_from age_to persons",
        "sex kind vintage",
    ),
    "age_profile": ("product age_from age_to", "sex use_per_1000 cost_per_head_eur"),
    "prices": ("series year index_pct", "status spread_pct"),
    "tariffs": ("product valid_from unit eur_per_unit", "valid_to source"),
    "policy_events": ("date kind", "product note"),
    "declarations": ("municipality product service_period declared_period cost_eur", ""),
    "allocations": ("municipality product period", "district clients volume cost_ceiling_eur"),
    "budget": ("municipality year amount_eur", "product taakveld version"),
    "provenance": ("file", "source vintage retrieved owner legal_basis purpose"),
}

every_file = pytest.mark.parametrize("file", CONTRACT, ids=lambda file: file.name)


@pytest.mark.contract
def test_the_contract_has_the_files_of_the_design() -> None:
    assert [file.name for file in CONTRACT] == list(DESIGN)


@pytest.mark.contract
@every_file
def test_the_contract_has_the_columns_of_the_design(file: DataFile) -> None:
    required, optional = (names.split() for names in DESIGN[file.name])
    assert set(file.required_names) == set(required)
    added = {"known_from", "reason"}  # any file may carry the one; forecast 'none' wants the other
    assert set(file.names) - set(required) - added == set(optional)


@pytest.mark.contract
def test_only_care_use_is_required() -> None:
    assert [file.name for file in CONTRACT if file.required] == ["care_use"]


@pytest.mark.unit
@every_file
def test_every_file_may_say_from_when_a_row_was_known(file: DataFile) -> None:
    assert file.column("known_from").kind is Kind.DATE


@pytest.mark.unit
@every_file
def test_every_column_is_explained_in_both_languages(file: DataFile) -> None:
    for column in file.columns:
        assert column.rule
        assert column.explanation.endswith(".")


@pytest.mark.unit
@every_file
def test_keys_and_choices_name_existing_columns(file: DataFile) -> None:
    assert set(file.key) | set(file.one_of) <= set(file.names)
    assert len(set(file.names)) == len(file.names)


@pytest.mark.unit
@every_file
def test_only_a_choice_lists_allowed_values(file: DataFile) -> None:
    for column in file.columns:
        assert bool(column.allowed) == (column.kind is Kind.CHOICE)
        assert not column.allowed or column.example in column.allowed


@pytest.mark.unit
def test_money_says_in_its_panel_name_that_it_is_cents() -> None:
    assert file_named("care_use").column("cost_eur").panel_name == "cost_cents"
    assert file_named("budget").column("amount_eur").panel_name == "amount_cents"
    assert file_named("tariffs").column("eur_per_unit").panel_name == "eur_per_unit"


@pytest.mark.unit
def test_an_unknown_file_or_column_is_named() -> None:
    with pytest.raises(KeyError, match="clienten"):
        file_named("clienten")
    with pytest.raises(KeyError, match="geboortedatum"):
        file_named("care_use").column("geboortedatum")


@pytest.mark.golden
def test_the_document_holds_the_contract_word_for_word() -> None:
    refresh = "put there what models.contract.as_markdown() returns"
    assert as_markdown() in DOCUMENT.read_text(encoding="utf-8"), refresh


@pytest.mark.contract
def test_the_contract_is_light() -> None:
    code = "import sys, models.contract; sys.exit('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0
