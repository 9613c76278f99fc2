"""A sheet of the assessment as its page shows it: items with caps, each count with its records, what was set beside."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import url_for

from casework.assessment import evidence, sheets
from casework.assessment.definition import BONUS, DEDUCTION, DUTY, WHOLE
from casework.assessment.evidence import Shown
from casework.assessment.tables import Assessment
from casework.campaign.loader import campaigns
from casework.campaign.records import activity_kinds
from casework.core import money, personal
from casework.core.ids import parse_id
from casework.permissions import may_anywhere
from web import identity, unit
from web.api import answers
from web.locales import locale, words
from web.views import link_words, reference, wording

# Kind of record → endpoint of its page, the name of its address's part, and the permission that opens it.
_PAGES: Mapping[str, tuple[str, str, str]] = {
    "household": ("households.show", "household_id", "household.read"),
    "link": ("links.show", "link_id", "link.read"),
    "case": ("cases.show", "number", "case.read"),
    "consultation": ("consultations.show", "meeting", "consultation.read"),
    "suggestion": ("suggestions.show", "suggestion_id", "contribution.read"),
}
_KINDS = (DUTY, BONUS, DEDUCTION)


def chip_of(row: Assessment) -> dict[str, str]:
    """Return the state of a sheet."""
    state = wording.state_of(wording.workflow_of(row), row.state)
    return {"tone": state.tone, "text": wording.told(state.label)}


def points_told(hundredths: int) -> str:
    """Say points in few characters: 5, 2.50, −5."""
    return sheets.points_text(hundredths).removesuffix(".00").replace("-", "\N{MINUS SIGN}")


def groups_of(row: Assessment) -> list[dict[str, Any]]:
    """Return the items by what they do to the score: duties, bonus, deductions, each with its sum and limit."""
    shown = evidence.of_sheet(unit.session(), row, actor=identity.actor(), at=unit.at())
    told = _Teller(row, shown)
    scheme = sheets.scheme_for(row)
    sums = None if scheme is None else sheets.sums_of(row)
    limits = {} if scheme is None else {BONUS: scheme.bonus_most, DEDUCTION: scheme.deduction_most}
    made = []
    for kind in _KINDS:
        items = [told.item(each) for each in row.content["items"] if each["kind"] == kind]
        if items:
            made.append(
                {
                    "title": words(f"assessments.kind.{kind}"),
                    "points": None if sums is None else points_told(-sums[kind] if kind == DEDUCTION else sums[kind]),
                    "limit": words("assessments.limit", most=limits[kind]) if kind in limits else None,
                    "rows": items,
                }
            )
    return made


class _Teller:
    """Tells the items of one sheet to the caller."""

    def __init__(self, row: Assessment, shown: Mapping[evidence.Key, Shown]) -> None:
        self._row, self._shown = row, shown
        self._set = {each["item"]: each for each in row.adjustments}

    def item(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return one item."""
        changed = self._set.get(item["item"])
        points = item["points"] if changed is None else changed["points"]
        base = item["base"]
        return {
            "label": item["label"][locale()],
            "points": points_told(-points if item["kind"] == DEDUCTION else points),
            "most": points_told(item["most"]),
            "share": 100 * points // item["most"],
            "capped": item["capped"] and changed is None,
            "base": words("assessments.base", points=points_told(base)) if base else None,
            "changed": None
            if changed is None
            else words(
                "assessments.changed", computed=points_told(item["points"]), reason=self._seen(changed["reason"])
            ),
            "counts": [self.count(each) for each in item["counts"]],
        }

    def count(self, count: Mapping[str, Any]) -> dict[str, Any]:
        """Return one count with the records it credits, those that count nowhere last."""
        records = sorted(count["evidence"], key=lambda each: each["points"] == 0)
        return {
            "label": count["label"][locale()],
            "rule": words("assessments.rule", each=points_told(count["each"]), most=points_told(count["most"])),
            "n": count["number"],
            "points": points_told(count["points"]),
            "capped": count["capped"],
            "records": [self._record(each) for each in records],
        }

    def _record(self, each: Mapping[str, Any]) -> dict[str, Any]:
        record_id = parse_id(each["id"])
        shown = None if record_id is None else self._shown.get((each["kind"], record_id))
        title = "" if shown is None else self._seen(shown.title)
        place = "" if shown is None or not shown.region_code else reference.place_told(shown.region_code)
        note = "" if shown is None else self._note(each["kind"], shown)
        what = words(f"assessments.evidence.{each['kind']}")
        return {
            "text": title or note or what,
            "url": None if shown is None else self._url(shown),
            "about": words("assessments.between").join(
                part
                for part in (
                    wording.short_day(date.fromisoformat(each["on"])),
                    note if title else "",
                    place,
                    self._credit(each),
                )
                if part
            ),
            "points": points_told(each["points"]),
            "none": each["elsewhere"],
        }

    def _credit(self, each: Mapping[str, Any]) -> str:
        """Say as what a record is credited where that is less than the whole of it, or for what somebody was away."""
        if each["leave"] is not None:
            scheme = sheets.scheme_for(self._row)
            kind = None if scheme is None else scheme.leave.get(each["leave"])
            what = words("assessments.leave") if kind is None else kind.label[locale()]
            return words("assessments.on_leave", what=what, share=each["share"])
        return "" if each["share"] == WHOLE else words("assessments.share", share=each["share"])

    def _note(self, kind: str, shown: Shown) -> str:
        if kind in ("activity", "attendance"):
            return str(activity_kinds()[shown.note]["label"][locale()])
        if kind == "link":
            return link_words.code_told(shown.note)
        if kind == "goal":
            checklist = campaigns()[self._row.campaign].checklists.get(shown.checklist)
            items = () if checklist is None else checklist.items
            return next((item.label[locale()] for item in items if item.code == shown.note), shown.note)
        if kind == "spot_finding":
            return words(f"spot_checks.outcome.{shown.note or 'none'}")
        if shown.amount_fen is not None:
            return words("assessments.money", amount=money.wan(shown.amount_fen), number=shown.note)
        return ""

    def _seen(self, text: str) -> str:
        return text if answers.reads_lists_plainly() else personal.scrub(text)

    def _url(self, shown: Shown) -> str | None:
        kind, key = shown.page or ("", "")
        if kind not in _PAGES:
            return None
        endpoint, name, needed = _PAGES[kind]
        part: dict[str, Any] = {name: key}
        return url_for(endpoint, **part) if may_anywhere(identity.actor(), needed) else None


def row_of(row: Assessment) -> dict[str, Any]:
    """Return a line of the list: whose, where it stands, the band, and until when whom it waits for. No score."""
    return {
        "url": url_for("assessments.show", sheet_id=row.id),
        "name": row.member_name,
        "number": row.number,
        "year": row.year,
        "chip": chip_of(row),
        "band": sheets.band_label(row, locale()),
        "response": words(f"assessments.response.{row.response or 'none'}"),
        "due": "" if row.due_at is None else wording.due_moment(row.due_at),
    }


def number_of_records(row: Assessment) -> int:
    """Count the records that give points in a sheet."""
    counts: Sequence[Mapping[str, Any]] = [each for item in row.content["items"] for each in item["counts"]]
    return sum(each["number"] for each in counts)
