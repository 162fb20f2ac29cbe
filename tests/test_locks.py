"""The locks hold what pyproject.toml asks for, and nothing an image must not hold."""

from __future__ import annotations

import re
import tomllib
from typing import NamedTuple

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

pytestmark = pytest.mark.contract

# What each install target is compiled from: extras of pyproject.toml, and the build group.
TARGETS: dict[str, tuple[str, ...]] = {
    "api": ("pg",),
    "report": ("pg", "report"),
    "training": ("pg", "report", "train", "build"),
    "cluster": ("pg", "report", "train", "cluster", "build"),
    "development": ("pg", "train", "cluster", "report", "dev", "build"),
    "build": ("build",),
}
HEAVY = ("mlflow", "pandas", "pandera", "prophet", "scikit-learn", "statsforecast", "matplotlib")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


class Pin(NamedTuple):
    """One locked package."""

    version: str
    hashes: int
    marker: Marker | None


def _pins(target: str) -> dict[str, Pin]:
    """Read a lock: package name to its pin."""
    text = (ROOT / "requirements" / f"{target}.txt").read_text(encoding="utf-8")
    pins = {}
    for entry in re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^\s*#.*\n?", "", text, flags=re.M)):
        line, *rest = entry.strip().split("\\\n")
        requirement = Requirement(line.strip())
        (specifier,) = requirement.specifier
        assert specifier.operator == "=="
        hashes = sum("--hash=sha256:" in part for part in rest)
        pins[canonicalize_name(requirement.name)] = Pin(
            specifier.version, hashes, requirement.marker
        )
    return pins


def _asked(target: str) -> list[Requirement]:
    """Return what pyproject.toml asks for in a target."""
    project = PROJECT["project"]
    sources = {**project["optional-dependencies"], **PROJECT["dependency-groups"]}
    lines = [] if target == "build" else list(project["dependencies"])
    for extra in TARGETS[target]:
        lines += sources[extra]
    return [Requirement(line) for line in lines]


every_target = pytest.mark.parametrize("target", sorted(TARGETS))


def test_every_lock_has_its_target() -> None:
    files = {path.stem for path in (ROOT / "requirements").iterdir()}
    assert files == set(TARGETS)


@every_target
def test_lock_holds_what_the_project_asks_for_at_an_allowed_version(target: str) -> None:
    pins = _pins(target)
    for requirement in _asked(target):
        name = canonicalize_name(requirement.name)
        assert name in pins, f"{name} is not locked: make lock"
        assert pins[name].version in requirement.specifier, f"{name} is out of step: make lock"


@every_target
def test_every_locked_package_has_hashes(target: str) -> None:
    assert [name for name, pin in _pins(target).items() if not pin.hashes] == []


@every_target
def test_targets_agree_on_every_version(target: str) -> None:
    tested = _pins("development")
    differing = {n for n, pin in _pins(target).items() if tested[n].version != pin.version}
    assert differing == set()


@every_target
def test_lock_names_no_index_and_no_place_of_a_machine(target: str) -> None:
    text = (ROOT / "requirements" / f"{target}.txt").read_text(encoding="utf-8")
    assert re.findall(r"https?:|file:|index-url|find-links|trusted-host| @ |/\w+/\w+/", text) == []


@pytest.mark.parametrize("target", ["api", "report"])
def test_a_lock_of_the_service_holds_no_library_of_training(target: str) -> None:
    assert set(_pins(target)) & set(HEAVY) == set()


def test_training_extra_is_what_brings_the_heavy_libraries() -> None:
    assert set(_pins("training")) >= set(HEAVY)
