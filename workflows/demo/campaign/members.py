"""The members of the campaign: who was in office when, in which sector, with which post."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from casework.core.actors import Actor
from casework.core.ids import new_id
from casework.members.actions import sealed_phone
from casework.members.tables import Member, MemberTerm
from casework.registry.pinyin import read_person
from workflows.demo import material as words
from workflows.demo.campaign.material import told
from workflows.demo.campaign.stage import MEMBERS, Stage

# The plenary the term began with; the days between which somebody left, and a successor came in.
TERM_BEGAN = date(2021, 11, 26)
_STAYING, _JOINED = 164, 7
_LEFT_ON = (date(2022, 5, 13), date(2022, 7, 8), date(2022, 8, 26), date(2022, 9, 16))
_JOINS = (date(2022, 7, 4), date(2022, 10, 14))
_STANDING_SHARE = 0.17


@dataclass(slots=True)
class Seat:
    """A member with the time in office; `actor` writes down what they do, themselves if they log in."""

    id: UUID
    name: str
    town: str
    actor: Actor
    since: date
    until: date | None = None
    successor: "Seat | None" = None
    is_leader: bool = False

    def holds(self, on: date) -> bool:
        """Say whether they are in office on a day."""
        return self.since <= on and (self.until is None or on <= self.until)


def tell(stage: Stage) -> list[Seat]:
    """Tell of every member: those with an account first, those who left and those who came after them last."""
    names = iter(_names(stage))
    seats = [_seat(stage, next(names), number) for number in range(_STAYING)]
    joined = [_join(stage, next(names)) for _ in range(_JOINED)]
    left: list[Seat] = []
    for day, successor in zip(_LEFT_ON, joined, strict=False):
        seat = _seat(stage, next(names), _STAYING + len(left), until=day)
        seat.successor = successor
        left.append(seat)
    return seats + joined + left


def _names(stage: Stage) -> list[str]:
    """Return a name for everybody, none twice; who logs in keeps the surname of the account."""
    pool = [surname + given for surname in words.words()["surnames"] for given in words.words()["given_names"]]
    drawn = stage.chance.sample(pool, _STAYING + _JOINED + len(_LEFT_ON))
    own = [stage.cast.actors[user].name[0] + stage.chance.choice(words.words()["given_names"]) for user in MEMBERS]
    return [*own, *[name for name in drawn if name not in own]] + [name for name in pool if name not in drawn + own]


def _join(stage: Stage, name: str) -> Seat:
    return _seat(stage, name, None, since=stage.workday(*_JOINS))


def _seat(stage: Stage, name: str, number: int | None, *, since: date = TERM_BEGAN, until: date | None = None) -> Seat:
    people = told("people")
    is_user = number is not None and number < len(MEMBERS)
    place = number - len(MEMBERS) if number is not None else len(people["leaders"])
    is_leader = 0 <= place < len(people["leaders"])
    town = stage.chance.choice(sorted(stage.towns))
    actor = stage.cast.actors[MEMBERS[number]] if number is not None and is_user else stage.clerk()
    sectors = people["sector"]
    sector = stage.chance.choices(sectors, [each["weight"] for each in sectors])[0]
    village = stage.chance.choice(stage.villages_of(town))
    post = stage.chance.choice(sector["posts"]).format_map(stage.slots(village))
    seat = Seat(new_id(), name, town, actor, since, until, is_leader=is_leader)
    at = stage.afternoon(since)
    clerk = stage.clerk()
    reading = read_person(name)
    stage.ledger.enter(
        Member,
        by=clerk,
        at=at,
        record_id=seat.id,
        region_code=stage.county,
        name=name,
        pinyin=reading.pinyin,
        initials=reading.initials,
        post=people["leaders"][place] if is_leader else post,
        person_id=actor.person_id if is_user else None,
        **sealed_phone(stage.keyring, seat.id, stage.phone()),
    )
    is_standing = is_leader or stage.chance.random() < _STANDING_SHARE
    _term(stage, seat, sector["name"], is_standing=is_standing)
    return seat


def _term(stage: Stage, seat: Seat, sector: str, *, is_standing: bool) -> None:
    people = told("people")
    row = stage.ledger.enter(
        MemberTerm,
        by=stage.clerk(),
        at=stage.evening(seat.since),
        member_id=seat.id,
        term=people["term"],
        sector=sector,
        is_standing=is_standing,
        valid_from=seat.since,
    )
    if seat.until is not None:
        reason = stage.chance.choice(people["leaving"]["terms"])
        changes = {"valid_to": seat.until, "end_reason": reason}
        stage.ledger.mend(MemberTerm, row, changes, by=stage.clerk(), at=stage.evening(seat.until), reason=reason)
