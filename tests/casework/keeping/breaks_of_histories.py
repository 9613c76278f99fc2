"""Ways to break histories, clocks, events and notices (I1 to I12)."""

from datetime import timedelta

from casework.core.ids import new_id
from tests.casework.keeping.breaking import Breaker
from tests.casework.keeping.breaks import breaks
from tests.casework.keeping.lived import LATER
from tests.world import MORNING


@breaks("I1")
def a_case_says_another_state(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["closed"]}, state="resolved")


@breaks("I1")
def a_case_says_another_version(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["open"]}, version=9)


@breaks("I1")
def a_closed_case_counts_as_open(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["closed"]}, is_open=True)


@breaks("I1")
def a_suspended_case_forgets_where_it_came_from(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["suspended"]}, came_from="resolved")


@breaks("I2")
def a_row_in_the_middle_is_missing(b: Breaker) -> None:
    b.remove("history", matter_id=b.ids["closed"], seq=2)


@breaks("I2")
def a_whole_history_is_missing(b: Breaker) -> None:
    b.remove("history", matter_id=b.ids["open"])


@breaks("I2")
def two_rows_do_not_meet(b: Breaker) -> None:
    b.set("history", {"matter_id": b.ids["closed"], "seq": 3}, from_state="reported")
    b.reseal(b.ids["closed"])


@breaks("I3")
def a_step_is_not_in_the_workflow(b: Breaker) -> None:
    b.set("history", {"matter_id": b.ids["open"], "seq": 2}, trigger="coordinate")
    b.reseal(b.ids["open"])


@breaks("I3")
def a_note_moves_a_case(b: Breaker) -> None:
    last = b.history(b.ids["late"])[-1]
    b.set("history", {"id": last["id"]}, trigger="comment", to_state="closed")
    b.reseal(b.ids["late"])


@breaks("I3")
def a_definition_is_in_force_that_nobody_knows(b: Breaker) -> None:
    b.set("history", {"matter_id": b.ids["late"]}, workflow_version=7)
    b.set("cases", {"id": b.ids["late"]}, workflow_version=7)
    b.reseal(b.ids["late"])


@breaks("I4")
def an_event_is_missing(b: Breaker) -> None:
    b.remove("outbox", matter_id=b.ids["open"], seq=2)


@breaks("I5")
def a_comment_is_rewritten(b: Breaker) -> None:
    row = next(row for row in b.history(b.ids["rich"]) if row["trigger"] == "comment")
    b.set("history", {"id": row["id"]}, comment="管材没到")


@breaks("I6")
def an_anchor_is_rewritten(b: Breaker) -> None:
    b.set("anchors", {"day": MORNING.date()}, root="0" * 64)


@breaks("I6")
def an_anchor_between_two_is_missing(b: Breaker) -> None:
    b.remove("anchors", day=MORNING.date() + timedelta(days=1))


@breaks("I7")
def a_firing_is_missing(b: Breaker) -> None:
    fired = next(row for row in b.rows("firings", matter_id=b.ids["late"]) if not row["passed_over"])
    b.remove("firings", id=fired["id"])


@breaks("I7")
def a_rung_fired_before_its_instant(b: Breaker) -> None:
    row = next(row for row in b.rows("firings", matter_id=b.ids["late"]) if row["passed_over"])
    b.set("firings", {"id": row["id"]}, due_at=row["fired_at"] + timedelta(seconds=1))


@breaks("I7")
def a_rung_fired_without_the_history_saying_so(b: Breaker) -> None:
    row = next(row for row in b.rows("firings", matter_id=b.ids["late"]) if row["passed_over"])
    b.set("firings", {"id": row["id"]}, passed_over=False)


@breaks("I7")
def a_rung_fired_after_its_clock_had_ended(b: Breaker) -> None:
    fired = next(row for row in b.rows("firings", matter_id=b.ids["late"]) if not row["passed_over"])
    b.set("deadlines", {"id": fired["deadline_id"]}, ended_seq=1)


@breaks("I7")
def a_clock_forgets_its_level(b: Breaker) -> None:
    fired = next(row for row in b.rows("firings", matter_id=b.ids["late"]) if not row["passed_over"])
    b.set("deadlines", {"id": fired["deadline_id"]}, level=0)


@breaks("I8")
def a_rung_waits_since_yesterday(b: Breaker) -> None:
    clock = next(row for row in b.rows("deadlines", matter_id=b.ids["rich"]) if row["status"] == "running")
    b.set("deadlines", {"id": clock["id"]}, next_fire_at=LATER - timedelta(days=1), next_level=3)


@breaks("I9")
def an_open_case_has_no_clock(b: Breaker) -> None:
    b.remove("deadlines", matter_id=b.ids["open"], kind="handle")


@breaks("I9")
def an_open_case_has_two_clocks(b: Breaker) -> None:
    clock = b.rows("deadlines", matter_id=b.ids["open"], kind="handle")[0]
    b.add("deadlines", {**clock, "id": new_id(), "epoch": 9, "level": None})


@breaks("I9")
def a_case_points_at_another_instant(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["open"]}, due_at=LATER)


@breaks("I9")
def a_clock_stands_still_in_an_active_case(b: Breaker) -> None:
    b.set("deadlines", {"matter_id": b.ids["open"], "kind": "handle"}, status="paused", next_fire_at=None)


@breaks("I10")
def an_event_was_told_nobody_knows_when(b: Breaker) -> None:
    b.set("outbox", {"matter_id": b.ids["open"], "seq": 1}, done_at=None)


@breaks("I10")
def an_event_was_given_up_without_a_reason(b: Breaker) -> None:
    b.set("outbox", {"matter_id": b.ids["open"], "seq": 1}, status="dead", attempts=5)


@breaks("I10")
def an_event_waits_since_yesterday(b: Breaker) -> None:
    waiting = {"status": "pending", "done_at": None, "next_try_at": LATER - timedelta(days=1)}
    b.set("outbox", {"matter_id": b.ids["open"], "seq": 1}, **waiting)


@breaks("I11")
def a_stranger_was_told(b: Breaker) -> None:
    stranger = next(row for row in b.rows("people") if row["user_name"] == "jiao")
    b.set("notices", {}, person_id=stranger["id"])


@breaks("I12")
def a_notice_was_sent_nobody_knows_when(b: Breaker) -> None:
    b.set("notices", {}, fate="sent")


@breaks("I12")
def a_notice_was_dropped_nobody_knows_why(b: Breaker) -> None:
    b.set("notices", {}, fate="dropped")
