"""What the assessment keeps for good: frozen sheets and the samples of spot checks (I32, I33)."""

from collections.abc import Iterator

from sqlalchemy import or_, select

from casework.assessment import sheets, spot_check
from casework.assessment.tables import Assessment, SpotCheck
from casework.core.editions import known
from casework.keeping.view import View

_FINAL = ("approved", "imported")


def frozen_sheets(view: View) -> Iterator[str]:
    """I32: a sheet is frozen exactly when approved or from a file, says what it froze, and its digest fits."""
    asked = select(Assessment).where(or_(Assessment.state.in_(_FINAL), Assessment.frozen_sha256.is_not(None)))
    for row in view.session.scalars(asked.order_by(Assessment.id)):
        is_kept = row.state in _FINAL and row.frozen is not None and sheets.digest(row.frozen) == row.frozen_sha256
        if not is_kept or sheets.statement(row) != row.frozen:
            yield row.number


def samples(view: View) -> Iterator[str]:
    """I33: a spot check was drawn by the seed committed to, and drawn again from what was known then it is the same."""
    for row in view.session.scalars(select(SpotCheck).where(known(SpotCheck)).order_by(SpotCheck.id)):
        if spot_check.differences(view.session, row):
            yield f"spot_checks {row.id}"
