"""The triage desk: the queue, the case with what speaks for a suggestion marked, suggestions with their grounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from casework.cases import codes
from casework.cases.rows import CaseRow
from casework.cases.suggestions import SURE, Proposal, Suggestions
from casework.cases.tables import AssignmentRule
from casework.cases.topics.lookalikes import LookAlike
from casework.core import texts
from casework.core.calendars import WorkCalendar
from casework.core.errors import FieldError
from web import unit
from web.api.answers import seen_by
from web.locales import locale, words
from web.views import case_page, case_parts, chips, fields, intake_form, reference, wording
from web.views.acts import Desk, case_url, move_url

_PICTURES = 4


@dataclass(frozen=True, slots=True)
class Row:
    """Shape QueueRow."""

    id: str
    url: str
    title: str
    flag: chips.Chip | None
    place: str
    channel_time: str
    chip: chips.Chip
    current: bool


def queue(rows: Sequence[CaseRow], calendar: WorkCalendar, *, current: str | None, tab: str) -> list[Row]:
    """Return the queue, in the order given."""
    return [
        Row(
            id=wording.short_number(row.number),
            url=item_url(row.number, tab),
            title=row.title,
            flag=_flag(row),
            place=" ".join(each for each in (row.town or "", row.village or "") if each) or words("place.whole_county"),
            channel_time=words(
                "triage.channel_time",
                channel=words(f"channel.{row.channel}") if row.returns == 0 else words("triage.returned"),
                when=wording.lately(row.updated_at if row.returns else row.reported_at),
            ),
            chip=chips.accept_by(row, calendar),
            current=row.number == current,
        )
        for row in rows
    ]


def item_url(number: str, tab: str) -> str:
    """Return the address of one case on the desk."""
    return f"/triage/{number}" if tab == "all" else f"/triage/{number}?tab={tab}"


def _flag(row: CaseRow) -> chips.Chip | None:
    haste = chips.urgency_chip(row.urgency)
    if haste is not None:
        return haste
    return chips.Chip("grey", words("case.returned", n=row.returns)) if row.returns else None


def case_of(desk: Desk, proposed: Suggestions) -> dict[str, Any]:
    """Return the case in the middle of the desk."""
    case = desk.case
    shape = case_page.case_shape(desk)
    files = case_parts.files_of(desk)
    photos = [row for row in files["rows"] if row["thumb_url"]][:_PICTURES]
    comments = case_parts.comments_of(desk) or {}
    label = reference.category_label(case.category, locale())
    return {
        **shape,
        "spans": spans(seen_by(desk.subject)(case.description) or "", proposed),
        "photos": photos,
        "photo_note": words("triage.photos", n=len(photos)),
        "answers_title": words("triage.questions", category=label),
        "note": {
            "url": f"{case_url(case)}/comments",
            "draft_url": f"/drafts/comment/{case.id}",
            "text": comments.get("draft", ""),
            "saved": comments.get("saved", ""),
        },
    }


def spans(text: str, proposed: Suggestions) -> list[dict[str, Any]]:
    """Return the villager's words with those marked that spoke for category (a) and haste (b)."""
    marks: dict[str, str] = {}
    for mark, proposals in (("b", proposed.urgency[:1]), ("a", proposed.category[:1])):
        for proposal in proposals:
            marks |= dict.fromkeys(proposal.words, mark)
    folded = texts.search_key(text)
    if len(folded) != len(text) or not marks:
        # Where folding changed the length no place in it is a place in the text.
        return [{"text": text}]
    return _marked(text, folded, {texts.search_key(word): mark for word, mark in marks.items()})


