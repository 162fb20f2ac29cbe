"""Clients that send or read slowly, or far too much: everybody else is answered in time."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest

from service.audit.verification import verify
from service.crew import Crew
from service.patient_socket import PatientSocket
from service.slow_clients import MOST_SLOW, MOST_WAITING
from tests.editions import build_edition
from tests.service.test_serve import PATIENCE, Running
from tests.service.under_load import SECONDS, Load, bearer, connected, key_in, noted, rest_of

pytestmark = pytest.mark.contract
HEAD = "GET /v1/products HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
LARGE = {"draws": 5, "districts": 150, "measures": ("cost",), "history": date(2005, 1, 1)}
WHOLE = "GET /v1/forecasts?measure=cost&format=csv HTTP/1.0\r\nAuthorization: Bearer {}\r\n\r\n"


@pytest.fixture
def key(tmp_path: Path) -> str:
    """Return a key of the server."""
    return key_in(tmp_path)


@pytest.fixture
def server(tmp_path: Path, editions: Path, key: str) -> Iterator[Running]:
    """Run a server with two workers."""
    assert key
    one = Running(tmp_path, "--editions", str(editions), "--workers", "2", rate_per_minute=0)
    one.wait()
    yield one
    one.process.kill()
    one.process.wait(PATIENCE)


def test_two_hundred_clients_that_send_a_byte_now_and_then_hold_up_nobody(
    server: Running, key: str
) -> None:
    sent = [b"", b"G", b"GET /v1/products HTTP/1.1\r\nHost: x\r\nX-Slow: "]
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(server, sent[n % 3])) for n in range(200)]
        with Load(server, "/v1/products", key) as load:
            for _ in range(15):
                time.sleep(0.1)
                for one in slow:
                    one.sendall(b"E")
        assert load.statuses == {200}
        assert load.cut == []
        assert max(answer.seconds for answer in load.answers) < SECONDS
        # Who takes longer than ten seconds is let go of; who ends in time is answered.
        with connected(server, HEAD.format(key).encode()) as late:
            time.sleep(1)
            late.sendall(b"Connection: close\r\n\r\n")
            assert rest_of(late).startswith(b"HTTP/1.1 200")
    assert server.stop() == 0


def test_readers_that_take_nothing_hold_up_nobody_and_get_it_whole_when_they_do(
    tmp_path: Path, key: str
) -> None:
    build_edition(tmp_path / "editions", **LARGE)
    one = Running(tmp_path, "--workers", "2", rate_per_minute=0)
    try:
        one.wait()
        with ExitStack() as stack:
            sent = WHOLE.format(key).encode()
            slow = [stack.enter_context(connected(one, sent, 100_000)) for _ in range(20)]
            time.sleep(1)
            with Load(one, "/v1/products", key) as load:
                load.until_more(50)
            assert load.statuses == {200}
            assert max(answer.seconds for answer in load.answers) < SECONDS
            head, _, body = rest_of(slow[7]).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.0 200")
        assert body.count(b"\r\n") == 39_661
        assert body.endswith(b"\r\n")
    finally:
        one.process.kill()
        one.process.wait(PATIENCE)


def test_bodies_that_do_not_come_hold_up_nobody(server: Running, key: str) -> None:
    write = f"PUT /v1/scenarios/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
    write += "Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{"
    unread = "POST /v1/products HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n"
    with ExitStack() as stack:
        for number in range(60):
            sent = write if number % 2 else unread
            stack.enter_context(connected(server, sent.encode()))
        with Load(server, "/v1/products", key) as load:
            load.until_more(50)
        assert load.statuses == {200}
        assert max(answer.seconds for answer in load.answers) < SECONDS


@pytest.mark.slow
def test_slow_clients_do_not_keep_a_server_from_stopping_and_ending_its_audit_trail(
    server: Running, key: str, tmp_path: Path
) -> None:
    write = HEAD.format(key).replace("GET /v1/products", "PUT /v1/scenarios/x")
    write += "Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{"
    with Load(server, "/v1/products", key) as load:
        load.until_more(100)
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(connected(server, write.encode()))
        time.sleep(0.5)
        start = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - start < 20
    found = verify(tmp_path / "state" / "audit")
    assert (found.faults, found.open_chains) == ((), 0)
    assert {answer.number for answer in load.answers} <= noted(tmp_path)


def test_more_silent_clients_than_there_is_room_for_make_room(server: Running, key: str) -> None:
    with ExitStack() as stack:
        for _ in range(MOST_WAITING * 2 + 200):
            stack.enter_context(connected(server))
        with Load(server, "/v1/products", key) as load:
            load.until_more(20)
        assert load.statuses == {200}
        assert max(answer.seconds for answer in load.answers) < SECONDS


# --- far too much -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begin", "status"),
    [
        (b"GET /v1/products?product=", b"414"),
        (b"GET /v1/products HTTP/1.1\r\nHost: x\r\nX-Long: ", b"431"),
    ],
)
def test_ten_megabytes_of_question_are_refused_unread(
    server: Running, begin: bytes, status: bytes
) -> None:
    before = settled_memory_of(server)
    answers = [_answer_to(server, begin + b"a" * 10_000_000) for _ in range(5)]
    for answer in answers:
        assert answer.split(b" ", 2)[1] == status
        assert b"application/problem+json" in answer
    assert memory_of(server) - before < 40_000_000
    assert server.get("/v1/health/live")[0] == 200


def _answer_to(server: Running, sent: bytes) -> bytes:
    """Return the answer to something that the server need not read to its end."""
    with connected(server) as connection:
        sender = threading.Thread(target=_send, args=(connection, sent))
        sender.start()
        answer = rest_of(connection)
        connection.close()
        sender.join(PATIENCE)
    return answer


def _send(connection: socket.socket, sent: bytes) -> None:
    try:
        connection.sendall(sent)
    except OSError:  # the other side had enough of it
        return


def settled_memory_of(server: Running) -> int:
    """Return what the processes take once the workers have loaded what draws."""
    before, now = -1, memory_of(server)
    while abs(now - before) > 1_000_000:
        time.sleep(2)
        before, now = now, memory_of(server)
    return now


def memory_of(server: Running) -> int:
    """Return the bytes that the processes of a server take, shared ones not counted twice."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    total = 0
    for number in (str(server.process.pid), *children.split()):
        rollup = Path(f"/proc/{number}/smaps_rollup").read_text()
        line = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
        total += int(line.split()[1]) * 1_024
    return total


