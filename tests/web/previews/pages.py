"""All pages by name, in the order of the pictures they are judged against."""

from typing import Any

from tests.web.previews.data import doors, one_case
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
)
