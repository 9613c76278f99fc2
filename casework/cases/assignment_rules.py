"""Which unit handles which kind of difficulty where: rules the office keeps, proposed at the triage desk.

The most particular place wins; who proposes is suggestions.py.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from casework.cases.codes import ROUTES
from casework.cases.tables import AssignmentRule
from casework.core import texts
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound
from casework.core.ids import new_id
from casework.permissions import Subject, permits, require
from casework.registry import audit
from casework.registry import queries as registry

PERMISSION = "registry.write"


def listed(session: Session, actor: Actor) -> Sequence[AssignmentRule]:
    """Return the rules of the places the caller sorts, by category and place."""
    reach = [AssignmentRule.region.startswith(prefix, autoescape=True) for prefix in actor.regions(TRIAGE_ROLES)]
    if not reach:
        return ()
    return session.scalars(
        select(AssignmentRule).where(or_(*reach)).order_by(AssignmentRule.category, AssignmentRule.region)
    ).all()


def of_place(session: Session, *, category: str, region_code: str) -> AssignmentRule | None:
    """Return the rule that holds for a category at a place, or None."""
    prefixes = [region_code[:length] for length in (12, 9, 6, 4, 2) if len(region_code) >= length]
    found = session.scalars(
        select(AssignmentRule).where(AssignmentRule.category == category, AssignmentRule.region.in_(prefixes))
    ).all()
    return max(found, key=lambda rule: len(rule.region), default=None)


def put(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> AssignmentRule:
    """Keep a rule (`category`, `region`, `org` as codes, `route`); one for the same category and place is replaced.

    Raises:
        Invalid: every mistake; a place where the caller does not sort looks like one that is not there.
    """
    errors: list[FieldError] = []
    category, region = str(raw.get("category") or "")[:64], str(raw.get("region") or "").strip()[:64]
    if registry.category(session, category) is None:
        errors.append(FieldError("category", "no_such_category", {"value": category}))
    if registry.region(session, region) is None or not permits(actor, PERMISSION, Subject(region)):
        errors.append(FieldError("region", "no_such_region", {"value": region}))
    org = None
    try:
        code = texts.parse_code(raw.get("org"), field="org")
        org = registry.orgs_by_code(session, [code]).get(code)
        if org is None:
            errors.append(FieldError("org", "no_such_org", {"value": code}))
    except Invalid as mistake:
        errors += mistake.errors
    route = raw.get("route") or ROUTES[1]
    if route not in ROUTES:
        errors.append(FieldError("route", "not_a_choice", {"choices": ", ".join(ROUTES)}))
    if errors or org is None:
        raise Invalid(errors)
    rule = session.scalars(
        select(AssignmentRule)
        .where(AssignmentRule.category == category, AssignmentRule.region == region)
        .with_for_update()
    ).one_or_none()
    if rule is None:
        rule = AssignmentRule(
            id=new_id(), category=category, region=region, org_id=org.id, co_org_ids=[], route=route, created_at=at
        )
        session.add(rule)
    rule.org_id, rule.route = org.id, route
    facts = {"category": category, "region": region, "org": org.code, "route": route}
    audit.record(session, event="rule.kept", actor=actor, at=at, facts=facts)
    session.flush()
    return rule


def drop(session: Session, rule_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Take a rule away; the audit keeps what it said.

    Raises:
        NotFound: there is none.
        Denied: it is of a place where the caller does not sort.
    """
    rule = session.get(AssignmentRule, rule_id, with_for_update=True)
    if rule is None:
        raise NotFound("rule")
    require(actor, PERMISSION, Subject(rule.region))
    facts = {"category": rule.category, "region": rule.region, "org_id": str(rule.org_id)}
    audit.record(session, event="rule.dropped", actor=actor, at=at, facts=facts)
    session.delete(rule)
    session.flush()
