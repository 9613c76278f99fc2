"""Households to visit as pages show them: chips of how long nobody was there, lines of a phone, rows of the desk."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import url_for

from casework.campaign import due_visits
from casework.campaign.due_visits import Due
from casework.campaign.quarters import quarter_of
from casework.permissions import Subject, permits
from web import identity, unit
from web.locales import words
from web.views import link_words, reference, wording


def head_and_place(due: Due) -> str:
    """Say a household in one breath: the masked head, then the place."""
    return "・".join((due.household.head_name, place_of(due)))


def place_of(due: Due) -> str:
    """Say where a household lives."""
    row = due.household
    return " ".join(filter(None, (reference.place_told(row.region_code), row.group_no)))


def card_of(due: Due) -> dict[str, Any]:
    """Return a household as a member's page shows it."""
    row, today = due.household, unit.today()
    people = words("visits.people", n=row.people) if row.people is not None else ""
    return {
        "id": str(row.id),
        "head": row.head_name,
        "url": url_for("households.show", household_id=row.id),
        "chips": _chips(due),
        "when": when_chip(due),
        "place": "・".join(filter(None, (place_of(due), people))),
        "last": words("links.between").join(filter(None, (_last(due), _called(due)))),
        "missing": due.is_missing(today),
        "visit_url": url_for("visits.ask_new", household=row.id),
        "call": _call(due),
    }


def when_chip(due: Due) -> dict[str, str]:
    """Return how long nobody was there: amber where the quarter still lacks a visit."""
    days = due.days(unit.today())
    if due.is_missing(unit.today()):
        return {
            "tone": "amber",
            "icon": "clock",
            "text": words("visits.never") if days is None else words("visits.days_without", days=days),
        }
    return {
        "tone": "green",
        "icon": "check-lg",
        "text": words("visits.days_ago", days=days) if days else words("visits.today"),
    }


def row_of(due: Due, *, on: date) -> dict[str, Any]:
    """Return a row of the office's list as of a day."""
    row, days = due.household, due.days(on)
    told = words("visits.never")
    if due.visited_on is not None:
        told = words("visits.day_and_days", day=wording.short_day(due.visited_on), days=days)
    missing = due.is_missing(on)
    standing = {
        "tone": "amber" if missing else "green",
        "text": words("visits.missing" if missing else "visits.visited"),
    }
    return {
        "url": url_for("households.show", household_id=row.id),
        "title": row.head_name,
        "sub": row.group_no or None,
        "cells": [
            {"text": reference.place_told(row.region_code)},
            {"text": due.member_name},
            {"text": "", "chips": _chips(due)},
            {"text": told, "chips": [standing]},
            {
                "lab": words("linked.called"),
                "text": words("links.none") if due.called_on is None else wording.short_day(due.called_on),
            },
        ],
        "act": None,
    }


def progress(found: Sequence[Due]) -> dict[str, Any]:
    """Return how many are left this quarter, with the reminder of its last third."""
    today = unit.today()
    missing = sum(due.is_missing(today) for due in found)
    code = "visits.left" if missing else "visits.all_visited"
    day = due_visits.reminder(today) if missing else 0
    left = (quarter_of(today).last - today).days + 1
    told = words(f"visits.reminder.{day}", n=missing, left=left) if day else ""
    note = {"tone": "amber", "strong": told, "text": words("visits.reminder.text")} if day else None
    return {"text": words(code, n=missing, total=len(found)) if found else "", "note": note}


def _chips(due: Due) -> list[dict[str, str]]:
    watched = [link_words.watch_chip(due.watch)] if due.watch else []
    return [*watched, *link_words.part_chip(due.link.part)]


def _last(due: Due) -> str:
    return "" if due.visited_on is None else words("visits.last", day=wording.short_day(due.visited_on))


def _called(due: Due) -> str:
    # A call before the last visit is told by that visit.
    if due.called_on is None or (due.visited_on is not None and due.called_on < due.visited_on):
        return ""
    return words("visits.last_call", day=wording.short_day(due.called_on))


def _call(due: Due) -> dict[str, str] | None:
    row, known = due.household, identity.identity().actor
    linked = () if known.person_id is None else (known.person_id,)
    if not row.phone or not permits(known, "household.reveal", Subject(row.region_code, linked_person_ids=linked)):
        return None
    url = url_for("reveal.ask_of_household", household_id=row.id, field="phone")
    return {"url": url, "what": words("visits.phone_of", head=row.head_name)}
