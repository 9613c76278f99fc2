"""The sheet of a member: every point is a plain count over single records, of any day, as known at any instant."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.activities.tables import Activity, Attendance, Cosignature, Service, Suggestion
from casework.assessment.definition import BONUS, DEDUCTION, DUTY, Scheme
from casework.assessment.loader import load_text, schemes
from casework.assessment.reckoning import reckon
from casework.assessment.sources import Period
from casework.assessment.tables import SpotFinding
from casework.campaign.tables import Goal, Link
from casework.cases.tables import Solution
from casework.core.database import Database, Session
from casework.core.definitions import BadDefinition
from casework.core.ids import new_id
from tests import databases
from tests.casework.campaign.test_figures import CAMPAIGN, PLACES, Teller, holds
from tests.world import COUNTY

SCHEME = schemes()["SLSC-2022", 2022]
YEAR = 2022
FIRST, LAST = date(2022, 1, 1), date(2022, 12, 31)
MEETINGS = ["thematic_consultation", "onsite_office", "promotion_meeting", "training"]

Match = tuple[str, str, str, int]  # item, count, matter, hundredths


class Office(Teller):
    """Tells of what members do, beside what figures count."""

    def link(self) -> None:
        super().link()
        link_id, told = list(self.said.items())[-1]
        if told.editions[-1][1]["kind"] == "member_household":
            self.change(link_id, part=self.chance.choice(["poverty_alleviated", "demonstration"]))

    def does(self) -> None:
        kinds = ["household_visit", "household_visit", "village_survey", "industry_survey", "training", "experience"]
        self.enter(
            Activity,
            kind=self.chance.choice(kinds),
            region_code=self.chance.choice(PLACES),
            on_date=self.day(),
            member_id=self.chance.choice([None, *self.members]),
            household_id=self.chance.choice(self.households),
            form=self.chance.choice(["on_site", "", "phone"]),
            withdrawn=False,
        )

    def comes_along(self) -> None:
        if activity_id := self.any_of(Activity):
            self.enter(
                Attendance,
                activity_id=activity_id,
                member_id=self.chance.choice(self.members),
                part=self.chance.choice(["companion", "attendee"]),
                status=self.chance.choice(["present", "late", "leave", "absent"]),
                leave=self.chance.choice(["", "sick", "personal"]),
                withdrawn=False,
            )

    def signs(self) -> None:
        if suggestion_id := self.any_of(Suggestion):
            signer = self.chance.choice(self.members)
            self.enter(Cosignature, suggestion_id=suggestion_id, member_id=signer, withdrawn=False)

    def gives(self) -> None:
        table = self.chance.choice([Service, Suggestion])
        values: dict[str, Any] = {"kind": "technical"}
        if table is Suggestion:
            values = {"adoption": self.chance.choice(["", "adopted", "partly", "declined"])}
        self.enter(
            table,
            region_code=self.chance.choice(PLACES),
            on_date=self.day(),
            content="剪枝",
            member_id=self.chance.choice([None, *self.members]),
            withdrawn=False,
            **values,
        )

    def reaches(self) -> None:
        self.enter(
            Goal,
            campaign="SLSC-2022",
            checklist="five_ones_household",
            item="environment",
            year=self.chance.choice([YEAR, YEAR + 1]),
            object_id=self.chance.choice(self.households),
            region_code=COUNTY,
            state=self.chance.choice(["claimed", "verified"]),
            reached_on=self.day(),
        )

    def is_checked(self) -> None:
        self.enter(
            SpotFinding,
            spot_check_id=new_id(),
            activity_id=new_id(),
            member_id=self.chance.choice(self.members),
            region_code=COUNTY,
            visited_on=self.day(),
            place=1,
            outcome=self.chance.choice(["", "confirmed", "not_confirmed", "not_reached"]),
        )

    def changes_mind(self) -> None:
        if found := self.any_of(self.chance.choice([Activity, Attendance, Suggestion, Cosignature])):
            self.change(found, withdrawn=True)

    def step(self) -> None:
        self.now += timedelta(hours=self.chance.randint(0, 200))
        self.chance.choice(STEPS)(self)


STEPS: list[Callable[[Office], None]] = [
    *(Office.link, Office.link, Office.link, Office.link_ends, Office.does, Office.does, Office.does),
    *(Office.comes_along, Office.comes_along, Office.gives, Office.reaches, Office.is_checked, Office.solved),
    *(Office.solved, Office.undone, Office.changes_mind, Office.signs, Office.signs),
]


class Plain:
    """The sheet of one member once more, as one would count it by hand."""

    def __init__(self, office: Office, member: UUID, as_of: date, known_at: datetime | None) -> None:
        self.member, self.last = member, min(as_of, LAST)
        self.rows: dict[type, dict[UUID, dict[str, Any]]] = defaultdict(dict)
        for key, told in office.said.items():
            values = told.at(known_at)
            if values is not None and not values.get("withdrawn"):
                self.rows[told.table][key] = values

    def counts(self, day: date, place: str) -> bool:
        return FIRST <= day <= self.last and place.startswith(COUNTY)

    def is_linked(self, household: UUID | None, day: date) -> bool:
        return any(row["object_id"] == household and holds(row, day) for row in self.links())

    def links(self) -> Iterator[dict[str, Any]]:
        for row in self.rows[Link].values():
            ours = row["campaign"] == "SLSC-2022" and row["kind"] == "member_household"
            if ours and row["holder_id"] == self.member:
                yield row

    def roles(self, key: UUID, row: dict[str, Any]) -> Iterator[int]:
        """Tell the share, in percent, of each way in which the member had part in an activity."""
        if row["member_id"] == self.member:
            yield 100
        for each in self.rows[Attendance].values():
            if (
                each["activity_id"] == key
                and each["member_id"] == self.member
                and each["status"] in ("present", "late")
            ):
                yield {"companion": 50, "attendee": 100}[each["part"]]

    def activities(self) -> Iterator[Match]:
        for key, row in self.rows[Activity].items():
            # Those of the figures' teller have no member and no form.
            if not self.counts(row["on_date"], row["region_code"]) or "member_id" not in row:
                continue
            for share in self.roles(key, row):
                kind = row["kind"]
                if kind == "household_visit":
                    if row["form"] != "phone" and self.is_linked(row["household_id"], row["on_date"]):
                        quarter = (row["on_date"].month - 1) // 3
                        yield "households", "visits", f"{row['household_id']}/{quarter}", 2 * share
                elif kind in MEETINGS:
                    yield "consultation", "meetings", str(key), 2 * share
                elif kind in ("village_survey", "industry_survey"):
                    yield "industries_villages", "surveys", str(key), 2 * share
                elif kind == "experience":
                    yield "experience", "experience", str(key), 2 * share

    def given(self) -> Iterator[Match]:
        for key, row in self.rows[Suggestion].items():
            signed = [100] if row["member_id"] == self.member else []
            signed += [75 for each in self.rows[Cosignature].values() if self.is_by_me(each, key)]
            for share in signed if self.counts(row["on_date"], row["region_code"]) else ():
                yield "consultation", "suggestions", str(key), 2 * share
                if row["adoption"] in ("adopted", "partly"):
                    yield "adopted", "adopted", str(key), 3 * share
        for key, row in self.rows[Service].items():
            if row["member_id"] == self.member and self.counts(row["on_date"], row["region_code"]):
                yield "industries_villages", "services", str(key), 200

    def is_by_me(self, row: dict[str, Any], suggestion: UUID) -> bool:
        return bool(row["suggestion_id"] == suggestion and row["member_id"] == self.member)

    def homes(self) -> Iterator[Match]:
        for row in self.links():
            if holds(row, self.last) and row["valid_from"] <= self.last:
                yield "households", row["part"], f"link {id(row)}", 500
        for key, row in self.rows[Goal].items():
            reached = row["reached_on"]
            is_reached = row["year"] == YEAR and row["state"] == "verified" and reached <= self.last
            if is_reached and self.is_linked(row["object_id"], reached):
                yield "households", "five_ones", str(key), 100
        for key, row in self.rows[Solution].items():
            stands = row["undone_on"] is None or row["undone_on"] > self.last
            here = self.counts(row["on_date"], row["region_code"])
            if stands and here and self.is_linked(row["household_id"], row["raised_on"]):
                yield "matters", "solved", str(key), 500

    def against(self) -> Iterator[Match]:
        for key, row in self.rows[SpotFinding].items():
            is_false = row["member_id"] == self.member and row["outcome"] == "not_confirmed"
            if is_false and FIRST <= row["visited_on"] <= self.last:
                yield "records", "not_confirmed", str(key), -500
                yield "false_record", "not_confirmed", str(key), 500
        for key, row in self.rows[Attendance].items():
            activity = self.rows[Activity].get(row["activity_id"])
            if row["member_id"] != self.member or activity is None or row["status"] not in ("absent", "late"):
                continue
            if self.counts(activity["on_date"], activity["region_code"]):
                yield "absence", row["status"], str(key), {"absent": 300, "late": 100}[row["status"]]

    def missed(self, visited: set[str]) -> Iterator[Match]:
        for number in range(4):
            begins = date(YEAR, 3 * number + 1, 1)
            ends = (date(YEAR, 3 * number + 4, 1) if number < 3 else date(YEAR + 1, 1, 1)) - timedelta(days=1)
            for row in self.links():
                through = row["valid_from"] <= begins and (row["valid_to"] is None or row["valid_to"] >= ends)
                if through and ends <= self.last and f"{row['object_id']}/{number}" not in visited:
                    # Two links to one household are two links.
                    yield "overdue", "missed_quarters", f"{id(row)}/{number}", 100

    def score(self) -> dict[str, int]:
        gained = [*self.activities(), *self.given(), *self.homes()]
        taken = [*self.against(), *self.missed({matter for _, code, matter, _ in gained if code == "visits"})]
        best: dict[Any, tuple[int, int, Match]] = {}
        order = [(item.code, count.code) for item in SCHEME.items.values() for count in item.counts]
        for match in gained:
            rank = (match[3], -order.index(match[:2]))
            if match[2] not in best or rank > best[match[2]][:2]:
                best[match[2]] = (*rank, match)
        kept = [match for *_, match in best.values()] + taken
        points = {}
        for item in SCHEME.items.values():
            total = item.base * 100
            for count in item.counts:
                one = sum(each[3] for each in kept if each[:2] == (item.code, count.code))
                total += max(-count.most * 100, min(one, count.most * 100))
            points[item.code] = max(0, min(total, item.points * 100))
        return points


def reckoned(session: Session, scheme: Scheme, member: UUID, as_of: date, known_at: datetime | None) -> Any:
    period = Period(session, CAMPAIGN, YEAR, as_of, known_at)
    return reckon(scheme, period, [member])[0]


def points(sheet: Any) -> dict[str, int]:
    return {line.item.code: line.points for line in sheet.lines}


@pytest.mark.parametrize("engine", databases.ENGINES)
def test_every_item_is_a_count_over_what_was_told(engine: str, request: pytest.FixtureRequest) -> None:
    if engine == "postgresql":
        request.getfixturevalue("postgres_url")
    with databases.fresh_database(engine, holding="county") as url:
        db = Database(url)
        db.info["zone"] = None
        _play(db)
        db.close()


def _play(db: Database) -> None:
    @settings(max_examples=20)
    @given(seed=st.integers(0, 2**32))
    def play(seed: int) -> None:
        session = db.session(write=True)
        try:
            _tell_and_ask(Office(session, random.Random(seed)))
        finally:
            db.end(session, keep=False)

    play()


def _tell_and_ask(office: Office) -> None:
    frozen: list[tuple[UUID, date, datetime, dict[str, int]]] = []
    for number in range(90):
        office.step()
        if number % 15 == 14:
            day, member = office.day(), office.chance.choice(office.members)
            frozen.append((member, day, office.now, points(reckoned(office.session, SCHEME, member, day, None))))
            # What is entered from here on was not known at this instant.
            office.now += timedelta(seconds=1)
    for member, day, known_at, before in frozen:
        now = points(reckoned(office.session, SCHEME, member, day, known_at))
        assert now == before == Plain(office, member, day, known_at).score()


def test_the_scheme_of_the_programme_is_that_of_the_paper() -> None:
    by_kind: dict[str, list[int]] = {DUTY: [], BONUS: [], DEDUCTION: []}
    for item in SCHEME.items.values():
        by_kind[item.kind].append(item.points)
    assert by_kind[DUTY] == [40, 25, 15, 10, 10]
    assert (SCHEME.bonus_most, SCHEME.deduction_most) == (10, 20)
    assert [SCHEME.band_of(score).code for score in (11000, 8500, 8499, 7000, 6000, 5999, 0)] == [
        *("excellent", "excellent", "competent", "competent", "basic", "to_improve", "to_improve")
    ]


WRONG = """
campaign = "NOBODY"
year = "soon"
label = { zh = "试" }
best_value = 1
lapse_confirms = true
bonus_most = -1
deduction_most = 20
typo = 1
[share]
driver = 120
[leave.gone]
label = { zh = "走", en = "Gone" }
counts = 120
[[band]]
code = "good"
label = { zh = "好", en = "Good" }
begins = 50
[[item]]
code = "one"
kind = "gift"
points = 0
label = { zh = "一", en = "One" }
[[item]]
code = "one"
kind = "duty"
points = 5
label = { zh = "一", en = "One" }
count = [
  { code = "a", of = "login", each = 1, most = 1, label = { zh = "登录", en = "Log-ins" } },
  { code = "b", of = "visit", where = { day = 1 }, each = 0, most = 1, per_yuan = 5, label = { zh = "走访", en = "Visits" } },
]
"""


def test_every_mistake_of_a_scheme_is_told_at_once() -> None:
    with pytest.raises(BadDefinition) as told:
        load_text(WRONG)
    assert {path for path, _ in told.value.mistakes} >= {
        *("campaign", "year", "label.en", "best_value", "bonus_most", "typo", "share", "share.driver", "band"),
        *(
            "leave",
            "leave.gone.counts",
            "item",
            "item[0].kind",
            "item[0].points",
            "item[0].count",
            "item[1].count[0].of",
        ),
        *("item[1].count[1].where", "item[1].count[1].where.link", "item[1].count[1].each"),
        "item[1].count[1].per_yuan",
    }
