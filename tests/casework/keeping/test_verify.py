"""Every invariant is broken by hand, one way after the other, and each time `verify` names it."""

import os
from collections.abc import Callable
from datetime import timedelta

import pytest

from casework.core.ids import new_id
from casework.keeping import references, sealed
from casework.keeping.verify import WARNINGS, every_name
from tests.casework.keeping.breaking import Breaker, breaking
from tests.casework.keeping.lived import ID_NUMBER, LATER, Office
from tests.world import MORNING

Break = Callable[[Breaker], None]
NOBODY = new_id()
_breaks: list[tuple[str, Break]] = []


def breaks(name: str) -> Callable[[Break], Break]:
    """Note that a function breaks an invariant."""

    def note(function: Break) -> Break:
        _breaks.append((name, function))
        return function

    return note


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


@breaks("I13")
def an_amount_is_nought(b: Breaker) -> None:
    b.set("fund_lines", {"id": b.ids["arrived"]}, amount_fen=0)


@breaks("I13")
def a_sum_begins_nowhere(b: Breaker) -> None:
    b.set("fund_lines", {"id": b.ids["arrived"]}, allocation_id=b.ids["reversal"])


@breaks("I13")
def a_stage_is_unknown(b: Breaker) -> None:
    b.set("fund_lines", {"id": b.ids["arrived"]}, stage="spent")


@breaks("I14")
def a_sum_grows_on_its_way(b: Breaker) -> None:
    b.set("fund_lines", {"id": b.ids["arrived"]}, amount_fen=600_000)


@breaks("I14")
def a_sum_stands_at_one_stage_twice(b: Breaker) -> None:
    line = b.rows("fund_lines", id=b.ids["arrived"])[0]
    b.add("fund_lines", {**line, "id": new_id()})


@breaks("I15")
def a_reversal_takes_back_more(b: Breaker) -> None:
    b.set("fund_lines", {"id": b.ids["reversal"]}, amount_fen=600_000)


@breaks("I15")
def a_reversal_is_reversed(b: Breaker) -> None:
    line = b.rows("fund_lines", id=b.ids["reversal"])[0]
    b.add("fund_lines", {**line, "id": new_id(), "reverses_id": line["id"]})


@breaks("I15")
def shares_make_more_than_all(b: Breaker) -> None:
    share = b.rows("fund_attributions")[0]
    b.add("fund_attributions", {**share, "id": new_id()})


@breaks("I16")
def one_document_counts_twice(b: Breaker) -> None:
    line, again = b.rows("fund_lines", id=b.ids["line"])[0], new_id()
    b.add("fund_lines", {**line, "id": again, "allocation_id": again})


@breaks("I18")
def a_file_is_missing(b: Breaker) -> None:
    the_file(b).unlink()


@breaks("I18")
def a_file_is_changed(b: Breaker) -> None:
    file = the_file(b)
    file.write_bytes(file.read_bytes()[::-1])


@breaks("I18")
def an_attachment_says_another_size(b: Breaker) -> None:
    b.set("attachments", {"matter_id": b.ids["rich"]}, size=1)


@breaks("I18")
def a_file_belongs_to_nobody(b: Breaker) -> None:
    left = b.office.attachments / ("0" * 64)
    left.touch()
    os.utime(left, times=(0, 0))


@breaks("I19")
def a_case_lies_nowhere(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["open"]}, region_code="999999")


@breaks("I19")
def somebody_unknown_did_it(b: Breaker) -> None:
    b.set("history", {"matter_id": b.ids["open"], "seq": 2}, actor_id=NOBODY)
    b.reseal(b.ids["open"])


@breaks("I19")
def a_case_is_gone_and_its_rows_are_not(b: Breaker) -> None:
    b.remove("cases", id=b.ids["late"])


@breaks("I19")
def a_task_of_no_case(b: Breaker) -> None:
    b.set("co_tasks", {"id": b.ids["co_task"]}, case_id=NOBODY)


@breaks("I20")
def an_answer_without_its_words(b: Breaker) -> None:
    b.set("idempotency_keys", {}, body=None)


@breaks("I21")
def the_resolver_closed_it(b: Breaker) -> None:
    resolved = next(row for row in b.history(b.ids["closed"]) if row["trigger"] == "resolve")
    b.set("history", {"matter_id": b.ids["closed"], "trigger": "close"}, actor_id=resolved["actor_id"])
    b.reseal(b.ids["closed"])


@breaks("I21")
def the_asker_decided(b: Breaker) -> None:
    request = b.rows("extension_requests")[0]
    b.set("extension_requests", {}, decided_by=request["requested_by"])


@breaks("I22")
def more_time_was_asked_for_too_late(b: Breaker) -> None:
    request = b.rows("extension_requests")[0]
    b.set("extension_requests", {}, requested_at=request["old_due_at"] + timedelta(seconds=1))


@breaks("I23")
def a_merge_leads_in_a_circle(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["merged"]}, merged_into_id=b.ids["merged"])


@breaks("I23")
def a_merge_leads_nowhere(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["merged"]}, merged_into_id=None)


@breaks("I23")
def a_case_was_merged_and_was_not(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["open"]}, merged_into_id=b.ids["rich"])


@breaks("I24")
def two_sealed_names_are_swapped(b: Breaker) -> None:
    one, two = (b.rows("cases", id=b.ids[name])[0]["reporter_name_cipher"] for name in ("closed", "rich"))
    b.set("cases", {"id": b.ids["closed"]}, reporter_name_cipher=two)
    b.set("cases", {"id": b.ids["rich"]}, reporter_name_cipher=one)


