"""The product on eleven hosts: two web hosts behind a proxy, two workers, a scheduler with a standby, PostgreSQL with a
streaming standby, Redis, and the desk of those who ask. Each may be struck down or cut off.
"""

import http.client
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from tests import server_keeper, servers
from tests.machines.cluster import PRIMARY, STANDBY, Cluster, Network, Watch
from tests.machines.namespaces import Namespaces, Unavailable
from tests.machines.relays import Relays
from tests.schema import build_schema
from tests.tasks.programs import Program
from tests.tasks.test_worker import until

DESK, FRONT, REDIS = "desk", "front", "redis"
WEBS, WORKERS, BEATS, DATABASES = ("web1", "web2"), ("work1", "work2"), ("beat1", "beat2"), (PRIMARY, STANDBY)
HOSTS = (DESK, FRONT, *WEBS, *WORKERS, *BEATS, *DATABASES, REDIS)
# Whom a host talks to.
LINKS = (
    *((FRONT, web) for web in WEBS),
    *((host, PRIMARY) for host in (*WEBS, *WORKERS, *BEATS)),
    *((host, REDIS) for host in (*WEBS, *WORKERS, *BEATS)),
    (STANDBY, PRIMARY),
)
_SAID = {"web": "casework:", "work": "_works", "beat": "beat_beats", "fron": "proxy_works"}
_WAIT = 120.0


@dataclass
class House:
    """What runs where."""

    network: Network
    cluster: Cluster
    redis: servers.Server
    home: Path
    watch: Watch
    running: dict[str, Program] = field(default_factory=dict)
    _ports: dict[str, int] = field(default_factory=dict)

    def port(self, host: str) -> int:
        """Return where a web host, or the proxy, listens; the same every time."""
        return self._ports.setdefault(host, servers.free_port())

    def start(self, *hosts: str) -> None:
        """Start what belongs on these hosts, all at once, and wait until each is at work."""
        for host in hosts:
            with self.network.at(host):
                if host in DATABASES:
                    self.cluster.servers[host].start()
                elif host == REDIS:
                    self.redis.start()
                else:
                    self.running[host] = self._program(host)
        for host in hosts:
            if host in self.running:
                self.running[host].wait_for(_SAID[host[:4] if host == FRONT else host.rstrip("12")])

    def fall(self, host: str) -> None:
        """Take its power away: nobody hears of it any more."""
        self.network.unplug(host)
        if host in DATABASES:
            self.cluster.servers[host].kill()
        elif host == REDIS:
            self.redis.kill()
        else:
            self.running[host].process.kill()
            self.running[host].process.wait()

    def rise(self, host: str) -> None:
        """Give it back its power."""
        self.network.plug(host)
        self.start(host)

    def roll(self) -> None:
        """Put a new version in place, one web host after the other, each only when the one before answers again."""
        for web in WEBS:
            if self.running[web].process.poll() is None:
                assert self.running[web].stop()[0] == 0
            self.rise(web)
            assert until(lambda here=web: self.is_ready(here), seconds=_WAIT)  # type: ignore[misc] # binds the host

    def is_ready(self, web: str) -> bool:
        """Ask a web host, or all of them through the proxy, whether it can serve."""
        host, port = self.network.way(DESK, web, self.port(web))
        connection = http.client.HTTPConnection(host, port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _program(self, host: str) -> Program:
        if host == FRONT:
            ways = [self.network.way(FRONT, web, self.port(web)) for web in WEBS]
            return Program(
                [self.network.address(FRONT), str(self.port(FRONT)), *(f"{name}:{port}" for name, port in ways)],
                home=self.home,
                settings={},
                module="tests.machines.proxy",
            )
        name, port = self.network.way(host, REDIS, int(urlsplit(self.redis.url).port or 0))
        settings = {
            "CASEWORK_DATABASE_URL": self.cluster.url(host),
            "CASEWORK_REDIS_URL": f"redis://:{urlsplit(self.redis.url).password}@{name}:{port}/0",
        }
        if host in WEBS:
            settings |= {
                "CASEWORK_HOST": self.network.address(host),
                "CASEWORK_TRUSTED_HOSTS": ",".join({self.network.address(each) for each in (FRONT, *WEBS)}),
                "CASEWORK_PORT": str(self.port(host)),
            }
        command = ["serve"] if host in WEBS else ["beat"] if host in BEATS else ["worker", "--threads", "2"]
        return Program(command, home=self.home, settings=settings)

    def stop(self) -> None:
        """End all of it."""
        for each in self.running.values():
            each.process.kill()
            each.process.wait()


@contextmanager
def connected(network: type[Namespaces] | type[Relays] = Namespaces) -> Iterator[Network]:
    """Lend a network with every host on it, and be at the desk meanwhile."""
    try:
        made: Network = network(HOSTS)
    except Unavailable:
        made = Relays(HOSTS)
    try:
        with made.at(DESK):
            yield made
    finally:
        made.close()


@contextmanager
def founded(network: Network, home: Path, found: Callable[[str], None]) -> Iterator[House]:
    """Lend the house with everything at work. `found`: writes the county into the database of this URL."""
    folder = server_keeper.session_folder() / f"machines-{uuid4().hex}"
    folder.mkdir(mode=0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        cluster = Cluster(network, folder)
        stack.callback(cluster.stop)
        build_schema(cluster.servers[PRIMARY].url)
        found(cluster.servers[PRIMARY].url)
        cluster.split()
        with network.at(REDIS):
            redis = servers.redis_server(folder / REDIS, address=network.address(REDIS))
        stack.callback(redis.stop)
        watch = Watch(cluster)
        stack.callback(watch.stop)
        house = House(network, cluster, redis, home, watch)
        stack.callback(house.stop)
        house.start(*WEBS, *WORKERS, *BEATS, FRONT)
        assert until(lambda: house.is_ready(FRONT) and watch.both, seconds=_WAIT)
        yield house
