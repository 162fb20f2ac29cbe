"""The folder of Voorbeeldstad: it obeys the contract, is labelled, and is written whole."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from models.contract import CONTRACT, file_named
from models.errors import HorizonError, ZorgramingError
from training.sources.example import Simulation, write_delivery, write_example
from training.sources.example.districts import MUNICIPALITY
from training.sources.folder import read_folder


def fingerprints(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.mark.contract
def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_example(tmp_path / "first", seed=7)
    second = write_example(tmp_path / "second", seed=7)
    assert fingerprints(first) == fingerprints(second)


@pytest.mark.contract
def test_another_seed_gives_other_care_in_the_same_places(tmp_path: Path, example: Path) -> None:
    own, other = fingerprints(example), fingerprints(write_example(tmp_path / "other", seed=7))
    same = {name for name in own if own[name] == other[name]}
    assert "care_use.csv" not in same
    assert {"districts.geojson", "districts.csv", "products.csv", "prices.csv"} <= same


@pytest.mark.contract
@pytest.mark.parametrize("part", [".", "outcomes"])
def test_the_reader_takes_it_with_no_more_than_the_meant_warnings(example: Path, part: str) -> None:
    _, warnings = read_folder(example / part)
    meant = {("declarations.csv", "cost_eur"), ("districts.geojson", "district")}
    assert {(fault.file, fault.column) for fault in warnings} <= meant
    credits = [fault for fault in warnings if fault.file == "declarations.csv"]
    assert 0 < len(credits) < 150


@pytest.mark.contract
def test_every_file_of_the_contract_is_there_with_its_own_columns(example: Path) -> None:
    for file in CONTRACT:
        header = (example / f"{file.name}.csv").read_text("utf-8").splitlines()[0].split(",")
        assert set(header) <= set(file_named(file.name).names)
        assert set(file.required_names) <= set(header)


@pytest.mark.contract
@pytest.mark.parametrize("part", [".", "outcomes"])
def test_everything_says_that_it_is_synthetic(example: Path, part: str) -> None:
    folder = example / part
    provenance = pd.read_csv(folder / "provenance.csv")
    assert (
        provenance["source"].str.startswith("synthetic: Voorbeeldstad generator, seed 2023").all()
    )
    assert provenance[["owner", "legal_basis", "purpose"]].notna().all().all()
    described = {*provenance["file"], "provenance.csv", "README.txt"}
    assert {path.name for path in folder.iterdir() if path.is_file()} == described
    assert "synthetisch" in (folder / "README.txt").read_text("utf-8")
    labels = pd.read_csv(folder / "districts.csv").set_index("district")["label"]
    assert labels[MUNICIPALITY] == "Voorbeeldstad (synthetisch)"
    assert not re.fullmatch(r"GM\d{4}", MUNICIPALITY)


@pytest.mark.contract
def test_a_folder_with_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ZorgramingError, match="not empty"):
        write_example(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.contract
def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(ZorgramingError, match="No space left"):
        write_example(tmp_path / "voorbeeldstad")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.contract
@pytest.mark.parametrize(("seed", "scale"), [(-1, 1), (1, 0), (1, 21)])
def test_a_seed_or_scale_out_of_range_is_refused(tmp_path: Path, seed: int, scale: int) -> None:
    with pytest.raises(ZorgramingError, match="whole number"):
        write_example(tmp_path / "voorbeeldstad", seed, scale)


@pytest.mark.contract
def test_steps_are_told(tmp_path: Path) -> None:
    steps: list[str] = []
    write_example(tmp_path / "voorbeeldstad", progress=steps.append)
    assert steps[0] == "simulate"
    assert "write care_use" in steps


@pytest.mark.contract
def test_a_delivery_of_any_month_end_reads_and_knows_nothing_later(
    city: Simulation, tmp_path: Path
) -> None:
    folder = write_delivery(tmp_path / "half-2022", city, date(2022, 6, 30))
    panel, _ = read_folder(folder)
    assert panel.end() == date(2022, 6, 30)
    assert set(panel.population["vintage"].dropna()) == {"2019", "2021"}
    assert panel.tariffs["valid_from"].max() == pd.Timestamp("2022-01-01")
    assert panel.declarations["declared_period"].max() == pd.Timestamp("2022-06-01")
    assert panel.budget["year"].max() == 2022
    changing = panel.care_use[panel.care_use["status"] == "provisional"]
    assert changing["period"].min() == pd.Timestamp("2022-01-01")


@pytest.mark.contract
@pytest.mark.parametrize("day", [date(2022, 6, 15), date(2016, 12, 31), date(2026, 10, 31)])
def test_a_delivery_of_another_day_is_refused(city: Simulation, tmp_path: Path, day: date) -> None:
    with pytest.raises(HorizonError, match="not the last day"):
        write_delivery(tmp_path / "never", city, day)
