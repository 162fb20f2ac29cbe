"""More is asked than can be answered: late requests are refused at once, signs of life are not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from gunicorn.workers.gthread import ThreadWorker

from service import crowding
from service.refusals import PoliteWorker

pytestmark = pytest.mark.contract


@pytest.fixture(autouse=True)
def _no_wait_left() -> Iterator[None]:
    yield
    crowding.note_wait(0.0)


def test_a_request_that_waited_too_long_is_refused_with_when_to_try_again(
    demo: FlaskClient,
) -> None:
    crowding.note_wait(1.9)
    assert demo.get("/v1/products").status_code == 200
    crowding.note_wait(2.1)
    answer = demo.get("/v1/products", headers={"Accept-Language": "en"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "too busy" in answer.get_json()["detail"]
    assert demo.get("/v1/health/live").status_code == 200


def test_the_wait_of_one_thread_is_not_that_of_another() -> None:
    crowding.note_wait(9.0)
    seen: list[float] = []
    other = threading.Thread(target=lambda: seen.append(crowding.waited_seconds()))
    other.start()
    other.join()
    assert seen == [0.0]
    assert crowding.waited_seconds() == 9.0


def test_the_server_tells_how_long_a_connection_stood_in_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Connection:
        queued_at = 0.0

    seen: list[float] = []
    monkeypatch.setattr(ThreadWorker, "enqueue_req", lambda _self, conn: time.sleep(0.05))
    monkeypatch.setattr(
        ThreadWorker, "handle", lambda _self, conn: seen.append(crowding.waited_seconds())
    )
    worker, connection = PoliteWorker.__new__(PoliteWorker), Connection()
    worker.enqueue_req(connection)
    worker.handle(connection)
    assert 0.05 <= seen[0] < 5