@breaks("I24")
def a_value_is_sealed_with_an_unknown_key(b: Breaker) -> None:
    value = b.rows("cases", id=b.ids["closed"])[0]["reporter_id_cipher"]
    version, _, rest = value.split(":", 2)
    b.set("cases", {"id": b.ids["closed"]}, reporter_id_cipher=f"{version}:k00000000:{rest}")


@breaks("I24")
def an_index_is_of_another_number(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["closed"]}, reporter_phone_index=b.rows("cases")[0]["reporter_id_index"])


@breaks("I24")
def a_name_is_not_masked(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["closed"]}, reporter_name="李小芳")


@breaks("I24")
def an_identity_number_travels_in_an_event(b: Breaker) -> None:
    b.set("outbox", {"matter_id": b.ids["open"], "seq": 1}, facts={"id_number": ID_NUMBER})


@breaks("I24")
def an_identity_number_stands_in_the_audit(b: Breaker) -> None:
    row = b.rows("audit")[0]
    b.set("audit", {"id": row["id"]}, facts={"reason": f"核对 {ID_NUMBER[:6]} {ID_NUMBER[6:14]} {ID_NUMBER[14:]}"})


@breaks("I25")
def a_job_runs_without_a_lease(b: Breaker) -> None:
    b.set("jobs", {"status": "running"}, lease_until=None)


@breaks("I25")
def a_job_has_lost_its_worker(b: Breaker) -> None:
    b.set("jobs", {"status": "running"}, lease_until=LATER - timedelta(minutes=5))


@breaks("I25")
def a_job_died_of_nothing(b: Breaker) -> None:
    b.set("jobs", {"status": "done"}, status="dead")


@breaks("counters")
def a_case_counts_a_question_too_many(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["rich"]}, co_tasks_open=2)


@breaks("counters")
def a_case_counts_a_note_too_few(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["rich"]}, comments_total=0)


@breaks("units")
def another_unit_leads(b: Breaker) -> None:
    b.set("case_units", {"case_id": b.ids["open"]}, part="co")


@breaks("units")
def a_unit_left_nobody_knows_when(b: Breaker) -> None:
    b.set("case_units", {"case_id": b.ids["open"]}, part="former")


@breaks("search")
def a_case_is_not_to_be_found(b: Breaker) -> None:
    b.remove("search_entries", matter_id=b.ids["open"])


@breaks("search")
def a_case_is_found_by_other_words(b: Breaker) -> None:
    b.set("search_entries", {"matter_id": b.ids["open"]}, folded="路灯不亮了")


@breaks("search")
def a_case_is_found_by_other_pairs(b: Breaker) -> None:
    if b.office.db.is_postgresql:
        b.sql("UPDATE search_entries SET tokens = array_to_tsvector(ARRAY['6c34z7ba1'])")
    else:
        b.sql("UPDATE search_fts SET tokens = '6c34z7ba1'")


@breaks("numbers")
def a_number_was_never_given_out(b: Breaker) -> None:
    b.set("sequences", {}, last=1)


def the_file(b: Breaker):
    sha256 = b.rows("blobs")[0]["sha256"]
    return b.office.attachments / sha256[:2] / sha256[2:4] / sha256


def test_a_sound_office_passes_every_invariant(office: Office) -> None:
    assert office.broken(healed=True) == {}


@pytest.mark.parametrize(("name", "how"), _breaks, ids=[f"{name}-{how.__name__}" for name, how in _breaks])
def test_what_is_broken_is_found(name: str, how: Break, office: Office) -> None:
    with breaking(office) as breaker:
        how(breaker)
    found = office.findings(healed=True, only={name})[name]
    assert found.rows > 0
    assert 0 < len(found.first) <= 5
    assert not found.holds
    assert found.words(locale="en")


def test_every_invariant_was_broken_once() -> None:
    warnings = [name for name, _ in WARNINGS]
    assert {*warnings, *(name for name, _ in _breaks)} == set(every_name())


def test_what_heals_by_itself_counts_only_when_it_should_have(office: Office) -> None:
    with breaking(office) as breaker:
        a_rung_waits_since_yesterday(breaker)
        an_event_waits_since_yesterday(breaker)
        a_job_has_lost_its_worker(breaker)
    assert office.broken() == {}


def test_an_identity_number_in_somebodys_words_is_a_warning(office: Office) -> None:
    with breaking(office) as breaker:
        breaker.set("extension_requests", {}, reason=f"本人身份证 {ID_NUMBER}")
    found = office.findings()
    assert found[WARNINGS[0][0]].rows == 1
    assert all(each.holds for each in found.values())


def test_every_id_column_says_what_it_points_at() -> None:
    unclear = []
    for column in references.id_columns():
        try:
            references.pointed_at(column)
        except LookupError as unknown:
            unclear.append(str(unknown))
    assert not unclear, f"say in casework/keeping/references.py what these point at: {unclear}"


def test_every_text_of_people_is_scanned() -> None:
    scanned = {
        f"{table.name}.{column.name}"
        for table in references.Base.metadata.sorted_tables
        for column in sealed.text_columns(table)
    }
    assert {"cases.title", "outbox.facts", "notices.facts", "audit.facts", "history.fields"} <= scanned
    assert not {"cases.reporter_name_cipher", "cases.reporter_id_index", "history.hash"} & scanned
