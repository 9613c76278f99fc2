"""What is sent of a handover, read: who leaves, who follows, which links go to whom, from which day, and why."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from casework.campaign import handover
from casework.campaign.links import link_entries
from casework.campaign.links.link_list import LinkFile
from casework.campaign.record_visibility import find
from casework.campaign.visibility import take_member
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, invalid
from casework.core.ids import parse_id
from casework.leaders.tables import Leader
from casework.registry import queries as registry
from workflows.campaign.handovers import Party, Step

# Who leaves is told by one of these; whoever follows is of the same sort.
SORTS = ("member", "org", "leader", "person")
FIELDS = (*SORTS, "successor", "links", "day", "reason", "dry_run")
MOST_LINKS = 500
# The place of the link in the list → the field its successor stands in.
Named = Callable[[int], str]


def read(
    session: Session,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    today: date,
    named: Named = lambda place: f"links.{place}.successor",
) -> Step:
    """Read who leaves (one of SORTS), `successor`, `links` (`id`, `successor`), `day` and `reason`.

    Without `links` every link that is held goes to the successor.

    Raises:
        Invalid: every mistake; who the caller may not know of looks like who is not there.
    """
    errors = [FieldError(name, "unknown_field") for name in raw if name not in FIELDS]
    if not isinstance(raw.get("dry_run", False), bool):
        errors.append(FieldError("dry_run", "not_a_flag"))
    sort, leaver = "", None
    try:
        sort, leaver = read_leaver(session, raw, actor=actor, today=today)
    except Invalid as mistake:
        errors += mistake.errors
    successor, day, typed = None, date.min, raw.get("successor")
    try:
        day = texts.parse_date(raw.get("day"), field="day")
    except Invalid as mistake:
        errors += mistake.errors
    if leaver is None:
        raise Invalid(errors)
    try:
        successor = (
            None if typed in (None, "") else party(session, sort, typed, field="successor", actor=actor, today=today)
        )
    except Invalid as mistake:
        errors += mistake.errors
    links = _links(session, raw, sort, leaver, errors, actor=actor, today=today, named=named)
    if errors:
        raise Invalid(errors)
    return Step(leaver, successor, links, day, raw.get("reason") or "")


def _links(
    session: Session,
    raw: Mapping[str, Any],
    sort: str,
    leaver: Party,
    errors: list[FieldError],
    *,
    actor: Actor,
    today: date,
    named: Named,
) -> Mapping[UUID, Party]:
    """Return which link goes to whom; what is wrong is added to `errors`."""
    typed = raw.get("successor")
    links: dict[UUID, Party] = {}
    held = {file.link.id: file for file in handover.open_links(session, actor, leaver.holder_id, on=today)}
    try:
        asked = _asked(raw.get("links"), held, typed)
    except Invalid as mistake:
        errors += mistake.errors
        return links
    for place, (file, own) in enumerate(asked):
        try:
            field = named(place) if own else "successor"
            to = link_entries.read_successor(session, file.link, own or typed, field=field, actor=actor, today=today)
            links[file.link.id] = party(session, sort, str(to), field=field, actor=actor, today=today)
        except Invalid as mistake:
            errors += [each for each in mistake.errors if each not in errors]
    return links


def read_leaver(session: Session, raw: Mapping[str, Any], *, actor: Actor, today: date) -> tuple[str, Party]:
    """Return who leaves, and of which sort.

    Raises:
        Invalid: nobody, or nobody the caller may know of.
    """
    told = [sort for sort in SORTS if raw.get(sort) not in (None, "")]
    if len(told) != 1:
        raise invalid(told[-1] if told else "member", "one_leaves" if told else "required")
    return told[0], party(session, told[0], raw[told[0]], field=told[0], actor=actor, today=today)


def party(session: Session, sort: str, value: Any, *, field: str, actor: Actor, today: date) -> Party:
    """Return who is meant: the id of a member, a leader or a person, or the code or the id of a unit.

    Raises:
        Invalid: there is no such one for the caller.
    """
    code = texts.parse_code(value, field=field)
    found = parse_id(code)
    if sort == "org":
        orgs = registry.orgs_by_id(session, [found]) if found else registry.orgs_by_code(session, [code])
        org = next(iter(orgs.values()), None)
        if org is None:
            raise invalid(field, "no_such_org", value=code)
        return Party(org.id, org.name, org_id=org.id)
    if sort == "member":
        try:
            row = take_member(session, actor, found or UUID(int=0))
        except NotFound:
            raise invalid(field, "no_such_member") from None
        return Party(row.id, row.name, person_id=row.person_id)
    if sort == "leader":
        try:
            row = find(session, actor, Leader, found or UUID(int=0), on=today)
        except NotFound:
            raise invalid(field, "no_such_leader") from None
        return Party(row.id, row.name)
    names = registry.people_by_id(session, [found])
    if found is None or found not in names:
        raise invalid(field, "no_such_person")
    return Party(found, names[found], person_id=found)


def _asked(raw: Any, held: Mapping[UUID, LinkFile], successor: Any) -> Sequence[tuple[LinkFile, Any]]:
    if raw is None:
        return [(file, None) for file in held.values()] if successor not in (None, "") else []
    if not isinstance(raw, list) or len(raw) > MOST_LINKS:
        raise invalid("links", "not_a_list", most=MOST_LINKS)
    found, errors = [], list[FieldError]()
    for place, each in enumerate(raw):
        told = each if isinstance(each, Mapping) else {}
        link_id = parse_id(told["id"]) if isinstance(told.get("id"), str) else None
        file = None if link_id is None else held.get(link_id)
        if file is None:
            errors.append(FieldError(f"links.{place}.id", "no_such_link"))
            continue
        errors += [
            FieldError(f"links.{place}.{name}", "unknown_field") for name in told if name not in ("id", "successor")
        ]
        found.append((file, told.get("successor")))
    if errors:
        raise Invalid(errors)
    return found
