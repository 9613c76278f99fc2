"""What becomes of a difficulty: one fate, written as steps with their instants, drawn from a seeded chance.

Steps that would lie after now are left out, so a young case simply stands where it has come to. Instants lie in working
hours; limits are those of the case workflow, some kept and some not, so that the ladder has something to do.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from casework.core.calendars import WorkCalendar
from workflows.demo import material
from workflows.demo.county import Cast
from workflows.demo.tales import Tale

# Working days to handle by kind, halved when urgent (contract.md "Deadlines"); only to be plausible.
_LIMITS = {"inquiry": 3, "help": 7, "suggestion": 7, "complaint": 15}
_OFFICE = ("he", "yu")
_MEMBERS = ("chen", "tang", "fu", "xiang")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens to a case: when, what, by whom (a user name), with what."""

    at: datetime
    trigger: str
    by: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Script:
    """The whole life of one case as far as it has come. `twin_of`: the number of the script it is merged into."""

    tale: Tale
    by: str
    reported: datetime
    steps: list[Step] = field(default_factory=list)
    twin_of: int | None = None


def waited(
    chance: random.Random, calendar: WorkCalendar, at: datetime, *, days: int, minutes: tuple[int, int]
) -> datetime:
    """Return an instant some working days and minutes after another one, in working hours."""
    moved = calendar.shift(at, days) if days else at
    moved += timedelta(minutes=chance.randint(*minutes))
    opened = calendar.next_opening(moved)
    if opened != moved:
        opened += timedelta(minutes=chance.randint(3, 70))
    return max(opened, at + timedelta(minutes=1))


