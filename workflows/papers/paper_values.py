"""What a paper about a matter says: the values of its tags, as its reader may see them.

Papers that leave the house are masked whoever prints them; others follow the rules of every print: numbers in free
texts are plain for who works on the matter and masked for who only looks. Names of reporters are always masked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from casework.agenda.queries import villagers_of
from casework.cases import queries as cases
from casework.cases.reporters import hidden_in
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.consultations import queries as consultations
from casework.consultations import seating, venues
from casework.consultations.codes import FALLEN
from casework.consultations.tables import Consultation, Participant
from casework.core import personal
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.due_dates import Due
from casework.core.errors import NotFound, refused
from casework.core.i18n import say
from casework.matters import deadlines
from casework.matters.tables import Deadline
from casework.permissions import Subject, permits, require
from casework.registry import queries as registry
from casework.registry.tables import Category
from casework.supervisions import palette
from casework.supervisions import queries as supervisions
from casework.supervisions.tables import Supervision
from casework.templates import kinds, reading
from casework.templates.colours import COLOURS
from casework.templates.kinds import Kind
from workflows.papers import case_sheets
from workflows.papers.paper_desk import Desk, Found, Values
from workflows.registry import registry as definitions

_BLANK_LINES = 10
# Papers are written in the language of the office.
_ZH = "zh"


def find(desk: Desk, matter: str, reference: str, *, masked: bool = False) -> Found:
    """Find a matter of a kind by number or id, among those the printer may know of.

    Raises:
        NotFound: there is none, or none they may know of.
    """
    session, actor = desk.session, desk.actor
    if matter == "case":
        case = cases.find(session, actor, reference=reference, at=desk.at)
        if case is None:
            raise NotFound("case")
        subject = subject_of(session, case, actor=actor, at=desk.at)
        hidden = hidden_in(session, case) if masked else None
        return Found(case, f"/cases/{case.number}", hidden or _seen(actor, subject, "case.reveal", masked=masked))
    if matter == "consultation":
        topic = consultations.take(session, actor, reference)
        about = consultations.subject_of(session, topic)
        url = f"/consultations/{topic.number}"
        named = villagers_of(session, topic) if masked else ()
        return Found(topic, url, _seen(actor, about, "consultation.read_plainly", masked=masked, named=named))
    supervised = supervisions.named(session, actor, reference)
    bearings = supervisions.subject_of(session, supervised, actor=actor)
    return Found(supervised, f"/supervision/{supervised.id}", _seen(actor, bearings, "case.reveal", masked=masked))


def address_of(desk: Desk, reference: str) -> str:
    """Return the address of whatever matter has this number or id, among those the caller may know of.

    Raises:
        NotFound: there is none.
    """
    for matter in ("case", "supervision", "consultation"):
        try:
            return find(desk, matter, reference).url
        except NotFound:
            continue
    raise NotFound("matter")


def values_of(desk: Desk, kind: Kind, reference: str) -> Values:
    """Return the values of a paper.

    Raises:
        NotFound: as `find`.
        Denied: it takes more than to know of the matter, such as to write letters about it.
        Refused: paper_not_yet, the matter has not come to what the paper says.
    """
    found = find(desk, kind.of, reference, masked=kind.outside)
    make = {"case": _of_case, "supervision": _of_supervision, "consultation": _of_consultation}[kind.of]
    return {**_common(desk, found), **make(desk, kind, found)}


def office_name(session: Session, county_code: str) -> str:
    """Return what the office is called, from the name of its county."""
    county = registry.region(session, county_code)
    return say("office.unnamed") if county is None else say("office.of_county", county=county.name)


def _common(desk: Desk, found: Found) -> Values:
    reference = found.row.number
    return {
        "office": office_name(desk.session, desk.county),
        "printed_on": desk.day(desk.at),
        "printed_by": desk.actor.name,
        "qr": reading.square(f"{desk.base_url}/q/{reference}"),
        "number": reference,
        "title": found.seen(found.row.title),
        "place": _place(desk.session, found.row.region_code),
        "state": _state(found.row),
    }


def _seen(
    actor: Actor, subject: Subject, plainly: str, *, masked: bool, named: Iterable[str] = ()
) -> Callable[[str | None], str]:
    if not masked and permits(actor, plainly, subject):
        return lambda text: text or ""
    return lambda text: personal.scrub_with(text or "", named)


def _state(row: Any) -> str:
    workflow = definitions().get(row.workflow, row.workflow_version).workflow
    return workflow.states[row.state].label[_ZH]


def _place(session: Session, code: str) -> str:
    return "".join(registry.region_names(session, [code])[code])


def _org(session: Session, org_id: UUID | None) -> str:
    return "" if org_id is None else registry.orgs_by_id(session, [org_id])[org_id].name


def _joined(names: Sequence[str]) -> str:
    return say("calendar.and").join(names) or kinds.words()["none"]


def _clocks(session: Session, matter_id: UUID) -> Mapping[str, Deadline]:
    # Oldest first: what a clock was set to last is what counts.
    return {row.kind: row for row in deadlines.of_matter(session, matter_id)}


def _due(desk: Desk, clocks: Mapping[str, Deadline], kind: str, otherwise: date | None = None) -> str:
    row = clocks.get(kind)
    return kinds.day(otherwise) if row is None else desk.day(row.due_at)


def _arithmetic(clocks: Mapping[str, Deadline]) -> str:
    row = clocks.get("handle")
    return "" if row is None else Due.from_json(row.due).explain(_ZH)


def _of_case(desk: Desk, kind: Kind, found: Found) -> Values:
    case: Case = found.row
    session, seen = desk.session, found.seen
    is_sheet = kind.code in case_sheets.SHEETS
    subject = subject_of(session, case, actor=desk.actor, at=desk.at) if kind.needs or is_sheet else None
    if kind.needs is not None and subject is not None:
        require(desk.actor, kind.needs, subject)
    if kind.code in ("assignment", "letter") and case.lead_org_id is None:
        raise refused("paper_not_yet", paper=kind.label[_ZH], number=case.number)
    clocks = _clocks(session, case.id)
    assigned = [each for each in cases.history_of(session, case.id) if each.trigger == "assign"]
    category = session.get(Category, case.category)
    body = case.public_summary if kind.outside else case.description
    return {
        "body": seen(body),
        "category": case.category if category is None else category.label_zh,
        "kind": say(f"kind.{case.kind}"),
        "urgency": say(f"urgency.{case.urgency}"),
        "channel": say(f"channel.{case.channel}"),
        "reporter": case.reporter_name,
        "phone": case.reporter_phone or "",
        "reported_on": desk.day(case.reported_at),
        "unit": _org(session, case.lead_org_id),
        "co_units": _joined(cases.co_unit_names(session, case.id)),
        "assigned_on": desk.day(case.assigned_at),
        "requirement": seen(assigned[-1].comment) if assigned and assigned[-1].comment else say("slip.requirement"),
        "due_on": _due(desk, clocks, "handle"),
        "arithmetic": _arithmetic(clocks),
        "acknowledge_by": _due(desk, clocks, "acknowledge"),
        "contact_by": _due(desk, clocks, "contact"),
        "reply": seen(case.reply),
        "result_class": case.result_class or "",
        "resolved_on": desk.day(case.resolved_at),
        **(case_sheets.sheet_of(desk, kind.code, found, subject) if subject is not None and is_sheet else {}),
    }


def _of_supervision(desk: Desk, kind: Kind, found: Found) -> Values:
    row: Supervision = found.row
    session, seen = desk.session, found.seen
    urgings = supervisions.urgings_of(session, row.id)
    if kind.code == "urging" and not urgings:
        raise refused("paper_not_yet", paper=kind.label[_ZH], number=row.number)
    clocks, last = _clocks(session, row.id), urgings[-1] if urgings else None
    pairs = palette.of(session)
    worn = {"level": pairs.get(palette.level_key(row.level)), "state": pairs.get(palette.state_key(row.state))}
    people = registry.people_by_id(session, [row.issued_by])
    told = {
        "slip_number": row.slip_number or "",
        "requirement": seen(row.requirement),
        "source": "\u3000".join(each for each in (say(f"supervision.source.{row.source}"), row.source_words) if each),
        "level": say("supervision.level", n=row.level, name=say(f"level.{row.level}")),
        "unit": _org(session, row.lead_org_id),
        "co_units": _joined([each.name for each in supervisions.co_orgs_of(session, [row.id])[row.id]]),
        "leader": row.leader or "",
        "initiated_on": kinds.day(row.initiated_on),
        "issued_on": kinds.day(row.issued_on),
        "issued_by": "" if row.issued_by is None else people.get(row.issued_by, ""),
        "due_on": _due(desk, clocks, "handle", row.due_on),
        "arithmetic": _arithmetic(clocks),
        "progress": seen(row.progress),
        "result": seen(row.result),
        "urges": str(row.urges),
        # The colours of the office, for a template of its own (the built-in forms are black on white).
        COLOURS: {tag: [pair.ink, pair.tint] for tag, pair in worn.items() if pair is not None},
        "urgings": [
            {"number": each.number, "on": kinds.day(each.on_date), "words": seen(each.words)} for each in urgings
        ],
    }
    if last is not None:
        told |= {"urging_number": last.number, "urging_on": kinds.day(last.on_date), "urging_words": seen(last.words)}
    return told


# Papers of a consultation that come with its date, and those that come with its minutes.
_OF_A_DATE = ("sign_in", "meeting_notice", "agenda", "minutes_form", "seating", "place_cards")
OF_MINUTES = ("minutes", "consensus", "villagers_notice")


def _of_consultation(desk: Desk, kind: Kind, found: Found) -> Values:
    row: Consultation = found.row
    session, seen = desk.session, found.seen
    has_no_date = row.starts_at is None or row.state in FALLEN
    if (kind.code in _OF_A_DATE and has_no_date) or (kind.code in OF_MINUTES and not row.minutes):
        raise refused("paper_not_yet", paper=kind.label[_ZH], number=row.number)
    place = venues.by_id(session, [row.venue_id]).get(row.venue_id) if row.venue_id else None
    people = consultations.participants_of(session, row)
    items = consultations.items_of(session, [row.id])
    names = registry.orgs_by_id(session, {each.org_id for each in items})
    plainly = not kind.outside and permits(
        desk.actor, "consultation.read_plainly", consultations.subject_of(session, row)
    )
    return {
        "reason": seen(row.reason),
        "when": _span(session, row),
        "venue": row.place if place is None else place.name,
        "convenor": row.convenor_name,
        "minutes": seen(row.minutes),
        **_seated(people, plainly=plainly),
        "agreed": [
            {
                "n": each.place,
                "text": seen(each.text),
                "unit": names[each.org_id].name,
                "due_on": kinds.day(each.due_on),
            }
            for each in items
        ],
        "unresolved": _unresolved(row, seen),
        "blanks": [{"n": n} for n in range(len(people) + 1, len(people) + 1 + _BLANK_LINES)],
    }


def _unresolved(row: Consultation, seen: Callable[[str | None], str]) -> list[dict[str, Any]]:
    """Return what was not settled; once there are minutes, nothing is said to be nothing."""
    if not row.unresolved and row.minutes:
        return [{"n": "", "text": kinds.words()["none"]}]
    return [{"n": n, "text": seen(each)} for n, each in enumerate(row.unresolved, start=1)]


def _span(session: Session, row: Consultation) -> str:
    """Write when a meeting is as papers do (domain.md §4.4); nothing where it has no date."""
    if row.starts_at is None or row.ends_at is None:
        return ""
    zone = session.info["zone"]
    since, until = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    ends = f"{until:%H:%M}" if until.date() == since.date() else f"{kinds.day(until.date())} {until:%H:%M}"
    told: str = kinds.words()["span"]
    return told.format(day=kinds.day(since.date()), since=f"{since:%H:%M}", until=ends)


def _seated(people: Sequence[Participant], *, plainly: bool) -> Values:
    """Return who takes part as lists: with their marks, as what they are asked, at the table and on cards."""

    def name(each: Participant) -> str:
        return each.name if plainly or each.person_id is not None else personal.mask_name(each.name)

    came = kinds.words()["came"]
    invited = [each for each in people if each.invited is not False]
    names = [name(each) for each in invited]
    seats = seating.seat(names)
    return {
        "people": [
            {"n": n, "name": name(each), "came": came if each.attended else ""}
            for n, each in enumerate(people, start=1)
        ],
        "invited": [
            {"n": n, "name": name(each), "part": say(f"meetings.part.{each.part}")}
            for n, each in enumerate(invited, start=1)
        ],
        "head_seat": _numbered(1, seats.head),
        "seats": [{"left": _numbered(*left), "right": _numbered(*right)} for left, right in seats.pairs],
        "cards": [{"front": each, "back": each} for each in names],
    }


def _numbered(number: int, name: str) -> str:
    return f"{number} {name}" if name else ""
