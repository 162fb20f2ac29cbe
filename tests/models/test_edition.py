"""An edition is frozen: the same bytes from the same content, and no changed byte is trusted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import manifest as manifests
from models.edition import EditionContent, open_edition, write_edition
from models.errors import EditionError
from tests.editions import Setting, build_edition, make_content

pytestmark = pytest.mark.unit

SETTING = Setting(("VB0001",), date(2023, 12, 31), 1, True, districts=3, draws=20)


@pytest.fixture(scope="module")
def content() -> EditionContent:
    return make_content(SETTING)


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory, content: EditionContent) -> Path:
    """An edition that tests may read, or change and put right again."""
    return write_edition(content, tmp_path_factory.mktemp("editions"))


@pytest.fixture
def copy(edition: Path, tmp_path: Path) -> Path:
    """An edition that a test may spoil."""
    return Path(shutil.copytree(edition, tmp_path / edition.name))


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def reseal(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest as a forger would: hashes of files and manifest made right again."""
    path = folder / manifests.NAME
    manifest = json.loads(path.read_text("utf-8"))
    for name in manifest["files"]:
        if (folder / name).exists():
            manifest["files"][name] = manifests.file_digest(folder / name)
    change(manifest)
    path.write_bytes(manifests.canonical(manifests.seal(manifest, manifest["run"])))


def test_what_was_written_is_read_back(edition: Path, content: EditionContent) -> None:
    opened = open_edition(edition)
    assert opened.edition_id == edition.name
    assert opened.manifest["municipalities"] == ["VB0001"]
    assert opened.series["product"].tolist() == content.series["product"].to_pylist()
    for measure, array in content.paths.items():
        np.testing.assert_array_equal(opened.paths[measure], array)
    assert opened.products == content.tables["products"].to_pylist()
    assert opened.districts == content.tables["districts"].to_pylist()
    assert opened.table("accuracy").equals(content.tables["accuracy"])
    assert opened.document("quality") == {"accepted": 100, "rejected": 0}


def test_actuals_come_back_as_whole_hundredths_with_gaps_unknown(edition: Path) -> None:
    opened = open_edition(edition)
    actuals = opened.actuals["cost"]
    rows = pq.read_table(edition / "forecasts.parquet").to_pylist()
    known = [r for r in rows if r["kind"] == "actual" and r["measure"] == "cost"]
    assert np.nansum(actuals) == sum(round(row["mean"] * 100) for row in known)
    assert np.count_nonzero(~np.isnan(actuals)) == len(known)
    assert len(opened.tracks["cost"].gaps[0]) == 1  # the month that was left open


def test_paths_are_mapped_into_memory_and_cannot_be_changed(edition: Path) -> None:
    array = open_edition(edition).paths["cost"]
    assert not array.flags.writeable
    assert not array.flags.owndata


def test_the_id_names_delivery_as_of_date_and_content(content: EditionContent) -> None:
    made = manifests.make_id("den-haag", "2023-12-31", content.identity)
    assert made.startswith("den-haag-2023-12-31-")
    assert len(made.rsplit("-", 1)[1]) == 10
    assert manifests.is_id(made)
    assert made != manifests.make_id("den-haag", "2023-12-31", {**content.identity, "seed": 2})


@pytest.mark.parametrize("name", ["Den Haag", "../x", "", "-x", "a/b", "a_b"])
def test_a_delivery_name_that_is_no_slug_is_refused(
    name: str, content: EditionContent, tmp_path: Path
) -> None:
    with pytest.raises(EditionError, match="lower-case letters, digits and dashes"):
        write_edition(replace(content, delivery=name), tmp_path)


def test_the_same_content_gives_the_same_bytes_the_run_apart(tmp_path: Path) -> None:
    first = write_edition(make_content(SETTING), tmp_path / "a")
    again = replace(make_content(SETTING), run={"made": "2025-05-05T05:05:05Z", "jobs": 2})
    second = write_edition(again, tmp_path / "b")
    assert [p.relative_to(first) for p in files_of(first)] == [
        p.relative_to(second) for p in files_of(second)
    ]
    for one, two in zip(files_of(first), files_of(second), strict=True):
        if one.name != manifests.NAME:
            assert one.read_bytes() == two.read_bytes(), one.name
    manifest_one, manifest_two = open_edition(first).manifest, open_edition(second).manifest
    assert manifest_one["sha256"] == manifest_two["sha256"]
    assert manifest_one["run"] != manifest_two["run"]


