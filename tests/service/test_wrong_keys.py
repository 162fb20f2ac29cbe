"""Ten thousand wrong keys at a running server: refused at no cost, and no bother to good ones."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.service.test_metrics import workers_of
from tests.service.test_serve import PATIENCE, Running
from tests.service.test_slow_clients import memory_of
from tests.service.under_load import SECONDS, Answer, Load, asked, key_in, noted

pytestmark = pytest.mark.contract
GUESSES, GUESSERS = 10_000, 4
MOST_GROWTH = 20_000_000  # bytes, of all processes together


@pytest.fixture
def key(tmp_path: Path) -> str:
    """Return a key of the server."""
    return key_in(tmp_path)


@pytest.fixture
def server(tmp_path: Path, editions: Path, key: str) -> Iterator[Running]:
    """Run a server with two workers and the limits that it has by itself."""
    assert key
    options = ("--editions", str(editions), "--workers", "2")
    one = Running(tmp_path, *options, rate_per_minute=0, log_level="WARNING")
    one.wait()
    one.until(lambda: len(workers_of(one)) == 2)
    yield one
    one.process.kill()
    one.process.wait(PATIENCE)


def _connection(server: Running, address: str) -> closing[HTTPConnection]:
    """Return a connection from an address of this machine."""
    place = (address, 0)
    return closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE, source_address=place))


def _guess(server: Running, answers: list[Answer]) -> None:
    with _connection(server, "127.0.0.1") as connection:
        for _ in range(GUESSES // GUESSERS):
            wrong = f"zr_{secrets.token_hex(5)}_{secrets.token_urlsafe(32)}"
            answers.append(asked(connection, "/v1/products", wrong))


def test_ten_thousand_wrong_keys_are_refused_and_good_ones_go_on(
    server: Running, key: str, tmp_path: Path
) -> None:
    late = key_in(tmp_path)
    with Load(
        server, "/v1/products", key, threads=1, pause=0.02
    ) as load:  # good before the guessing began
        load.until_more(50)
        before = memory_of(server)
        answers: list[Answer] = []
        guessing = [
            threading.Thread(target=_guess, args=(server, answers)) for _ in range(GUESSERS)
        ]
        for thread in guessing:
            thread.start()
        for thread in guessing:
            thread.join()
        grown = memory_of(server) - before
        load.until_more(20)
    counted = Counter(answer.status for answer in answers)
    assert set(counted) == {401, 429}
    assert counted[401] < 60
    assert sum(counted.values()) == GUESSES
    assert {answer.status for answer in answers[-100:]} == {429}
    for answer in answers:
        assert answer.status == 401 or int(answer.headers["Retry-After"]) > 0
        assert "WWW-Authenticate" in answer.headers or answer.status == 429
    assert grown < MOST_GROWTH
    assert load.statuses == {200}
    assert load.cut == []
    assert max(answer.seconds for answer in load.answers) < SECONDS
    # A good key from elsewhere works, and is then known as good where the guesses came from.
    for address in ("127.0.0.2", "127.0.0.1"):
        with _connection(server, address) as connection:
            assert asked(connection, "/v1/products", late).status == 200
    assert server.stop() == 0
    assert noted(tmp_path).isdisjoint({answer.number for answer in answers})
