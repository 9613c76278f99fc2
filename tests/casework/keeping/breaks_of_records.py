"""Ways to break money, files, personal data and the rest (I13 on)."""

import os
from datetime import date, timedelta

from casework.campaign.tables import Plan
from casework.core.ids import new_id
from tests.casework.keeping.breaking import Breaker
from tests.casework.keeping.breaks import NOBODY, breaks
from tests.casework.keeping.lived import ID_NUMBER, LATER
from tests.world import MORNING


def the_file(b: Breaker):
    sha256 = b.rows("blobs")[0]["sha256"]
    return b.office.attachments / sha256[:2] / sha256[2:4] / sha256


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


@breaks("I28")
def an_edition_is_missing(b: Breaker) -> None:
    b.remove("members", id=b.ids["member"], version=1)


@breaks("I28")
def an_edition_ends_before_the_next(b: Breaker) -> None:
    b.set("households", {"id": b.ids["household"], "version": 1}, superseded_at=MORNING - timedelta(days=9))


@breaks("I28")
def the_present_edition_is_ended(b: Breaker) -> None:
    b.set("links", {"id": b.ids["link"], "version": 2}, superseded_at=LATER)


@breaks("I29")
def two_links_overlap(b: Breaker) -> None:
    b.set("links", {"id": b.ids["link"], "version": 2}, valid_to=date(2023, 6, 30))


@breaks("I29")
def a_link_ends_before_it_begins(b: Breaker) -> None:
    b.sql("UPDATE member_terms SET valid_to = '2020-01-01'")


@breaks("I19")
def a_term_is_nobodys(b: Breaker) -> None:
    b.set("member_terms", {}, member_id=NOBODY)


@breaks("I17")
def a_signed_figure_is_another(b: Breaker) -> None:
    frozen = b.rows("bulletins", id=b.ids["bulletin"])[0]["frozen"]
    frozen["figures"][0]["exact"] += 1
    b.set("bulletins", {"id": b.ids["bulletin"]}, frozen=frozen)


@breaks("I17")
def the_records_of_a_signed_figure_were_rewritten(b: Breaker) -> None:
    b.set("members", {"id": b.ids["member"]}, region_code="510811")


@breaks("I17")
def a_number_of_a_bulletin_is_left_out(b: Breaker) -> None:
    b.set("bulletins", {"id": b.ids["bulletin"]}, issue_no=2)


@breaks("I30")
def a_solved_case_is_not_counted(b: Breaker) -> None:
    b.remove("solutions", case_id=b.ids["solved"])


@breaks("I31")
def a_target_is_reached_on_no_day(b: Breaker) -> None:
    b.set("goals", {"id": b.ids["goal"]}, reached_on=None)


@breaks("I31")
def a_target_stands_twice(b: Breaker) -> None:
    b.add("goals", {**b.rows("goals", id=b.ids["goal"])[0], "id": new_id()})


@breaks("I31")
def a_household_has_two_plans_for_a_year(b: Breaker) -> None:
    goal = b.rows("goals", id=b.ids["goal"])[0]
    shared = {each.name: goal[each.name] for each in Plan.__table__.columns if each.name in goal}
    words = dict.fromkeys(("situation", "difficulties", "aims", "measures"), "")
    for _ in range(2):
        b.add("plans", {**shared, **words, "id": new_id(), "made_on": goal["reached_on"]})


@breaks("I32")
def a_frozen_sheet_says_something_else(b: Breaker) -> None:
    frozen = b.rows("assessments", id=b.ids["sheet"])[0]["frozen"]
    b.set("assessments", {"id": b.ids["sheet"]}, frozen={**frozen, "band": "excellent"})


@breaks("I32")
def a_score_is_better_than_what_was_frozen(b: Breaker) -> None:
    b.set("assessments", {"id": b.ids["sheet"]}, score=9900)


@breaks("I33")
def another_visit_stands_in_the_sample(b: Breaker) -> None:
    b.set("spot_findings", {}, activity_id=NOBODY)


@breaks("I33")
def another_seed_was_revealed(b: Breaker) -> None:
    b.set("spot_checks", {"version": 2}, seed="not the one committed to")


@breaks("I34")
def an_announcement_went_to_nobody(b: Breaker) -> None:
    b.remove("receipts")


@breaks("I34")
def one_member_has_it_twice(b: Breaker) -> None:
    b.add("receipts", {**b.rows("receipts", version=2)[0], "id": new_id(), "version": 1})


@breaks("I34")
def an_answer_does_not_fit_what_was_asked(b: Breaker) -> None:
    b.set("receipts", {"version": 2}, answer="received")


@breaks("I36")
def a_slip_number_is_left_out(b: Breaker) -> None:
    b.set("supervisions", {"id": b.ids["supervised"]}, slip_no=3, slip_number="督办〔2026〕3号")


@breaks("I36")
def a_slip_says_another_number(b: Breaker) -> None:
    b.set("supervisions", {"id": b.ids["supervised"]}, slip_number="督办〔2026〕1号")


@breaks("I36")
def an_urging_is_not_counted(b: Breaker) -> None:
    b.set("supervisions", {"id": b.ids["supervised"]}, urges=0)


@breaks("I37")
def one_person_struck_it_off(b: Breaker) -> None:
    row = b.rows("supervisions", id=b.ids["struck"])[0]
    b.set("supervisions", {"id": b.ids["struck"]}, struck_off_by=row["proposed_by"])


@breaks("I37")
def nothing_shows_that_it_was_done(b: Breaker) -> None:
    b.set("supervisions", {"id": b.ids["struck"]}, evidence=None)


@breaks("I37")
def it_is_struck_off_and_in_progress(b: Breaker) -> None:
    b.set("supervisions", {"id": b.ids["supervised"]}, struck_off_on=date(2026, 10, 20))
