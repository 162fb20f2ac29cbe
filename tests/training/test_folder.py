"""Reading a delivery: every format alike, every row counted, every cent kept."""

from __future__ import annotations

import hashlib
import math
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.catalogue import Frequency
from models.errors import DeliveryError
from models.panel import Panel, grid
from tests.training.deliveries import GOOD, MONTHS, deliver, only, series, table, use
from training.sources.folder import delivery_name, inspect_folder, read_folder

PANEL_NAMES = [
    "haaglanden-districts-yearly",
    "iv3-municipalities-yearly",
    "scotland-care-at-home-quarterly",
    "scotland-delayed-discharge-monthly",
    "the-hague-districts-yearly",
]


def _total_cents(panel: Panel, frequency: Frequency) -> int:
    laid = grid(panel.as_known_at(panel.end()), "cost", frequency)
    return sum(int(cents) for cents in laid.values.flat if not math.isnan(cents))


@pytest.mark.contract
@pytest.mark.parametrize("name", PANEL_NAMES)
def test_real_panel_is_accepted_whole(panels: Path, name: str) -> None:
    inspection = inspect_folder(panels / name)
    assert inspection.errors == ()
    assert inspection.panel is not None
    lines = (panels / name / "care_use.csv").read_text(encoding="utf-8").splitlines()
    assert inspection.files[0].read == inspection.files[0].accepted == len(lines) - 1
    assert len(inspection.panel.care_use) == len(lines) - 1


@pytest.mark.contract
@pytest.mark.parametrize(
    ("name", "frequency"),
    [
        ("iv3-municipalities-yearly", "year"),
        ("scotland-care-at-home-quarterly", "quarter"),
        ("scotland-delayed-discharge-monthly", "month"),
    ],
)
def test_frequency_of_real_panel_is_recognised(panels: Path, name: str, frequency: str) -> None:
    panel, _ = read_folder(panels / name)
    assert set(panel.products["frequency"]) == {frequency}


@pytest.mark.contract
def test_real_cost_reaches_the_grid_to_the_cent(panels: Path) -> None:
    panel, _ = read_folder(panels / "iv3-municipalities-yearly")
    raw = pd.read_csv(panels / "iv3-municipalities-yearly" / "care_use.csv", dtype=str)
    euros = sum(Decimal(text) for text in raw["cost_eur"].dropna())
    assert _total_cents(panel, Frequency.YEAR) == euros * 100


@pytest.mark.unit
def test_good_delivery_becomes_a_panel(tmp_path: Path) -> None:
    panel, warnings = read_folder(deliver(tmp_path / "Gemeente É 2023", {"care_use": GOOD}))
    assert warnings == []
    assert panel.name == "gemeente-e-2023"
    assert panel.municipalities == ("G1",)
    assert panel.end() == date(2022, 12, 31)
    assert panel.frequencies() == {"hbh": Frequency.MONTH}
    assert panel.care_use["cost_cents"].unique().tolist() == [30025.0]
    assert panel.products.loc[0, ["label", "forecast"]].tolist() == ["hbh", "model"]
    assert panel.districts["district"].tolist() == ["W1", "W2"]


@pytest.mark.unit
def test_name_and_hash_of_every_file_are_kept(tmp_path: Path) -> None:
    products = table("product", "hbh")
    folder = deliver(tmp_path, {"care_use": GOOD, "products": products})
    panel, _ = read_folder(folder)
    kept = {file.name: (file.sha256, file.rows) for file in panel.files}
    assert kept == {
        "care_use.csv": (hashlib.sha256(GOOD.encode()).hexdigest(), 24),
        "products.csv": (hashlib.sha256(products.encode()).hexdigest(), 1),
    }


@pytest.mark.unit
@pytest.mark.parametrize("name", ["delivery", "De Levering (2)", "--", "Ärzte_2024"])
def test_delivery_name_holds_letters_digits_and_dashes(tmp_path: Path, name: str) -> None:
    made = delivery_name(tmp_path / name)
    assert made
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.contract
def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError) as caught:
        read_folder(tmp_path / "nowhere")
    assert "no such folder" in only(caught.value.faults).rule


@pytest.mark.contract
def test_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError) as caught:
        read_folder(tmp_path)
    rule = only(caught.value.faults).rule
    for words in ("the folder is empty", "care_use.csv", ".xlsx", "zorgraming template DIR"):
        assert words in rule


