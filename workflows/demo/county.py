"""The demo county founded in an empty office: places, units, people with roles, rules, filters and snippets."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import casework
from casework.cases import assignment_rules, snippets
from casework.cases.listing import saved_filters
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.hashing import hash_password
from casework.core.office import Office
from casework.registry import accounts, grants, loading
from casework.registry.pinyin import read_place
from casework.registry.queries import grants_of
from workflows.demo import material
from workflows.ledgers.names import short_town, short_village

_REGIONS = Path(casework.__file__).parent / "demo" / "regions.csv"
_TOWN, _VILLAGE = 9, 12
# Reserves and the like are no townships; their codes begin with 4 (domain.md §4.3).
_FIRST_TOWNSHIP_CODES = ("1", "2")


@dataclass(slots=True)
class Cast:
    """Who acts in the demo: actors by user name, the crew of each unit, villages by code."""

    actors: dict[str, Actor] = field(default_factory=dict)
    handlers: dict[str, list[str]] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    villages: dict[str, str] = field(default_factory=dict)

    @property
    def units(self) -> Sequence[str]:
        """The units that somebody handles cases in."""
        return sorted(self.handlers)


def read_places() -> list[loading.Place]:
    """Return the real places of the county, villages by the names people use."""
    with _REGIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [loading.Place(row["code"], short_village(row["name"]), row["parent"] or None, row["level"]) for row in rows]


def found(session: Session, office: Office, *, at: datetime) -> Cast:
    """Write places, units, people and settings, and return who acts."""
    places = read_places()
    loading.load_places(session, places, at=at)
    told = material.county()
    loading.load_units(session, _units(places, told["county"]), at=at)
    cast = Cast(villages={p.code: p.name for p in places if len(p.code) == _VILLAGE})
    # One hash for all: they share the password that is printed at the start.
    hashed = hash_password(told["password"])
    for user, name, role, region, org in [*told["people"], *_crews(places, told)]:
        _join(session, office, cast, user, name, hashed=hashed, role=role, region=region, org=org, at=at)
    _set_up(session, cast, told, at=at)
    return cast


def _units(places: Sequence[loading.Place], county: str) -> list[loading.Unit]:
    told = material.county()
    units = [loading.Unit(code, name, kind, county) for code, name, kind in told["units"]]
    for place in places:
        if len(place.code) == _TOWN and place.code[6] in _FIRST_TOWNSHIP_CODES:
            name = told["township"].format(name=place.name)
            units.append(loading.Unit(f"T{place.code}", name, "township", place.code))
        elif len(place.code) == _VILLAGE:
            name = told["village"].format(name=place.name)
            units.append(loading.Unit(f"V{place.code}", name, "village", place.code))
    return units


def _crews(places: Sequence[loading.Place], told: Mapping[str, object]) -> list[list[str]]:
    crews = []
    for code, user, handler, head in material.county()["crews"]:
        crews.append([user, handler, "handler", "", code])
        if head:
            crews.append([f"{user}.ke", head, "unit_head", "", code])
    for place in places:
        if len(place.code) == _TOWN and place.code[6] in _FIRST_TOWNSHIP_CODES:
            short = short_town(place.name)
            crew = str(told["township_crew"]).format(short=short)
            crews.append([read_place(short).pinyin, crew, "handler", "", f"T{place.code}"])
    return crews


def _join(
    session: Session,
    office: Office,
    cast: Cast,
    user: str,
    name: str,
    *,
    hashed: str,
    role: str,
    region: str,
    org: str,
    at: datetime,
) -> None:
    person = accounts.create_account(
        session, user_name=user, name=name, hashed=hashed, actor=None, at=at, must_change=False
    )
    scope = grants.read_scope(session, role=role, region=region or None, org=org or None, county=office.settings.region)
    grants.add_grant(session, person, scope, actor=None, at=at)
    held = grants_of(session, person.id, on=at.astimezone(office.settings.zone).date())
    cast.actors[user] = Actor(person.id, name, held)
    if role == "handler":
        cast.handlers.setdefault(org, []).append(user)
    elif role == "unit_head":
        cast.heads[org] = user


def _set_up(session: Session, cast: Cast, told: Mapping[str, object], *, at: datetime) -> None:
    county = material.county()
    head, clerk = cast.actors["an"], cast.actors["he"]
    for category, region, org, route in county["rules"]:
        raw = {"category": category, "region": region, "org": org, "route": route}
        assignment_rules.put(session, raw, actor=head, at=at)
    region = str(told["county"])
    for each in county["filter"]:
        saved_filters.keep(session, clerk, name=each["name"], query=each["query"], shared=True, region=region, at=at)
    for each in county["snippet"]:
        snippets.add(session, dict(each), region=region, actor=clerk, at=at)
