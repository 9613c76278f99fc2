"""What waits for the caller."""

from casework.cases import work
from web import identity, unit
from web.api import answers, desk_schemas
from web.api.operations import Reply, operation
from web.locales import local


@operation(
    "GET",
    "/work",
    permission="work.read",
    summary="List what waits for the caller",
    answers={200: desk_schemas.WorkOut},
)
def show_work() -> Reply:
    """List cases to sign for, due, to decide on and to call back about, questions to answer, and drafts."""
    found = work.work_of(unit.session(), identity.actor(), at=unit.at())
    return Reply(
        desk_schemas.WorkOut(
            to_sign=[answers.line_out(row) for row in found.to_sign],
            due=[answers.line_out(row) for row in found.due],
            to_approve=[
                desk_schemas.ToApprove(
                    id=each.id,
                    version=each.version,
                    created_at=local(each.requested_at),
                    updated_at=local(each.requested_at),
                    case=answers.line_out(each.case),
                    until=each.until,
                    reason=each.reason,
                    asked_by=each.asked_by,
                )
                for each in found.to_approve
            ],
            follow_up=[answers.line_out(row) for row in found.follow_up],
            drafts=[
                desk_schemas.DraftOut(
                    id=each.id,
                    version=1,
                    created_at=local(each.updated_at),
                    updated_at=local(each.updated_at),
                    form=each.form,
                    about=each.matter_id,
                )
                for each in found.drafts
            ],
            questions=[
                desk_schemas.ToAnswer(
                    id=each.id,
                    case=answers.line_out(each.case),
                    question=answers.seen_of(each.case)(each.question) or "",
                    due_on=each.due_on,
                )
                for each in found.questions
            ],
        )
    )
