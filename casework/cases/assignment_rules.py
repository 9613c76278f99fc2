"""Which unit handles a category at a place: the rules triage is proposed by. The most particular one wins."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.cases import codes
from casework.cases.tables import AssignmentRule, Precedent
from casework.core import texts
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound
from casework.core.ids import new_id
from casework.registry import queries as registry

FIELDS = ("category", "region", "org", "co_orgs", "route")


def listed(session: Session, *, region: str) -> Sequence[AssignmentRule]:
    """Return the rules of a county, by category, the widest place first."""
    return session.scalars(
        select(AssignmentRule)
        .where(AssignmentRule.region >= region, AssignmentRule.region < region + ":")
        .order_by(AssignmentRule.category, AssignmentRule.region)
    ).all()


def of_place(session: Session, *, category: str, region_code: str) -> AssignmentRule | None:
    """Return the rule that holds for a category at a place, or None."""
    prefixes = [region_code[:length] for length in (12, 9, 6, 4, 2) if len(region_code) >= length]
    found = session.scalars(
        select(AssignmentRule).where(AssignmentRule.category == category, AssignmentRule.region.in_(prefixes))
    ).all()
    return max(found, key=lambda rule: len(rule.region), default=None)


def keep(session: Session, raw: dict[str, Any], *, within: str, at: datetime) -> AssignmentRule:
    """Keep the rule of a category (`category`) at a place (`region`): `org`, `co_orgs`, `route`.

    Raises:
        Invalid: every mistake; a place outside `within` looks like one that is not there.
    """
    category, region = str(raw.get("category") or "")[:64], str(raw.get("region") or "")[:64]
    errors: list[FieldError] = []
    if registry.category(session, category) is None:
        errors.append(FieldError("category", "no_such_category" if category else "required", {"value": category}))
    if not region.startswith(within) or registry.region(session, region) is None:
        errors.append(FieldError("region", "no_such_region" if region else "required", {"value": region}))
    org = _org(session, raw.get("org"), "org", errors)
    co_orgs = [_org(session, each, "co_orgs", errors) for each in raw.get("co_orgs", [])]
    route = raw.get("route") or "two_offices"
    if route not in codes.ROUTES:
        errors.append(FieldError("route", "not_a_choice", {"choices": ", ".join(codes.ROUTES)}))
    if errors or org is None:
        raise Invalid(errors or [FieldError("org", "required")])
    rule = session.scalars(
        select(AssignmentRule).where(AssignmentRule.category == category, AssignmentRule.region == region)
    ).one_or_none()
    if rule is None:
        rule = AssignmentRule(id=new_id(), category=category, region=region, created_at=at)
        session.add(rule)
    rule.org_id = org.id
    rule.co_org_ids = [str(each.id) for each in co_orgs if each is not None and each.id != org.id]
    rule.route = str(route)
    return rule


def drop(session: Session, *, rule_id: UUID) -> None:
    """Forget a rule; what was assigned by it stays.

    Raises:
        NotFound: there is none.
    """
    rule = session.get(AssignmentRule, rule_id)
    if rule is None:
        raise NotFound("assignment_rule")
    session.delete(rule)


def precedents(session: Session, *, region: str) -> Sequence[Precedent]:
    """Return the rulings of a county, the newest first."""
    return session.scalars(
        select(Precedent)
        .where(Precedent.region >= region, Precedent.region < region + ":")
        .order_by(Precedent.created_at.desc())
        .limit(100)
    ).all()


def _org(session: Session, value: object, field: str, errors: list[FieldError]) -> Any:
    try:
        code = texts.parse_code(value, field=field)
    except Invalid as mistake:
        errors.extend(mistake.errors)
        return None
    org = registry.orgs_by_code(session, [code]).get(code)
    if org is None:
        errors.append(FieldError(field, "no_such_org", {"value": code}))
    return org
