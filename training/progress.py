"""Progress bars for people, on standard error, so that standard output stays clean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class BarSteps:
    """Shows each step of a training as one bar."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)

    @contextmanager
    def step(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
        """Open one bar; a total of zero means that it is not known beforehand."""
        columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=self._console) as progress:
            task = progress.add_task(name, total=total or None)
            yield lambda done: progress.advance(task, done)
            if not total:
                done = progress.tasks[0].completed
                progress.update(task, total=done, completed=done)
