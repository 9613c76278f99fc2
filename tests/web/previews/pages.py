"""All pages by name, in the order of the pictures they are judged against."""

from typing import Any

from tests.web.previews.data import (
    assessing,
    desks,
    doors,
    forms,
    leader,
    ledgers,
    linked,
    lists,
    meetings,
    money,
    office,
    one_case,
    papers,
    programme,
    public,
    targets,
    visits,
)
from tests.web.previews.stage import Page


def _page(name: str, template: str, context: dict[str, Any], **more: Any) -> Page:
    return Page(name=name, template=template, context=context, **more)


def _errors() -> list[Page]:
    plain = [
        _page(f"error-{code}", f"errors/{code}.html", office.error()) for code in (400, 403, 404, 413, 429, 500, 503)
    ]
    return [
        *plain,
        _page("error-409", "errors/409.html", office.conflict()),
        _page("error-409-state", "errors/409.html", office.impossible()),
    ]


PAGES = {
    page.name: page
    for page in (
        _page("login", "login.html", doors.login()),
        _page("login-error", "login.html", doors.login_error()),
        _page("login-code", "login.html", doors.login_code()),
        _page("second-factor", "second_factor.html", doors.second_factor()),
        _page("second-factor-spares", "second_factor.html", doors.second_factor(spares=True)),
        _page("password", "password.html", doors.password()),
        _page("case", "cases/show.html", one_case.show()),
        _page("case-paused", "cases/show.html", one_case.paused()),
        _page("case-moved", "cases/_moved.html", one_case.show()),
        _page("list", "cases/list.html", lists.loose()),
        _page("list-tight", "cases/list.html", lists.tight()),
        _page("list-plain", "cases/list.html", lists.plain()),
        _page("list-fifty", "cases/list.html", lists.fifty()),
        _page("list-empty", "cases/list.html", lists.nothing()),
        _page("list-filters", "cases/filters.html", lists.filters()),
        _page("meetings", "meetings/list.html", meetings.topics()),
        _page("meeting", "meetings/show.html", meetings.meeting()),
        _page("meeting-asked", "meetings/show.html", meetings.meeting(asked=True)),
        _page("meeting-date", "meetings/schedule.html", meetings.schedule()),
        _page("meeting-calendar", "meetings/calendar.html", meetings.calendar()),
        _page("venues", "meetings/venues.html", meetings.venues()),
        *(
            _page(f"meeting-{kind}", "meetings/paper.html", meetings.paper(kind), paper=True)
            for kind in ("notice", "agenda", "sign_in", "minutes")
        ),
        _page("members", "links/list.html", linked.members()),
        _page("households", "links/list.html", linked.households()),
        _page("households-none", "links/list.html", linked.nothing()),
        _page("household", "links/show.html", linked.household()),
        _page("link-new", "links/form.html", linked.new_link()),
        _page("campaign", "campaign/show.html", programme.at_a_glance()),
        _page("figure", "campaign/figure.html", programme.one_figure()),
        _page("figure-none", "campaign/figure.html", programme.one_figure(rows=[], quarters=[], parts=[])),
        _page("funds", "links/list.html", money.ledger()),
        _page("fund-totals", "funds/totals.html", money.totals(), charts=True, paper=True),
        _page("fund-totals-none", "funds/totals.html", money.totals(rows=[], whole=[], chart=None)),
        _page("project", "links/show.html", money.project()),
        _page("activity-new", "activities/new.html", money.activity()),
        _page("bulletins", "bulletins/list.html", programme.bulletins()),
        _page("bulletins-none", "bulletins/list.html", programme.bulletins(rows=[])),
        _page("bulletin", "bulletins/show.html", programme.bulletin()),
        _page("bulletin-form", "bulletins/edit.html", programme.bulletin_form()),
        _page("targets", "targets/list.html", targets.bars()),
        _page("targets-none", "targets/list.html", targets.bars(cards=[])),
        _page("target-plan", "targets/plan.html", targets.plan(), paper=True),
        _page("target-wall", "targets/wall.html", targets.wall(), paper=True),
        _page("sheets", "assessments/list.html", assessing.sheets()),
        _page("sheets-run", "assessments/list.html", assessing.sheets(run=assessing.run(), rows=[])),
        _page("sheets-failed", "assessments/list.html", assessing.sheets(run=assessing.run(failed=True))),
        _page("sheet", "assessments/show.html", assessing.sheet()),
        _page("sheet-own", "assessments/show.html", assessing.sheet(own=True)),
        _page("spot-checks", "spot_checks/list.html", assessing.spot_checks()),
        _page("spot-checks-none", "spot_checks/list.html", assessing.spot_checks(rows=[])),
        _page("spot-check", "spot_checks/show.html", assessing.spot_check()),
        _page("spot-check-waits", "spot_checks/show.html", assessing.spot_check(drawn=False)),
        _page("mine", "visits/mine.html", visits.mine()),
        _page("mine-nobody", "visits/mine.html", visits.nobody()),
        _page("visit-new", "visits/new.html", visits.new()),
        _page("visit-wrong", "visits/new.html", visits.new(wrong=True)),
        _page("triage", "triage.html", desks.triage()),
        _page("triage-item", "triage/_item.html", desks.triage()),
        _page("triage-empty", "triage.html", desks.triage_empty()),
        _page("work", "work.html", desks.work()),
        _page("work-empty", "work.html", desks.work_empty()),
        _page("new", "cases/new.html", forms.intake()),
        _page("new-errors", "cases/new.html", forms.intake_errors()),
        _page("move", "cases/move.html", forms.resolve()),
        _page("move-decline", "cases/move.html", forms.decline()),
        _page("move-stale", "cases/move.html", forms.stale()),
        _page("compare", "cases/compare.html", forms.compare()),
        _page("reveal", "cases/reveal.html", forms.reveal()),
        _page("followups", "followups.html", forms.followups()),
        _page("followups-list", "followups.html", forms.followups_list()),
        _page("overview", "overview.html", leader.overview(), charts=True, paper=True),
        _page("slip", "cases/slip.html", papers.slip(), paper=True),
        _page("print", "cases/print.html", papers.whole(), paper=True),
        _page("prints", "cases/prints.html", papers.many(), paper=True),
        _page("print-public", "cases/print.html", papers.whole(public=True), paper=True),
        _page("batch", "batch.html", ledgers.batch()),
        _page("batch-result", "batch.html", ledgers.batch_result()),
        _page("notices", "notices.html", ledgers.notices()),
        _page("public-index", "public/index.html", public.index()),
        _page("public-report", "public/report.html", public.report()),
        _page("public-report-errors", "public/report.html", public.report_errors()),
        _page("public-receipt", "public/receipt.html", public.receipt()),
        _page("public-lookup", "public/lookup.html", public.lookup()),
        _page("public-found", "public/lookup.html", public.found()),
        _page("public-poster", "public/poster.html", public.poster(), paper=True),
        _page("public-inbox", "triage/public.html", public.inbox()),
        _page("import-file", "exchange/import.html", ledgers.import_file()),
        _page("import-columns", "exchange/import.html", ledgers.import_columns()),
        _page("import-trial", "exchange/import.html", ledgers.import_trial()),
        _page("import-running", "exchange/import.html", ledgers.import_running()),
        _page("import-landed", "exchange/import.html", ledgers.import_landed()),
        _page("accounts", "admin/accounts.html", office.accounts()),
        _page("accounts-new", "admin/accounts.html", office.account_new()),
        _page("jobs", "admin/jobs.html", office.jobs()),
        _page("ledger", "admin/ledger.html", office.ledger()),
        _page("calendar", "admin/calendar.html", office.calendar()),
        _page("profile", "profile.html", office.profile()),
        _page("api-docs", "api/docs.html", office.api_docs()),
        _page("help", "help.html", office.help_page()),
        *_errors(),
    )
}
