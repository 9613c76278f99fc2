"""Households as their pages show them: a row of the list, masked facts, members, what they count as, their cases."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from casework.campaign.links.household_list import HouseholdFile
from casework.campaign.links.link_list import LinkFile
from casework.cases.tables import Case
from casework.core import personal
from casework.households import handbook
from casework.households.actions import SEALED_FIELDS
from casework.households.tables import Household, HouseholdMember
from casework.permissions import Subject, permits
from web import identity
from web.locales import words
from web.views import link_words, reference, wording
from web.views.case_list import state_label
from web.views.link_words import act


def row_of(file: HouseholdFile, held: Sequence[LinkFile]) -> dict[str, Any]:
    """Return a row of the list; `held`: the links to it that hold today."""
    row = file.household
    return {
        "url": url_for("households.show", household_id=row.id),
        "title": row.head_name,
        "sub": row.group_no or None,
        "cells": [
            {"text": reference.place_told(row.region_code)},
            {"text": "", "chips": link_words.status_chips(file)},
            {"text": wording.joined(list(dict.fromkeys(each.holder_name for each in held)))},
        ],
        "act": None,
    }


def facts_of(row: Household, subject: Subject) -> list[dict[str, Any]]:
    """Return head, identity number and phone, masked, with the way to lift each mask for who may; then the rest."""
    may = permits(identity.actor(), "household.reveal", subject)

    def sealed(name: str) -> dict[str, Any]:
        text = getattr(row, name)
        url = url_for("reveal.ask_of_household", household_id=row.id, field=name)
        shown = text or words("links.none")
        masked = {"text": shown, "reveal_url": url if may and text else None, "what": words(f"linked.{name}")}
        return {"label": words(f"linked.{name}"), "masked": masked}

    place = " ".join(filter(None, (reference.place_told(row.region_code), row.group_no)))
    plain = [
        {"label": words("linked.village"), "text": place},
        {"label": words("linked.people"), "text": words("links.none") if row.people is None else str(row.people)},
    ]
    plain += handbook_facts(row)
    if row.remark:
        seen = row.remark if permits(identity.actor(), "household.write", subject) else personal.scrub(row.remark)
        plain.append({"label": words("linked.remark"), "text": seen})
    return [*(sealed(name) for name in SEALED_FIELDS), *plain]


def handbook_facts(row: Household) -> list[dict[str, str]]:
    """Return what the handbook says of land, house, water, insurance and hardship, as far as it is known."""
    facts = []
    for name, value in handbook.told(row).items():
        if name in handbook.AREAS:
            text = format(value.normalize(), "f")
        elif name == "housing_grade":
            text = words(f"handbook.grade.{value}")
        else:
            text = personal.scrub(value)
        facts.append({"label": words(f"linked.{name}"), "text": text})
    return facts


def members_section(held: Sequence[LinkFile], *, may: bool) -> dict[str, Any]:
    """Return the members linked to a household with part and days; `may`: with the way to end each link."""

    def row(file: LinkFile) -> dict[str, Any]:
        link = file.link
        return {
            "text": file.holder_name,
            "url": url_for("links.show", link_id=link.id),
            "chips": link_words.part_chip(link.part) if link_words.holds_today(link) else [],
            "sub": link_words.days_told(link),
            "act": act("links.do.end", url_for("links.ask_end", link_id=link.id))
            if may and not link.valid_to
            else None,
        }

    shown = sorted(held, key=lambda file: file.link.valid_to is not None)
    return {
        "code": "members",
        "title": words("linked.members"),
        "nothing": words("links.nobody_linked"),
        "rows": [row(each) for each in shown],
    }


def residents_section(found: Sequence[HouseholdMember]) -> dict[str, Any]:
    """Return who lives in a household, names masked, with what a visit needs to know."""
    rows = []
    for each in found:
        sex = words(f"sex.{each.sex}") if each.sex else ""
        born = "" if each.birth_year is None else words("links.born", year=each.birth_year)
        left = "" if each.left_on is None else words("links.left", day=each.left_on.isoformat())
        told = (each.relation, sex, born, each.health, each.labour, each.education, each.school, each.workplace, left)
        rows.append({"text": each.name, "sub": wording.joined([part for part in told if part]), "chips": []})
    return {"code": "residents", "title": words("linked.residents"), "nothing": "", "rows": rows}


def statuses_section(file: HouseholdFile) -> dict[str, Any]:
    """Return what a household counts as and is watched for, with days and who says so, newest first."""
    rows = []
    for each in reversed(file.statuses):
        told = link_words.days_told(each)
        source = words("links.said_by", days=told, source=each.source) if each.source else told
        rows.append({"text": link_words.code_told(each.code), "sub": source, "chips": []})
    return {
        "code": "statuses",
        "title": words("linked.counts_as"),
        "nothing": words("links.counts_as_nothing"),
        "rows": rows,
    }


def cases_section(found: Sequence[Case]) -> dict[str, Any]:
    """Return the cases of a household that the reader may know of, newest first."""
    rows = [
        {
            "text": words("links.case", number=wording.short_number(case.number), title=personal.scrub(case.title)),
            "url": f"/cases/{case.number}",
            "sub": wording.lately(case.reported_at),
            "chips": [{"tone": "outline", "text": state_label(case.state)}],
        }
        for case in found
    ]
    return {"code": "cases", "title": words("links.cases"), "nothing": words("links.no_cases"), "rows": rows}
