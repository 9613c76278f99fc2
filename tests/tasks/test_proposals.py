"""Whether category, unit and urgency were taken as proposed is noted when the case is assigned, once, and not before."""

from sqlalchemy import select

from casework.cases import assignment_rules, suggestions
from casework.cases.tables import Case
from casework.triage.tables import TriageOutcome
from tests.tasks.conftest import Post
from tests.world import COUNTY, MORNING, VILLAGE, World


def outcomes(world: World, subject: str = "category") -> list[tuple[str, str, bool]]:
    with world.db.reading() as session:
        asked = select(TriageOutcome).where(TriageOutcome.subject == subject).order_by(TriageOutcome.id)
        return [(each.proposed, each.chosen, each.taken) for each in session.scalars(asked)]


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


def test_unit_and_urgency_are_noted_too_and_what_is_often_corrected_is_proposed_no_more(
    world: World, post: Post
) -> None:
    with world.db.transaction() as session:
        raw = {"category": "drinking_water", "region": COUNTY, "org": "SLJ", "route": "two_offices"}
        assignment_rules.put(session, raw, actor=world["an"], at=MORNING)

    def proposed() -> suggestions.Suggestions:
        with world.db.reading() as session:
            return suggestions.suggest(
                session, world["he"], title="水管断了", description="断水三天", region_code=VILLAGE, at=MORNING
            )

    assert [(each.code, each.confidence, each.ground) for each in proposed().org] == [("SLJ", 0.85, "rule")]
    for n, (org, urgency) in enumerate([("SLJ", "urgent"), *[("ZYZ", "normal")] * 12]):
        case_id = world.report(title=f"{n}组断水", urgency=urgency)
        world.move(case_id, "assign", "an", org=org)
    post.tell(at=MORNING)
    assert outcomes(world, "org")[:2] == [("SLJ", "SLJ", True), ("SLJ", "ZYZ", False)]
    assert outcomes(world, "urgency")[:2] == [("urgent", "urgent", True), ("urgent", "normal", False)]
    after = proposed()
    # So often corrected that no screen proposes it (suggestions.SURE): what is not proposed is not counted further.
    assert 5 < len(outcomes(world, "org")) < 12
    assert after.org[0].code == "SLJ" and after.org[0].confidence < suggestions.SURE
    assert after.urgency[0].code == "urgent" and after.urgency[0].confidence < suggestions.SURE
    assert after.category[0].confidence > 0.7, "of the category every proposal was taken"
