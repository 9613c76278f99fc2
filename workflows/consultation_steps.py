"""What stands against a step of a consultation, and what a step changes beside its state."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from casework.activities.tables import Activity
from casework.campaign import natural
from casework.consultations import (
    alternatives,
    bookings,
    look_backs,
    meetings,
    minutes,
    quality,
    queries,
    topics,
    venues,
)
from casework.consultations.bookings import PARTICIPANT, Clash, Wanted
from casework.consultations.codes import KNOWN
from casework.consultations.sent import Invitee
from casework.consultations.tables import ConsensusItem, Venue
from casework.core import editions
from casework.core.errors import Refusal
from casework.exchange.habits import plain
from casework.permissions import permits
from casework.registry.tables import Person
from workflows import clocks, records
from workflows.context import Context

CLOCK, LOOK_BACK = "convert", "look_back"
# The campaign's record of a consultation on a theme that was held: its figure counts these, so each counts once.
ACTIVITY_KIND, COUNTED = "thematic_consultation", "thematic"


# ------------------------------------------------------------------ guards
def nothing_clashes(context: Context) -> Refusal | None:
    """Refuse a date at which the venue, the convenor or somebody who has to be there is kept for another meeting.

    A reason lets people pass who only take part; venue and convenor never.
    """
    if context.values is None:
        return None
    too = _no_room(context)
    if too is not None:
        return too
    wanted = _wanted(context)
    bookings.lock(context.session, wanted)
    found = bookings.clashes(context.session, wanted, but_for=bookings.own(context.matter))
    if context.asked.get("override_reason"):
        found = [each for each in found if each.what != PARTICIPANT]
    if not found:
        return None
    told = [_told(context, each) for each in found]
    first = told[0]
    return Refusal(
        "clash",
        {
            "count": len(found),
            "name": first["name"],
            "title": first["title"] or found[0].number,
            "since": first["starts_at"],
            "until": first["ends_at"],
            "clashes": told,
            "alternatives": _instead(context, wanted, found),
        },
    )


def _instead(context: Context, wanted: Wanted, found: Sequence[Clash]) -> list[dict[str, Any]]:
    zone = context.calendar.zone
    ways = alternatives.instead(
        context.session,
        context.matter,
        wanted,
        found,
        people=_seats(context),
        calendar=context.calendar,
    )
    return [
        {
            "what": each.what,
            "venue": each.slot.venue.code,
            "name": each.slot.venue.name,
            "km": each.km,
            "starts_at": each.slot.starts_at.astimezone(zone).isoformat(),
            "ends_at": each.slot.ends_at.astimezone(zone).isoformat(),
        }
        for each in ways
        if each.slot.venue is not None
    ]


def _no_room(context: Context) -> Refusal | None:
    """Refuse a venue that is shut then or too small for all who are to sit in it, the convenor among them.

    The field tells by itself when it is given together with those who come; here whatever was left out stays as it was.
    """
    venue, seats = _venue(context), _seats(context)
    if not venues.is_open(venue, context.asked["starts_at"], context.asked["ends_at"], zone=context.calendar.zone):
        return Refusal("venue_closed_then", {"name": venue.name, "hours": venue.hours})
    if seats > venue.capacity:
        return Refusal("venue_too_small", {"name": venue.name, "capacity": venue.capacity, "people": seats})
    return None


def _seats(context: Context) -> int:
    return meetings.seats(_invitees(context), _convenor(context).id)


def _told(context: Context, clash: Clash) -> dict[str, Any]:
    zone = context.calendar.zone
    # A meeting of a place that is not the caller's is told without its title.
    sees = context.actor.is_system or permits(context.actor, "consultation.read", queries.place_of(clash.region_code))
    return {
        "what": clash.what,
        "id": str(clash.consultation_id),
        "number": clash.number,
        "title": clash.title if sees else "",
        "starts_at": clash.starts_at.astimezone(zone).isoformat(),
        "ends_at": clash.ends_at.astimezone(zone).isoformat(),
        "name": bookings.name_of(context.session, clash),
        "of": str(clash.of),
    }


def _wanted(context: Context) -> Wanted:
    span = (context.asked["starts_at"], context.asked["ends_at"])
    return meetings.wanted(_venue(context), _convenor(context).id, _invitees(context), span)


def _venue(context: Context) -> Venue:
    given: Venue | None = context.asked.get("venue")
    found = given or context.session.get(Venue, context.matter.venue_id)
    if found is None:
        raise LookupError("a date that stands has a venue")
    return found


def _invitees(context: Context) -> Sequence[Invitee]:
    given: Sequence[Invitee] | None = context.asked.get("participants")
    return meetings.standing(context.session, context.matter) if given is None else given


def _convenor(context: Context) -> Person:
    given: Person | None = context.asked.get("convenor")
    # Of a date that stands its own, else the caller.
    stands = context.matter.convenor_id if context.transition.stays else None
    found = given or context.session.get(Person, stands or context.actor.person_id)
    if found is None:
        raise LookupError("the software itself convenes nothing")
    return found


def everything_is_converted(context: Context) -> Refusal | None:
    """Refuse to go on while something that was agreed has become no record (contract.md `implement`)."""
    left = meetings.unconverted(context.session, context.matter)
    if not left:
        return None
    return Refusal("items_unconverted", {"count": len(left), "items": [each.place for each in left]})


def the_meeting_is_from_a_file(context: Context) -> Refusal | None:
    """Refuse to keep as history what was brought here."""
    return None if context.matter.ledger else Refusal("meeting_is_not_from_a_file")


GUARDS: Mapping[str, Callable[[Context], Refusal | None]] = {
    "nothing_clashes": nothing_clashes,
    "everything_is_converted": everything_is_converted,
    "the_meeting_is_from_a_file": the_meeting_is_from_a_file,
}


# ------------------------------------------------------------------ effects
def keep_scores(context: Context) -> None:
    """Keep the score sheet of a topic; one that was brought before is told, and may be dropped for the other."""
    earlier = quality.brought_before(context.session, context.matter)
    context.matter.warnings = [] if earlier is None else [{"code": "topic_brought_before", "number": earlier.number}]
    for name, score in context.asked["scores"].items():
        setattr(context.matter, name, score)


def join_topic(context: Context) -> None:
    """Let a dropped topic go on in another one that is about the same thing, if one was named.

    The villagers' cases go along, so that their reporters are told of what becomes of the other.
    """
    other = context.asked.get("into")
    if other is None:
        return
    row = context.matter
    row.joined_id = other.id
    cases = topics.join(context.session, row, other)
    told = {"id": str(row.id), "number": row.number, "cases": cases}
    records.note(
        context.session, other, actor=context.actor, at=context.at, trigger="absorb", event="joined", fields=told
    )


def keep_authority(context: Context) -> None:
    """Keep which body approved a topic."""
    context.matter.authority = context.asked["authority"]


def set_date(context: Context) -> None:
    """Set date, place and people of a meeting, and keep them for it."""
    wanted = _wanted(context)
    reason = context.asked.get("override_reason") or ""
    clashing = bookings.clashes(context.session, wanted, but_for=bookings.own(context.matter)) if reason else ()
    meetings.schedule(
        context.session,
        context.matter,
        wanted,
        invitees=_invitees(context),
        convenor=_convenor(context),
        override=(reason, [each.of for each in clashing]),
        today=context.today,
        calendar=context.calendar,
    )
    context.noted["convenor"] = str(context.matter.convenor_id)
    context.noted["notice_on"] = context.matter.notice_on.isoformat()
    _publish_date(context)


def make_date_known(context: Context) -> None:
    """Note that who is invited is told of the date."""
    meetings.make_known(context.session, context.matter, at=context.at)
    _publish_date(context)


def make_new_date_known(context: Context) -> None:
    """Tell of a date that was moved, if the old one was known."""
    if context.matter.state in KNOWN:
        make_date_known(context)


def _publish_date(context: Context) -> None:
    context.published["round"] = context.matter.round
    context.published["starts_at"] = context.matter.starts_at.isoformat()


def give_date_free(context: Context) -> None:
    """Give free what a meeting kept."""
    _publish_date(context)
    meetings.give_free(context.session, context.matter)


def keep_research(context: Context) -> None:
    """Keep what was found out before the meeting."""
    if context.asked.get("research"):
        context.matter.research = context.asked["research"]


def keep_attendance(context: Context) -> None:
    """Keep who came and what is unusual about it, and enter the meeting into the campaign's record."""
    matter = context.matter
    meetings.hold(context.session, matter, context.asked["attended"], at=context.at)
    _keep_statements(context)
    context.noted["warnings"] = [each["code"] for each in matter.warnings]
    enter_into_campaign(context)


