"""Date polls as pages: asked by the office, answered by a link without an account or on the phone, and chosen."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.agenda.queries import villagers_of
from casework.consultations import polls, queries, venues
from casework.consultations.codes import REPLIES
from casework.consultations.tables import Consultation, DatePoll, PollVoter
from casework.core import personal
from casework.core.errors import FieldError, Invalid, Refused
from casework.core.ids import parse_id
from casework.permissions import Subject, require
from web import errors, identity, link_roads, rates, unit
from web.access import needs, open_to_all
from web.api.consultations.consultations import READ
from web.forms import field
from web.locales import words
from web.pages import link_parts, public_parts
from web.pages.account.login import address
from web.pages.consultations import consultation_dates, consultation_forms, consultation_people
from web.pages.consultations import consultation_parts as parts
from web.pages.consultations.consultations import take
from web.pages.link_parts import Form
from web.views import consultation_words, counting, link_fates, wording
from workflows.consultations import date_polls
from workflows.consultations.consulting import RUN

blueprint = Blueprint("consultation_polls", __name__)

_LIMIT, _WITHIN = 60, timedelta(minutes=10)
_ANSWERED_FOR = timedelta(days=7)


def _mine(meeting: str, *, lock: bool = False) -> tuple[Consultation, Subject]:
    row = take(meeting, lock=lock)
    subject = queries.subject_of(unit.session(), row)
    require(identity.actor(), RUN, subject)
    return row, subject


@blueprint.get("/consultations/<meeting>/poll/new")
@needs(READ)
def ask_new(meeting: str) -> Response:
    """Show the form of a poll: who, where, and up to six dates."""
    return _form(_mine(meeting)[0])


@blueprint.post("/consultations/<meeting>/poll/new")
@needs(READ)
def ask(meeting: str) -> Response:
    """Ask a poll; its links are shown on the page that answers, and nowhere afterwards."""
    row, subject = _mine(meeting, lock=True)
    minutes = consultation_people.typed("minutes")
    length = timedelta(minutes=int(minutes) if minutes.isdecimal() and len(minutes) < 4 else 120)
    raw = {
        "options": [_option(name, length) for n in range(polls.MOST_OPTIONS) if (name := f"option.{n}") in _typed()],
        "participants": consultation_people.invited(),
        "venue": consultation_people.typed("venue"),
        "convenor": consultation_people.one_typed("convenor"),
        "closes_on": consultation_people.typed("closes_on"),
        **_replaced(row),
    }
    try:
        links = date_polls.ask(
            unit.session(), row, raw, subject=subject, actor=identity.actor(), at=unit.at(), road=link_roads.road()
        )
    except Invalid as mistake:
        return _form(row, mistakes=_renamed(mistake.errors), status=422)
    except Refused as refused:
        return _form(row, said=errors.sentences(refused.refusals), status=409)
    return _page(row, links=links)


def _replaced(row: Consultation) -> dict[str, Any]:
    """Return which poll is given up, as its form told it, where that was ticked and there still is one."""
    if not request.form.get("again") or polls.standing(unit.session(), row, at=unit.at()) is None:
        return {}
    number, _, answered = consultation_people.typed("replaces").partition("/")
    return {"replaces": {"number": number, "answered": answered}}


def _lost(row: Consultation) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Return what is told of a poll that would be lost, and the fields by which somebody says that it may be."""
    lost = polls.standing(unit.session(), row, at=unit.at())
    if lost is None:
        return None, []
    told = lost.told
    names = wording.joined([each.name for each in lost.answered])
    what = words(
        "meetings.poll.lost_what",
        until=_until(row, lost.poll),
        voters=len(lost.voters),
        answered=told["answered"],
        names=words("meetings.poll.lost_names", names=names) if names else "",
    )
    link = {"text": words("meetings.poll.see"), "url": url_for("consultation_polls.show", meeting=row.number)}
    note = {"tone": "amber", "strong": words("meetings.poll.lost", n=told["number"]), "text": what, "link": link}
    as_seen = f"{told['number']}/{told['answered']}"
    return note, [
        field(
            "again", "meetings.poll.again", kind="bool", hint="meetings.poll.again_hint",
            value=bool(request.form.get("again")) and consultation_people.typed("replaces") == as_seen,
        ),
        {"name": "replaces", "kind": "hidden", "value": as_seen, "label": "", "required": True},
    ]  # fmt: skip


def _until(row: Consultation, poll: DatePoll) -> str:
    is_open = polls.is_open(unit.session(), poll, row, today=unit.today())
    return words("meetings.poll.open" if is_open else "meetings.poll.closed", day=wording.long_day(poll.closes_on))


def _typed() -> set[str]:
    return {name for name, value in request.form.items() if value.strip()}


def _option(name: str, length: timedelta) -> dict[str, str]:
    since = consultation_forms.instant(consultation_people.typed(name))
    try:
        return {"starts_at": since, "ends_at": (datetime.fromisoformat(since) + length).isoformat()}
    except ValueError:
        return {"starts_at": since, "ends_at": since}


