"""Whether a proposed category was taken is noted when the case is assigned, once, and not before."""

from sqlalchemy import select

from casework.cases.tables import Case
from casework.triage.tables import TriageOutcome
from tests.tasks.conftest import Post
from tests.world import MORNING, World


def outcomes(world: World) -> list[tuple[str, str, bool]]:
    with world.db.reading() as session:
        found = session.scalars(select(TriageOutcome).order_by(TriageOutcome.id)).all()
        return [(each.proposed, each.chosen, each.taken) for each in found]


def test_an_assignment_notes_whether_the_proposal_was_taken(world: World, post: Post) -> None:
    one, other = world.report(), world.report()
    with world.db.transaction() as session:
        session.get_one(Case, other).category = "infrastructure"
    post.tell(at=MORNING)
    assert outcomes(world) == []
    for case_id in (one, other):
        world.move(case_id, "assign", "an", org="SLJ")
    for _ in range(2):
        post.tell(at=MORNING)
    assert outcomes(world) == [
        ("drinking_water", "drinking_water", True),
        ("drinking_water", "infrastructure", False),
    ]
