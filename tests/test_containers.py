"""Dockerfile and compose.yaml: linted, and held to what an image and a composition promise."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.gunicorn_conf import options
from service.settings import PREFIX, SECRETS_VARIABLE, Settings, read_settings
from tests.conftest import ROOT
from training.recipe import BY

pytestmark = pytest.mark.contract

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
TARGETS = ("api", "training")

every_service = pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
every_target = pytest.mark.parametrize("target", TARGETS)


def _program(name: str) -> str:
    """Return the path of a linter that the development lock installs."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is not installed: make test installs it"
    return found


def _lint(*command: str | Path) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _stage(name: str) -> str:
    """Return the instructions of one stage, comments left out and lines joined."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.M).replace("\\\n", " ")
    found = re.search(rf"^FROM \S+ AS {name}\n(.*?)(?=^FROM |\Z)", text, flags=re.M | re.S)
    assert found, f"no stage {name}"
    return found[1]


def _base(name: str) -> str:
    found = re.search(rf"^FROM (\S+) AS {name}$", DOCKERFILE, flags=re.M)
    assert found
    return found[1]


def _hadolint(path: Path) -> str:
    return _lint(_program("hadolint"), "--failure-threshold", "style", path)


def test_dockerfile_passes_its_linter() -> None:
    assert _hadolint(ROOT / "Dockerfile") == ""


def test_the_dockerfile_linter_finds_a_fault(tmp_path: Path) -> None:
    faulty = tmp_path / "Dockerfile"
    faulty.write_text("FROM debian\nRUN cd /tmp && apt-get install curl\n", encoding="utf-8")
    assert "DL3006" in _hadolint(faulty)


def _schema(path: Path) -> str:
    return _lint(_program("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", path)


def test_composition_fits_the_published_schema() -> None:
    assert _schema(ROOT / "compose.yaml") == ""


def test_the_composition_schema_finds_a_fault(tmp_path: Path) -> None:
    faulty = tmp_path / "compose.yaml"
    faulty.write_text("services:\n  api:\n    port: 8000\n", encoding="utf-8")
    assert "port" in _schema(faulty)


# --- images -------------------------------------------------------------------------------------


@every_target
def test_image_runs_as_a_numbered_user_that_is_not_root(target: str) -> None:
    assert _base(target) == "runtime"
    (user,) = re.findall(r"^USER (\S+)", _stage("runtime"), flags=re.M)
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert "USER" not in _stage(target)


@every_target
def test_image_is_installed_from_its_own_lock_with_hashes(target: str) -> None:
    packages = _stage(f"{target}-packages")
    assert f"COPY requirements/{target}.txt" in packages
    assert f"--from={target}-packages" in _stage(target)
    installs = re.findall(r"pip install ([^&\n]+)", packages)
    assert len(installs) == 2
    for arguments in installs:
        assert "--require-hashes" in arguments or "--no-deps --no-index /wheels" in arguments


def test_api_image_answers_to_a_health_check_by_urllib() -> None:
    (check,) = re.findall(r"HEALTHCHECK .* CMD (.*)", _stage("api"))
    assert "urllib" in check
    assert "/v1/health/live" in check


def test_image_carries_its_labels() -> None:
    for key in ("title", "description", "licenses", "version", "revision"):
        assert f"org.opencontainers.image.{key}=" in _stage("runtime")


def test_images_take_only_code_locks_and_licence_from_the_repository() -> None:
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, flags=re.M)
        for source in line.split()[:-1]
    ]
    allowed = {"pyproject.toml", "README.md", "LICENSE", "models", "training", "service"}
    assert all(name in allowed or name.startswith("requirements/") for name in copied)
    opened = {
        line[1:].removesuffix("/**").removesuffix("/*.txt")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    assert opened == {name.split("/")[0] for name in copied}


# --- composition --------------------------------------------------------------------------------


@every_service
def test_container_can_write_nothing_and_gain_nothing(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["tmpfs"]
    assert service["mem_limit"]


@every_service
def test_container_that_stays_up_is_probed(name: str) -> None:
    check = COMPOSE["services"][name]["healthcheck"]
    assert check.get("disable") or {"test", "interval", "timeout", "retries"} <= set(check)
    assert bool(check.get("disable")) == (name == "training")


@every_service
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    for port in COMPOSE["services"][name].get("ports", []):
        assert port.startswith("127.0.0.1:")


def test_metrics_are_published_nowhere() -> None:
    api = COMPOSE["services"]["api"]
    port = api["environment"]["ZORGRAMING_METRICS_PORT"]
    assert api["expose"] == [port]
    assert not any(port in published for published in api["ports"])
    # What an image exposes is published by `docker run -P`.
    assert re.findall(r"^EXPOSE (.*)$", DOCKERFILE, flags=re.M) == ["8000"]


def test_the_api_may_end_what_it_is_doing() -> None:
    (seconds,) = re.findall(r"^(\d+)s$", COMPOSE["services"]["api"]["stop_grace_period"])
    assert int(seconds) > options(read_settings())["graceful_timeout"]


@every_service
def test_every_setting_of_the_service_exists(name: str) -> None:
    environment = COMPOSE["services"][name].get("environment", {})
    given = {key for key in environment if key.startswith(PREFIX)}
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    assert given <= {*known, SECRETS_VARIABLE, "ZORGRAMING_MLFLOW_URI", BY}


@every_service
def test_no_secret_stands_in_the_environment(name: str) -> None:
    environment = COMPOSE["services"][name].get("environment", {})
    secret = re.compile(r"password|secret|key|token|database_url", flags=re.I)
    given = {key for key in environment if secret.search(key)}
    assert all(key.endswith(("_FILE", "_DIR")) for key in given)


def test_every_secret_is_a_file_outside_the_repository() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/secrets/" in ignored
    assert all(secret["file"].startswith("secrets/") for secret in COMPOSE["secrets"].values())


def test_mlflow_and_the_service_keep_two_databases() -> None:
    environment = COMPOSE["services"]["postgres"]["environment"]
    (command,) = COMPOSE["services"]["mlflow"]["command"]
    assert environment["POSTGRES_DB"] == "zorgraming"
    assert "/mlflow" in command.split("@postgres:5432")[1]
    assert "CREATE DATABASE mlflow" in COMPOSE["configs"]["mlflow_database"]["content"]
