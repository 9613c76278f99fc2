"""Spot checks as pages: the seed committed to, the draw, the visits to ask about, the draw made again by anybody."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.assessment import drawn, queries, spot_check
from casework.assessment.drawn import Drawn
from casework.assessment.tables import SpotCheck
from casework.bulletins import queries as bulletins
from casework.campaign.loader import campaigns
from casework.campaign.quarters import quarter_of, read_quarter
from casework.core.errors import FieldError, NotFound
from casework.permissions import Subject, may_anywhere, permits, require
from web import identity, unit
from web.access import needs
from web.api.assessment.spot_checks import READ
from web.forms import field
from web.locales import locale, words
from web.pages import desks, link_parts, once
from web.pages.assessment.assessments import ROOM, tabs
from web.pages.link_parts import Form
from web.views import counting, reference, spot_check_views, wording
from workflows.campaign import spot_checks

blueprint = Blueprint("spot_checks", __name__)

_TONES = {"": "amber", "confirmed": "green", "not_confirmed": "red", "not_reached": "grey"}
# So many visits behind the last drawn one are shown, so that one sees where the draw ends.
_BEHIND = 3


@blueprint.get("/spot-checks")
@needs(READ, anywhere=True)
def show_list() -> Response:
    """List the spot checks, the latest quarter first."""
    rows = queries.checks(unit.session(), identity.actor())
    asked = spot_check_views.asked_of(rows)
    page = render_template(
        "spot_checks/list.html",
        frame=counting.framed(ROOM),
        tabs=tabs("spot_checks"),
        begin_url=url_for("spot_checks.ask_new") if may_anywhere(identity.actor(), spot_checks.HOLD) else None,
        rows=[
            {
                "url": url_for("spot_checks.show", check_id=row.id),
                "quarter": row.quarter,
                "chip": spot_check_views.chip_of(row, asked.get(row.id)),
                "commitment": row.commitment,
                "n": spot_check_views.numbers_of(row, asked.get(row.id)),
            }
            for row in rows
        ],
    )
    return make_response(page)


@blueprint.get("/spot-checks/new")
@needs(spot_checks.HOLD, anywhere=True)
def ask_new() -> Response:
    """Show the form that commits to a seed, with a seed nobody can guess to copy down."""
    return _new_form(spot_check.new_seed())


@blueprint.post("/spot-checks/new")
@needs(spot_checks.HOLD, anywhere=True)
@once.sent_once
def announce() -> Response:
    """Commit to a seed; it is not kept, so whoever sends it must say that it was copied down."""

    def write() -> Response:
        raw = link_parts.sent("campaign", "quarter", "seed")
        made = spot_checks.announce(unit.session(), raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("spot_checks.announced", url_for("spot_checks.show", check_id=made.id))

    def again(**why: Any) -> Response:
        return _new_form(request.form.get("seed", ""), **why)

    if not request.form.get("copied"):
        return again(mistakes=[FieldError("copied", "seed_not_copied")], status=422)
    return link_parts.try_it(write, again)


@blueprint.get("/spot-checks/<uuid:check_id>")
@needs(READ)
def show(check_id: UUID) -> Response:
    """Show a spot check: what was published, the draw, the visits to ask about, and how anybody draws again."""
    return _page(_take(check_id))


@blueprint.post("/spot-checks/<uuid:check_id>/draw")
@needs(spot_checks.HOLD)
@once.sent_once
def draw(check_id: UUID) -> Response:
    """Reveal the seed and draw."""
    check = _take(check_id, lock=True)

    def write() -> Response:
        spot_checks.draw(unit.session(), check, link_parts.sent("seed"), actor=identity.actor(), at=unit.at())
        return link_parts.done("spot_checks.drawn", url_for("spot_checks.show", check_id=check.id))

    def again(*, mistakes: Sequence[FieldError] = (), said: str | None = None, status: int) -> Response:
        told = said or words(f"field.{mistakes[0].code}", **mistakes[0].params)
        return _page(check, said=told, status=status)

    return link_parts.try_it(write, again)


@blueprint.get("/spot-checks/<uuid:check_id>/ids.txt")
@needs(READ)
def list_ids(check_id: UUID) -> Response:
    """Hand out the ids of all visits it was drawn from, one a line, as the commands of the how-to read them."""
    check = _take(check_id)
    ids = [str(each.id) for each in spot_check.visits_of(unit.session(), check, known_at=check.drawn_at)]
    name = f"spot-check-{check.quarter}-ids.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("".join(f"{each}\n" for each in ids), mimetype="text/plain", headers=headers)


@blueprint.get("/spot-checks/<uuid:check_id>/visits/<uuid:visit_id>")
@needs(spot_checks.HOLD)
def ask_finding(check_id: UUID, visit_id: UUID) -> Response:
    """Show what is recorded of a visit that was drawn, whom to call, and the form of what came out."""
    check = _take(check_id)
    return _finding_form(check, _drawn(check, visit_id))


@blueprint.post("/spot-checks/<uuid:check_id>/visits/<uuid:visit_id>")
@needs(spot_checks.HOLD)
@once.sent_once
def note_finding(check_id: UUID, visit_id: UUID) -> Response:
    """Note whether the household confirmed a visit."""
    check = _take(check_id)
    finding = queries.get_finding(unit.session(), check, visit_id)

    def write() -> Response:
        spot_checks.find_out(
            unit.session(),
            finding,
            link_parts.sent_or_left("outcome", "words", "asked_on"),
            actor=identity.actor(),
            at=unit.at(),
            expected_version=desks.given_version(),
        )
        return link_parts.done("spot_checks.noted", url_for("spot_checks.show", check_id=check.id))

    return link_parts.try_it(write, lambda **why: _finding_form(check, _drawn(check, visit_id), **why))


def _take(check_id: UUID, *, lock: bool = False) -> SpotCheck:
    return queries.get_check(unit.session(), identity.actor(), check_id, lock=lock)


def _drawn(check: SpotCheck, visit_id: UUID) -> Drawn:
    require(identity.actor(), spot_checks.HOLD, Subject(check.region_code))
    found = drawn.visits(unit.session(), check, visit_id=visit_id)
    if not found:
        raise NotFound
    return found[0]


def _page(check: SpotCheck, *, said: str | None = None, status: int = 200) -> Response:
    may = permits(identity.actor(), spot_checks.HOLD, Subject(check.region_code))
    rows = drawn.visits(unit.session(), check) if check.seed is not None else ()
    page = render_template(
        "spot_checks/show.html",
        frame=counting.framed(ROOM),
        title=words("spot_checks.of_quarter", quarter=check.quarter),
        chip=spot_check_views.chip_of(check, spot_check_views.asked_of([check]).get(check.id)),
        said=said,
        commitment=check.commitment,
        printed=[
            {"text": row.document_no or row.number, "url": url_for("bulletins.show", bulletin_id=row.id)}
            for row in bulletins.printing(unit.session(), identity.actor(), check.campaign, check.commitment)
        ],
        draw=_draw(check) if may and check.seed is None else None,
        rows=[_row(check, each, may=may) for each in rows],
        to_ask=sum(each.finding.outcome == "" for each in rows),
        again=None if check.seed is None else _again(check),
    )
    return make_response(page, status)


def _draw(check: SpotCheck) -> dict[str, Any]:
    last = read_quarter(check.quarter).last
    return {
        "url": url_for("spot_checks.draw", check_id=check.id),
        "number": once.given_number(),
        "why_not": words("spot_checks.not_yet", last=wording.long_day(last)) if unit.today() <= last else None,
    }


def _row(check: SpotCheck, each: Drawn, *, may: bool) -> dict[str, Any]:
    finding, sheet = each.finding, each.sheet
    url = url_for("spot_checks.ask_finding", check_id=check.id, visit_id=finding.activity_id)
    return {
        "place": finding.place,
        "url": url if may else None,
        "head": each.head_name,
        "where": " ".join(filter(None, (reference.place_told(each.visit.region_code), each.group_no))),
        "member": each.member_name,
        "on": wording.short_day(finding.visited_on),
        "chip": {"tone": _TONES[finding.outcome], "text": words(f"spot_checks.outcome.{finding.outcome or 'none'}")},
        "words": finding.words,
        "sheet": None if sheet is None or finding.outcome != "not_confirmed" else _sheet(each),
    }


def _sheet(each: Drawn) -> dict[str, str]:
    """Return the way from a finding to the items it counts in, and whether it counts there already."""
    sheet = each.sheet
    if sheet is None:
        raise LookupError(each.finding.id)
    state = "counted" if each.is_counted else ("frozen" if sheet.frozen is not None else "to_recompute")
    return {"url": url_for("assessments.show", sheet_id=sheet.id), "text": words(f"spot_checks.sheet.{state}")}


def _again(check: SpotCheck) -> dict[str, Any]:
    """Return the draw made again now from the records as they were known then, line by line."""
    session, seed = unit.session(), check.seed or ""
    ids = [each.id for each in spot_check.visits_of(session, check, known_at=check.drawn_at)]
    ordered = sorted(ids, key=lambda each: spot_check.order_of(seed, each))
    n = len(spot_check.sample(seed, ids))
    differs = spot_check.differences(session, check)
    return {
        "seed": seed,
        "population": len(ids),
        "n": n,
        "share": spot_check.SHARE,
        "when": "" if check.drawn_at is None else wording.plain_moment(check.drawn_at),
        "ids_url": url_for("spot_checks.list_ids", check_id=check.id),
        "same": not differs,
        "same_commitment": spot_check.commitment_of(seed) == check.commitment,
        "rows": [
            {"hmac": spot_check.order_of(seed, each), "id": str(each), "place": place, "drawn": place <= n}
            for place, each in enumerate(ordered[: n + _BEHIND], start=1)
        ],
    }


def _new_form(seed: str, **why: Any) -> Response:
    held = [(code, each.label[locale()]) for code, each in campaigns().items()]
    sent = request.form
    fields = [
        field("campaign", "linked.campaign", kind="select", value=sent.get("campaign", held[0][0]), options=held),
        field(
            "quarter", "spot_checks.quarter", value=sent.get("quarter", str(quarter_of(unit.today()))),
            hint="spot_checks.quarter_hint",
        ),
        field("seed", "spot_checks.seed", value=seed, hint="spot_checks.seed_hint", wide=True),
        field("copied", "spot_checks.copied", kind="bool", value=sent.get("copied"), wide=True),
    ]  # fmt: skip
    form = Form(
        words("spot_checks.announce"),
        url_for("spot_checks.announce"),
        (words("assessments.tab.spot_checks"), url_for("spot_checks.show_list")),
        fields,
        words("spot_checks.commit"),
        note={
            "tone": "grey",
            "strong": words("spot_checks.note"),
            "text": words("spot_checks.note_more"),
            "link": None,
        },
        room=ROOM,
    )
    return link_parts.form_page(form, **why)


def _finding_form(check: SpotCheck, each: Drawn, **why: Any) -> Response:
    sent, finding = request.form, each.finding
    outcomes = [(code, words(f"spot_checks.outcome.{code}")) for code in spot_check.OUTCOMES]
    asked_on = unit.today() if finding.asked_on is None else finding.asked_on
    fields = [
        field("outcome", "spot_checks.outcome", kind="radio", value=sent.get("outcome", finding.outcome),
              options=outcomes, wide=True),
        field("words", "spot_checks.words", kind="textarea", required=False, rows=3, wide=True,
              value=sent.get("words", finding.words), hint="spot_checks.words_hint"),
        field("asked_on", "spot_checks.asked_on", kind="date", value=sent.get("asked_on", asked_on.isoformat())),
        field("version", "linked.kind", kind="hidden", value=finding.version),
    ]  # fmt: skip
    form = Form(
        words("spot_checks.finding_of", place=finding.place, head=each.head_name),
        url_for("spot_checks.note_finding", check_id=check.id, visit_id=finding.activity_id),
        (words("spot_checks.of_quarter", quarter=check.quarter), url_for("spot_checks.show", check_id=check.id)),
        fields,
        words("spot_checks.keep"),
        beside=[{"title": words("spot_checks.recorded"), "rows": _recorded(each), "nothing": ""}],
        room=ROOM,
    )
    return link_parts.form_page(form, **why)


def _recorded(each: Drawn) -> list[dict[str, Any]]:
    visit, actor = each.visit, identity.actor()
    household: Mapping[str, Any] = {"text": each.head_name, "url": None, "sub": None}
    if visit.household_id is not None:
        where = " ".join(filter(None, (reference.place_told(visit.region_code), each.group_no)))
        url = url_for("households.show", household_id=visit.household_id)
        household = {"text": each.head_name, "url": url, "sub": where}
    rows = [dict(household)]
    if visit.household_id is not None and may_anywhere(actor, "household.reveal"):
        url = url_for("reveal.ask_of_household", household_id=visit.household_id, field="phone")
        rows.append({"text": words("spot_checks.call"), "url": url, "sub": None})
    day = words("spot_checks.visited", day=wording.long_day(visit.on_date), member=each.member_name)
    told = [(name, getattr(visit, name)) for name in ("findings", "difficulty", "measures", "result")]
    rows.append({"text": day, "url": None, "sub": None})
    rows += [{"text": words(f"spot_checks.recorded.{name}"), "url": None, "sub": text} for name, text in told if text]
    return rows
