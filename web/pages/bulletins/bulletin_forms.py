"""The form of a bulletin's prose: what it asks, what was typed, and what somebody saved meanwhile beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, make_response, render_template, url_for

from casework.bulletins import actions, prose
from casework.bulletins.document import LED, lead_of
from casework.bulletins.tables import Bulletin
from casework.campaign.outline import FACTS, WORDS
from casework.core.errors import FieldError
from casework.matters.text_versions import Version
from web import unit
from web.forms import field, with_mistakes
from web.locales import locale, words
from web.pages import once
from web.views import counting, text_views

ROOM = "bulletins"
# The form whose draft is kept while the prose is written.
DRAFT = "bulletin"


def title_of(row: Bulletin) -> str:
    """Name a bulletin by its quarter and campaign."""
    label = actions.campaign_of(row).label[locale()]
    return words("bulletins.of_quarter", quarter=row.quarter, campaign=label)


def typed_of(row: Bulletin) -> dict[str, str]:
    """Return what stands in the bulletin, by field."""
    typed = {"title": row.title, "as_of": row.as_of.isoformat()}
    for index, section in enumerate(row.sections):
        typed[f"heading-{index}"] = section["heading"]
        typed[f"text-{index}"] = "\n".join(section["paragraphs"])
        typed |= {f"lead-{index}-{part}": lead_of(section, part) for part in section["parts"] if part in LED}
    return typed


def at_its_field(mistake: FieldError) -> FieldError:
    """Return a mistake of the prose at the field it was typed in."""
    name = mistake.field
    if name.startswith("sections["):
        name = f"text-{name[9:].partition(']')[0]}"
    return FieldError(name, mistake.code, mistake.params)


def _conflict(row: Bulletin, newer: Version, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what somebody saved meanwhile beside what was typed here."""
    mine = [typed["title"]]
    for index, section in enumerate(row.sections):
        mine += ["", typed[f"heading-{index}"], *typed[f"text-{index}"].splitlines()]
        mine += [text for part in section["parts"] if part in LED if (text := typed[f"lead-{index}-{part}"].strip())]
    return text_views.conflict(
        newer, "\n".join(mine), text_views.names_of([newer]), told=lambda each: prose.plain(prose.read(each))
    )


def _prose_fields(row: Bulletin, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what the form asks: title, day while nothing is frozen, and each section."""
    fields = [field("title", "bulletins.title_field", value=typed["title"], wide=True)]
    if row.frozen is None:
        fields.append(field("as_of", "bulletins.as_of_field", kind="date", value=typed["as_of"]))
    for index, section in enumerate(row.sections):
        fields.append(field(f"heading-{index}", "bulletins.heading_field", value=typed[f"heading-{index}"], wide=True))
        fields.append(
            field(
                f"text-{index}",
                "bulletins.text_field",
                kind="textarea",
                value=typed[f"text-{index}"],
                required=False,
                rows=5,
                wide=True,
            )
        )
        for part in (each for each in section["parts"] if each in LED):
            name = f"lead-{index}-{part}"
            fields.append(field(name, f"bulletins.lead.{part}", value=typed[name], required=False, wide=True))
    return fields


def form(
    row: Bulletin,
    typed: Mapping[str, str],
    *,
    mistakes: Sequence[FieldError] = (),
    saved: str = "",
    newer: Version | None = None,
    status: int = 200,
) -> Response:
    """Show the form as it was typed; `newer` is what somebody else saved since."""
    fields = _prose_fields(row, typed)
    now = newer or prose.standing(unit.session(), row)
    based_on = text_views.count("based_on") if mistakes else now.place
    fields.append({"name": "based_on", "kind": "hidden", "value": based_on, "label": "", "required": True})
    shown, summary = with_mistakes([*fields, once.field(once.given_number())], mistakes)
    campaign = actions.campaign_of(row)
    tokens = [
        *({"token": f"{{{key}}}", "text": figure.label[locale()]} for key, figure in campaign.figures.items()),
        *({"token": f"{{{name}}}", "text": words(f"bulletins.token.{name}")} for name in (*WORDS, *FACTS)),
    ]
    page = render_template(
        "bulletins/edit.html",
        frame=counting.framed(ROOM),
        title=title_of(row),
        back=url_for("bulletins.show", bulletin_id=row.id),
        form={
            "url": url_for("bulletins.mend", bulletin_id=row.id),
            "fields": shown,
            "errors": summary,
            "draft_url": f"/drafts/{DRAFT}/{row.id}",
            "saved": saved,
        },
        conflict=None if newer is None else _conflict(row, newer, typed),
        versions_url=url_for("bulletin_prose.show", bulletin_id=row.id),
        tokens=tokens,
    )
    return make_response(page, status)
