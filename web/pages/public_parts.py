"""What the villagers' pages show, in the shapes of web/templates/public: words, days and steps, nobody's name."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from flask import url_for

from casework.cases import stop_texts
from casework.cases.public_reports import TOPIC
from casework.cases.tables import PublicReport
from casework.core.database import Session
from casework.core.errors import FieldError
from casework.registry import categories, office_settings
from casework.registry import queries as registry
from web import frames, unit
from web.forms import field, with_mistakes
from web.locales import BABEL_LOCALES, local, locale, words
from workflows.cases.public_intake import Standing, Step

TRAP = "website"
_WORDS_ROWS = 4


def bare() -> dict[str, Any]:
    """Return the frame of the villagers' pages."""
    with unit.looking() as session:
        phone = office_settings.value_of(session, office_settings.PUBLIC_PHONE)
    return {
        **frames.bare(),
        "title": words("public.title"),
        "home_url": url_for("public.index"),
        "lookup_url": url_for("public.look_up"),
        "feedback_url": None,
        "phone_text": phone or None,
    }


def report_form(
    typed: Mapping[str, str], mistakes: Sequence[FieldError], *, likely: str | None, via: str
) -> dict[str, Any]:
    """Return the form as it was filled in, with every mistake beside its field and the likely place."""
    with unit.looking() as session:
        options = [(each.code, each.label[locale()]) for each in categories.first_level(session)]
        place, suggest = _place(session, typed.get("place", ""), likely)
    fields, summary = with_mistakes(
        [
            field("subject", "public.subject", value=typed.get("subject"), options=options),
            field(
                "words", "public.words", kind="textarea", value=typed.get("words"), hint="public.words_hint",
                rows=_WORDS_ROWS,
            ),
            field(
                "place", "public.place", kind="place", hint="public.place_hint", value=place["code"],
                label_value=place["label"], data_url=url_for("public.find_places"), suggest=suggest,
            ),
            field("name", "public.name", value=typed.get("name")),
            field("phone", "public.phone", kind="tel", value=typed.get("phone"), hint="public.phone_hint"),
            field("photos", "public.photos"),
            field(TRAP, "public.trap"),
        ],
        mistakes,
    )  # fmt: skip
    by_name = {each["name"]: each for each in fields}
    is_topic = typed.get("wish") == TOPIC
    if is_topic:
        by_name["words"] |= {"label": words("public.topic_words"), "hint": words("public.topic_words_hint")}
    # Name and telephone share one line under which there is room for one sentence.
    by_name["phone"]["error"] = by_name["phone"]["error"] or by_name["name"]["error"]
    form = {
        "url": url_for("public.send", via=via),
        "errors": summary,
        **{name: by_name[name] for name in ("subject", "words", "place", "name", "phone", "photos")},
        "trap": TRAP,
        "wish": TOPIC if is_topic else None,
        "stop_url": url_for("public.stop"),
    }
    return {
        "bare": bare(),
        "form": form,
        # What to know before reporting a difficulty is nothing to know before proposing a topic.
        "stop": None if is_topic else stop(typed.get("subject", "")),
        "consent_text": words("public.consent"),
    }


def _place(session: Session, typed: str, likely: str | None) -> tuple[dict[str, str], dict[str, str] | None]:
    names = registry.region_names(session, [code for code in (typed, likely) if code and code.isdigit()])
    suggest = {"value": likely, "label": "".join(names.get(likely, ()))} if likely else None
    known = "".join(names.get(typed, ()))
    return {"code": typed if known else "", "label": known or typed}, suggest


def stop(subject: str) -> dict[str, Any] | None:
    """Return what to know about a subject before typing, if there is anything."""
    found = stop_texts.stops().get(subject)
    if found is None:
        return None
    tongue = locale()
    return {
        "strong": words("public.stop"),
        "spans": [
            {"text": found.before[tongue]},
            {"text": found.who[tongue], "strong": True},
            {"text": found.after[tongue]},
        ],
        "calls": [{"text": call.text[tongue], "tel": call.tel} for call in found.calls],
    }


def told(mistakes: Sequence[FieldError]) -> list[str]:
    """Return mistakes as sentences."""
    return [words(f"field.{each.code}", **each.params) for each in mistakes]


def title_of(session: Session, report: PublicReport) -> tuple[str, str]:
    """Return what a report is about and where, without a word of it."""
    subject = categories.label_of(session, report.category)[locale()]
    place = "".join(registry.region_names(session, [report.region_code])[report.region_code])
    return subject, place


def found(session: Session, report: PublicReport, standing: Standing, *, code: str) -> dict[str, Any]:
    """Return what the holder of a code sees of a report."""
    title, place = title_of(session, report)
    answer = standing.answer
    reply = None
    if answer is not None:
        review = day(answer.review_on) if answer.review_on else ""
        known = f"public.class.{answer.result_class}"
        reply = {
            "unit": answer.unit,
            "on": frames.told(local(answer.at).date()),
            "class_text": words(f"{known}_review", day=review) if review else words(known),
            "text": words("public.reply_by_phone"),
        }
    return {
        "title": title, "place": place, "code": code, "road": road(standing, report), "reply": reply,
        "rate": None, "add": None,
    }  # fmt: skip


def road(standing: Standing, report: PublicReport) -> dict[str, Any]:
    """Return the steps of a report with their days."""
    rows = [_step(step, report.category) for step in standing.steps]
    if standing.waits_until is not None:
        now = next((row for row in rows if row["state"] == "now"), rows[-1])
        now["text"] = words("public.suspended", day=day(standing.waits_until))
    return {"when": frames.told_instant(report.created_at), "rows": rows}


def next_address(category: str) -> str:
    """Return whom to turn to with what this office does not take, in the reader's language."""
    return words("public.or").join(stop_texts.next_address(category)[locale()])


def _step(step: Step, category: str) -> dict[str, Any]:
    if step.at is not None:
        when = frames.told_instant(step.at)
    elif step.by is not None:
        when = words("public.at_latest", day=frames.told(step.by))
    else:
        when = words(f"public.when.{step.code}") if step.state != "done" and step.code in _USUAL else ""
    text = step.text or (words("public.unit", unit=step.unit) if step.unit else None)
    row = {"label": words(f"public.step.{step.code}"), "state": step.state, "when": when, "text": text, "next": None}
    if step.code == "declined":
        # Whatever was written: nobody is sent away without an address (features.md §2, 20).
        row["text"] = step.text or words("public.declined_text")
        row["next"] = words("public.next_address", who=next_address(category))
    return row


_USUAL = ("contacted", "answered", "weighed")


def day(value: date | datetime) -> str:
    """Say a day with its weekday."""
    if locale() == "en":
        return str(format_date(value, "EEE, MMM d", locale=BABEL_LOCALES["en"]))
    return words("public.day", day=frames.told(value), weekday=format_date(value, "EEE", locale=BABEL_LOCALES["zh"]))
