"""What comes after a consultation, on one page: looking back, what people say of it, whom to telephone with what."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.cases.tables import Case
from casework.consultations import calls, codes, look_backs, queries, ratings, sent_links
from casework.consultations.outcome_tables import LookBack, PhoneTelling, Rating
from casework.consultations.ratings import Asked
from casework.consultations.tables import Consultation, Participant
from casework.core.errors import Invalid, NotFound, Refused
from casework.permissions import permits
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from web import errors, frames, identity, link_roads, unit
from web.access import needs
from web.locales import local, words
from web.pages import link_parts
from web.pages.consultations import consultation_opinions
from web.pages.consultations import consultation_parts as parts
from web.pages.consultations.consultations import take
from web.views import chips, counting, link_fates, wording
from workflows.consultations import following

blueprint = Blueprint("consultation_after", __name__)

# Changes after which no meeting was or will be held.
_UNHELD = ("drop", "cancel")
_TONES = {"waiting": "amber", "told": "green", "unreached": "grey", "unwanted": "grey", "no_phone": "grey"}


@blueprint.get("/consultations/<meeting>/after")
@needs(following.RUN)
def show(meeting: str) -> Response:
    """Show what comes after a consultation."""
    return _page(_take(meeting))


@blueprint.post("/consultations/<meeting>/look-backs/<int:n>")
@needs(following.RUN)
def look_back(meeting: str, n: int) -> Response:
    """Write down what was found."""
    row = _take(meeting, lock=True)
    raw: dict[str, Any] = {"finding": request.form.get("finding", "")}
    if request.form.get("holds") not in ("yes", "no") or not raw["finding"].strip():
        return _page(row, said=words("meetings.look_back_both"), status=422)
    raw |= {"holds": request.form["holds"] == "yes"}
    return _done(row, lambda **who: following.look_back(unit.session(), row, n, raw, **who), "meetings.looked_back")


@blueprint.post("/consultations/<meeting>/ratings")
@needs(following.RUN)
def ask(meeting: str) -> Response:
    """Make a link for everybody who has none yet."""
    row = _take(meeting, lock=True)
    return _linked(row, lambda **who: following.ask(unit.session(), row, road=link_roads.road(), **who))


@blueprint.post("/consultations/<meeting>/ratings/<uuid:record_id>/link")
@needs(following.RUN)
def renew(meeting: str, record_id: UUID) -> Response:
    """Make another link for one who lost theirs."""
    row = _take(meeting, lock=True)
    session, road = unit.session(), link_roads.road()
    return _linked(row, lambda **who: [following.renew(session, row, str(record_id), road=road, **who)])


@blueprint.post("/consultations/<meeting>/ratings/<uuid:record_id>")
@needs(following.RUN)
def enter(meeting: str, record_id: UUID) -> Response:
    """Write down what somebody said on the telephone."""
    row = _take(meeting, lock=True)
    raw = {"satisfaction": request.form.get("satisfaction", ""), "words": request.form.get("words", "")}
    session = unit.session()
    return _done(row, lambda **who: following.enter(session, row, str(record_id), raw, **who), "meetings.rated")


@blueprint.post("/consultations/<meeting>/calls/<uuid:record_id>")
@needs(following.RUN)
def called(meeting: str, record_id: UUID) -> Response:
    """Write down how a call went."""
    row = _take(meeting, lock=True)
    raw = {"case": str(record_id), "outcome": request.form.get("outcome", "")}
    return _done(row, lambda **who: following.called(unit.session(), row, raw, **who), "meetings.called")


@blueprint.post("/consultations/<meeting>/date-tellings/<int:n>")
@needs(following.RUN)
def told_off(meeting: str, n: int) -> Response:
    """Write down that one without an account was told that the date fell."""
    row = _take(meeting, lock=True)
    session = unit.session()
    return _done(row, lambda **who: following.told_off(session, row, {"place": n}, **who), "meetings.told_off")


def _take(meeting: str, *, lock: bool = False) -> Consultation:
    row = take(meeting, lock=lock)
    if not permits(identity.actor(), following.RUN, queries.subject_of(unit.session(), row)):
        raise NotFound("consultation")
    return row


def _done(row: Consultation, act: Callable[..., object], said: str) -> Response:
    subject = queries.subject_of(unit.session(), row)
    try:
        made = act(subject=subject, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _page(row, said=words(f"field.{mistake.errors[0].code}", **mistake.errors[0].params), status=422)
    except Refused as refused:
        return _page(row, said=errors.sentences(refused.refusals), status=409)
    frames.say(words(said, n=made) if isinstance(made, int) else words(said))
    return link_parts.led_to(url_for(".show", meeting=row.number))


def _linked(row: Consultation, act: Callable[..., Sequence[Asked]]) -> Response:
    """Make links and show them on this answer alone: of a token only its digest is kept."""
    subject = queries.subject_of(unit.session(), row)
    try:
        made = act(subject=subject, actor=identity.actor(), at=unit.at())
    except Refused as refused:
        return _page(row, said=errors.sentences(refused.refusals), status=409)
    fresh = {each.row.id: url_for("consultation_opinion.ask", token=each.token, _external=True) for each in made}
    response = _page(row, fresh=fresh)
    response.headers["Cache-Control"] = "no-store"
    return response


# ------------------------------------------------------------------ the page
def _page(
    row: Consultation, *, said: str | None = None, fresh: Mapping[UUID, str] | None = None, status: int = 200
) -> Response:
    session = unit.session()
    asked = ratings.of_consultation(session, row.id)
    cases = {each.id: each for each in ratings.reporters_of(session, row.id)}
    people = {each.id: each for each in queries.participants_of(session, row)}
    counts, fates = ratings.counted(asked), link_fates.told([each.id for each in asked])
    items = {item.place: item.text for item in queries.items_of(session, [row.id])}
    page = render_template(
        "consultations/after.html",
        frame=counting.framed(parts.ROOM),
        title=words("meetings.after_of", title=parts.seen(row, row.title)),
        crumb={"text": row.number, "url": parts.url_of(row)},
        said=said,
        made=None if fresh is None else words("meetings.link_made" if fresh else "meetings.link_none"),
        look_backs=[_look_back(row, each) for each in look_backs.of_consultation(session, row.id)],
        ask_url=url_for(".ask", meeting=row.number) if row.state in following.ASKED_IN else None,
        opinions=[
            {**_opinion(row, each, people, cases, (fresh or {}).get(each.id)), "fate": fates.get(each.id)}
            for each in asked
        ],
        letters=link_fates.letters(row),
        proposers=[*link_fates.told(sent_links.reports_of(session, row)).values()],
        opinions_text=consultation_opinions.so_far(counts) if asked else None,
        choices=[{"value": code, "label": words(f"meetings.satisfaction.{code}")} for code in codes.SATISFACTIONS],
        off=_off(row),
        calls=_calls(row, calls.of_consultation(session, row.id), cases, items),
        outcomes=[{"value": code, "label": words(f"meetings.outcome.{code}")} for code in calls.OUTCOMES],
    )
    return make_response(page, status)


def _look_back(row: Consultation, each: LookBack) -> dict[str, Any]:
    # Of a day on which nobody works the next working day is the last.
    overdue = each.found_at is None and load_calendar(unit.session()).workday_from(each.due_on) < unit.today()
    is_ahead = each.found_at is None and unit.today() < each.due_on
    return {
        "n": each.months,
        "title": words("meetings.look_back_due", n=each.months, day=wording.long_day(each.due_on)),
        "late": overdue,
        "ahead": wording.long_day(each.due_on) if is_ahead else None,
        "early": each.found_at is not None and local(each.found_at).date() < each.due_on,
        "url": url_for(".look_back", meeting=row.number, n=each.months)
        if each.found_at is None and not is_ahead
        else None,
        "holds": None if each.holds is None else words("meetings.holds.yes" if each.holds else "meetings.holds.no"),
        "tone": "green" if each.holds else "red",
        "finding": each.finding,
        "typed": _typed(each),
        "when": None if each.found_at is None else wording.moment(each.found_at),
    }


def _typed(each: LookBack) -> Mapping[str, str]:
    """Return what was sent of a look back and could not be kept, so that nobody types it twice."""
    args = request.view_args or {}
    if request.endpoint != "consultation_after.look_back" or args.get("n") != each.months:
        return {"finding": "", "holds": ""}
    return {name: request.form.get(name, "") for name in ("finding", "holds")}


def _opinion(
    row: Consultation,
    each: Rating,
    people: Mapping[UUID, Participant],
    cases: Mapping[UUID, Case],
    link: str | None,
) -> dict[str, Any]:
    if each.participant_id is not None:
        person = people.get(each.participant_id)
        name, part = ("", "") if person is None else (person.name, words(f"meetings.part.{person.part}"))
    else:
        case = cases.get(each.case_id) if each.case_id is not None else None
        name, part = ("", "") if case is None else (case.reporter_name, case.number)
    answered = each.satisfaction is not None
    return {
        "name": name,
        "part": part,
        "link": link,
        "until": None if answered else _until(each),
        "renew_url": None if answered else url_for(".renew", meeting=row.number, record_id=each.id),
        "url": None if answered else url_for(".enter", meeting=row.number, record_id=each.id),
        "answer": words(f"meetings.satisfaction.{each.satisfaction}") if answered else None,
        "tone": {"satisfied": "green", "basically": "teal", "dissatisfied": "red"}.get(each.satisfaction or "", "grey"),
        "words": ratings.words_of(unit.session(), each),
        "how": words(f"meetings.channel.{each.channel}") if answered else None,
    }


def _until(each: Rating) -> str:
    if each.expires_at <= unit.at():
        return words("meetings.link_over")
    return words("meetings.link_until", day=wording.long_day(local(each.expires_at).date()))


def _off(row: Consultation) -> dict[str, Any] | None:
    """Return who has to be told, without an account, that the date fell; None where nobody has."""
    found = queries.without_account(unit.session(), row)
    if not found:
        return None
    names = registry.people_by_id(unit.session(), [each.off_told_by for each in found])
    day = "" if row.starts_at is None else wording.due_moment(row.starts_at)
    about = {"office": frames.office_name(), "who": identity.actor().name, "title": row.title, "day": day}

    def told(each: Participant) -> str | None:
        if each.off_told != row.state or each.off_told_at is None:
            return None
        by = names.get(each.off_told_by, "") if each.off_told_by is not None else ""
        return words("meetings.off_told", when=wording.moment(each.off_told_at), who=by)

    rows = [
        {
            "name": each.name,
            "part": words(f"meetings.part.{each.part}"),
            "told": told(each),
            "url": url_for(".told_off", meeting=row.number, n=each.place) if told(each) is None else None,
        }
        for each in found
    ]
    return {"script": words(f"meetings.script_off.{row.state}", **about), "rows": rows}


def _calls(
    row: Consultation, found: Sequence[PhoneTelling], cases: Mapping[UUID, Case], items: Mapping[int, str]
) -> list[dict[str, Any]]:
    """Return whom to tell, each once with all that waits for them, and what became of what was told before."""
    made = []
    for case_id in dict.fromkeys(each.case_id for each in found):
        mine = [each for each in found if each.case_id == case_id]
        case = cases.get(case_id)
        waiting = [each for each in mine if each.fate == calls.WAITING]
        changes = words("calendar.semicolon").join(_change(each, items) for each in waiting)
        title = "" if case is None else case.title
        unheld = any(each.change in _UNHELD for each in waiting)
        made.append(
            {
                "name": "" if case is None else case.reporter_name,
                "phone": "" if case is None else case.reporter_phone or "",
                "case": {"text": "" if case is None else case.number, "url": f"/cases/{case_id}"},
                "reveal_url": f"/cases/{case_id}/reveal?field=phone" if case is not None and waiting else None,
                "script": words(
                    "meetings.script_unheld" if unheld else "meetings.script",
                    office=frames.office_name(),
                    who=identity.actor().name,
                    case=title,
                    changes=changes,
                )
                if waiting
                else None,
                "tries": max((each.attempts for each in waiting), default=0),
                "url": url_for(".called", meeting=row.number, record_id=case_id) if waiting else None,
                "fates": [
                    {
                        "text": _change(each, items),
                        "when": wording.moment(each.tried_at or each.created_at),
                        "chip": chips.Chip(_TONES[each.fate], words(f"meetings.fate.{each.fate}")),
                    }
                    for each in mine
                ],
            }
        )
    return made


def _change(each: PhoneTelling, items: Mapping[int, str]) -> str:
    text = items.get(each.item_place or 0, "")
    return words(f"meetings.change.{each.change}", n=each.item_place or "", text=text)
