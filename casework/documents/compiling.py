"""Typst run on a document's data: here, or for a long document in a process of its own (`python -m` this module).

A page costs half a megabyte while it is set, and typst gives nothing back: hundreds of pages belong to a process that
ends. It reads one line of JSON and writes the PDF.
"""

import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import casework
from casework.documents.fonts import opened

_TEMPLATE = Path(__file__).with_name("official.typ")
_COMMAND = (sys.executable, "-P", "-s", "-m", "casework.documents.compiling")
_WALL_SECONDS = 300


def compiled(given: str, pictures: Sequence[bytes], fonts: Path | None) -> bytes:
    """Return the PDF of a document's data with these pictures.

    Raises:
        TypstError: it cannot be set, for a picture among other reasons.
    """
    import typst  # noqa: PLC0415 - thirty megabytes that only who writes a PDF loads

    with tempfile.TemporaryDirectory(prefix="casework-pdf-") as folder:
        for number, picture in enumerate(pictures):
            Path(folder, file_name(number)).write_bytes(picture)
        sys_inputs = {"document": given}
        compiler = typst.Compiler(_template(), root=folder, font_paths=opened(fonts), sys_inputs=sys_inputs)
        made = compiler.compile(format="pdf", timestamp=0)
    assert isinstance(made, bytes)
    return made


def compiled_apart(given: str, pictures: Sequence[bytes], fonts: Path | None) -> bytes:
    """Return the same, made by a process that takes its memory with it when it ends.

    Raises:
        CalledProcessError: it cannot be set.
        TimeoutExpired: it took minutes.
    """
    asked = {
        "given": given,
        "pictures": [base64.b64encode(each).decode() for each in pictures],
        "fonts": None if fonts is None else str(fonts),
    }
    environment = {"PYTHONPATH": str(Path(casework.__file__).parent.parent), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
    told = json.dumps(asked).encode()
    done = subprocess.run(
        _COMMAND, input=told, capture_output=True, timeout=_WALL_SECONDS, env=environment, cwd="/", check=True
    )
    return done.stdout


def is_readable(picture: bytes) -> bool:
    """Say whether typst can read a picture, by setting it alone: its errors do not tell which one was at fault."""
    import typst  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory(prefix="casework-pdf-") as folder:
        Path(folder, file_name(0)).write_bytes(picture)
        try:
            typst.Compiler(f'#image("/{file_name(0)}")'.encode(), root=folder).compile(format="pdf")
        except typst.TypstError:
            return False
    return True


def file_name(number: int) -> str:
    """Return what the picture of a number is called in the document's folder."""
    return f"{number}.picture"


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


def main() -> None:
    """Set one document: the line of standard input becomes the PDF on standard output."""
    asked = json.loads(sys.stdin.buffer.readline())
    fonts = None if asked["fonts"] is None else Path(asked["fonts"])
    pictures = [base64.b64decode(each) for each in asked["pictures"]]
    sys.stdout.buffer.write(compiled(asked["given"], pictures, fonts))


if __name__ == "__main__":
    main()
