"""The page of one case: what, who, where, the state line, and everything that hangs on it."""

from collections.abc import Mapping, Sequence
from typing import Any

from casework.campaign.visibility import take_household
from casework.cases.dossiers import Dossier, Related
from casework.core.errors import NotFound
from casework.matters.deadlines import pauses_of
from web import identity, unit
from web.api.answers import Seen, seen_by
from web.locales import local, locale, words
from web.views import chips, deadlines, histories, reference, wording
from web.views.acts import Action, Desk, case_url, move_url
from workflows.cases import questions
from workflows.definition import Workflow

MOST_ON_PHONE = 3


def case_shape(desk: Desk) -> dict[str, Any]:
    """Return the case itself as the template wants it."""
    case, seen = desk.case, seen_by(desk.subject)
    return {
        "id": str(case.id),
        "number": case.number,
        "number_short": wording.short_number(case.number),
        "title": seen(case.title) or "",
        "url": case_url(case),
        "list_url": "/cases",
        "version": case.version,
        "state": chips.state_chip(case),
        "tags": tags_of(case),
        "steps": steps_of(desk),
        "channel_time": channel_time(case),
        "spans": [{"text": seen(case.description) or ""}],
        "reporter": masked(desk, "name"),
        "phone": masked(desk, "phone"),
        "place": place_of(case),
        "household": household_of(case),
        "public_summary": case.public_summary,
        "answers": answers_of(desk, seen),
    }


def household_of(case: Any) -> dict[str, str] | None:
    """Return the masked head of the household a case is about, with its page; None where the reader sees none."""
    if case.household_id is None:
        return None
    try:
        row = take_household(unit.session(), identity.actor(), case.household_id, on=unit.today())
    except NotFound:
        return None
    return {"text": words("links.household_of", head=row.head_name), "url": f"/households/{row.id}"}


def channel_time(case: Any) -> str:
    """Say how and when it came in: 公众网页・9-24 10:20."""
    return words("case.channel_time", channel=words(f"channel.{case.channel}"), when=wording.moment(case.reported_at))


def place_of(case: Any) -> str:
    """Say where it is."""
    return " ".join(reference.place_names(case.region_code)) or words("place.whole_county")


def tags_of(case: Any) -> list[chips.Chip]:
    """Return category and kind, and haste where there is any."""
    haste = chips.urgency_chip(case.urgency)
    category = chips.Chip("grey", reference.category_label(case.category, locale()))
    kind = chips.Chip("grey", words(f"kind.{case.kind}"))
    returned = [chips.Chip("amber", words("case.returned", n=case.returns))] if case.returns else []
    return [*([haste] if haste else []), category, kind, *returned]


def masked(desk: Desk, field: str) -> dict[str, Any]:
    """Return a masked value with the way to lift the mask, for who may."""
    case = desk.case
    text = {"name": case.reporter_name, "phone": case.reporter_phone}[field]
    may = text is not None and desk.may("case.reveal")
    return {
        "text": text or words("case.no_phone"),
        "reveal_url": f"{case_url(case)}/reveal?field={field}" if may else None,
        "what": words(f"case.{field}_of_reporter"),
    }


def answers_of(desk: Desk, seen: Seen) -> list[dict[str, Any]]:
    """Return the questions of the category with their answers; what was not asked leads to where it is filled in."""
    case, may_mend = desk.case, desk.may("case.mend") and desk.case.is_open
    made = []
    for question in questions.sheet_of(case.category).questions:
        value = case.answers.get(question.name)
        url = f"{case_url(case)}/mend#f-q_{question.name}" if may_mend and value in (None, "") else None
        made.append({"label": question.label[locale()], "answer": answer_text(value, seen), "ask_url": url})
    return made if case.answers or may_mend else []


def answer_text(value: Any, seen: Seen) -> str:
    """Return an answer in words."""
    if value is None or value == "":
        return words("case.not_asked")
    if isinstance(value, bool):
        return words("case.yes" if value else "case.no")
    return seen(str(value)) or ""


