"""Members as their pages show them: a row of the list, chips, facts, and the households they are linked to."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import url_for

from casework.campaign import visibility
from casework.campaign.links import member_list
from casework.campaign.links.link_list import LinkFile
from casework.campaign.links.member_list import MemberFile
from casework.permissions import may_anywhere, permits
from web import identity, unit
from web.locales import words
from web.views import link_words, reference
from web.views.link_words import act


def row_of(file: MemberFile, held: Sequence[LinkFile], lacks: str | None) -> dict[str, Any]:
    """Return a row of the list; where the list asks who lacks a part, with the way to a link of it."""
    row, term = file.member, file.term
    parts = [each.link.part for each in held]
    chips = [
        {"tone": "outline", "text": words("links.of_part", part=link_words.code_told(part), n=parts.count(part))}
        for part in dict.fromkeys(parts)
    ]
    if is_in_office(file):
        holds = Counter((each.link.campaign, each.link.kind, each.link.part) for each in held)
        missing = dict.fromkeys(
            each.part
            for each in member_list.demands(None, unit.today())
            if row.region_code.startswith(each.campaign.region_code)
            and holds[each.campaign.code, each.kind, each.part] < each.least
        )
        chips += [{"tone": "amber", "text": words("links.lacks", part=link_words.code_told(part))} for part in missing]
    may_tie = lacks is not None and may_anywhere(identity.actor(), "link.write")
    return {
        "url": url_for("members.show", member_id=row.id),
        "title": row.name,
        "sub": None if term is None or is_in_office(file) else term_told(term),
        "cells": [
            {"text": row.post},
            {"text": "" if term is None else " ".join(filter(None, (term.sector, term.term)))},
            {"text": "", "chips": chips},
        ],
        "act": act("links.do.tie", url_for("links.ask_new", member=row.id, part=lacks)) if may_tie else None,
    }


def is_in_office(file: MemberFile) -> bool:
    """Say whether the last term holds today."""
    return file.term is not None and (file.term.valid_to is None or file.term.valid_to >= unit.today())


def chips_of(file: MemberFile) -> list[dict[str, str]]:
    """Return the chips beside the name: in office or not, standing member."""
    in_office = is_in_office(file)
    chips = [{"tone": "green" if in_office else "outline", "text": words(f"links.office.{str(in_office).lower()}")}]
    if in_office and file.term is not None and file.term.is_standing:
        chips.append({"tone": "outline", "text": words("linked.is_standing")})
    return chips


def facts_of(file: MemberFile) -> list[dict[str, Any]]:
    """Return post, sector, masked phone and place."""
    row, term = file.member, file.term
    may = permits(identity.actor(), "member.reveal", visibility.subject_of_member(row)) and row.phone is not None
    url = url_for("reveal.ask_of_member", member_id=row.id, field="phone")
    phone = {"text": row.phone or words("case.no_phone"), "reveal_url": url if may else None}
    facts: list[dict[str, Any]] = [
        {"label": words("linked.post"), "text": row.post or words("links.none")},
        {"label": words("linked.sector"), "text": "" if term is None else term.sector},
        {"label": words("linked.phone"), "masked": {**phone, "what": words("linked.phone")}},
        {"label": words("linked.region_code"), "text": reference.place_told(row.region_code)},
    ]
    return [*facts, {"label": words("linked.remark"), "text": row.remark}] if row.remark else facts


def term_told(term: Any) -> str:
    """Say from when to when a term holds, and why it ended."""
    days = link_words.days_told(term)
    return words("links.because", told=days, reason=term.end_reason) if term.end_reason else days


def links_section(held: Sequence[LinkFile], *, may: bool) -> dict[str, Any]:
    """Return the linked households with part and days, those that hold first; `may`: with the way to end each."""

    def row(file: LinkFile) -> dict[str, Any]:
        link = file.link
        open_now = link_words.holds_today(link)
        end = act("links.do.end", url_for("links.ask_end", link_id=link.id)) if may and link.valid_to is None else None
        place = reference.place_told(link.region_code)
        return {
            "text": file.object_name,
            "url": url_for("links.show", link_id=link.id),
            "chips": [] if not open_now else link_words.part_chip(link.part),
            "sub": words("links.place_and_days", place=place, days=link_words.days_told(link)),
            "act": end,
        }

    shown = sorted(held, key=lambda file: file.link.valid_to is not None)
    return {
        "code": "links",
        "title": words("linked.households"),
        "nothing": words("links.nothing.links"),
        "rows": [row(each) for each in shown],
    }
