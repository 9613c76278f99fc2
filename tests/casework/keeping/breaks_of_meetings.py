"""Ways to break consultations: what is kept twice, what was agreed and lost."""

from casework.core.ids import new_id
from tests.casework.keeping.breaking import Breaker
from tests.casework.keeping.breaks import breaks


@breaks("bookings")
def a_hall_is_kept_twice(b: Breaker) -> None:
    (kept,) = b.rows("bookings", consultation_id=b.ids["dated"], what="venue")
    b.add("bookings", {**kept, "id": new_id()})


@breaks("bookings")
def a_meeting_has_lost_its_hall(b: Breaker) -> None:
    b.set("bookings", {"consultation_id": b.ids["dated"], "what": "venue"}, is_live=False)


@breaks("bookings")
def what_was_put_off_keeps_its_hall(b: Breaker) -> None:
    b.set("bookings", {"consultation_id": b.ids["put_off"]}, is_live=True)


@breaks("agreements")
def a_record_is_another_kind(b: Breaker) -> None:
    b.set("consensus_items", {"consultation_id": b.ids["followed"], "place": 1}, into="suggestion")


@breaks("agreements")
def something_agreed_was_left_behind(b: Breaker) -> None:
    b.set("consensus_items", {"consultation_id": b.ids["followed"], "place": 1}, into="", record_id=None)


@breaks("agreements")
def an_item_is_missing(b: Breaker) -> None:
    b.remove("consensus_items", consultation_id=b.ids["followed"], place=1)
