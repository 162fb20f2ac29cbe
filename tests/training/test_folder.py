"""Reading a delivery: every format alike, every row counted, every cent kept."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.catalogue import Frequency
from models.errors import DeliveryError
from models.panel import Panel, grid
from tests.training.deliveries import GOOD, HEADER, MONTHS, deliver, only, series, table, use
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
    assert "empty" in only(caught.value.faults).rule


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


# --- the formats --------------------------------------------------------------------------------


@pytest.mark.unit
def test_byte_order_mark_and_windows_line_ends_are_tolerated(tmp_path: Path) -> None:
    plain, _ = read_folder(deliver(tmp_path / "a", {"care_use": GOOD}))
    windows = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    other, _ = read_folder(deliver(tmp_path / "b", {"care_use": windows}))
    pd.testing.assert_frame_equal(plain.care_use, other.care_use)


@pytest.mark.contract
def test_typed_parquet_reads_as_the_same_csv(tmp_path: Path) -> None:
    plain, _ = read_folder(deliver(tmp_path / "a", {"care_use": GOOD, "tariffs": TARIFFS}))
    days = [datetime.fromisoformat(day) for day in MONTHS] * 2
    typed = pa.table(
        {
            "municipality": pa.array(["G1"] * 24).dictionary_encode(),
            "district": ["W1"] * 12 + ["W2"] * 12,
            "product": pa.array(["hbh"] * 24, pa.large_string()),
            "period": pa.array(days, pa.timestamp("ns")),
            "clients": pa.array([10] * 24, pa.int32()),
            "volume": pa.array([20.5] * 24, pa.float32()),
            "cost_eur": pa.array([Decimal("300.25")] * 24, pa.decimal128(12, 2)),
        }
    )
    tariffs = pa.table(
        {
            "product": ["hbh"],
            "valid_from": pa.array([date(2022, 1, 1)], pa.date32()),
            "unit": ["uur"],
            "eur_per_unit": [31.2],
            "valid_to": pa.array([None], pa.null()),
        }
    )
    folder = tmp_path / "b"
    folder.mkdir()
    pq.write_table(typed, folder / "care_use.parquet")
    pq.write_table(tariffs, folder / "tariffs.parquet")
    other, warnings = read_folder(folder)
    assert warnings == []
    pd.testing.assert_frame_equal(plain.care_use, other.care_use)
    pd.testing.assert_frame_equal(plain.tariffs, other.tariffs)


TARIFFS = table("product,valid_from,unit,eur_per_unit,valid_to", "hbh,2022-01-01,uur,31.20,")


@pytest.mark.unit
def test_missing_numbers_in_parquet_are_unknown_and_infinite_ones_refused(tmp_path: Path) -> None:
    rows = pa.table(
        {
            "municipality": ["G1"] * 3,
            "district": ["W1"] * 3,
            "product": ["hbh"] * 3,
            "period": MONTHS[:3],
            "clients": [1.0, float("nan"), float("inf")],
            "volume": [None, 2.5, 3.0],
        }
    )
    pq.write_table(rows, tmp_path / "care_use.parquet")
    fault = only(inspect_folder(tmp_path).faults)
    assert (fault.row, fault.column) == (4, "clients")
    assert "finite" in fault.rule


@pytest.mark.unit
def test_nested_or_broken_parquet_is_one_clear_fault(tmp_path: Path) -> None:
    pq.write_table(pa.table({"product": [["a", "b"]]}), tmp_path / "products.parquet")
    (tmp_path / "prices.parquet").write_bytes(b"PAR1 nothing")
    deliver(tmp_path, {"care_use": GOOD})
    found = {fault.file: fault.rule for fault in inspect_folder(tmp_path).errors}
    assert "does not fit in one cell" in found["products.parquet"]
    assert "not a readable Parquet" in found["prices.parquet"]


@pytest.mark.unit
def test_the_same_table_twice_is_refused(tmp_path: Path) -> None:
    folder = deliver(tmp_path, {"care_use": GOOD})
    pq.write_table(pa.table({"municipality": ["G1"]}), folder / "care_use.parquet")
    assert any("deliver it once" in fault.rule for fault in inspect_folder(folder).errors)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (HEADER.encode() + b"\n", "no rows"),
        (GOOD.replace(",", ";").encode(), "semicolons"),
        (GOOD.replace(",", "\t").encode(), "tabs"),
        (GOOD.replace("W1", "Wïjk").encode("latin-1"), "not UTF-8, first seen in line 2"),
        (GOOD.encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04" + bytes(100), "workbook"),
        (b"\n" + GOOD.encode(), "first row is empty"),
        (GOOD.encode("utf-16-le"), "UTF-16"),
    ],
)
def test_unreadable_csv_is_one_clear_fault(tmp_path: Path, content: bytes, words: str) -> None:
    fault = only(inspect_folder(deliver(tmp_path, {"care_use": content})).faults)
    assert words in fault.rule


@pytest.mark.unit
def test_ragged_rows_are_counted_and_named_without_their_content(tmp_path: Path) -> None:
    rows = series(MONTHS)
    rows[3] = rows[3].replace("20.5", "20,5")
    rows[7] = "G1,W1"
    inspection = inspect_folder(deliver(tmp_path, {"care_use": use(*rows)}))
    assert [(fault.row, fault.value) for fault in inspection.errors] == [(5, None), (9, None)]
    assert "8 values" in inspection.errors[0].rule
    count = inspection.files[0]
    assert (count.read, count.accepted, count.rejected) == (12, 10, 2)


@pytest.mark.unit
def test_unclosed_quote_is_named_with_its_row(tmp_path: Path) -> None:
    rows = series(MONTHS)
    rows[3] = '"' + rows[3]
    fault = inspect_folder(deliver(tmp_path, {"care_use": use(*rows)})).errors[0]
    assert fault.row == 5
    assert "quote" in fault.rule


@pytest.mark.unit
def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    note = 'note,date,kind\n"two\nlines",2020-01-01,level\n\n,,\nlast,2020-02-01,wrong\n'
    found = inspect_folder(deliver(tmp_path, {"care_use": GOOD, "policy_events": note})).faults
    assert [(fault.row, fault.severity) for fault in found] == [(None, "warning"), (5, "error")]
    assert "3, 4" in found[0].rule


# --- the boundaries -----------------------------------------------------------------------------

SQUARE = {"type": "Polygon", "coordinates": [[[4.0, 52.0], [4.1, 52.0], [4.1, 52.1], [4.0, 52.0]]]}


def _geojson(*features: tuple[dict[str, object], dict[str, object]]) -> str:
    listed = [
        {"type": "Feature", "properties": words, "geometry": shape} for words, shape in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": listed})


@pytest.mark.unit
def test_boundaries_come_with_the_panel(tmp_path: Path) -> None:
    shapes = _geojson(({"district": "W1"}, SQUARE), ({"district": "W2"}, SQUARE))
    folder = deliver(tmp_path, {"care_use": GOOD, "districts.geojson": shapes})
    panel, warnings = read_folder(folder)
    assert warnings == []
    assert panel.boundaries == json.loads(shapes)
    assert panel.files[-1].name == "districts.geojson"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("shapes", "words", "severity"),
    [
        ("{", "not readable GeoJSON", "error"),
        ("[]", "FeatureCollection", "error"),
        (_geojson(({"WKC": "W1"}, SQUARE)), "property 'district'", "error"),
        (
            _geojson(({"district": "W1"}, {"type": "Point", "coordinates": [4, 52]})),
            "geom",
            "error",
        ),
        (_geojson(({"district": "W9"}, SQUARE), ({"district": "W1"}, SQUARE)), "W9", "warning"),
        (_geojson(({"district": "W1"}, SQUARE)), "without boundaries: W2", "warning"),
        (
            _geojson(({"district": "W1"}, {"type": "Polygon", "coordinates": [[[81000, 455000]]]})),
            "WGS84",
            "error",
        ),
        (
            _geojson(({"district": "W1", "bsn": "1"}, SQUARE)),
            "citizen service numbers",
            "error",
        ),
    ],
)
def test_faulty_boundaries_are_told(tmp_path: Path, shapes: str, words: str, severity: str) -> None:
    folder = deliver(tmp_path, {"care_use": GOOD, "districts.geojson": shapes})
    faults = inspect_folder(folder).faults
    assert [f for f in faults if words in f.rule and f.severity == severity], faults


# --- properties ---------------------------------------------------------------------------------

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
