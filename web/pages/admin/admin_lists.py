"""Lists the office keeps: who handles what where, pieces of reply text, categories, and its own switches."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from casework.cases import assignment_rules, codes, snippets
from casework.cases.tables import AssignmentRule, Snippet
from casework.core.errors import FieldError, Invalid
from casework.permissions import may_anywhere
from casework.registry import audit, categories, ledgers, office_settings, upkeep
from casework.registry import queries as registry
from casework.registry.tables import Category
from web import frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import locale, words
from web.pages import options
from web.pages.admin.admin_parts import act, cell, page, tabs

blueprint = Blueprint("admin_lists", __name__)

_WRITE, _SETTINGS = "registry.write", "settings.change"
# Comma, enumeration comma, semicolon and line end, in both widths, part words as a blank does.
_SEPARATORS = str.maketrans(dict.fromkeys(map(chr, (0x2C, 0x3B, 0x3001, 0xFF0C, 0xFF1B, 0x0A, 0x0D)), " "))
_KEYWORDS_SHOWN = 12
# What a petition or a report without a better one falls into (contract.md `casework import`).
_FALLBACK = "other"


@blueprint.get("/admin/rules")
@needs(_WRITE, anywhere=True)
def show_rules() -> Response:
    """Show which unit is proposed for which category and place."""
    return _rules()


@blueprint.post("/admin/rules")
@needs(_WRITE, anywhere=True)
def keep_rule() -> Response:
    """Keep a rule."""
    try:
        sent = {
            "category": request.form.get("category"),
            "region": options.place_typed("region"),
            "org": options.org_typed("org"),
            "route": request.form.get("route"),
        }
        assignment_rules.put(unit.session(), sent, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _rules(mistake.errors, status=422)
    return _kept("admin_lists.show_rules")


@blueprint.post("/admin/rules/<uuid:rule_id>/drop")
@needs(_WRITE, anywhere=True)
def drop_rule(rule_id: UUID) -> Response:
    """Take a rule away."""
    assignment_rules.drop(unit.session(), rule_id, actor=identity.actor(), at=unit.at())
    return _kept("admin_lists.show_rules")


@blueprint.get("/admin/snippets")
@needs(_WRITE, anywhere=True)
def show_snippets() -> Response:
    """Show the pieces of reply text."""
    return _snippets()


@blueprint.post("/admin/snippets")
@needs(_WRITE, anywhere=True)
def keep_snippet() -> Response:
    """Keep a piece."""
    session, county = unit.session(), unit.office().settings.region
    sent = {name: request.form.get(name) for name in ("title", "body", "category", "valid_from", "valid_to")}
    try:
        row = snippets.add(session, sent, region=county, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _snippets(mistake.errors, status=422)
    facts = {"snippet": str(row.id), "title": row.title}
    audit.record(session, event="snippet.kept", actor=identity.actor(), at=unit.at(), facts=facts)
    return _kept("admin_lists.show_snippets")


@blueprint.post("/admin/snippets/<uuid:snippet_id>/end")
@needs(_WRITE, anywhere=True)
def end_snippet(snippet_id: UUID) -> Response:
    """Let a piece be used no more from tomorrow on."""
    snippets.end(unit.session(), snippet_id=snippet_id, on=unit.today())
    facts = {"snippet": str(snippet_id)}
    audit.record(unit.session(), event="snippet.ended", actor=identity.actor(), at=unit.at(), facts=facts)
    return _kept("admin_lists.show_snippets")


@blueprint.get("/admin/categories")
@needs(_WRITE, anywhere=True)
def show_categories() -> Response:
    """Show the categories, those switched off too."""
    return _categories(request.args.get("code"))


@blueprint.post("/admin/categories/<path:code>")
@needs(_WRITE, anywhere=True)
def mend_category(code: str) -> Response:
    """Change what a category is called, by which words it is known, whether it is in use."""
    row: Category = ledgers.get(unit.session(), Category, code, lock=True)
    sent = request.form
    raw = {
        "label_zh": sent.get("label_zh"),
        "label_en": sent.get("label_en"),
        "keywords": list(dict.fromkeys(sent.get("keywords", "").translate(_SEPARATORS).split())),
        "active": sent.get("active") == "1",
    }
    version = sent.get("version", "")
    expected = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
    try:
        if not raw["active"] and code == _FALLBACK:
            raise Invalid([FieldError("active", "category_is_last")])
        upkeep.mend(unit.session(), row, raw, actor=identity.actor(), at=unit.at(), expected_version=expected)
    except Invalid as mistake:
        return _categories(code, mistake.errors, status=422)
    return _kept("admin_lists.show_categories")


@blueprint.get("/admin/settings")
@needs(_SETTINGS, anywhere=True)
def show_settings() -> Response:
    """Show the office's switches."""
    return _settings()


