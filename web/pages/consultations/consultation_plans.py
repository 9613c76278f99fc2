"""A quarter planned: what is asked for, how far it is, the proposal taken item by item; and the table of distances."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.consultations import distances, notice, planning, quarters, queries, venues
from casework.consultations.queries import Filter
from casework.consultations.tables import Consultation, QuarterPlan
from casework.core.errors import Invalid, NotFound, Refused
from casework.core.ids import parse_id
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from web import errors, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import words
from web.pages import link_parts, once, options
from web.pages.consultations import consultation_parts as parts
from web.pages.consultations import consultation_people
from web.views import consultation_words, counting, reference, wording
from workflows.consultations import quarters as steps
from workflows.consultations.consulting import RUN

blueprint = Blueprint("consultation_plans", __name__)

_SIZE, _MINUTES, _SECONDS = 20, 120, 2


@blueprint.get("/consultation-plans")
@needs(RUN, anywhere=True)
def show_list() -> Response:
    """Show the form of a quarter with the topics that wait, and the latest plans."""
    return _form()


def _waiting() -> list[Consultation]:
    asked = Filter(states=steps.PLANNED_IN)
    return list(queries.page(unit.session(), identity.actor(), asked, limit=quarters.MOST_TOPICS))


def _form(*, mistakes: Any = (), said: str | None = None, status: int = 200) -> Response:
    session, first = (
        unit.session(),
        notice.earliest("youshi", today=unit.today(), calendar=load_calendar(unit.session())),
    )
    many = request.form.getlist
    sent = request.method == "POST"
    halves = [(each, words(f"meetings.plan.half.{each}")) for each in quarters.HALVES]
    weekdays = [(str(n), words(f"meetings.weekday.{n}")) for n in range(1, 6)]
    rooms = [(each.code, f"{each.name} ({each.capacity})") for each in venues.every(session)]
    last = request.form.get("last") or (first + timedelta(days=90)).isoformat()
    fields = [
        field("first", "meetings.plan.first", kind="date", value=request.form.get("first") or first.isoformat()),
        field("last", "meetings.plan.last", kind="date", value=last),
        field("minutes", "meetings.plan.minutes", kind="number", value=request.form.get("minutes", _MINUTES),
              min=quarters.LEAST_MINUTES, max=quarters.MOST_MINUTES),
        field("halves", "meetings.plan.halves", kind="checks", options=halves, wide=True,
              picked=many("halves") if sent else ["morning", "afternoon"]),
        field("weekdays", "meetings.plan.weekdays", kind="checks", options=weekdays, wide=True,
              picked=many("weekdays") if sent else [code for code, _label in weekdays]),
        field("venues", "meetings.plan.venues", kind="checks", options=rooms, wide=True,
              picked=many("venues") if sent else [code for code, _label in rooms]),
        once.field(once.new_number()),
    ]  # fmt: skip
    shown, summary = with_mistakes(fields, mistakes)
    page = render_template(
        "consultations/plans.html",
        frame=counting.framed(parts.ROOM),
        title=words("meetings.plan.new"),
        tabs=parts.tabs("plans"),
        said=said,
        form={"url": url_for("consultation_plans.ask"), "fields": shown, "errors": summary},
        topics=[_asked_topic(row, sent=sent) for row in _waiting()],
        plans=[_line(row) for row in quarters.every(session, identity.actor())],
        distances_url=url_for("consultation_plans.show_distances"),
    )
    return make_response(page, status)


def _asked_topic(row: Consultation, *, sent: bool) -> dict[str, Any]:
    """Return a topic that waits: who has to come as it was typed, or as its last date had it."""
    people = queries.participants_of(unit.session(), row)
    known = [str(each.person_id) for each in people if each.person_id is not None and each.required]
    picked = request.form.getlist(f"people.{row.number}") if sent else known
    chosen = [each for each in picked if each.strip()]
    names = registry.people_by_id(unit.session(), [found for each in chosen if (found := parse_id(each)) is not None])
    size = request.form.get(f"size.{row.number}") or (len(people) or _SIZE)
    return {
        "number": row.number,
        "title": parts.seen(row, row.title),
        "place": reference.place_told(row.region_code),
        "picked": not sent or row.number in request.form.getlist("topic"),
        "size": size,
        "people": field(f"people.{row.number}", "meetings.plan.people", kind="orgs", required=False, value="",
                        chosen=[{"value": each, "label": _name(names, each)} for each in chosen],
                        data_url=url_for("consultations.offer_people")),
    }  # fmt: skip


def _name(names: Mapping[Any, str], value: str) -> str:
    found = parse_id(value)
    return value if found is None else names.get(found, value)


def _line(row: QuarterPlan) -> dict[str, str]:
    first, last = (wording.long_day(date.fromisoformat(row.asked[name])) for name in ("first", "last"))
    return {
        "title": words("meetings.between", first=first, last=last),
        "n": words("meetings.plan.topics", n=len(row.asked["topics"])),
        "when": wording.short_moment(row.created_at),
        "url": url_for("consultation_plans.show", plan_id=row.id),
    }


@blueprint.post("/consultation-plans")
@needs(RUN, anywhere=True)
@once.sent_once
def ask() -> Response:
    """Ask for a plan; what is found within a second is shown at once."""
    raw: dict[str, Any] = {
        **{name: request.form.get(name, "").strip() for name in ("first", "last", "minutes")},
        **{name: request.form.getlist(name) for name in ("halves", "weekdays", "venues")},
        "topics": [_typed(number) for number in request.form.getlist("topic")],
    }
    if raw["minutes"].isdecimal():
        raw["minutes"] = int(raw["minutes"][:4])
    try:
        row = steps.ask(unit.session(), raw, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        # Topics are ticked above the form and are no field of it.
        told = [each for each in mistake.errors if not each.field.startswith("topics")]
        other = [each for each in mistake.errors if each not in told]
        said = words("meetings.plan.choose_topics") if other and not raw["topics"] else None
        return _form(mistakes=told if said else mistake.errors, said=said, status=422)
    except Refused as refused:
        return _form(said=errors.sentences(refused.refusals), status=409)
    return link_parts.led_to(url_for("consultation_plans.show", plan_id=row.id))


def _typed(number: str) -> dict[str, Any]:
    people = consultation_people.people_typed(f"people.{number}")
    size = request.form.get(f"size.{number}", "").strip()
    return {
        "id": number,
        # Whoever asks convenes what has nobody else.
        "people": people or [str(identity.person_id())],
        "size": int(size) if size.isdecimal() and len(size) < 5 else size,
    }


# ------------------------------------------------------------------ one plan
@blueprint.get("/consultation-plans/<plan_id>")
@needs(RUN, anywhere=True)
def show(plan_id: str) -> Response:
    """Show how far a plan is, or its proposal; the page asks again by itself while it is being found."""
    return _page(quarters.take(unit.session(), parse_id(plan_id), actor=identity.actor()))


@blueprint.post("/consultation-plans/<plan_id>/stop")
@needs(RUN, anywhere=True)
def stop(plan_id: str) -> Response:
    """Stop a plan of one's own that is still being found."""
    try:
        row = steps.stop(unit.session(), parse_id(plan_id), actor=identity.actor(), at=unit.at())
    except Refused as refused:
        return _page(
            quarters.take(unit.session(), parse_id(plan_id), actor=identity.actor()),
            said=errors.sentences(refused.refusals),
            status=409,
        )
    return link_parts.led_to(url_for("consultation_plans.show", plan_id=row.id))


