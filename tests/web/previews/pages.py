"""All pages by name, in the order of the pictures they are judged against."""

from typing import Any

from tests.web.previews.data import desks, doors, forms, leader, lists, one_case, papers
from tests.web.previews.stage import Page


def _pages(*pages: Page) -> dict[str, Page]:
    return {p.name: p for p in pages}


def _page(name: str, template: str, context: dict[str, Any], **more: Any) -> Page:
    return Page(name=name, template=template, context=context, **more)


PAGES = _pages(
    _page("login", "login.html", doors.login()),
    _page("login-error", "login.html", doors.login_error()),
    _page("login-code", "login.html", doors.login_code()),
    _page("password", "password.html", doors.password()),
    _page("case", "cases/show.html", one_case.show()),
    _page("case-paused", "cases/show.html", one_case.paused()),
    _page("list", "cases/list.html", lists.loose()),
    _page("list-tight", "cases/list.html", lists.tight()),
    _page("list-plain", "cases/list.html", lists.plain()),
    _page("list-empty", "cases/list.html", lists.nothing()),
    _page("triage", "triage.html", desks.triage()),
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
    _page("print-public", "cases/print.html", papers.whole(public=True), paper=True),
)
