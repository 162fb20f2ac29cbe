"""Work shared out on one machine, and every wrong use of the options that say where it runs."""

from __future__ import annotations

import os
import sys
import warnings
from importlib.util import find_spec

import pytest
from click.testing import CliRunner
from threadpoolctl import threadpool_info, threadpool_limits

from tests.training.fanout_tasks import grumble, offset, square_later, threads_beneath
from training import cli
from training.fanout import Fanout, FanoutError, check_place

LOCAL = ["loky", "threading", "multiprocessing"]
every_local_backend = pytest.mark.parametrize("backend", LOCAL)


@pytest.mark.unit
@every_local_backend
def test_results_come_in_order_and_every_task_is_told(backend: str) -> None:
    told: list[int] = []
    results = Fanout(2, backend, told.append).run(square_later, range(6))
    assert results == [0, 1, 4, 9, 16, 25]
    assert sum(told) == 6
    assert len(told) > 1  # progress, not one message at the end


@pytest.mark.unit
@pytest.mark.parametrize(("jobs", "backend"), [(1, "loky"), *((2, name) for name in LOCAL)])
def test_what_is_shared_reaches_every_task(jobs: int, backend: str) -> None:
    assert Fanout(jobs, backend).run(offset, range(3), shared=([10],)) == [10, 11, 12]


@pytest.mark.unit
def test_one_job_needs_no_pool() -> None:
    with threadpool_limits(2, user_api="blas"):
        ((process, widest, _),) = Fanout(1).run(threads_beneath, [0])
    assert (process, widest) == (os.getpid(), 1)


@pytest.mark.unit
@every_local_backend
def test_nothing_runs_in_parallel_beneath_a_worker(backend: str) -> None:
    with threadpool_limits(2, user_api="blas"):
        found = Fanout(2, backend).run(threads_beneath, range(8))
        after = {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
    assert {(widest, beneath) for _, widest, beneath in found} == {(1, 1)}
    assert ({process for process, _, _ in found} == {os.getpid()}) == (backend == "threading")
    assert after == {2}  # what the caller had set is as it was


@pytest.mark.unit
def test_threads_do_not_undo_each_others_silence() -> None:
    before = list(warnings.filters)  # these tests turn a warning into an error
    Fanout(4, "threading").run(grumble, range(24))
    assert warnings.filters == before


@pytest.mark.unit
def test_an_error_in_a_task_reaches_the_caller_and_leaves_nothing_set() -> None:
    before = list(warnings.filters), dict(os.environ)
    with pytest.raises(TypeError):
        Fanout(2, "threading").run(offset, ["x"], shared=([10],))
    assert (list(warnings.filters), dict(os.environ)) == before


@pytest.mark.contract
@pytest.mark.parametrize("command", [cli.train, cli.backtest], ids=["train", "backtest"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--backend", "lokky"], "choose from dask, loky, multiprocessing, ray"),
        (["--backend", "dask"], "needs --scheduler ADDRESS"),
        (["--scheduler", "tcp://h:1"], "goes with --backend dask only, not with loky"),
        (["--scheduler", "tcp://h:1", "--backend", "threading"], "not with threading"),
    ],
    ids=["unknown", "no scheduler", "default backend", "another backend"],
)
def test_wrong_use_ends_with_two_before_anything_is_read(
    command: cli.click.Command, words: list[str], said: str
) -> None:
    done = CliRunner().invoke(command, ["no-such-folder", *words])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


@pytest.mark.contract
def test_without_dask_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask.distributed", None)  # as if it were not installed
    words = ["no-such-folder", "--backend", "dask", "--scheduler", "tcp://h:1"]
    done = CliRunner().invoke(cli.train, words)
    assert done.exit_code == 2
    assert "pip install 'zorgraming[cluster]'" in " ".join(done.output.split())


@pytest.mark.contract
@pytest.mark.parametrize(
    ("backend", "library", "advice"),
    [("ray", "ray", "pip install ray"), ("spark", "joblibspark", "pip install joblibspark")],
)
def test_a_backend_of_another_library_says_which(backend: str, library: str, advice: str) -> None:
    if find_spec(library):
        pytest.skip(f"{library} is installed here")
    with pytest.raises(FanoutError, match=advice):
        check_place(backend, None)