def _renamed(mistakes: Sequence[FieldError]) -> list[FieldError]:
    filled = [n for n in range(polls.MOST_OPTIONS) if f"option.{n}" in _typed()]
    made = []
    for each in mistakes:
        name, _, rest = each.field.partition("[")
        number = rest.partition("]")[0]
        if name == "options":
            name = f"option.{filled[int(number)] if number else 0}"
        if name == "participants":
            # Each of the fields for people may be left empty, and not all of them.
            made.append(FieldError("required", "choose_some" if each.code == "required" else each.code, each.params))
            continue
        made.append(FieldError(name, each.code, each.params))
    return made


def _form(row: Consultation, **why: Any) -> Response:
    closes = (unit.today() + _ANSWERED_FOR).isoformat()
    note, again = _lost(row)
    people = [
        each
        for each in consultation_forms.fields_of(row, "schedule")
        if each["name"] not in ("starts_at", "ends_at", "override_reason")
    ]
    dates = [
        {**field(f"option.{n}", "meetings.poll.option", kind="datetime", required=n == 0,
                 value=consultation_people.typed(f"option.{n}")), "label": words("meetings.poll.option", n=n + 1)}
        for n in range(polls.MOST_OPTIONS)
    ]  # fmt: skip
    fields = [
        *dates,
        field("minutes", "meetings.plan.minutes", kind="number", value=consultation_people.typed("minutes") or 120),
        field("closes_on", "meetings.poll.closes_on", kind="date",
              value=consultation_people.typed("closes_on") or closes),
        *people,
        *again,
    ]  # fmt: skip
    url = url_for("consultation_polls.ask", meeting=row.number)
    title = words("meetings.step", step=words("meetings.poll.new"), title=parts.seen(row, row.title))
    form = Form(
        title, url, (row.number, parts.url_of(row)), fields, words("meetings.poll.ask"), note=note, room=parts.ROOM
    )
    return link_parts.form_page(form, **why)


@blueprint.get("/consultations/<meeting>/poll")
@needs(READ)
def show(meeting: str) -> Response:
    """Show what was answered to each date, and the list to call by."""
    return _page(_mine(meeting)[0])


@blueprint.post("/consultations/<meeting>/poll/voters/<voter_id>")
@needs(READ)
def settle(meeting: str, voter_id: str) -> Response:
    """Write down what somebody said on the phone, or give them a new link."""
    row, subject = _mine(meeting, lock=True)
    session, actor, voter = unit.session(), identity.actor(), parse_id(voter_id)
    if "renew" in request.form:
        found, plain = date_polls.renew(
            session, row, voter, subject=subject, actor=actor, at=unit.at(), road=link_roads.road()
        )
        return _page(row, links={found.id: plain})
    try:
        date_polls.answer_by_phone(session, row, voter, _answers(), subject=subject, actor=actor, at=unit.at())
    except Invalid:
        return _page(row, said=words("meetings.poll.answer_each"), status=422)
    return link_parts.done("meetings.poll.noted", url_for("consultation_polls.show", meeting=row.number))


@blueprint.post("/consultations/<meeting>/poll/dates/<int:n>")
@needs(READ)
def choose(meeting: str, n: int) -> Response:
    """Set one of the dates; where that cannot be, the form of a date comes with all that was asked, to be mended."""
    row, subject = _mine(meeting, lock=True)
    try:
        date_polls.choose(unit.session(), row, n, subject=subject, actor=identity.actor(), at=unit.at())
    except Refused as refused:
        clash = next((each.params for each in refused.refusals if "clashes" in each.params), None)
        said = errors.sentences(refused.refusals)
        return _page(row, said=said, status=409) if clash is None else _mended(row, clash, said=said, status=409)
    except Invalid as mistake:
        return _mended(row, {}, mistakes=consultation_forms.renamed(mistake.errors), status=422)
    return link_parts.done("meetings.done.schedule", parts.url_of(row))


def _mended(row: Consultation, clash: Mapping[str, Any], **why: Any) -> Response:
    step = wording.told(parts.WORKFLOW.by_trigger["schedule"].label)
    title = words("meetings.step", step=step, title=parts.seen(row, row.title))
    url = url_for("consultations.move", meeting=row.number, trigger="schedule")
    return consultation_dates.schedule_form(row, title, url, clash, **why)


def _answers() -> dict[str, str]:
    return {
        name.removeprefix("answer."): value
        for name, value in request.form.items()
        if name.startswith("answer.") and value in REPLIES
    }


