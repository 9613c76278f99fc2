"""Leads (线索) in words: risks, where one stands, how long the town has had it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from casework.activities.tables import Lead
from casework.campaign import leads
from casework.core import personal
from web import unit
from web.locales import local, words
from web.views import chips, wording

_TONES = {leads.OPEN: "amber", leads.CHECKING: "blue", leads.ANSWERED: "green"}


def risks_told(risks: Sequence[str]) -> str:
    """Say what the risks are."""
    return wording.joined([words(f"risk.{each}") for each in risks])


def risks() -> list[tuple[str, str]]:
    """Return the risks there are, with what they are called."""
    return [(code, words(f"risk.{code}")) for code in leads.RISKS]


def answers() -> list[tuple[str, str]]:
    """Return what a town may answer, with what it is called."""
    return [(code, words(f"leads.answer.{code}")) for code in leads.ANSWERS]


def chips_of(answer: str, *, withdrawn: bool) -> list[dict[str, str]]:
    """Return the chip of where a lead stands: taken back, waiting, or what the town answered."""
    if withdrawn:
        return [{"tone": "grey", "text": words("money.withdrawn")}]
    state = leads.state_of(answer)
    told = words(f"leads.answer.{answer}") if answer else words(f"leads.state.{state}")
    return [{"tone": _TONES[state], "text": told}]


def waiting_chip(row: Lead) -> chips.Deadline:
    """Return the chip of a lead that waits: being checked, or how many days the town has had it."""
    if row.answer:
        return chips.Deadline(words(f"leads.answer.{row.answer}"), "outline")
    days = (unit.today() - local(row.created_at).date()).days
    return chips.Deadline(words("leads.waiting", days=days) if days else words("leads.waiting_today"), "amber")


def section(found: Sequence[Mapping[str, Any]], *, code: str = "leads") -> dict[str, Any]:
    """Return leads as a section of a record's page, newest first."""
    rows = [
        {
            "text": risks_told(each["risks"]),
            "url": url_for("leads.show", lead_id=each["id"]),
            "sub": " ".join((each["on_date"].isoformat(), personal.scrub(each["findings"]))),
            "chips": chips_of(each["answer"], withdrawn=each["withdrawn"]),
            "act": None,
        }
        for each in found
    ]
    return {"code": code, "title": words(f"leads.section.{code}"), "nothing": words("leads.none"), "rows": rows,
            "act": None}  # fmt: skip