class Writer:
    """Writes the script of one case."""

    def __init__(
        self,
        chance: random.Random,
        cast: Cast,
        calendar: WorkCalendar,
        *,
        tale: Tale,
        reported: datetime,
        now: datetime,
    ) -> None:
        self._chance, self._cast, self._calendar, self._now = chance, cast, calendar, now
        self._tale, self._unit = tale, tale.unit
        self._handler = self._of(tale.unit)
        self._clock = reported
        self.script = Script(tale, self._reporter(tale), reported)

    # ------------------------------------------------------------ time

    def _wait(self, *, days: int = 0, minutes: tuple[int, int] = (10, 180)) -> datetime:
        """Move on by working days and some minutes, into working hours."""
        self._clock = waited(self._chance, self._calendar, self._clock, days=days, minutes=minutes)
        return self._clock

    def _do(self, trigger: str, by: str, at: datetime, **given: Any) -> None:
        if at <= self._now:
            self.script.steps.append(Step(at, trigger, by, given))

    def _day(self, *, days: int) -> str:
        """Return a working day so many working days after the clock."""
        return self._calendar.add_workdays(self._clock.astimezone(self._calendar.zone).date(), days).isoformat()

    def _of(self, unit: str) -> str:
        crew = self._cast.handlers.get(unit)
        return self._chance.choice(crew) if crew else "bai"

    def _reporter(self, tale: Tale) -> str:
        if tale.channel == "visit" and self._chance.random() < 0.6:
            return self._chance.choice(_MEMBERS)
        if tale.region_code.startswith("510822105206"):
            return "cun"
        return self._chance.choice(_OFFICE)

    def _clerk(self) -> str:
        return self._chance.choice((*_OFFICE, "an"))

    def _words(self, key: str, **slots: str) -> str:
        return str(self._chance.choice(material.words()[key])).format(**slots)

    @property
    def _limit(self) -> int:
        days = _LIMITS[self._tale.story["kind"]]
        return -(-days // 2) if self._tale.story.get("urgency") == "urgent" else days

    @property
    def _is_critical(self) -> bool:
        return self._tale.story.get("urgency") == "critical"

    # ------------------------------------------------------------ stretches

    def assign(self, unit: str | None = None) -> None:
        """Assign to the unit that will handle it, or (`unit`) first to another."""
        given = unit or self._unit
        minutes = (4, 25) if self._is_critical else (15, 200)
        at = self._wait(minutes=minutes)
        extra: dict[str, Any] = {"assignee": self._handler} if unit is None and self._chance.random() < 0.5 else {}
        township = f"T{self._tale.region_code[:9]}"
        if "co" in self._tale.story and unit is None and township != given and township in self._cast.handlers:
            extra["co_orgs"] = [township]
        route = self._chance.choice(("two_offices", "two_offices", "letter", "joint"))
        self._do("assign", self._clerk(), at, org=given, route=route, **extra)

    def take_up(self, *, acknowledges: float = 1.0, contacts: float = 1.0) -> None:
        """Sign for it and speak with the reporter, each with some likelihood."""
        quick = (5, 30) if self._is_critical else (20, 260)
        if self._chance.random() < acknowledges:
            self._do("acknowledge", self._handler, self._wait(minutes=quick))
        if self._chance.random() < contacts:
            at = self._wait(minutes=quick)
            spoke_to = self._chance.choice([*material.words()["spoken_to"], self._tale.reporter["name"]])
            self._do("contact", self._handler, at, words=self._words("contacts"), spoke_to=spoke_to)

    def coordinate(self, *, days: int, plainly: bool = False) -> None:
        """Settle the way; unless `plainly`, ask the co-unit, find money, talk about it."""
        by = self._handler if self._chance.random() < 0.7 else self._clerk()
        at = self._wait(days=days, minutes=(20, 240))
        self._do("coordinate", by, at, plan=self._tale.filled(self._tale.story["plan"]))
        if plainly:
            return
        if "co" in self._tale.story and self._chance.random() < 0.7:
            self._ask_co_unit()
        has_money = any(step.trigger == "add_fund" for step in self.script.steps)
        if "fund" in self._tale.story and not has_money and self._chance.random() < 0.75:
            self._find_money()
        if self._chance.random() < 0.3:
            head = self._cast.heads.get(self._unit, "an")
            text = self._words("comments", head=self._cast.actors[head].name, clerk="he")
            self._do("comment", self._clerk(), self._wait(minutes=(30, 300)), text=text)

    def _ask_co_unit(self) -> None:
        township = f"T{self._tale.region_code[:9]}"
        if township == self._unit or township not in self._cast.handlers:
            return
        question = self._chance.choice(self._tale.story["co"])
        asked = self._wait(minutes=(20, 90))
        self._do("ask_co_unit", self._handler, asked, org=township, question=question, due_on=self._day(days=3))
        if self._chance.random() < 0.85:
            answered = self._wait(days=1, minutes=(20, 200))
            self._do("answer_co_unit", self._of(township), answered, answer=self._words("co_answers"))
        else:
            self._do("waive_co_unit", "an", self._wait(days=4), waive=self._words("waives"))

    def _find_money(self) -> None:
        local = self._clock.astimezone(self._calendar.zone)
        told = self._chance.choice(material.words()["fund"])
        fen = self._chance.randint(8, 240) * 5_000_00
        common = {
            "project": self._tale.filled(self._tale.story["fund"]),
            "source": told["source"],
            "document_no": told["document"].format(year=local.year, n=self._chance.randint(3, 96)),
        }
        for stage in ("coordinating", "approved", "arrived")[: self._chance.randint(1, 3)]:
            at = self._wait(days=self._chance.randint(0, 1), minutes=(20, 160))
            expected = {"expected_on": self._day(days=8)} if stage == "approved" else {}
            by = self._handler if stage != "coordinating" else "an"
            self._do("add_fund", by, at, stage=stage, fen=fen, **common, **expected)
            fen -= fen // self._chance.randint(12, 40) // 100 * 100

    def resolve(self, *, days: int) -> None:
        """Bring the result, in whatever class."""
        story = self._tale.story
        at = self._wait(days=days, minutes=(20, 200))
        drawn = self._chance.choices(("A", "B", "C"), (88, 6, 6))[0]
        result = story.get("class", drawn)
        reply = self._tale.filled(story["reply"])
        if "class" not in story and result != "A":
            reply = self._words("partly_replies" if result == "B" else "cannot_replies")
        review = {"review_on": self._day(days=self._chance.randint(20, 90))} if result == "B" else {}
        by = self._cast.heads.get(self._unit) if self._chance.random() < 0.2 else self._handler
        self._do("resolve", by or self._handler, at, result_class=result, reply=reply, **review)

    def follow_up(self) -> None:
        """Call the reporter back and close."""
        caller = self._chance.choice(_OFFICE)
        if self._chance.random() < 0.1:
            # Three attempts on two days before somebody counts as unreachable (workflows/cases/calling.py).
            self._do("call", caller, self._wait(minutes=(40, 150)), followed_up="unreachable")
            self._do("call", caller, self._wait(days=1, minutes=(5, 30)), followed_up="unreachable")
            self._do("call_and_close", caller, self._wait(minutes=(30, 120)), followed_up="unreachable")
            return
        at = self._wait(days=self._chance.choice((0, 1, 1, 2)), minutes=(30, 240))
        satisfaction = self._chance.choices(("satisfied", "basically", "dissatisfied"), (66, 25, 9))[0]
        attitude = self._chance.choice(("satisfied", "satisfied", "basically"))
        pleased, slow, cross, plain = material.words()["call_words"][:4]
        words = cross if satisfaction == "dissatisfied" else self._chance.choice((pleased, slow, plain))
        results = [step.given["result_class"] for step in self.script.steps if step.trigger == "resolve"]
        solved = "yes" if results[-1:] == ["A"] and satisfaction != "dissatisfied" else "no"
        said = {"followed_up": "reached", "solved": solved, "satisfaction": satisfaction, "attitude": attitude}
        self._do("call_and_close", caller, at, words=words, **said)

    # ------------------------------------------------------------ fates

    def smooth(self) -> None:
        """Go straight through, in time."""
        self.assign()
        self.handle()

    def handle(self, *, late: int = 0) -> None:
        """Everything after the assignment; `late`: working days beyond the limit."""
        days = self._limit + late if late else max(1, int(self._limit * self._chance.uniform(0.35, 0.9)))
        if self._is_critical:
            self.take_up()
            self.coordinate(days=0)
            self.resolve(days=0)
            self.follow_up()
            return
        self.take_up(acknowledges=0.95, contacts=0.92)
        first = max(0, days // 3)
        self.coordinate(days=first)
        if late:
            self._do(
                "urge_unit", self._clerk(), self._wait(days=max(0, self._limit - first)), text=self._words("urges")
            )
            self.resolve(days=late)
        else:
            self.resolve(days=max(0, days - first - 1))
        self.follow_up()

    def slow(self) -> None:
        """Come to an end, but late."""
        self.assign()
        self.handle(late=self._chance.choice((1, 2, 4, 5, 11)))

    def unfollowed(self) -> None:
        """Be resolved and wait for the call."""
        self.assign()
        self.take_up()
        self.coordinate(days=0)
        self.resolve(days=max(1, self._limit // 2))

    def stuck(self) -> None:
        """Be assigned, and nothing after it."""
        self.assign()
        self.take_up(acknowledges=0.7, contacts=0.45)

    def waiting(self) -> None:
        """Not be looked at yet."""

    def declined(self) -> None:
        """Belong elsewhere."""
        self._do("decline", self._clerk(), self._wait(minutes=(30, 300)), reason=self._words("decline_reasons"))

    def returned_once(self) -> None:
        """Be given to the wrong unit first."""
        self._returned()
        self.smooth()

    def returned_twice(self) -> None:
        """Be returned twice, so that the head has to rule."""
        self._returned()
        self._returned()
        name = str(material.words()["some_unit"]) if self._unit.startswith("T") else self._unit_name()
        at = self._wait(minutes=(40, 200))
        self._do("arbitrate", "an", at, org=self._unit, ruling=self._words("rulings", org=name))
        self.smooth()

    def _unit_name(self) -> str:
        return next(str(name) for code, name, _ in material.county()["units"] if code == self._unit)

    def _returned(self) -> None:
        wrong = self._chance.choice([unit for unit in ("JTJ", "SLJ", "ZJJ", "NYJ", "MZJ") if unit != self._unit])
        self.assign(wrong)
        at = self._wait(days=self._chance.choice((0, 1)), minutes=(40, 200))
        self._do("return", self._of(wrong), at, reason=self._words("return_reasons"), suggested_org=self._unit)

    def suspended(self) -> None:
        """Stand still for a while."""
        self.assign()
        self.take_up()
        self.coordinate(days=1)
        days = self._chance.randint(4, 14)
        at = self._wait(minutes=(40, 200))
        self._do("suspend", self._clerk(), at, reason=self._words("suspend_reasons"), until=self._day(days=days))
        self._do("resume", "he", self._wait(days=days))
        self.resolve(days=2)
        self.follow_up()

    def extended(self) -> None:
        """Ask for more time before it is too late."""
        if self._limit < 3 or self._is_critical:
            self.smooth()
            return
        self.assign()
        assigned = self._clock.astimezone(self._calendar.zone).date()
        self.take_up()
        self.coordinate(days=0, plainly=True)
        more = self._chance.randint(2, min(5, self._limit))
        until = self._calendar.add_workdays(assigned, self._limit + more).isoformat()
        asked = self._wait(days=self._limit - 2, minutes=(10, 40))
        self._do("ask_extension", self._handler, asked, until=until, reason=self._words("extension_reasons"))
        grants = self._chance.random() < 0.8
        reason = self._words("extension_grants" if grants else "extension_refusals")
        self._do("decide_extension", "an", self._wait(minutes=(20, 200)), grant=grants, reason=reason)
        self.resolve(days=1 + (more - 1 if grants else 0))
        self.follow_up()

    def reopened(self) -> None:
        """Come back after it was closed."""
        self.smooth()
        at = self._wait(days=self._chance.randint(4, 20))
        self._do("reopen", "he", at, reason=self._words("reopen_reasons"))
        self.smooth()

    def reworked(self) -> None:
        """Be sent back because the reply missed the point."""
        self.assign()
        self.take_up()
        self.coordinate(days=1)
        self.resolve(days=1)
        self._do("rework", self._clerk(), self._wait(minutes=(60, 300)), reason=self._words("rework_reasons"))
        self.resolve(days=1)
        self.follow_up()

    def merged(self, *, into: int) -> None:
        """Turn out to be the same as another."""
        self.script.twin_of = into
        self._do("merge", self._clerk(), self._wait(minutes=(20, 200)))


Fate = Callable[[Writer], None]
# How often each fate befalls a case of so many working days: what lies on the desks now, and what is over.
FATES: Sequence[tuple[int, Sequence[tuple[Fate, int]]]] = (
    (1, ((Writer.waiting, 50), (Writer.smooth, 40), (Writer.returned_once, 10))),
    (
        14,
        (
            (Writer.smooth, 34),
            (Writer.unfollowed, 14),
            (Writer.stuck, 16),
            (Writer.waiting, 3),
            (Writer.declined, 3),
            (Writer.returned_once, 5),
            (Writer.returned_twice, 3),
            (Writer.suspended, 8),
            (Writer.extended, 8),
            (Writer.reworked, 3),
        ),
    ),
    (
        28,
        (
            (Writer.smooth, 50),
            (Writer.slow, 18),
            (Writer.stuck, 10),
            (Writer.declined, 5),
            (Writer.returned_twice, 4),
            (Writer.suspended, 8),
            (Writer.extended, 5),
        ),
    ),
    (
        10_000,
        (
            (Writer.smooth, 52),
            (Writer.slow, 16),
            (Writer.declined, 6),
            (Writer.returned_once, 5),
            (Writer.returned_twice, 3),
            (Writer.suspended, 5),
            (Writer.extended, 6),
            (Writer.reopened, 3),
            (Writer.reworked, 4),
        ),
    ),
)


def choose_fate(chance: random.Random, *, age: int) -> Fate:
    """Return the fate of a case reported so many working days ago."""
    fates = next(fates for most, fates in FATES if age <= most)
    return chance.choices([fate for fate, _ in fates], [weight for _, weight in fates])[0]