def steps_of(desk: Desk) -> list[dict[str, Any]]:
    """Return the five dots, with dates below; a side state replaces the dot under which it fell."""
    workflow, case = desk.workflow, desk.case
    line = [state.name for state in workflow.main_line]
    side = case.state not in line
    here = case.came_from if side and case.came_from in line else case.state
    at = line.index(here) if here in line else 0
    notes = _step_notes(desk, workflow)
    made = []
    for n, name in enumerate(line):
        state = workflow.states[name]
        label = wording.told(state.line or state.label)
        if side and n == at:
            mine = workflow.states[case.state]
            icon = {"suspended": "pause-circle", "declined": "x-lg", "merged": "arrow-right"}.get(case.state)
            since = words("step.since", when=wording.short_moment(case.state_since))
            told = [since, *notes.get(case.state, [])][:2]
            made.append({"label": wording.told(mine.label), "state": "side", "icon": icon, "notes": told})
            continue
        where = "done" if n < at else "now" if n == at else "todo"
        if case.state == line[-1] and n == at:
            where = "done"
        made.append({"label": label, "state": where, "notes": notes.get(name, [])[:2]})
    return made


def _step_notes(desk: Desk, workflow: Workflow) -> Mapping[str, list[str]]:
    case = desk.case
    notes: dict[str, list[str]] = {}

    def note(state: str, *texts: str | None) -> None:
        notes.setdefault(state, []).extend(text for text in texts if text)

    note("reported", wording.short_moment(case.reported_at))
    reached = _reached(desk)
    for state in ("assigned", "coordinated", "resolved", "closed"):
        if state in reached:
            note(state, wording.short_moment(reached[state]))
    row = deadlines.leading(workflow, desk.dossier.clocks)
    if row is not None and row.kind == "handle" and row.status in ("running", "paused"):
        stood = _pause_days(row)
        if stood and case.state in workflow.states:
            note(case.state if case.state != "suspended" else (case.came_from or ""), words("step.paused", days=stood))
        if "resolved" not in reached:
            note("resolved", words("step.latest", day=wording.short_day(local(row.due_at).date())))
    if case.suspended_until is not None:
        note("suspended", words("step.until", day=wording.short_day(case.suspended_until)))
    if "closed" not in reached and case.is_open:
        note("closed", words("step.after_call"))
    return notes


def _reached(desk: Desk) -> dict[str, Any]:
    """Return when each state was last entered, as long as it was not left backwards since."""
    reached: dict[str, Any] = {}
    line = [state.name for state in desk.workflow.main_line]
    for told in reversed(desk.dossier.history):
        row = told.entry
        if row.from_state == row.to_state or row.to_state not in line:
            continue
        place = line.index(row.to_state)
        reached = {name: at for name, at in reached.items() if line.index(name) < place}
        reached[row.to_state] = row.at
    return reached


def _pause_days(row: Any) -> int:
    steps = row.due.get("steps", [])
    days = sum(int(step["params"].get("amount", 0)) for step in steps if step["code"].startswith("pause."))
    return days if pauses_of(row) else 0


def others_of(dossier: Dossier) -> dict[str, Any]:
    """Return who else has the case open."""
    return presence(dossier.here)


def presence(here: Sequence[Any]) -> dict[str, Any]:
    """Return faces and words for who has a matter open beside the reader."""
    now = unit.at()
    faces = [{"initial": each.name[:1], "idle": (now - each.seen_at).total_seconds() > 25} for each in here]
    if not here:
        return {"faces": [], "text": words("presence.alone")}
    names = wording.joined([each.name for each in here[:3]])
    return {"faces": faces[:3], "text": words("presence.others", names=names)}


