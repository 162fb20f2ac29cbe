"""Ask the questions of the published examples again, and write their answers.

    python -m tests.service.make_examples EDITIONS

The editions are the example municipality's, as of 31 December 2022 and a year later, both approved.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from service.api import examples
from service.app import create_app
from service.settings import read_settings

NOON = datetime(2024, 2, 1, 12, tzinfo=UTC)


def main(editions: Path) -> None:
    """Write each example anew."""
    settings = read_settings(editions=editions, demo=True)
    client = create_app(settings, clock=lambda: NOON).test_client()
    for name in examples.names():
        question = examples.question_of(name)
        answer = client.get(question)
        if answer.status_code != 200:
            sys.exit(f"{name}: {answer.get_data(as_text=True)}")
        text = {"question": question, "answer": answer.get_json()}
        place = Path(examples.__file__).parent / f"{name}.json"
        place.write_text(json.dumps(text, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
