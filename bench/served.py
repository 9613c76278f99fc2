"""The rows of the table that are asked over HTTP."""

import json
import urllib.request
from collections.abc import Mapping
from urllib.parse import quote

from sqlalchemy import or_, select

from bench import board, load, workloads
from bench.figures import Target
from bench.load import Measured, WrongAnswer
from bench.rounds import Bench
from bench.workloads import Made, Plan
from casework.cases.tables import Case
from tests.web.api.counting import statements_of
from web.app import create_app
from web.views import counting

_CREATES, _LIVES, _PAGES, _SEARCHES = 75, 50, 40, 45
_ALONE = 150
_QUESTIONS = 60
_WARM = 6
_SEARCH_P95 = {10**4: (8, 5), 10**5: (15, 9), 10**6: (40, 20)}
_STATISTICS_P95 = {10**4: (10, 5), 10**5: (25, 5)}
# The same musts by the floor of the same run, for machines of another pace: what a must in milliseconds was to the
# floor of the machine it was set on. A page of 50 rows may cost as much as its share of the floor says.
_QUEUE_BY_FLOOR = (3.3, 1.8)
_SEARCH_BY_FLOOR = {10**4: (3.5, 2.2), 10**5: (2.9, 1.8)}
_STATISTICS_BY_FLOOR = (2.2, 1.3)
_ROW, _FLOOR_ROW = b"<tr data-row", b"<tr>"
# What every list is compared with goes page by page, this many at once.
_LONGEST_PAGE = 200


def warm(bench: Bench) -> None:
    """Ask everything a few times: first requests connect, compile templates and prepare statements."""
    product, made = bench.product, Made()
    plans = [
        workloads.queues(product, _WARM),
        workloads.searches(product, _WARM, count=True),
        workloads.searches(product, _WARM, count=False),
        # Over as many connections as there are threads: each process answers some, so that none is met cold.
        [*workloads.statistics(product, today=bench.today, count=_WARM)] * load.CLIENTS,
    ]
    load.run(product.url, workloads.creates(product, _WARM), check=made.note)
    load.run(product.url, workloads.moves(product, made.take(_WARM)))
    for plan in plans:
        load.run(product.url, plan)
    if bench.floor is not None:
        load.run(bench.floor.url, workloads.floor_creates(_WARM), check=made.note)
        load.run(bench.floor.url, workloads.floor_moves(made.take(_WARM)))
        for plan in (workloads.floor_queues(_WARM), workloads.floor_searches(_WARM), workloads.floor_statistics(_WARM)):
            load.run(bench.floor.url, plan)


def measure(bench: Bench) -> Mapping[str, float]:
    """Measure all that is served; returns the processor time a request of what must not grow with the data."""
    mine, least = Made(), Made()
    cpu = {
        "create": _creates(bench, mine, least),
        "transition": _moves(bench, mine, least),
        "queue page": _queue(bench),
    }
    _search(bench)
    _statistics(bench)
    board.measure(bench)
    return cpu


def _creates(bench: Bench, mine: Made, least: Made) -> float:
    pair = bench.pair(
        "create by API",
        lambda: workloads.creates(bench.product, bench.many(_CREATES)),
        lambda: workloads.floor_creates(bench.many(_CREATES)),
        checks=(mine.note, least.note),
    )
    bench.compare("create by API", pair, Target(0.5, 0.75, at_least=True))
    return pair.cpu_ms


def _moves(bench: Bench, mine: Made, least: Made) -> float:
    pair = bench.pair(
        "transition",
        lambda: workloads.moves(bench.product, mine.take(bench.many(_LIVES))),
        lambda: workloads.floor_moves(least.take(bench.many(_LIVES))),
        checks=(None, None),
    )
    bench.compare("transition", pair, Target(0.6, 0.9, at_least=True))
    trips = _round_trips(bench)
    bench.add("transition", "SQL round trips, the most", max(trips.values()), "", Target(8, 6))
    bench.note_facts("transition", round_trips=trips)
    return pair.cpu_ms


def _queue(bench: Bench) -> float:
    pair = bench.pair(
        "queue page",
        lambda: workloads.queues(bench.product, bench.many(_PAGES)),
        lambda: workloads.floor_queues(bench.many(_PAGES)),
        checks=(workloads.has_rows(_ROW), workloads.has_rows(_FLOOR_ROW)),
    )
    bench.compare("queue page", pair, Target(0.3, 0.55, at_least=True))
    alone = load.run(
        bench.product.url,
        workloads.queues(bench.product, bench.many(_ALONE), clients=1),
        check=workloads.has_rows(_ROW),
        servers=bench.servers,
    )
    floor = _floor_alone(bench, workloads.floor_queues(bench.many(_ALONE), clients=1))
    bench.note("queue page, one client", [alone], floor)
    bench.add("queue page", "one client, p50", alone.p50, "ms", Target(5, 3))
    for least in floor:
        told = f"(floor {least.p50:.1f} ms)"
        bench.add(
            "queue page",
            "one client, by its floor",
            alone.p50 / least.p50,
            "times",
            Target(*_QUEUE_BY_FLOOR),
            note=told,
        )
    bench.add("queue page", "size", alone.size / 1000, "kB", Target(60))
    bench.add("queue page", "SQL statements, nothing kept", _statements_of_queue(bench), "", Target(5))
    return pair.cpu_ms


