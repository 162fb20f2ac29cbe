"""The import rule and the purity of models, held for every file; the tables are in house_rules."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests import house_rules as house

FILES = [path for package in house.PACKAGES for path in house.source_files(package)]
MODELS = [path for path in FILES if path.is_relative_to(house.ROOT / "models")]


def _named(path: Path) -> str:
    return path.relative_to(house.ROOT).as_posix()


every_file = pytest.mark.parametrize("path", FILES, ids=_named)
every_models_file = pytest.mark.parametrize("path", MODELS, ids=_named)


def _own_imports(path: Path) -> set[str]:
    """Return the project's own modules that a file imports."""
    package = house.module_name(path if path.name == "__init__.py" else path.parent)
    known = {house.module_name(file) for file in FILES}
    found = {name for name, _ in house.imports(house.parse(path), package)}
    return (found & known) - {house.module_name(path)}


# --- the rule -----------------------------------------------------------------------------------


@pytest.mark.unit
@every_file
def test_packages_import_each_other_only_as_the_rule_says(path: Path) -> None:
    package = path.relative_to(house.ROOT).parts[0]
    foreign = {"tests", "notebooks", "benchmarks", *house.PACKAGES} - house.OWN[package]
    names = {name.split(".")[0] for name, _ in house.imports(house.parse(path), package)}
    assert not names & foreign


@pytest.mark.unit
@every_file
def test_every_imported_library_is_in_the_table(path: Path) -> None:
    assert house.libraries(house.parse(path)) <= set(house.LIBRARIES)


@pytest.mark.unit
@pytest.mark.parametrize("library", sorted(house.LIBRARIES))
def test_library_stands_in_its_places_only(library: str) -> None:
    importers = [path for path in FILES if library in house.libraries(house.parse(path))]
    allowed = {place.package: place.files for place in house.LIBRARIES[library]}
    for package in house.PACKAGES:
        there = [_named(path) for path in importers if _named(path).startswith(f"{package}/")]
        limit = allowed.get(package, 0)
        assert limit is None or len(there) <= limit, f"{library} in {there}, allowed: {limit}"


@pytest.mark.unit
def test_every_declared_dependency_has_a_place_in_the_table() -> None:
    project = tomllib.loads((house.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["train"], *extras["cluster"], *extras["report"]]
    names = {requirement.split("[")[0].split(">")[0].split("=")[0] for requirement in declared}
    imported_as = {"scikit-learn": "sklearn", "vl-convert-python": "vl_convert", "pyjwt": "jwt"}
    imported_as |= {"python-docx": "docx"}
    tops = {imported_as.get(name, name.replace("-", "_")) for name in names}
    with_another = {"werkzeug", "jinja2", "pydantic_core", "cmdstanpy"}
    assert tops == set(house.LIBRARIES) - with_another


@pytest.mark.unit
def test_modules_import_each_other_without_a_cycle() -> None:
    graph = {house.module_name(path): _own_imports(path) for path in FILES}
    # A package's own file is imported before its modules; that is no cycle of the code's making.
    graph = {
        name: {other for other in others if not name.startswith(f"{other}.")}
        for name, others in graph.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")


@pytest.mark.unit
def test_only_the_launcher_of_models_knows_a_command_line() -> None:
    knowing = {_named(path) for path in MODELS if "click" in house.libraries(house.parse(path))}
    assert knowing <= {house.MODELS_LAUNCHER}


# --- purity -------------------------------------------------------------------------------------


def _forbidden(tree: ast.Module) -> Iterator[str]:
    for name, line in house.imports(tree):
        if name.split(".")[0] in house.BANNED_IMPORTS:
            yield f"line {line}: import of {name}"
    for name, line in house.uses(tree):
        if name in house.BANNED_CALLS:
            yield f"line {line}: {name}"
    yield from (f"line {line}: allow_pickle" for line in house.unpickles(tree))


def _impure(tree: ast.Module) -> Iterator[str]:
    for name, line in house.imports(tree):
        if name.split(".")[0] in house.MODELS_BANNED_IMPORTS:
            yield f"line {line}: import of {name}"
    for name, line in house.uses(tree):
        if name in house.MODELS_BANNED_USES:
            yield f"line {line}: {name}"
        if (
            name.startswith("numpy.random.")
            and name.split(".")[2] not in house.NUMPY_RANDOM_ALLOWED
        ):
            yield f"line {line}: {name} is global randomness"


@pytest.mark.unit
@every_file
def test_nothing_is_unpickled_or_evaluated(path: Path) -> None:
    assert list(_forbidden(house.parse(path))) == []


@pytest.mark.unit
@every_models_file
def test_models_has_no_clock_network_environment_or_global_randomness(path: Path) -> None:
    assert list(_impure(house.parse(path))) == []


@pytest.mark.unit
@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "def f():\n    from cloudpickle import loads",
        "import importlib\nimportlib.import_module('dill')",
        "eval('1')",
        "from joblib import load\nload('x')",
        "import numpy as np\nnp.load('x', allow_pickle=True)",
    ],
)
def test_reading_that_runs_code_is_found(source: str) -> None:
    assert list(_forbidden(ast.parse(source)))


