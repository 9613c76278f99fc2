"""One way to show a form about a case, to judge what was sent, and to go on afterwards: every act on a case uses it.

What somebody has typed is never thrown away: a mistake, a rule against it or a change made meanwhile shows the same
form again with the same words in it, and says what stands in the way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask import session as form_session

from casework.cases import dossiers
from casework.core.errors import FieldError, Invalid, Refusal, Refused, Stale
from casework.permissions import Subject
from web import errors, frames, unit
from web.locales import words
from web.pages import beside, once
from web.pages.desks import Hand, take
from web.views import chips, counting, fields, histories, wording
from web.views.acts import case_url
from workflows import records

Typed = Mapping[str, Sequence[str]]
STAY, NEXT, BACK = "stay", "next", "list"
_AFTER, _LIST = "after", "list"


@dataclass(frozen=True, slots=True)
class Form:
    """A form about a case. `name` is its draft's; `beside` what stands to its right (shapes of cases/move.html)."""

    name: str
    title: str
    url: str
    submit: str
    fields: Sequence[Mapping[str, Any]]
    danger: bool = False
    who: str = ""
    request: Mapping[str, Any] | None = None
    effect: Sequence[Mapping[str, Any]] = ()
    snippets: Sequence[Mapping[str, Any]] | None = None
    warnings: Sequence[Mapping[str, Any]] = ()
    asks_next: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)


# What was written, and what is said about it.
Kept = tuple[Mapping[str, Any], str]
Maker = Callable[[Hand, Typed], Form]


def sent() -> dict[str, list[str]]:
    """Return what was sent, each name with its values; the words of a combobox without its code stand in for it."""
    typed = {name: list(values) for name, values in request.form.lists()}
    for name, values in list(typed.items()):
        bare = name.removesuffix("_text")
        if bare != name and not any(typed.get(bare, ())):
            typed[bare] = values
    return typed


def first(typed: Typed, name: str) -> str:
    """Return what was typed in a field; nothing where there was none."""
    return next(iter(typed.get(name, ())), "")


def texts(*names: str) -> dict[str, str]:
    """Return long texts as they were sent, their lines ended as we end them."""
    return {name: request.form.get(name, "").replace("\r\n", "\n") for name in names}


def act_form(hand: Hand, name: str, made: Sequence[Mapping[str, Any]], *, path: str, **more: Any) -> Form:
    """Return the form of an act that is no step; its words are in the catalogue under `act.{name}`."""
    return Form(
        name=name,
        title=words(f"act.{name}"),
        url=f"{case_url(hand.case)}/{path}",
        submit=words(f"act.{name}.submit"),
        fields=made,
        who=hand.actor.name,
        **more,
    )


def open_form(
    number: str,
    make: Maker,
    *,
    permission: str | None = None,
    handed: Callable[[Hand], Kept | None] | None = None,
) -> Response:
    """Show an empty form, or what the caller had begun to write in it, or what was `handed` in for them to sign.

    With a `permission` only to who has it: a form nobody may send is not shown.
    """
    hand = take(number)
    if permission is not None:
        records.require(hand.actor, permission, hand.subject)
    empty = make(hand, {})
    kept, saved = beside.draft_of(hand.session, empty.name, hand.case.id)
    if not kept and handed is not None:
        kept, saved = handed(hand) or (kept, saved)
    typed = {name: [value] if isinstance(value, str) else list(value) for name, value in kept.items()}
    given = {name: values for name, values in request.args.lists() if name != "do"}
    return show(hand, make(hand, {**given, **typed}) if typed or given else empty, saved=saved)


def send_form(number: str, make: Maker, do: Callable[[Hand], str | None]) -> Response:
    """Do what was asked for and go on; or show the form again with what is against it.

    `do` gets the locked case and returns what is said afterwards.
    """
    hand = take(number, lock=True)
    typed = sent()
    try:
        said = do(hand)
    except Invalid as mistake:
        return show(hand, make(hand, typed), mistakes=mistake.errors, status=422)
    except Stale as stale:
        return show(hand, make(hand, typed), notes=_changed(hand, since=stale.expected), status=409)
    except Refused as refused:
        return show(hand, make(hand, typed), notes=against(refused.refusals), status=409)
    except Look as cautions:
        return show(hand, make(hand, typed), notes=cautions.notes, ack=True, status=409)
    form = make(hand, typed)
    hand.drop_draft(form.name)
    if said:
        frames.say(said, undo_url=undo_url(hand, form.name))
    return make_response(redirect(_onward(hand), 303))


def undo_url(hand: Hand, name: str) -> str | None:
    """Return the address that takes an act back at once; what cannot be taken back has none."""
    if name == "move.assign":
        return url_for("triage.recall", number=hand.case.number)
    more = {"move.merge": "moves/unmerge", "urge": "urge/undo", "extend": "extensions/undo"}.get(name)
    return None if more is None else f"{case_url(hand.case)}/{more}"


def undone(number: str, take_back: Callable[..., object], said: str) -> Response:
    """Take an act back and go to its case; or say there why it cannot be taken back any more."""
    hand = take(number, lock=True)
    try:
        take_back(hand.session, hand.case, {}, **hand.acting())
    except Refused as refused:
        said = errors.sentences(refused.refusals)
    frames.say(said)
    return make_response(redirect(case_url(hand.case), 303))


