"""Which cases an actor may know of, as SQL. Every query of cases starts here; the Python twin is permissions.py.

Relations are those of permissions.toml `[visible]`; a property test compares both on random worlds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, or_, select, true

from casework.cases.filters import open_cases
from casework.cases.tables import Case, CaseUnit
from casework.cases.under import outside, widest, within
from casework.core.actors import TRIAGE_ROLES, UNIT_ROLES, Actor, Grant
from casework.core.columns import Id, Instant
from casework.core.database import Session
from casework.core.driver.questions import Question
from casework.permissions import Subject, rules

FORMER_DAYS = 30
# Conditions are kept for so many callers, the ones seen last.
_MOST_KEPT = 1024
_SINCE = "former_since"
# An instant, or the parameter that stands for it in a statement that is kept.
_Since = Any


def visible_to(actor: Actor, *, at: datetime) -> ColumnElement[bool]:
    """Return the condition on `Case` that holds for every case the actor may know of, and for no other."""
    terms = _terms(actor, at - timedelta(days=FORMER_DAYS))
    return or_(*terms) if terms else false()


@dataclass(frozen=True, slots=True)
class Known:
    """What `visible_to` holds for, in two parts without a case in common; None: there is no such part.

    An index that leads through a county serves `here` alone: an OR with who reported a case serves none. `beyond` are
    few as a rule (what a clerk reported where they are nobody), so their ids are found first, by who and not by where.
    """

    here: ColumnElement[bool] | None
    beyond: ColumnElement[bool] | None

    def beyond_ids(self, *still: ColumnElement[bool]) -> Select[Any]:
        """Return the ids of what lies beyond, found before anything else is asked of it."""
        asked = select(Case.id).where(false() if self.beyond is None else self.beyond, *still)
        found = asked.cte("beyond").prefix_with("MATERIALIZED")
        return select(found.c.id)


def known_to(actor: Actor, *, at: datetime) -> Known:
    """Return what an actor may know of by places held, and what beside."""
    return _known(actor, at - timedelta(days=FORMER_DAYS))


def _known(actor: Actor, since: _Since) -> Known:
    seen = rules().visible["case"]
    if "system" in seen and actor.is_system:
        return Known(true(), None)
    places = [place for name, roles in _BY_PLACE.items() if name in seen for place in actor.regions(roles)]
    beside = [_TERMS[name](actor, since) for name in seen if name not in _BY_PLACE]
    others = [term for term in beside if term is not None]
    if not places:
        return Known(None, or_(*others) if others else None)
    return Known(within(widest(places)), and_(or_(*others), outside(places)) if others and "" not in places else None)


def ids_of(actor: Actor, *, at: datetime, only_open: bool = False) -> list[Select[Any]]:
    """Return the ids of what `visible_to` holds for, each relation by its own index; `only_open`: what has ended not.

    Looked up in the table of cases, the ids of a unit's parts would have all of it read.
    """
    restricted: Sequence[ColumnElement[bool]] = (open_cases(),) if only_open else ()
    since = at - timedelta(days=FORMER_DAYS)
    made = []
    for name in rules().visible["case"]:
        if name in _IDS:
            ids = _IDS[name](actor, since)
            ids = (
                ids if ids is None or not only_open else ids.join(Case, Case.id == CaseUnit.case_id).where(*restricted)
            )
        else:
            term = _TERMS[name](actor, since)
            ids = None if term is None else select(Case.id).where(term, *restricted)
        made.append(ids)
    return [ids for ids in made if ids is not None]


def _terms(actor: Actor, since: _Since) -> list[ColumnElement[bool]]:
    made = (_TERMS[name](actor, since) for name in rules().visible["case"])
    return [term for term in made if term is not None]


@lru_cache(maxsize=_MOST_KEPT)
def kept_condition(person_id: UUID | None, grants: tuple[Grant, ...]) -> ColumnElement[bool]:
    """Return `visible_to` of whoever holds these grants, for a statement that is made once; run it with `moment`.

    To make it anew, and to find its compiled form again, costs more than what such a statement then does.
    """
    terms = _terms(Actor(person_id, "", grants), bindparam(_SINCE, type_=Instant()))
    return or_(*terms) if terms else false()


@lru_cache(maxsize=_MOST_KEPT)
def kept_known(person_id: UUID | None, grants: tuple[Grant, ...]) -> Known:
    """Return `known_to` of whoever holds these grants, for a statement that is made once; run it with `moment`."""
    return _known(Actor(person_id, "", grants), bindparam(_SINCE, type_=Instant()))


def moment(at: datetime) -> dict[str, datetime]:
    """Return the parameters of a statement with a `kept_condition`."""
    return {_SINCE: at - timedelta(days=FORMER_DAYS)}


def regions_seen(actor: Actor) -> tuple[str, ...]:
    """Return the places (prefixes) of which the actor may know every case, whatever else is true of it."""
    if actor.is_system:
        return ("",)
    return regions_of(actor, rules().visible["case"])


def regions_of(actor: Actor, relations: Iterable[str]) -> tuple[str, ...]:
    """Return the places (prefixes) over which the actor has one of some relations."""
    return actor.regions(frozenset().union(*(_BY_PLACE[name] for name in relations if name in _BY_PLACE)))


def terms_beside(actor: Actor, relations: Iterable[str]) -> list[ColumnElement[bool]]:
    """Return the conditions on `Case` of those relations that are no place, as far as they apply; run with `moment`."""
    since = bindparam(_SINCE, type_=Instant())
    made = (_TERMS[name](actor, since) for name in relations if name not in _BY_PLACE)
    return [term for term in made if term is not None]


def visible_cases(actor: Actor, *, at: datetime) -> Select[Any]:
    """Return `SELECT` of the cases an actor may know of."""
    return select(Case).where(visible_to(actor, at=at))


# The units with a part in a case, asked at every move by one of them.
UNITS_OF = Question(
    select(CaseUnit.org_id, CaseUnit.part, CaseUnit.until).where(CaseUnit.case_id == bindparam("case_id", type_=Id()))
)


def subject_of(session: Session, case: Case, *, actor: Actor, at: datetime) -> Subject:
    """Return the bearings of a case that permissions are asked about.

    Units are looked up only for an actor who holds a role in one: for everybody else they cannot matter.
    """
    co: list[UUID] = []
    former: list[UUID] = []
    if case.is_shared and actor.org_ids(UNIT_ROLES):
        rows = session.ask(UNITS_OF, {"case_id": case.id})
        for org_id, part, until in rows:
            if part == "co":
                co.append(org_id)
            elif part == "former" and until is not None and at - until <= timedelta(days=FORMER_DAYS):
                former.append(org_id)
    return Subject(
        region_code=case.region_code,
        lead_org_id=case.lead_org_id,
        co_org_ids=co,
        former_org_ids=former,
        reported_by=case.reported_by,
        has_funds=case.funds_total > 0,
    )


def _over(roles: frozenset[str]) -> Callable[[Actor, _Since], ColumnElement[bool] | None]:
    def term(actor: Actor, _since: _Since) -> ColumnElement[bool] | None:
        regions = actor.regions(roles)
        return within(regions) if regions else None

    return term


def _unit(actor: Actor, _since: _Since) -> ColumnElement[bool] | None:
    orgs = actor.org_ids(UNIT_ROLES)
    return Case.lead_org_id.in_(sorted(orgs)) if orgs else None


def _taking_part(actor: Actor, *conditions: ColumnElement[bool]) -> Select[Any] | None:
    """Return the ids of the cases in which a unit of the actor's has a part."""
    orgs = actor.org_ids(UNIT_ROLES)
    return select(CaseUnit.case_id).where(CaseUnit.org_id.in_(sorted(orgs)), *conditions) if orgs else None


