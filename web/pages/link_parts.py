"""What the pages of members, households, links, money and projects share: tabs, lists, forms and records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for

from casework.core.errors import FieldError, Invalid, Refused, Stale
from casework.permissions import may_anywhere
from web import errors, frames, identity
from web.api.operations import Parameter
from web.forms import with_mistakes
from web.locales import words
from web.pages import once
from web.views import addresses, counting, link_words

ROOM = "links"
PAGE_SIZE = 50
Words = Mapping[str, Sequence[str]]
MONEY = "money"
ANNOUNCED = "announcements"
# By room: tab, its endpoint, and the permission that opens it.
_TABS: Mapping[str, Sequence[tuple[str, str, str]]] = {
    ROOM: (
        ("members", "members.show_list", "member.read"),
        ("households", "households.show_list", "household.read"),
        ("links", "links.show_list", "link.read"),
        ("leaders", "leaders.show_list", "leader.read"),
        ("due", "visits.show_due", "visit.due"),
        ("leads", "leads.show_list", "lead.read"),
        ("targets", "targets.show_list", "goal.read"),
        ("suggestions", "suggestions.show_list", "contribution.read"),
    ),
    MONEY: (
        ("funds", "funds.show_list", "fund.read"),
        ("fund_totals", "fund_totals.show", "fund.read"),
        ("projects", "projects.show_list", "project.read"),
        ("industries", "industries.show_list", "industry.read"),
        ("activities", "activities.show_list", "activity.read"),
    ),
    ANNOUNCED: (
        ("announcements", "announcements.show_list", "announcement.read"),
        ("trainings", "trainings.show_list", "activity.read"),
        ("duties", "duties.show_list", "duty.read"),
        ("experiences", "experiences.show_list", "activity.read"),
        ("slogans", "slogans.show_list", "slogan.read"),
    ),
}
_BESIDE = ("cursor",)
# By room: where the words of its lists begin in the catalogue, and those of its columns.
_WORDS: Mapping[str, tuple[str, str]] = {
    ROOM: ("links", "linked"),
    MONEY: ("money", "money.head"),
    ANNOUNCED: ("told", "told.head"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list shows, ready for links/list.html, but for what its address says."""

    code: str
    head: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    more: str | None
    total: int
    menus: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    told: Callable[[str, str], str]
    find: str | None = None
    buttons: Sequence[Mapping[str, str]] = ()
    note: Mapping[str, Any] | None = None
    room: str = ROOM
    # Where what is listed comes from, if nothing here makes it.
    ways: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form about one thing: where it goes, what it asks, and where one came from."""

    title: str
    url: str
    back: tuple[str, str]
    fields: Sequence[Mapping[str, Any]]
    submit: str
    danger: bool = False
    note: Mapping[str, Any] | None = None
    beside: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    method: str = "post"
    room: str = ROOM
    # Another way to send it: what its button says, and where it goes.
    other: Mapping[str, str] | None = None
    # Where what stands in it is kept by itself while it is written, and when that was last done.
    draft_url: str | None = None
    saved: str = ""


def tabs(current: str, room: str = ROOM) -> list[dict[str, Any]]:
    """Return the tabs of a room that the caller may open."""
    actor = identity.actor()
    return [
        {
            "label": words(f"{_WORDS[room][0]}.tab.{code}"),
            "n": None,
            "url": url_for(endpoint),
            "current": code == current,
        }
        for code, endpoint, needed in _TABS[room]
        if may_anywhere(actor, needed)
    ]


def asked_words(known: Sequence[Parameter]) -> dict[str, list[str]]:
    """Return what the address narrows a list to; what no filter is called is left out, and so is what is empty."""
    names = {each.name for each in known} | set(_BESIDE)
    found = {name: [value for value in values if value] for name, values in request.args.lists() if name in names}
    return {name: values for name, values in found.items() if values}


def without_wrong(mistake: Invalid, asked: Words) -> Response:
    """Lead to the list without the conditions that mean nothing (any more), rather than to a wall.

    Raises:
        Invalid: what is wrong is none of them.
    """
    left = addresses.without(asked, *(each.field for each in mistake.errors))
    if len(left) == len(asked):
        raise mistake
    return make_response(redirect(request.path + addresses.query(left)))


def list_page(asked: Words, listed: Listed) -> Response:
    """Answer with a list as its address narrows it."""
    base = addresses.without(asked, *_BESIDE)
    said, head = _WORDS[listed.room]
    conditions = [name for name in base if name != listed.find]
    chips = [
        {
            "text": words(
                "filter.is",
                name=words(f"{said}.filter.{name}"),
                value=" ".join(listed.told(name, value) for value in values),
            ),
            "remove_url": addresses.query(addresses.without(base, name)),
        }
        for name, values in base.items()
    ]
    find = None
    if listed.find is not None:
        kept = [{"name": name, "value": value} for name in conditions for value in base[name]]
        label = words(f"{said}.filter.{listed.find}")
        find = {"name": listed.find, "value": next(iter(base.get(listed.find, ())), ""), "label": label, "kept": kept}
        find["placeholder"] = words(f"{said}.find.{listed.find}")
    frame, title = counting.framed(listed.room), words(f"{said}.tab.{listed.code}")
    return make_response(
        render_template(
            "links/list.html",
            frame=frame,
            title=title,
            tabs=tabs(listed.code, listed.room),
            tabs_label=words(f"{said}.tabs"),
            find=find,
            chips=chips,
            menus=[
                _menu(base, words(f"{said}.filter.{name}"), name, options) for name, options in listed.menus if options
            ],
            clear_url=request.path,
            total_text=words("links.total", n=listed.total),
            note=listed.note,
            buttons=listed.buttons,
            head=[words(f"{head}.{each}") for each in listed.head],
            rows=listed.rows,
            nothing=words(f"{said}.nothing.{listed.code}"),
            first=_first(title, listed.buttons or listed.ways, frame["rooms"]),
            pager_data=_pager(asked, listed),
        )
    )


def _first(what: str, buttons: Sequence[Mapping[str, str]], rooms: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what an empty list says to whom may fill it, one by one or from a ledger, and to others."""
    ledgers = (
        [link_words.act("links.first.ledgers", room["url"]) for room in rooms if room["code"] == "ledgers"]
        if buttons
        else []
    )
    return {
        "title": words("links.first.title", what=what),
        "text": words("links.first.yours" if buttons else "links.first.theirs"),
        "buttons": [*buttons, *ledgers],
    }


