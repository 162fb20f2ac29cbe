"""Who may import and call what: the tables of the house, and the reading of source files.

One import rule: ``service → models ← training``. The tables below are the documentation of it;
``test_architecture.py`` holds every file to them, imports inside functions included.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("models", "training", "service")

# Which of the project's own packages a package may import.
OWN: dict[str, frozenset[str]] = {
    "models": frozenset({"models"}),
    "training": frozenset({"training", "models"}),
    "service": frozenset({"service", "models"}),
}


@dataclass(frozen=True)
class Place:
    """Where a library may be imported: a package, and in how many of its files (None = any)."""

    package: str
    files: int | None = None


ANYWHERE = tuple(Place(package) for package in PACKAGES)
OUTSIDE = (Place("training"), Place("service"))

# A library that is not in this table may not be imported at all: adding one is a decision.
LIBRARIES: dict[str, tuple[Place, ...]] = {
    # the web stands in the service only
    "flask": (Place("service"),),
    "apiflask": (Place("service"),),
    "werkzeug": (Place("service"),),  # comes with flask
    "jinja2": (Place("service"), Place("training", 1)),  # comes with flask; papers of an edition
    "gunicorn": (Place("service"),),
    "sqlalchemy": (Place("service"),),
    "alembic": (Place("service"),),
    "jwt": (Place("service", 1),),  # access tokens
    "prometheus_client": (Place("service", 1),),  # metrics
    # settings and requests are pydantic's; the method takes plain arguments
    "pydantic": OUTSIDE,
    "pydantic_core": OUTSIDE,  # comes with pydantic
    "pydantic_settings": OUTSIDE,
    "structlog": OUTSIDE,
    "rich": (Place("training"),),
    "click": ANYWHERE,  # models: the launcher only, see MODELS_LAUNCHER
    # numbers and tables
    "numpy": ANYWHERE,
    "pyarrow": ANYWHERE,
    "pandas": (Place("models"), Place("training")),
    "xlsxwriter": OUTSIDE,
    "jsonschema": (Place("training", 1),),  # the rules of the algorithm register
    "openpyxl": (Place("training"), Place("service", 1)),  # service: a filled-in budget table
    "weasyprint": (Place("service", 1),),  # reports as PDF, an extra
    "docx": (Place("service", 1),),  # reports for Word, an extra
    # drawing: one chart module for page, report, notebook and tracked run
    "altair": (Place("models", 2),),  # charts, and those of causes
    "vl_convert": (Place("models", 1),),
    # forecasting, each library behind one file
    "prophet": (Place("models", 1),),
    "cmdstanpy": (Place("models", 1),),  # comes with prophet; its log is silenced there
    "statsforecast": (Place("models", 1),),
    "sklearn": (Place("models", 2),),  # pooling over districts, and cost
    # training
    "joblib": (Place("training", 1),),  # the fan-out
    "dask": (Place("training", 1),),  # the fan-out on a cluster, an extra
    "threadpoolctl": (Place("training", 1),),  # beneath the fan-out
    "mlflow": (Place("training", 2),),  # one knows it; the other is run by it, without us
    "pandera": (Place("models"), Place("training")),
}

# Never, in any of the three packages: what runs code while it reads data.
BANNED_IMPORTS = frozenset(
    {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal"}
)
BANNED_CALLS = frozenset({"eval", "exec", "joblib.load", "joblib.dump", "pandas.read_pickle"})

# Never in models, which takes dates, seeds and settings as arguments.
MODELS_BANNED_IMPORTS = frozenset(
    {
        "random",
        "secrets",
        "uuid",
        "socket",
        "ssl",
        "urllib",
        "http",
        "ftplib",
        "smtplib",
        "requests",
    }
    | {"httpx", "aiohttp", "asyncio", "subprocess", "dotenv"}
)
MODELS_BANNED_USES = frozenset(
    {"print", "input", "breakpoint"}
    | {"datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"}
    | {"datetime.date.today", "pandas.Timestamp.now", "pandas.Timestamp.today"}
    | {"time.time", "time.time_ns", "time.monotonic", "time.perf_counter", "time.sleep"}
    | {"time.localtime", "time.gmtime", "time.strftime"}
    | {"os.environ", "os.environb", "os.getenv", "os.putenv", "os.getlogin", "os.urandom"}
    | {"logging.basicConfig", "logging.config", "logging.FileHandler", "logging.StreamHandler"}
    | {"structlog.configure", "numpy.seterr", "warnings.filterwarnings", "decimal.setcontext"}
)
# Of numpy's randomness only what is seeded and passed in.
NUMPY_RANDOM_ALLOWED = frozenset(
    {"default_rng", "Generator", "SeedSequence", "BitGenerator", "PCG64", "Philox"}
)
MODELS_LAUNCHER = "models/launcher.py"  # the one file of models that knows a command line

# What the service never loads, also not through models.
NEVER_IN_SERVICE = (
    *("prophet", "statsforecast", "sklearn", "mlflow", "matplotlib", "pandera"),
    "pandas",  # 80 MB per process, and numpy answers every question
)


def source_files(package: str) -> list[Path]:
    """Return every Python file of a package, sorted."""
    return sorted((ROOT / package).rglob("*.py"))


@cache
def parse(path: Path) -> ast.Module:
    """Read one source file; once, for every rule asks for all of them."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    """Return the dotted name under which a file of the repository is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.Module, package: str = "") -> Iterator[tuple[str, int]]:
    """Yield every dotted name a file imports, wherever the import stands, with its line.

    ``from a import b`` yields ``a`` and ``a.b``, since ``b`` may be a module. Relative imports are
    resolved against ``package``; imports by name (``import_module("a")``) count as well.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            yield base, node.lineno
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call):
            yield from _imported_by_name(node)


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _imported_by_name(node: ast.Call) -> Iterator[tuple[str, int]]:
    called = (
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    )
    if called in {"import_module", "__import__"} and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value, node.lineno


@cache
def libraries(tree: ast.Module) -> frozenset[str]:
    """Return the third-party top-level packages that a file imports."""
    tops = {name.split(".")[0] for name, _ in imports(tree, "models")}
    return frozenset(tops - set(sys.stdlib_module_names) - set(PACKAGES) - {""})


def uses(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield every name and dotted name that is used, spelled out as imported, with its line.

    ``from datetime import date as d; d.today()`` yields ``datetime.date.today``.
    """
    known = _aliases(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            dotted = _dotted(node)
            if dotted:
                head, _, rest = dotted.partition(".")
                full = known.get(head, head)
                yield (f"{full}.{rest}" if rest else full), node.lineno


def _aliases(tree: ast.Module) -> dict[str, str]:
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    known[alias.asname] = alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return known


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def unpickles(tree: ast.Module) -> Iterator[int]:
    """Yield the lines where a call allows numpy to unpickle."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.keyword) or node.arg != "allow_pickle":
            continue
        if not (isinstance(node.value, ast.Constant) and node.value.value is False):
            yield node.value.lineno
