"""An answer that was given before is given again, to whom it may be given, as long as it holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from service.access.roles import Role
from service.api.remembering import EXTENSION, Answers, Kept
from service.app import create_app
from service.context import service_of
from service.settings import read_settings
from tests.service.conftest import FIRST, NOW, PAIR, Asker
from tests.split_editions import build_split_edition

pytestmark = pytest.mark.contract
PATH = "/v1/forecasts?groupBy=municipality,period&frequency=year"


def kept(size: int, *made_of: object) -> Kept:
    return Kept(made_of, b"x" * size, (), None, 1, [], {})


def test_an_answer_given_again_is_the_same_to_the_byte(
    closed_app: Flask, asker: Callable[..., Asker]
) -> None:
    one = asker(FIRST)
    for form in ("json", "csv", "xlsx", "parquet"):
        first, second = (one.get(f"{PATH}&format={form}&measure=cost") for _ in range(2))
        assert first.data == second.data
        changing = {"X-Request-Id", "Date"}
        told = [{k: v for k, v in r.headers if k not in changing} for r in (first, second)]
        assert told[0] == told[1]
    assert closed_app.extensions[EXTENSION].size_bytes > 0


def test_a_known_tag_is_answered_without_a_body(asker: Callable[..., Asker]) -> None:
    one = asker(FIRST)
    tag = one.get(PATH).headers["ETag"]
    for _ in range(2):
        answer = one.get(PATH, {"If-None-Match": tag})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)


def test_who_sees_less_gets_another_answer(asker: Callable[..., Asker]) -> None:
    every = [asker(PAIR[0]), asker(*PAIR), asker(), asker(PAIR[0], role=Role.READER)]
    answers = [[one.get(PATH).data for one in every] for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(set(answers[0])) == len(every)


def test_what_is_given_again_is_on_record_like_the_first(tmp_path: Path) -> None:
    folder = build_split_edition(tmp_path / "editions", municipality=FIRST)
    settings = read_settings(
        editions=folder.parent,
        database_url=f"sqlite:///{tmp_path}/z.sqlite",
        audit_dir=tmp_path / "audit",
        refresh_seconds=0,
    )
    app = create_app(settings, clock=lambda: NOW)
    keys = service_of(app).keys
    assert keys is not None
    one = Asker(app.test_client(), keys.create("x", Role.CONTROLLER, [FIRST], 1)[0])
    for _ in range(3):
        assert one.get(PATH).status_code == 200
    chain = next(path for path in (tmp_path / "audit").glob("*.jsonl") if "ledger" not in path.name)
    lines = [json.loads(line) for line in chain.read_text("utf-8").splitlines()][1:]
    told = [(line["attributes"]["rows"], line["attributes"]["editions"]) for line in lines]
    assert told == [told[0]] * 3
    assert told[0][0] > 0

    before = one.get(PATH).data
    build_split_edition(folder.parent, municipality=FIRST, seed=9, level=99.0)
    assert service_of(app).store.refresh()
    assert one.get(PATH).data != before


def test_least_lately_used_answers_make_room() -> None:
    answers, edition = Answers(most_bytes=100), object()
    for name in "abc":
        answers.put(name, kept(40, edition))
    assert answers.get("a", (edition,)) is None
    assert answers.get("b", (edition,)) is not None
    answers.put("d", kept(40, edition))
    assert answers.get("c", (edition,)) is None
    assert answers.get("b", (edition,)) is not None
    assert answers.size_bytes == 80


def test_an_answer_about_other_editions_is_no_answer() -> None:
    answers, old, new = Answers(), [1], [1]
    answers.put("a", kept(1, old))
    assert answers.get("a", (new,)) is None
    answers.put("a", kept(2, new))
    assert answers.size_bytes == 2
