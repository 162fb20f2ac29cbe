"""Shares work out over processes, threads or a cluster: the one file that knows joblib and dask.

The result does not depend on where the work ran. Tasks do not know one another, results come back
in the order of the tasks, and beneath a worker nothing runs in parallel: sums of floating point
numbers may differ with the number of threads.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor
from joblib.parallel import BACKENDS, EXTERNAL_BACKENDS
from threadpoolctl import threadpool_limits

from models.errors import ZorgramingError

if TYPE_CHECKING:
    from dask.distributed import Client

Progress = Callable[[int], None]
# Registered with joblib by their own libraries, which are not ours to ship: backend -> where.
_REGISTERED_BY = {
    "ray": ("ray.util.joblib", "register_ray"),
    "spark": ("joblibspark", "register_spark"),
}
_INSTALL = {"ray": "pip install ray", "spark": "pip install joblibspark pyspark"}
_CLUSTERS = frozenset({"dask", *_REGISTERED_BY})  # as wide as they are: --jobs is for one machine
_CONNECT_SECONDS = 5
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


class FanoutError(ZorgramingError):
    """The work cannot be shared out as was asked; says what to do."""


class WorkerEndedError(FanoutError):
    """A worker ended in the middle of a task; what the others made is lost with it."""


def check_place(backend: str, scheduler: str | None) -> None:
    """Check that a backend can be used, and register it with joblib if another library has it.

    Raises:
        FanoutError: the backend is unknown or not installed, or does not go with the scheduler.
    """
    known = sorted({*BACKENDS, *EXTERNAL_BACKENDS, *_REGISTERED_BY})
    if backend not in known:
        raise FanoutError(f"--backend {backend}: not known; choose from {', '.join(known)}")
    if scheduler and backend != "dask":
        raise FanoutError(
            f"--scheduler {scheduler}: goes with --backend dask only, not with {backend}"
        )
    if backend == "dask":
        if not scheduler:
            raise FanoutError("--backend dask needs --scheduler ADDRESS, like tcp://10.0.0.5:8786")
        _dask_client()
    elif backend in _REGISTERED_BY and backend not in BACKENDS:
        _register(backend)


def _dask_client() -> type[Client]:
    try:
        from dask.distributed import Client  # noqa: PLC0415 (an extra, and a second to load)
    except ModuleNotFoundError as error:
        raise FanoutError(
            f"--backend dask needs the package {error.name}: pip install 'zorgraming[cluster]'"
        ) from error
    return Client


def _register(backend: str) -> None:
    module, function = _REGISTERED_BY[backend]
    try:
        getattr(import_module(module), function)()
    except ImportError as error:
        raise FanoutError(
            f"--backend {backend} is registered by {module}.{function}, which is not there: "
            f"{_INSTALL[backend]}"
        ) from error


@contextmanager
def connected(
    backend: str, scheduler: str | None = None, wait_seconds: float = 60.0
) -> Iterator[None]:
    """Hold the connection to a cluster while work is shared out; without one, do nothing.

    Args:
        backend: name of a joblib backend.
        scheduler: address of a dask scheduler, for the backend dask only.
        wait_seconds: how long to wait for a first worker; a cluster may have to start one.

    Raises:
        FanoutError: see `check_place`; or the scheduler cannot be reached, has no worker, or has a
            worker on which other code or other versions would give other figures.
    """
    check_place(backend, scheduler)
    if backend != "dask":
        yield
        if backend == "loky":  # idle workers would hold half a gigabyte while paths are drawn
            get_reusable_executor().shutdown(wait=True)
        return
    with _client(str(scheduler)) as client:
        _check_workers(client, str(scheduler), wait_seconds)
        yield


def _client(scheduler: str) -> Client:
    make = _dask_client()
    try:
        return make(scheduler, timeout=_CONNECT_SECONDS)
    except (OSError, ValueError) as error:  # ValueError: not an address
        raise FanoutError(
            f"--scheduler {scheduler}: no dask scheduler answers there ({error}). Is it running "
            "(dask scheduler), is this its address and port, and does a firewall let it through?"
        ) from error


@cache  # as it was when this process loaded it, whatever is installed under it since
def _signature() -> dict[str, str]:
    """Return what figures depend on where this runs: the code, and versions of libraries."""
    from training.identity import code_hash, versions  # noqa: PLC0415 (seconds, for clusters only)

    return versions() | {"code of models and training": code_hash()}


def _check_workers(client: Client, scheduler: str, wait_seconds: float) -> None:
    try:
        # A task, not a question: an adaptive cluster starts workers only when there is work.
        client.submit(_signature, pure=False).result(timeout=wait_seconds)
        found = client.run(_signature)
    except TimeoutError as error:
        raise FanoutError(
            f"--scheduler {scheduler}: no worker within {wait_seconds:g} seconds. "
            f"Start some: dask worker {scheduler}"
        ) from error
    except ImportError as error:
        raise FanoutError(
            f"--scheduler {scheduler}: its workers lack our code ({error}). Install on each what "
            "is installed here: requirements/cluster.txt and the same wheel of zorgraming"
        ) from error
    own = _signature()
    for worker, theirs in sorted(found.items()):
        differing = sorted(name for name, version in own.items() if theirs.get(name) != version)
        if differing:
            raise FanoutError(
                f"--scheduler {scheduler}: worker {worker} differs from this machine in "
                f"{', '.join(differing)}, so that it could give other figures. Install on it what "
                "is installed here"
            )


@dataclass(frozen=True)
class Fanout:
    """Where the work runs.

    Attributes:
        jobs: number of workers on this machine; a cluster is used as wide as it is.
        backend: any joblib backend; see `connected` for a cluster of dask.
        progress: called with the number of tasks that were finished, from any thread.
    """

    jobs: int = 1
    backend: str = "loky"
    progress: Progress = lambda done: None

    def run(
        self, function: Callable[..., Any], items: Sequence[Any], shared: Sequence[Any] = ()
    ) -> list[Any]:
        """Apply a function to all items, in order; one job of this machine runs without a pool.

        Args:
            function: called as ``function(item, *shared)``; importable by name.
            items: one task each.
            shared: what every task reads. A cluster gets it once, not once per task.
        """
        if self.jobs == 1 and self.backend not in _CLUSTERS:
            with _ONE_THREAD:
                return [self._alone(function, item, shared) for item in items]
        if self.backend == "dask":
            return self._on_dask(function, items, shared)
        with _ONE_THREAD, self._pool():
            # A task is seconds of work, so that joblib need not put several in one message.
            parallel = _Counted(self.progress, batch_size=1)
            try:
                return list(parallel(delayed(_apart)(function, item, *shared) for item in items))
            except BrokenExecutor as error:
                raise self._ended() from error

    def _alone(self, function: Callable[..., Any], item: Any, shared: Sequence[Any]) -> Any:  # noqa: ANN401 (any task)
        result = function(item, *shared)
        self.progress(1)
        return result

    def _on_dask(
        self, function: Callable[..., Any], items: Sequence[Any], shared: Sequence[Any]
    ) -> list[Any]:
        """Apply a function to all items on the cluster that `connected` holds.

        By dask itself: through joblib a cluster of one thread would be left idle, and this machine
        would do the work.
        """
        from dask import distributed  # noqa: PLC0415 (an extra)

        client = distributed.default_client()  # type: ignore[no-untyped-call]
        held = client.scatter(list(shared)) if shared else []
        asked = [client.submit(_apart, function, item, *held, pure=False) for item in items]
        try:
            for _ in distributed.as_completed(asked):  # type: ignore[no-untyped-call]
                self.progress(1)
            return list(client.gather(asked))
        except distributed.KilledWorker as error:
            raise self._ended() from error
        finally:
            client.cancel(asked)  # when one failed, the others are in vain

    def _ended(self) -> WorkerEndedError:
        return WorkerEndedError(
            f"a worker of the backend {self.backend} ended in the middle of its work, most likely "
            "for lack of memory: try fewer --jobs. Nothing was published"
        )

    def _pool(self) -> Any:  # noqa: ANN401 (joblib has no types)
        options: dict[str, Any] = {}
        if self.backend == "loky":
            options["inner_max_num_threads"] = 1  # set before a worker loads its libraries
        jobs = -1 if self.backend in _CLUSTERS else self.jobs
        return parallel_config(self.backend, n_jobs=jobs, **options)


class _Counted(Parallel):  # type: ignore[misc]  # joblib has no types
    """Tells how many tasks were finished, with backends that give all results at the end too."""

    def __init__(self, progress: Progress, **options: Any) -> None:  # noqa: ANN401 (joblib's own)
        super().__init__(**options)
        self._progress, self._told = progress, 0

    def print_progress(self) -> None:
        """Tell what was finished since; joblib calls this after every batch."""
        done, self._told = self.n_completed_tasks - self._told, self.n_completed_tasks
        if done > 0:
            self._progress(done)


def _apart(function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 (any task)
    """Run one task on a worker, with nothing in parallel beneath it."""
    # The limit of OpenMP belongs to a thread, that of a BLAS to the process.
    with _ONE_THREAD, _SILENCE, threadpool_limits(1), parallel_config("sequential"):
        return function(*arguments)


class _Together:
    """A state of the process that its threads share: the first in sets it, the last out undoes it.

    Set and undone by each thread for itself, one thread would undo the state of another.
    """

    def __init__(self, make: Callable[[], AbstractContextManager[None]]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._inside, self._undo = 0, ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._undo.enter_context(self._make())
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._undo.close()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Give one thread to the libraries that are loaded, and to those that a task will load."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        with threadpool_limits(1):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _silence() -> Iterator[None]:
    """Ignore all warnings: `warnings.catch_warnings`, as members use it, is not for threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


_ONE_THREAD, _SILENCE = _Together(_one_thread), _Together(_silence)