@blueprint.post("/consultation-plans/<plan_id>/items/<topic_id>")
@needs(RUN, anywhere=True)
def take(plan_id: str, topic_id: str) -> Response:
    """Take one item of a proposal."""
    row = quarters.take(unit.session(), parse_id(plan_id), actor=identity.actor())
    topic = parse_id(topic_id)
    if topic is None:
        raise NotFound("consultation")
    try:
        steps.take_item(unit.session(), row, topic, actor=identity.actor(), at=unit.at())
    except Refused as refused:
        return _page(row, said=errors.sentences(refused.refusals), status=409)
    except Invalid as mistake:
        return _page(row, said=" ".join(each["message"] for each in errors.field_errors(mistake.errors)), status=422)
    return link_parts.done("meetings.plan.taken", url_for("consultation_plans.show", plan_id=row.id))


def _page(row: QuarterPlan, *, said: str | None = None, status: int = 200) -> Response:
    session = unit.session()
    ids = [found for each in row.asked["topics"] if (found := parse_id(each["id"])) is not None]
    topics = {str(each.id): each for each in queries.visible(session, identity.actor(), ids)}
    rooms = venues.by_code(session, row.asked["venues"])
    result = row.result
    page = render_template(
        "consultations/plan.html",
        frame=counting.framed(parts.ROOM),
        back={"text": words("meetings.plan.new"), "url": url_for("consultation_plans.show_list")},
        title=_line(row)["title"],
        said=said,
        waits=_waits(row) if row.status == quarters.ASKED else None,
        told=_told(result) if result else [],
        items=[_item(row, each, topics, rooms) for each in result.get("items", ()) if each["topic"] in topics],
        left=[_left(topics[each], result) for each in result.get("left", ()) if each in topics],
    )  # fmt: skip
    return make_response(page, status)


