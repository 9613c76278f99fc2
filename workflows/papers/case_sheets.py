"""The whole of a case on paper: what its page tells, as the values of tags, for a file or a stack of them.

The sheet that a browser prints is web/views/papers.py; both keep the same rules: the public one names nobody, has no
notes and no steps' words, and its free texts are masked whoever prints.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from casework.cases import dossiers, lines
from casework.cases.dossiers import Told
from casework.cases.folders import latest_clocks
from casework.cases.parts import co_tasks
from casework.cases.tables import Case
from casework.core import money
from casework.core.due_dates import Due
from casework.core.i18n import catalogue, say
from casework.matters import deadlines
from casework.matters.tables import HistoryEntry
from casework.permissions import Subject, permits
from casework.registry import directory
from casework.registry import queries as registry
from workflows.cases import comments, questions
from workflows.definition import Field, Workflow
from workflows.papers.paper_desk import Desk, Found, Values
from workflows.registry import registry as definitions

INTERNAL, PUBLIC = "case_sheet", "public_sheet"
SHEETS = (INTERNAL, PUBLIC)
# Papers are written in the language of the office.
_ZH = "zh"
_LEFT_OUT = ("person",)


def sheet_of(desk: Desk, code: str, found: Found, subject: Subject) -> Values:
    """Return what a sheet says beside what every paper about a case says."""
    case: Case = found.row
    workflow = definitions().get(case.workflow, case.workflow_version).workflow
    told = _of_both(desk, case, workflow, found)
    history = list(reversed(dossiers.history(desk.session, case.id)))
    if code == PUBLIC:
        body = case.public_summary or case.description
        return {**told, "body": found.seen(body), "stages": _stages(desk, workflow, history)}
    notes = [each for each in history if each.entry.trigger == comments.TRIGGER]
    steps = [each for each in history if each.entry.trigger != comments.TRIGGER]
    files = [each.row.name for each in reversed(dossiers.files(desk.session, case))]
    return {
        **told,
        "plan": found.seen(case.plan),
        "files": say("calendar.and").join(files),
        "steps": [_step(desk, each, found) for each in steps],
        "notes": [_note(desk, each, found) for each in notes if _may_read(desk, each.entry, subject)],
    }


def _of_both(desk: Desk, case: Case, workflow: Workflow, found: Found) -> dict[str, Any]:
    asked = questions.sheet_of(case.category).questions if case.answers else ()
    tasks = co_tasks.of_case(desk.session, case)
    names = registry.orgs_by_id(desk.session, {each.org_id for each in tasks}) if tasks else {}
    return {
        "route": say(f"route.{case.route}") if case.route else "",
        "outcome": say(f"result.{case.result_class}") if case.result_class else "",
        "called_back": _called_back(case),
        "answers": [
            {"question": each.label[_ZH], "answer": _answer(case.answers.get(each.name), found)} for each in asked
        ],
        "clocks": [
            {
                "label": workflow.clocks[row.kind].label[_ZH],
                "rule": Due.from_json(row.due).explain(_ZH),
                "due": _moment(desk, row.due_at),
                "met": say("due_chip.unknown") if row.status == deadlines.UNKNOWN else _moment(desk, row.met_at),
            }
            for row in latest_clocks(deadlines.of_matter(desk.session, case.id))
        ],
        "co_answers": [
            {
                "org": names[each.org_id].name,
                "question": found.seen(each.question),
                "answer": found.seen(each.answer or each.waive_reason),
                "when": _moment(desk, each.answered_at) or say("co_tasks.due", day=each.due_on.isoformat()),
            }
            for each in tasks
        ],
        "fund_lines": [
            {
                "stage": say(f"fund_stage.{line.stage}"),
                "on": line.on_date.isoformat(),
                "document": line.document_no,
                "note": found.seen(line.note),
                "amount": money.wan(-line.amount_fen if line.reverses_id is not None else line.amount_fen),
            }
            for line in lines.of_case(desk.session, case)
        ],
    }


def _called_back(case: Case) -> str:
    if not case.followed_up:
        return ""
    told = [say(f"filter.followed_up.{case.followed_up}")]
    if case.solved is not None:
        told.append(say(f"solved.{case.solved}"))
    for name in ("satisfaction", "attitude"):
        rated = getattr(case, name)
        if rated is not None:
            told.append(say(f"history.rated.{name}", value=say(f"satisfaction.{rated}")))
    return say("calendar.and").join(told)


def _answer(value: Any, found: Found) -> str:
    if value is None or value == "":
        return say("case.not_asked")
    return say("case.yes" if value else "case.no") if isinstance(value, bool) else found.seen(str(value))


def _stages(desk: Desk, workflow: Workflow, history: Sequence[Told]) -> list[Mapping[str, str]]:
    moved = [each.entry for each in history if each.entry.from_state != each.entry.to_state]
    states = workflow.states
    return [{"when": _moment(desk, each.at), "step": states[each.to_state].line[_ZH]} for each in moved]


def _step(desk: Desk, told: Told, found: Found) -> Mapping[str, str]:
    entry = told.entry
    known = definitions().get("case", entry.workflow_version).workflow
    transition = known.by_trigger.get(entry.trigger)
    said = [] if transition is None else [_said(desk, each, entry, found) for each in transition.fields]
    comment = found.seen(entry.comment)
    return {
        "when": _moment(desk, entry.at),
        "who": _who(told),
        "step": _verb(known, entry),
        "words": say("calendar.semicolon").join(each for each in (*said, comment) if each),
    }


def _verb(workflow: Workflow, entry: HistoryEntry) -> str:
    transition = workflow.by_trigger.get(entry.trigger)
    if transition is not None:
        return transition.done[_ZH]
    code = f"history.rung.{entry.trigger}" if entry.trigger in workflow.rung_names else f"history.{entry.trigger}"
    return say(code) if code in catalogue() else entry.trigger


def _who(told: Told) -> str:
    if told.actor is None:
        return say("papers.by_system") if told.entry.actor_id is None else say("history.somebody")
    return say("history.for", actor=told.actor, whom=told.on_behalf_of) if told.on_behalf_of else told.actor


def _said(desk: Desk, field: Field, entry: HistoryEntry, found: Found) -> str:
    """Return what a step was told in one field, with the field's name."""
    value = entry.fields.get(field.name)
    if value in (None, "", []) or field.type in _LEFT_OUT:
        return ""
    words = _in_words(desk, field, value, found)
    return say("history.field", name=field.label[_ZH], value=words) if words else ""


