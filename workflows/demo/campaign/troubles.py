"""The troubles of the campaign: what linked households, linked industries and villages raised, and how each ended."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.cases import intake
from casework.cases.reporters import Reporter
from casework.core.ids import new_id
from workflows.demo.campaign.industries import Trade, unsolved_of
from workflows.demo.campaign.living import Life
from workflows.demo.campaign.material import told
from workflows.demo.campaign.stage import CLERKS, MEMBERS, Stage
from workflows.demo.campaign.villages import Matter
from workflows.demo.campaign.visits import Visit
from workflows.demo.scripts import Step

# So many troubles of linked households were solved; raised later, one would not be by the end of the telling.
_SOLVED = (201, 206)
_RAISED = (date(2022, 2, 14), date(2022, 12, 26))
_SOLVED_CLASS = "A"
# The unit that difficulties of industries go to unless they say another.
_FARMING = "NYJ"
# A few took longer than the limit of seven working days.
_LATE, _LATE_BY, _LATE_UNTIL = 0.06, (8, 12), date(2022, 12, 1)
_EVENING_WORK = (3, 9)


class Writer:
    """Writes the lives of cases."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def of_households(self, visits: Sequence[Visit]) -> list[Life]:
        """Tell of the troubles of linked households, each out of one visit, which then says so."""
        stage, about = self._stage, told("troubles")
        # Links that ended are left out: the trouble of a household counts while it is linked.
        fit = [
            each
            for each in visits
            if each.tie.until is None and each.row["form"] == "on_site" and _RAISED[0] <= each.on <= _RAISED[1]
        ]
        solved = stage.chance.randint(*_SOLVED)
        chosen = stage.chance.sample(fit, solved + len(about["unsolved"]))
        stories = about["story"]
        drawn = stage.chance.choices(stories, [each["weight"] for each in stories], k=solved)
        return [
            self._of_household(visit, story) for visit, story in zip(chosen, [*drawn, *about["unsolved"]], strict=True)
        ]

    def _of_household(self, visit: Visit, story: Mapping[str, Any]) -> Life:
        home, stage = visit.tie.home, self._stage
        about_whom = told("troubles")["words"]["title"]
        kin = stage.chance.choice(told("people")["household"]["kin"])
        slots = stage.slots(home.region_code, who=kin, g=home.group)
        filled = {key: story[key].format_map(slots) for key in ("title", "text", "plan", "reply")}
        filled["title"] = about_whom.format_map(slots | filled)
        visit.row["difficulty"] = filled["title"]
        actor = visit.tie.seat.actor
        by = next((user for user in MEMBERS if stage.cast.actors[user] is actor), None)
        return self._life(
            {**story, **filled, "code": home.region_code},
            reporter=Reporter(home.head, home.phone, None),
            by=by or stage.chance.choice(CLERKS),
            reported=stage.after_minutes(visit.written, _EVENING_WORK),
            through={"household_id": home.id, "activity_id": visit.row["id"]},
        )

    def of_industries(self, trades: Sequence[Trade]) -> list[Life]:
        """Tell of the difficulties of linked industries, each out of one survey."""
        found = []
        for trade in trades:
            raised = [(each, _SOLVED_CLASS) for each in trade.told["difficulty"]]
            raised += [(each, "C") for each in unsolved_of(trade)]
            for each, result in raised:
                through = {"industry_id": trade.id, "activity_id": trade.surveyed[each["on"]]}
                facts = {"category": "industry", "unit": _FARMING, "code": each["village"], "class": result}
                found.append(self._of_place({**facts, **each}, through))
        return found

    def of_villages(self, matters: Sequence[Matter]) -> list[Life]:
        """Tell of the livelihood matters of villages, each out of one survey; the figures leave them out."""
        return [
            self._of_place({**matter.told, **self._filled(matter.told)}, {"activity_id": matter.survey})
            for matter in matters
        ]

    def _filled(self, about: Mapping[str, Any]) -> dict[str, str]:
        slots = self._stage.slots(about["code"])
        return {key: about[key].format_map(slots) for key in ("title", "text", "plan", "reply")}

    def _of_place(self, about: Mapping[str, Any], through: dict[str, UUID]) -> Life:
        stage = self._stage
        evening = stage.at(about["on"], stage.chance.randint(20 * 60 + 30, 21 * 60))
        return self._life(
            about,
            reporter=Reporter(stage.name(), stage.phone(), None),
            by=stage.chance.choice(CLERKS),
            reported=evening,
            through=through,
        )

    def _life(
        self,
        about: Mapping[str, Any],
        *,
        reporter: Reporter,
        by: str,
        reported: datetime,
        through: dict[str, UUID],
    ) -> Life:
        report = intake.Report(
            id=new_id(),
            title=about["title"],
            description=about["text"],
            category=about["category"],
            kind="help",
            urgency="normal",
            region_code=about["code"],
            channel="visit",
            reporter=reporter,
            occurred_on=None,
            answers={},
        )
        life = Life(report, by, reported, through)
        unit = about["unit"] if about["unit"] != "T" else f"T{about['code'][:9]}"
        result = about.get("class", _SOLVED_CLASS)
        life.steps = self._steps(reported, unit, about, result=result)
        return life

    def _steps(self, reported: datetime, unit: str, about: Mapping[str, Any], *, result: str) -> list[Step]:
        """Assigned the next working day, handled within the week, called about and closed by another clerk."""
        stage, chance = self._stage, self._stage.chance
        handler = chance.choice(stage.cast.handlers[unit])
        clerk, caller = chance.sample(CLERKS, 2)
        words = told("troubles")["words"]
        assigned = stage.after(reported, minutes=(15, 140))
        signed = stage.after(assigned, minutes=(15, 160))
        spoken = stage.after(signed, minutes=(20, 200))
        settled = stage.after(spoken, days=chance.randint(0, 1), minutes=(30, 200))
        is_late = reported < stage.evening(_LATE_UNTIL) and chance.random() < _LATE
        resolved = stage.after(settled, days=chance.randint(*(_LATE_BY if is_late else (0, 3))), minutes=(40, 200))
        closed = stage.after(resolved, days=chance.randint(0, 1), minutes=(60, 200))
        satisfaction = chance.choices(("satisfied", "basically"), (8, 2))[0] if result == _SOLVED_CLASS else "basically"
        contact = {"words": chance.choice(words["contacts"]), "spoke_to": chance.choice(words["spoken_to"])}
        solved = "yes" if result == _SOLVED_CLASS else "no"
        call = {"followed_up": "reached", "solved": solved, "satisfaction": satisfaction, "attitude": "satisfied"}
        return [
            Step(assigned, "assign", clerk, {"org": unit, "route": "two_offices"}),
            Step(signed, "acknowledge", handler),
            Step(spoken, "contact", handler, contact),
            Step(settled, "coordinate", handler, {"plan": about["plan"]}),
            Step(resolved, "resolve", handler, {"result_class": result, "reply": about["reply"]}),
            Step(closed, "close", caller, call),
        ]
