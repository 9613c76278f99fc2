"""What lies on the desks whatever day the demo is opened: one case in every box that chance may have left empty.

The half year of `loading` is drawn by lot; on a Saturday, or with another seed, a box of the desks could stand empty.
These scripts are told from now backwards, so that each of them ends in the very state a page is there for.
"""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta

from casework.core.calendars import WorkCalendar
from workflows.demo import material
from workflows.demo.county import Cast
from workflows.demo.scripts import Script, Step
from workflows.demo.tales import Tale, tell

# The villages of the liaisons who have a log-in, and the unit of the handler who has one.
_LIAISON_VILLAGE = "510822105206"
_UNIT, _HANDLER = "SLJ", "bai"
_UNIT_CATEGORY = "drinking_water"
_BEGUN = time(9, 0)
# An emergency of last night is due tonight: its twenty-four hours run through weekends too.
_EMERGENCY_DUE, _LATEST_DUE = time(19, 40), time(23, 50)
_NIGHT = timedelta(hours=24)


class Present:
    """Writes the scripts of what lies on the desks at `now`."""

    def __init__(self, chance: random.Random, cast: Cast, calendar: WorkCalendar, *, now: datetime) -> None:
        self._chance, self._cast, self._calendar, self._now = chance, cast, calendar, now
        self._today = now.astimezone(calendar.zone).date()

    def scripts(self) -> list[Script]:
        """Return all scripts, each the life of one case up to now."""
        written = [write(self) for write in _SCENES]
        return [script for script in written if script.reported <= self._now]

    # ------------------------------------------------------------ time and words

    def _at(self, back: int, hour: int, minute: int = 0) -> datetime:
        """Return a time of day so many working days before day 0: today, once it is nine, or the working day before.

        What happens on day 0 happens before nine, so every order of days and hours stands.
        """
        local = self._now.astimezone(self._calendar.zone)
        begun = self._calendar.is_workday(self._today) and local.time() >= _BEGUN
        back += 0 if begun else 1
        day = self._calendar.add_workdays(self._today, -back) if back else self._today
        return datetime.combine(day, time(hour, minute), tzinfo=self._calendar.zone).astimezone(UTC)

    def _day(self, *, days: int) -> str:
        return self._calendar.add_workdays(self._today, days).isoformat()

    def _words(self, key: str, **slots: str) -> str:
        return str(self._chance.choice(material.words()[key])).format(**slots)

    def _tale(self, wanted: Callable[[material.Story], bool], region_code: str | None = None) -> Tale:
        story = self._chance.choice([story for story in material.stories() if wanted(story)])
        return tell(self._chance, self._cast.villages, story=story, region_code=region_code)

    def _plain(self, region_code: str | None = None, **also: str) -> Tale:
        """Tell an ordinary difficulty of the unit: seven working days."""
        wanted = {"category": _UNIT_CATEGORY, "kind": "help"} | also
        return self._tale(
            lambda story: "urgency" not in story and all(story[key] == value for key, value in wanted.items()),
            region_code,
        )

    def _script(self, tale: Tale, by: str, reported: datetime, *steps: Step) -> Script:
        return Script(tale, by, reported, [step for step in steps if step.at <= self._now])

    # ------------------------------------------------------------ scenes

    def to_sign(self) -> Script:
        """A case the unit has just been given."""
        assigned = Step(self._at(0, 8, 50), "assign", "he", {"org": _UNIT, "route": "two_offices"})
        return self._script(self._plain(), "chen", self._at(1, 16, 40), assigned)

    def returned_once(self) -> Script:
        """A case that came back from the wrong unit and waits at the desk."""
        steps = self._wrong_way("JTJ", self._at(1, 9, 20), self._at(1, 15, 10))
        return self._script(self._plain(), "he", self._at(2, 16, 30), *steps)

    def returned_twice(self) -> Script:
        """A case that came back twice: only the head may rule now."""
        steps = self._wrong_way("ZJJ", self._at(3, 9, 30), self._at(3, 15, 40))
        steps += self._wrong_way("NYJ", self._at(2, 9, 10), self._at(1, 11, 20))
        return self._script(self._plain(), "yu", self._at(4, 15, 0), *steps)

    def _wrong_way(self, org: str, given: datetime, back: datetime) -> list[Step]:
        why = {"reason": self._words("return_reasons"), "suggested_org": _UNIT}
        return [
            Step(given, "assign", "he", {"org": org, "route": "letter"}),
            Step(back, "return", self._cast.handlers[org][0], why),
        ]

    def more_time_asked(self) -> Script:
        """A case whose handler asks for more time; the head has not decided."""
        ask = {"until": self._day(days=6), "reason": self._words("extension_reasons")}
        steps = [*self._in_hand(given=4), Step(self._at(0, 8, 46), "ask_extension", _HANDLER, ask)]
        return self._script(self._plain(), "he", self._at(5, 14, 0), *steps)

    def nearly_due(self) -> Script:
        """A case that is due next; the office has talked about it with names."""
        steps = self._in_hand(given=6)
        steps += [
            self._picture(self._at(5, 14, 30), _HANDLER),
            self._note(self._at(1, 16, 10), "he", "asked_notes", name=_HANDLER),
            self._note(self._at(0, 8, 48), _HANDLER, "answered_notes", name="an"),
        ]
        return self._script(self._plain(_LIAISON_VILLAGE), "cun", self._at(7, 10, 0), *steps)

    def asked_of_us(self) -> Script:
        """A case of another unit that waits for an answer of ours and of a township."""
        tale = self._tale(lambda story: story["unit"] == "JTJ" and "urgency" not in story, _LIAISON_VILLAGE)
        handler = self._cast.handlers["JTJ"][0]
        questions = material.words()["our_questions"]
        township = f"T{_LIAISON_VILLAGE[:9]}"
        steps = [
            Step(self._at(2, 9, 10), "assign", "he", {"org": "JTJ", "co_orgs": [_UNIT, township]}),
            Step(self._at(2, 10, 20), "acknowledge", handler),
            Step(self._at(1, 9, 0), "coordinate", handler, {"plan": tale.filled(tale.story["plan"])}),
            *(
                Step(self._at(1, 9, 30 + n), "ask_co_unit", handler, {"org": org, "question": text, "due_on": due})
                for n, (org, text, due) in enumerate(
                    ((_UNIT, questions[0], self._day(days=2)), (township, questions[1], self._day(days=3)))
                )
            ),
        ]
        return self._script(tale, "cun", self._at(3, 11, 0), *steps)

    def promised_money(self) -> Script:
        """A case whose promised money has not come by its day."""
        tale = self._tale(lambda story: story["unit"] == _UNIT and "fund" in story and "urgency" not in story)
        told = self._chance.choice(material.words()["fund"])
        local = self._now.astimezone(self._calendar.zone)
        fund = {
            "project": tale.filled(tale.story["fund"]),
            "source": told["source"],
            "document_no": told["document"].format(year=local.year, n=self._chance.randint(101, 180)),
            "fen": 180_000_00,
        }
        until = {"reason": self._words("suspend_reasons"), "until": self._day(days=8)}
        steps = [
            *self._in_hand(given=9),
            Step(self._at(8, 9, 40), "coordinate", _HANDLER, {"plan": tale.filled(tale.story["plan"])}),
            Step(
                self._at(6, 9, 0), "add_fund", _HANDLER, {"stage": "approved", "expected_on": self._due_back(1), **fund}
            ),
            Step(self._at(5, 15, 0), "suspend", "he", until),
        ]
        return self._script(tale, "fu", self._at(10, 10, 0), *steps)

    def _due_back(self, back: int) -> str:
        return self._at(back, 9).astimezone(self._calendar.zone).date().isoformat()

    def answered(self) -> Script:
        """A case with its answer, to be called back about, with a picture of the work."""
        tale = self._plain()
        given = {"result_class": "A", "reply": tale.filled(tale.story["reply"])}
        steps = [*self._in_hand(given=4), self._picture(self._at(1, 10, 0), _HANDLER)]
        steps.append(Step(self._at(0, 8, 40), "resolve", _HANDLER, given))
        return self._script(tale, "chen", self._at(5, 15, 0), *steps)

    def due_for_review(self) -> Script:
        """A closed case of class B whose day to look again has come."""
        tale = self._plain()
        reply = {"reply": self._words("partly_replies"), "result_class": "B", "review_on": self._due_back(1)}
        call = {"followed_up": "reached", "solved": "no", "satisfaction": "basically", "attitude": "satisfied"}
        words = {"words": material.words()["call_words"][0]}
        steps = [
            *self._in_hand(given=29),
            Step(self._at(25, 15, 0), "resolve", _HANDLER, reply),
            Step(self._at(24, 10, 0), "call_and_close", "yu", call | words),
        ]
        return self._script(tale, "tang", self._at(30, 10, 0), *steps)

    def emergency(self) -> Script:
        """An emergency of last night, due tonight, weekend or not."""
        zone = self._calendar.zone
        due = datetime.combine(self._today, _EMERGENCY_DUE, tzinfo=zone).astimezone(UTC)
        latest = datetime.combine(self._today, _LATEST_DUE, tzinfo=zone).astimezone(UTC)
        due = min(max(due, self._now + timedelta(hours=2)), latest)
        given = due - _NIGHT
        tale = self._tale(lambda story: story.get("urgency") == "critical")
        handler = self._cast.handlers[tale.unit][0] if tale.unit in self._cast.handlers else _HANDLER
        steps = [
            Step(given, "assign", "an", {"org": tale.unit, "route": "joint"}),
            Step(given + timedelta(minutes=9), "acknowledge", handler),
            Step(
                given + timedelta(minutes=21),
                "contact",
                handler,
                {"words": self._words("contacts"), "spoke_to": tale.reporter["name"]},
            ),
        ]
        return self._script(tale, "he", given - timedelta(minutes=12), *steps)

    def just_told(self) -> Script:
        """A case the liaison has told of and nobody has looked at."""
        return self._script(self._plain(_LIAISON_VILLAGE), "cun", self._at(0, 8, 42))

    # ------------------------------------------------------------ stretches

    def _in_hand(self, *, given: int) -> list[Step]:
        """Assigned to the unit so many working days ago, signed for and spoken about."""
        spoken = {"words": self._words("contacts"), "spoke_to": material.words()["spoken_to"][0]}
        return [
            Step(self._at(given, 9, 15), "assign", "he", {"org": _UNIT, "assignee": _HANDLER}),
            Step(self._at(given, 10, 5), "acknowledge", _HANDLER),
            Step(self._at(given, 15, 20), "contact", _HANDLER, spoken),
        ]

    def _picture(self, at: datetime, by: str) -> Step:
        return Step(at, "attach_picture", by, {"name": material.words()["picture"], "shade": self._chance.random()})

    def _note(self, at: datetime, by: str, key: str, *, name: str) -> Step:
        return Step(at, "comment", by, {"text": self._words(key, name=name)})


Scene = Callable[[Present], Script]
_SCENES: Sequence[Scene] = (
    Present.to_sign,
    Present.returned_once,
    Present.returned_twice,
    Present.more_time_asked,
    Present.nearly_due,
    Present.asked_of_us,
    Present.promised_money,
    Present.answered,
    Present.due_for_review,
    Present.emergency,
    Present.just_told,
)