def _marked(text: str, folded: str, marks: Mapping[str, str]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    at, plain = 0, 0
    longest = sorted(marks, key=len, reverse=True)
    while at < len(text):
        word = next((each for each in longest if each and folded.startswith(each, at)), None)
        if word is None:
            at += 1
            continue
        if at > plain:
            parts.append({"text": text[plain:at]})
        parts.append({"text": text[at : at + len(word)], "mark": marks[word]})
        at += len(word)
        plain = at
    if plain < len(text):
        parts.append({"text": text[plain:]})
    return parts


def lookalikes(desk: Desk, found: Sequence[LookAlike]) -> dict[str, Any] | None:
    """Return what looks alike, the likeliest to be merged into, the others to be linked."""
    if not found:
        return None
    case, rows = desk.case, []
    letters = {"merge": "M", "link": "L"}
    for each in found:
        act: dict[str, Any] | None = None
        can_merge = each.state not in ("merged", "declined") and "merge" in desk.moves.available
        if can_merge and each.score >= SURE:
            sent = {"into": each.number, "version": case.version}
            act = _act("merge", letters.pop("merge", None), move_url(case, "merge"), sent)
        elif desk.may("case.link"):
            act = _act("link", letters.pop("link", None), f"{case_url(case)}/links/new", {"to": each.number})
        compare = f"{case_url(case)}/compare/{each.number}"
        rows.append(intake_form.lookalike(each, compare_url=compare, act=act))
    return {"head": words("lookalike.head", n=len(found)), "rows": rows}


def _act(name: str, key: str | None, url: str, sent: Mapping[str, Any]) -> dict[str, Any]:
    return {"label": words(f"triage.{name}"), "key": key, "url": url, "fields": sent}


@dataclass(frozen=True, slots=True)
class Settled:
    """The unit that others have settled before triage: by a ruling of the head, or by what a consultation agreed on."""

    org_id: UUID
    ground: str


def suggestions(proposed: Suggestions, *, settled: Settled | None, rate: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the proposals with their grounds; below sixty percent it says that it is unsure."""
    rows = [
        _suggestion("triage.category", proposed.category),
        _settled(settled) if settled else _suggestion("triage.org", proposed.org),
        _suggestion("triage.urgency", proposed.urgency),
    ]
    return {"model": words("triage.model", model=proposed.model), "rows": rows, "rate": rate}


def _settled(settled: Settled) -> dict[str, Any]:
    parts = [{"text": words(f"ground.{settled.ground}")}]
    return {"label": words("triage.org"), "value": reference.org_name(settled.org_id), "share": 100, "parts": parts}


def _suggestion(label: str, proposals: Sequence[Proposal]) -> dict[str, Any]:
    best = proposals[0] if proposals else None
    made: dict[str, Any] = {"label": words(label), "value": None, "share": None, "parts": []}
    if best is None:
        return {**made, "low_text": words("triage.no_grounds")}
    if best.confidence < SURE:
        return made
    mark = "b" if label == "triage.urgency" else "a"
    parts: list[dict[str, Any]] = [{"text": word, "mark": mark} for word in best.words[:5]]
    if best.words:
        parts.insert(0, {"text": words("ground.words")})
    if best.ground is not None:
        parts.append({"text": words(f"ground.{best.ground}", **_facts(best.facts))})
    share = round(best.confidence * 100)
    return {**made, "value": best.label[locale()], "share": share, "parts": parts}


def _facts(facts: Mapping[str, str | int]) -> dict[str, Any]:
    told: dict[str, Any] = dict(facts)
    if "category" in told:
        told["category"] = reference.category_label(str(told["category"]), locale())
    if "region" in told:
        told["place"] = " ".join(reference.place_names(str(told["region"]))) or words("place.whole_county")
    if "on" in told:
        told["on"] = str(told["on"])[:7]
    return told


def assign_form(
    desk: Desk,
    proposed: Suggestions,
    rule: AssignmentRule | None,
    settled: Settled | None,
    *,
    typed: Mapping[str, Sequence[str]],
    mistakes: Sequence[FieldError],
    tab: str,
) -> dict[str, Any]:
    """Return the form, prefilled with what is proposed surely enough."""
    case = desk.case
    # What somebody typed and no unit is called stays as they typed it, beside what is wrong with it.
    org = _first(typed, "org") or _first(typed, "org_text") or _proposed_org(proposed, rule, settled)
    co = [code for code in typed.get("co_orgs", ()) if code] or ([] if typed else _co_orgs(rule))
    route = _first(typed, "route") or (rule.route if rule is not None else "two_offices")
    names = reference.org_names()
    lead = {"name": "org", "kind": "org", "label": words("triage.org"), "value": org, "required": True}
    lead |= {"label_value": names.get(org, org), "data_url": fields.ORGS}
    lead["value"] = org if org in names else ""
    chosen = [fields.chosen_org(code) for code in co if code != org]
    others = {"name": "co_orgs", "kind": "orgs", "label": None, "chosen": chosen, "data_url": fields.ORGS}
    routes = [{"value": code, "label": words(f"route.{code}")} for code in codes.ROUTES]
    way = {"name": "route", "kind": "select", "label": None, "required": True, "value": route, "options": routes}
    shown, summary = fields.with_mistakes([lead, others, way, *_more(case, typed)], mistakes)
    return {
        "url": f"/triage/{case.number}/assign" + ("" if tab == "all" else f"?tab={tab}"),
        "version": case.version,
        "org": shown[0],
        "co_orgs": shown[1],
        "route": shown[2],
        "more": shown[3:],
        "errors": summary,
        "decline_url": move_url(case, "decline"),
        "ruling": _ruling_first(desk),
    }


def _ruling_first(desk: Desk) -> dict[str, Any] | None:
    """Return why a case returned twice cannot be assigned yet, and the way to rule for whoever may; else None."""
    case = desk.case
    if case.returns < 2 or case.ruled:
        return None
    url = move_url(case, "arbitrate") if "arbitrate" in desk.moves.available else None
    return {"url": url, "text": words("reason.rule_now"), "reason": words("note.returned_twice", n=case.returns)}


def _more(case: Any, typed: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    def select(name: str, options: Sequence[tuple[str, str]]) -> dict[str, Any]:
        made = [{"value": value, "label": label} for value, label in options]
        value = _first(typed, name) or getattr(case, name)
        label = words(f"case_field.{name}")
        return {"name": name, "kind": "select", "label": label, "required": True, "value": value, "options": made}

    active = [(each.code, each.label[locale()]) for each in reference.categories().values() if each.active]
    return [
        select("category", active),
        select("kind", [(code, words(f"kind.{code}")) for code in codes.KINDS]),
        select("urgency", [(code, words(f"urgency.{code}")) for code in codes.URGENCIES]),
        {
            "name": "assignee",
            "kind": "person",
            "label": words("triage.assignee"),
            "required": False,
            "value": _first(typed, "assignee"),
            "label_value": _first(typed, "assignee_text"),
            "data_url": fields.PEOPLE,
        },
        {
            "name": "comment",
            "kind": "textarea",
            "label": words("move.requirement"),
            "required": False,
            "value": _first(typed, "comment"),
            "rows": 2,
        },
    ]


def _first(typed: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(typed.get(name, ())), "")


def _proposed_org(proposed: Suggestions, rule: AssignmentRule | None, settled: Settled | None) -> str:
    orgs = reference.orgs()
    if settled is not None and settled.org_id in orgs:
        return orgs[settled.org_id].code
    best = proposed.org[0] if proposed.org else None
    if best is not None and best.code is not None and best.confidence >= SURE:
        return best.code
    return orgs[rule.org_id].code if rule is not None and rule.org_id in orgs else ""


def _co_orgs(rule: AssignmentRule | None) -> list[str]:
    orgs = {str(org_id): named.code for org_id, named in reference.orgs().items()}
    return [orgs[each] for each in (rule.co_org_ids if rule is not None else ()) if each in orgs]


def phone_bar(desk: Desk, form: Mapping[str, Any], alike: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the foot of the desk on a phone."""
    case, org = desk.case, form["org"]["label_value"]
    label = words("triage.assign_to", org=org) if org else words("triage.assign")
    more = [{"text": words("batch.decline"), "url": form["decline_url"]}]
    more += [{"text": each["text"], "url": each["url"]} for each in case_page.more_of(desk)]
    if case.returns >= 2 and "arbitrate" in desk.moves.available:
        more.insert(0, {"text": words("reason.rule_now"), "url": move_url(case, "arbitrate")})
    merge = move_url(case, "merge") if "merge" in desk.moves.available and alike else None
    return {"submit_label": label, "merge_url": merge, "more": more}


def foot() -> str:
    """Say how the queue is sorted and when it was read."""
    return words("triage.foot", time=wording.clock_time(unit.at()))


def tab_label(name: str) -> str:
    """Return what a tab of the desk is called."""
    return words(f"triage.tab.{name}")
