"""Requests whose end could be read in two ways are refused by waitress too, as RFC 9112 allows (§5.2, §6.1).

By itself it counts the chunks where both a length and chunks are told, and unfolds folded lines. A proxy in front that
reads them the other way would hand somebody's hidden request on as the next caller's.
"""

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import BaseWSGIServer


class _Parser(HTTPRequestParser):  # type: ignore[misc] # the package carries no types
    def parse_header(self, header_plus: bytes) -> None:
        """Read the head of a request.

        Raises:
            ParsingError: it is none, or its body could end in two places.
        """
        if b"\n " in header_plus or b"\n\t" in header_plus:
            raise ParsingError("Folded header line")
        super().parse_header(header_plus)
        told = {line.partition(b":")[0].lower() for line in header_plus.split(b"\r\n")[1:]}
        if {b"transfer-encoding", b"content-length"} <= told:
            raise ParsingError("Both a length and a transfer coding")


class _Channel(HTTPChannel):  # type: ignore[misc] # as above
    parser_class = _Parser


def ask_for(sockets: dict[int, object]) -> None:
    """Let every server among `sockets` read requests so."""
    for each in sockets.values():
        if isinstance(each, BaseWSGIServer):
            each.channel_class = _Channel