def test_writing_the_same_content_again_leaves_the_edition_as_it_is(tmp_path: Path) -> None:
    folder = write_edition(make_content(SETTING), tmp_path)
    before = (folder / manifests.NAME).read_bytes()
    again = replace(make_content(SETTING), run={"made": "2025-05-05T05:05:05Z"})
    assert write_edition(again, tmp_path) == folder
    assert (folder / manifests.NAME).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_other_content_under_the_same_id_is_refused(
    content: EditionContent, tmp_path: Path
) -> None:
    folder = write_edition(content, tmp_path)
    before = {path: path.read_bytes() for path in files_of(folder)}
    other = replace(content, documents={"quality": {"accepted": 99, "rejected": 1}})
    with pytest.raises(EditionError, match="there already with other content"):
        write_edition(other, tmp_path)
    assert {path: path.read_bytes() for path in files_of(folder)} == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_writers_of_the_same_edition_at_the_same_time_all_succeed(
    content: EditionContent, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(lambda _: write_edition(content, tmp_path), range(4)))
    assert len(set(folders)) == 1
    assert [path.name for path in tmp_path.iterdir()] == [folders[0].name]
    open_edition(folders[0])


def test_a_folder_left_by_a_killed_writer_is_in_nobodys_way(
    content: EditionContent, tmp_path: Path
) -> None:
    edition_id = manifests.make_id(content.delivery, content.as_of.isoformat(), content.identity)
    left = tmp_path / f".{edition_id}.{os.getpid()}.tmp"
    left.mkdir()
    (left / "half.npy").write_bytes(b"half")
    open_edition(write_edition(content, tmp_path))
    assert left.exists()


@settings(max_examples=150)
@given(data=st.data())
def test_a_changed_byte_anywhere_is_refused(edition: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(files_of(edition)), label="file")
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1), label="offset")
    changed = content[at] ^ data.draw(st.integers(1, 255), label="change")
    try:
        path.write_bytes(content[:at] + bytes([changed]) + content[at + 1 :])
        with pytest.raises(EditionError, match=edition.name):
            open_edition(edition)
    finally:
        path.write_bytes(content)
    open_edition(edition)


@settings(max_examples=30)
@given(data=st.data())
def test_a_truncated_file_is_refused(edition: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(files_of(edition)), label="file")
    content = path.read_bytes()
    try:
        path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1), label="length")])
        with pytest.raises(EditionError, match=edition.name):
            open_edition(edition)
    finally:
        path.write_bytes(content)


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "paths" / "cost.npy").unlink()
    (copy / "series.parquet").unlink()
    with pytest.raises(EditionError, match=r"paths/cost\.npy cannot be read.*series\.parquet"):
        open_edition(copy)


def test_a_folder_without_manifest_is_no_edition(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match=r"no readable manifest\.json"):
        open_edition(tmp_path)


def test_an_edition_under_another_name_is_refused(copy: Path) -> None:
    renamed = copy.rename(copy.parent / "renamed")
    with pytest.raises(EditionError, match="keeps its name"):
        open_edition(renamed)


@pytest.mark.parametrize("number", [2, 0, "1", True, None, 1.0])
def test_an_unknown_format_number_is_refused_by_name(copy: Path, number: object) -> None:
    reseal(copy, lambda manifest: manifest.update(format=number))
    with pytest.raises(EditionError, match=f"edition format {number!r} is not known here"):
        open_edition(copy)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../other/series.parquet", "a/../../b", "C:\\x", "paths//cost.npy", ""]
)
def test_a_path_outside_the_edition_is_refused(copy: Path, path: str) -> None:
    reseal(copy, lambda manifest: manifest["files"].update({path: "0" * 64}))
    with pytest.raises(EditionError, match="points outside its folder"):
        open_edition(copy)


@pytest.mark.parametrize("key", ["as_of", "axes", "draws", "files", "measures", "synthetic"])
def test_an_incomplete_manifest_is_refused(copy: Path, key: str) -> None:
    reseal(copy, lambda manifest: manifest.pop(key))
    with pytest.raises(EditionError, match=f"lacks {key}"):
        open_edition(copy)


