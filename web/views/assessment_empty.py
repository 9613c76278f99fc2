"""What the list of assessments says where it has nothing: why, and what to do next, with the way to it."""

from typing import Any

from flask import url_for

from casework.assessment.loader import scheme_of, schemes
from casework.campaign.definition import Campaign
from casework.permissions import may_anywhere
from web import identity
from web.locales import words

_ENTER_MEMBERS, _OWN = "member.write", "visit.own"


def nothing(
    campaign: Campaign, year: int, *, name: str, is_narrowed: bool, may_compute: bool, lacking: int
) -> dict[str, Any]:
    """Return title, text and buttons of an empty list; `lacking`: members without a sheet, for who may compute."""
    if name or is_narrowed:
        here = url_for("assessments.show_list", campaign=campaign.code, year=year)
        return _said("name" if name else "narrowed", [("assessments.empty.do_all", here)], name=name)
    if scheme_of(campaign.code, year) is None:
        years = [each for code, each in schemes() if code == campaign.code]
        ways = [(url_for("assessments.show_list", campaign=campaign.code, year=each), each) for each in years[:1]]
        buttons = [{"text": words("assessments.empty.do_year", year=each), "url": url} for url, each in ways]
        return {**_said("no_scheme" if years else "never", [], year=year), "buttons": buttons}
    if may_compute and lacking:
        # The button that makes the sheets stands above.
        return _said("ready", [], year=year, n=lacking)
    if may_compute:
        may_enter = may_anywhere(identity.actor(), _ENTER_MEMBERS)
        ways_in = [
            ("assessments.empty.do_members", url_for("members.ask_new")),
            ("assessments.empty.do_import", url_for("exchange.show")),
        ]
        return _said("no_members", ways_in if may_enter else [], year=year)
    own = [("assessments.empty.do_mine", url_for("mine.show"))] if may_anywhere(identity.actor(), _OWN) else []
    return _said("wait", own, year=year)


def _said(code: str, ways: list[tuple[str, str]], **values: Any) -> dict[str, Any]:
    return {
        "title": words(f"assessments.empty.{code}", **values),
        "text": words(f"assessments.empty.{code}_text", **values),
        "buttons": [{"text": words(text), "url": url} for text, url in ways],
    }
