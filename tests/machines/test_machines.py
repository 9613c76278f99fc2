"""Several machines: any one may fall, any link may break, the standby may take over, a new version may be rolled through
– while clients write. Nothing acknowledged is lost, each rung fires once, requests find their way again.

Where it may be, each host is a network namespace and its link a cable that can be pulled. A part of the blows in
`make test`; `make machines` deals all of them, to every host and every link, and wants ten seconds to be enough.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from casework.core import clock
from casework.core.database import Database
from casework.keeping.verify import verify
from casework.matters.tables import Firing, Job
from tests.faults.recorder import Recorder, Wrong, against
from tests.faults.running import heal
from tests.machines.cluster import PRIMARY, STANDBY
from tests.machines.house import BEATS, FRONT, HOSTS, LINKS, REDIS, WEBS, WORKERS, House, connected, founded
from tests.tasks.test_worker import until
from tests.tiers import FULL
from tests.web.api.conftest import give_token
from tests.world import World, make_world
from workflows.lifecycles import lifecycles

pytestmark = pytest.mark.timeout(1500)
CLIENTS, REST = (3, 0.1) if FULL else (2, 0.4)
# Of every kind one, several at once, and who has a second stays down; each by itself in the full form.
FALLING: tuple[tuple[str, ...], ...] = tuple((host,) for host in (*WEBS, *WORKERS, *BEATS, REDIS, STANDBY))
FALLING = FALLING if FULL else ((WEBS[0],), (WORKERS[0], BEATS[0], REDIS))
RISING = HOSTS if FULL else (REDIS,)
BREAKING = LINKS if FULL else ((WEBS[1], PRIMARY), (STANDBY, PRIMARY))
PATIENCE = 10.0 if FULL else 60.0
_WAIT = 120.0


@dataclass
class Trial:
    """The house under blows, with how long the slowest request of each took to find its way."""

    house: House
    world: World
    recorder: Recorder
    overdue: int = 0
    waited: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def blow(self, name: str) -> Iterator[None]:
        """Let something happen inside; before it new clocks are overdue, after it clients have to be answered."""
        self.world.assigned(at=clock.now() - timedelta(days=60))
        self.overdue += 1
        since = len(self.recorder.sent)
        yield
        self.goes_on()
        begun_before = max(0, since - CLIENTS)
        self.waited[name] = max(each.seconds for each in self.recorder.sent[begun_before:])
        print(f"{self.waited[name]:6.1f} s the slowest request: {name}", flush=True)

    def goes_on(self) -> None:
        """Wait until each client has been answered about something it asked from now on."""
        sent, since = self.recorder.sent, len(self.recorder.sent)
        enough: Callable[[], bool] = lambda: sum(each.outcome == "ok" for each in sent[since:]) >= 2 * CLIENTS  # noqa: E731 - asked again and again
        assert until(enough, seconds=_WAIT), [each.outcomes[-5:] for each in sent[since:]]


def test_any_machine_may_fall_and_any_link_may_break_while_clients_write(tmp_path: Path) -> None:
    with connected() as network, founded(network, tmp_path, lambda url: _found(url, tmp_path)) as house:
        db = Database(house.cluster.url("desk"))
        world = make_world(db, tmp_path)
        host, port = network.way("desk", FRONT, house.port(FRONT))
        token = give_token(db, world["he"].person_id)
        trial = Trial(house, world, Recorder(lambda: port, token, host=host, rest=REST))
        with trial.recorder.at_work(CLIENTS):
            _break(trial)
            _strike(trial)
            _promote(trial)
            with trial.blow("upgrade rolled through"):
                house.roll()
        heal(world)
        _judge(trial, tmp_path)
        db.close()
        print(f"{network.kind}, {len(trial.recorder.sent)} requests", flush=True)


def _found(url: str, home: Path) -> None:
    db = Database(url)
    make_world(db, home)
    db.close()


def _strike(trial: Trial) -> None:
    for hosts in FALLING:
        with trial.blow(f"{' '.join(hosts)} falls"):
            for host in hosts:
                trial.house.fall(host)
        with trial.blow(f"{' '.join(hosts)} is back"):
            for host in hosts:
                if host in RISING:
                    trial.house.rise(host)


def _break(trial: Trial) -> None:
    house = trial.house
    for one, other in BREAKING:
        with trial.blow(f"{one} does not reach {other}"):
            house.network.cut(one, other)
        with trial.blow(f"{one} reaches {other} again"):
            house.network.heal(one, other)
            assert until(lambda: all(house.is_ready(web) for web in WEBS), seconds=_WAIT)


def _promote(trial: Trial) -> None:
    house = trial.house
    # What the primary has acknowledged alone would be lost with it: it may fall when both have everything again.
    assert until(lambda: house.watch.both, seconds=_WAIT)
    trial.goes_on()
    with trial.blow("the primary falls, the standby takes over"):
        house.watch.stop()
        house.fall(PRIMARY)
        house.cluster.promote()


def _judge(trial: Trial, home: Path) -> None:
    db, recorder = trial.world.db, trial.recorder
    assert against(recorder, db) == Wrong()
    assert recorder.told.keys() == {"ok"}, recorder.told
    with db.reading() as session:
        fired = [tuple(row) for row in session.execute(select(Firing.deadline_id, Firing.level))]
        daily = list(session.execute(select(Job.name, Job.period, func.count()).group_by(Job.name, Job.period)))
    assert len(fired) == len(set(fired))
    assert len({deadline_id for deadline_id, _ in fired}) >= 3 * trial.overdue
    assert daily, "no scheduler has asked for anything"
    assert [tuple(row) for row in daily if row[2] != 1] == []
    found = verify(db, at=clock.now(), attachments=home / "attachments", lifecycles=lifecycles(), healed=True)
    assert {each.name: each.first for each in found if each.rows} == {}
    assert max(trial.waited.values()) < PATIENCE, trial.waited