class _Payload:
    """Runs a command when it is unpickled."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.proof,)


def test_nothing_is_ever_unpickled(copy: Path, tmp_path: Path) -> None:
    proof = tmp_path / "was-run"
    array = np.empty((1, 1, 1), dtype=object)
    array[0, 0, 0] = _Payload(proof)
    np.save(copy / "paths" / "cost.npy", array, allow_pickle=True)
    reseal(copy, lambda _: None)
    with pytest.raises(EditionError, match="not a plain array"):
        open_edition(copy)
    assert not proof.exists()


@pytest.mark.parametrize("dtype", [np.float64, np.int16, ">i4"])
def test_paths_that_are_no_whole_numbers_are_refused(
    copy: Path, content: EditionContent, tmp_path: Path, dtype: npt.DTypeLike
) -> None:
    array = content.paths["cost"].astype(dtype)
    np.save(copy / "paths" / "cost.npy", array)
    reseal(copy, lambda _: None)
    with pytest.raises(EditionError, match="int32 or int64"):
        open_edition(copy)
    with pytest.raises(EditionError, match="int32 or int64"):
        write_edition(replace(content, paths={**content.paths, "cost": array}), tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def with_series(content: EditionContent, column: str, row: int, value: object) -> EditionContent:
    values = content.series[column].to_pylist()
    values[row] = value
    at = content.series.column_names.index(column)
    field = content.series.schema.field(column)
    return replace(
        content, series=content.series.set_column(at, field, pa.array(values, field.type))
    )


def first_forecast(content: EditionContent) -> int:
    return next(n for n, row in enumerate(content.series["row_cost"].to_pylist()) if row == 0)


def contradictions() -> dict[str, Callable[[EditionContent], EditionContent]]:
    def varied(content: EditionContent) -> EditionContent:
        paths = content.paths["cost"].copy()
        paths[0, 0, 0] += 1  # January 2023 is actual
        return replace(content, paths={**content.paths, "cost": paths})

    def twice(content: EditionContent) -> EditionContent:
        forecasts = content.tables["forecasts"]
        doubled = pa.concat_tables([forecasts, forecasts.slice(0, 1)])
        return replace(content, tables={**content.tables, "forecasts": doubled})

    def lacking(content: EditionContent) -> EditionContent:
        forecasts = content.tables["forecasts"]
        at = forecasts["kind"].to_pylist().index("forecast")
        rest = pa.concat_tables([forecasts.slice(0, at), forecasts.slice(at + 1)])
        return replace(content, tables={**content.tables, "forecasts": rest})

    def stranger(content: EditionContent) -> EditionContent:
        forecasts = content.tables["forecasts"]
        names = pa.array(["X", *forecasts["district"].to_pylist()[1:]])
        at = forecasts.column_names.index("district")
        other = forecasts.set_column(at, "district", names)
        return replace(content, tables={**content.tables, "forecasts": other})

    def swapped(content: EditionContent) -> EditionContent:
        order = [1, 0, *range(2, content.series.num_rows)]
        return replace(content, series=content.series.take(order))

    def no_table(content: EditionContent) -> EditionContent:
        return replace(content, tables={n: t for n, t in content.tables.items() if n != "products"})

    def about(**changes: object) -> Callable[[EditionContent], EditionContent]:
        return lambda content: replace(content, manifest={**content.manifest, **changes})

    def series(column: str, value: object) -> Callable[[EditionContent], EditionContent]:
        return lambda content: with_series(content, column, first_forecast(content), value)

    return {
        "vary outside the forecast of VB0001 / VB0001 / BG": varied,
        "the same cell twice": twice,
        "lacks p10 of a forecast period": lacking,
        "a series that the edition does not have": stranger,
        "not sorted by municipality, district, product": swapped,
        "lacks the table products": no_table,
        "a forecast period without paths|belongs to exactly one series": series("row_cost", -1),
        "belongs to exactly one series": series("row_cost", 1),
        "outside the axis of month paths": series("until_cost", date(2027, 1, 1)),
        "names a frequency that does not exist": series("frequency", "week"),
        "lacks or contradicts delivery": about(delivery="other"),
        "are written by the edition itself": about(format=1),
        "not writable as JSON": about(scores={"wape": float("nan")}),
        "do not have 21 draws": about(draws=21),
        "a measure that the edition does not have": about(measures=["clients", "volume"]),
    }


@pytest.mark.parametrize("told", sorted(contradictions()))
def test_content_that_contradicts_itself_is_not_published(
    told: str, content: EditionContent, tmp_path: Path
) -> None:
    with pytest.raises(EditionError, match=told):
        write_edition(contradictions()[told](content), tmp_path / "editions")
    assert not (tmp_path / "editions").exists() or not list((tmp_path / "editions").iterdir())


def test_a_place_that_cannot_be_written_is_named(content: EditionContent, tmp_path: Path) -> None:
    (tmp_path / "editions").write_text("a file, not a folder")
    with pytest.raises(EditionError, match=r"cannot be written to .*editions.*choose another"):
        write_edition(content, tmp_path / "editions")


FULL = """
import resource, sys
from datetime import date
from pathlib import Path
from models.edition import write_edition
from models.errors import EditionError
from tests.editions import Setting, make_content
content = make_content(Setting(("VB0001",), date(2023, 12, 31), 1, True, districts=3, draws=20))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    write_edition(content, Path(sys.argv[1]))
except EditionError as error:
    sys.exit(f"refused: {error}")
"""


@pytest.mark.parametrize("size", [0, 100, 5_000, 60_000])
def test_a_limit_on_file_size_while_publishing_leaves_no_half_edition(
    size: int, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), str(size)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "nothing of it was left behind" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 128 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("this machine does not allow mounting a small file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_while_publishing_leaves_no_half_edition(
    small_disk: Path, content: EditionContent
) -> None:
    with pytest.raises(EditionError, match=r"No space left on device|requested and"):
        write_edition(content, small_disk)
    assert list(small_disk.iterdir()) == []


def test_an_edition_of_several_municipalities_keeps_them_apart(tmp_path: Path) -> None:
    opened = open_edition(build_edition(tmp_path, municipality=("VB0001", "VB0002"), draws=10))
    assert opened.manifest["municipalities"] == ["VB0001", "VB0002"]
    assert set(opened.series["municipality"]) == {"VB0001", "VB0002"}
