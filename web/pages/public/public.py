"""The pages the public opens without an account: report, receipt, look-up, and the poster to print.

What the county office does with a report that came in lives in workflows/cases/public_intake.py; here are the doors.
All of it is away (404) until the office switches it on.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as form_session
from werkzeug.exceptions import TooManyRequests

from casework.cases import public_reports, stop_texts
from casework.cases.public_reports import NotOnTheList, Sent
from casework.cases.tables import PublicReport
from casework.core.actors import SYSTEM
from casework.core.database import Session
from casework.core.database_faults import DatabaseFault, is_taken
from casework.core.errors import FieldError, Invalid, Refused
from casework.keeping import least_rights
from casework.matters import attachments
from casework.matters.attachments import Staged
from casework.registry import categories, office_settings, places
from casework.registry import queries as registry
from web import bodies, errors, frames, handing_in, identity, rates, unit
from web.access import needs, open_to_all
from web.locales import locale, words
from web.pages import public_parts as parts
from web.pages.account.login import address
from web.views import codes
from workflows.cases import public_intake
from workflows.cases.public_intake import Standing
from workflows.consultations import public_topics

blueprint = Blueprint("public", __name__)

MOST_FILES, FILE_BYTES = 3, 2 * bodies.MIB
_OPEN = "villagers have no account; the office switches the page on"
_CODE, _RECEIPT, _ASKED = "report_code", "report_receipt", "report_asked"
# By address: reports, look-ups, and what a form asks while it is filled in.
_LIMITS: Mapping[str, tuple[int, timedelta]] = {
    "reports": (10, timedelta(hours=1)),
    "lookups": (30, timedelta(minutes=10)),
    "helps": (600, timedelta(minutes=10)),
}
# From everybody together, counted where all processes see it.
MOST_REPORTS, REPORTS_WITHIN = 300, timedelta(hours=1)
_PLACES_SHOWN = 12


@blueprint.get("/report")
@open_to_all(_OPEN)
def index() -> str:
    """Show the door: subjects, what happens next, what belongs elsewhere."""
    _require_on()
    via = _via()
    subjects = [
        {"label": each.label[locale()], "url": url_for("public.ask", subject=each.code, via=via)}
        for each in categories.first_level(unit.session())
    ]
    return render_template(
        "public/index.html",
        bare=parts.bare(),
        report_url=url_for("public.ask", via=via),
        topic_url=url_for("public.ask", via=via, wish=public_reports.TOPIC) if _takes_topics() else None,
        lookup_url=url_for("public.look_up"),
        subjects=subjects,
        elsewhere=[
            {"strong": each.strong[locale()], "text": each.text[locale()], "tel": each.tel}
            for each in stop_texts.elsewhere()
        ],
        facts=[
            {"icon": icon, "strong": words(f"public.fact.{code}"), "text": words(f"public.fact.{code}_text")}
            for code, icon in (
                ("assigned", "clock"), ("contacted", "telephone"), ("answered", "check-lg"), ("kept", "shield-lock")
            )
        ],
    )  # fmt: skip


@blueprint.get("/report/new")
@open_to_all(_OPEN)
def ask() -> Response:
    """Show the form. The code its sender will get is drawn now, so that two presses are one report."""
    _require_on()
    if _CODE not in form_session:
        form_session[_CODE] = public_reports.new_code()
    return _form({"subject": request.args.get("subject", ""), "wish": _wish()})


@blueprint.get("/report/stop")
@open_to_all(_OPEN)
def stop() -> str:
    """Show what to know about a subject before typing."""
    _require_on()
    return render_template("public/_stop.html", stop=parts.stop(request.args.get("subject", "")))


@blueprint.get("/report/places")
@open_to_all(_OPEN)
def find_places() -> Response:
    """Answer the villages that fit what was typed."""
    _require_on()
    _hold_off("helps")
    county = unit.office().settings.region
    found = places.search_places(
        unit.session(), within=[county], words=request.args.get("q", "")[:60], limit=_PLACES_SHOWN
    )
    rows = [row for row in found if len(row.code) > len(county)]
    names = registry.region_names(unit.session(), [row.code for row in rows])
    return jsonify(options=[{"value": r.code, "label": "".join(names[r.code]), "hint": ""} for r in rows])


@blueprint.post("/report/new")
@open_to_all(_OPEN)
@bodies.takes_up_to(8)
def send() -> Response:
    """Take a report in and lead to its receipt."""
    _require_on()
    typed = {name: request.form.get(name, "") for name in public_reports.FIELDS}
    typed |= {"place": _typed_place(), "wish": _wish()}
    mistakes: list[FieldError] = []
    likely: str | None = None
    sent: Sent | None = None
    if request.form.get(parts.TRAP):
        # Said openly: a machine gains nothing by it, and a person whose browser filled it in loses nothing.
        mistakes.append(FieldError(parts.TRAP, "leave_empty"))
    try:
        with unit.looking() as session:
            sent = public_reports.read_report(
                {**typed, "via": _via()}, session=session, county=unit.office().settings.region
            )
    except NotOnTheList as fault:
        mistakes += fault.errors
        likely = fault.likely.code if fault.likely is not None else None
    except Invalid as fault:
        mistakes += fault.errors
    if mistakes or sent is None:
        return _form(typed, mistakes, likely=likely, status=422)
    _hold_off("reports")
    try:
        files = _stage_files()
    except Invalid as fault:
        return _form(typed, fault.errors, status=422)
    try:
        _keep(sent, files)
    except DatabaseFault as fault:
        if not is_taken(fault):
            raise
        # The other of two presses was faster by a moment; the receipt is the same.
        unit.end(keep=False)
        form_session[_RECEIPT] = form_session.pop(_CODE, "")
    return make_response(redirect(url_for("public.receipt"), 303))


@blueprint.get("/report/receipt")
@open_to_all(_OPEN)
def receipt() -> Response:
    """Show the code and what happens next to the browser that has just sent a report."""
    _require_on()
    report = public_reports.by_code(unit.session(), form_session.get(_RECEIPT, ""))
    if report is None:
        return make_response(redirect(url_for("public.look_up")))
    by = public_intake.promised_by(unit.session(), report.created_at)
    before, _, after = words("public.by_text", day="\0").partition("\0")
    page = render_template(
        "public/receipt.html",
        bare=parts.bare(),
        receipt={
            "code": form_session[_RECEIPT],
            "by_text": {"before": before.strip(), "strong": parts.day(by), "after": after},
            "slip_url": None,
        },
        road=parts.road(_standing(unit.session(), report), report),
        again_url=url_for("public.ask"),
    )
    return _private(page)


@blueprint.get("/report/state")
@open_to_all(_OPEN)
def look_up() -> Response:
    """Show where to type a code."""
    _require_on()
    return _lookup()


@blueprint.post("/report/state")
@open_to_all(_OPEN)
def found() -> Response:
    """Show how the report of a code stands. Nothing is written."""
    _require_on()
    _hold_off("lookups")
    typed = request.form.get("code", "")
    try:
        code = public_reports.read_code(typed)
    except Invalid as fault:
        return _lookup(code=typed[:60], mistakes=fault.errors, status=422)
    with unit.looking() as session:
        report = public_reports.by_code(session, code)
    if report is None:
        return _lookup(code=code, mistakes=[FieldError("code", "code_unknown")], status=404)
    form_session[_ASKED] = code
    return _found(report, code)


@blueprint.post("/report/state/add")
@open_to_all(_OPEN)
def add() -> Response:
    """Add words to the report whose code was typed in this browser."""
    _require_on()
    _hold_off("reports")
    code = form_session.get(_ASKED, "")
    report = public_reports.by_code(unit.session(), code, lock=True)
    if report is None:
        return make_response(redirect(url_for("public.look_up"), 303))
    try:
        public_intake.add_words(unit.session(), report, request.form.get("words"), at=unit.at())
    except Invalid as fault:
        return _found(report, code, mistakes=fault.errors, typed=request.form.get("words", ""), status=422)
    except Refused as fault:
        return _found(report, code, told=errors.sentences(fault.refusals), status=409)
    return _found(report, code, told=words("public.added"))


@blueprint.get("/report/poster")
@needs("registry.read")
def poster() -> str:
    """Show the sheet with the code to scan, for the office to print."""
    target = url_for("public.index", via="qr", _external=True)
    return render_template(
        "public/poster.html",
        frame={"office": frames.office_name(), "lang": {"code": locale()}},
        back_url=frames.home_url(identity.identity()),
        picture=codes.data_uri(target, error="q", scale=8, border=2),
        address=target,
        phone=office_settings.value_of(unit.session(), office_settings.PUBLIC_PHONE),
        is_on=_is_on(),
    )


def _form(
    typed: Mapping[str, str], mistakes: Sequence[FieldError] = (), *, likely: str | None = None, status: int = 200
) -> Response:
    page = render_template("public/report.html", **parts.report_form(typed, mistakes, likely=likely, via=_via()))
    return _private(page, status)


def _lookup(*, code: str = "", mistakes: Sequence[FieldError] = (), status: int = 200) -> Response:
    told = parts.told(mistakes)
    form = {"url": url_for("public.found"), "code": code, "error": told[0] if told else None}
    return _private(render_template("public/lookup.html", bare=parts.bare(), form=form, found=None), status)


def _found(
    report: PublicReport,
    code: str,
    *,
    told: str | None = None,
    mistakes: Sequence[FieldError] = (),
    typed: str = "",
    status: int = 200,
) -> Response:
    told = told or next(iter(parts.told(mistakes)), None)
    with unit.looking() as session:
        standing = _standing(session, report)
        shown = parts.found(session, report, standing, code=code)
    if standing.open:
        tone = "amber" if mistakes or status >= 400 else "green"
        shown["add"] = {"url": url_for("public.add"), "words": typed, "sent_text": told, "tone": tone}
    page = render_template("public/lookup.html", bare=parts.bare(), form={"url": url_for("public.found")}, found=shown)
    return _private(page, status)


def _standing(session: Session, report: PublicReport) -> Standing:
    if report.wish == public_reports.TOPIC:
        return public_topics.standing(session, report)
    return public_intake.standing(session, report)


def _private(page: str, status: int = 200) -> Response:
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _wish() -> str:
    """Return what a villager wants; a topic for a consultation only where the office takes them."""
    if request.values.get("wish") != public_reports.TOPIC:
        return public_reports.HELP
    if not _takes_topics():
        abort(404)
    return public_reports.TOPIC


def _takes_topics() -> bool:
    with unit.looking() as session:
        return bool(office_settings.value_of(session, office_settings.PUBLIC_TOPICS))


def _via() -> str:
    return "qr" if request.args.get("via") == "qr" else "web"


def _is_on() -> bool:
    with unit.looking() as session:
        return bool(office_settings.value_of(session, office_settings.PUBLIC_PAGE))


def _require_on() -> None:
    if not _is_on():
        abort(404)


def _hold_off(what: str) -> None:
    """Let an address do something only so often; this machine itself is left out."""
    rates.hold_off(what, *_LIMITS[what], key=rates.household(address()), at=unit.at())


def _keep(sent: Sent, files: Sequence[Staged]) -> None:
    """Keep a report under the code of this browser's form; the second of two presses keeps nothing more."""
    session, at = unit.session(), unit.at()
    if public_reports.count_within(session, within=REPORTS_WITHIN, at=at) >= MOST_REPORTS:
        raise TooManyRequests(retry_after=int(REPORTS_WITHIN.total_seconds()))
    code = form_session.get(_CODE) or form_session.get(_RECEIPT) or public_reports.new_code()
    known = public_reports.by_code(session, code)
    if known is not None and not public_reports.is_same(public_reports.content_of(session, known), sent):
        # Another report from a second tab: it must not be taken for the first one.
        code, known = public_reports.new_code(), None
    if known is None:
        # Nothing is looked up after this; whatever a stranger's words may do, they can only be handed in.
        least_rights.only_hand_in(session)
        report = public_reports.put(session, sent, code=code, at=at)
        for staged in files:
            attachments.add(session, staged, matter_id=report.id, actor=SYSTEM, at=at)
    form_session.pop(_CODE, None)
    form_session[_RECEIPT] = code


def _typed_place() -> str:
    """Return the place: what was pressed or picked last, a code; else the words in the field of the script."""
    given = [value for value in request.form.getlist("place") if value.strip()]
    return given[-1] if given else request.form.get("place_text", "")


def _stage_files() -> list[Staged]:
    """Take the photos in, before anything is written.

    Raises:
        Invalid: more than three, larger than two megabytes, or no photos.
    """
    sent = [file for file in request.files.getlist("photos") if file.filename]
    if len(sent) > MOST_FILES:
        raise Invalid([FieldError("photos", "photos_many", {"most": MOST_FILES})])
    for file in sent:
        if file.seek(0, 2) > FILE_BYTES:
            raise Invalid([FieldError("photos", "photo_large", {"most": FILE_BYTES // bodies.MIB})])
        file.seek(0)
    try:
        staged = [handing_in.stage(file.stream, name=file.filename or "") for file in sent]
    except Invalid as fault:
        raise Invalid([FieldError("photos", each.code, each.params) for each in fault.errors]) from fault
    if any(not each.media_type.startswith("image/") for each in staged):
        raise Invalid([FieldError("photos", "photos_only")])
    return staged
