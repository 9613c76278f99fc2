"""The spot check (抽查): a tenth of the visits of a quarter, drawn by a seed that was committed to beforehand.

The SHA-256 of the seed stands in the bulletin before the quarter is over; when it is over the seed is revealed, and the
visits are put in the order of HMAC-SHA256(seed, id). So nobody can choose the seed by what it draws, and anybody can
draw again (docs/how-to/check-a-spot-check.md). Only the digest is kept until then: a lost seed is a lost check.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from casework.activities.tables import Activity
from casework.assessment.sources import BY_PHONE
from casework.assessment.tables import SpotCheck, SpotFinding
from casework.campaign.definition import Campaign
from casework.campaign.quarters import Quarter, read_quarter
from casework.campaign.sources import within
from casework.campaign.visits import VISIT
from casework.core import editions, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.core.errors import invalid, refused

SHARE = 10  # one of so many visits is drawn
OUTCOMES = ("confirmed", "not_confirmed", "not_reached")
SEED_BYTES, SEED_SHORTEST, SEED_LONGEST = 32, 16, 200
WORDS_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """How far a check that was drawn has come: how many visits were drawn, and how many of each outcome there are."""

    drawn: int
    outcomes: Mapping[str, int]

    @property
    def told(self) -> int:
        """How many of them have been asked about, whether anybody was reached or not."""
        return self.drawn - self.outcomes.get("", 0)


def commitment_of(seed: str) -> str:
    """Return the SHA-256 of a seed, of its UTF-8 bytes, in hexadecimal: what is published beforehand."""
    return hashlib.sha256(seed.encode()).hexdigest()


def order_of(seed: str, visit_id: UUID) -> str:
    """Return what a visit is sorted by: HMAC-SHA256 with the seed as key over the id as text, in hexadecimal."""
    return hmac.new(seed.encode(), str(visit_id).encode(), hashlib.sha256).hexdigest()


def sample(seed: str, visit_ids: Iterable[UUID]) -> list[UUID]:
    """Return a tenth of the visits, rounded up, in the order of the draw."""
    ordered = sorted(visit_ids, key=lambda each: order_of(seed, each))
    return ordered[: -(-len(ordered) // SHARE)]


def new_seed() -> str:
    """Return a seed nobody can guess."""
    return secrets.token_hex(SEED_BYTES)


def read_seed(value: object) -> str:
    """Read a seed as it was typed; the blanks around it do not belong to it.

    Raises:
        Invalid: it is no text, or too short not to be guessed.
    """
    seed = texts.clean_text(value, field="seed", max_length=SEED_LONGEST, multiline=False).strip()
    if len(seed) < SEED_SHORTEST:
        raise invalid("seed", "seed_short", least=SEED_SHORTEST)
    return seed


def announce(
    session: Session, campaign: Campaign, quarter: Quarter, seed: str, *, actor: Actor, at: datetime
) -> SpotCheck:
    """Commit to a seed for the visits of a quarter, before its last day is over; the seed itself is not kept.

    Raises:
        Refused: the quarter is over, or has a check already.
    """
    today = at.astimezone(session.info["zone"]).date()
    if today > quarter.last:
        raise refused("spot_check_too_late", quarter=str(quarter))
    if of_quarter(session, campaign.code, str(quarter)) is not None:
        raise refused("spot_check_exists", quarter=str(quarter))
    row = SpotCheck(
        campaign=campaign.code,
        quarter=str(quarter),
        region_code=campaign.region_code,
        commitment=commitment_of(seed),
    )
    return editions.enter(session, row, actor=actor, at=at)


def draw(session: Session, check: SpotCheck, seed: str, *, actor: Actor, at: datetime) -> SpotCheck:
    """Reveal the seed of a locked check and draw its visits, as they are known at `at`.

    Raises:
        Invalid: it is not the seed that was committed to.
        Refused: it was drawn, or the quarter is not over.
    """
    if check.seed is not None:
        raise refused("spot_check_drawn", quarter=check.quarter)
    quarter = read_quarter(check.quarter)
    if at.astimezone(session.info["zone"]).date() <= quarter.last:
        raise refused("spot_check_too_early", quarter=check.quarter, last=quarter.last.isoformat())
    if not hmac.compare_digest(commitment_of(seed), check.commitment):
        raise invalid("seed", "seed_differs")
    visits = {row.id: row for row in visits_of(session, check, known_at=at)}
    drawn = editions.mend(session, check, {"seed": seed, "drawn_at": at, "population": len(visits)}, actor=actor, at=at)
    with session.together():
        for place, visit_id in enumerate(sample(seed, visits), start=1):
            visit = visits[visit_id]
            if visit.member_id is None:
                raise LookupError(visit_id)
            finding = SpotFinding(
                spot_check_id=check.id,
                activity_id=visit.id,
                member_id=visit.member_id,
                region_code=visit.region_code,
                visited_on=visit.on_date,
                place=place,
            )
            editions.enter(session, finding, actor=actor, at=at)
    return drawn


def visits_of(session: Session, check: SpotCheck, *, known_at: datetime | None) -> Sequence[Activity]:
    """Return the visits a check is drawn from: those to households in the quarter, made in person by a member."""
    quarter = read_quarter(check.quarter)
    asked = select(Activity).where(
        standing(Activity, known_at),
        Activity.kind == VISIT,
        Activity.form != BY_PHONE,
        Activity.member_id.is_not(None),
        Activity.on_date >= quarter.first,
        Activity.on_date <= quarter.last,
        within(Activity.region_code, check.region_code),
    )
    return session.scalars(asked.order_by(Activity.id)).all()


def differences(session: Session, check: SpotCheck) -> list[str]:
    """Draw a check again from the records as they were known then; return what differs, in ids. Empty: it is right."""
    if check.seed is None or check.drawn_at is None:
        return []
    if commitment_of(check.seed) != check.commitment:
        return [str(check.id)]
    again = sample(check.seed, [row.id for row in visits_of(session, check, known_at=check.drawn_at)])
    kept = [row.activity_id for row in findings_of(session, check.id)]
    if again == kept:
        return []
    return [str(each) for each in sorted({*again} ^ {*kept})] or [str(check.id)]


def find_out(
    session: Session,
    finding: SpotFinding,
    told: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> SpotFinding:
    """Keep what a household said of a visit (`outcome`, `words`, `asked_on`), in place of what it said before.

    Raises:
        Stale: somebody else changed it since.
    """
    return editions.mend(session, finding, told, actor=actor, at=at, expected_version=expected_version)


def of_quarter(session: Session, campaign: str, quarter: str) -> SpotCheck | None:
    """Return the check of a quarter."""
    asked = select(SpotCheck).where(known(SpotCheck), SpotCheck.campaign == campaign, SpotCheck.quarter == quarter)
    return session.scalars(asked).one_or_none()


def findings_of(session: Session, check_id: UUID) -> Sequence[SpotFinding]:
    """Return the visits that were drawn, in the order of the draw."""
    asked = select(SpotFinding).where(known(SpotFinding), SpotFinding.spot_check_id == check_id)
    return session.scalars(asked.order_by(SpotFinding.place)).all()


def asked_of(
    session: Session, check_ids: Collection[UUID], *, known_at: datetime | None = None
) -> Mapping[UUID, Asked]:
    """Return of each check how many visits were drawn and what was heard of them, as it was known."""
    if not check_ids:
        return {}
    rows = session.execute(
        select(SpotFinding.spot_check_id, SpotFinding.outcome, func.count())
        .where(known(SpotFinding, known_at), SpotFinding.spot_check_id.in_(check_ids))
        .group_by(SpotFinding.spot_check_id, SpotFinding.outcome)
    )
    found: dict[UUID, dict[str, int]] = {check_id: {} for check_id in check_ids}
    for check_id, outcome, n in rows:
        found[check_id][outcome] = n
    return {check_id: Asked(sum(told.values()), told) for check_id, told in found.items()}


def held(
    session: Session, campaign: str, quarters: Collection[str], *, known_at: datetime | None
) -> list[tuple[SpotCheck, Asked]]:
    """Return the checks of some quarters that were drawn, with how far they have come, as it was known."""
    asked = select(SpotCheck).where(
        known(SpotCheck, known_at),
        SpotCheck.campaign == campaign,
        SpotCheck.quarter.in_(quarters),
        SpotCheck.seed.is_not(None),
    )
    checks = session.scalars(asked.order_by(SpotCheck.quarter)).all()
    told = asked_of(session, [check.id for check in checks], known_at=known_at)
    return [(check, told[check.id]) for check in checks]


def open_commitments(session: Session, campaign: str, *, known_at: datetime | None) -> list[tuple[str, str]]:
    """Return the checks committed to and not drawn yet, as they were known: quarter and commitment."""
    asked = select(SpotCheck.quarter, SpotCheck.commitment).where(
        known(SpotCheck, known_at), SpotCheck.campaign == campaign, SpotCheck.seed.is_(None)
    )
    return [(quarter, commitment) for quarter, commitment in session.execute(asked.order_by(SpotCheck.quarter))]
