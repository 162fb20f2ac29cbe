"""The papers of an edition as files: rendered from templates, written together or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from models.dutch import listed
from models.dutch_sentences import in_dutch, reason_in_dutch, rule_in_dutch
from models.labels import LEVELS, MEASURES, dutch_date, dutch_number
from models.labels import PER as FREQUENCIES
from training.papers import register, words
from training.papers.facts import Facts
from training.papers.organisation import PapersError

TEMPLATES = Path(__file__).with_name("templates")
TEXTS = ("modelkaart.md", "datakwaliteit.md", "dpia.md", "iama.md")
_MARKUP = re.compile(r"([|<\[\]`\\*_])")


@dataclass(frozen=True)
class Papers:
    """What was made.

    Attributes:
        texts: name of the file -> its text, in the order of making.
        lacking: municipality -> what its register entry still lacks or breaks, in Dutch.
    """

    texts: Mapping[str, str]
    lacking: Mapping[str, list[str]]


def make_papers(facts: Facts) -> Papers:
    """Return every paper of an edition; the same facts give the same texts.

    Returns:
        Model card, data quality, DPIA and IAMA as Markdown, and the register entry as JSON (a file
        per municipality where there are several) and as CSV.
    """
    environment = _environment()
    made = register.entries(facts)
    lacking = {code: register.faults(entry) for code, entry in made.items()}
    shared = {"facts": facts, "entries": made, "lacking": lacking, "words": words}
    texts = {
        name: environment.get_template(f"{name}.jinja").render(shared).strip() + "\n"
        for name in TEXTS
    }
    for code, entry in made.items():
        own = f"-{code}" if len(made) > 1 else ""
        texts[f"algoritmeregister{own}.json"] = register.as_json(entry)
    texts["algoritmeregister.csv"] = register.as_csv(list(made.values()))
    return Papers(texts, lacking)


def write_papers(papers: Papers, folder: Path) -> list[Path]:
    """Write all papers to a folder; papers of the same names there are replaced.

    Everything is written aside first, so that a full disk leaves the papers of before.

    Raises:
        PapersError: the folder cannot be written; what was there before still is.
    """
    aside = folder / f".papers.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside.mkdir()
        for name, text in papers.texts.items():
            (aside / name).write_text(text, encoding="utf-8", newline="")
        return [(aside / name).replace(folder / name) for name in papers.texts]
    except OSError as error:
        why = error.strerror or os.strerror(error.errno or errno.EIO)
        raise PapersError(f"the papers cannot be written to {folder}: {why}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(()),  # Markdown; see ``_plain``
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"LEVELS": LEVELS, "MEASURES": MEASURES, "FREQUENCIES": FREQUENCIES}
    environment.filters |= {
        "getal": dutch_number,
        "dag": _day,
        "opsomming": _listed,
        "nl": _in_dutch,
        "aantal": lambda value: None if value is None else dutch_number(value),
        "fout": lambda value: None if value is None else dutch_number(value, 1),
        "deel": lambda value: None if value is None else f"{dutch_number(100 * value)} procent",
        "waarde": _value,
        "veld": lambda value: value or register.MISSING,
    }
    return environment


def _plain(value: object) -> object:
    """Return a value as it may stand in a Markdown table: one line, nothing read as markup."""
    if value is None:
        return "niet bekend"
    if not isinstance(value, str) or value == register.MISSING:
        return value
    return _MARKUP.sub(r"\\\1", " ".join(value.split()))


def _in_dutch(said: str) -> str:
    """Return an assumption, a rule or a reason in Dutch; what is not known stays in English."""
    return in_dutch(said) or rule_in_dutch(said) or reason_in_dutch(said)


def _day(value: object) -> str | None:
    """Return a day, or the day of a moment, in words."""
    if value is None or isinstance(value, date):
        return None if value is None else dutch_date(value)
    return dutch_date(date.fromisoformat(str(value)[:10]))


def _listed(items: Iterable[object]) -> str:
    found = [str(item) for item in items]
    return listed(found) if found else "geen"


def _value(value: object) -> str:
    """Return a measured value or a limit of the gate: a number, a range, names, parts."""
    if isinstance(value, bool) or not isinstance(value, int | float | list | dict):
        return words.LIMITS.get(str(value), str(value)) or "niemand"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(one)}" for name, one in value.items())
    if isinstance(value, list):
        is_range = value and all(isinstance(one, int | float) for one in value)
        return " tot ".join(map(_value, value)) if is_range else _listed(value)
    return dutch_number(value, 0 if isinstance(value, int) else 2)
