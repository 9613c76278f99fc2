"""What the form of a date looks for: who has to come, who may, where and for how long; and the times free for that."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from casework.consultations import bookings, distances, meetings, notice, slots, venues, weeks
from casework.consultations.bookings import CONVENOR, PARTICIPANT
from casework.consultations.sent import Invitee
from casework.consultations.tables import Consultation, Venue
from casework.core.ids import parse_id
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from web import identity, unit
from web.locales import local, words
from web.pages.consultations import consultation_forms, consultation_people
from web.views import consultation_words, wording

_SHOWN, _DAYS_AHEAD, _NOON = 8, 45, 12
# Of all venues so many, the nearest, are looked at; so many free times of them are more than a week has.
_NEAREST, _LOOKED_AT = 12, 2_000
_SHORTEST, _LONGEST = timedelta(minutes=15), timedelta(hours=8)
_LINES = ("stakeholders", "others")
# Of who may stay away so many are named, and then counted.
_NAMED = 2


@dataclass(frozen=True, slots=True)
class Sought:
    """What a form looks for. `must`: who has to come, each with what they would be; `may`: who need not.

    `ways`: the venues that will do, near first, each with its way; `room`: the one that is chosen. `first`: the day of
    the first meeting whose notices are in time.
    """

    row: Consultation
    must: Mapping[UUID, str]
    may: Sequence[UUID]
    names: Mapping[UUID, str]
    ways: Mapping[UUID, tuple[Venue, int]]
    room: Venue | None
    planned: weeks.Span | None
    first: date
    # How many villagers, and others, have no account and are named.
    stakeholders: int
    others: int

    @property
    def length(self) -> timedelta:
        """How long the meeting typed would be, two hours where nothing says so."""
        length = consultation_forms.USUAL if self.planned is None else self.planned[1] - self.planned[0]
        return length if _SHORTEST <= length <= _LONGEST else consultation_forms.USUAL

    @property
    def rooms(self) -> Sequence[UUID]:
        """The venue chosen, as what may be taken."""
        return [] if self.room is None else [self.room.id]


@dataclass(frozen=True, slots=True)
class Offer:
    """A free time, how far its venue is, and who of those who need not come has something on."""

    slot: slots.Slot
    km: int
    away: Sequence[UUID]


def sought(row: Consultation, fields: Sequence[Mapping[str, Any]]) -> Sought:
    """Read what is looked for off the fields of the form, as they are shown."""
    value = {str(each["name"]): each["value"] or "" for each in fields}
    picked = {str(each["name"]): _people_of(each) for each in fields}
    typed = [value["convenor"] or str(identity.person_id()), *picked["required"], *picked["invited"]]
    ids = dict(zip(typed, map(parse_id, consultation_people.people_meant(typed)), strict=True))
    must = {found: PARTICIPANT for each in picked["required"] if (found := ids[each]) is not None}
    convenor = ids[typed[0]]
    if convenor is not None:
        must[convenor] = CONVENOR
    may = [found for each in picked["invited"] if (found := ids[each]) is not None and found not in must]
    session = unit.session()
    rooms = venues.every(session)
    chosen = [each for each in rooms if each.code == value["venue"]]
    villagers, others = (sum(map(bool, map(str.strip, str(value[name]).splitlines()))) for name in _LINES)
    seats = 0 if chosen else len(picked["required"]) + len(picked["invited"]) + villagers + others + 1
    return Sought(
        row,
        must,
        may,
        registry.people_by_id(session, [*must, *may]),
        distances.near(session, row.region_code, chosen or rooms, seats=seats),
        chosen[0] if chosen else None,
        _planned(str(value["starts_at"]), str(value["ends_at"])),
        notice.earliest(row.kind, today=unit.today(), calendar=load_calendar(session)),
        villagers,
        others,
    )


def _people_of(shown: Mapping[str, Any]) -> list[str]:
    """Return who stands in a field for people: those picked, and whom somebody typed and picked from no list."""
    return [*(str(one["value"]) for one in shown.get("chosen", ())), *filter(None, [str(shown.get("typed") or "")])]


def unusual(seen: Sought) -> list[str]:
    """Return in words what is unusual in who is asked to come, before the date is set; nothing before anybody is."""
    people = {each: what for each, what in seen.must.items() if what != CONVENOR} | dict.fromkeys(seen.may, "")
    if not people and not seen.stakeholders and not seen.others:
        return []
    parts = consultation_people.parts_of([str(each) for each in people])
    named = ["convenor", *parts.values(), *["stakeholder"] * seen.stakeholders, *["guest"] * seen.others]
    found = meetings.make_up([Invitee(None, "", part, False) for part in named])
    return [words(f"warning.{each['code']}", **{k: v for k, v in each.items() if k != "code"}) for each in found]


def _planned(starts: str, ends: str) -> weeks.Span | None:
    zone = unit.office().settings.zone
    try:
        since, until = (datetime.fromisoformat(each).replace(tzinfo=zone) for each in (starts, ends))
    except ValueError:
        return None
    # What is no date of a meeting is told by the check when it is sent; here it takes no place.
    return (since, until) if since < until <= since + bookings.LONGEST else None


def offers(seen: Sought, first: date, last: date) -> list[Offer]:
    """Return the free times between two days: one of each morning and afternoon, in the venue nearest to the village,
    for eight of one day are no choice.
    """
    session, calendar = unit.session(), load_calendar(unit.session())
    asked = slots.Asked(
        first,
        last,
        seen.length,
        list(seen.must),
        [room for room, _km in seen.ways.values()][:_NEAREST],
        now=unit.at(),
        but_for=bookings.own(seen.row),
        spares_noon=True,
    )
    found: dict[tuple[date, bool], tuple[int, slots.Slot]] = {}
    for each in slots.free(session, asked, calendar=calendar, limit=_LOOKED_AT):
        starts, km = local(each.starts_at), 0 if each.venue is None else seen.ways[each.venue.id][1]
        half = (starts.date(), starts.hour < _NOON)
        if half not in found or km < found[half][0]:
            found[half] = (km, each)
    if not found:
        return []
    since, until = min(each.starts_at for _km, each in found.values()), max(each.ends_at for _, each in found.values())
    may = dict.fromkeys(seen.may, PARTICIPANT)
    busy = weeks.taken(session, [], may, (since, until), but_for=bookings.own(seen.row))
    return [Offer(each, km, list(_away(seen, each, busy))) for km, each in found.values()]


def _away(seen: Sought, slot: slots.Slot, busy: Sequence[weeks.Taken]) -> Iterator[UUID]:
    then = [each for each in busy if weeks.overlap(each.span, (slot.starts_at, slot.ends_at))]
    return (person for person in seen.may if any(person in each.takes for each in then))


def earliest(seen: Sought) -> list[dict[str, Any]]:
    """Return the first free times, late enough for the notices, as they are shown beside the form."""
    return [told(seen, each) for each in offers(seen, seen.first, seen.first + timedelta(days=_DAYS_AHEAD))[:_SHOWN]]


def told(seen: Sought, offer: Offer) -> dict[str, Any]:
    """Return a free time as it is shown; its value fills the form."""
    slot = offer.slot
    people = len(seen.must) + len(seen.may)
    away = [seen.names.get(each, "") for each in offer.away]
    named = wording.joined(away[:_NAMED])
    code = "meetings.slot.away" if len(away) <= _NAMED else "meetings.slot.away_more"
    return {
        "when": consultation_words.span(slot.starts_at, slot.ends_at),
        "venue": "" if slot.venue is None else venue_told(slot.venue.name, offer.km),
        "value": value_of(slot.starts_at, slot.ends_at, "" if slot.venue is None else slot.venue.code),
        "free": words("meetings.slot.all" if not away else "meetings.slot.some", n=people - len(away)),
        "all": not away,
        "away": words(code, names=named, n=len(away)) if away else "",
    }


def value_of(starts_at: datetime, ends_at: datetime, venue: str) -> str:
    """Return what a button sends that fills the form with a time and a venue."""
    return "|".join((consultation_forms.wall_time(starts_at), consultation_forms.wall_time(ends_at), venue))


def venue_told(name: str, km: int) -> str:
    """Return a venue with its way, where there is one to speak of."""
    return wording.joined([name, words("meetings.alternative.km", km=km)]) if km > distances.NEAR_KM else name