def _waits(row: QuarterPlan) -> dict[str, Any]:
    """Say how far a plan is; who asked for it may stop it."""
    actor, done = identity.actor(), quarters.steps_done(unit.session(), row)
    is_mine = row.created_by in (actor.person_id, actor.for_id)
    return {
        "url": url_for("consultation_plans.show", plan_id=row.id),
        "seconds": _SECONDS,
        "share": round(100 * done / planning.STEPS),
        "text": words("meetings.plan.waits", n=len(row.asked["topics"])),
        "step": words("meetings.plan.step", done=min(done + 1, planning.STEPS), whole=planning.STEPS),
        "stop_url": url_for("consultation_plans.stop", plan_id=row.id) if is_mine else None,
    }


def _told(result: Mapping[str, Any]) -> list[str]:
    """Say how good the plan is, and which constraint stands in the way of the rest."""
    if result.get("stopped"):
        return [words("meetings.plan.stopped")]
    if not result["items"]:
        told = [words("meetings.plan.nothing", seconds=result["seconds"])]
    else:
        km = sum(each["km"] for each in result["items"])
        told = [words("meetings.plan.km", n=len(result["items"]), km=km, seconds=result["seconds"])]
        gap = result["gap"]
        told.append(words("meetings.plan.gap", share=f"{100 * gap:.1f}") if gap else words("meetings.plan.least"))
    for group, more in result["blocking"].items():
        told.append(words(f"meetings.plan.blocking.{group}", n=more))
    if result["left"] and not result["blocking"]:
        told.append(words("meetings.plan.blocking.several"))
    return told


def _item(
    row: QuarterPlan, each: Mapping[str, Any], topics: Mapping[str, Any], rooms: Mapping[str, Any]
) -> dict[str, Any]:
    topic, room = topics[each["topic"]], rooms.get(each["venue"])
    since, until = (datetime.fromisoformat(each[name]) for name in ("starts_at", "ends_at"))
    waits = topic.state in steps.PLANNED_IN
    return {
        "title": parts.seen(topic, topic.title),
        "url": parts.url_of(topic),
        "when": consultation_words.span(since, until),
        "venue": each["venue"] if room is None else room.name,
        "km": words("meetings.alternative.km", km=each["km"]),
        "state": "" if waits else parts.tone_and_label(topic)[1],
        "take_url": url_for("consultation_plans.take", plan_id=row.id, topic_id=topic.id) if waits else None,
    }


def _left(topic: Consultation, result: Mapping[str, Any]) -> dict[str, str]:
    why = result["alone"].get(str(topic.id))
    told = "" if why is None else wording.joined([words(f"meetings.plan.group.{each}") for each in why])
    if why is not None and not why:
        told = words("meetings.plan.group.several")
    return {"title": parts.seen(topic, topic.title), "url": parts.url_of(topic), "why": told}


# ------------------------------------------------------------------ distances
@blueprint.get("/consultation-distances")
@needs(RUN, anywhere=True)
def show_distances() -> Response:
    """Show the table of distances with the form of one."""
    return _distances()


@blueprint.post("/consultation-distances")
@needs(venues.WRITE, anywhere=True)
def enter_distance() -> Response:
    """Enter, change or (no kilometres) take out the distance of two townships."""

    def write() -> Response:
        raw = {name: options.place_typed(name) for name in ("one", "other")} | link_parts.sent("km")
        distances.enter(unit.session(), raw, actor=identity.actor())
        return link_parts.done("meetings.km.kept", url_for("consultation_plans.show_distances"))

    return link_parts.try_it(write, _distances)


def _distances(*, mistakes: Any = (), said: str | None = None, status: int = 200) -> Response:
    fields = [
        *(field(name, f"meetings.km.{name}", kind="place", value=request.form.get(name, ""),
                label_value=request.form.get(name, ""), data_url=url_for("options.offer_places"))
          for name in ("one", "other")),
        field("km", "meetings.km.km", kind="number", value=request.form.get("km", ""), min=0, max=distances.MOST_KM,
              hint="meetings.hint.km"),
    ]  # fmt: skip
    shown, summary = with_mistakes(fields, mistakes)
    known = sorted(distances.load(unit.session()).known.items())
    page = render_template(
        "consultations/distances.html",
        frame=counting.framed(parts.ROOM),
        back={"text": words("meetings.plan.new"), "url": url_for("consultation_plans.show_list")},
        title=words("meetings.km.title"),
        said=said,
        rule=words("meetings.km.rule", near=distances.NEAR_KM, usual=distances.USUAL_KM),
        form={"url": url_for("consultation_plans.enter_distance"), "fields": shown, "errors": summary},
        rows=[
            {"one": reference.place_told(one), "other": reference.place_told(other), "km": km}
            for (one, other), km in known
        ],
    )
    return make_response(page, status)