def _in_words(desk: Desk, field: Field, value: Any, found: Found) -> str:
    if isinstance(value, Mapping):
        # Another matter the step named.
        return str(value.get("number", ""))
    if field.type in ("org", "orgs"):
        codes = value if isinstance(value, list) else [value]
        return say("calendar.and").join(_unit(desk, str(code)) for code in codes)
    if isinstance(value, str) and value in field.choices:
        return field.choices[value][_ZH]
    return date.fromisoformat(value).isoformat() if field.type == "date" else found.seen(str(value))


def _unit(desk: Desk, code: str) -> str:
    known = directory.units(desk.session, [code]).get(code)
    return code if known is None else known.name


def _note(desk: Desk, told: Told, found: Found) -> Mapping[str, str]:
    return {
        "who": told.actor or say("note.by_reporter"),
        "when": _moment(desk, told.entry.at),
        "words": found.seen(told.entry.comment),
    }


def _may_read(desk: Desk, entry: HistoryEntry, subject: Subject) -> bool:
    is_own = entry.actor_id is not None and entry.actor_id == desk.actor.person_id
    return is_own or permits(desk.actor, "case.read_internal", subject)


def _moment(desk: Desk, instant: datetime | None) -> str:
    return "" if instant is None else f"{instant.astimezone(desk.session.info['zone']):%Y-%m-%d %H:%M}"
