"""A campaign as data: links, checklists, visits and figures of one file under `library/`, as frozen values.

A campaign with other slogans is another file; nothing in the code knows a campaign by name (domain.md §1.2–1.5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from casework.campaign.outline import Outline

Label = Mapping[str, str]
# `org_or_leader`: a unit, or one of the leaders (domain.md §1.2, 组织联村).
HOLDERS = ("member", "org", "org_or_leader", "leader")
OBJECTS = ("household", "industry", "region")
# Which places a kind of link may be to, with the length of their codes.
PLACES = {"village": 12, "town": 9}
# How firmly a number is meant: 力争 (best effort), 至少 (at least), or just so many.
TARGET_KINDS = ("aspiration", "minimum", "exact")
# How a bulletin words a number: as it is, or by the 余 rule.
WORDINGS = ("exact", "about")
PER_HOUSEHOLD, PER_MEMBER = "per_household", "per_member"
VISIT_RULES = (PER_HOUSEHOLD, PER_MEMBER)
RELATIONS = ("=", ">=")
SPLITS = ("", "category")
SCOPES = ("members", "offices", "villages", "county")
# What a card counts as done instead of the items of a checklist.
VISITS = "visits"


@dataclass(frozen=True, slots=True)
class LinkKind:
    """A kind of link: who holds it, what is linked, and how many of each part every holder has to have at least."""

    code: str
    label: Label
    holder: str
    object: str
    # part → the least number of it; the empty part stands for links without parts.
    least: Mapping[str, int]
    # part → what it is called; the empty part has no name.
    parts: Mapping[str, Label] = field(default_factory=dict)
    # Who has to hold one: kinds of organisations, or (of members) everybody in office.
    holder_kinds: Sequence[str] = ()
    # Of what is linked to a place: which (PLACES); empty for any.
    place: str = ""
    # Kept for reference: it counts nowhere (县级领导联系乡镇).
    is_reference: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to reach for one object within a year."""

    code: str
    label: Label
    target_kind: str
    target: int = 1


@dataclass(frozen=True, slots=True)
class Checklist:
    """A slogan as its items, counted for each household, village, industry or unit (五个一, 七个优, 四个有, 六有)."""

    code: str
    label: Label
    of: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the campaign: which records it counts, and what it says about itself.

    `of` is the kind of record and `where` what is asked of it; `measure` says whether records are counted, different
    values of one of their columns, or money added up. `template` is the wording with `{n}` for the number.
    """

    key: str
    label: Label
    of: str
    measure: str
    where: Mapping[str, Any]
    wording: str
    template: Label
    counts: Label
    leaves_out: Label
    scope: str
    # Money alone: the stage whose amounts are added up; stages never are (domain.md §3d).
    stage: str | None = None
    # Counted by the kinds of units instead, with the word for each: 8委1室.
    by_kind: Mapping[str, Label] = field(default_factory=dict)
    # What the total is split by beside it: `category` of cases.
    split: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Figures that belong together: `times` the sum of `left` is (`=`) or is at least (`>=`) the sum of `right`.

    Where that does not hold, `text` says so with both numbers; `{left}` and `{right}` stand for them.
    """

    left: Sequence[str]
    right: Sequence[str]
    relation: str
    text: Label
    times: int = 1


@dataclass(frozen=True, slots=True)
class Card:
    """One kind of link on the page of the campaign: its figures, and how much of it is done.

    `share` is the checklist whose items are counted as done, or `visits`: who was visited in the quarter.
    """

    link: str
    label: Label
    figures: Sequence[str]
    share: str
    # Further checklists, each with a line of its own.
    checklists: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Front:
    """What the page of the campaign shows first (一张图): its headline figures, and a card for each kind of link."""

    headlines: Sequence[str]
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign: a county, a period, and what is done in it."""

    code: str
    label: Label
    region_code: str
    begins: date
    ends: date | None
    visit_rule: str
    links: Mapping[str, LinkKind]
    checklists: Mapping[str, Checklist]
    figures: Mapping[str, Figure]
    front: Front
    checks: Sequence[Check] = ()
    outline: Outline | None = None

    def holds_year(self, year: int) -> bool:
        """Say whether a year lies in this campaign, at least with some days."""
        return self.begins.year <= year and (self.ends is None or year <= self.ends.year)

    def kinds_to(self, thing: str) -> Sequence[str]:
        """Return the kinds of link that tie somebody to such objects: `household`, `industry` or `region`."""
        return tuple(code for code, kind in self.links.items() if kind.object == thing and not kind.is_reference)

    def checklists_of(self, thing: str) -> Sequence[Checklist]:
        """Return the checklists that are counted for such objects."""
        return tuple(each for each in self.checklists.values() if each.of == thing)

    def holds(self, region_code: str, on: date) -> bool:
        """Say whether a record of a place and a day counts in this campaign (contract.md "Figures of the campaign")."""
        return region_code.startswith(self.region_code) and self.begins <= on and (self.ends is None or on <= self.ends)