def notes_of(desk: Desk) -> list[dict[str, Any]]:
    """Return what must be known before anything is done: where a merged case lives on, a waiting request, a ruling."""
    case, made = desk.case, []
    into = _of_kind(desk.dossier.related, "into")
    if case.state == "merged":
        link = {"text": into[0].number, "url": f"/cases/{into[0].number}"} if into else None
        made.append(_note("amber", words("note.merged"), words("note.merged_text"), link))
    for other in _of_kind(desk.dossier.related, "absorbed"):
        link = {"text": words("note.see"), "url": f"/cases/{other.number}"}
        made.append(_note("grey", words("note.absorbed", number=other.number), words("note.absorbed_text"), link))
    if case.returns >= 2 and case.state == "reported":
        code = "note.ruled" if case.ruled else "note.returned_twice"
        link = {"text": words("reason.rule_now"), "url": move_url(case, "arbitrate")}
        may_rule = "arbitrate" in desk.moves.available and not case.ruled
        org = reference.org_name(case.ruled_org_id)
        made.append(_note("amber", words(code, n=case.returns, org=org), None, link if may_rule else None))
    return made


def _note(tone: str, strong: str, text: str | None, link: Mapping[str, str] | None) -> dict[str, Any]:
    return {"tone": tone, "strong": strong, "text": text, "link": link, "icon": None}


def _of_kind(related: Sequence[Related], how: str) -> list[Related]:
    return [each for each in related if each.how == how]


def more_of(desk: Desk) -> list[dict[str, str]]:
    """Return what is done seldom: mend, split, link, supervise."""
    case, url = desk.case, case_url(desk.case)
    made = []
    if case.state != "merged" and desk.may("case.mend"):
        made.append({"text": words("more.mend"), "url": f"{url}/mend", "icon": "pencil"})
    if case.state in ("reported", "assigned") and desk.may("case.split"):
        made.append({"text": words("more.split"), "url": f"{url}/split", "icon": "diagram-3"})
    if desk.may("case.link"):
        made.append({"text": words("more.link"), "url": f"{url}/links/new", "icon": "paperclip"})
        made.append({"text": words("more.topic"), "url": f"/consultations/new?case={case.number}", "icon": "people"})
    if case.state != "merged" and desk.may("supervision.initiate"):
        made.append({"text": words("more.supervise"), "url": f"/supervision/new?case={case.number}", "icon": "flag"})
    return made


def people_of(desk: Desk) -> dict[str, Any]:
    """Return who handles it and what it hangs together with."""
    case, dossier = desk.case, desk.dossier
    rows: list[dict[str, Any]] = []
    lead = dossier.lead
    if lead is not None:
        assignee = dossier.people.get(case.assignee_id) if case.assignee_id else None
        rows.append({"label": words("people.lead"), "text": "・".join(each for each in (lead.name, assignee) if each)})
    co = [part.name for part in dossier.parts if part.part == "co"]
    if co:
        rows.append({"label": words("people.co"), "text": wording.joined(co)})
    if case.route:
        rows.append({"label": words("people.route"), "text": words(f"route.{case.route}")})
    entered = dossier.people.get(case.reported_by) if case.reported_by else None
    if entered:
        rows.append({"label": words("people.entered"), "text": entered})
    links = [
        {
            "text": other.number,
            "url": f"/cases/{other.number}",
            "after": f"{words(f'related.{other.how}')} {other.title}",
        }
        for other in dossier.related
    ]
    if links:
        rows.append({"label": words("people.related"), "text": None, "links": links})
    if not rows:
        rows.append({"label": words("people.lead"), "text": words("people.nobody")})
    return {"rows": rows}


def phone_actions(rows: Sequence[Action]) -> list[Action]:
    """Return up to three actions for the foot of a phone; none that moves at once, since it needs a form."""
    return [each for each in rows if not each.reasons and each.method == "get"][:MOST_ON_PHONE]


def history_of(desk: Desk, *, only_moves: bool, whole: bool) -> dict[str, Any]:
    """Return the history, the newest entries first."""
    teller = histories.teller(desk.case, subject=desk.subject)
    told = desk.dossier.history
    if only_moves:
        told = [each for each in told if each.entry.from_state != each.entry.to_state]
    shown = told if whole else told[: histories.LATEST]
    left, url = len(told) - len(shown), f"{case_url(desk.case)}/history"
    earlier = f"{url}?all=1&moves=1" if only_moves else f"{url}?all=1"
    return {
        "rows": teller.entries(shown),
        "moves_url": f"{url}?moves=1",
        "all_url": url,
        "only_moves": only_moves,
        "earlier": {"n": left, "url": earlier} if left else None,
    }
