"""The forms of the steps of a consultation: what each asks, and what was typed as the engine takes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import request, url_for

from casework.consultations import codes, minutes, queries, venues
from casework.consultations.queries import Filter
from casework.consultations.tables import Consultation
from casework.core.errors import FieldError
from casework.core.ids import parse_id
from casework.matters import drafts
from casework.registry import queries as registry
from web import identity, unit
from web.forms import field
from web.locales import local, words
from web.pages import beside, options
from web.pages.consultations import consultation_moving, consultation_people, consultation_statements
from web.pages.consultations.consultation_people import lines, typed
from web.views import reference, wording

# So many things agreed are asked for at once.
ITEMS = 6
# So many topics, the newest, are offered to join one to.
_JOINABLE = 50
_LINES = ("stakeholders", "others")
# The steps whose form is kept while it is written, with the drafts that end when they are done.
_DRAFTED: Mapping[str, Sequence[str]] = {"minute": ("minute", minutes.NAME), "notify": ("notify",)}
# Where a mistake of a list is shown in the form.
_SHOWN_AT: Mapping[str, str] = {"participants": "required", "attended": "others", "unresolved": "unresolved"}


def fields_of(row: Consultation, trigger: str) -> list[dict[str, Any]]:
    """Return what a step asks."""
    made = _FIELDS.get(trigger)
    return made(row) if made is not None else []


def given_of(row: Consultation, trigger: str) -> dict[str, Any]:
    """Return what was typed as the engine takes it."""
    made = _GIVEN.get(trigger)
    return made(row) if made is not None else {}


def renamed(mistakes: Sequence[FieldError]) -> list[FieldError]:
    """Return mistakes by the names of the form's fields."""
    return [
        replace(each, field=_name(path), code="choose_some" if _wants_people(path, each.code) else each.code)
        for each in mistakes
        for path in (each.field.removeprefix("fields."),)
    ]


def _wants_people(path: str, code: str) -> bool:
    """Say whether nobody at all was named: the fields for people may each be left empty, and not all of them."""
    return code == "required" and path in ("participants", "attended")


def _name(path: str) -> str:
    head, _, rest = path.partition("[")
    if head == "consensus" and rest:
        number, _, name = rest.partition("].")
        filled = [n for n in range(ITEMS) if _item(n) is not None]
        return f"item.{filled[int(number)] if int(number) < len(filled) else 0}.{name}"
    if head == "statements" and rest:
        return consultation_statements.name_of(rest)
    if head == "attended" and not rest and not lines("others"):
        return "came"
    if head in _SHOWN_AT:
        return _SHOWN_AT[head]
    return path.rpartition(".")[2] if path.startswith("scores.") else head


# ------------------------------------------------------------------ what is being written
def drafted(row: Consultation, trigger: str) -> tuple[list[dict[str, Any]], str | None, str]:
    """Return what a step asks as the caller left it, where it is kept by itself, and when that was last done."""
    fields = fields_of(row, trigger)
    if trigger not in _DRAFTED:
        return fields, None, ""
    kept, saved = beside.draft_of(unit.session(), trigger, row.id)
    if request.method == "GET":
        fields = [{**each, "value": kept.get(each["name"], each["value"]), **_unit_of(kept, each)} for each in fields]
    return fields, f"/drafts/{trigger}/{row.id}", saved


def _unit_of(kept: Mapping[str, Any], field: Mapping[str, Any]) -> dict[str, str]:
    """Return the name of a unit as it was left, picked or only typed."""
    text = str(kept.get(f"{field['name']}_text", "")) if field["kind"] == "org" else ""
    return {"label_value": text} if text else {}


def end_draft(row: Consultation, trigger: str) -> None:
    """End what the caller had written for a step that is done."""
    person_id = identity.actor().person_id
    if person_id is not None and trigger in _DRAFTED:
        for form in _DRAFTED[trigger]:
            drafts.drop(unit.session(), person_id, form=form, matter_id=row.id)


def newer_minutes(row: Consultation) -> dict[str, Any] | None:
    """Return what tells that somebody saved the minutes after the form was made; None when nobody did.

    The form comes back with what was typed and the version that now stands; sent again, it becomes the next version.
    """
    session = unit.session()
    now, text = minutes.standing(session, row), request.form.get("minutes", "").replace("\r\n", "\n").strip()
    based_on = typed("based_on") or "0"
    if now is None or str(now.place) == based_on or not text or text == now.text:
        return None
    return {
        "tone": "amber",
        "strong": words("meetings.minutes_newer"),
        "text": words("meetings.minutes_newer_text"),
        "link": {
            "text": words("meetings.minutes_look"),
            "url": url_for("consultation_minutes.write", meeting=row.number),
        },
    }


# ------------------------------------------------------------------ what is asked
def _screen(_row: Consultation) -> list[dict[str, Any]]:
    points = [(str(n), str(n)) for n in range(1, 6)]
    return [
        field(name, f"meetings.score.{name}", kind="select", options=points, value=typed(name)) for name in codes.SCORES
    ]


