"""Supervised matters as pages show them: levels in words before colours, cards of the board, what may be done or not.

The level that shows is the one set by hand or the rung the clock has reached, whichever is higher: the rule raises it
in sight, a person sets it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from casework.core.calendars import WorkCalendar
from casework.core.errors import Refusal
from casework.permissions import Subject, permits, rules
from casework.supervisions import actions, palette
from casework.supervisions.tables import Supervision
from web import errors, identity, unit
from web.api.answers import seen_by
from web.locales import local, words
from web.views import chips, palettes, reference, wording
from web.views.acts import Action
from workflows.definition import Transition, Workflow
from workflows.engine import Moves

URL = "/supervision"
_TONES: Mapping[int, str] = {1: "amber", 2: "red", 3: "solid"}
_ICONS: Mapping[int, str] = {1: "megaphone", 2: "flag-fill", 3: "exclamation-octagon-fill"}
# What nobody asked for is no step that could be taken; and of the line only the next steps are shown grey.
_QUIET = frozenset({"no_extension_asked", "no_progress_waits", "level_is_highest", "level_is_lowest"})
_STEPS_AHEAD = 2
_OPEN_STEPS = frozenset({"issued", "in_progress"})


def url_of(row: Supervision) -> str:
    """Return the address of a matter."""
    return f"{URL}/{row.id}"


def shown_level(row: Supervision) -> int:
    """Return the level that shows: the one set by hand, or the rung its handling clock has reached."""
    risen = row.due_level or 0 if row.due_kind == "handle" else 0
    return max(row.level, risen if risen >= min(actions.LEVELS) else 0)


def level_chip(level: int) -> chips.Chip:
    """Return a level: word first, then icon, then colour."""
    return chips.Chip(
        level_tone(level), words("supervision.level", n=level, name=words(f"level.{level}")), _ICONS[level]
    )


def level_tone(level: int) -> str:
    """Return the tone of a level: the usual one, and the office's own colours over it."""
    return f"{_TONES[level]} {palettes.class_of(palette.level_key(level))}"


def state_of(row: Supervision) -> chips.State:
    """Return the state of a matter, in the office's own colours."""
    state = chips.state_chip(row)
    return replace(state, tone=f"{state.tone} {palettes.class_of(palette.state_key(row.state))}")


def card_of(row: Supervision, calendar: WorkCalendar) -> dict[str, Any]:
    """Return a matter as a card of the board."""
    level = shown_level(row)
    text, is_late = _due_text(row, calendar)
    beside = []
    if row.leader:
        beside.append(words("supervision.led_by", name=row.leader))
    elif row.urges:
        beside.append(words("supervision.urged", n=row.urges))
    elif row.slip_no is not None:
        beside.append(words("supervision.slip_short", year=row.slip_year or 0, n=row.slip_no))
    return {
        "title": seen_by(_place(row))(row.title),
        "url": url_of(row),
        "level": level_chip(level),
        "tone": level_tone(level),
        "due": text,
        "late": is_late,
        "beside": "・".join(beside),
        "risen": words("supervision.risen") if level > row.level else None,
    }


def _place(row: Supervision) -> Subject:
    return Subject(row.region_code, lead_org_id=row.lead_org_id)


def _due_text(row: Supervision, calendar: WorkCalendar) -> tuple[str, bool]:
    state = wording.told(wording.workflow_of(row).states[row.state].label)
    if row.state not in _OPEN_STEPS or row.due_at is None:
        return state, False
    left = calendar.working_days_between(unit.at(), row.due_at)
    if unit.at() > row.due_at:
        return words("due_chip.late_days", days=-left), True
    return words("supervision.due_on", day=wording.short_day(local(row.due_at).date())), False


def line_of(row: Supervision, calendar: WorkCalendar) -> dict[str, Any]:
    """Return a matter as a line of the list."""
    text, is_late = _due_text(row, calendar)
    state = state_of(row)
    return {
        "title": seen_by(_place(row))(row.title),
        "url": url_of(row),
        "number": row.slip_number or row.number,
        "org": reference.org_name(row.lead_org_id),
        "level": level_chip(shown_level(row)),
        "state": {"tone": state.tone, "text": state.label},
        "due": "" if row.state not in _OPEN_STEPS else text,
        "late": is_late,
        "source": words(f"supervision.source.{row.source}"),
    }


# ------------------------------------------------------------------ one matter
def steps_of(row: Supervision) -> list[dict[str, Any]]:
    """Return the dots of the state line, with what happened below those that are done."""
    workflow = wording.workflow_of(row)
    line = list(workflow.main_line)
    names = [state.name for state in line]
    side = row.state not in names
    here = row.came_from if side and row.came_from in names else row.state
    at = names.index(here) if here in names else 0
    notes = _step_notes(row)
    made = []
    for n, state in enumerate(line):
        where = "done" if n < at or state.final else "now" if n == at else "todo"
        if state.final and n > at:
            where = "todo"
        label = wording.told(state.label)
        if side and n == at:
            where, label = "side", wording.told(workflow.states[row.state].label)
        told = notes.get(row.state if where == "side" else state.name, [])
        made.append({"label": label, "state": where, "icon": "arrow-repeat", "notes": told if where != "todo" else []})
    return made


