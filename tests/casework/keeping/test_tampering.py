"""An administrator rewrites what happened, in ever cleverer ways, and `verify` tells each time (reliability.md §4.1)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from casework.core.ids import new_id
from casework.keeping.walk import NAMES
from tests.casework.keeping import breaks_of_audit, breaks_of_registry
from tests.casework.keeping.breaking import Breaker, breaking
from tests.casework.keeping.lived import LATER, Office
from tests.world import MORNING

Tampering = Callable[[Breaker], None]
# Every table with rows of a case, those that point at others first.
_BELONGINGS = ("firings", "deadlines", "outbox", "history", "search_entries", "notices")


def a_word_changes(b: Breaker) -> None:
    row = b.history(b.ids["rich"])[-1]
    b.set("history", {"id": row["id"]}, comment="没有这回事")


def a_time_changes(b: Breaker) -> None:
    row = b.history(b.ids["closed"])[1]
    b.set("history", {"id": row["id"]}, at=row["at"] - timedelta(days=1))


def the_instant_of_writing_changes(b: Breaker) -> None:
    row = b.history(b.ids["closed"])[1]
    b.set("history", {"id": row["id"]}, recorded_at=row["recorded_at"] + timedelta(minutes=1))


def somebody_else_did_it(b: Breaker) -> None:
    people = {row["user_name"]: row["id"] for row in b.rows("people")}
    b.set("history", {"matter_id": b.ids["closed"], "seq": 4}, actor_id=people["jiao"])


def somebody_did_it_for_nobody(b: Breaker) -> None:
    people = {row["user_name"]: row["id"] for row in b.rows("people")}
    b.set("history", {"matter_id": b.ids["closed"], "seq": 4}, for_id=people["jiao"])


def a_fact_changes(b: Breaker) -> None:
    row = next(row for row in b.history(b.ids["closed"]) if row["trigger"] == "resolve")
    b.set("history", {"id": row["id"]}, fields={**row["fields"], "result_class": "B"})


def the_last_row_goes(b: Breaker) -> None:
    b.remove("history", id=b.history(b.ids["closed"])[-1]["id"])


def the_last_row_goes_and_the_case_agrees(b: Breaker) -> None:
    *rest, last = b.history(b.ids["closed"])
    b.remove("history", id=last["id"])
    b.reseal(b.ids["closed"])
    b.set("cases", {"id": b.ids["closed"]}, state=rest[-1]["to_state"], is_open=True)


def two_rows_change_places(b: Breaker) -> None:
    one, two = b.history(b.ids["rich"])[3:5]
    b.set("history", {"id": one["id"]}, seq=99)
    b.set("history", {"id": two["id"]}, seq=one["seq"])
    b.set("history", {"id": one["id"]}, seq=two["seq"])


def a_row_moves_to_another_case(b: Breaker) -> None:
    last = b.history(b.ids["rich"])[-1]
    b.set("history", {"id": last["id"]}, matter_id=b.ids["late"], seq=99)


def a_row_is_written_in_between(b: Breaker) -> None:
    rows = b.history(b.ids["rich"])
    for row in reversed(rows[3:]):
        b.set("history", {"id": row["id"]}, seq=row["seq"] + 1)
    b.add(
        "history",
        {**rows[3], "id": new_id(), "trigger": "comment", "comment": "早就说过", "to_state": rows[3]["from_state"]},
    )


def a_chain_is_forged_from_a_changed_row_on(b: Breaker) -> None:
    row = next(row for row in b.history(b.ids["closed"]) if row["trigger"] == "resolve")
    b.set("history", {"id": row["id"]}, comment="都是他办的")
    b.reseal(b.ids["closed"])


def a_case_never_was(b: Breaker) -> None:
    for table in _BELONGINGS:
        for row in b.rows(table, matter_id=b.ids["closed"]):
            key = "n" if table == "search_entries" else "id"
            b.remove(table, **{key: row[key]})
    b.remove("case_units", case_id=b.ids["closed"])
    b.remove("cases", id=b.ids["closed"])


def a_case_never_was_and_its_day_agrees(b: Breaker) -> None:
    a_case_never_was(b)
    # Whoever removes a case can count again, but not forge the root without our code; here the count is mended.
    anchor = b.rows("anchors")[0]
    b.set("anchors", {"day": anchor["day"]}, matters=anchor["matters"] - 1)


def an_anchor_is_made_to_fit_another_day(b: Breaker) -> None:
    one, two = b.rows("anchors")[:2]
    b.set("anchors", {"day": one["day"]}, root=two["root"], matters=two["matters"])


def a_firing_never_was(b: Breaker) -> None:
    for row in b.rows("firings", matter_id=b.ids["late"]):
        b.remove("firings", id=row["id"])


def a_fund_line_never_was(b: Breaker) -> None:
    b.remove("fund_lines", id=b.ids["arrived"])


def a_case_was_always_urgent(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["open"]}, urgency="urgent")


def what_was_said_was_something_else(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["closed"]}, title="感谢信")


# What holds histories together; the others would only be slower to look.
RULES = (*NAMES, "I6", "counters", "words", "audit", "grants", "calendar")
TAMPERINGS: tuple[Tampering, ...] = (
    a_word_changes,
    a_time_changes,
    the_instant_of_writing_changes,
    somebody_else_did_it,
    somebody_did_it_for_nobody,
    a_fact_changes,
    the_last_row_goes,
    the_last_row_goes_and_the_case_agrees,
    two_rows_change_places,
    a_row_moves_to_another_case,
    a_row_is_written_in_between,
    a_chain_is_forged_from_a_changed_row_on,
    a_case_never_was,
    a_case_never_was_and_its_day_agrees,
    an_anchor_is_made_to_fit_another_day,
    a_firing_never_was,
    a_fund_line_never_was,
    a_case_was_always_urgent,
    what_was_said_was_something_else,
    breaks_of_registry.somebody_gives_himself_a_role,
    breaks_of_registry.a_role_becomes_another,
    breaks_of_registry.a_holiday_is_worked,
    breaks_of_audit.an_entry_tells_otherwise,
    breaks_of_audit.an_entry_is_gone_with_its_link,
    breaks_of_audit.an_entry_is_slipped_in,
    breaks_of_audit.the_audit_is_forged_from_a_changed_entry_on,
    breaks_of_audit.the_end_of_the_audit_is_cut_off,
)


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tampering: tampering.__name__)
def test_tampering_is_found(tamper: Tampering, office: Office) -> None:
    with breaking(office) as breaker:
        tamper(breaker)
    assert office.broken(at=LATER, only=RULES) != {}


def test_a_forged_chain_shows_in_the_anchor_alone(office: Office) -> None:
    with breaking(office) as breaker:
        a_chain_is_forged_from_a_changed_row_on(breaker)
    # The day itself and every later one stand over that case.
    assert office.broken() == {"I6": 4}


def test_a_whole_forged_office_shows_against_a_root_kept_outside(office: Office) -> None:
    with breaking(office) as breaker:
        day = MORNING.date()
        kept_outside = breaker.rows("anchors", day=day)[0]["root"]
    assert office.broken(known_anchors={day: kept_outside}) == {}
    assert office.broken(known_anchors={day: "0" * 64}) == {"I6": 1}
