"""`casework triage evaluate`: how right the model in use is about a labelled file it has not seen."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from tqdm import tqdm

from casework.cases import suggestions
from casework.core.database import Session
from casework.triage.measuring import Judged, Measured, measure
from cli.parts.opening import open_current_office
from workflows.ledgers import labelled
from workflows.ledgers.labelled import Labelled

HELP = "judge the model in use by a labelled file: F1 of each label, calibration"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--labelled", metavar="FILE", type=Path, required=True, help="texts with their category")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Ask the model for every row and compare."""
    office = open_current_office()
    rows = labelled.read(arguments.labelled)
    with office.db.reading() as session, tqdm(rows, disable=True if arguments.json else None, unit="row") as shown:
        names = suggestions.names(session)
        judged: dict[str, list[Judged]] = {"category": [], "org": [], "urgency": []}
        for row in shown:
            judged["category"].append(_judged(session, row, names))
            _judge_beside(session, row, judged)
    figures = {subject: measure(rows_) for subject, rows_ in judged.items() if rows_}
    if arguments.json:
        beside = {subject: each.as_json() for subject, each in figures.items() if subject != "category"}
        answer = figures["category"].as_json() | beside
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return 0
    for subject, each in figures.items():
        if len(figures) > 1:
            sys.stdout.write(f"{subject}:\n")
        _tell(each)
    return 0


def _judged(session: Session, row: Labelled, names: Mapping[str, str]) -> Judged:
    proposals, _model = suggestions.categories_of(session, title=row.title, description=row.description)
    truth = names.get(row.label, row.label)
    if not proposals:
        return Judged(truth, None, 0.0)
    return Judged(truth, proposals[0].label["zh"], proposals[0].confidence)


def _judge_beside(session: Session, row: Labelled, judged: dict[str, list[Judged]]) -> None:
    """Judge unit and urgency where the file tells them."""
    for subject, truth in (("org", row.org), ("urgency", row.urgency)):
        if truth:
            best = suggestions.best_learnt(session, subject, title=row.title, description=row.description)
            judged[subject].append(Judged(truth, None, 0.0) if best is None else Judged(truth, best.label, best.share))


def _tell(figures: Measured) -> None:
    widest = max(map(len, figures.per_class), default=0)
    for label, each in figures.per_class.items():
        sys.stdout.write(
            f"{label:<{widest}}  F1 {each['f1']:.3f}  precision {each['precision']:.3f}  recall {each['recall']:.3f}"
            f"  {each['n']:>6} rows\n"
        )
    sys.stdout.write(
        f"{figures.n} rows, macro-F1 {figures.macro_f1:.3f}, calibration error {figures.ece:.3f},"
        f" nothing proposed for {figures.abstained}\n"
    )
