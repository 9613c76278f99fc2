"""Ways to break what the office keeps of roles and working days, past the product and its audit."""

from datetime import date

from casework.core.ids import new_id
from tests.casework.keeping.breaking import Breaker
from tests.casework.keeping.breaks import breaks
from tests.casework.keeping.lived_registry import CLOSED
from tests.world import COUNTY, MORNING

HOLIDAY, MAKE_UP, PLAIN = date(2026, 10, 1), date(2026, 10, 10), date(2026, 11, 5)


def grant_of(b: Breaker, user: str) -> dict[str, object]:
    """Return the role of one of the cast."""
    person = next(row for row in b.rows("people") if row["user_name"] == user)
    return b.rows("grants", person_id=person["id"])[0]


@breaks("grants")
def somebody_gives_himself_a_role(b: Breaker) -> None:
    b.add("grants", {**grant_of(b, "bai"), "id": new_id(), "role": "admin", "org_id": None})


@breaks("grants")
def somebody_gives_himself_a_role_from_tomorrow(b: Breaker) -> None:
    head = {"role": "head", "region": COUNTY, "org_id": None, "valid_from": date(2027, 1, 1)}
    b.add("grants", {**grant_of(b, "bai"), "id": new_id(), **head})


@breaks("grants")
def a_role_becomes_another(b: Breaker) -> None:
    b.set("grants", {"id": grant_of(b, "bai")["id"]}, role="unit_head")


@breaks("grants")
def a_role_changes_hands(b: Breaker) -> None:
    b.set("grants", {"id": grant_of(b, "guanli")["id"]}, person_id=b.office.known.actors["bai"].person_id)


@breaks("grants")
def a_role_is_held_over_more(b: Breaker) -> None:
    b.set("grants", {"id": grant_of(b, "cun")["id"]}, region=COUNTY)


@breaks("grants")
def a_role_is_held_in_another_unit(b: Breaker) -> None:
    b.set("grants", {"id": grant_of(b, "bai")["id"]}, org_id=b.office.known.orgs["JYJ"])


@breaks("grants")
def a_role_that_ended_is_held_again(b: Breaker) -> None:
    b.set("grants", {"id": b.ids["ended_grant"]}, valid_to=None)


@breaks("grants")
def a_role_lasts_longer(b: Breaker) -> None:
    b.set("grants", {"id": b.ids["lent_grant"]}, valid_to=None)


@breaks("grants")
def a_role_began_earlier(b: Breaker) -> None:
    b.set("grants", {"id": b.ids["lent_grant"]}, valid_from=None)


@breaks("grants")
def a_role_was_given_by_somebody_else(b: Breaker) -> None:
    b.set("grants", {"id": grant_of(b, "bai")["id"]}, granted_by=b.office.known.actors["guanli"].person_id)


@breaks("calendar")
def a_holiday_is_worked(b: Breaker) -> None:
    b.set("calendar_days", {"day": HOLIDAY}, is_workday=True)


@breaks("calendar")
def a_holiday_is_gone(b: Breaker) -> None:
    b.remove("calendar_days", day=HOLIDAY)


@breaks("calendar")
def a_weekend_that_is_worked_is_free(b: Breaker) -> None:
    b.set("calendar_days", {"day": MAKE_UP}, is_workday=False)


@breaks("calendar")
def a_plain_day_is_free(b: Breaker) -> None:
    b.add("calendar_days", {"day": PLAIN, "is_workday": False, "name": "", "source": "", "updated_at": MORNING})


@breaks("calendar")
def a_holiday_has_another_name(b: Breaker) -> None:
    b.set("calendar_days", {"day": HOLIDAY}, name="停工")


@breaks("calendar")
def a_day_the_office_closed_is_worked(b: Breaker) -> None:
    b.set("calendar_days", {"day": CLOSED}, is_workday=True)


@breaks("calendar")
def a_day_the_office_closed_is_as_it_was(b: Breaker) -> None:
    b.remove("calendar_days", day=CLOSED)


@breaks("calendar")
def a_holiday_of_long_ago_is_worked(b: Breaker) -> None:
    b.set("calendar_days", {"day": date(2019, 10, 1)}, is_workday=True)
