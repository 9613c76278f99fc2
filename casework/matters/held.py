"""Files a virus scanner has not judged yet: they lie beside their place under another name, so that nobody gets them.

Whatever hands a file out looks at its own place and finds none. A worker asks again; what is clean takes its place,
what is not is deleted, and a mark stays there that says so.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from casework.core.errors import CaseworkError, invalid, refused
from casework.core.scanning import Away, Scanner

FIELD = "file"
_WAITS, _TAKEN = ".held", ".infected"


class ScannerAway(CaseworkError):
    """The virus scanner does not answer, and nothing is taken in without it (503)."""

    code = "scanner_away"


def is_judged(scanner: Scanner, file: IO[bytes]) -> bool:
    """Ask about a file that comes in; False when there is no verdict and it is to be held back.

    Raises:
        Invalid: something was found (file_infected).
        ScannerAway: there is no verdict, and such files are refused.
    """
    try:
        found = scanner.ask(file)
    except Away:
        if not scanner.holds:
            raise ScannerAway from None
        return False
    if found:
        raise invalid(FIELD, "file_infected", name=found)
    return True


def require_clean(scanner: Scanner | None, file: IO[bytes]) -> None:
    """Ask about a file that is read at once: nothing of it waits, so no verdict is a refusal.

    Raises:
        Refused: upload_infected, or scanner_away.
    """
    if scanner is None:
        return
    try:
        found = scanner.ask(file)
    except Away:
        raise refused("scanner_away") from None
    if found:
        raise refused("upload_infected", name=found)


def waiting(path: Path) -> Path:
    """Return where a content lies while it waits for its verdict."""
    return path.with_name(path.name + _WAITS)


def require_there(path: Path) -> None:
    """Say why a content is not at its place, where a scanner is the reason.

    Raises:
        Refused: it waits for its verdict (file_held), or was found to be infected (file_was_infected).
    """
    if path.is_file():
        return
    if waiting(path).is_file():
        raise refused("file_held")
    if path.with_name(path.name + _TAKEN).is_file():
        raise refused("file_was_infected")


def is_explained(path: Path) -> bool:
    """Say whether a content is away because of a scanner: no loss that `verify` would have to tell of."""
    return waiting(path).is_file() or path.with_name(path.name + _TAKEN).is_file()


def judge_waiting(folder: Path, scanner: Scanner | None) -> Iterator[tuple[str, str]]:
    """Ask about what waits, until there is no verdict; yield each digest with what was found ("": clean).

    Without a scanner nothing is let out: who takes it away says so by taking the files away too.
    """
    for path in sorted(folder.glob(f"??/??/*{_WAITS}")) if scanner is not None else ():
        place = path.with_name(path.name.removesuffix(_WAITS))
        try:
            with path.open("rb") as file:
                found = scanner.ask(file) if scanner is not None else ""
        except FileNotFoundError:
            continue  # another worker was there first
        except Away:
            return
        if found:
            place.with_name(place.name + _TAKEN).touch(mode=0o600)
            path.unlink(missing_ok=True)
        elif path.exists():
            path.replace(place)
        yield place.name, found
