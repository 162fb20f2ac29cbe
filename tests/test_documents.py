"""The documents are tested like code: links lead somewhere, commands exist, the index is whole."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT, tracked_files

pytestmark = pytest.mark.contract

DOCUMENTS = [path for path in tracked_files() if path.suffix == ".md"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

every_document = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=[path.relative_to(ROOT).as_posix() for path in DOCUMENTS]
)


def _code(text: str) -> str:
    """Return what stands in code blocks and between backquotes, a line each."""
    found = re.findall(r"```\w*\n(.*?)```|`([^`\n]+)`", text, flags=re.S)
    return "\n".join(block or inline for block, inline in found)


def _targets(text: str) -> set[str]:
    """Return the targets of make that a text calls."""
    return set(re.findall(r"^\s*make ([a-z][a-z-]*)", _code(text), flags=re.M))


def _commands(text: str) -> set[str]:
    """Return the commands of zorgraming that a text calls."""
    return set(re.findall(r"^\s*zorgraming ([a-z][a-z-]*)", _code(text), flags=re.M))


def _dead_links(path: Path) -> list[str]:
    """Return the links of a document to files that do not exist."""
    text = re.sub(r"```.*?```|`[^`\n]+`", "", path.read_text(encoding="utf-8"), flags=re.S)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    local = [target for target in targets if target and not re.match(r"\w+:", target)]
    return [target for target in local if not (path.parent / target).exists()]


@every_document
def test_every_link_to_a_file_leads_somewhere(path: Path) -> None:
    assert _dead_links(path) == []


@every_document
def test_every_make_target_in_a_document_exists(path: Path) -> None:
    called = _targets(path.read_text(encoding="utf-8"))
    assert called <= set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.M))


@every_document
def test_every_command_in_a_document_exists(path: Path) -> None:
    known = set(PROJECT["entry-points"]["zorgraming.commands"])
    assert _commands(path.read_text(encoding="utf-8")) <= known


def test_a_dead_link_and_an_unknown_command_would_be_found(tmp_path: Path) -> None:
    document = tmp_path / "x.md"
    document.write_text(
        "[a](gone.md) `make tea`\n```sh\nzorgraming fly DIR\n```\n", encoding="utf-8"
    )
    text = document.read_text(encoding="utf-8")
    assert _dead_links(document) == ["gone.md"]
    assert (_targets(text), _commands(text)) == ({"tea"}, {"fly"})


def test_the_readme_calls_the_two_commands_of_a_newcomer() -> None:
    assert {"demo", "test"} <= _targets((ROOT / "README.md").read_text(encoding="utf-8"))


def test_every_module_that_the_architecture_names_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split("## The three packages")[1].split("\n## ")[0]
    named: dict[str, set[str]] = {"models": set(), "training": set(), "service": set()}
    for part in re.split(r"(?=\*\*`(?:models|training|service)/`\*\*)", section)[1:]:
        package, *modules = re.findall(r"`(\w+)/?`", part)
        named[package].update(modules)
    for package, modules in named.items():
        assert len(modules) > 3
        missing = {
            m
            for m in modules
            if not [*(ROOT / package).glob(f"{m}.py"), *(ROOT / package).glob(f"{m}/__init__.py")]
        }
        assert missing == set(), package


def test_every_document_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    documents = {
        path.relative_to(ROOT / "docs").as_posix()
        for path in DOCUMENTS
        if path.is_relative_to(ROOT / "docs") and path.name != "README.md"
    }
    assert {name for name in documents if f"({name})" not in index} == set()


def test_every_decision_has_a_number_of_its_own_and_carries_it() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in decisions]
    assert len(set(numbers)) == len(numbers)
    for path, number in zip(decisions, numbers, strict=True):
        assert path.read_text(encoding="utf-8").startswith(f"# {number} ")