def _keep_statements(context: Context) -> None:
    if "statements" in context.asked:
        context.session.flush()
        meetings.hear(context.session, context.matter, context.asked["statements"])


def enter_into_campaign(context: Context) -> None:
    """Enter a consultation on a theme that was held into the campaign's record; one that stands there already is it."""
    matter = context.matter
    if matter.kind != COUNTED:
        return
    on = min(context.today, matter.meets_on or context.today)
    known = natural.activities_on(context.session, {on}, matter.region_code[:6])
    same = [each for each in known if each.kind == ACTIVITY_KIND and plain(each.title) == plain(matter.title)]
    standing = [each for each in same if not each.withdrawn]
    if standing:
        matter.activity_id = standing[0].id
        return
    record = Activity(
        kind=ACTIVITY_KIND,
        region_code=matter.region_code,
        on_date=on,
        title=matter.title,
        org_id=matter.lead_org_id,
        people=len(context.asked["attended"]) if "attended" in context.asked else None,
        document_no=matter.number,
    )
    matter.activity_id = editions.enter(context.session, record, actor=context.actor, at=context.written_at).id


def keep_minutes(context: Context) -> None:
    """Keep the minutes; each thing that was agreed has three working days to become a record."""
    _keep_statements(context)
    minutes.keep(
        context.session, context.matter, context.asked["minutes"], by=context.actor.person_id, at=context.written_at
    )
    items = meetings.minute(
        context.session,
        context.matter,
        minutes=context.asked["minutes"],
        agreed=context.asked["consensus"],
        unresolved=context.asked.get("unresolved", ()),
        today=context.today,
    )
    for item in items:
        _start_clock(context, item)
    trigger = context.transition.trigger
    for each in look_backs.lay(context.session, context.matter.id, since=context.today):
        clock = context.workflow.clocks[LOOK_BACK]
        clocks.begin(context, clock, context.rows, trigger=trigger, until=each.due_on, subject_id=each.id)


def _start_clock(context: Context, item: ConsensusItem) -> None:
    clock, trigger = context.workflow.clocks[CLOCK], context.transition.trigger
    clocks.begin(context, clock, context.rows, trigger=trigger, limit=clock.limits[-1].limit, subject_id=item.id)


def keep_evaluation(context: Context) -> None:
    """Keep what was said of a consultation and which of the things agreed came true."""
    meetings.evaluate(
        context.session,
        context.matter,
        satisfaction=context.asked["satisfaction"],
        realised=context.asked["realised"],
    )


EFFECTS: Mapping[str, Callable[[Context], None]] = {
    "keep_scores": keep_scores,
    "join_topic": join_topic,
    "keep_authority": keep_authority,
    "set_date": set_date,
    "make_date_known": make_date_known,
    "make_new_date_known": make_new_date_known,
    "give_date_free": give_date_free,
    "keep_research": keep_research,
    "keep_attendance": keep_attendance,
    "enter_into_campaign": enter_into_campaign,
    "keep_minutes": keep_minutes,
    "keep_evaluation": keep_evaluation,
}
