"""Runs the steps of a Dockerfile target in a clean folder, where no container engine is at hand.

Every COPY and every RUN of the target's stages is carried out as it stands, with the image's own
folders (``/src``, ``/build``, ``/locks``, ``/wheels``, ``/opt/zorgraming``) moved below one
temporary folder. Users, owners and health checks of the runtime stage need an engine and are left
out. Afterwards the image's promises are checked: what it holds, what it must not hold, that its
command starts, and for ``api`` that it serves, passes its own health check and stops when asked.

    python3 .ci/dry_build.py api
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOVED = ("/src", "/build", "/locks", "/wheels", "/opt/zorgraming")
SKIPPED_STAGES = ("runtime",)  # makes a user and folders, which needs an image
HEAVY = ("mlflow", "pandas", "pandera", "prophet", "sklearn", "statsforecast", "matplotlib")

# What needs the extra "report", and is loaded when a report is asked for.
EXTRA = ("service.reports.as_docx", "service.reports.as_pdf")
CHECKS = {
    "api": f"""
import importlib, importlib.util as u, pkgutil
import service
for module in pkgutil.walk_packages(service.__path__, "service."):
    away = module.name.endswith("__main__") or module.name in {EXTRA!r}
    if "migrations" not in module.name and not away:
        importlib.import_module(module.name)
present = [name for name in {HEAVY!r} if u.find_spec(name)]
assert not present, f"the api image holds {{present}}"
assert u.find_spec("psycopg"), "the api image cannot reach PostgreSQL"
""",
    "training": f"""
import importlib.util as u
import models, training.cli
missing = [name for name in {HEAVY!r} if not u.find_spec(name)]
assert not missing, f"the training image lacks {{missing}}"
""",
}


def instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Yield every instruction with its arguments, continuation lines joined."""
    text = re.sub(r"^\s*#.*\n", "", dockerfile, flags=re.M).replace("\\\n", " ")
    for line in filter(None, (line.strip() for line in text.splitlines())):
        word, _, rest = line.partition(" ")
        yield word.upper(), " ".join(rest.split())


def stages(dockerfile: str) -> dict[str, list[tuple[str, str]]]:
    """Return the instructions of each named stage; the first is what it starts from."""
    found: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for word, rest in instructions(dockerfile):
        if word == "FROM":
            name = rest.split()[-1]
            found[name] = [(word, rest.split()[0])]
        elif name:
            found[name].append((word, rest))
    return found


def needed(all_stages: dict[str, list[tuple[str, str]]], target: str) -> list[str]:
    """Return the stages a target rests on, in the order in which they are built."""
    wanted = {target}
    for name in reversed(all_stages):
        if name in wanted:
            for word, rest in all_stages[name]:
                wanted |= {rest} if word == "FROM" else set(re.findall(r"--from=(\S+)", rest))
    return [name for name in all_stages if name in wanted]


def moved(text: str, image: Path) -> str:
    """Return a command with the image's folders moved below ``image``."""
    return re.sub(rf"(?<![\w.])({'|'.join(MOVED)})(?=[/\s]|$)", rf"{image}\1", text)


def copy(arguments: str, image: Path, folder: Path) -> None:
    """Carry out one COPY from the repository; between stages nothing need be copied."""
    if "--from=" in arguments:
        return
    *sources, destination = arguments.split()
    goal = folder / moved(destination, image)
    for source in sources:
        into = goal / source if destination.endswith("/") else goal
        into.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, into, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / source, into)


def build(target: str, image: Path) -> None:
    """Carry out the steps of a target below ``image``."""
    all_stages = stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    for name in needed(all_stages, target):
        folder = image
        for word, rest in all_stages[name] if name not in SKIPPED_STAGES else []:
            if word == "WORKDIR":
                folder = Path(moved(rest, image))
                folder.mkdir(parents=True, exist_ok=True)
            elif word == "COPY":
                copy(rest, image, folder)
            elif word == "RUN":
                print(f"{name}: {rest}", flush=True)
                command = moved(rest, image).replace("/pip ", "/pip -qq ")
                subprocess.run(["bash", "-euc", command], cwd=folder, check=True)


def check(target: str, image: Path) -> None:
    """Hold what was built to the image's promises, from a folder that is not the repository."""
    programs = image / "opt/zorgraming/bin"
    away = image / "away"
    away.mkdir()
    subprocess.run([programs / "python", "-c", CHECKS[target]], cwd=away, check=True)
    subprocess.run([programs / "zorgraming", "--version"], cwd=away, check=True)
    subprocess.run(
        [programs / "zorgraming", "--help"], cwd=away, check=True, stdout=subprocess.DEVNULL
    )
    if target == "api":
        serve(programs, away)


def serve(programs: Path, away: Path) -> None:
    """Run the image's command, ask its health check until it passes, and stop it politely."""
    steps = stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))["api"]
    (probe,) = (rest[rest.index("[") :] for word, rest in steps if word == "HEALTHCHECK")
    (arguments,) = (json.loads(rest) for word, rest in steps if word == "CMD")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    for name in ("editions", "state"):  # the runtime stage makes them
        (away / name).mkdir()
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "ZORGRAMING_PORT": port}
    server = subprocess.Popen(["zorgraming", *arguments], cwd=away, env=environment)
    try:
        for _ in range(60):
            time.sleep(0.5)
            asked = subprocess.run(
                json.loads(probe), cwd=away, env=environment, check=False, stderr=subprocess.DEVNULL
            )
            if asked.returncode == 0 or server.poll() is not None:
                break
        else:
            sys.exit("the service does not pass its health check")
    finally:
        server.send_signal(signal.SIGTERM)
        ended = server.wait(timeout=60)
    if ended != 0:
        sys.exit(f"the service ended with code {ended} when asked to stop")


def main() -> None:
    """Build the target named on the command line and tell how long it took and how big it is."""
    if len(sys.argv) != 2 or sys.argv[1] not in CHECKS:
        sys.exit(f"usage: dry_build.py {'|'.join(CHECKS)}")
    target = sys.argv[1]
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zorgraming-") as folder:
        image = Path(folder)
        build(target, image)
        check(target, image)
        size = sum(f.stat().st_size for f in (image / "opt").rglob("*") if f.is_file())
    print(f"{target}: good, {size / 1e6:.0f} MB in {time.monotonic() - begin:.0f} seconds")


if __name__ == "__main__":
    main()
