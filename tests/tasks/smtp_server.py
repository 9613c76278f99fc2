"""A small mail server on loopback that does what a test wants: takes letters, refuses them, hangs up, or is away."""

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

END = b"."


class MailServer(socketserver.ThreadingTCPServer):
    """What came in is in `letters`; `answers` says how recipients are answered (250 if nothing is said)."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.letters: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self.hangs_up = False
        # Takes a letter and hangs up before saying so.
        self.keeps_quiet = False
        self.connections = 0

    @property
    def url(self) -> str:
        """Return the address as a setting has it."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.server.connections += 1
        self._say("220 here")
        for line in self.rfile:
            if not self._answer(line.strip()):
                return

    def _answer(self, line: bytes) -> bool:
        verb = line[:4].upper()
        if verb == b"RCPT":
            address = line.decode().partition("<")[2].rstrip(">")
            self._say(self.server.answers.get(address, "250 fine"))
        elif verb == b"DATA":
            if self.server.hangs_up:
                return False
            self._say("354 go on")
            self.server.letters.append(self._letter())
            if self.server.keeps_quiet:
                return False
            self._say("250 kept")
        elif verb == b"QUIT":
            self._say("221 bye")
            return False
        else:
            self._say("250 fine")
        return True

    def _letter(self) -> EmailMessage:
        lines = []
        for line in self.rfile:
            if line.rstrip(b"\r\n") == END:
                break
            lines.append(line[1:] if line.startswith(b"..") else line)
        return email.message_from_bytes(b"".join(lines), policy=email.policy.default)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Lend a running server."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
