"""Synthetic cases and further counties for load tests: copies of lives of the demo county, told anew.

A copy shares the instants and steps of a case that went through the engine, and has people, words, places, numbers and
ids of its own (casework/cases/cloning.py). Further counties have invented codes and the same villages and units.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from uuid import UUID

from casework.cases import cloning, imported, intake
from casework.cases.cloning import Batch, Copy, Pattern, Place, Stamper, patterns
from casework.cases.figures import tallies
from casework.cases.reporters import Reporter
from casework.core.actors import TRIAGE_ROLES
from casework.core.database import Session
from casework.core.hashing import hash_password
from casework.core.moulds import Press
from casework.core.office import Office
from casework.exchange.ahead import ahead
from casework.exchange.turns import short_turns
from casework.matters import numbering, word_counts
from casework.registry import accounts, grants, loading, places
from casework.registry import queries as registry
from workflows.demo import county as demo_county
from workflows.demo import material
from workflows.demo.tales import Tale, tell

# Short enough that no database takes a slow machine's transaction for a forgotten one.
BATCH = 1_000
_MOST_PATTERNS = 240
# No real division of the province has codes that begin so.
_BEFORE_FIRST, MOST_COUNTIES = 519_000, 999
_TOWN, _VILLAGE = 9, 12
# The first people of the demo county are its office; a further county gets one of each.
_OFFICE = 2


@dataclass(frozen=True, slots=True)
class Added:
    """What was added."""

    cases: int
    counties: int


@dataclass(frozen=True, slots=True)
class _Target:
    """A county that gets copies, and its villages."""

    code: str
    count: int
    villages: Mapping[str, str]
    place: Place = field(default_factory=Place)


def add(
    office: Office,
    *,
    at: datetime,
    seed_number: int,
    cases: int,
    counties: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> Added:
    """Add synthetic cases to the demo county, and further counties as large as it then is."""
    press = Press(office.db.engine.dialect)
    with office.db.reading() as session:
        lived = imported.count_cases(session)
        found = patterns(session, press, region=material.county()["county"], most=_MOST_PATTERNS)
    targets = []
    own = {place.code: place.name for place in demo_county.read_places() if len(place.code) == _VILLAGE}
    if cases:
        targets.append(_Target(material.county()["county"], cases, own))
    if counties:
        founder = _Founder(office, at)
        targets += [founder.found(lived + cases) for _ in range(counties)]
    chance = random.Random(f"bulk {seed_number}")
    total = sum(target.count for target in targets)
    done = 0
    for written in _written(office, _cast(office, chance, targets, found, press)):
        if on_progress is not None:
            on_progress(written, 0 if done else total)
        done += written
    with office.db.transaction() as session:
        tallies.rebuild(session)
        word_counts.recount_if_grown(session, at=at)
    return Added(done, counties)


def _cast(
    office: Office, chance: random.Random, targets: Sequence[_Target], found: Sequence[Pattern], press: Press
) -> Iterator[tuple[_Target, Batch]]:
    """Yield copies batch by batch, each with the county it is for."""
    for target in targets:
        stamper, towns = Stamper(office.keyring, press, target.place), _by_town(target)
        for count in _batches(target.count):
            for pattern in chance.choices(found, k=count):
                tale = _tale(chance, pattern, target, towns)
                told = tale.report()
                reporter = Reporter(tale.reporter["name"], tale.reporter["phone"], None)
                stamper.stamp(pattern, Copy(told["title"], told["description"], tale.region_code, reporter))
            yield target, stamper.take()


def _written(office: Office, batches: Iterator[tuple[_Target, Batch]]) -> Iterator[int]:
    """Write each batch while the next one is cast; yield how many cases it had."""
    with short_turns():
        for target, batch in ahead(batches):
            with office.db.transaction() as session:
                written = cloning.write(session, batch, partial(_numbers, target.code))
            yield written


def _batches(count: int) -> Iterator[int]:
    while count > 0:
        yield min(count, BATCH)
        count -= BATCH


def _numbers(code: str, session: Session, years: Mapping[int, int]) -> Mapping[int, Iterator[str]]:
    prefix = places.number_prefix(session, code)

    def numbers(year: int, count: int) -> Iterator[str]:
        scope = f"{prefix}-{intake.NUMBER_KIND}-{year}"
        first = numbering.take(session, scope=scope, count=count)
        return (f"{scope}-{number:06d}" for number in range(first, first + count))

    return {year: numbers(year, count) for year, count in sorted(years.items())}


def _by_town(target: _Target) -> Mapping[str, Sequence[str]]:
    towns: dict[str, list[str]] = {}
    for code in sorted(target.villages):
        towns.setdefault(code[6:_TOWN], []).append(code)
    return towns


def _tale(chance: random.Random, pattern: Pattern, target: _Target, towns: Mapping[str, Sequence[str]]) -> Tale:
    """Tell another difficulty of the pattern's sort, in a village of the pattern's township."""
    villages = towns[pattern.region_code[6:_TOWN]]
    story = chance.choice(_alike(pattern.category, pattern.kind, pattern.urgency))
    return tell(chance, target.villages, story=story, region_code=chance.choice(villages))


@cache
def _alike(*sort: str) -> Sequence[material.Story]:
    """Return the stories of a category, kind and urgency; where there is none, all."""
    stories = list(material.stories())
    return [each for each in stories if _sort(each) == sort] or stories


def _sort(story: material.Story) -> tuple[str, str, str]:
    return story["category"], story["kind"], story.get("urgency", "normal")


class _Founder:
    """Founds further counties: places, units and two accounts each; what all are made from is asked for once."""

    def __init__(self, office: Office, at: datetime) -> None:
        self._office, self._at = office, at
        self._home = material.county()["county"]
        self._places = [place for place in demo_county.read_places() if len(place.code) > len(self._home)]
        self._hashed = hash_password(material.county()["password"])
        with office.db.reading() as session:
            known = loading.region_codes(session)
            self._units = [unit for unit in loading.all_units(session) if unit.region_code.startswith(self._home)]
            # Whoever took part in the lives that are copied; in a further county its own two stand for them.
            self._people = accounts.user_names(session)
        self._office_people = {user for user, _, role, *_ in material.county()["people"] if role in TRIAGE_ROLES}
        self._free = (n for n in range(1, MOST_COUNTIES + 1) if str(_BEFORE_FIRST + n) not in known)

    def found(self, count: int) -> _Target:
        """Write one more county, which is to get so many cases."""
        words, number = material.county(), next(self._free)
        code = str(_BEFORE_FIRST + number)
        city = code[:4]
        own = [
            loading.Place(code + place.code[6:], place.name, code + (place.parent or "")[6:], place.level)
            for place in self._places
        ]
        above = [
            loading.Place(city, words["city_name"], city[:2], "city"),
            loading.Place(code, words["county_name"].format(n=number), city, "county"),
        ]
        codes = {unit.code: f"{unit.code}-{code}" for unit in self._units}
        with self._office.db.transaction() as session:
            loading.load_places(session, [*above, *own], at=self._at)
            units = [
                loading.Unit(codes[unit.code], unit.name, unit.kind, code + unit.region_code[6:])
                for unit in self._units
            ]
            loading.load_units(session, units, at=self._at)
            made = registry.orgs_by_code(session, list(codes.values()))
            own_people = self._join(session, code, number)
        villages = {place.code: place.name for place in own if len(place.code) == _VILLAGE}
        # The head stands for the whole office, the clerk for everybody else: whoever solves a case does not close it.
        head, clerk = own_people
        people = {each: head if user in self._office_people else clerk for each, user in self._people.items()}
        place = Place({unit.id: made[codes[unit.code]].id for unit in self._units}, codes, people)
        return _Target(code, count, villages, place)

    def _join(self, session: Session, code: str, number: int) -> Sequence[UUID]:
        """Write its accounts; return their people: the head, and the clerk."""
        made: list[UUID] = []
        for user, name, role, _, _ in material.county()["people"][:_OFFICE]:
            person = accounts.create_account(
                session,
                user_name=f"{user}{number}",
                name=name,
                hashed=self._hashed,
                actor=None,
                at=self._at,
                must_change=False,
            )
            scope = grants.read_scope(session, role=role, region=code, org=None, county=code)
            grants.add_grant(session, person, scope, actor=None, at=self._at)
            made.append(person.id)
        return made
