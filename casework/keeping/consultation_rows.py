"""What must hold of consultations: nothing is kept twice at a time, and what was agreed is followed."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased

from casework.activities.tables import Suggestion
from casework.cases.tables import Case
from casework.consultations.bookings import CONVENOR, VENUE
from casework.consultations.codes import DATED
from casework.consultations.tables import Booking, ConsensusItem, Consultation
from casework.core.editions import known
from casework.keeping.view import View

# States that are reached only when everything agreed has become a record.
_FOLLOWED = ("implementing", "evaluated")


def bookings(view: View) -> Iterator[str]:
    """No venue, convenor or needed participant is kept for two meetings at a time, but where it was overridden; and a
    meeting with a date keeps its venue and convenor for that time, one without keeps nothing.
    """
    one, other = aliased(Booking), aliased(Booking)
    same = or_(one.venue_id == other.venue_id, one.person_id == other.person_id)
    overlap = and_(one.starts_at < other.ends_at, other.starts_at < one.ends_at)
    is_free = and_(one.is_override == false(), other.is_override == false())
    twice = select(one.id).join(other, and_(same, overlap, one.id < other.id))
    # A meeting on a regular day is in the time that was kept for the day.
    on_day = exists().where(
        Consultation.id == func.coalesce(one.consultation_id, other.consultation_id),
        Consultation.day_id == func.coalesce(one.day_id, other.day_id),
    )
    twice = twice.where(one.is_live == true(), other.is_live == true(), is_free, ~on_day)
    yield from (f"bookings {each}" for each in view.ids(twice))
    kept = select(Booking.id).where(
        Booking.consultation_id == Consultation.id,
        Booking.is_live == true(),
        Booking.starts_at == Consultation.starts_at,
        Booking.ends_at == Consultation.ends_at,
    )
    own = (Booking.what == VENUE, Booking.venue_id == Consultation.venue_id)
    led = (Booking.what == CONVENOR, Booking.person_id == Consultation.convenor_id)
    loose = select(Consultation.number).where(
        Consultation.state.in_(DATED), or_(~kept.where(*own).exists(), ~kept.where(*led).exists())
    )
    yield from view.ids(loose)
    live = exists().where(Booking.consultation_id == Consultation.id, Booking.is_live == true())
    yield from view.ids(select(Consultation.number).where(Consultation.state.in_(("postponed", "cancelled")), live))


def agreements(view: View) -> Iterator[str]:
    """What was agreed and converted is there as that kind of record, what is being implemented is converted whole, and
    the items of a meeting are numbered from one without a gap.
    """
    made: dict[str, Any] = {
        "case": select(Case.id).where(Case.id == ConsensusItem.record_id),
        "suggestion": select(Suggestion.id).where(Suggestion.id == ConsensusItem.record_id, known(Suggestion)),
    }
    for into, there in made.items():
        lost = select(ConsensusItem.id).where(ConsensusItem.into == into, ~there.exists())
        yield from (f"consensus_items {each}" for each in view.ids(lost))
    half = select(ConsensusItem.id).where((ConsensusItem.into == "") != ConsensusItem.record_id.is_(None))
    yield from (f"consensus_items {each}" for each in view.ids(half))
    forgotten = exists().where(ConsensusItem.consultation_id == Consultation.id, ConsensusItem.into == "")
    yield from view.ids(select(Consultation.number).where(Consultation.state.in_(_FOLLOWED), forgotten))
    counted = select(Consultation.number).join(ConsensusItem, ConsensusItem.consultation_id == Consultation.id)
    gaps = counted.group_by(Consultation.number).having(
        or_(func.max(ConsensusItem.place) != func.count(), func.min(ConsensusItem.place) != 1)
    )
    yield from view.ids(gaps)
