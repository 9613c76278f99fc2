"""Members, households and links in words: chips of what a household counts as, days, what was changed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from casework.campaign.changes import Change
from casework.campaign.links.household_list import HouseholdFile, holds
from casework.campaign.links.link_list import LinkFile
from casework.campaign.loader import campaigns
from casework.campaign.tables import Link
from casework.core import personal
from casework.core.i18n import catalogue
from casework.core.ids import parse_id
from casework.households.actions import CATEGORY
from casework.permissions import may_anywhere
from web import identity, unit
from web.locales import local, locale, words
from web.views import reference, wording
from web.views.histories import Entry

_TONES = {"unstable": "amber", "marginal": "amber", "sudden_hardship": "red", "risk_cleared": "green"}


# Where the empty pages of a new county lead: address, permission, words.
_WAYS = {
    "cases": ("/cases", "case.read", "way.cases"),
    "cases.new": ("/cases/new", "case.report", "work.go.report"),
    "links.new": ("/links/new", "link.write", "links.do.tie"),
    "funds.new": ("/funds/new", "fund.write", "money.do.new"),
}


def ways(*names: str) -> list[dict[str, str]]:
    """Return the ways on that the caller may go."""
    found = [_WAYS[name] for name in names]
    return [act(code, path) for path, permission, code in found if may_anywhere(identity.actor(), permission)]


def act(code: str, url: str) -> dict[str, str]:
    """Return a button or a link; `code` names its words."""
    return {"text": words(code), "url": url}


def status_chips(file: HouseholdFile) -> list[dict[str, str]]:
    """Return a chip for each thing a household counts as, or is watched for, today."""
    today = unit.today()
    return [
        {"tone": "outline" if each.part == CATEGORY else _TONES.get(each.code, "amber"), "text": code_told(each.code)}
        for each in file.statuses
        if holds(each, today)
    ]


def watch_chip(code: str) -> dict[str, str]:
    """Return the chip of what a household is watched for."""
    return {"tone": _TONES.get(code, "amber"), "text": code_told(code)}


def part_chip(part: str) -> list[dict[str, str]]:
    """Return the chip of a link's part; none for a link without parts."""
    return [{"tone": "outline", "text": code_told(part)}] if part else []


def code_told(code: str) -> str:
    """Say what a household counts as, or is watched for, or its part in a campaign; an unknown code stands for
    itself.
    """
    for campaign in campaigns().values():
        for kind in campaign.links.values():
            if code in kind.parts:
                return kind.parts[code][locale()]
    told = words(f"counts_as.{code}")
    return code if told == f"counts_as.{code}" else told


def campaign_told(code: str) -> str:
    """Say what a campaign is called."""
    found = campaigns().get(code)
    return code if found is None else found.label[locale()]


def item_told(checklist: str, item: str) -> str:
    """Say what an item of a checklist of any campaign is called; an unknown one stands for itself."""
    for campaign in campaigns().values():
        for each in campaign.checklists[checklist].items if checklist in campaign.checklists else ():
            if each.code == item:
                return each.label[locale()]
    return item


def kind_told(campaign: str, kind: str) -> str:
    """Say what a kind of link is called."""
    found = campaigns().get(campaign)
    known = None if found is None else found.links.get(kind)
    return kind if known is None else known.label[locale()]


def days_told(link: Any) -> str:
    """Say from when to when something holds."""
    if link.valid_to is not None and link.valid_to < link.valid_from:
        return words("links.withdrawn")
    if link.valid_to is None:
        return words("links.since", day=link.valid_from.isoformat())
    return words("links.from_to", begins=link.valid_from.isoformat(), ends=link.valid_to.isoformat())


def holds_today(link: Any) -> bool:
    """Say whether a link covers today."""
    return bool(link.valid_from <= unit.today() and (link.valid_to is None or link.valid_to >= unit.today()))


def holder_url(file: LinkFile) -> str | None:
    """Return the page of a link's holder; units have none."""
    return None if _ends(file)[0] != "member" else f"/members/{file.link.holder_id}"


def object_url(file: LinkFile) -> str | None:
    """Return the page of what is linked; places have none."""
    return None if _ends(file)[1] != "household" else f"/households/{file.link.object_id}"


def _ends(file: LinkFile) -> tuple[str, str]:
    campaign = campaigns().get(file.link.campaign)
    kind = None if campaign is None else campaign.links.get(file.link.kind)
    return ("", "") if kind is None else (kind.holder, kind.object)


def history_of(changes: Sequence[Change], *, plainly: bool, names: Mapping[UUID, str]) -> list[Entry]:
    """Return what was changed as a history, newest first; `names`: of records that the fields speak of by id."""
    return [_entry(each, plainly=plainly, names=names) for each in reversed(changes)]


def _entry(change: Change, *, plainly: bool, names: Mapping[UUID, str]) -> Entry:
    # Why it ended is told as the reason of the change.
    shown = {name: value for name, value in change.fields.items() if name != "end_reason" or change.trigger != "end"}
    campaign = shown.get("campaign")
    if change.record == Link.__tablename__ and isinstance(campaign, str):
        shown |= {"campaign": campaign_told(campaign), "kind": kind_told(campaign, str(shown.get("kind")))}
    told = [
        _field(change.record, name, value, names) for name, value in shown.items() if f"linked.{name}" in catalogue()
    ]
    text = words("links.between").join(told)
    return Entry(
        when=wording.moment(change.at),
        at=local(change.at).isoformat(timespec="seconds"),
        kind="move" if change.trigger == "end" else "note" if change.person_id else "system",
        actor=change.person_name or words("history.system"),
        verb=words(f"links.did.{change.trigger}.{change.record}"),
        text=None,
        sub=_seen(words("links.because", told=text, reason=change.reason) if change.reason else text, plainly) or None,
    )


def _seen(text: str, plainly: bool) -> str:
    return text if plainly else personal.scrub(text)


def _field(record: str, name: str, value: Any, names: Mapping[UUID, str]) -> str:
    own = f"linked.{record}.{name}"
    label = words(own if own in catalogue() else f"linked.{name}")
    if isinstance(value, Mapping):
        old, new = (_value(name, value[side], names) for side in ("from", "to"))
        return words("links.changed", label=label, old=old, new=new)
    return words("filter.is", name=label, value=_value(name, value, names))


def _value(name: str, value: Any, names: Mapping[UUID, str]) -> str:
    if value is None or value == "":
        return words("links.none")
    if isinstance(value, bool):
        return words("case.yes" if value else "case.no")
    if name == "region_code":
        return reference.place_told(str(value))
    if name in ("part", "code"):
        return code_told(str(value))
    if name in ("risks", "answer"):
        return wording.joined([words(f"risk.{each}") for each in value]) if name == "risks" else _answer(str(value))
    record_id = parse_id(str(value))
    return names.get(record_id, "") if record_id is not None else str(value)


def _answer(code: str) -> str:
    return words(f"leads.answer.{code}")
