"""The triage desk: queue left, case in the middle, proposals and the form right; assign, and the next one is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.cases import assignment_rules, public_reports, suggestions
from casework.cases.filters import read_filter
from casework.cases.listing import lists
from casework.cases.rows import CaseRow
from casework.cases.suggestions import Suggestions
from casework.cases.topics import lookalikes
from casework.consultations import queries as consultations
from casework.core.calendars import WorkCalendar
from casework.core.errors import Denied, FieldError, Invalid, Refused, Stale
from casework.registry.calendar import load_calendar
from web import errors, frames, identity, unit
from web.access import needs
from web.api import parameters
from web.locales import words
from web.pages import desks, options
from web.pages.desks import Hand
from web.pages.triage import triage_model
from web.views import case_page, chips, counting, deadlines, link_words, reference, triage_desk
from web.views.acts import Desk
from web.views.triage_desk import Settled
from workflows import engine, records
from workflows.cases import mending

blueprint = Blueprint("triage", __name__)

PERMISSION = "case.assign"
TABS = ("all", "today", "returned")
QUEUE = 60
_MENDED = ("category", "kind", "urgency")
Words = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Sent:
    """What was sent and what is against it, to be shown in the form again."""

    typed: Mapping[str, Sequence[str]]
    mistakes: Sequence[FieldError] = ()
    notes: Sequence[Mapping[str, Any]] = ()
    status: int = 200


_NOTHING = _Sent({})


@blueprint.get("/triage")
@needs(PERMISSION, anywhere=True)
def show() -> Response:
    """Show the desk with the first case of the queue open."""
    rows = _queue(_tab())
    return _page(rows, rows[0].number if rows else None)


@blueprint.get("/triage/<number>")
@needs(PERMISSION, anywhere=True)
def show_one(number: str) -> Response:
    """Show the desk with one case open; in place, only what differs."""
    return _page(_queue(_tab()), number)


@blueprint.post("/triage/<number>/assign")
@needs(PERMISSION)
def assign(number: str) -> Response:
    """Assign a case, with what triage put right in the same breath, and open the next one."""
    rows = _queue(_tab())
    hand = desks.take(number, lock=True)
    records.require(hand.actor, PERMISSION, hand.subject)
    typed = {name: list(values) for name, values in request.form.lists()}
    try:
        said = _assign(hand, typed)
    except Invalid as mistake:
        return _page(rows, number, sent=_Sent(typed, mistake.errors, status=422))
    except Stale:
        return _page(rows, number, sent=_Sent(typed, notes=_notes([words("form.changed")]), status=409))
    except Refused as refused:
        told = [each["message"] for each in errors.reasons(refused.refusals)]
        return _page(rows, number, sent=_Sent(typed, notes=_notes(told), status=409))
    hand.drop_draft("comment")
    return _onward(hand, rows, said=said)


@blueprint.post("/triage/<number>/recall")
@needs(PERMISSION)
def recall(number: str) -> Response:
    """Take an assignment back that was a slip, and open the case again."""
    hand = desks.take(number, lock=True)
    records.require(hand.actor, PERMISSION, hand.subject)
    try:
        engine.move(hand.session, hand.case, "recall", **hand.acting())
    except Refused as refused:
        frames.say(" ".join(each["message"] for each in errors.reasons(refused.refusals)))
        return make_response(redirect(url_for("cases.show", number=number), 303))
    frames.say(words("triage.recalled", number=number))
    return make_response(redirect(triage_desk.item_url(number, _tab()), 303))


def _onward(hand: Hand, rows: Sequence[CaseRow], *, said: str) -> Response:
    """Open the next case of the queue, in place or as a page of its own."""
    number = hand.case.number
    undo_url = url_for("triage.recall", number=number, tab=None if _tab() == "all" else _tab())
    following = _following(rows, number)
    if desks.is_in_place() and following is not None:
        hand.session.flush()
        response = _page(
            [row for row in rows if row.number != number], following, toast=frames.toast(said, undo_url=undo_url)
        )
        response.headers["HX-Push-Url"] = triage_desk.item_url(following, _tab())
        return response
    frames.say(said, undo_url=undo_url)
    bare = url_for("triage.show", tab=None if _tab() == "all" else _tab())
    path = bare if following is None else triage_desk.item_url(following, _tab())
    return _led(path) if desks.is_in_place() else make_response(redirect(path, 303))


def _assign(hand: Hand, typed: Mapping[str, Sequence[str]]) -> str:
    version = desks.given_version()
    changes = {name: typed[name][0] for name in _MENDED if typed.get(name) and typed[name][0]}
    changes = {name: value for name, value in changes.items() if getattr(hand.case, name) != value}
    if changes:
        mending.mend(hand.session, hand.case, changes, expected_version=version, **hand.acting())
        version = hand.case.version
    org = options.org_typed("org")
    given: dict[str, Any] = {"org": org, "co_orgs": options.orgs_typed("co_orgs")}
    given["route"] = request.form.get("route", "")
    given["assignee"] = options.person_typed("assignee", org=org)
    engine.move(
        hand.session,
        hand.case,
        "assign",
        given={name: value for name, value in given.items() if value},
        comment=request.form.get("comment") or None,
        expected_version=version,
        **hand.acting(),
    )
    return words("triage.assigned", org=reference.org_names().get(org, org), number=hand.case.number)


def _tab() -> str:
    tab = request.args.get("tab", "all")
    return tab if tab in TABS else "all"


def _conditions(tab: str) -> Words:
    words_: dict[str, list[str]] = {"state": ["reported"]}
    if tab == "today":
        words_["due_to"] = [unit.today().isoformat()]
    elif tab == "returned":
        words_["returns"] = ["1"]
    return words_


def _queue(tab: str) -> list[CaseRow]:
    """Return the queue: what must be taken up first stands first, haste before date."""
    session, actor = unit.session(), identity.actor()
    filter = read_filter(_conditions(tab), session=session, actor=actor, states=parameters.states())
    page = lists.page(session, actor, at=unit.at(), filter=filter, sort="due", limit=QUEUE)
    order = {"critical": 0, "urgent": 1}
    return sorted(page.items, key=lambda row: order.get(row.urgency, 2))


def _following(rows: Sequence[CaseRow], number: str) -> str | None:
    numbers = [row.number for row in rows]
    if number not in numbers:
        return numbers[0] if numbers else None
    at = numbers.index(number)
    left = numbers[at + 1 :] + numbers[:at]
    return left[0] if left else None


def _page(
    rows: Sequence[CaseRow], number: str | None, *, sent: _Sent = _NOTHING, toast: frames.Toast | None = None
) -> Response:
    tab, session = _tab(), unit.session()
    calendar = load_calendar(session)
    tabs = {f"triage:{name}": _conditions(name) for name in TABS}
    counts = counting.counted({**counting.room_filters(identity.actor()), **tabs})
    desk_shape: dict[str, Any] = {
        "tabs": _tabs(tab, counts),
        "rows": triage_desk.queue(rows, calendar, current=number, tab=tab),
        "foot": triage_desk.foot(),
        "position": _position(rows, number, tab),
        "today_chip": _today_chip(counts),
    }
    frame = counting.framed("triage", toast=toast)
    context = {
        "frame": frame,
        "desk": desk_shape,
        "case": None,
        "empty": {"text": words("triage.empty"), "buttons": link_words.ways("cases.new")},
    }
    if number is not None:
        context |= _open(desks.take(number), calendar, sent=sent, tab=tab)
    template = "triage/_item.html" if desks.is_in_place() and number is not None else "triage.html"
    return make_response(render_template(template, **context), sent.status)


def _open(hand: Hand, calendar: WorkCalendar, *, sent: _Sent, tab: str) -> dict[str, Any]:
    """Return what the middle and the right of the desk show of one case."""
    desk, case, session = hand.desk(), hand.case, hand.session
    if not desk.may(PERMISSION):
        # Seen in another role, as a unit's, and in another place than where this one is triage.
        raise Denied(PERMISSION)
    proposed = _proposed(hand)
    found = lookalikes.find(session, hand.actor, lookalikes.look_of(case), at=hand.at)
    rule = assignment_rules.of_place(session, category=case.category, region_code=case.region_code)
    alike = triage_desk.lookalikes(desk, found)
    settled = _settled(hand)
    form = triage_desk.assign_form(desk, proposed, rule, settled, typed=sent.typed, mistakes=sent.mistakes, tab=tab)
    return {
        "case": triage_desk.case_of(desk, proposed),
        "others": case_page.others_of(desk.dossier),
        "presence_url": f"/cases/{case.number}/presence",
        "notes": [*sent.notes, *_state_notes(desk), *case_page.notes_of(desk)],
        "lookalikes": alike,
        "suggestions": triage_desk.suggestions(proposed, settled=settled, rate=_rate(proposed)),
        "clock": deadlines.clock_preview(case, desk.workflow, calendar),
        "assign": form,
        "phone": triage_desk.phone_bar(desk, form, alike),
    }


def _proposed(hand: Hand) -> Suggestions:
    case = hand.case
    return suggestions.suggest(
        hand.session,
        hand.actor,
        title=case.title,
        description=case.description,
        region_code=case.region_code,
        category=case.category,
        at=hand.at,
    )


def _settled(hand: Hand) -> Settled | None:
    """Return the unit that need not be looked for: what was agreed names it, and the head's ruling before all."""
    case = hand.case
    if case.ruled_org_id is not None:
        return Settled(case.ruled_org_id, "ruled")
    if case.channel != "consultation":
        return None
    agreed = consultations.items_become(hand.session, case.id)
    return Settled(agreed[0].org_id, "agreed") if agreed else None


