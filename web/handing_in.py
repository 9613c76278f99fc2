"""A file that comes in by a request: judged, asked about, taken into the store; one answer for what is wrong."""

import tempfile
from typing import IO

from werkzeug.exceptions import RequestEntityTooLarge

from casework.core.scanning import Scanner
from casework.matters import attachments, held
from casework.matters.attachments import Staged, TooLarge
from web import unit


def scanner() -> Scanner | None:
    """Return the virus scanner of this office, if it has one."""
    return unit.office().settings.scanner


def stage(stream: IO[bytes], *, name: str) -> Staged:
    """Take a file into the store.

    Raises:
        Invalid: it is of no kind that is kept, damaged or infected.
        NoRoom, ScannerAway: not just now.
        RequestEntityTooLarge: above 20 MiB.
    """
    try:
        return attachments.stage(stream, name=name, folder=unit.office().settings.attachments, scanner=scanner())
    except TooLarge:
        raise RequestEntityTooLarge from None


def judge(content: bytes) -> None:
    """Ask about a file that is used at once: nothing of it waits, so no verdict is a refusal.

    Raises:
        Refused: upload_infected, or scanner_away.
    """
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        held.require_clean(scanner(), file)