@blueprint.post("/admin/settings")
@needs(_SETTINGS, anywhere=True)
def change_settings() -> Response:
    """Turn them."""
    given = {
        office_settings.PUBLIC_PAGE: request.form.get("public_page") == "1",
        office_settings.PUBLIC_TOPICS: request.form.get("public_topics") == "1",
        office_settings.PUBLIC_PHONE: request.form.get("public_phone", ""),
    }
    try:
        office_settings.change(unit.session(), given, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _settings(mistake.errors, status=422)
    return _kept("admin_lists.show_settings")


def _kept(endpoint: str) -> Response:
    frames.say(words("admin.kept"))
    return make_response(redirect(url_for(endpoint), 303))


def _form(
    endpoint: str, title: str, fields: Sequence[Mapping[str, Any]], mistakes: Sequence[FieldError], **values: Any
) -> dict[str, Any]:
    shown, summary = with_mistakes(fields, mistakes)
    url = url_for(endpoint, **values)
    return {"url": url, "title": words(title), "fields": shown, "errors": summary, "submit": words("admin.save")}


def _table(code: str, heads: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "caption": words(f"admin.tab.{code}"),
        "head": [words(f"admin.head.{each}") for each in heads],
        "rows": rows,
        "nothing": words("admin.nothing"),
    }


def _category_options() -> list[tuple[str, str]]:
    return [(each.code, each.label[locale()]) for each in categories.first_level(unit.session())]


def _rules(mistakes: Sequence[FieldError] = (), *, status: int = 200) -> Response:
    session, sent = unit.session(), request.form if mistakes else {}
    rules = assignment_rules.listed(session, identity.actor())
    orgs = registry.orgs_by_id(session, [rule.org_id for rule in rules])
    places = registry.region_names(session, [rule.region for rule in rules])

    def row(rule: AssignmentRule) -> dict[str, Any]:
        drop = act("admin.drop", url_for("admin_lists.drop_rule", rule_id=rule.id), method="post")
        return {
            "cells": [
                cell(categories.label_of(session, rule.category)[locale()]),
                cell("".join(places[rule.region]), sub=rule.region),
                cell(orgs[rule.org_id].name, sub=orgs[rule.org_id].code),
                cell(words(f"admin.route.{rule.route}")),
            ],
            "acts": [drop],
        }

    routes = [(code, words(f"admin.route.{code}")) for code in codes.ROUTES]
    fields = [
        field(
            "category", "admin.head.category", kind="select", value=sent.get("category"), options=_category_options()
        ),
        field(
            "region", "admin.rule_region", kind="place", value=sent.get("region"), hint="admin.rule_region_hint",
            label_value=sent.get("region_text"), data_url=url_for("options.offer_places"),
        ),
        field(
            "org", "admin.rule_org", kind="org", value=sent.get("org"), hint="admin.rule_org_hint",
            label_value=sent.get("org_text"), data_url=url_for("options.offer_orgs"),
        ),
        field("route", "admin.head.route", kind="select", value=sent.get("route", "two_offices"), options=routes),
    ]  # fmt: skip
    shown = page(
        "calendar",
        title=words("admin.tab.rules"),
        tabs=tabs("rules"),
        form=_form("admin_lists.keep_rule", "admin.rule_new", fields, mistakes),
        table=_table("rules", ("category", "place", "org", "route"), [row(each) for each in rules]),
    )
    return make_response(shown, status)


def _snippets(mistakes: Sequence[FieldError] = (), *, status: int = 200) -> Response:
    session, sent = unit.session(), request.form if mistakes else {}

    def row(piece: Snippet) -> dict[str, Any]:
        ended = piece.valid_to is not None and piece.valid_to <= unit.today()
        end = act("admin.end", url_for("admin_lists.end_snippet", snippet_id=piece.id), method="post")
        kind = categories.label_of(session, piece.category)[locale()] if piece.category else words("admin.every")
        days = [day.isoformat() if day else words("admin.open_end") for day in (piece.valid_from, piece.valid_to)]
        return {
            "cells": [
                cell(piece.title, sub=piece.body),
                cell(kind),
                cell(" – ".join(days)),
                cell("", chip=("outline" if ended else "green", words("admin.ended" if ended else "admin.in_use"))),
            ],
            "acts": [] if ended else [end],
        }

    fields = [
        field("title", "admin.snippet_title", value=sent.get("title"), max=snippets.TITLE_LENGTH),
        field(
            "category", "admin.head.category", kind="select", required=False, value=sent.get("category"),
            options=_category_options(),
        ),
        field("body", "admin.snippet_body", kind="textarea", value=sent.get("body"), rows=4, wide=True),
        field("valid_from", "admin.valid_from", kind="date", required=False, value=sent.get("valid_from")),
        field("valid_to", "admin.valid_to", kind="date", required=False, value=sent.get("valid_to")),
    ]  # fmt: skip
    rows = [row(each) for each in snippets.listed(session, region=unit.office().settings.region)]
    shown = page(
        "calendar",
        title=words("admin.tab.snippets"),
        tabs=tabs("snippets"),
        form=_form("admin_lists.keep_snippet", "admin.snippet_new", fields, mistakes),
        table=_table("snippets", ("snippet", "category", "days", "state"), rows),
    )
    return make_response(shown, status)


def _categories(code: str | None, mistakes: Sequence[FieldError] = (), *, status: int = 200) -> Response:
    rows = categories.listed(unit.session())
    chosen = next((row for row in rows if row.code == code), None)

    def row(each: Category) -> dict[str, Any]:
        state = ("green", "admin.in_use") if each.active else ("outline", "admin.off")
        shown = " ".join(each.keywords[:_KEYWORDS_SHOWN])
        return {
            "cells": [
                cell(each.label_zh, sub=each.label_en),
                cell(each.code),
                cell(shown),
                cell("", chip=(state[0], words(state[1]))),
            ],
            "acts": [act("admin.mend", url_for("admin_lists.show_categories", code=each.code))],
        }

    shown = page(
        "calendar",
        title=words("admin.tab.categories"),
        tabs=tabs("categories"),
        form=_category_form(chosen, mistakes) if chosen is not None else None,
        table=_table("categories", ("label", "code", "keywords", "state"), [row(each) for each in rows]),
    )
    return make_response(shown, status)


def _category_form(row: Category, mistakes: Sequence[FieldError]) -> dict[str, Any]:
    sent: Mapping[str, Any] = request.form if mistakes else {}
    keywords = sent.get("keywords", " ".join(row.keywords))
    fields = [
        field("label_zh", "admin.label_zh", value=sent.get("label_zh", row.label_zh)),
        field("label_en", "admin.label_en", value=sent.get("label_en", row.label_en)),
        field(
            "keywords", "admin.keywords", kind="textarea", required=False, value=keywords, wide=True, rows=3,
            hint="admin.keywords_hint",
        ),
        field("active", "admin.active", kind="bool", required=False, value=row.active),
        field("version", "admin.active", kind="hidden", value=row.version),
    ]  # fmt: skip
    return _form("admin_lists.mend_category", "admin.category_mend", fields, mistakes, code=row.code)


def _settings(mistakes: Sequence[FieldError] = (), *, status: int = 200) -> Response:
    session, sent = unit.session(), request.form if mistakes else {}
    is_on = bool(office_settings.value_of(session, office_settings.PUBLIC_PAGE))
    phone = sent.get("public_phone", office_settings.value_of(session, office_settings.PUBLIC_PHONE))
    fields = [
        field(
            "public_page", "admin.public_page", kind="bool", required=False, value=is_on, hint="admin.public_page_hint"
        ),
        field(
            "public_topics",
            "admin.public_topics",
            kind="bool",
            required=False,
            value=bool(office_settings.value_of(session, office_settings.PUBLIC_TOPICS)),
            hint="admin.public_topics_hint",
        ),
        field("public_phone", "admin.public_phone", required=False, value=phone, hint="admin.public_phone_hint"),
    ]
    form = _form("admin_lists.change_settings", "admin.tab.settings", fields, mistakes)
    form["links"] = [{"text": words("admin.poster"), "url": url_for("public.poster")}]
    if is_on:
        form["links"].append({"text": words("admin.public_look"), "url": url_for("public.index")})
    room = "calendar" if may_anywhere(identity.actor(), "calendar.change") else None
    shown = page(
        room,
        title=words("admin.tab.settings"),
        tabs=tabs("settings"),
        note={"tone": "green" if is_on else "grey", "strong": words("admin.public_on" if is_on else "inbox.off")},
        form=form,
    )
    return make_response(shown, status)
