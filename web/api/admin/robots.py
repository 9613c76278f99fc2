"""Robots of group chats (企业微信, 钉钉) as the API takes and gives them: made, changed, tried, ended."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, url_for

from casework.core import ids
from casework.core.errors import NotFound
from casework.registry import queries as registry
from casework.robots import actions
from casework.robots.tables import Robot, RobotMessage
from web import bodies, identity, unit
from web.api import answers, paging, parameters
from web.api.admin.robot_schemas import MessageOut, RobotIn, RobotList, RobotMessageList, RobotOut, RobotPatch
from web.api.operations import Reply, operation
from web.locales import local
from workflows.outside import robots
from workflows.outside.robots import MANAGE


@operation(
    "GET",
    "/robots",
    permission=MANAGE,
    anywhere=True,
    summary="List robots",
    answers={200: RobotList},
)
def list_robots() -> Reply:
    """List the robots that are not ended, the oldest first; their addresses are shown to nobody again."""
    return Reply(RobotList(items=_shown(actions.living(unit.session())), next=None))


@operation(
    "POST",
    "/robots",
    permission=MANAGE,
    anywhere=True,
    summary="Make a robot",
    request_model=RobotIn,
    answers={201: RobotOut},
    problems=(409,),
)
def make_robot() -> Reply:
    """Keep a robot of a group: its address is kept encrypted and told to nobody again."""
    allowed = unit.office().settings.webhook_allow
    row = robots.make(unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at(), allowed=allowed)
    where = url_for("api.robots_show_robot", robot_id=row.id)
    return Reply(_shown([row])[0], 201, {"Location": where})


@operation(
    "GET",
    "/robots/<robot_id>",
    permission=MANAGE,
    anywhere=True,
    summary="Show a robot",
    answers={200: RobotOut},
    problems=(404,),
)
def show_robot(robot_id: str) -> Reply:
    """Show a robot, without its address and its secret."""
    return Reply(_shown([actions.get(unit.session(), _id(robot_id), lock=False)])[0])


@operation(
    "PATCH",
    "/robots/<robot_id>",
    permission=MANAGE,
    anywhere=True,
    summary="Change what a robot says",
    request_model=RobotPatch,
    answers={200: RobotOut},
    problems=(404,),
)
def mend_robot(robot_id: str) -> Reply:
    """Change its label and what it says; another address is another robot."""
    raw = bodies.json_object()
    row = robots.mend(unit.session(), _id(robot_id), raw, actor=identity.actor(), at=unit.at())
    return Reply(_shown([row])[0])


@operation(
    "DELETE",
    "/robots/<robot_id>",
    permission=MANAGE,
    anywhere=True,
    summary="End a robot",
    answers={204: None},
    problems=(404,),
)
def end_robot(robot_id: str) -> Response:
    """Say nothing more in the group; what waits is dropped."""
    robots.end(unit.session(), _id(robot_id), actor=identity.actor(), at=unit.at())
    return Response(status=204)


@operation(
    "POST",
    "/robots/<robot_id>/test",
    permission=MANAGE,
    anywhere=True,
    summary="Say something to try a robot",
    answers={201: MessageOut},
    problems=(404,),
)
def try_robot(robot_id: str) -> Reply:
    """Say something of no matter, at once."""
    found = _id(robot_id)
    robots.try_out(unit.session(), found, actor=identity.actor(), at=unit.at())
    return Reply(_message(actions.messages_of(unit.session(), found, limit=1)[0]), 201)


@operation(
    "GET",
    "/robots/<robot_id>/messages",
    permission=MANAGE,
    anywhere=True,
    summary="List what became of a robot's messages",
    answers={200: RobotMessageList},
    problems=(404,),
    parameters=(parameters.LIMIT, parameters.CURSOR),
)
def list_messages(robot_id: str) -> Reply:
    """List its messages with their fates, the latest first; never what stood in them."""
    found, limit = actions.get(unit.session(), _id(robot_id), lock=False).id, parameters.asked_limit()
    scope = f"robot-messages {found}"
    rows = actions.messages_of(unit.session(), found, before=paging.after_id(scope), limit=limit + 1)
    kept, more = paging.cut(scope, rows, limit, lambda row: [str(row.id)])
    return Reply(RobotMessageList(items=[_message(row) for row in kept], next=more))


def _id(robot_id: str) -> UUID:
    found = ids.parse_id(robot_id)
    if found is None:
        raise NotFound("robot")
    return found


def _shown(rows: Sequence[Robot]) -> list[RobotOut]:
    orgs = registry.orgs_by_id(unit.session(), [row.org_id for row in rows if row.org_id is not None])
    return [
        RobotOut(
            id=row.id,
            kind=row.kind,
            label=row.label,
            org=None if row.org_id is None else orgs[row.org_id].code,
            digests=row.digests,
            alarms=row.alarms,
            is_signed=row.secret is not None,
            rests_until=answers.maybe_local(row.rests_until),
            created_at=local(row.created_at),
        )
        for row in rows
    ]


def _message(row: RobotMessage) -> MessageOut:
    return MessageOut(
        id=row.id,
        code=row.code,
        fate=row.fate,
        reason=row.fate_reason,
        attempts=row.attempts,
        created_at=local(row.created_at),
        sent_at=answers.maybe_local(row.sent_at),
    )