@pytest.mark.contract
def test_delivery_without_care_use_is_refused_and_the_rest_still_checked(tmp_path: Path) -> None:
    folder = deliver(tmp_path, {"products": table("product,law", "hbh,Wet")})
    found = {(fault.file, fault.row) for fault in inspect_folder(folder).errors}
    assert found == {("care_use.csv", None), ("products.csv", 2)}


@pytest.mark.unit
def test_nearly_right_name_is_suggested(tmp_path: Path) -> None:
    found = inspect_folder(deliver(tmp_path, {"careuse": GOOD})).faults
    assert any("careuse" in fault.rule for fault in found if fault.severity == "error")


@pytest.mark.unit
def test_other_files_and_folders_are_ignored(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"care_use": GOOD, "notes.txt": "x", "photo.png": b"\x89"}
    deliver(tmp_path / "outcomes", {"care_use": "spoiled"})
    panel, warnings = read_folder(deliver(tmp_path, files))
    assert [file.name for file in panel.files] == ["care_use.csv"]
    assert warnings == []


@pytest.mark.unit
def test_refusal_carries_the_faults_of_every_file_errors_first(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "care_use": use("G1,W1,hbh,2022-01-01,-1,,", "G1,W1,hbh,2022-02-01,x,,1.234"),
        "prices": table("series,year,index_pct,remark", "OVA,22,a,b"),
    }
    with pytest.raises(DeliveryError) as caught:
        read_folder(deliver(tmp_path, files))
    found = [(fault.file, fault.row, fault.column) for fault in caught.value.faults]
    assert set(found) == {
        ("care_use.csv", 2, "clients"),
        ("care_use.csv", 3, "clients"),
        ("care_use.csv", 3, "cost_eur"),
        ("prices.csv", 2, "year"),
        ("prices.csv", 2, "index_pct"),
        ("prices.csv", None, "remark"),
    }
    assert found[-1] == ("prices.csv", None, "remark")


# --- properties -----------------------------------------------------------------------------------

cents = st.integers(min_value=-(10**9), max_value=10**11)
rows_of_cents = st.dictionaries(
    st.tuples(st.sampled_from(["G1", "W1", "W2"]), st.sampled_from(["a", "b"]), st.integers(0, 23)),
    cents,
    min_size=1,
    max_size=40,
)


def _euros(amount: int) -> str:
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def _lines(amounts: dict[tuple[str, str, int], int]) -> list[str]:
    return [
        f"G1,{district},{product},{2020 + month // 12}-{month % 12 + 1:02d}-01,,,{_euros(amount)}"
        for (district, product, month), amount in amounts.items()
    ]


def _monthly() -> list[str]:
    """Return complete series of both products, so that they are recognised as monthly."""
    every = {("W9", product, month): 0 for product in ("a", "b") for month in range(24)}
    return _lines(every)


@pytest.mark.unit
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=rows_of_cents)
def test_reading_and_laying_out_loses_no_cent(
    tmp_path: Path, amounts: dict[tuple[str, str, int], int]
) -> None:
    inspection = inspect_folder(deliver(tmp_path, {"care_use": use(*_monthly(), *_lines(amounts))}))
    if inspection.panel is None:  # chance made a series that looks quarterly or yearly: refused
        assert all("delivered by" in fault.rule for fault in inspection.errors)
        return
    assert _total_cents(inspection.panel, Frequency.MONTH) == sum(amounts.values())


@pytest.mark.unit
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(GOOD.splitlines()[1:]))
def test_order_of_rows_leaves_no_trace(tmp_path: Path, order: list[str]) -> None:
    panel, _ = read_folder(deliver(tmp_path / "a", {"care_use": GOOD}))
    other, _ = read_folder(deliver(tmp_path / "b", {"care_use": use(*order)}))
    pd.testing.assert_frame_equal(panel.care_use, other.care_use)
    pd.testing.assert_frame_equal(panel.districts, other.districts)


@pytest.mark.unit
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.text(st.characters(codec="utf-8"), max_size=6), min_size=7, max_size=7))
def test_whatever_stands_in_a_row_accepted_and_rejected_are_all_rows(
    tmp_path: Path, cells: list[str]
) -> None:
    line = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    inspection = inspect_folder(deliver(tmp_path, {"care_use": use(*series(MONTHS), line)}))
    count = inspection.files[0]
    assert count.accepted + count.rejected == count.read
    assert (inspection.panel is None) == bool(inspection.errors) == (count.rejected > 0)