def _menu(base: Words, label: str, name: str, options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    chosen = base.get(name, ())
    return {
        "label": label,
        "options": [
            {"text": text, "url": addresses.changed(base, **{name: value}), "current": value in chosen}
            for value, text in options
        ],
    }


def _pager(asked: Words, listed: Listed) -> dict[str, Any] | None:
    if listed.more is None and "cursor" not in asked:
        return None
    base = addresses.without(asked, *_BESIDE)
    return {
        "text": words("links.page", n=len(listed.rows)),
        "prev_url": addresses.query(base) if "cursor" in asked else None,
        "next_url": None if listed.more is None else addresses.changed(base, cursor=listed.more),
    }


def form_page(
    form: Form, *, mistakes: Sequence[FieldError] = (), said: str | None = None, status: int = 200
) -> Response:
    """Answer with a form; mistakes stand at their fields, and what is no field's on top."""
    fields = [*form.fields, *([once.field(once.given_number())] if form.method == "post" else [])]
    shown, summary = with_mistakes(fields, mistakes)
    page = render_template(
        "links/form.html",
        frame=counting.framed(form.room),
        title=form.title,
        crumb={"text": form.back[0], "url": form.back[1]},
        note=form.note,
        said=said,
        form={
            "url": form.url,
            "fields": shown,
            "errors": summary,
            "submit": form.submit,
            "danger": form.danger,
            "method": form.method,
            "other": form.other,
            "draft_url": form.draft_url,
            "saved": form.saved,
        },
        beside=form.beside,
    )
    return make_response(page, status)


def record_page(title: str, back: tuple[str, str], *, room: str = ROOM, **context: Any) -> Response:
    """Answer with the page of one record; see links/show.html."""
    empty: dict[str, Any] = {
        "chips": [],
        "buttons": [],
        "undo": None,
        "facts": [],
        "sections": [],
        "history": None,
        "attachments": None,
    }
    crumb = {"text": back[0], "url": back[1]}
    return make_response(
        render_template(
            "links/show.html", frame=counting.framed(room), title=title, crumb=crumb, **{**empty, **context}
        )
    )


def try_it(act: Callable[[], Response], again: Callable[..., Response]) -> Response:
    """Do what a form asks; if it cannot be done, show the form again with what was typed and why."""
    try:
        return act()
    except Invalid as mistake:
        return again(mistakes=mistake.errors, status=422)
    except Refused as refused:
        return again(said=errors.sentences(refused.refusals), status=409)
    except Stale:
        # The form comes back with the version that now stands: who has seen this presses once more, or leaves.
        return again(said=words("links.stale"), status=409)


def sent(*names: str) -> dict[str, Any]:
    """Return the fields of a form as the entries read them: what was left empty is given as empty."""
    return {name: request.form.get(name, "") for name in names}


def sent_or_left(*names: str) -> dict[str, Any]:
    """Return the fields of a form that were filled in; what was left empty stays as it is."""
    return {name: request.form[name] for name in names if request.form.get(name, "").strip()}


def done(code: str, url: str) -> Response:
    """Say that it is done on the next page, and lead there."""
    frames.say(words(code))
    return led_to(url)


def led_to(url: str) -> Response:
    """Lead on to a page after something was done."""
    return make_response(redirect(url, 303))
