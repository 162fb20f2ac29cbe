"""The installed command: refusals, wrong use and missing parts end in words, never in a trace."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint

import click
import pytest

from models import launcher
from models.errors import (
    ApprovalError,
    DeliveryError,
    EditionError,
    Fault,
    HorizonError,
    ParameterFault,
    SelectionError,
    ZorgramingError,
)

pytestmark = pytest.mark.contract

FAULTS = (
    Fault("care_use.csv", 7, "clients", "-3", "a number of clients is not negative"),
    Fault("care_use.csv", None, "period", None, "the column is missing"),
)


def _refuse(error: Exception) -> Callable[[], None]:
    def refuse() -> None:
        raise error

    return refuse


REFUSING: dict[str, Exception] = {
    "delivery": DeliveryError("the delivery has 2 faults", FAULTS),
    "selection": SelectionError(
        "no honest answer", [ParameterFault("measure", "hours", "is not a measure", ("cost",))]
    ),
    "horizon": HorizonError("the horizon lies before the end of the data"),
    "edition": EditionError("a byte was changed"),
    "approval": ApprovalError("the gate failed"),
    "other": ZorgramingError("something else"),
}
COMMANDS = {name: click.Command(name, callback=_refuse(error)) for name, error in REFUSING.items()}
NOT_A_COMMAND = "text"


@click.command()
@click.argument("folder")
def fine(folder: str) -> None:
    """Say which folder was given."""
    click.echo(folder)


class _Installed(EntryPoint):
    """An entry point whose command is given, or is missing a library."""

    def load(self) -> object:
        if self.name == "lacking":
            raise ModuleNotFoundError("No module named 'prophet'", name="prophet")
        if self.name == "broken":
            return NOT_A_COMMAND
        return fine if self.name == "fine" else COMMANDS[self.name]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs the launcher and tells exit code, output and errors."""
    installed = [
        _Installed(name, "nowhere:nothing", launcher.GROUP)
        for name in (*COMMANDS, "fine", "lacking")
    ]
    monkeypatch.setattr(launcher, "entry_points", lambda group: installed)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["zorgraming", *arguments])
        with pytest.raises(SystemExit) as end:
            launcher.main()
        captured = capsys.readouterr()
        code = end.value.code
        return (code if isinstance(code, int) else int(bool(code))), captured.out, captured.err

    return run


Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("name", sorted(REFUSING))
def test_a_refusal_ends_with_code_1_and_its_reason(run: Run, name: str) -> None:
    code, out, err = run(name)
    assert code == 1
    assert out == ""
    assert f"Refused: {REFUSING[name]}" in err
    assert "Traceback" not in err


def test_a_refused_delivery_names_every_fault(run: Run) -> None:
    _, _, err = run("delivery")
    for fault in FAULTS:
        assert str(fault) in err


def test_a_refused_question_names_parameter_value_and_allowed_values(run: Run) -> None:
    _, _, err = run("selection")
    for word in ("measure", "hours", "cost"):
        assert word in err


def test_an_unknown_command_ends_with_code_2_and_its_name(run: Run) -> None:
    code, _, err = run("forcast")
    assert code == 2
    assert "forcast" in err


def test_a_missing_argument_ends_with_code_2(run: Run) -> None:
    code, _, err = run("fine")
    assert code == 2
    assert "FOLDER" in err


def test_a_command_that_succeeds_ends_with_code_0(run: Run) -> None:
    assert run("fine", "here") == (0, "here\n", "")


@pytest.mark.parametrize("arguments", [(), ("panel", "--as-of", "2023-12-31"), ("--help",)])
def test_a_command_that_lacks_a_library_says_how_to_install_it(
    run: Run, arguments: tuple[str, ...]
) -> None:
    code, out, err = run("lacking", *arguments)
    assert "prophet" in out + err
    assert "zorgraming[train]" in out + err
    assert "Traceback" not in err
    assert code == (0 if arguments == ("--help",) else 2)


def test_help_lists_every_command_also_one_that_lacks_a_library(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    for name in (*REFUSING, "fine", "lacking"):
        assert name in out


def test_an_entry_point_that_is_no_command_is_a_fault_of_the_programmer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        launcher, "entry_points", lambda group: [_Installed("broken", "x:y", launcher.GROUP)]
    )
    with pytest.raises(TypeError, match="not a command"):
        launcher.zorgraming.get_command(click.Context(launcher.zorgraming), "broken")


def test_commands_are_loaded_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    class _Watched(_Installed):
        def load(self) -> object:
            loaded.append(self.name)
            return super().load()

    points = [_Watched(name, "x:y", launcher.GROUP) for name in ("fine", "lacking")]
    monkeypatch.setattr(launcher, "entry_points", lambda group: points)
    launcher.zorgraming.get_command(click.Context(launcher.zorgraming), "fine")
    assert loaded == ["fine"]
