"""How far spot checks have come, as their own pages and the bulletins that tell of them say it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from casework.assessment import queries, spot_check
from casework.assessment.spot_check import Asked
from casework.assessment.tables import SpotCheck
from casework.bulletins.drafting import Content
from casework.campaign.quarters import read_quarter
from web import identity, unit
from web.locales import words


def asked_of(checks: Sequence[SpotCheck]) -> Mapping[UUID, Asked]:
    """Return of each check that was drawn what was heard of its visits."""
    return spot_check.asked_of(unit.session(), [check.id for check in checks if check.seed is not None])


def chip_of(check: SpotCheck, asked: Asked | None) -> dict[str, str]:
    """Return how far a check has come."""
    if asked is not None:
        is_done = asked.told == asked.drawn
        state = "done" if is_done else "under_way"
        return {"tone": "green" if is_done else "blue", "text": words(f"spot_checks.state.{state}")}
    is_over = unit.today() > read_quarter(check.quarter).last
    return {
        "tone": "amber" if is_over else "blue",
        "text": words("spot_checks.state.to_draw" if is_over else "spot_checks.state.committed"),
    }


def numbers_of(check: SpotCheck, asked: Asked | None) -> str:
    """Return how many visits there were, were drawn, and were asked about; nothing before the draw."""
    if asked is None or check.population is None:
        return ""
    return words("spot_checks.asked_of", asked=asked.told, drawn=asked.drawn, population=check.population)


def told_in(content: Content) -> list[dict[str, Any]]:
    """Return the checks a bulletin commits to or tells of, as they stand now, of those the reader may know of."""
    named = (*content.data.get("commitments", ()), *content.data.get("checks", ()))
    quarters = {each["quarter"] for each in named}
    if not quarters:
        return []
    found = queries.checks(unit.session(), identity.actor(), campaign=content.data["campaign"])
    checks = [check for check in found if check.quarter in quarters]
    asked = asked_of(checks)
    return [
        {
            "text": words("spot_checks.of_quarter", quarter=check.quarter),
            "url": url_for("spot_checks.show", check_id=check.id),
            "chip": chip_of(check, asked.get(check.id)),
            "sub": numbers_of(check, asked.get(check.id)),
        }
        for check in checks
    ]
