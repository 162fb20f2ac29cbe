"""The repository around the code: what is in it, what must not be, and what must agree."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from tests import house_rules as house
from tests.conftest import ROOT, slow_first, tracked_files, wrongly_marked

pytestmark = pytest.mark.contract

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COMMANDS: dict[str, str] = PROJECT["project"]["entry-points"]["zorgraming.commands"]
PUBLICCODE: dict[str, Any] = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


TRACKED = tracked_files()
needs_git = pytest.mark.skipif(not TRACKED, reason="no git checkout: the list of files is unknown")


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


# --- what must not be in it -----------------------------------------------------------------------

# Written in parts, so that this file does not hold what it looks for.
HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
        ("conda", "anaconda", "org"),
        ("crates", "io"),
    )
)
# A folder of somebody's machine: an absolute path below a folder that only a machine has.
MACHINE = re.compile(r"(?<![\w.$})-])/(?:work|root|home|Users|mnt|opt/py\w+)/\w")
INDEX = re.compile(r"--(?:extra-)?index-url|--find-links|PIP_(?:EXTRA_)?INDEX_URL|UV_INDEX")
THIS_FILE = Path(__file__).resolve()


def _leaks(text: str) -> list[str]:
    found = [host for host in HOSTS if host in text]
    return found + MACHINE.findall(text) + INDEX.findall(text)


@needs_git
def test_no_registry_host_index_or_machine_path_stands_in_a_tracked_file() -> None:
    leaking = {
        path.relative_to(ROOT).as_posix(): leaks
        for path in TRACKED
        if path != THIS_FILE and (leaks := _leaks(_text(path) or ""))
    }
    assert leaking == {}


@pytest.mark.parametrize(
    "text",
    [
        f"see https://files.{HOSTS[1]}/x",
        "pip install --extra-index-url x",
        "cd " + "/home/" + "anna/zorgraming",
        "/".join(("", "work", "main")),
    ],
)
def test_a_leak_would_be_found(text: str) -> None:
    assert _leaks(text)


@pytest.mark.parametrize("text", ["/opt/zorgraming/bin", "docs/home/page", "/v1/health"])
def test_a_path_of_an_image_is_no_leak(text: str) -> None:
    assert _leaks(text) == []


@needs_git
def test_no_data_fitted_model_or_large_file_is_tracked() -> None:
    unwanted = {".pkl", ".pickle", ".joblib", ".npy", ".npz", ".parquet", ".sqlite", ".db", ".pyc"}
    assert [path for path in TRACKED if path.suffix in unwanted] == []
    assert [path for path in TRACKED if path.stat().st_size > 1_000_000] == []


# --- what must agree ------------------------------------------------------------------------------


def _released() -> list[tuple[str, str]]:
    return re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\S+)$", CHANGELOG, flags=re.M)


def test_version_is_the_same_everywhere() -> None:
    version = PROJECT["project"]["version"]
    assert _released()[0][0] == version
    assert PUBLICCODE["softwareVersion"] == version
    assert f"ARG VERSION={version}\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    images = re.findall(
        r"image: zorgraming-\w+:(\S+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")
    )
    assert set(images) == {version}


def test_release_dates_agree_and_are_dates() -> None:
    version_dates = [date.fromisoformat(day) for _, day in _released()]
    assert version_dates == sorted(version_dates, reverse=True)
    assert date.fromisoformat(PUBLICCODE["releaseDate"]) == version_dates[0]


def test_every_release_tells_the_changes_in_the_numbers() -> None:
    releases = re.split(r"^## \[\d", CHANGELOG, flags=re.M)[1:]
    assert releases
    for release in releases:
        assert "### Changes in the numbers" in release


def test_publiccode_has_every_mandatory_key() -> None:
    assert {
        "publiccodeYmlVersion",
        "name",
        "url",
        "releaseDate",
        "platforms",
        "categories",
        "developmentStatus",
        "softwareType",
    } <= set(PUBLICCODE)
    assert PUBLICCODE["legal"]["license"] == PROJECT["project"]["license"] == "EUPL-1.2"
    assert PUBLICCODE["maintenance"]["contacts"][0]["name"]
    assert PUBLICCODE["localisation"]["localisationReady"] is True
    assert set(PUBLICCODE["description"]) == {"nl", "en"}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_publiccode_describes_within_the_lengths_of_the_standard(language: str) -> None:
    description = PUBLICCODE["description"][language]
    assert 0 < len(description["shortDescription"]) <= 150
    assert 150 <= len(description["longDescription"]) <= 10_000
    assert all(0 < len(feature) <= 100 for feature in description["features"])


def test_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    for article in range(1, 16):
        assert re.search(rf"^{article}\.\s?[A-Z]", text, flags=re.M), f"article {article}"
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in text
    assert "LiLiQ-R+" in text


# --- what must work -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_can_be_loaded(name: str) -> None:
    module, _, attribute = COMMANDS[name].partition(":")
    command = getattr(importlib.import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help


def test_the_installed_script_can_be_loaded() -> None:
    module, _, attribute = PROJECT["project"]["scripts"]["zorgraming"].partition(":")
    assert callable(getattr(importlib.import_module(module), attribute))


def _undocumented(tree: ast.Module) -> list[str]:
    """Return the public functions, classes and methods without a docstring."""
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [n for n in tree.body if isinstance(n, named) and not n.name.startswith("_")]
    for owner in [node for node in public if isinstance(node, ast.ClassDef)]:
        public += [n for n in owner.body if isinstance(n, named) and not n.name.startswith("_")]
    missing = [] if ast.get_docstring(tree) else ["the module"]
    return missing + [node.name for node in public if not ast.get_docstring(node)]


def test_every_module_and_every_public_name_has_a_docstring() -> None:
    files = [path for package in house.PACKAGES for path in house.source_files(package)]
    missing = {path.name: names for path in files if (names := _undocumented(house.parse(path)))}
    assert missing == {}


def test_an_undocumented_name_would_be_found() -> None:
    source = '"""Module."""\ndef a(): ...\nclass B:\n    """B."""\n    def c(self): ...\n'
    assert _undocumented(ast.parse(source)) == ["a", "c"]
    assert _undocumented(ast.parse("x = 1")) == ["the module"]


@needs_git
def test_the_wheel_holds_every_tracked_file_of_the_three_packages(tmp_path: Path) -> None:
    for path in TRACKED:
        relative = path.relative_to(ROOT)
        if relative.parts[0] in {*house.PACKAGES, "pyproject.toml", "README.md", "LICENSE"}:
            (tmp_path / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, tmp_path / relative)
    build = "from setuptools.build_meta import build_wheel; print(build_wheel('dist'))"
    (tmp_path / "dist").mkdir()
    subprocess.run(
        [sys.executable, "-c", build], cwd=tmp_path, check=True, capture_output=True, timeout=120
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.split("/")[0] in house.PACKAGES}
        others = {name.split("/")[0] for name in archive.namelist()} - set(house.PACKAGES)
    expected = {path.relative_to(ROOT).as_posix() for path in TRACKED}
    assert held == {name for name in expected if name.split("/")[0] in house.PACKAGES}
    assert all(name.endswith(".dist-info") for name in others)


# --- the tests themselves -------------------------------------------------------------------------


class _Item:
    """What ``wrongly_marked`` asks of a test."""

    nodeid = "tests/test_x.py::test_x"

    def __init__(self, *marks: str, path: str = "test_x.py") -> None:
        self._marks = marks
        self.path = Path(path)

    def iter_markers(self) -> list[pytest.Mark]:
        """Return the marks this test carries."""
        return [getattr(pytest.mark, name).mark for name in self._marks]

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        """Return the mark of a name, if this test carries it."""
        return next((mark for mark in self.iter_markers() if mark.name == name), None)


@pytest.mark.parametrize("marks", [(), ("slow",), ("unit", "contract")])
def test_a_test_without_one_kind_stops_the_run(marks: tuple[str, ...]) -> None:
    assert wrongly_marked([_Item(*marks)])  # type: ignore[list-item]  # a stand-in


@pytest.mark.parametrize("marks", [("unit",), ("golden", "slow")])
def test_a_test_with_one_kind_is_accepted(marks: tuple[str, ...]) -> None:
    assert wrongly_marked([_Item(*marks)]) == []  # type: ignore[list-item]  # a stand-in


def test_files_with_slow_tests_come_first_and_otherwise_the_order_stays() -> None:
    quick, other = _Item("unit", path="a.py"), _Item("unit", path="c.py")
    long = [_Item("unit", path="b.py"), _Item("unit", "slow", path="b.py")]
    items = [quick, long[0], other, long[1]]
    assert slow_first(items) == [*long, quick, other]  # type: ignore[arg-type,comparison-overlap]