def _page(
    row: Consultation, *, links: Mapping[UUID, str] | None = None, said: str | None = None, status: int = 200
) -> Response:
    session = unit.session()
    poll = polls.newest(session, row)
    if poll is None:
        return _form(row)
    voters = polls.voters_of(session, poll)
    fates = link_fates.told([each.id for each in voters])
    is_open = polls.is_open(session, poll, row, today=unit.today())
    room = venues.by_code(session, [poll.asked["venue"]]).get(poll.asked["venue"])
    page = render_template(
        "consultations/poll.html",
        frame=counting.framed(parts.ROOM),
        back={"text": row.number, "url": parts.url_of(row)},
        title=words("meetings.step", step=words("meetings.poll.new"), title=parts.seen(row, row.title)),
        said=said,
        until=_until(row, poll),
        venue="" if room is None else room.name,
        options=[_shown(row, poll, voters, n) for n in range(len(poll.options))],
        links=[
            {"name": each.name, "url": url_for("consultation_polls.ask_answer", secret=links[each.id], _external=True)}
            for each in voters
            if links and each.id in links
        ],
        voters=[_voter(row, each, poll, fates.get(each.id)) for each in voters],
        letters=link_fates.letters(row),
        replies=[(code, words(f"meetings.reply.{code}")) for code in REPLIES],
        is_open=is_open,
        new_url=url_for("consultation_polls.ask_new", meeting=row.number) if row.state in polls.OPEN_IN else None,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _when(poll: DatePoll, n: int) -> str:
    since, until = (datetime.fromisoformat(poll.options[n][name]) for name in ("starts_at", "ends_at"))
    return consultation_words.span(since, until)


def _shown(row: Consultation, poll: DatePoll, voters: Sequence[PollVoter], n: int) -> dict[str, Any]:
    given = [each.answers.get(str(n), "") for each in voters]
    needed = [each.name for each in voters if each.required and each.answers.get(str(n)) == "no"]
    return {
        "when": _when(poll, n),
        "counts": [(words(f"meetings.reply.{code}"), given.count(code)) for code in (*REPLIES,)],
        "silent": given.count(""),
        "missing": words("meetings.poll.missing", names=wording.joined(needed)) if needed else "",
        "url": url_for("consultation_polls.choose", meeting=row.number, n=n) if row.state in polls.OPEN_IN else None,
    }


def _so_far(voters: Sequence[PollVoter], n: int, *, but: UUID) -> str:
    """Return how many of the others have answered what to a date, without a name; nothing where nobody has."""
    given = [each.answers.get(str(n), "") for each in voters if each.id != but]
    told = [f"{words(f'meetings.reply.{code}')} {given.count(code)}" for code in REPLIES if code in given]
    return words("meetings.poll.so_far", told=wording.joined(told)) if told else ""


def _voter(row: Consultation, each: PollVoter, poll: DatePoll, fate: str | None) -> dict[str, Any]:
    code = f"meetings.poll.by_{'phone' if each.by_phone else 'link'}"
    return {
        "name": each.name,
        "required": bool(each.required),
        "fate": fate,
        "told": "" if each.answered_at is None else words(code, when=wording.short_moment(each.answered_at)),
        "url": url_for("consultation_polls.settle", meeting=row.number, voter_id=each.id),
        "answers": [(str(n), _when(poll, n), each.answers.get(str(n), "")) for n in range(len(poll.options))],
    }


# ------------------------------------------------------------------ by link
@blueprint.get("/poll/<secret>")
@open_to_all("the secret in the address is the key: villagers have no account")
def ask_answer(secret: str) -> Response:
    """Show one person's dates to answer to."""
    return _public(secret)


@blueprint.post("/poll/<secret>")
@open_to_all("the secret in the address is the key: villagers have no account")
def answer(secret: str) -> Response:
    """Keep what one person answered; it may be changed until the poll is closed."""
    _hold_off()
    try:
        date_polls.answer_by_link(unit.session(), secret, _answers(), at=unit.at())
    except Invalid:
        return _public(secret, said=words("meetings.poll.answer_each"), status=422)
    return _public(secret, done=True)


def _hold_off() -> None:
    rates.hold_off("polls", _LIMIT, _WITHIN, key=rates.household(address()), at=unit.at())


def _public(secret: str, *, said: str | None = None, done: bool = False, status: int = 200) -> Response:
    if request.method == "GET":
        _hold_off()
    voter, poll, row = polls.by_secret(unit.session(), secret, today=unit.today())
    room = venues.by_code(unit.session(), [poll.asked["venue"]]).get(poll.asked["venue"])
    others = polls.voters_of(unit.session(), poll)
    page = render_template(
        "public/poll.html",
        bare=public_parts.bare(),
        url=url_for("consultation_polls.answer", secret=secret),
        # Who opens a link that went astray learns no name.
        name=personal.mask_name(voter.name),
        title=personal.scrub_with(row.title, villagers_of(unit.session(), row)),
        venue="" if room is None else room.name,
        until=words("meetings.poll.open", day=wording.long_day(poll.closes_on)),
        options=[
            (str(n), _when(poll, n), voter.answers.get(str(n), ""), _so_far(others, n, but=voter.id))
            for n in range(len(poll.options))
        ],
        replies=[(code, words(f"meetings.reply.{code}")) for code in REPLIES],
        said=said,
        done=done,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
