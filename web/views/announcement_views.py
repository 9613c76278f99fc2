"""How announcements and receipts are told: rows, chips, facts, and who has not answered."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from casework.announcements.tables import AnnouncementReminder, Receipt
from casework.campaign.loader import campaigns
from casework.permissions import may_anywhere
from web import identity, unit
from web.locales import locale, words
from web.views import wording
from web.views.link_words import act


def row_of(told: Mapping[str, Any], own: Sequence[Receipt]) -> dict[str, Any]:
    """Return an announcement as a row of the list; who got it sees the own answer, who sent it how many came."""
    answered = words("told.share", done=told["answered"], whole=told["addressed"])
    return {
        "url": url_for("announcements.show", announcement_id=told["id"]),
        "title": told["title"],
        "sub": told["document_no"] or None,
        "cells": [
            {"text": wording.short_day(told["on_date"])},
            {"text": words("told.by_day", day=wording.short_day(told["answer_by"])) if told["answer_by"] else ""},
            {"text": "", "chips": [_own_chip(each) for each in own]} if own else {"text": answered},
        ],
        "act": None,
    }


def chips_of(told: Mapping[str, Any], own: Sequence[Receipt]) -> list[dict[str, str]]:
    """Return what stands beside the title: withdrawn, the own answer, whether the day has passed."""
    if told["withdrawn"]:
        return [{"tone": "grey", "text": words("told.withdrawn")}]
    late = told["answer_by"] is not None and told["answer_by"] < unit.today() and told["answered"] < told["addressed"]
    passed = [{"tone": "amber", "text": words("told.overdue")}] if late else []
    return [*(_own_chip(each) for each in own), *passed]


def facts_of(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what an announcement says beside its text."""
    campaign = campaigns().get(told["campaign"])
    plain = {
        "head.on": wording.long_day(told["on_date"]),
        "field.document_no": told["document_no"],
        "field.asks": words(f"told.asks.{told['asks']}"),
        "field.answer_by": "" if told["answer_by"] is None else wording.long_day(told["answer_by"]),
        "field.audience": words(f"told.audience.{told['audience']}") if told["audience"] != "named" else "",
        "filter.campaign": "" if campaign is None else campaign.label[locale()],
    }
    facts: list[dict[str, Any]] = [
        {"label": words(f"told.{name}"), "text": text} for name, text in plain.items() if text
    ]
    if told["activity"] is not None and may_anywhere(identity.actor(), "activity.read"):
        link = {"text": told["activity"].name, "url": url_for("activities.show", activity_id=told["activity_id"])}
        facts.append({"label": words("told.field.activity_id"), "text": "", "link": link})
    return facts


def name_of(told: Mapping[str, Any]) -> str:
    """Say whose receipt it is: a member's or a unit's."""
    addressee = told["member"] or told["org"]
    return addressee.name if addressee is not None else ""


def waiting_of(told: Mapping[str, Any], silent: Collection[UUID], by_hand: str | None) -> dict[str, Any]:
    """Return who has not answered as a row; `by_hand`: the address under which the office enters what it heard."""
    chips = [{"tone": "amber", "text": words("told.no_account")}] if told["id"] in silent else []
    return _line(told, chips, None, by_hand, "told.do.answer_for")


def given_of(told: Mapping[str, Any], by_hand: str | None) -> dict[str, Any]:
    """Return an answer as a row."""
    tone = "amber" if told["answer"] == "unable" else "green"
    chips = [{"tone": tone, "text": words(f"told.answer.{told['answer']}")}]
    sub = " ".join(filter(None, (wording.moment(told["updated_at"]), told["remark"])))
    return _line(told, chips, sub, by_hand, "told.do.change_answer")


def last_told(last: AnnouncementReminder | None) -> str:
    """Say when who had not answered was last reminded; empty for never."""
    if last is None:
        return ""
    code = "told.last_reminded" if last.reminded_by else "told.last_reminded_by_job"
    return words(code, day=wording.long_day(last.for_day), n=last.waiting)


def _line(
    told: Mapping[str, Any], chips: Sequence[Mapping[str, str]], sub: str | None, by_hand: str | None, do: str
) -> dict[str, Any]:
    button = None if by_hand is None else act(do, f"{by_hand}/answer/{told['id']}")
    return {"text": name_of(told), "chips": chips, "sub": sub, "act": button}


def _own_chip(receipt: Receipt) -> dict[str, str]:
    tone = {"": "amber", "unable": "grey"}.get(receipt.answer, "green")
    return {"tone": tone, "text": words(f"told.answer.{receipt.answer or 'none'}")}
