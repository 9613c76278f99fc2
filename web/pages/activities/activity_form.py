"""The form of an activity: what was done where and by whom, who attended, and what was decided on the spot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import request, url_for

from casework.campaign import natural, records
from casework.cases import codes, intake
from casework.core.errors import FieldError
from web import unit
from web.forms import field
from web.locales import locale, words
from web.pages import link_options, options
from web.views import reference
from workflows.campaign import deciding, visiting

# So many decisions are asked for at once; what is decided beyond them is entered as cases of their own.
BLOCKS = 3
_PROSE = ("findings", "measures", "result")
_PLAIN = ("kind", "on_date", "title", "industry_id", "companions", "document_no", "next_on", "remark", *_PROSE)
WAYS = (CASE, TASK) = ("case", "task")
# What a task calls otherwise than the block of the form in which it stands.
_BLOCK = {"requirement": "description"}
_ASKED = ("title", "description", "category", "reporter_name", "reporter_phone", "urgency")


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of activities with their words."""
    return [(code, each["label"][locale()]) for code, each in records.activity_kinds().items()]


def read() -> tuple[dict[str, Any], Mapping[str, Sequence[int]]]:
    """Return the activity as the workflow reads it, and which blocks of the form its cases and its tasks stand in."""
    sent = request.form
    raw: dict[str, Any] = {name: sent[name].replace("\r\n", "\n") for name in _PLAIN if sent.get(name, "").strip()}
    typed = {
        "region_code": options.place_typed("region_code"),
        "org": options.org_typed("org"),
        "member_id": link_options.member_typed("member_id"),
        "household_id": link_options.household_typed("household_id"),
    }
    raw |= {name: value for name, value in typed.items() if value}
    people = sent.get("people", "").strip()
    if people:
        raw["people"] = int(people) if people.isascii() and people.isdecimal() and len(people) < 10 else people
    along = [value for value in sent.getlist(visiting.ATTENDEES) if value.strip()]
    if along:
        raw[visiting.ATTENDEES] = [link_options.member_named(value) for value in along]
    numbers = {}
    for kind, block in ((visiting.CASES, _case), (deciding.TASKS, _task)):
        told = {n: each for n in range(BLOCKS) if (each := block(n)) is not None}
        if told:
            raw[kind] = list(told.values())
        numbers[kind] = list(told)
    return raw, numbers


def renumbered(mistakes: Iterable[FieldError], numbers: Mapping[str, Sequence[int]]) -> list[FieldError]:
    """Return the mistakes by the names of the form: those of decisions by their block, of attendees by their field."""
    found = []
    for each in mistakes:
        head, _, rest = each.field.partition(".")
        if head == visiting.ATTENDEES:
            found.append(replace(each, field=head))
        elif head in numbers and rest:
            n, _, name = rest.partition(".")
            name = name.replace("reporter.", "reporter_") if name != "reporter" else "reporter_name"
            found.append(replace(each, field=f"{visiting.CASES}.{numbers[head][int(n)]}.{_BLOCK.get(name, name)}"))
        else:
            found.append(each)
    return found


