"""What changes in a sheet beside its state: computed, adjusted with reasons, answered, frozen.

Keyword-only, with the session and `at` handed in; nothing here commits and nothing assigns `state`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from casework.assessment.definition import WHOLE, Scheme
from casework.assessment.loader import scheme_of, schemes
from casework.assessment.reckoning import reckon, score_of, totals
from casework.assessment.sources import Period
from casework.assessment.tables import Assessment
from casework.campaign.definition import Campaign
from casework.campaign.loader import campaigns
from casework.core import texts
from casework.core.actors import Actor
from casework.core.columns import canonical
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, refused
from casework.core.ids import new_id
from casework.matters import numbering
from casework.members.tables import Member
from casework.registry import places

NUMBER_KIND = "KH"
REASON_LENGTH, MOST_ADJUSTMENTS = 1000, 50


def require_scheme(campaign: Campaign, year: int) -> Scheme:
    """Return the scheme of a year.

    Raises:
        Refused: the campaign has none by then.
    """
    found = scheme_of(campaign.code, year)
    if found is None:
        raise refused("year_without_scheme", campaign=campaign.code, year=year)
    return found


def scheme_for(row: Assessment) -> Scheme | None:
    """Return the scheme a sheet was made by; None for one from a file of a year without."""
    return None if row.scheme_year is None else schemes()[row.campaign, row.scheme_year]


def make(session: Session, campaign: Campaign, year: int, member: Member, *, actor: Actor) -> Assessment:
    """Make the row of a sheet without its content; the engine starts it.

    The number is taken first: who makes sheets of one year at the same moment comes one after the other.
    """
    prefix = places.number_prefix(session, campaign.region_code[:6])
    scheme = scheme_of(campaign.code, year)
    return Assessment(
        id=new_id(),
        number=numbering.next_number(session, prefix=prefix, kind=NUMBER_KIND, year=year),
        workflow="assessment",
        region_code=campaign.region_code,
        campaign=campaign.code,
        year=year,
        member_id=member.id,
        member_name=member.name,
        scheme_year=None if scheme is None else scheme.year,
        as_of=date(year, 12, 31),
        content={"items": []},
        adjustments=[],
        score=0,
        band="",
        computed_by=actor.person_id,
    )


def contents(
    session: Session, campaign: Campaign, year: int, members: Sequence[UUID], *, at: datetime, today: date
) -> dict[UUID, dict[str, Any]]:
    """Compute what the sheets of members hold, by member, from the records as they are known at `at`."""
    period = Period(session, campaign, year, _as_of(year, today), at)
    return {sheet.member_id: sheet.as_json() for sheet in reckon(require_scheme(campaign, year), period, members)}


def compute(row: Assessment, content: Mapping[str, Any], *, at: datetime, today: date) -> None:
    """Put content computed at `at` into a sheet; what was set or said about the one before falls."""
    row.as_of, row.known_at = _as_of(row.year, today), at
    row.content = dict(content)
    row.adjustments, row.response = [], ""
    row.appeal = row.answer = row.reviewed_by = None
    settle(row)


def compute_again(session: Session, row: Assessment, *, at: datetime, today: date) -> None:
    """Compute one sheet again, by the scheme it was made by."""
    campaign = campaigns()[row.campaign]
    compute(
        row,
        contents(session, campaign, row.year, [row.member_id], at=at, today=today)[row.member_id],
        at=at,
        today=today,
    )


def _as_of(year: int, today: date) -> date:
    return min(today, date(year, 12, 31))


def settle(row: Assessment) -> None:
    """Reckon score and band of a sheet from its content and what the office set beside it."""
    scheme = scheme_for(row)
    if scheme is None:
        raise LookupError(row.number)
    row.score = score_of(scheme, points_of(row))
    row.band = scheme.band_of(row.score).code


def points_of(row: Assessment) -> dict[str, int]:
    """Return the points of each item as they count: what the office set, else what was computed, in hundredths."""
    points = {each["item"]: each["points"] for each in row.content["items"]}
    return points | {each["item"]: each["points"] for each in row.adjustments}


def sums_of(row: Assessment) -> dict[str, int]:
    """Return the points of a sheet by what an item does to the score, bonus and deductions up to their limits."""
    scheme = scheme_for(row)
    if scheme is None:
        raise LookupError(row.number)
    return totals(scheme, points_of(row))


def read_adjustments(row: Assessment, value: object) -> list[dict[str, Any]]:
    """Read what the office gives for items instead: `[{item, points, reason}]`, each item once, never above its cap.

    Raises:
        Invalid: every mistake.
    """
    if not isinstance(value, list) or len(value) > MOST_ADJUSTMENTS:
        raise Invalid([FieldError("adjustments", "not_a_list", {"most": MOST_ADJUSTMENTS})])
    errors: list[FieldError] = []
    found: list[dict[str, Any]] = []
    for index, each in enumerate(value):
        try:
            found.append(_adjustment(row, each, f"adjustments[{index}]"))
        except Invalid as mistake:
            errors += mistake.errors
    items = [each["item"] for each in found]
    twice = [item for item in dict.fromkeys(items) if items.count(item) > 1]
    errors += [FieldError("adjustments", "item_twice", {"item": item}) for item in twice]
    if errors:
        raise Invalid(errors)
    return found


def _adjustment(row: Assessment, value: object, path: str) -> dict[str, Any]:
    told: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
    errors = [
        FieldError(f"{path}.{name}", "unknown_field") for name in told if name not in ("item", "points", "reason")
    ]
    most = {each["item"]: each["most"] for each in row.content["items"]}
    item, points, reason = told.get("item"), 0, ""
    if not isinstance(item, str) or item not in most:
        errors.append(FieldError(f"{path}.item", "not_a_choice", {"choices": ", ".join(most)}))
    else:
        try:
            points = _points(told.get("points"), most=most[item], field=f"{path}.points")
        except Invalid as mistake:
            errors += mistake.errors
    try:
        reason = texts.clean_text(told.get("reason"), field=f"{path}.reason", max_length=REASON_LENGTH)
    except Invalid as mistake:
        errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return {"item": item, "points": points, "reason": reason}


def _points(value: object, *, most: int, field: str) -> int:
    wrong = Invalid([FieldError(field, "points_form", {"most": points_text(most)})])
    if isinstance(value, bool) or not isinstance(value, int | str) or len(str(value)) > 10:
        raise wrong
    try:
        hundredths = Decimal(value) * WHOLE
    except InvalidOperation:
        raise wrong from None
    if not hundredths.is_finite() or hundredths != hundredths.to_integral_value() or not 0 <= hundredths <= most:
        raise wrong
    return int(hundredths)


def freeze(row: Assessment, *, actor: Actor, on: date) -> None:
    """Freeze a sheet with all it says, and pin it."""
    row.approved_by, row.approved_on = actor.person_id, on
    pin(row)


def pin(row: Assessment) -> None:
    """Keep what a sheet says as one value, with its digest."""
    row.frozen = statement(row)
    row.frozen_sha256 = digest(row.frozen)


def statement(row: Assessment) -> dict[str, Any]:
    """Return all that a sheet says as plain values."""
    return {
        "number": row.number,
        "campaign": row.campaign,
        "year": row.year,
        "member": str(row.member_id),
        "member_name": row.member_name,
        "scheme_year": row.scheme_year,
        "as_of": row.as_of.isoformat(),
        "known_at": None if row.known_at is None else row.known_at.astimezone(UTC).isoformat(),
        "items": row.content["items"],
        "adjustments": list(row.adjustments),
        "score": row.score,
        "band": row.band,
        "response": row.response,
        "appeal": row.appeal,
        "answer": row.answer,
        "approved_on": None if row.approved_on is None else row.approved_on.isoformat(),
    }


def digest(frozen: Mapping[str, Any]) -> str:
    """Return the SHA-256 that pins a frozen sheet."""
    return hashlib.sha256(canonical(frozen).encode()).hexdigest()


def points_text(hundredths: int) -> str:
    """Return points as they are shown: `87.50`."""
    return f"{Decimal(hundredths) / WHOLE:.2f}"


def unanswered(row: Assessment, answer: str | None) -> bool:
    """Say whether a sheet was appealed against and nobody has said anything to it."""
    return row.response == "appealed" and not (answer or row.answer)


def band_label(row: Assessment, locale: str) -> str:
    """Return what a sheet's band is called: by its scheme, or as a file had it."""
    scheme = scheme_for(row)
    band = None if scheme is None else scheme.band(row.band)
    return row.band if band is None else str(band.label[locale])


def bands() -> list[str]:
    """Return the codes of all bands of all schemes."""
    return list(dict.fromkeys(band.code for each in schemes().values() for band in each.bands))
