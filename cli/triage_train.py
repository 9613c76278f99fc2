"""`casework triage train`: a new version of the model, from closed cases or a labelled file, taken into use at once."""

import argparse
import json
import sys
from contextlib import suppress
from pathlib import Path

from tqdm import tqdm

from casework.cases import lessons
from casework.core import clock
from casework.core.errors import Refused
from casework.core.office import Office
from casework.registry import audit
from casework.triage import learning, shelf
from casework.triage.grams import told
from casework.triage.learning import Example, Learnt
from casework.triage.shelf import Part
from cli.parts.opening import open_current_office
from workflows.ledgers import labelled

HELP = "train the model that proposes category, unit and urgency, from closed cases or a labelled file"
Examples = dict[str, list[Example]]
_MOST_BESIDE, _MOST_GRAMS_BESIDE = 8000, 30_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--labelled", metavar="FILE", type=Path, help="learn from this file, not from closed cases")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Learn, keep the version, take it into use, and tell how right it was about rows kept from it."""
    office = open_current_office()
    source = "file" if arguments.labelled else "cases"
    examples = _examples(office, arguments.labelled)
    with tqdm(total=learning.STEPS * len(examples), disable=True if arguments.json else None, unit="step") as bar:
        learnt = learning.learn(examples["category"], on_step=lambda _: bar.update())
        beside = _beside(examples, bar)
    at = clock.now()
    with office.db.transaction() as session:
        before = shelf.model_in_use(session)
        parts = {subject: Part(each.model, each.figures, each.rows) for subject, each in beside.items()}
        row = shelf.put(session, learnt.model, learnt.figures, source=source, rows=learnt.rows, at=at, parts=parts)
        shelf.use(session, row.number, at=at)
        facts = {"version": row.number, "source": source, "rows": learnt.rows}
        audit.record(session, event="triage.trained", actor=None, at=at, facts=facts)
        number = row.number
    _tell(number, learnt, beside, as_json=arguments.json)
    if before is not None and not arguments.json and before[1] > learnt.figures.macro_f1:
        _tell_worse(*before)
    return 0


def _examples(office: Office, file: Path | None) -> Examples:
    made: Examples = {"category": [], "org": [], "urgency": []}
    if file is not None:
        for row in labelled.read(file):
            text = told(row.title, row.description)
            _add(made, text, (), category=row.label, org=row.org, urgency=row.urgency)
        return made
    with office.db.reading() as session:
        for each in lessons.closed_cases(session):
            _add(made, each.text, each.marks, category=each.category, org=each.org, urgency=each.urgency)
    return made


def _add(made: Examples, text: str, marks: tuple[str, ...], **labels: str | None) -> None:
    for subject, label in labels.items():
        if label:
            # A category is told by the words alone; which unit has it depends on the category and the place.
            made[subject].append(Example(text, label, marks if subject == "org" else ()))


def _beside(examples: Examples, bar: "tqdm[None]") -> dict[str, Learnt]:
    """Learn what can be learnt beside the category; an office whose cases tell too little does without."""
    found: dict[str, Learnt] = {}
    for subject in ("org", "urgency"):
        # The latest say most about who does what now, and more of them would take minutes.
        latest = examples[subject][-_MOST_BESIDE:]
        with suppress(Refused):
            found[subject] = learning.learn(latest, on_step=lambda _: bar.update(), most_grams=_MOST_GRAMS_BESIDE)
    return found


def _tell(number: int, learnt: Learnt, beside: dict[str, Learnt], *, as_json: bool) -> None:
    figures = learnt.figures
    if as_json:
        answer = {
            "version": number,
            "rows": learnt.rows,
            "labels": list(learnt.model.labels),
            "left_out": learnt.left_out,
            "macro_f1": figures.macro_f1,
            "ece": figures.ece,
        }
        for subject, each in beside.items():
            answer[subject] = {
                "rows": each.rows,
                "labels": list(each.model.labels),
                "macro_f1": each.figures.macro_f1,
                "ece": each.figures.ece,
            }
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return
    sys.stdout.write(
        f"version {number} is in use: learnt from {learnt.rows} rows, {len(learnt.model.labels)} categories\n"
        f"about rows kept from it: macro-F1 {figures.macro_f1:.3f}, calibration error {figures.ece:.3f}\n"
    )
    for subject, each in beside.items():
        sys.stdout.write(
            f"{subject}: {len(each.model.labels)} labels from {each.rows} rows,"
            f" macro-F1 {each.figures.macro_f1:.3f}, calibration error {each.figures.ece:.3f}\n"
        )
    for label, n in sorted(learnt.left_out.items()):
        sys.stdout.write(f"  not learnt: {label}, only {n} of at least {learning.LEAST_EACH} rows\n")


def _tell_worse(number: int, macro_f1: float) -> None:
    """Say that the version before was right more often, each about rows of its own, and how to go back to it."""
    sys.stdout.write(
        f"version {number}, in use until now, had macro-F1 {macro_f1:.3f} about its own rows;"
        f" to go back: casework triage use {number}\n"
    )