def is_told(block: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether a block of the form has words of its own, or a mistake."""
    return any(each.get("error") or (each["value"] and each["kind"] not in ("select", "radio")) for each in block)


def fields() -> list[dict[str, Any]]:
    """Return the fields of the activity itself, with what was typed."""
    given = request.form or request.args

    def plain(name: str, **more: Any) -> dict[str, Any]:
        return field(name, f"money.fact.{_LABELS.get(name, name)}", required=False, value=given.get(name), **more)

    def chosen(name: str, kind: str, endpoint: str, label: str) -> dict[str, Any]:
        typed = given.get(f"{name}_text") or label
        return plain(name, kind=kind, label_value=typed, data_url=url_for(endpoint))

    place, org = given.get("region_code", ""), given.get("org", "")
    industries = natural.industries(unit.session(), unit.office().settings.region)
    picked = [value for value in request.form.getlist(visiting.ATTENDEES) if value.strip()]
    return [
        field("kind", "money.filter.kind", kind="select", value=given.get("kind"), options=kinds()),
        field("on_date", "money.fact.on", kind="date", value=given.get("on_date") or unit.today().isoformat()),
        plain("title", wide=True, max=200),
        chosen("region_code", "place", "options.offer_places", reference.place_told(place) if place else ""),
        plain("industry_id", kind="select", options=[(str(each.id), each.name) for each in industries]),
        chosen("org", "org", "options.offer_orgs", reference.org_names().get(org, org)),
        link_options.member_field("member_id", "money.fact.by_member", required=False),
        link_options.household_field("household_id", "money.fact.household"),
        field(visiting.ATTENDEES, "money.field.attendees", kind="orgs", required=False, value="", wide=True,
              chosen=[{"value": each, "label": link_options.member_label(each)} for each in picked],
              data_url=url_for("link_options.offer_members"), hint="money.field.attendees_hint"),
        plain("companions"),
        plain("people", kind="number"),
        *(plain(name, kind="textarea", rows=3, wide=True) for name in _PROSE),
        plain("document_no", max=60),
        plain("next_on", kind="date"),
    ]  # fmt: skip


_LABELS = {"region_code": "place", "industry_id": "industry"}


def blocks() -> list[list[dict[str, Any]]]:
    """Return the fields of each decision."""
    return [_block(n) for n in range(BLOCKS)]


def _block(n: int) -> list[dict[str, Any]]:
    def named(name: str, label: str, **more: Any) -> dict[str, Any]:
        full = f"{visiting.CASES}.{n}.{name}"
        return field(full, label, required=False, value=request.form.get(full), **more)

    org = request.form.get(f"{visiting.CASES}.{n}.org", "")
    ways = [(each, words(f"money.decision.way.{each}")) for each in WAYS]
    urgencies = [(code, words(f"urgency.{code}")) for code in codes.URGENCIES]
    categories = [(each.code, each.label[locale()]) for each in reference.top_categories()]
    return [
        named("title", "money.decision.title", max=intake.TITLE_LENGTH, wide=True),
        named("description", "money.decision.description", kind="textarea", rows=3, wide=True,
              max=intake.DESCRIPTION_LENGTH),
        {**named("way", "money.decision.way", kind="radio", options=ways), "value": _way(n), "wide": True},
        named("category", "money.decision.category", kind="select", options=categories),
        named("urgency", "money.decision.urgency", kind="select", options=urgencies),
        named("reporter_name", "money.decision.reporter", max=30),
        named("reporter_phone", "money.decision.phone", kind="tel"),
        named("org", "money.decision.org", kind="org", data_url=url_for("options.offer_orgs"),
              label_value=request.form.get(f"{visiting.CASES}.{n}.org_text") or reference.org_names().get(org, org)),
        named("due_on", "money.decision.due_on", kind="date"),
    ]  # fmt: skip


def _way(n: int) -> str:
    """Return what a decision is to become: somebody's difficulty, or a matter that a unit answers for."""
    chosen = request.form.get(f"{visiting.CASES}.{n}.way", "")
    return chosen if chosen in WAYS else WAYS[0]


def _task(n: int) -> dict[str, Any] | None:
    """Return a decision as a matter for a unit; None for a block left empty or told as a case."""
    if _way(n) != TASK:
        return None
    told = {name: request.form.get(f"{visiting.CASES}.{n}.{name}", "").strip() for name in ("title", "description")}
    org, due_on = options.org_typed(f"{visiting.CASES}.{n}.org"), request.form.get(f"{visiting.CASES}.{n}.due_on", "")
    if not any((*told.values(), org, due_on.strip())):
        return None
    requirement = told["description"].replace("\r\n", "\n") or told["title"]
    return {"title": told["title"], "requirement": requirement, "org": org, "due_on": due_on}


def _case(n: int) -> dict[str, Any] | None:
    """Return a decision as a case; None for a block left empty. What is said more finely follows from the one line."""
    if _way(n) != CASE:
        return None
    told = {name: request.form.get(f"{visiting.CASES}.{n}.{name}", "").replace("\r\n", "\n") for name in _ASKED}
    if not any(told[name].strip() for name in _ASKED if name not in ("category", "urgency")):
        return None
    title = told["title"].strip()
    reporter = {"name": told["reporter_name"], "phone": told["reporter_phone"]}
    return {
        "title": title,
        "description": told["description"].strip() or title,
        "category": told["category"],
        "kind": "help",
        "urgency": told["urgency"] or codes.URGENCIES[0],
        "reporter": {name: value for name, value in reporter.items() if value.strip()},
    }