def _search(bench: Bench) -> None:
    pair = bench.pair(
        "search",
        lambda: workloads.searches(bench.product, bench.many(_SEARCHES), count=True),
        lambda: workloads.floor_searches(bench.many(_SEARCHES)),
        checks=(workloads.holds_word, workloads.holds_word),
    )
    bench.compare("search", pair, Target(0.42, 0.75, at_least=True))
    alone = load.run(
        bench.product.url,
        workloads.searches(bench.product, bench.many(_ALONE), clients=1, count=False),
        check=workloads.holds_word,
        servers=bench.servers,
    )
    floor = _floor_alone(bench, workloads.floor_searches(bench.many(_ALONE), clients=1))
    bench.note("search, one client", [alone], floor)
    bench.add("search", "one client, p95", alone.p95, "ms", bench.at_size(_SEARCH_P95))
    for least in floor:
        wanted, told = bench.at_size(_SEARCH_BY_FLOOR), f"(floor {least.p95:.1f} ms)"
        bench.add("search", "one client, by its floor", alone.p95 / least.p95, "times", wanted, note=told)
    found = {word: _compared_with_like(bench, word) for word in workloads.WORDS}
    bench.note_facts("search", hits=found)
    # A list that differs by a single case has stopped the run.
    told = ", ".join(str(n) for n in found.values())
    bench.add("search", "words whose hits equal LIKE", len(found), f"of {len(found)}", note=f"({told} hits)")


def _statistics(bench: Bench) -> None:
    plan = workloads.statistics(bench.product, today=bench.today, count=bench.many(_QUESTIONS))
    page = load.run(bench.product.url, plan, servers=bench.servers)
    floor = _floor_alone(bench, workloads.floor_statistics(bench.many(_QUESTIONS)))
    bench.note("statistics page", [page], floor)
    told = f"(p50 {page.p50:.1f})"
    bench.add("statistics page", "one client, p95", page.p95, "ms", bench.at_size(_STATISTICS_P95), note=told)
    for least in floor:
        # The page's own words take four milliseconds wherever it is drawn.
        beyond, told = max(0.0, page.p95 - 4) / least.p95, f"(floor {least.p95:.1f} ms)"
        wanted = Target(*_STATISTICS_BY_FLOOR)
        bench.add("statistics page", "less 4 ms, by its floor", beyond, "times", wanted, note=told)


def _floor_alone(bench: Bench, plan: Plan) -> list[Measured]:
    """Ask the floor with one client, where there is one."""
    return [] if bench.floor is None else [load.run(bench.floor.url, plan, servers=bench.floor_servers)]


def _compared_with_like(bench: Bench, word: str) -> int:
    """Walk through every page of a search and compare with what LIKE finds; returns how many there are.

    Raises:
        WrongAnswer: the two sets differ.
    """
    listed: set[str] = set()
    cursor: str | None = ""
    while cursor is not None:
        path = f"/api/v1/cases?q={quote(word)}&limit={_LONGEST_PAGE}" + (f"&cursor={cursor}" if cursor else "")
        address, headers = bench.product.url + path, bench.product.bearer("he")
        request = urllib.request.Request(address, headers=headers)  # noqa: S310 - our own server on loopback
        answer = json.loads(urllib.request.urlopen(request, timeout=60).read())  # noqa: S310 - our own server too
        listed |= {item["id"] for item in answer["items"]}
        cursor = answer["next"]
    with bench.product.office.db.reading() as session:
        holds = or_(Case.title.contains(word), Case.description.contains(word))
        liked = {str(each) for each in session.scalars(select(Case.id).where(holds))}
    if listed != liked:
        raise WrongAnswer(
            f"search of {word}: {len(listed)} cases, LIKE finds {len(liked)}, {len(listed ^ liked)} differ"
        )
    return len(liked)


def _round_trips(bench: Bench) -> dict[str, int]:
    """Count what each step of a life asks of the database, in a process of our own."""
    product = bench.product
    client = create_app(product.office).test_client(use_cookies=False)
    trips: dict[str, int] = {}
    # Twice: the first life pays for what is kept between requests.
    for _ in range(2):
        made = client.post("/api/v1/cases", headers=product.bearer("he"), data=workloads.report()).get_json()
        for trigger, who, fields in workloads.LIFE:
            body = json.dumps({"trigger": trigger, "fields": fields, "comment": "照此办理"})
            with statements_of(product.office.db) as found:
                path = f"/api/v1/cases/{made['id']}/transitions"
                answer = client.post(path, headers=product.bearer(who), data=body)
            if answer.status_code != 200:
                raise WrongAnswer(answer.get_data(as_text=True))
            trips[trigger] = len(found)
    return trips


def _statements_of_queue(bench: Bench) -> int:
    """Count the statements of a queue page whose counters have just been forgotten: the dearest one."""
    app = create_app(bench.product.office)
    client = app.test_client(use_cookies=False)
    headers = bench.product.browser("he")
    client.get("/cases", headers=headers)
    with app.app_context():
        counting.forget()
    with statements_of(bench.product.office.db) as found:
        answer = client.get("/cases", headers=headers)
    workloads.has_rows(_ROW)(answer.data)
    return sum(each.startswith(("SELECT", "WITH")) for each in found)