def _reason(_row: Consultation) -> list[dict[str, Any]]:
    return [field("reason", "meetings.field.reason", kind="textarea", value=typed("reason"), wide=True)]


def _drop(row: Consultation) -> list[dict[str, Any]]:
    asked = Filter(states=codes.BEFORE_ITS_MEETING)
    near = queries.page(unit.session(), identity.actor(), asked, limit=_JOINABLE)
    others = [(each.number, f"{each.title[:40]}　{each.number}") for each in near if each.id != row.id]
    if not others:
        return _reason(row)
    into = field("into", "meetings.field.into", kind="select", options=others,
                 value=typed("into"), required=False, hint="meetings.hint.into", wide=True)  # fmt: skip
    return [*_reason(row), into]


def _approve(row: Consultation) -> list[dict[str, Any]]:
    choices = wording.workflow_of(row).by_trigger["approve"].fields[0].choices
    shown = [(code, wording.told(label)) for code, label in choices.items()]
    return [field("authority", "meetings.field.authority", kind="select", options=shown, value=typed("authority"))]


def _schedule(row: Consultation) -> list[dict[str, Any]]:
    # A date that stands is what the form begins with; from then on what was typed counts.
    now = consultation_moving.begun(row)

    def typed(name: str) -> Any:
        return now.get(name, request.values.get(name, "").strip())

    rooms = [(each.code, f"{each.name} ({each.capacity})") for each in venues.every(unit.session())]
    convenor = typed("convenor") or typed("convenor_text") or str(identity.person_id())
    who = {name: [each for each in now.get(name, request.values.getlist(name)) if each.strip()]
           for name in ("required", "invited")}  # fmt: skip
    names = _names([convenor, *who["required"], *who["invited"]])
    return [
        field("starts_at", "meetings.field.starts_at", kind="datetime", value=typed("starts_at")),
        field("ends_at", "meetings.field.ends_at", kind="datetime", value=typed("ends_at")),
        field("venue", "meetings.field.venue", kind="select", options=rooms, value=typed("venue")),
        field("convenor", "meetings.field.convenor", kind="person", value=convenor, required=False,
              label_value=names.get(convenor, convenor), data_url=url_for("consultations.offer_people")),
        _people_field("required", "meetings.field.required", who["required"], names, hint="meetings.hint.required"),
        _people_field("invited", "meetings.field.invited", who["invited"], names),
        *(field(name, f"meetings.field.{name}", kind="textarea", rows=3, required=False, value=typed(name),
                hint="meetings.hint.lines") for name in _LINES),
        field("override_reason", "meetings.field.override_reason", required=False, value=typed("override_reason"),
              wide=True, hint="meetings.hint.override_reason"),
    ]  # fmt: skip


def _people_field(
    name: str, label: str, picked: Sequence[str], names: Mapping[str, str], hint: str | None = None
) -> dict[str, Any]:
    chosen = [{"value": each, "label": names.get(each, each)} for each in picked]
    return field(name, label, kind="orgs", required=False, value="", chosen=chosen, wide=True, hint=hint,
                 data_url=url_for("consultations.offer_people"))  # fmt: skip


def _names(values: Sequence[str]) -> Mapping[str, str]:
    """Return what people are called by their ids as a form sends them; all are asked for at once."""
    ids = {each: parse_id(each) for each in values}
    called = registry.people_by_id(unit.session(), ids.values())
    return {value: called[found] for value, found in ids.items() if found is not None and found in called}


def _notify(row: Consultation) -> list[dict[str, Any]]:
    return [
        field("research", "meetings.field.research", kind="textarea", rows=6, wide=True, hint="meetings.hint.research",
              value=request.form.get("research", row.research), required=not row.attachments_total)
    ]  # fmt: skip


def _hold(row: Consultation) -> list[dict[str, Any]]:
    people = [(str(each.place), f"{each.name} {words(f'meetings.part.{each.part}')}") for each in _people(row)]
    return [
        field("came", "meetings.field.came", kind="checks", options=people, picked=request.form.getlist("came"),
              required=False, wide=True),
        field("others", "meetings.field.came_too", kind="textarea", rows=3, required=False,
              value=request.form.get("others"), hint="meetings.hint.lines", wide=True),
        *consultation_statements.fields(),
    ]  # fmt: skip


