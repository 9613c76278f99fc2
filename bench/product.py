"""The product under measure: an office with the demo county, people who call it, and how it is served."""

import http.cookiejar
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from casework.cases.tables import Case
from casework.core import clock
from casework.core.office import Office, open_office
from casework.core.settings import read_settings
from casework.keeping.start import make_ready
from casework.registry import accounts, tokens
from workflows.demo import bulk, loading, material

Advance = Callable[[int, int], None]
_FORM_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
# Who calls by program: clerk, handler of the unit that gets the cases, head.
CALLERS = ("he", "bai", "an")


@dataclass
class Product:
    """An office to be measured: its settings as environment, and how its people get in."""

    environment: Mapping[str, str]
    office: Office
    tokens: dict[str, str] = field(default_factory=dict)
    # Filled when it is served.
    url: str = ""
    pid: int = 0
    cookies: dict[str, str] = field(default_factory=dict)

    def bearer(self, name: str) -> dict[str, str]:
        """Return the headers of a program that calls for somebody."""
        return {"Authorization": f"Bearer {self.tokens[name]}", "Content-Type": "application/json"}

    def browser(self, name: str) -> dict[str, str]:
        """Return the headers of somebody's browser, logged in on the page for it."""
        if name not in self.cookies:
            self.cookies[name] = _logged_in(self.url, name)
        return {"Cookie": self.cookies[name]}

    def served(self, url: str, pid: int) -> None:
        """Note where it answers now."""
        self.url, self.pid = url, pid
        self.cookies.clear()

    def count(self) -> int:
        """Return how many cases it holds."""
        with self.office.db.reading() as session:
            return session.scalar(select(func.count()).select_from(Case)) or 0

    def texts(self, most: int) -> list[tuple[str, str]]:
        """Return titles and descriptions, for a floor that searches the same."""
        with self.office.db.reading() as session:
            rows = session.execute(select(Case.title, Case.description).order_by(Case.id).limit(most))
            return [(title, description) for title, description in rows]

    def grow(self, cases: int, advance: Advance) -> None:
        """Add synthetic cases until there are about so many."""
        more = cases - self.count()
        if more > 0:
            bulk.add(self.office, at=clock.now(), seed_number=1, cases=more, counties=0, on_progress=advance)
        self.settle()

    def settle(self) -> None:
        """Let the planner see what was loaded, as an office's database does by itself overnight."""
        if not self.office.db.is_postgresql:
            with self.office.db.transaction() as session:
                session.connection().exec_driver_sql("ANALYZE")
            return
        with self.office.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # Longer than any request may take.
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")


def found(home: Path, database_url: str | None, advance: Advance) -> Product:
    """Found an office in an empty home, with the demo county in it and tokens for `CALLERS`."""
    product = found_empty(home, database_url)
    office, at = product.office, clock.now()
    loading.load(office, at=at, on_progress=advance)
    with office.db.transaction() as session:
        for name in CALLERS:
            person = accounts.by_user_name(session, name)
            if person is None:
                raise LookupError(name)
            _, plain = tokens.create(session, person, actor=None, at=at, kind=tokens.API, label="bench")
            product.tokens[name] = plain
    return product


def found_empty(home: Path, database_url: str | None) -> Product:
    """Found an office without any data in an empty home."""
    environment = {"CASEWORK_HOME": str(home), "CASEWORK_LOG_FORMAT": "json"}
    if database_url is not None:
        environment["CASEWORK_DATABASE_URL"] = database_url
    home.mkdir(parents=True, exist_ok=True)
    office = open_office(read_settings(environment))
    make_ready(office, at=clock.now())
    return Product(environment, office)


def _logged_in(url: str, name: str) -> str:
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = opener.open(f"{url}/login").read().decode()
    token = _FORM_TOKEN.search(page)
    if token is None:
        raise LookupError("the log-in page has no form token")
    form = {"account": name, "password": material.county()["password"], "csrf_token": token[1]}
    opener.open(f"{url}/login", urllib.parse.urlencode(form).encode()).read()
    cookies = {each.name: each.value or "" for each in jar}
    if "casework_session" not in cookies:
        raise LookupError(f"{name} was not let in")
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
