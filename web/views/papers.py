"""A case on paper: the whole of it, public or internal, and the slip that goes to the unit."""

from typing import Any

from flask import request

from casework.cases.folders import latest_clocks
from casework.cases.reporters import hidden_in
from casework.cases.tables import Case
from casework.core import money
from casework.core.due_dates import Due
from casework.funds.tables import FundLine
from casework.matters.deadlines import UNKNOWN
from casework.matters.tables import Deadline
from web import frames, identity, unit
from web.api.answers import Seen, seen_by
from web.locales import local, locale, words
from web.views import case_page, case_parts, chips, codes, histories, reference, wording
from web.views.acts import Desk, case_url
from workflows.cases import comments


class _Scrub(Seen):
    """Free texts for readers outside: numbers of people and who reported it are masked whoever prints."""

    def __init__(self, case: Case) -> None:
        self._hidden = hidden_in(unit.session(), case)

    def __call__(self, text: str | None) -> str | None:
        """Return the text with both masked."""
        return None if text is None else self._hidden(text)


def sheet_of(desk: Desk, *, public: bool) -> dict[str, Any]:
    """Return the whole case; a public sheet tells no names, no notes and no more than the public summary."""
    case = desk.case
    seen = _Scrub(case) if public else seen_by(desk.subject)
    body = case.public_summary if public and case.public_summary else case.description
    made = {
        "kind_text": words("sheet.public" if public else "sheet.internal"),
        "number": case.number,
        "title": seen(case.title) or "",
        "state_label": chips.state_chip(case).label,
        "facts": _facts(desk, public=public),
        "words": seen(body) or "",
        "answers": case_page.answers_of(desk, seen) if case.answers else [],
        "clocks": [_clock(desk, row) for row in latest_clocks(desk.dossier.clocks)],
        "result": case_parts.result_of(desk),
        "follow_up": {"text": case_parts.follow_up_text(case)} if case.followed_up else None,
        "co_tasks": [_co_task(desk, task, seen) for task in desk.dossier.co_tasks],
        "funds": [_fund(line, seen) for line in desk.dossier.funds],
        "history": [] if public else _history(desk),
        "photos": [],
        "files": [] if public else [file.row.name for file in reversed(desk.dossier.files)],
        "notes": [] if public else _notes(desk, seen),
        "masked_note": words("sheet.masked_public" if public else "sheet.masked"),
        **printed(case),
    }
    if public:
        made["result"] = _public_result(made["result"], seen)
        made["history"] = _public_history(desk)
    return made


def _facts(desk: Desk, *, public: bool) -> list[dict[str, str]]:
    case, dossier = desk.case, desk.dossier
    lead = dossier.lead
    assignee = dossier.people.get(case.assignee_id) if case.assignee_id else None
    co = wording.joined([part.name for part in dossier.parts if part.part == "co"])
    facts = [
        ("sheet.place", case_page.place_of(case)),
        ("sheet.category", f"{reference.category_label(case.category, locale())}・{words(f'kind.{case.kind}')}"),
        ("sheet.urgency", words(f"urgency.{case.urgency}")),
        ("sheet.channel", words(f"channel.{case.channel}")),
        ("sheet.reported", wording.plain_moment(case.reported_at)),
        ("sheet.lead", "・".join(each for each in (lead.name if lead else "", "" if public else assignee) if each)),
        ("sheet.co", co),
        ("sheet.route", words(f"route.{case.route}") if case.route else ""),
    ]
    if not public:
        reporter = "　".join(each for each in (case.reporter_name, case.reporter_phone) if each)
        facts.insert(0, ("sheet.reporter", reporter))
        facts.append(("sheet.plan", seen_by(desk.subject)(case.plan) or ""))
    related = wording.joined([each.number for each in dossier.related]) if not public else ""
    facts.append(("sheet.related", related))
    return [{"label": words(label), "text": text} for label, text in facts if text]


def _clock(desk: Desk, row: Deadline) -> dict[str, str]:
    due = Due.from_json(row.due)
    unmet = words("due_chip.unknown") if row.status == UNKNOWN else ""
    met = wording.plain_moment(row.met_at) if row.met_at is not None else unmet
    return {
        "label": wording.told(desk.workflow.clocks[row.kind].label),
        "rule": due.explain(locale()),
        "due": wording.plain_moment(row.due_at),
        "met": met,
    }


def _co_task(desk: Desk, task: Any, seen: Seen) -> dict[str, str]:
    answered = wording.plain_moment(task.answered_at) if task.answered_at is not None else ""
    return {
        "org": desk.dossier.name_of(task.org_id),
        "question": seen(task.question) or "",
        "answer": seen(task.answer or task.waive_reason) or "",
        "when": answered or words("co_tasks.due", day=f"{task.due_on:%Y-%m-%d}"),
    }


