"""The board of supervised matters with ten thousand of them open, as a clerk opens it."""

from sqlalchemy import func, select

from bench import load, workloads
from bench.figures import Target
from bench.load import Measured, Request, WrongAnswer
from bench.product import Product
from bench.rounds import Bench
from casework.core import clock
from casework.registry.tables import Org
from casework.supervisions.tables import Supervision
from tests.supervised import multiply

MATTERS = 10**4
_PAGES = {"board by unit": "/supervision", "page for Monday": "/supervision/monday"}
_ASKED, _WARM = 150, 6
# 60 ms where the floor's list takes 4: the machine the musts were set on.
_BY_FLOOR = 15
# On the board stand the cards of a few units; with fewer something was left out, with thousands nothing was.
_CARD, _FEWEST, _MOST = b'<li class="bcard', 20, 200


def measure(bench: Bench) -> None:
    """Open the board and the page for Monday again and again."""
    lay(bench.product)
    headers = bench.product.browser("he")
    for name, path in _PAGES.items():
        request = Request("GET", path, headers)
        load.run(bench.product.url, [[request] * _WARM] * load.CLIENTS)
        check = _has_cards if path == "/supervision" else None
        found = load.run(bench.product.url, [[request] * bench.many(_ASKED)], check=check, servers=bench.servers)
        bench.note(name, [found])
        told = f"(p50 {found.p50:.1f}; {found.cpu_ms:.1f} ms of processor time)"
        bench.add(f"{name}, 10⁴ matters", "one client, p95", found.p95, "ms", note=told)
        for least in _floor(bench):
            wanted, told = Target(_BY_FLOOR), f"(floor's list {least.p95:.1f} ms)"
            bench.add(f"{name}, 10⁴ matters", "by the floor's list", found.p95 / least.p95, "times", wanted, note=told)


def _floor(bench: Bench) -> list[Measured]:
    """Ask the floor for its own list with one client, where there is one."""
    if bench.floor is None:
        return []
    plan = workloads.floor_queues(bench.many(_ASKED), clients=1)
    return [load.run(bench.floor.url, plan, servers=bench.floor_servers)]


def lay(product: Product) -> None:
    """Write further matters over all units until there are ten thousand."""
    db = product.office.db
    with db.reading() as session:
        there = session.scalar(select(func.count()).select_from(Supervision)) or 0
        units = session.scalars(select(Org.id).where(Org.kind != "office").order_by(Org.code)).all()
        like = select(Supervision.id).where(Supervision.state == "in_progress").order_by(Supervision.id)
        matter = session.scalars(like).first()
    if matter is None:
        raise LookupError("the demo county supervises nothing")
    if there < MATTERS:
        multiply(db, matter, MATTERS - there, units=units, at=clock.now())
        product.settle()


def _has_cards(content: bytes) -> None:
    cards = content.count(_CARD)
    if not _FEWEST <= cards <= _MOST:
        raise WrongAnswer(f"{cards} cards on the board")