@pytest.mark.unit
@pytest.mark.parametrize(
    "source",
    [
        "from datetime import date as d\nd.today()",
        "import datetime\nx = datetime.datetime.now",
        "import time as t\nt.time()",
        "import os\nos.environ['X']",
        "from os import getenv\ngetenv('X')",
        "print('x')",
        "import numpy as np\nnp.random.seed(1)",
        "from numpy.random import normal\nnormal()",
        "def f():\n    import random",
        "import logging\nlogging.basicConfig()",
        "from urllib.request import urlopen",
    ],
)
def test_impure_model_code_is_found(source: str) -> None:
    assert list(_impure(ast.parse(source)))


@pytest.mark.unit
@pytest.mark.parametrize(
    "source",
    [
        "from datetime import date\ndate(2026, 1, 1)",
        "import numpy as np\nnp.random.default_rng(1)",
        "import numpy as np\nnp.load('x', allow_pickle=False)",
        "import os\nos.replace('a', 'b')",
    ],
)
def test_pure_model_code_is_left_alone(source: str) -> None:
    assert list(_impure(ast.parse(source))) + list(_forbidden(ast.parse(source))) == []


@pytest.mark.unit
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    from prophet import Prophet", {"prophet"}),
        ("import mlflow.pyfunc", {"mlflow"}),
        ("import importlib\nimportlib.import_module('sklearn.linear_model')", {"sklearn"}),
        ("import json\nfrom models import paths", set()),
    ],
)
def test_libraries_are_found_wherever_they_are_imported(source: str, expected: set[str]) -> None:
    assert house.libraries(ast.parse(source)) == expected


@pytest.mark.unit
def test_relative_imports_are_resolved() -> None:
    found = {name for name, _ in house.imports(ast.parse("from ..models import x"), "service.api")}
    assert "service.models" in found


# --- what a fresh interpreter loads -------------------------------------------------------------

_LOADED = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def _loaded_by(*modules: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter holds after importing modules."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, *modules],
        cwd=house.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def _service_modules() -> list[str]:
    names = [house.module_name(path) for path in house.source_files("service")]
    # Migrations are run by their tool, in a context of its own.
    return [name for name in names if not name.endswith("__main__") and "migrations" not in name]


@pytest.mark.contract
def test_the_service_loads_no_model_library() -> None:
    loaded = _loaded_by(*_service_modules())
    assert "flask" in loaded
    assert loaded & set(house.NEVER_IN_SERVICE) == set()


@pytest.mark.contract
@pytest.mark.parametrize(
    "module",
    [
        *("catalogue", "edition", "selection", "paths", "accuracy"),
        *("drivers", "running_year", "growth_lines", "disclosure"),
    ],
)
def test_the_light_half_of_models_loads_no_heavy_library(module: str) -> None:
    loaded = _loaded_by(f"models.{module}")
    assert loaded & {*house.NEVER_IN_SERVICE, "flask"} == set()
