"""What was frozen and what is counted: bulletins, solved cases, targets (I17, I30, I31)."""

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select

from casework.bulletins import actions
from casework.bulletins.drafting import Content
from casework.bulletins.queries import ISSUED
from casework.bulletins.tables import Bulletin
from casework.campaign import figures
from casework.campaign.tables import Goal, Plan
from casework.cases.solutions import SOLVED
from casework.cases.tables import Case, Solution
from casework.core.editions import known
from casework.keeping.view import View


def bulletins(view: View) -> Iterator[str]:
    """I17: what a bulletin froze is what its digest says, and reckoned anew with both its instants it is the same; a
    signed one has day and number, and numbers of a year have no gap."""
    numbers: dict[tuple[str, int], list[int]] = {}
    for row in view.session.scalars(select(Bulletin).order_by(Bulletin.id)):
        if row.frozen is not None and not _holds(view, row):
            yield row.number
        if row.state in ISSUED:
            if row.frozen is None or row.signed_on is None or row.issue_no is None:
                yield row.number
            else:
                numbers.setdefault((row.campaign, row.signed_on.year), []).append(row.issue_no)
    for (campaign, year), given in numbers.items():
        if sorted(given) != list(range(1, len(given) + 1)):
            yield f"{campaign} {year}"


def _holds(view: View, row: Bulletin) -> bool:
    content = Content(row.frozen or {})
    if content.sha256 != row.frozen_sha256 or row.known_at is None:
        return False
    again = {each.figure.key: each.told for each in figures.reckon(view.session, actions.instants_of(row))}
    return all(again.get(key) == figure["exact"] for key, figure in content.figures.items())


def solutions(view: View) -> Iterator[str]:
    """I30: a case raised through a household or an industry stands as solved exactly when it was answered so."""
    is_solved = and_(
        Case.result_class == SOLVED,
        Case.resolved_at.is_not(None),
        or_(Case.household_id.is_not(None), Case.industry_id.is_not(None)),
    )
    standing = select(Solution.case_id).where(known(Solution), Solution.undone_on.is_(None))
    yield from view.ids(select(Case.number).where(is_solved, Case.id.not_in(standing)))
    unsolved = select(Case.number).join(Solution, Solution.case_id == Case.id)
    yield from view.ids(unsolved.where(known(Solution), Solution.undone_on.is_(None), ~is_solved))
    twice = select(Solution.case_id).where(known(Solution), Solution.undone_on.is_(None)).group_by(Solution.case_id)
    yield from view.ids(twice.having(func.count() > 1))


def goals(view: View) -> Iterator[str]:
    """I31: one record for an item of an object's year, one plan for the year; what is reached says since when."""
    key = (Goal.campaign, Goal.checklist, Goal.item, Goal.year, Goal.object_id, Goal.region_code)
    twice = select(func.min(Goal.checklist), *key).where(known(Goal)).group_by(*key).having(func.count() > 1)
    for row in view.stream(twice):
        yield " ".join(str(each) for each in row[1:])
    planned = (Plan.campaign, Plan.year, Plan.object_id, Plan.region_code)
    for row in view.stream(select(*planned).where(known(Plan)).group_by(*planned).having(func.count() > 1)):
        yield " ".join(str(each) for each in row)
    reached = select(Goal.id).where(known(Goal), Goal.state.in_(("claimed", "verified")), Goal.reached_on.is_(None))
    yield from view.ids(reached)
