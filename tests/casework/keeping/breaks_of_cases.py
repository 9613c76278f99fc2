"""Ways to break what a case counts of its rows, who takes part in it, and how it is found."""

from casework.cases import led
from tests.casework.keeping.breaking import Breaker
from tests.casework.keeping.breaks import breaks


@breaks("counters")
def a_case_counts_a_question_too_many(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["rich"]}, co_tasks_open=2)


@breaks("counters")
def a_case_counts_a_note_too_few(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["rich"]}, comments_total=0)


@breaks("counters")
def a_case_knows_nothing_of_a_unit_beside(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["rich"]}, is_shared=False)


@breaks("counters")
def a_case_knows_nothing_of_a_reply_that_was_begun(b: Breaker) -> None:
    b.set("text_versions", {"text_name": "minutes"}, text_name="reply", matter_id=b.ids["rich"])


@breaks("units")
def another_unit_leads(b: Breaker) -> None:
    b.set("case_units", {"case_id": b.ids["open"]}, part="co")


@breaks("units")
def a_unit_left_nobody_knows_when(b: Breaker) -> None:
    b.set("case_units", {"case_id": b.ids["open"]}, part="former")


@breaks("led")
def a_unit_sent_back_what_it_never_had(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["open"]}, lead_returned=True, was_returned=True)


@breaks("led")
def a_case_forgets_what_became_of_it_under_its_unit(b: Breaker) -> None:
    marked = ((mark, each) for each in b.rows("cases") for mark in led.MARKS if each[f"lead_{mark}"])
    mark, case = next(marked)
    b.set("cases", {"id": case["id"]}, **{f"lead_{mark}": False, f"was_{mark}": False})


@breaks("led")
def a_unit_was_given_a_case_twice(b: Breaker) -> None:
    b.set("case_units", {"case_id": b.ids["open"]}, times_led=2)


@breaks("search")
def a_case_is_not_to_be_found(b: Breaker) -> None:
    b.remove("search_entries", matter_id=b.ids["open"])


@breaks("search")
def a_case_is_found_by_other_words(b: Breaker) -> None:
    b.set("search_entries", {"matter_id": b.ids["open"]}, folded="路灯不亮了")


@breaks("search")
def a_case_is_found_in_another_place(b: Breaker) -> None:
    b.set("search_entries", {"matter_id": b.ids["open"]}, region_code="510823101")


@breaks("search")
def a_case_is_found_by_other_pairs(b: Breaker) -> None:
    if b.office.db.is_postgresql:
        b.sql("UPDATE search_entries SET tokens = array_to_tsvector(ARRAY['6c34z7ba1'])")
    else:
        b.sql("UPDATE search_fts SET tokens = '6c34z7ba1'")


@breaks("search")
def a_signed_slip_is_not_to_be_found(b: Breaker) -> None:
    unsigned = "REPLACE(folded, '督办〔', '')"
    b.sql(f"UPDATE search_entries SET folded = {unsigned} WHERE kind = 'supervision' AND folded LIKE '%督办〔%'")


@breaks("numbers")
def a_number_was_never_given_out(b: Breaker) -> None:
    b.set("sequences", {}, last=1)


@breaks("outcomes")
def a_case_boasts_of_a_clock_it_did_not_meet(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["open"]}, handle_outcome="on_time")


@breaks("tallies")
def a_sum_is_one_too_many(b: Breaker) -> None:
    b.set("case_tally_changes", {"n": b.rows("case_tally_changes")[0]["n"]}, total=2)


@breaks("words")
def a_case_is_more_urgent_than_anybody_said(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["open"]}, urgency="urgent")


@breaks("words")
def a_case_tells_another_story(b: Breaker) -> None:
    b.set("cases", {"id": b.ids["closed"]}, description="没有什么困难。")


@breaks("words")
def what_was_mended_is_mended_back(b: Breaker) -> None:
    row = next(row for row in b.rows("history") if row["trigger"] == "mend" and "title" in row["fields"])
    b.set("cases", {"id": row["matter_id"]}, title=row["fields"]["title"]["from"])
