"""Two spot checks (抽查) as they were held: one drawn and mostly asked about, one that can be drawn now.

Both were committed to within their quarter and held by the office through the same operations as ever, and printed in
the bulletin of the quarter before. That of the second is signed when all else is told (`print_open`): what is told
later has days before it, and a frozen figure must come out the same. The seed of the second is told at the start
(`open_seed`): anybody can draw on the first day.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from casework.assessment import spot_check
from casework.assessment.tables import SpotCheck, SpotFinding
from casework.bulletins.actions import unanswered
from casework.campaign.loader import campaigns
from casework.campaign.quarters import Quarter, quarter_of
from casework.core.database import Session
from casework.permissions import Subject
from workflows import engine
from workflows.campaign import bulletins, spot_checks
from workflows.demo.campaign.material import told
from workflows.demo.campaign.stage import CAMPAIGN, TOLD_UNTIL, Stage

_HOLDER = "an"
_DRAFTER, _SIGNER = "he", "lu"
_COMMITTED_AFTER, _SIGNED_AFTER, _DRAWN_AFTER = timedelta(days=12), timedelta(days=16), timedelta(days=5)
_NOON = 12 * 60
# Of the visits drawn the first so many of a hundred have been asked about; every so many-th was not confirmed.
_ASKED, _NOT_CONFIRMED, _NOT_REACHED = 80, 9, 11


def hold(session: Session, stage: Stage) -> None:
    """Hold both, as far as their days have come."""
    over = _last_over(stage)
    # The last quarter of the telling that is full of visits.
    first = min(_before(over), _before(quarter_of(TOLD_UNTIL)))
    begins = campaigns()[CAMPAIGN].begins
    for quarter, seed in ((first, told("checks")["drawn_seed"]), (over, open_seed())):
        if quarter.first < begins:
            continue
        check = _commit(session, stage, quarter, seed)
        if quarter == first:
            if _before(quarter).last >= begins:
                _publish(session, stage, _before(quarter), quarter.first + _SIGNED_AFTER)
            _draw(session, stage, check, quarter, seed)


def print_open(session: Session, stage: Stage) -> None:
    """Sign the bulletin in which the second is printed; everything that was known by then must have been told."""
    over = _last_over(stage)
    if _before(over).last >= campaigns()[CAMPAIGN].begins:
        _publish(session, stage, _before(over), over.first + _SIGNED_AFTER)


def _last_over(stage: Stage) -> Quarter:
    return _before(quarter_of(stage.now.astimezone(stage.calendar.zone).date()))


def open_seed() -> str:
    """Return the seed by which the second check is drawn."""
    return str(told("checks")["open_seed"])


def _before(quarter: Quarter) -> Quarter:
    return quarter_of(quarter.first - timedelta(days=1))


def _commit(session: Session, stage: Stage, quarter: Quarter, seed: str) -> SpotCheck:
    raw = {"campaign": CAMPAIGN, "quarter": str(quarter), "seed": seed}
    at = _noon(stage, quarter.first + _COMMITTED_AFTER)
    return spot_checks.announce(session, raw, actor=stage.cast.actors[_HOLDER], at=at)


def _publish(session: Session, stage: Stage, quarter: Quarter, on: date) -> None:
    """Sign the bulletin of the quarter before, which prints the commitment while its quarter is not over."""
    at, cast = _noon(stage, stage.calendar.workday_from(on)), stage.cast.actors
    raw = {"campaign": CAMPAIGN, "quarter": str(quarter)}
    row = bulletins.begin(session, raw, actor=cast[_DRAFTER], at=at)
    for trigger, who in (("freeze", _DRAFTER), ("review", _HOLDER), ("sign", _SIGNER)):
        at += timedelta(hours=1)
        if trigger == "review" and (notes := unanswered(row)):
            answers = {"answers": dict.fromkeys(notes, told("checks")["note"])}
            bulletins.mend(session, row, answers, actor=cast[_DRAFTER], at=at)
        engine.move(session, row, trigger, subject=Subject(row.region_code), actor=cast[who], given={}, at=at)


def _draw(session: Session, stage: Stage, check: SpotCheck, quarter: Quarter, seed: str) -> None:
    at = _noon(stage, quarter.last + _DRAWN_AFTER)
    if at > stage.now:
        return
    spot_checks.draw(session, check, {"seed": seed}, actor=stage.cast.actors[_HOLDER], at=at)
    drawn = spot_check.findings_of(session, check.id)
    for finding in drawn[: len(drawn) * _ASKED // 100]:
        _ask(session, stage, finding, quarter.last + _DRAWN_AFTER)


def _ask(session: Session, stage: Stage, finding: SpotFinding, drawn_on: date) -> None:
    """Note what a household said some working days later."""
    at = _noon(stage, stage.calendar.add_workdays(drawn_on, 1 + finding.place // 8)) + timedelta(minutes=finding.place)
    if at > stage.now:
        return
    outcome = "confirmed"
    if finding.place % _NOT_CONFIRMED == 0:
        outcome = "not_confirmed"
    elif finding.place % _NOT_REACHED == 0:
        outcome = "not_reached"
    among: Sequence[str] = told("checks").get(outcome, ("",))
    raw = {"outcome": outcome, "words": stage.chance.choice(among), "asked_on": _day(stage, at).isoformat()}
    spot_checks.find_out(session, finding, raw, actor=stage.clerk(), at=at)


def _noon(stage: Stage, day: date) -> datetime:
    return stage.at(day, _NOON)


def _day(stage: Stage, at: datetime) -> date:
    return at.astimezone(stage.calendar.zone).date()