def _minute(row: Consultation) -> list[dict[str, Any]]:
    now = minutes.standing(unit.session(), row)
    made = [
        {"name": "based_on", "kind": "hidden", "value": 0 if now is None else now.place, "label": "", "required": True},
        field("minutes", "meetings.field.minutes", kind="textarea", rows=12, wide=True,
              value=request.form.get("minutes", "" if now is None else now.text))
    ]  # fmt: skip
    for n in range(ITEMS):
        told = words("meetings.item", n=n + 1)
        for name, kind in (("text", "textarea"), ("org", "org"), ("due_on", "date")):
            full, more = f"item.{n}.{name}", dict[str, Any]()
            value = request.form.get(full, "")
            if kind == "org":
                more = {"data_url": url_for("options.offer_orgs"),
                        "label_value": reference.org_names().get(value, value)}  # fmt: skip
            each = field(full, f"meetings.item.{name}", kind=kind, required=False, value=value, rows=2, **more)
            made.append({**each, "label": f"{told} {each['label']}", "wide": name == "text"})
    made.append(
        field("unresolved", "meetings.field.unresolved", kind="textarea", rows=3, required=False, wide=True,
              value=request.form.get("unresolved"), hint="meetings.hint.unresolved")
    )  # fmt: skip
    return made


def _evaluate(row: Consultation) -> list[dict[str, Any]]:
    choices = wording.workflow_of(row).by_trigger["evaluate"].fields[0].choices
    items = [
        (str(each.place), f"{each.place}. {each.text[:60]}") for each in queries.items_of(unit.session(), [row.id])
    ]
    return [
        field("satisfaction", "meetings.field.satisfaction", kind="radio", value=typed("satisfaction"),
              options=[(code, wording.told(label)) for code, label in choices.items()], wide=True),
        field("realised", "meetings.field.realised", kind="checks", options=items, required=False, wide=True,
              picked=request.form.getlist("realised")),
    ]  # fmt: skip


_FIELDS: Mapping[str, Callable[[Consultation], list[dict[str, Any]]]] = {
    "screen": _screen,
    "drop": _drop,
    "approve": _approve,
    "schedule": _schedule,
    "reschedule": _schedule,
    "notify": _notify,
    "postpone": _reason,
    "cancel": _reason,
    "hold": _hold,
    "minute": _minute,
    "evaluate": _evaluate,
}


# ------------------------------------------------------------------ what was typed
def instant(text: str) -> str:
    """Return the wall time of a form's field as an instant; what is none stays as it is."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=unit.office().settings.zone).isoformat()
    except ValueError:
        return text


def wall_time(at: datetime) -> str:
    """Return an instant as a form's field holds it."""
    return f"{local(at):%Y-%m-%dT%H:%M}"


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else text


def _given_schedule(_row: Consultation) -> dict[str, Any]:
    told = {
        "starts_at": instant(typed("starts_at")),
        "ends_at": instant(typed("ends_at")),
        "venue": typed("venue"),
        "convenor": consultation_people.one_typed("convenor"),
        "participants": consultation_people.invited(),
        "override_reason": typed("override_reason"),
    }
    return {name: value for name, value in told.items() if value}


def _given_reschedule(row: Consultation) -> dict[str, Any]:
    day = consultation_moving.dragged()
    return _given_schedule(row) if day is None else consultation_moving.to_day(row, day)


def _given_hold(row: Consultation) -> dict[str, Any]:
    people = {str(each.place): each for each in _people(row)}
    came = [people[place] for place in request.form.getlist("came") if place in people]
    named = [each.name if each.person_id is None else str(each.person_id) for each in came]
    return {"attended": [*named, *lines("others")], **consultation_statements.given()}


def _people(row: Consultation) -> Sequence[Any]:
    return queries.participants_of(unit.session(), row)


def _item(n: int) -> dict[str, Any] | None:
    told = {
        "text": request.form.get(f"item.{n}.text", "").strip(),
        "org": options.org_typed(f"item.{n}.org"),
        "due_on": typed(f"item.{n}.due_on"),
    }
    return told if any(told.values()) else None


def _given_minute(_row: Consultation) -> dict[str, Any]:
    items = [told for n in range(ITEMS) if (told := _item(n)) is not None]
    given: dict[str, Any] = {"minutes": request.form.get("minutes", "").replace("\r\n", "\n"), "consensus": items}
    left = lines("unresolved")
    return given | ({"unresolved": left} if left else {})


def _given_evaluate(row: Consultation) -> dict[str, Any]:
    picked = set(request.form.getlist("realised"))
    items = queries.items_of(unit.session(), [row.id])
    told = {str(item.place): str(item.place) in picked for item in items}
    return {"satisfaction": typed("satisfaction"), "realised": told}


def _plain(*names: str) -> Callable[[Consultation], dict[str, Any]]:
    return lambda _row: {name: request.form[name] for name in names if typed(name)}


_GIVEN: Mapping[str, Callable[[Consultation], dict[str, Any]]] = {
    "screen": lambda _row: {"scores": {name: _number(typed(name)) for name in codes.SCORES if typed(name)}},
    "drop": _plain("reason", "into"),
    "approve": _plain("authority"),
    "schedule": _given_schedule,
    "reschedule": _given_reschedule,
    "notify": _plain("research"),
    "postpone": _plain("reason"),
    "cancel": _plain("reason"),
    "hold": _given_hold,
    "minute": _given_minute,
    "evaluate": _given_evaluate,
}
USUAL = timedelta(hours=2)
