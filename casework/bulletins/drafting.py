"""Everything a bulletin says in numbers, drawn from records at one pair of instants: what is shown, and what is frozen.

`Content` is plain data, so that frozen it is JSON, and drawn again from it later it is the same to the byte.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from casework.activities.tables import Activity
from casework.assessment import spot_check
from casework.bulletins import agreed, annexes, counts, pictures
from casework.bulletins.annexes import words
from casework.bulletins.drawing import Drawing
from casework.bulletins.people import mentions
from casework.campaign import figures, telling
from casework.campaign.mentions import printed
from casework.campaign.quarters import Quarter, quarter_of, read_quarter
from casework.campaign.sources import Instants, within
from casework.cases.tables import Case, Solution
from casework.core.columns import canonical
from casework.core.database import Session
from casework.core.editions import standing
from casework.matters import anchors

BASE = "/api/v1/figures"
_MOST_EXPERIENCES = 10


@dataclass(frozen=True, slots=True)
class Content:
    """The numbers, tables and lists of one bulletin; `data` is what is frozen."""

    data: Mapping[str, Any]
    # The bulletin it is of, once there is one.
    bulletin_id: UUID | None = None

    @property
    def sha256(self) -> str:
        """The digest that pins it."""
        return hashlib.sha256(canonical(self.data).encode()).hexdigest()

    @property
    def is_frozen(self) -> bool:
        """Whether its numbers stand: it says when they were known."""
        return self.data["known_at"] is not None

    @property
    def figures(self) -> Mapping[str, Mapping[str, Any]]:
        """The figures by key."""
        return {each["key"]: each for each in self.data["figures"]}

    def word(self, token: str) -> str:
        """Return what stands for a token of the prose: a figure's wording, a fact, or a word of the quarter."""
        figure = self.figures.get(token)
        if figure is not None:
            return str(figure["text"])
        return str(self.data["facts"].get(token, self.data["words"].get(token, "")))


def draw(session: Session, instants: Drawing, quarter: Quarter, *, zone: ZoneInfo) -> Content:
    """Draw the content of a quarter's bulletin."""
    reckoned = figures.reckon(session, instants)
    notes = figures.notes(instants.campaign, reckoned)
    told = telling.answer(instants, reckoned, notes, base=BASE, zone=zone)
    people = mentions(session, instants, quarter)
    data = {
        "campaign": instants.campaign.code,
        "quarter": str(quarter),
        "as_of": instants.as_of.isoformat(),
        "known_at": None if told["known_at"] is None else told["known_at"].isoformat(),
        "words": _words(instants.as_of, quarter),
        "facts": _facts(session, instants, quarter),
        "figures": [_plain(figure) for figure in told["figures"]],
        "notes": told["notes"],
        "tables": [annex.as_json() for annex in annexes.draw(session, instants, quarter)],
        "praise": [mention.as_json() for mention in people.praise],
        "reminders": [mention.as_json() for mention in people.reminders],
        "experiences": _experiences(session, instants, quarter),
        "pictures": pictures.draw(session, instants, quarter),
        "open": _open_cases(session, instants),
        "anchor": _anchor(session),
        "commitments": _commitments(session, instants),
        "checks": _checks(session, instants, quarter),
    }
    return Content(data)


def _plain(figure: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in figure.items()}


def _words(as_of: date, quarter: Quarter) -> dict[str, str]:
    return {
        "year": str(quarter.year),
        "quarter": words()["quarter"].format(number=words()["numerals"][quarter.number - 1]),
        "as_of": day_in_words(as_of),
    }


def day_in_words(day: date) -> str:
    """Return a day as official documents write it: 2023年1月11日, without leading noughts."""
    return str(words()["day"]).format(year=day.year, month=day.month, day=day.day)