LEVER = {"kind": "price", "reason": "x", "start": "2026-01", "percent": 1}


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{" + b" " * 10_000_000 + b"}", b"413"),
        (
            b'{"municipality":"VB0001","name":"x","reason":"x","levers":['
            + b",".join([json.dumps(LEVER).encode()] * 1_000_000)
            + b"]}",
            b"413",
        ),
        (
            b'{"municipality":"VB0001","name":"x","reason":"x","levers":['
            + b",".join([json.dumps(LEVER).encode()] * 10_000)
            + b"]}",
            b"400",
        ),
        (b"[" * 900_000, b"400"),
    ],
    ids=["10 MB", "a million levers", "ten thousand levers", "deep"],
)
def test_a_body_that_is_far_too_much_is_refused_and_nothing_is_kept(
    server: Running, key: str, content: bytes, status: bytes
) -> None:
    before = settled_memory_of(server)
    head = f"PUT /v1/scenarios/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    answer = _answer_to(
        server, head.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").encode() + content
    )
    head_of, _, body = answer.partition(b"\r\n\r\n")
    assert head_of.split(b" ", 2)[1] == status
    assert json.loads(body)["status"] == int(status)
    assert len(answer) < 100_000
    assert memory_of(server) - before < 60_000_000
    assert server.get("/v1/scenarios", **bearer(key))[2]["rows"] == []


# --- the parts ----------------------------------------------------------------------------------


def test_a_crew_answers_as_many_at_once_as_it_has_threads_and_others_step_aside() -> None:
    crew, slow, seen = Crew(1, 2), threading.Event(), threading.Event()

    def wait() -> str:
        with crew.aside():
            slow.wait(PATIENCE)
        return "late"

    waiting = [crew.submit(wait) for _ in range(2)]
    assert crew.submit(lambda: "soon").result(PATIENCE) == "soon"
    with pytest.raises(ConnectionResetError):
        crew.submit(wait).result(PATIENCE)
    slow.set()
    assert [one.result(PATIENCE) for one in waiting] == ["late", "late"]
    crew.submit(seen.set).result(PATIENCE)
    crew.shutdown()
    assert seen.is_set()


def test_who_takes_nothing_for_too_long_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.patient_socket.SEND_SECONDS", 0.1)
    monkeypatch.setattr("service.patient_socket.SLOWEST", 1e9)
    ours, theirs = socket.socketpair()
    with PatientSocket.over(ours, Crew(1, MOST_SLOW)) as patient, theirs:
        start = time.monotonic()
        with pytest.raises(ConnectionResetError, match="too slow"):
            patient.sendall(b"x" * 10_000_000)
        with pytest.raises(ConnectionResetError, match="too slow"):
            patient.recv(1)
        assert time.monotonic() - start < SECONDS


def test_what_is_sent_to_a_reader_that_pauses_arrives_whole() -> None:
    ours, theirs = socket.socketpair()
    sent = bytes(range(256)) * 20_000
    got: list[bytes] = []

    def read() -> None:
        time.sleep(0.3)
        got.append(rest_of(theirs))

    reader = threading.Thread(target=read)
    reader.start()
    with PatientSocket.over(ours, Crew(1, 1)) as patient:
        patient.sendall(sent)
    reader.join(PATIENCE)
    theirs.close()
    assert got == [sent]


def test_what_is_sent_in_one_go_or_in_parts_is_answered_all_the_same(
    server: Running, key: str
) -> None:
    whole = HEAD.format(key) + "\r\n"
    last = HEAD.format(key) + "Connection: close\r\n\r\n"
    with connected(server, (whole * 3 + last).encode()) as together:
        assert rest_of(together).count(b"HTTP/1.1 200") == 4
    with connected(server) as apart:
        for start in range(0, len(last), 40):
            apart.sendall(last[start : start + 40].encode())
            time.sleep(0.01)
        assert rest_of(apart).startswith(b"HTTP/1.1 200")
    chunks = "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\nConnection: close\r\n"
    put = HEAD.format(key).replace("GET /v1/products", "PUT /v1/scenarios/x")
    with connected(server, f"{put}{chunks}Expect: 100-continue\r\n\r\n".encode()) as waiting:
        assert waiting.recv(100).startswith(b"HTTP/1.1 100")
        waiting.sendall(b"2\r\n{}\r\n0\r\n\r\n")
        assert rest_of(waiting).startswith(b"HTTP/1.1 400")
