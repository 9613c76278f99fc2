"""`casework triage train`: a new version of the model, from closed cases or a labelled file, taken into use at once."""

import argparse
import json
import sys
from pathlib import Path

from tqdm import tqdm

from casework.cases import lessons
from casework.core import clock
from casework.core.office import Office
from casework.matters import audit
from casework.triage import learning, shelf
from casework.triage.grams import told
from casework.triage.learning import Example, Learnt
from cli.opening import open_current_office
from workflows.ledgers import labelled

HELP = "train the model that proposes categories, from closed cases or a labelled file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--labelled", metavar="FILE", type=Path, help="learn from this file, not from closed cases")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Learn, keep the version, take it into use, and tell how right it was about rows kept from it."""
    office = open_current_office()
    source = "file" if arguments.labelled else "cases"
    examples = _examples(office, arguments.labelled)
    with tqdm(total=learning.STEPS, disable=True if arguments.json else None, unit="step") as bar:
        learnt = learning.learn(examples, on_step=lambda done: bar.update(done - bar.n))
    at = clock.now()
    with office.db.transaction() as session:
        row = shelf.put(session, learnt.model, learnt.figures, source=source, rows=learnt.rows, at=at)
        shelf.use(session, row.number, at=at)
        facts = {"version": row.number, "source": source, "rows": learnt.rows}
        audit.record(session, event="triage.trained", actor=None, at=at, facts=facts)
        number = row.number
    _tell(number, learnt, as_json=arguments.json)
    return 0


def _examples(office: Office, file: Path | None) -> list[Example]:
    if file is not None:
        return [Example(told(each.title, each.description), each.label) for each in labelled.read(file)]
    with office.db.reading() as session:
        return [Example(text, label) for text, label in lessons.closed_cases(session)]


def _tell(number: int, learnt: Learnt, *, as_json: bool) -> None:
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
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return
    sys.stdout.write(
        f"version {number} is in use: learnt from {learnt.rows} rows, {len(learnt.model.labels)} categories\n"
        f"about rows kept from it: macro-F1 {figures.macro_f1:.3f}, calibration error {figures.ece:.3f}\n"
    )
    for label, n in sorted(learnt.left_out.items()):
        sys.stdout.write(f"  not learnt: {label}, only {n} of at least {learning.LEAST_EACH} rows\n")