def _facts(session: Session, instants: Drawing, quarter: Quarter) -> dict[str, int]:
    homes = {link.object_id for link in counts.links_of(session, instants, "household")}
    seen = counts.visited(session, instants, quarter)
    solved = select(func.count(Solution.case_id.distinct())).where(*counts.solved_in(instants, quarter))

    def count(conditions: Sequence[Any]) -> int:
        return session.scalar(select(func.count()).select_from(Activity).where(*conditions)) or 0

    return {
        "quarter_households": len(homes),
        "quarter_visited": len(homes & seen),
        "quarter_missed": len(homes - seen),
        "quarter_phone": count(counts.calls(instants, quarter)),
        "quarter_surveys": count(counts.in_quarter(instants, quarter, *counts.SURVEYS)),
        "quarter_solved": session.scalar(solved) or 0,
        **agreed.facts(session, instants, quarter),
    }


def _experiences(session: Session, instants: Instants, quarter: Quarter) -> list[dict[str, Any]]:
    asked = select(Activity).where(
        standing(Activity, instants.known_at),
        Activity.kind == "experience",
        Activity.on_date >= quarter.first,
        Activity.on_date <= min(quarter.last, instants.until),
        within(Activity.region_code, instants.campaign.region_code),
    )
    rows = session.scalars(asked.order_by(Activity.on_date, Activity.id).limit(_MOST_EXPERIENCES)).all()
    named = printed(session, [row.id for row in rows], known_at=instants.known_at)
    return [
        {"id": str(row.id), "title": row.title, "text": row.findings, "named": _named(named.get(row.id, ()))}
        for row in rows
    ]


def _named(found: Sequence[tuple[str, str]]) -> str:
    """Say what an experience names, as a sentence; nothing where it names nothing."""
    told = words()["list"]
    each = told["and"].join(told[f"named_{kind}"].format(title=title) for kind, title in found)
    return told["named"].format(each=each) if each else ""


def _open_cases(session: Session, instants: Instants) -> dict[str, Any]:
    """Return how many cases of linked households were under way, and which: cases keep no editions."""
    ids = session.scalars(select(Case.id).where(*counts.under_way(session, instants)).order_by(Case.id)).all()
    return {"count": len(ids), "ids": " ".join(map(str, ids))} if ids else {"count": 0}


def _anchor(session: Session) -> dict[str, str] | None:
    newest = anchors.latest(session)
    return None if newest is None else {"day": newest.day.isoformat(), "root": newest.root}


def _commitments(session: Session, instants: Instants) -> list[dict[str, str]]:
    """Return the seeds of spot checks committed to and not revealed yet: published before anything is drawn."""
    told = spot_check.open_commitments(session, instants.campaign.code, known_at=instants.known_at)
    return [{"quarter": quarter, "commitment": commitment} for quarter, commitment in told]


def _checks(session: Session, instants: Instants, quarter: Quarter) -> list[dict[str, Any]]:
    """Return how far the spot checks have come that were drawn of this quarter or the one before it."""
    quarters = [str(quarter), str(quarter_of(quarter.first - timedelta(days=1)))]
    found = spot_check.held(session, instants.campaign.code, quarters, known_at=instants.known_at)
    return [
        {
            "quarter": check.quarter,
            "seed": check.seed,
            "population": check.population,
            "drawn": asked.drawn,
            "asked": asked.told,
            **{outcome: asked.outcomes.get(outcome, 0) for outcome in spot_check.OUTCOMES},
        }
        for check, asked in found
    ]


def check_line(check: Mapping[str, Any]) -> str:
    """Return the line of a bulletin that tells how far a spot check has come, and by which seed it was drawn."""
    told = words()["list"]["check_done" if check["asked"] == check["drawn"] else "check_under_way"]
    return str(told).format(**{**check, "quarter": annexes.quarter_told(read_quarter(check["quarter"]))})


def commitment_line(commitment: Mapping[str, str]) -> str:
    """Return the line of a bulletin that commits to the seed of a spot check."""
    told = annexes.quarter_told(read_quarter(commitment["quarter"]))
    return str(words()["list"]["commitment"]).format(quarter=told, commitment=commitment["commitment"])


def differences(before: Content, now: Content) -> Sequence[tuple[str, Any, Any]]:
    """Return the figures that records entered since would make different: key, frozen, now."""
    later = now.figures
    return [
        (key, figure["exact"], later[key]["exact"])
        for key, figure in before.figures.items()
        if key in later and later[key]["exact"] != figure["exact"]
    ]
