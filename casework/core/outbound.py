"""Where this installation may send something to: addresses that somebody typed are judged here (open311.md §3.3).

Judged when typed and again before every connection: the name is resolved once, every address it has must pass, and the
connection goes to the very address that was judged. Not here: the sending (tasks/sending/posting.py).
`is_global` of the standard library is not enough: it calls NAT64, multicast and 192.0.0.8 global.
"""

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import SplitResult, urlsplit

MOST_LETTERS = 2000
_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)*", re.ASCII)
# Visible ASCII without the letters that readers of addresses take differently.
_URL = re.compile(r"[!-~]+", re.ASCII)
_TWISTED = frozenset('\\<>"`{}|^')
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.ASCII)
# Names that never lead to anybody outside; asking for them would only tell others that we did.
_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "invalid", "test", "arpa", "onion")
_REFUSED: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ipaddress.ip_network(each)
    for each in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "fec0::/10", "::/96")
)

Address = IPv4Address | IPv6Address


class NoTarget(Exception):
    """Nothing may be sent there; `code` says why, as a code of a mistake in a field."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Allowed:
    """The hosts and networks an administrator has named, allowed though private, plain http or on another port."""

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Allowed":
        """Read names, addresses (`host`, `host:port`) and networks (`10.0.0.0/8`), parted by commas.

        Raises:
            ValueError: one of them is none; the message names it.
        """
        hosts: set[tuple[str, int | None]] = set()
        networks = []
        for each in filter(None, (part.strip() for part in text.split(","))):
            if "/" in each:
                networks.append(ipaddress.ip_network(each))
                continue
            name, port = _host_and_port(each)
            hosts.add((_ascii(name), port))
        return cls(frozenset(hosts), tuple(networks))

    def names(self, host: str, port: int) -> bool:
        """Say whether a host is listed by itself."""
        return (host, None) in self.hosts or (host, port) in self.hosts

    def holds(self, address: Address) -> bool:
        """Say whether an address lies in a listed network."""
        return any(address.version == each.version and address in each for each in self.networks)


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was read and whose form is right; where it leads is asked by `resolve`."""

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_plain(self) -> bool:
        """Whether it is reached without encryption."""
        return self.scheme == "http"

    @property
    def authority(self) -> str:
        """The host as the `Host` header names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def read(url: str, *, allowed: Allowed) -> Target:
    """Read an address that somebody typed.

    Raises:
        NoTarget: it is malformed, carries a user, is not https, or is on a port of its own without being listed.
    """
    parts = _parts(url)
    host = _ascii(parts.hostname or "")
    try:
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:
        raise NoTarget("url_malformed") from None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(url, parts.scheme, host, port, path)
    if not _is_listed(target, allowed):
        if target.is_plain:
            raise NoTarget("url_not_https")
        if port != _PORTS[parts.scheme]:
            raise NoTarget("url_port")
    return target


def resolve(target: Target, *, allowed: Allowed) -> Sequence[str]:
    """Return the addresses to connect to, the first first: every one the name has must be allowed, now.

    Raises:
        NoTarget: the name has no address, or one that nothing may be sent to.
    """
    if not _is_listed(target, allowed) and target.host.rpartition(".")[2] in _INSIDE:
        raise NoTarget("url_private")
    found = _addresses(target)
    if not found:
        raise NoTarget("url_unknown_host")
    if not allowed.names(target.host, target.port):
        for each in found:
            if not allowed.holds(each) and not is_public(each):
                raise NoTarget("url_private")
    return list(dict.fromkeys(map(str, found)))


def check(url: str, *, allowed: Allowed) -> Target:
    """Read an address and look where it leads, as is done when it is typed.

    Raises:
        NoTarget: nothing may be sent there.
    """
    target = read(url, allowed=allowed)
    resolve(target, allowed=allowed)
    return target


def host_of(url: str) -> str:
    """Return the host of an address that was read before, to name it by."""
    return urlsplit(url).hostname or ""


def is_public(address: Address) -> bool:
    """Say whether an address is one of the open network; an IPv4 one inside an IPv6 one is judged itself."""
    if isinstance(address, IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if inside is not None:
            return is_public(inside)
    if any(address.version == each.version and address in each for each in _REFUSED):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    )


def _is_listed(target: Target, allowed: Allowed) -> bool:
    if allowed.names(target.host, target.port):
        return True
    literal = _literal(target.host)
    return literal is not None and allowed.holds(literal)


def _parts(url: str) -> SplitResult:
    if len(url) > MOST_LETTERS:
        raise NoTarget("url_malformed")
    try:
        ascii_url = url if url.isascii() else _with_ascii_host(url)
        parts = urlsplit(ascii_url)
        host = parts.hostname
    except ValueError:
        raise NoTarget("url_malformed") from None
    if not _URL.fullmatch(ascii_url) or _TWISTED & set(ascii_url) or parts.fragment or not host:
        raise NoTarget("url_malformed")
    if parts.scheme not in _PORTS:
        raise NoTarget("url_not_https")
    if "@" in parts.netloc:
        raise NoTarget("url_user")
    return parts


def _with_ascii_host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return url.replace(host, _ascii(host), 1) if host in url else url


def _ascii(host: str) -> str:
    """Return a host in the letters of the network: small ASCII; an address in the one way it is written."""
    literal = _literal(host)
    if literal is not None:
        return str(literal)
    try:
        name = host.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise NoTarget("url_malformed") from None
    literal = _literal(name)
    if literal is not None:
        return str(literal)
    # 127.1, 0x7f000001 and 2130706433 are addresses to some readers and names to others.
    if not _HOST.fullmatch(name) or len(name) > 253 or _NUMERIC.fullmatch(name.rpartition(".")[2]):
        raise NoTarget("url_malformed")
    return name


def _host_and_port(text: str) -> tuple[str, int | None]:
    parts = urlsplit(f"//{text}" if text.count(":") < 2 or text.startswith("[") else f"//[{text}]")
    if not parts.hostname or parts.path or parts.query or parts.username:
        raise ValueError(f"{text} is no host")
    return parts.hostname, parts.port


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _addresses(target: Target) -> Sequence[Address]:
    literal = _literal(target.host)
    if literal is not None:
        return [literal]
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
