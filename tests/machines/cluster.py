"""PostgreSQL on two hosts: a primary that acknowledges what its standby has, the standby, and who watches over both.

The watch does what an office's own tool for it does (Patroni and the like): while the standby is away the primary
acknowledges alone, for else nobody could write; once it follows again, both have to have it.
"""

import shutil
import signal
import subprocess
import threading
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg

from tests import servers
from tests.machines.namespaces import Namespaces
from tests.machines.relays import Relays

Network = Namespaces | Relays
PRIMARY, STANDBY = "db1", "db2"
_SETTINGS = {
    "wal_level": "replica",
    "max_wal_senders": 4,
    "wal_keep_size": "256MB",
    "wal_sender_timeout": "2s",
    "wal_receiver_timeout": "2s",
    "wal_retrieve_retry_interval": "300ms",
    "hot_standby": "on",
}
_WATCH_SECONDS = 0.3


class Cluster:
    """Both servers. `primary` is whoever takes writes."""

    def __init__(self, network: Network, folder: Path) -> None:
        self._network = network
        self._folder = folder
        with network.at(PRIMARY):
            first = servers.postgres_server(
                folder / PRIMARY, settings=_SETTINGS, address=network.address(PRIMARY), networks=("192.0.2.0/24",)
            )
        self.servers = {PRIMARY: first}
        self.password = str(urlsplit(first.url).password)

    def split(self) -> None:
        """Make the standby as a copy of what is there, and let it follow."""
        first = self.servers[PRIMARY]
        first.stop()
        whole, copy = self._folder / PRIMARY, self._folder / STANDBY
        # The copy keeps the owner, as the server wants it.
        subprocess.run(["cp", "-a", whole, copy], check=True)
        port = servers.free_port() if self._network.address(STANDBY) == servers.LOOPBACK else self.port(PRIMARY)
        host, way = self._network.way(STANDBY, PRIMARY, self.port(PRIMARY))
        told = f"host={host} port={way} user=casework password={self.password} application_name=standby"
        own = {"listen_addresses": self._network.address(STANDBY), "port": port, "primary_conninfo": told}
        if len(str(copy)) < 80:
            own["unix_socket_directories"] = str(copy)
        with (copy / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in own.items())
        (copy / "data" / "standby.signal").touch()
        url = f"postgresql://casework:{self.password}@{self._network.address(STANDBY)}:{port}/postgres"
        self.servers[STANDBY] = servers.Server(
            url=url,
            command=[first.command[0], "-D", copy / "data"],
            is_ready=lambda pid: servers.says_ready(copy / "data" / "postmaster.pid", pid),
            log=copy / "log",
            stop_signal=signal.SIGINT,
        )
        for name, server in self.servers.items():
            with self._network.at(name):
                server.start()

    def port(self, name: str) -> int:
        """Return the port of a server."""
        return int(urlsplit(self.servers[name].url).port or 0)

    def url(self, source: str, *, read: bool = False) -> str:
        """Return how a host of ours names the database: both servers, and which of them it wants."""
        ways = [self._network.way(source, name, self.port(name)) for name in (PRIMARY, STANDBY)]
        wanted = "prefer-standby" if read else "read-write"
        hosts = "&".join(f"host={host}:{port}" for host, port in (reversed(ways) if read else ways))
        return f"postgresql://casework:{quote(self.password)}@/postgres?{hosts}&target_session_attrs={wanted}"

    def promote(self) -> None:
        """Make the standby the primary."""
        with psycopg.connect(self.servers[STANDBY].url, autocommit=True) as connection:
            assert connection.execute("SELECT pg_promote()").fetchone() == (True,)

    def stop(self) -> None:
        """End both."""
        for server in self.servers.values():
            server.stop()
        for name in self.servers:
            shutil.rmtree(self._folder / name, ignore_errors=True)


class Watch:
    """Watches over the primary: two have to have what is acknowledged, as long as there are two."""

    def __init__(self, cluster: Cluster) -> None:
        self._url = cluster.servers[PRIMARY].url + "?connect_timeout=2"
        self._stopped = threading.Event()
        self.both = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_WATCH_SECONDS):
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    self._look(connection)
            except psycopg.OperationalError:
                continue

    def _look(self, connection: psycopg.Connection) -> None:
        following = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        while not self._stopped.wait(_WATCH_SECONDS):
            ((found,),) = connection.execute(following).fetchall()
            if bool(found) != self.both:
                names = "standby" if found else ""
                connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
                connection.execute("SELECT pg_reload_conf()")
                self.both = bool(found)