class Look(Exception):
    """Something should be looked at before this is done; ticking it away does it."""

    def __init__(self, notes: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("look first")
        self.notes = list(notes)


def show(
    hand: Hand,
    form: Form,
    *,
    mistakes: Sequence[FieldError] = (),
    notes: Sequence[Mapping[str, Any]] = (),
    ack: bool = False,
    saved: str = "",
    status: int = 200,
) -> Response:
    """Show a form about a case."""
    case = hand.case
    asked = [*form.fields, *([_after_field()] if form.asks_next and _numbers() else [])]
    shown, summary = fields.with_mistakes([once.field(once.given_number()), *asked], mistakes)
    move = {
        "title": form.title,
        "url": form.url,
        "case_url": case_url(case),
        "case": {
            "number": case.number,
            "number_short": wording.short_number(case.number),
            "title": case.title,
            "state": chips.state_chip(case),
        },
        "version": case.version,
        "fields": shown,
        "errors": summary,
        "draft_url": f"/drafts/{form.name}/{case.id}",
        "saved": saved,
        "warnings": [*notes, *form.warnings],
        "warnings_title": None,
        "ack": ack,
        "submit": {"label": form.submit, "busy": words("form.busy"), "danger": form.danger},
        "who": form.who,
    }
    page = render_template(
        "cases/move.html",
        frame=counting.framed("cases"),
        move=move,
        request=form.request,
        effect=form.effect,
        snippets=form.snippets,
        conflict=None,
        **form.more,
    )
    return make_response(page, status)


def against(refusals: Sequence[Refusal]) -> list[dict[str, Any]]:
    """Return rules that stand against something as notes."""
    return [_note("red", each["message"]) for each in errors.reasons(refusals)]


def _changed(hand: Hand, *, since: int) -> list[dict[str, Any]]:
    """Say who has changed the case since the form was made, and what they did."""
    link = {"text": words("form.look_at_case"), "url": case_url(hand.case)}
    return changes(hand.case, hand.subject, since=since, link=link)


def changes(matter: Any, subject: Subject, *, since: int, link: Mapping[str, str]) -> list[dict[str, Any]]:
    """Say who has changed a matter since a version of it, and what they did."""
    told = dossiers.history(unit.session(), matter.id, after=since)
    entries = histories.teller(matter, subject=subject).entries(told)
    made = [_note("amber", words("form.changed"), words("form.changed_text"), link)]
    for entry in entries[:5]:
        sentence = f"{entry.actor} {entry.verb or ''}{entry.text or ''}"
        made.append(_note("grey", words("form.changed_by", when=entry.when, sentence=sentence), entry.sub))
    return made


def _note(tone: str, strong: str, text: str | None = None, link: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {"tone": tone, "strong": strong, "text": text, "link": link, "icon": None}


def caution(strong: str, text: str | None = None, link: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return something to look at before it is sent."""
    return {**_note("amber", strong, text, link), "icon": "exclamation-triangle-fill"}


def remember_list(query: str, numbers: Sequence[str]) -> None:
    """Remember in this browser which list is being worked through, and in what order."""
    stem = _stem(numbers)
    kept = {"q": query, "stem": stem, "n": ",".join(each.removeprefix(stem) for each in numbers)}
    # A list that is looked at again is not signed and sent again.
    if form_session.get(_LIST) != kept:
        form_session[_LIST] = kept


def list_url() -> str:
    """Return the list that is being worked through."""
    kept = form_session.get(_LIST)
    return f"/cases{kept['q']}" if isinstance(kept, dict) and kept.get("q") else "/cases"


def _numbers() -> list[str]:
    kept = form_session.get(_LIST)
    if not isinstance(kept, dict) or not kept.get("n"):
        return []
    return [f"{kept.get('stem', '')}{each}" for each in str(kept["n"]).split(",")]


def _stem(numbers: Sequence[str]) -> str:
    stem = numbers[0] if numbers else ""
    for each in numbers:
        while not each.startswith(stem):
            stem = stem[:-1]
    return stem


def _after_field() -> dict[str, Any]:
    """Return the choice where to go afterwards; each browser remembers the last one."""
    return {
        "name": "after",
        "label": words("form.after"),
        "kind": "radio",
        "required": True,
        "value": request.form.get("after") or form_session.get(_AFTER, STAY),
        "options": [{"value": code, "label": words(f"form.after.{code}")} for code in (STAY, NEXT, BACK)],
    }


def _onward(hand: Hand) -> str:
    """Return where to go on: this case, the next of the list, or the list."""
    chosen = request.form.get("after", STAY)
    if chosen in (STAY, NEXT, BACK) and "after" in request.form:
        form_session[_AFTER] = chosen
    here, numbers = hand.case.number, _numbers()
    if chosen == NEXT and here in numbers[:-1]:
        return f"/cases/{numbers[numbers.index(here) + 1]}"
    if chosen in (NEXT, BACK):
        return list_url()
    return case_url(hand.case)
