"""What stands for the variable parts of addresses, where every route is asked."""

from collections.abc import Mapping

ABSENT = "01a137ec-0000-7000-8000-00000000000f"
# The variable parts of addresses: those that name a case, a part of it or one beside it (that may not be there), and
# all others.
OF_A_CASE = {"number", "case_id", "id"}
PARTS = {"task_id", "request_id", "line_id", "file_id", "attachment_id", "other"}
OTHERS: Mapping[str, str] = {
    "list_name": "due",
    **dict.fromkeys(
        (
            *("person_id", "grant_id", "job_id", "event_id", "rule_id", "snippet_id", "filter_id", "session_id"),
            *("token_id", "report_id", "photo_id", "matter_id", "member_id", "household_id", "link_id", "handover_id"),
            *("sheet_id", "check_id", "visit_id", "dispatch_id", "project_id", "industry_id", "activity_id"),
            *("suggestion_id", "announcement_id", "duty_id", "member_home_id", "slogan_id", "experience_id", "lead_id"),
            *("bulletin_id", "record_id", "resident_id", "supervision_id", "consultation_id", "meeting", "feed_id"),
            *(
                "webhook_id",
                "delivery_id",
                "robot_id",
                "round_id",
                "export_id",
                "mark_there",
                "rule",
                "day_id",
                "plan_id",
            ),
            *("topic_id", "voter_id", "rating_id"),
            *("reference", "print_id"),
        ),
        ABSENT,
    ),
    **{
        "step": "reset",
        "year": "2026",
        "code": "nothing",
        "kind": "cases",
        "token": "nothing",
        "secret": "nothing",
        "form": "report",
    },
    "month": "2026-10",
    "key": "members",
    **{"n": "1", "paper": "notice"},
    **{"table": "households", "column": "2", "row": "510822105"},
    # A case that is there and was not released: to everybody as if it were not.
    "request_number": "QC-AJ-2026-000001",
}
