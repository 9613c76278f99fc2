"""Acts on a case that are no steps: notes, urging, linking, splitting, putting right. One small form each."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from casework.cases import codes, folders
from casework.cases.intake import DESCRIPTION_LENGTH, TITLE_LENGTH
from casework.core.errors import FieldError, Invalid, NotFound
from web.access import needs
from web.forms import field
from web.locales import locale, words
from web.pages import desks, once, options
from web.pages.cases import case_forms
from web.pages.cases.case_forms import Form, Typed, act_form, first
from web.pages.desks import Hand
from web.views import case_parts, fields, intake_form, reference, wording
from workflows import records
from workflows.cases import comments, mending, splitting, taking_back, urging

blueprint = Blueprint("acts", __name__)

MOST_PARTS = 4
_SUMMARY_LENGTH = mending.SUMMARY_LENGTH


# Notes and progress: the same thing, written from two places.


@blueprint.get("/cases/<number>/progress")
@needs("case.comment")
def show_progress(number: str) -> Response:
    """Show the form for a note on progress."""
    return case_forms.open_form(number, _progress, permission="case.comment")


@blueprint.post("/cases/<number>/progress")
@needs("case.comment")
@once.sent_once
def note_progress(number: str) -> Response:
    """Write a note on progress."""

    def do(hand: Hand) -> str:
        comments.comment(hand.session, hand.case, case_forms.texts("text"), **hand.acting())
        return words("act.progress.done")

    return case_forms.send_form(number, _progress, do)


def _progress(hand: Hand, typed: Typed) -> Form:
    made = [field("text", "act.progress.text", kind="textarea", rows=5, draft=True, value=first(typed, "text"))]
    made[0]["max"] = comments.TEXT_LENGTH
    return act_form(hand, "progress", made, path="progress")


@blueprint.post("/cases/<number>/comments")
@needs("case.comment")
@once.sent_once
def comment(number: str) -> Response:
    """Write a note from the page of a case or from the triage desk; in place, the card of notes is swapped."""
    if not desks.is_in_place():
        return case_forms.send_form(number, _comment, _comment_now)
    hand = desks.take(number, lock=True)
    _comment_now(hand)
    hand.drop_draft("comment")
    hand.session.flush()
    page = render_template("cases/_comments.html", comments=case_parts.comments_of(hand.again().desk()))
    return make_response(page)


def _comment_now(hand: Hand) -> str:
    comments.comment(hand.session, hand.case, case_forms.texts("text"), **hand.acting())
    return words("act.progress.done")


def _comment(hand: Hand, typed: Typed) -> Form:
    made = [field("text", "act.progress.text", kind="textarea", rows=3, draft=True, value=first(typed, "text"))]
    return act_form(hand, "comment", made, path="comments", asks_next=False)


@blueprint.get("/cases/<number>/urge")
@needs("case.urge")
def show_urge(number: str) -> Response:
    """Show the form that reminds the handling unit."""
    return case_forms.open_form(number, _urge, permission="case.urge")


@blueprint.post("/cases/<number>/urge")
@needs("case.urge")
@once.sent_once
def urge(number: str) -> Response:
    """Remind the handling unit."""

    def do(hand: Hand) -> str:
        text = request.form.get("text", "").strip()
        urging.urge(hand.session, hand.case, {"text": text} if text else {}, **hand.acting())
        return words("act.urge.done", org=reference.org_name(hand.case.lead_org_id))

    return case_forms.send_form(number, _urge, do)


@blueprint.post("/cases/<number>/urge/undo")
@needs("case.urge")
def take_back_urge(number: str) -> Response:
    """Take one's own urging back, where the unit knows nothing of it yet."""
    return case_forms.undone(number, taking_back.urge, words("act.urge.undone"))


def _urge(hand: Hand, typed: Typed) -> Form:
    value = first(typed, "text")
    made = [field("text", "act.urge.text", kind="textarea", rows=3, required=False, draft=True, value=value)]
    return act_form(hand, "urge", made, path="urge")


@blueprint.get("/cases/<number>/links/new")
@needs("case.link")
def show_link(number: str) -> Response:
    """Show the form that links a case."""
    return case_forms.open_form(number, _link, permission="case.link")


@blueprint.post("/cases/<number>/links/new")
@needs("case.link")
@once.sent_once
def link(number: str) -> Response:
    """Note that two cases belong together."""
    return case_forms.send_form(number, _link, _link_now)


def _link_now(hand: Hand) -> str:
    records.require(hand.actor, "case.link", hand.subject)
    wanted = request.form.get("to", "").strip() or request.form.get("to_text", "").strip().split(" ")[0]
    if not wanted:
        raise Invalid([FieldError("to", "required")])
    try:
        other = folders.take(hand.session, hand.actor, reference=wanted[:64], at=hand.at, lock=True).case
    except NotFound:
        raise Invalid([FieldError("to", "no_such_case")]) from None
    splitting.link(hand.session, hand.case, other, **hand.acting())
    return words("act.link.done", number=other.number)


def _link(hand: Hand, typed: Typed) -> Form:
    value = first(typed, "to")
    made = field("to", "act.link.to", kind="case", value=value, data_url=fields.CASES, label_value=value)
    return act_form(hand, "link", [made], path="links/new")


@blueprint.get("/cases/<number>/split")
@needs("case.split")
def show_split(number: str) -> Response:
    """Show the form that makes several cases of one report."""
    return case_forms.open_form(number, _split, permission="case.split")