def _co_ids(actor: Actor, _since: _Since) -> Select[Any] | None:
    return _taking_part(actor, CaseUnit.part == "co")


def _former_ids(actor: Actor, since: _Since) -> Select[Any] | None:
    return _taking_part(actor, CaseUnit.part == "former", CaseUnit.until >= since)


def _among(ids: Callable[[Actor, _Since], Select[Any] | None]) -> Callable[[Actor, _Since], ColumnElement[bool] | None]:
    def term(actor: Actor, since: _Since) -> ColumnElement[bool] | None:
        found = ids(actor, since)
        return None if found is None else Case.id.in_(found)

    return term


def _reporter(actor: Actor, _since: _Since) -> ColumnElement[bool] | None:
    return None if actor.person_id is None else Case.reported_by == actor.person_id


def _finance(actor: Actor, since: _Since) -> ColumnElement[bool] | None:
    places = _over(frozenset({"finance"}))(actor, since)
    return None if places is None else and_(places, Case.funds_total > 0)


def _system(actor: Actor, _since: _Since) -> ColumnElement[bool] | None:
    return true() if actor.is_system else None


# Relations that a place alone makes, each with the roles that hold over places.
_BY_PLACE: Mapping[str, frozenset[str]] = {
    "triage": TRIAGE_ROLES,
    "liaison": frozenset({"liaison"}),
    "overseer": frozenset({"observer", "auditor"}),
}
_IDS: Mapping[str, Callable[[Actor, _Since], Select[Any] | None]] = {"co_unit": _co_ids, "former": _former_ids}
_TERMS: Mapping[str, Callable[[Actor, _Since], ColumnElement[bool] | None]] = {
    **{name: _over(roles) for name, roles in _BY_PLACE.items()},
    "unit": _unit,
    "co_unit": _among(_co_ids),
    "former": _among(_former_ids),
    "reporter": _reporter,
    "finance": _finance,
    "system": _system,
}