def _fund(line: FundLine, seen: Seen) -> dict[str, str]:
    minus = line.reverses_id is not None
    return {
        "stage": words(f"fund_stage.{line.stage}"),
        "on": f"{line.on_date:%Y-%m-%d}",
        "amount": money.wan(-line.amount_fen if minus else line.amount_fen),
        "doc": line.document_no,
        "note": seen(line.note) or "",
    }


def _history(desk: Desk) -> list[dict[str, Any]]:
    teller = histories.teller(desk.case, subject=desk.subject)
    return [_line(each) for each in teller.entries(list(reversed(desk.dossier.history)), on_paper=True)]


def _public_history(desk: Desk) -> list[dict[str, Any]]:
    """Return the steps of a case without who took them."""
    teller = histories.Teller(wording.workflow_of(desk.case), desk.subject, _Scrub(desk.case))
    moves = [each for each in reversed(desk.dossier.history) if each.entry.from_state != each.entry.to_state]
    states = desk.workflow.states
    return [
        {
            "when": entry.when,
            "actor": "",
            "verb": wording.told(states[told.entry.to_state].line or states[told.entry.to_state].label),
            "text": "",
            "comment": None,
        }
        for told, entry in zip(moves, teller.entries(moves, on_paper=True), strict=True)
    ]


def _line(entry: histories.Entry) -> dict[str, Any]:
    return {"when": entry.when, "actor": entry.actor, "verb": entry.verb, "text": entry.text, "comment": entry.sub}


def _notes(desk: Desk, seen: Seen) -> list[dict[str, str]]:
    notes = [each for each in reversed(desk.dossier.history) if each.entry.trigger == comments.TRIGGER]
    return [
        {
            "who": each.actor or words("note.by_reporter"),
            "when": wording.plain_moment(each.entry.at),
            "text": seen(each.entry.comment) or "",
        }
        for each in notes
        if histories.may_read_note(each.entry, desk.subject)
    ]


def _public_result(result: dict[str, Any] | None, seen: Seen) -> dict[str, Any] | None:
    if result is None:
        return None
    return {**result, "reply": seen(result["reply"]) or "", "by": result["by"].partition("・")[0]}


def slip_of(desk: Desk) -> dict[str, Any] | None:
    """Return the slip that hands a case to its unit; None while it has none."""
    case, dossier = desk.case, desk.dossier
    lead = dossier.lead
    if lead is None or case.assigned_at is None:
        return None
    seen = seen_by(desk.subject)
    clocks = {row.kind: row for row in latest_clocks(dossier.clocks)}
    handle = clocks.get("handle")
    assigned = next((each for each in dossier.history if each.entry.trigger == "assign"), None)
    asked = None if assigned is None else seen(assigned.entry.comment)
    return {
        "issuer": frames.office_name(),
        "copy_text": words("slip.copy"),
        "number": case.number,
        "assigned_on": f"{local(case.assigned_at):%Y-%m-%d}",
        "unit": lead.name,
        "co_units": wording.joined([part.name for part in dossier.parts if part.part == "co"]),
        "route": words(f"route.{case.route}") if case.route else "—",
        "urgency": words(f"urgency.{case.urgency}"),
        "reporter": case.reporter_name,
        "phone": case.reporter_phone,
        "place": case_page.place_of(case),
        "category_kind": f"{reference.category_label(case.category, locale())}・{words(f'kind.{case.kind}')}",
        "reported_at": wording.plain_moment(case.reported_at),
        "title": seen(case.title) or "",
        "words": seen(case.description) or "",
        "requirement": asked or words("slip.requirement"),
        "assigned_by": (assigned.actor if assigned is not None else None) or "",
        "due_text": wording.due_moment(handle.due_at) if handle is not None else "—",
        "arithmetic": Due.from_json(handle.due).explain(locale()) if handle is not None else "",
        "acknowledge_by": _day(clocks.get("acknowledge")),
        "contact_by": _day(clocks.get("contact")),
        "page_text": "",
        **printed(case),
    }


def _day(row: Deadline | None) -> str:
    return "—" if row is None else wording.short_day(local(row.due_at).date())


def printed(case: Any) -> dict[str, str]:
    """Return the foot of a sheet: the code that leads to the case, who printed it and when."""
    return foot_of(case_url(case))


def foot_of(url: str) -> dict[str, str]:
    """Return the foot of any sheet: the code that leads to an address of ours, who printed it and when."""
    address = request.url_root.rstrip("/") + url
    return {
        "qr_url": codes.data_uri(address, scale=3, border=1),
        "printed_by": identity.actor().name,
        "printed_at": wording.plain_moment(unit.at()),
    }