@blueprint.post("/cases/<number>/split")
@needs("case.split")
@once.sent_once
def split(number: str) -> Response:
    """Make a case of each trouble that was written down."""

    def do(hand: Hand) -> str:
        parts = []
        for n in range(MOST_PARTS):
            title, text = request.form.get(f"title_{n}", "").strip(), request.form.get(f"text_{n}", "").strip()
            if title or text:
                parts.append({"title": title, "description": text.replace("\r\n", "\n")})
        try:
            made = splitting.split(hand.session, hand.case, {"parts": parts}, **hand.acting())
        except Invalid as mistake:
            raise Invalid([_of_part(each) for each in mistake.errors]) from mistake
        return words("act.split.done", numbers=wording.joined([each.number for each in made]))

    return case_forms.send_form(number, _split, do)


def _of_part(mistake: FieldError) -> FieldError:
    _, _, rest = mistake.field.partition("parts.")
    n, _, name = rest.partition(".")
    place = f"{'title' if name == 'title' else 'text'}_{n}" if n else "title_0"
    return FieldError(place, mistake.code, mistake.params)


def _split(hand: Hand, typed: Typed) -> Form:
    made = []
    for n in range(MOST_PARTS):
        title, text = first(typed, f"title_{n}"), first(typed, f"text_{n}")
        if n == 0 and not typed:
            title, text = hand.case.title, hand.case.description
        name = {"required": n == 0, "max": TITLE_LENGTH}
        made.append({**field(f"title_{n}", "act.split.title", value=title), **name, "label": _nth("title", n)})
        more = {"required": n == 0, "max": DESCRIPTION_LENGTH, "label": _nth("text", n), "rows": 3}
        made.append({**field(f"text_{n}", "act.split.text", kind="textarea", value=text), **more})
    return act_form(hand, "split", made, path="split")


def _nth(name: str, n: int) -> str:
    return words(f"act.split.{name}", n=n + 1)


# Putting right what was registered.

# Left empty, the reporter stays as they are: nobody has to lift the mask to mend a title.
_REPORTER = ("reporter_name", "reporter_phone")
_MENDED = ("title", "description", "category", "kind", "urgency", "region_code", "public_summary")


@blueprint.get("/cases/<number>/mend")
@needs("case.mend")
def show_mend(number: str) -> Response:
    """Show what can be put right."""
    return case_forms.open_form(number, _mend, permission="case.mend")


@blueprint.post("/cases/<number>/mend")
@needs("case.mend")
@once.sent_once
def mend(number: str) -> Response:
    """Put a case right; running clocks get the limit that now fits."""

    def do(hand: Hand) -> str:
        raw: dict[str, Any] = {
            name: request.form[name].replace("\r\n", "\n") for name in _MENDED if name in request.form
        }
        raw["region_code"] = options.place_typed("region_code") or hand.case.region_code
        if raw.get("category") == hand.case.category:
            # A new category has questions of its own, which this form could not show.
            raw["answers"] = intake_form.answers({**request.form, "category": hand.case.category})
        name, phone = (request.form.get(each, "").strip() for each in _REPORTER)
        if name or phone:
            raw["reporter"] = mending.completed(hand.session, hand.case, {"name": name, "phone": phone})
        before = hand.case.version
        try:
            mending.mend(hand.session, hand.case, raw, expected_version=desks.given_version(), **hand.acting())
        except Invalid as mistake:
            raise Invalid([replace(each, field=_field_of(each.field)) for each in mistake.errors]) from mistake
        return words("act.mend.done" if hand.case.version != before else "act.mend.same")

    return case_forms.send_form(number, _mend, do)


def _mend(hand: Hand, typed: Typed) -> Form:
    case = hand.case

    def value(name: str) -> str:
        return first(typed, name) if name in typed else str(getattr(case, name) or "")

    place = value("region_code")
    tops = [(each.code, each.label[locale()]) for each in reference.categories().values() if each.active]
    kinds = [(code, words(f"kind.{code}")) for code in codes.KINDS]
    haste = [(code, words(f"urgency.{code}")) for code in codes.URGENCIES]
    named = " ".join(reference.place_names(place)) or (words("place.whole_county") if len(place) == 6 else place)
    made = [
        {**field("title", "intake.title", value=value("title")), "max": TITLE_LENGTH},
        {**field("description", "intake.description", kind="textarea", value=value("description")), "rows": 6},
        field("category", "intake.category", kind="select", value=value("category"), options=tops),
        field("kind", "intake.kind", kind="select", value=value("kind"), options=kinds),
        field("urgency", "intake.urgency", kind="radio", value=value("urgency"), options=haste),
        field(
            "region_code", "intake.region_code", kind="place", value=place, data_url=fields.PLACES, label_value=named
        ),
        field(
            "public_summary",
            "act.mend.summary",
            kind="textarea",
            required=False,
            value=value("public_summary"),
            hint="act.mend.summary_hint",
            max=_SUMMARY_LENGTH,
            rows=3,
        ),
    ]
    asked = {f"{intake_form.ANSWER}{name}": _typed_answer(kept) for name, kept in case.answers.items()}
    asked |= {name: first(typed, name) for name in typed if name.startswith(intake_form.ANSWER)}
    made[-1:-1] = intake_form.question_fields(case.category, asked)
    made += [
        field(name, f"intake.{name}", required=False, value=first(typed, name), hint="act.mend.reporter_hint")
        for name in _REPORTER
    ]
    return act_form(hand, "mend", made, path="mend")


def _field_of(name: str) -> str:
    """Return the name that a field of the case has in the form."""
    family, dot, rest = name.partition(".")
    if family == "reporter":
        return f"reporter_{rest}" if dot else _REPORTER[0]
    return f"{intake_form.ANSWER}{rest}" if family == "answers" and dot else name


def _typed_answer(kept: Any) -> str:
    return str(int(kept)) if isinstance(kept, bool) else str(kept)
