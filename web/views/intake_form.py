"""The form that registers a difficulty: its fields as typed, the questions of the category, what looks alike."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from casework.campaign.visibility import take_household
from casework.cases import codes
from casework.cases.intake import DESCRIPTION_LENGTH, TITLE_LENGTH
from casework.cases.reporters import NAME_LENGTH
from casework.cases.suggestions import SURE, Proposal
from casework.cases.topics.lookalikes import LookAlike
from casework.core.errors import FieldError, NotFound
from casework.core.i18n import catalogue
from casework.core.ids import parse_id
from web import identity, typed_days, unit
from web.locales import locale, words
from web.views import case_list, fields, reference, wording
from workflows.cases import questions
from workflows.registry import registry

# What may stand in a form, and so in its draft.
NAMES = (
    *("description", "title", "region_code", "region_code_text", "category", "reporter_name", "reporter_phone"),
    *("reporter_id_number", "channel", "kind", "urgency", "occurred_on", "household_id"),
)
ANSWER = "q_"
FALLBACK = "other"
_SAME_WORDS, _GLANCE = 5, 12
_MARKS = re.compile(r"^\W+|\W+$")
_STAFF_CHANNELS = ("phone", "visit", "letter", "chat", "superior")
# Under which name of the form a mistake in the report stands.
PLACES = {
    "reporter.name": "reporter_name",
    "reporter.phone": "reporter_phone",
    "reporter.id_number": "reporter_id_number",
    "reporter": "reporter_name",
}

Typed = Mapping[str, str]


def form(typed: Typed, mistakes: Sequence[FieldError], *, number: str, saved: str) -> dict[str, Any]:
    """Return the whole form."""
    told = [FieldError(_place(each.field), each.code, each.params) for each in mistakes]
    main, _ = fields.with_mistakes(_main(typed, number), told)
    reporter, _ = fields.with_mistakes(_reporter(typed), told)
    more, _ = fields.with_mistakes(_more(typed), told)
    (categories,), _ = fields.with_mistakes([_categories(typed)], told)
    everything = [*main, categories, *reporter, *more, *question_fields(typed.get("category", ""), typed)]
    _, summary = fields.with_mistakes(everything, told)
    return {
        "url": "/cases/new",
        "draft_url": f"/drafts/intake/{number}",
        "here_url": f"/cases/new?draft={number}",
        "version": 0,
        "errors": summary,
        "main": main,
        "categories": categories,
        "reporter": reporter,
        "more": more,
        "saved": saved,
    }


def _place(name: str) -> str:
    return ANSWER + name.removeprefix("answers.") if name.startswith("answers.") else PLACES.get(name, name)


def _field(name: str, kind: str, typed: Typed, *, required: bool = True, **more: Any) -> dict[str, Any]:
    hint = f"intake.{name}.hint"
    return {
        "name": name,
        "label": words(f"intake.{name}"),
        "kind": kind,
        "required": required,
        "value": typed.get(name, ""),
        "hint": words(hint) if hint in catalogue() else None,
        **more,
    }


def _main(typed: Typed, number: str) -> list[dict[str, Any]]:
    code = typed.get("region_code", "")
    known = " ".join(reference.place_names(code))
    place = _field("region_code", "place", typed, data_url=fields.PLACES)
    if not known and len(code) <= 6 and code == unit.office().settings.region:
        known = words("place.whole_county")
    place |= {"value": code if known else "", "label_value": known or typed.get("region_code_text", "") or code}
    return [
        {"name": "form_id", "kind": "hidden", "value": number, "label": "", "required": True},
        _field("description", "textarea", typed, rows=5, max=DESCRIPTION_LENGTH),
        _field("title", "text", typed, max=TITLE_LENGTH),
        place,
        *_household(typed),
    ]


def _household(typed: Typed) -> list[dict[str, Any]]:
    """Return the household a report was begun for, to be kept or left out; none where nobody named one."""
    household_id = parse_id(typed.get("household_id", ""))
    if household_id is None:
        return []
    try:
        row = take_household(unit.session(), identity.actor(), household_id, on=unit.today())
    except NotFound:
        return []
    told = " ".join((row.head_name, *reference.place_names(row.region_code)))
    options = [{"value": str(row.id), "label": told}]
    return [_field("household_id", "select", typed, required=False, options=options)]


def _categories(typed: Typed) -> dict[str, Any]:
    options = [{"value": each.code, "label": each.label[locale()]} for each in reference.top_categories()]
    made = _field("category", "tiles", typed, required=False)
    return {**made, "options": options}


def _reporter(typed: Typed) -> list[dict[str, Any]]:
    return [
        _field("reporter_name", "text", typed, max=NAME_LENGTH, autocomplete="off"),
        _field("reporter_phone", "tel", typed, required=False, max=30, autocomplete="off"),
        _field("reporter_id_number", "text", typed, required=False, max=30, autocomplete="off", wide=True),
    ]


def _more(typed: Typed) -> list[dict[str, Any]]:
    def options(family: str, known: Sequence[str]) -> list[dict[str, str]]:
        return [{"value": code, "label": words(f"{family}.{code}")} for code in known]

    clock = registry().latest("case").workflow.clocks["handle"]
    limits = {
        rule.when.facts.get("kind"): rule.limit.amount for rule in clock.limits if not rule.when.facts.get("urgency")
    }
    kinds = [
        {
            "value": code,
            "label": words("intake.kind_with_limit", kind=words(f"kind.{code}"), days=limits.get(code, limits[None])),
        }
        for code in codes.KINDS
    ]
    haste = [{"value": code, "label": words(f"intake.urgency.{code}")} for code in codes.URGENCIES]
    return [
        _field("channel", "select", typed, options=options("channel", _STAFF_CHANNELS)),
        _field("kind", "select", typed, options=kinds),
        _field("urgency", "radio", typed, options=haste, wide=True),
        _field("occurred_on", "date", typed, required=False, max=unit.today().isoformat()),
        _field("files", "file", typed, required=False, many=True),
    ]


def defaults(*, channel: str = "phone") -> dict[str, str]:
    """Return what stands in a fresh form."""
    return {"channel": channel, "kind": "help", "urgency": "normal"}


def question_sheet(typed: Typed) -> dict[str, Any] | None:
    """Return the questions of the chosen category; none of them stops the form."""
    found = question_fields(typed.get("category", ""), typed)
    if not found:
        return None
    label = reference.category_label(typed.get("category", ""), locale())
    return {"title": words("intake.questions", category=label), "fields": found}


def question_fields(category: str, typed: Typed) -> list[dict[str, Any]]:
    """Return a field for each question of a category, none of them required."""
    made = []
    for question in questions.sheet_of(category).questions:
        name = ANSWER + question.name
        field: dict[str, Any] = {
            "name": name,
            "label": question.label[locale()],
            "kind": question.type,
            "required": False,
            "value": typed.get(name, ""),
        }
        if question.type == "flag":
            yes_no = [{"value": value, "label": words(code)} for value, code in (("1", "case.yes"), ("0", "case.no"))]
            field |= {"kind": "radio", "options": yes_no}
        made.append(field)
    return made


def answers(typed: Typed) -> dict[str, Any]:
    """Return the answers of a form as the report wants them."""
    given: dict[str, Any] = {}
    for question in questions.sheet_of(typed.get("category", "")).questions:
        value = typed.get(ANSWER + question.name, "").strip()
        if value:
            given[question.name] = _answer(question.type, value)
    return given


def _answer(kind: str, value: str) -> Any:
    if kind == "flag":
        return value == "1"
    return typed_days.day(value) if kind == "date" else value


def lookalikes(found: Sequence[LookAlike]) -> dict[str, Any] | None:
    """Return what looks like a report that is not saved yet: to be opened, not yet to be merged."""
    if not found:
        return None
    return {"head": words("lookalike.head", n=len(found)), "rows": [lookalike(each) for each in found]}


def _short(word: str) -> str:
    """Return what two texts share, without marks at its ends and no longer than a glance."""
    plain = _MARKS.sub("", word)
    return plain if len(plain) <= _GLANCE else plain[:_GLANCE] + "…"


def lookalike(each: LookAlike, **more: Any) -> dict[str, Any]:
    """Return one case that looks alike."""
    url = f"/cases/{each.number}"
    state = case_list.state_label(each.state)
    about = [wording.lately(each.reported_at), each.reporter_name, f"{each.org_name or ''}{state}"]
    same = wording.joined([_short(word) for word in each.words[:_SAME_WORDS]])
    grounds = [words("lookalike.same_person")] if each.is_same_person else []
    if each.is_same_place:
        grounds.append(words("lookalike.same_place"))
    if same:
        grounds.append(words("lookalike.same_words", words=same))
    return {
        "number": each.number,
        "url": url,
        "title": each.title,
        "about": "・".join(part for part in about if part),
        "same": words("calendar.semicolon").join(grounds),
        "compare_url": url,
        "act": None,
        **more,
    }


def urgency_hint(proposal: Proposal | None) -> str:
    """Say that the words speak for haste, and which; nothing where they speak for none or not surely."""
    if proposal is None or proposal.code == "normal" or proposal.confidence < SURE:
        return ""
    said = wording.joined(list(proposal.words[:4])) or words("ground.learnt")
    return words("intake.urgency.proposed", urgency=proposal.label[locale()], words=said)


def org_hint(proposal: Proposal | None) -> str:
    """Say which unit would probably have it; nothing where that is not sure."""
    if proposal is None or proposal.code is None or proposal.confidence < SURE:
        return ""
    return words("intake.org.proposed", org=proposal.label[locale()], share=round(proposal.confidence * 100))


def category_hint(proposal: Proposal | None) -> str:
    """Say which category the words speak for, and which words."""
    if proposal is None:
        return words("intake.category.hint")
    said = wording.joined(list(proposal.words[:4]))
    return words("intake.category.proposed", category=proposal.label[locale()], words=said)
