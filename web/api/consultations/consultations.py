"""Consultations: brought, listed, shown, mended, moved; free times for them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask import request, url_for

from casework.consultations import codes, distances, queries, slots, venues
from casework.consultations.queries import Filter
from casework.consultations.tables import Consultation, Venue
from casework.core import reading, texts
from casework.core.errors import FieldError, Invalid, invalid
from casework.core.ids import parse_id
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from web import bodies, identity, unit
from web.api import asked, paging, parameters, schemas
from web.api.cases.history import page_of
from web.api.cases.transitions import move
from web.api.consultations import consultation_answers
from web.api.consultations import consultation_schemas as shapes
from web.api.operations import Parameter, Reply, expected_version, operation
from web.api.requests import DAY
from web.locales import local
from workflows.consultations import consulting

READ = "consultation.read"
_ID = {"type": "string", "format": "uuid"}
_CODE = {"type": "string", "minLength": 1, "maxLength": 64}
_DAY = {"type": "string", "pattern": DAY}
_PLACE = {"type": "string", "pattern": "^[0-9]{2,12}$"}
_KM = {"type": "integer", "minimum": 0, "maximum": distances.MOST_KM}
_SEATS = {"type": "integer", "minimum": 1, "maximum": venues.MOST_PEOPLE}
_FILTERS = (
    Parameter("state", {"type": "string", "enum": list(shapes.STATES)}, "in one of these states", many=True),
    Parameter("kind", {"type": "string", "enum": list(codes.KINDS)}, "of this kind"),
    Parameter("source", {"type": "string", "enum": list(codes.SOURCES)}, "from this source"),
    Parameter("region", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "about places whose code begins so", many=True),
    Parameter("org", _CODE, "brought or held by the unit of this code"),
    Parameter("venue", _CODE, "at the venue of this code"),
    Parameter("person", _CODE, "with `me`, or the person of this id, as convenor or participant"),
    Parameter("case", _ID, "come out of this case"),
    Parameter("from", _DAY, "beginning on this day or later"),
    Parameter("to", _DAY, "beginning on this day or earlier"),
    Parameter("q", {"type": "string", "minLength": 1, "maxLength": 100}, "with these words in the title"),
)


@operation(
    "GET",
    "/consultations",
    permission=READ,
    summary="List the consultations the caller may know of",
    answers={200: shapes.ConsultationList},
    parameters=(*_FILTERS, *parameters.PAGING),
)
def list_consultations() -> Reply:
    """List consultations, the newest first; every state unless one is asked for."""
    limit, count, filter = parameters.all_of(parameters.asked_limit, parameters.asked_count, _asked_filter)
    after = paging.after_instant_and_id("consultations")
    session, actor = unit.session(), identity.actor()
    rows = queries.page(session, actor, filter, after=after, limit=limit + 1)
    kept, more = paging.cut("consultations", rows, limit, lambda row: [row.created_at.isoformat(), str(row.id)])
    total = queries.count(session, actor, filter) if count else None
    return Reply(shapes.ConsultationList(items=consultation_answers.lines(kept), next=more, total=total))


def _asked_filter() -> Filter:
    states, kind, source, region, org, venue, person, case, first, last, words = parameters.all_of(
        _asked_states,
        asked.choice("kind", codes.KINDS),
        asked.choice("source", codes.SOURCES),
        parameters.asked_regions,
        _asked_org,
        _asked_venue,
        _asked_person,
        _asked_case,
        parameters.asked_day("from"),
        parameters.asked_day("to"),
        _asked_words,
    )
    return Filter(
        states=states,
        kind=kind,
        source=source,
        region=region,
        org_id=org,
        venue_id=venue,
        person_id=person,
        case_id=case,
        starts_from=None if first is None else _midnight(first),
        starts_to=None if last is None else _midnight(last + timedelta(days=1)),
        words=words,
    )


def _midnight(day: object) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=unit.office().settings.zone)


def _asked_states() -> list[str]:
    given = request.args.getlist("state")
    if any(each not in shapes.STATES for each in given):
        raise invalid("state", "not_a_choice", choices=", ".join(shapes.STATES))
    return given


def _asked_org() -> UUID | None:
    if "org" not in request.args:
        return None
    code = texts.parse_code(request.args["org"], field="org")
    org = registry.orgs_by_code(unit.session(), [code]).get(code)
    if org is None:
        raise invalid("org", "no_such_org", value=code)
    return org.id


def _asked_venue() -> UUID | None:
    found = _asked_venues()
    return found[0].id if found else None


def _asked_venues() -> list[Venue]:
    given = [texts.parse_code(each, field="venue") for each in request.args.getlist("venue")]
    known = venues.by_code(unit.session(), given)
    missing = [FieldError("venue", "no_such_venue", {"value": code}) for code in given if code not in known]
    if missing:
        raise Invalid(missing[:1])
    return [known[code] for code in dict.fromkeys(given)]


def _asked_person() -> UUID | None:
    given = request.args.get("person")
    if given == "me":
        return identity.actor().person_id
    return _an_id("person", given)


def _asked_case() -> UUID | None:
    return _an_id("case", request.args.get("case"))


def _an_id(name: str, given: str | None) -> UUID | None:
    if given is None:
        return None
    found = parse_id(given)
    if found is None:
        raise invalid(name, "not_an_id")
    return found


def _asked_words() -> str:
    given = request.args.get("q")
    return "" if given is None else texts.clean_text(given, field="q", max_length=100, multiline=False)


@operation(
    "POST",
    "/consultations",
    permission="consultation.bring",
    anywhere=True,
    summary="Bring a topic",
    request_model=shapes.ConsultationIn,
    answers={201: shapes.ConsultationOut},
    problems=(409,),
    has_etag=True,
)
def bring_topic() -> Reply:
    """Bring a topic; the office screens it."""
    row = consulting.bring(unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at())
    return Reply(_out(row), 201, {"Location": url_for("api.consultations_show_consultation", consultation_id=row.id)})


@operation(
    "GET",
    "/consultations/slots",
    permission="consultation.run",
    anywhere=True,
    summary="Find free times",
    answers={200: shapes.SlotList},
    parameters=(
        Parameter("from", _DAY, "on this day or later; today if left out"),
        Parameter("to", _DAY, "on this day or earlier; sixty days on if left out"),
        Parameter(
            "minutes",
            {"type": "integer", "minimum": shapes.LEAST_MINUTES, "maximum": shapes.MOST_MINUTES, "default": 120},
            "so long",
        ),
        Parameter("person", _ID, "when these people are free", many=True),
        Parameter("venue", _CODE, "in one of these venues; in any of the office's if left out", many=True),
        Parameter("near", _PLACE, "near this place: of venues free at the same time the nearest comes first"),
        Parameter("within", _KM, "at most so many kilometres from `near`, by the table of distances"),
        Parameter("seats", _SEATS, "in a venue that holds so many"),
        parameters.LIMIT,
    ),
)
def find_slots() -> Reply:
    """Find times when people and a venue are free, earliest first, on working days in working hours."""
    limit, first, last, minutes, people, rooms, place, within, seats = parameters.all_of(
        parameters.asked_limit,
        parameters.asked_day("from"),
        parameters.asked_day("to"),
        _asked_minutes,
        _asked_people,
        _asked_venues,
        _asked_place,
        _asked_number("within", 0, distances.MOST_KM),
        _asked_number("seats", 1, venues.MOST_PEOPLE),
    )
    session, today = unit.session(), unit.today()
    first = first or today
    last = last or first + timedelta(days=60)
    reading.require_days(first, last, most=slots.MOST_DAYS, field="to")
    rooms, km = _rooms(rooms or venues.every(session), place, within, seats)
    asked = slots.Asked(first, last, timedelta(minutes=minutes), people, rooms, now=unit.at())
    # Where no venue is near enough there is no free time either; an office without venues finds people's.
    is_nowhere = not rooms and (place is not None or seats is not None)
    found = () if is_nowhere else slots.free(session, asked, calendar=load_calendar(session), limit=limit)
    items = [
        shapes.SlotOut(
            starts_at=local(each.starts_at),
            ends_at=local(each.ends_at),
            venue=None if each.venue is None else each.venue.code,
            km=None if each.venue is None else km.get(each.venue.id),
        )
        for each in found
    ]
    return Reply(shapes.SlotList(items=items, next=None))


def _rooms(
    rooms: Sequence[Venue], place: str | None, within: int | None, seats: int | None
) -> tuple[list[Venue], dict[UUID, int]]:
    """Return the venues that will do, near first where a place is asked for, and how far each is from it."""
    if place is None:
        return [each for each in rooms if each.capacity >= (seats or 0)], {}
    most = distances.MOST_KM if within is None else within
    ways = distances.near(unit.session(), place, rooms, seats=seats or 0, within=most)
    return [room for room, _km in ways.values()], {of: km for of, (_room, km) in ways.items()}


def _asked_place() -> str | None:
    if "near" not in request.args:
        if "within" in request.args:
            raise invalid("near", "required")
        return None
    code = texts.parse_code(request.args["near"], field="near")
    if registry.region(unit.session(), code) is None:
        raise invalid("near", "no_such_region", value=code)
    return code


def _asked_number(name: str, least: int, most: int) -> Callable[[], int | None]:
    def read() -> int | None:
        given = request.args.get(name)
        return None if given is None else texts.parse_int(given, field=name, minimum=least, maximum=most)

    return read


def _asked_minutes() -> int:
    given = request.args.get("minutes", "120")
    return texts.parse_int(given, field="minutes", minimum=shapes.LEAST_MINUTES, maximum=shapes.MOST_MINUTES)


def _asked_people() -> list[UUID]:
    given = request.args.getlist("person")
    found = [parse_id(each) for each in given]
    if len(given) > shapes.MOST_PEOPLE or any(each is None for each in found):
        raise invalid("person", "not_an_id")
    ids = [each for each in dict.fromkeys(found) if each is not None]
    if len(registry.people_by_id(unit.session(), ids)) < len(ids):
        raise invalid("person", "no_such_person")
    return ids


@operation(
    "GET",
    "/consultations/<consultation_id>",
    permission=READ,
    summary="Show a consultation, by id or number",
    answers={200: shapes.ConsultationOut},
    problems=(404,),
    has_etag=True,
)
def show_consultation(consultation_id: str) -> Reply:
    """Show a consultation."""
    return Reply(_out(take(consultation_id)))


@operation(
    "PATCH",
    "/consultations/<consultation_id>",
    permission=READ,
    summary="Change the words of a consultation",
    request_model=shapes.ConsultationPatch,
    answers={200: shapes.ConsultationOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def mend_consultation(consultation_id: str) -> Reply:
    """Change the words of a consultation; the history keeps what they were."""
    row = take(consultation_id, lock=True)
    session, actor = unit.session(), identity.actor()
    consulting.mend(
        session,
        row,
        bodies.json_object(),
        subject=queries.subject_of(session, row),
        actor=actor,
        at=unit.at(),
        expected_version=expected_version(),
    )
    return Reply(_out(row))


@operation(
    "POST",
    "/consultations/<consultation_id>/transitions",
    permission=READ,
    summary="Move a consultation",
    request_model=shapes.ConsultationMove,
    answers={200: shapes.ConsultationOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def move_consultation(consultation_id: str) -> Reply:
    """Move a consultation, judged in the order in which a case is moved; a clash is told with all its meetings."""
    row = take(consultation_id, lock=True)
    move(row, subject=queries.subject_of(unit.session(), row), actor=identity.actor())
    return Reply(_out(row))


@operation(
    "GET",
    "/consultations/<consultation_id>/history",
    permission=READ,
    summary="List what has happened to a consultation",
    answers={200: schemas.HistoryList},
    problems=(404,),
    parameters=parameters.PAGING,
)
def list_consultation_history(consultation_id: str) -> Reply:
    """List the history, oldest first."""
    return page_of(take(consultation_id))


def take(reference: str, *, lock: bool = False) -> Consultation:
    """Return the consultation of a path.

    Raises:
        NotFound: there is none, or none the caller may know of.
    """
    return queries.take(unit.session(), identity.actor(), reference, lock=lock)


def _out(row: Consultation) -> shapes.ConsultationOut:
    return consultation_answers.whole(row, queries.subject_of(unit.session(), row))