def _rate(proposed: Suggestions) -> dict[str, Any] | None:
    """Say what became of earlier proposals of the category proposed here."""
    best = next(iter(proposed.category), None)
    return triage_model.said_of(best.code) if best is not None and best.code is not None else None


def _state_notes(desk: Desk) -> list[dict[str, Any]]:
    """Say so when the case is not waiting to be assigned any more: somebody was quicker."""
    if desk.case.state == "reported":
        return []
    label = chips.state_chip(desk.case).label
    return _notes([words("triage.gone", state=label)], url=f"/cases/{desk.case.number}")


def _notes(told: Sequence[str], *, url: str | None = None) -> list[dict[str, Any]]:
    link = {"text": words("form.look_at_case"), "url": url} if url else None
    return [{"tone": "amber", "strong": each, "text": None, "link": link, "icon": None} for each in told]


def _tabs(tab: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {
            "label": triage_desk.tab_label(name),
            "n": counting.shown(counts.get(f"triage:{name}", 0)),
            "url": "/triage" if name == "all" else f"/triage?tab={name}",
            "current": name == tab,
        }
        for name in TABS
    ]
    if frames.has_page("/triage/public"):
        waiting = public_reports.count_waiting(unit.session(), identity.actor())
        made.append({"label": triage_desk.tab_label("public"), "n": waiting, "url": "/triage/public", "current": False})
    made.append({"label": triage_desk.tab_label("topics"), "n": None, "url": "/hot-topics", "current": False})
    return made


def _position(rows: Sequence[CaseRow], number: str | None, tab: str) -> dict[str, Any] | None:
    numbers = [row.number for row in rows]
    if number not in numbers:
        return None
    at = numbers.index(number)
    return {
        "n": at + 1,
        "total": len(numbers),
        "prev_url": triage_desk.item_url(numbers[at - 1], tab) if at else None,
        "next_url": triage_desk.item_url(numbers[at + 1], tab) if at + 1 < len(numbers) else None,
    }


def _today_chip(counts: Mapping[str, int]) -> dict[str, str] | None:
    n = counts.get("triage:today", 0)
    return {"text": words("triage.today", n=n), "tone": "amber"} if n else None


def _led(path: str) -> Response:
    response = make_response("", 200)
    response.headers["HX-Redirect"] = path
    return response
