"""Papers say what the edition says, whatever became of it, and leave to people what is theirs."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from models.edition import approval, open_edition
from models.errors import EditionError
from models.labels import LEVELS, MEASURES, dutch_number
from models.record import append_record, record_path
from models.watching import Alarm
from service.api.model_cards import card_of
from service.api.scope import Share
from service.served import Served
from tests.editions import approve, build_edition, moment, recall
from training.cli_papers import papers
from training.papers.facts import gather
from training.papers.organisation import PapersError, read_organisation
from training.papers.write import TEXTS, make_papers, write_papers
from training.train import Trained

pytestmark = pytest.mark.contract
DAY = date(2026, 11, 22)
AS_OF = date(2023, 12, 31)
COMPLETE = """
contact_email = "algoritmes@example.nl"
publication_category = "Overige algoritmes"
[municipality.VB0001]
organization = "Gemeente Voorbeeldstad"
"""


def text_of(folder: Path, name: str, day: date = DAY) -> str:
    return make_papers(gather(folder, day)).texts[name]


def entry_of(folder: Path, day: date = DAY) -> dict[str, object]:
    found: dict[str, object] = json.loads(text_of(folder, "algoritmeregister.json", day))
    return found


@pytest.fixture(scope="module")
def trained(small_edition: Trained) -> Path:
    return small_edition.edition


class TestAgreement:
    """One source: what a paper says is what the API says."""

    def test_the_card_is_the_one_of_the_api(self, trained: Path) -> None:
        edition = open_edition(trained)
        served = Served(edition, approval(trained), ())
        share = Share(served, tuple(edition.manifest["municipalities"]))
        assert gather(trained, DAY).card == card_of(share)

    def test_every_score_of_the_card_stands_in_the_model_card(self, trained: Path) -> None:
        facts = gather(trained, DAY)
        told = text_of(trained, "modelkaart.md")
        assert len(facts.card["scores"]) >= len(LEVELS) - 1
        for row in facts.card["scores"]:
            cells = [MEASURES[row["measure"]], LEVELS[row["level"]], dutch_number(row["wape"], 1)]
            assert f"| {' | '.join(cells)} |" in told

    def test_every_check_of_the_gate_has_a_line_of_its_own(self, trained: Path) -> None:
        lines = text_of(trained, "modelkaart.md").splitlines()
        told = [line for line in lines if re.match("- voldoet( niet)?: ", line)]
        checks = gather(trained, DAY).card["gate"]["checks"]
        assert len(told) == len(checks)
        assert sum(line.startswith("- voldoet: ") for line in told) == sum(
            check["passed"] for check in checks
        )

    def test_every_file_stands_there_with_its_rows_and_hash(self, trained: Path) -> None:
        told = text_of(trained, "datakwaliteit.md").replace("\\", "")
        for one in gather(trained, DAY).card["inputs"]:
            assert f"| {one['file']} | {dutch_number(one['rows'])} |" in told
            assert f"| {one['file']} | {one['sha256']} |" in told

    def test_no_value_of_the_delivery_is_repeated(self, trained: Path) -> None:
        told = text_of(trained, "datakwaliteit.md")
        values = re.findall(r"'(-?\d+\.\d+)'", " ".join(gather(trained, DAY).quality["warnings"]))
        assert values
        assert [value for value in values if value in told] == []

    def test_known_sentences_are_in_dutch(self, trained: Path) -> None:
        told = text_of(trained, "modelkaart.md")
        assumed = told[told.index("## Aannamen") : told.index("## Gedateerd beleid")]
        assert not re.search(r"\b(the|rows|periods|is assumed)\b", assumed)

    def test_the_same_edition_and_day_give_the_same_papers(self, trained: Path) -> None:
        first, second = (make_papers(gather(trained, DAY)).texts for _ in range(2))
        assert first == second


class TestStanding:
    """The papers follow what the record says on the day."""

    def test_a_draft_is_being_developed_and_was_signed_by_nobody(self, tmp_path: Path) -> None:
        folder = build_edition(tmp_path, approved=False)
        entry = entry_of(folder)
        assert entry["status"] == "In ontwikkeling"
        assert {"begin_date", "end_date"} & set(entry) == set()
        assert "| goedgekeurd door | niemand |" in text_of(folder, "modelkaart.md")

    def test_an_approved_one_is_in_use_since_its_signature(self, tmp_path: Path) -> None:
        entry = entry_of(build_edition(tmp_path))
        assert entry["status"] == "In gebruik"
        assert entry["begin_date"] == "2024-01"
        assert "end_date" not in entry  # the standard: only of what is out of use
        assert "B-2024-001" in str(entry["human_intervention"])

    def test_an_expired_one_is_out_of_use_since_its_end(self, tmp_path: Path) -> None:
        folder = build_edition(tmp_path, valid_until=date(2025, 3, 31))
        assert entry_of(folder, date(2025, 3, 31))["status"] == "In gebruik"
        entry = entry_of(folder, date(2025, 4, 1))
        assert (entry["status"], entry["end_date"]) == ("Buiten gebruik", "2025-03")
        assert "verlopen" in text_of(folder, "dpia.md")

    def test_a_recalled_one_is_out_of_use_and_says_so_everywhere(self, tmp_path: Path) -> None:
        folder = build_edition(tmp_path)
        recall(folder, AS_OF)
        entry = entry_of(folder)
        assert (entry["status"], entry["end_date"]) == ("Buiten gebruik", "2024-02")
        for name in TEXTS:
            assert "Ingetrokken" in text_of(folder, name), name
        assert "| goedgekeurd door | niemand |" in text_of(folder, "modelkaart.md")

    def test_one_that_was_approved_again_is_in_use(self, tmp_path: Path) -> None:
        folder = build_edition(tmp_path)
        recall(folder, AS_OF)
        approve(folder, date(2024, 6, 1))
        entry = entry_of(folder)
        assert entry["status"] == "In gebruik"
        assert "end_date" not in entry

    def test_a_damaged_record_is_refused(self, tmp_path: Path) -> None:
        folder = build_edition(tmp_path)
        path = record_path(folder)
        path.write_text(path.read_text().replace("A. Tester", "B. Tester"))
        with pytest.raises(EditionError, match="was changed"):
            gather(folder, DAY)


class TestCourse:
    """What later figures said of an edition stands in its card, as the record has it."""

    def test_without_any_the_card_says_so(self, tmp_path: Path) -> None:
        folder = build_edition(tmp_path)
        assert "nog niet getoetst aan latere uitkomsten" in text_of(folder, "modelkaart.md")

    def test_scores_and_alarms_are_those_of_the_latest_outcomes(self, tmp_path: Path) -> None:
        folder = build_edition(tmp_path)
        alarm = Alarm("tracking", measure="cost", product="HH", value=6.86, limit=4.0)
        for until, wape in (("2024-12-31", 99.9), ("2025-12-31", 7.6)):
            append_record(folder, scored(until, wape, alarm), moment(date(2026, 1, 31)))
        told = text_of(folder, "modelkaart.md")
        told = told[told.index("## Wat er van uitkwam") : told.index("## Aannamen")]
        assert "De raming is uit de koers." in told
        assert "cijfers tot en met 31 december 2025" in told
        assert "| Kosten | Per product | 7,6 | 20,4 | -2,8 | 72 procent | 32 |" in told
        assert "99,9" not in told
        assert "Huishoudelijke hulp" in told


def scored(until: str, wape: float, alarm: Alarm) -> dict[str, Any]:
    """The event of a scoring, as `training.scoring` writes it."""
    row = {"level": "product", "measure": "cost", "period_kind": "year", "wape": wape}
    row |= {"baseline_wape": 20.4, "bias": -2.8, "coverage_80": 0.72, "observations": 32}
    return {
        "event": "scored",
        "outcomes": {"name": "uitkomsten", "sha256": {}, "from": "2024-01-01", "until": until},
        "verdict": "off_track",
        "alarms": [alarm.as_dict()],
        "headline": [row],
        "scores_file": "x",
        "scores_sha256": until,
    }


class TestKinds:
    """Whatever an edition holds, every paper can be made and the entry keeps the rules."""

    @pytest.mark.parametrize("measure", ["cost", "volume", "clients"])
    def test_one_measure_alone(self, tmp_path: Path, measure: str) -> None:
        folder = build_edition(tmp_path, measures=(measure,))
        made = make_papers(gather(folder, DAY, read_organisation(_file(tmp_path))))
        assert made.lacking == {"VB0001": []}
        assert f"| geraamd | {MEASURES[measure].lower()}, per" in made.texts["modelkaart.md"]

    def test_several_municipalities_have_an_entry_each(self, tmp_path: Path) -> None:
        folder = build_edition(tmp_path, municipality=("ZA0002", "ZB0003"))
        texts = make_papers(gather(folder, DAY)).texts
        names = [name for name in texts if name.endswith(".json")]
        assert names == [f"algoritmeregister-{code}.json" for code in ("ZA0002", "ZB0003")]
        assert len(texts["algoritmeregister.csv"].splitlines()) == 3

    def test_names_cannot_break_a_table(self, tmp_path: Path) -> None:
        folder = build_edition(tmp_path, approved=False)
        facts = gather(folder, DAY)
        facts.card["approved_by"] = "A | B\n<script>"
        told = make_papers(facts).texts["modelkaart.md"]
        assert "| goedgekeurd door | A \\| B \\<script> |" in told


def _file(folder: Path, text: str = COMPLETE) -> Path:
    path = folder / "organisatie.toml"
    path.write_text(text, encoding="utf-8")
    return path


class TestPeople:
    """What only people can say comes from a file, and is marked where it is not there."""

    def test_what_nobody_said_is_marked_and_told(self, tmp_path: Path) -> None:
        made = make_papers(gather(build_edition(tmp_path), DAY))
        assert [line.partition(" (")[0] for line in made.lacking["VB0001"]] == [
            "Contactgegevens", "Organisatie", "Publicatiecategorie",
        ]  # fmt: skip
        assert made.texts["algoritmeregister.json"].count("[nog invullen]") == 3
        assert "[nog invullen]" in made.texts["dpia.md"]

    def test_what_the_run_knows_cannot_be_typed_in(self, tmp_path: Path) -> None:
        with pytest.raises(PapersError, match="status cannot be given here"):
            read_organisation(_file(tmp_path, 'status = "In gebruik"'))

    @pytest.mark.parametrize("text", ["name = ", "municipality = 3", "municipality.A = 3"])
    def test_a_file_that_is_none_is_refused(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(PapersError):
            read_organisation(_file(tmp_path, text))

    def test_an_empty_answer_counts_as_none(self, tmp_path: Path) -> None:
        told = read_organisation(_file(tmp_path, COMPLETE.replace("Gemeente Voorbeeldstad", "")))
        made = make_papers(gather(build_edition(tmp_path), DAY, told))
        assert made.lacking == {"VB0001": ["Organisatie (organization): nog invullen"]}


class TestCommand:
    def test_it_writes_every_paper_and_says_what_lacks(self, tmp_path: Path) -> None:
        folder = build_edition(tmp_path / "editions")
        words = [str(folder), "--output", str(tmp_path / "papers"), "--strict"]
        done = CliRunner().invoke(papers, words)
        assert done.exit_code == 1
        assert "Contactgegevens (contact_email): nog invullen" in done.stderr
        written = {path.name for path in (tmp_path / "papers").iterdir()}
        assert written == {*TEXTS, "algoritmeregister.json", "algoritmeregister.csv"}

    def test_with_what_people_say_nothing_lacks(self, tmp_path: Path) -> None:
        folder = build_edition(tmp_path / "editions")
        words = [str(folder), "--output", str(tmp_path / "papers"), "--strict"]
        done = CliRunner().invoke(papers, [*words, "--organisation", str(_file(tmp_path))])
        assert (done.exit_code, done.stderr) == (0, "")

    def test_a_place_that_cannot_be_written_keeps_what_was_there(self, tmp_path: Path) -> None:
        made = make_papers(gather(build_edition(tmp_path / "editions"), DAY))
        target = tmp_path / "papers"
        (target / "dpia.md").mkdir(parents=True)  # a folder where a paper should come
        with pytest.raises(PapersError, match="cannot be written"):
            write_papers(made, target)
        assert (target / "dpia.md").is_dir()
        assert not list(target.glob(".papers.*"))