def _step_notes(row: Supervision) -> Mapping[str, list[str]]:
    def day(value: Any) -> list[str]:
        return [] if value is None else [wording.short_day(value)]

    def moment(value: Any) -> list[str]:
        return [] if value is None else [wording.short_moment(value)]

    return {
        "initiated": day(row.initiated_on),
        "issued": day(row.issued_on),
        "in_progress": moment(row.acknowledged_at),
        "reported": moment(row.reported_at),
        "struck_off": day(row.struck_off_on),
        "long_term": [words("supervision.review_on", day=wording.short_day(row.review_on))] if row.review_on else [],
    }


def actions_of(row: Supervision, moves: Moves, subject: Subject) -> list[Action]:
    """Return every step, the main one first; what stands ahead is grey with its reason, what is past is left out."""
    workflow = wording.workflow_of(row)
    can = [_step(row, workflow.by_trigger[name]) for name in moves.available]
    can.sort(key=lambda each: not each.main)
    if permits(identity.actor(), "supervision.mend", subject) and row.state != "struck_off":
        can.append(Action("mend", words("supervision.mend"), f"{url_of(row)}/edit"))
    cannot = [
        _grey(row, workflow, workflow.by_trigger[each.trigger], each.reasons)
        for each in moves.unavailable
        if _is_told(row, workflow, workflow.by_trigger[each.trigger], each.reasons)
    ]
    if can and not can[0].main:
        first = {name: getattr(can[0], name) for name in Action.__slots__}
        can[0] = Action(**{**first, "main": True})
    elif can:
        can = [can[0], *(Action(**{**_values(each), "main": False}) for each in can[1:])]
    return can + cannot


def _values(action: Action) -> dict[str, Any]:
    return {name: getattr(action, name) for name in Action.__slots__}


def _step(row: Supervision, transition: Transition) -> Action:
    is_direct = not transition.fields and not transition.needs_comment
    return Action(
        trigger=transition.trigger,
        label=wording.told(transition.label),
        url=f"{url_of(row)}/moves/{transition.trigger}",
        main=transition.main,
        danger=transition.danger,
        method="post" if is_direct else "get",
        hint=_hint(row, transition.trigger),
    )


def _hint(row: Supervision, trigger: str) -> str | None:
    if trigger in ("grant_extension", "refuse_extension") and row.asked_until is not None:
        return words("supervision.hint.asked", day=wording.short_day(row.asked_until))
    if trigger == "urge":
        return words("supervision.hint.urge", n=row.urges + 1)
    if trigger == "issue":
        return words("supervision.hint.issue")
    return None


def _is_told(row: Supervision, workflow: Workflow, transition: Transition, reasons: Sequence[Refusal]) -> bool:
    codes = {each.code for each in reasons}
    if codes & _QUIET:
        return False
    if not codes & {"not_from_here", "not_your_role"}:
        return True
    names = [state.name for state in workflow.main_line]
    if not transition.main or transition.target not in names or row.state not in names:
        return False
    # What somebody else does and is not even due yet tells the reader nothing.
    is_ahead = 0 < names.index(transition.target) - names.index(row.state) <= _STEPS_AHEAD
    return is_ahead and not codes >= {"not_from_here", "not_your_role"}


def _grey(row: Supervision, workflow: Workflow, transition: Transition, reasons: Sequence[Refusal]) -> Action:
    told = [_reason(row, workflow, each) for each in reasons]
    return Action(transition.trigger, wording.told(transition.label), url_of(row), reasons=told)


def _reason(row: Supervision, workflow: Workflow, refusal: Refusal) -> dict[str, Any]:
    if refusal.code == "not_from_here":
        return {"text": words("reason.not_yet", state=wording.told(workflow.states[row.state].label))}
    if refusal.code == "not_your_role":
        relations = rules().permission.get(str(refusal.params.get("permission", "")), ())
        if "unit" in relations or "unit_head" in relations:
            return {"text": words("reason.theirs", who=reference.org_name(row.lead_org_id))}
        return {"text": words("reason.theirs", who=words("reason.head" if "head" in relations else "reason.office"))}
    return {"strong": errors.sentences([refusal])}


def said(refusals: Sequence[Refusal]) -> str:
    """Return rules that stand against something as sentences."""
    return errors.sentences(refusals)


def facts_of(row: Supervision, *, co_orgs: Sequence[str], people: Mapping[UUID, str]) -> list[dict[str, str]]:
    """Return what is known of a matter, one fact a line; what is not known yet is left out."""
    named = (
        ("issued_by", row.issued_by),
        ("verified_by", row.verified_by),
        ("proposed_by", row.proposed_by),
        ("struck_off_by", row.struck_off_by),
    )
    facts = [
        ("org", reference.org_name(row.lead_org_id)),
        ("co_orgs", wording.joined(list(co_orgs))),
        ("leader", row.leader or (words("supervision.leader_missing") if row.level == actions.LISTED else "")),
        ("initiated_on", wording.long_day(row.initiated_on)),
        ("issued_on", "" if row.issued_on is None else wording.long_day(row.issued_on)),
        ("due_on", wording.long_day(row.due_on)),
        ("first_due_on", wording.long_day(row.first_due_on) if row.first_due_on != row.due_on else ""),
        ("extensions", words("supervision.times", n=row.extensions) if row.extensions else ""),
        ("recurrences", words("supervision.times", n=row.recurrences) if row.recurrences else ""),
        *((name, people.get(who, "") if who is not None else "") for name, who in named),
    ]
    return [{"label": words(f"supervision.fact.{name}"), "text": text} for name, text in facts if text]
