"""Which fonts documents are written in: names for Word, families for PDF, and what an office's folder lacks.

GB/T 9704-2012 asks for fonts that are licensed. A .docx only names them; a PDF takes them from the folder `fonts/` of
the home, where the office puts its own, and else the shipped ones (domain.md §4.1, ecosystem.md §7).
"""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from casework.documents.coverage import covered

if TYPE_CHECKING:
    from typst import Fonts

_FILE = Path(__file__).with_name("fonts.toml")


@dataclass(frozen=True, slots=True)
class Face:
    """What one kind of text is written in; the names are explained in fonts.toml."""

    word: str
    wanted: tuple[str, ...]
    substitute: str


@dataclass(frozen=True, slots=True)
class FontUse:
    """What a PDF really uses for a kind of text: one of the fonts wanted, or the shipped substitute."""

    role: str
    wanted: tuple[str, ...]
    used: str
    is_substitute: bool


@cache
def faces() -> Mapping[str, Face]:
    """Return the kinds of text (title, body, kai, hei, song) and their fonts."""
    table = tomllib.loads(_FILE.read_text("utf-8"))
    return {role: Face(face["word"], tuple(face["wanted"]), face["substitute"]) for role, face in table.items()}


def fonts_used(folder: Path | None) -> tuple[FontUse, ...]:
    """Say for each kind of text which font a PDF gets, with the office's fonts in `folder`, which need not exist."""
    uses = []
    for role, stack in stacks(opened(folder)).items():
        face = faces()[role]
        uses.append(FontUse(role, face.wanted, stack[0], is_substitute=stack[0] == face.substitute))
    return tuple(uses)


def stacks(fonts: "Fonts") -> Mapping[str, tuple[str, ...]]:
    """Return for each kind of text the families that are there, best first; what the first lacks the next may have."""
    known = {family.casefold(): family for family in fonts.families()}
    found = {
        role: [*(known[name.casefold()] for name in face.wanted if name.casefold() in known), face.substitute]
        for role, face in faces().items()
    }
    every = [family for stack in found.values() for family in stack]
    return {role: tuple(dict.fromkeys([*stack, *every])) for role, stack in found.items()}


def missing(text: str, fonts: "Fonts") -> frozenset[str]:
    """Return the characters of a text that none of the families in use has a shape for; blanks are left out."""
    families = {family for stack in stacks(fonts).values() for family in stack}
    files = {(each.path, each.index) for each in fonts.fonts() if each.path and each.family in families}
    wanted = {each for each in text if not each.isascii() and unicodedata.category(each)[0] in "LMNPSC"}
    for path, index in sorted(files):
        if not wanted:
            break
        wanted -= set(map(chr, covered(path, index, Path(path).stat().st_mtime_ns) & set(map(ord, wanted))))
    return frozenset(wanted)


def opened(folder: Path | None) -> "Fonts":
    """Open the shipped fonts and those of a folder; files that are no fonts are passed over.

    Opened fonts are kept until a file of the folder changes.
    """
    found = sorted(path for path in folder.rglob("*") if path.is_file()) if folder and folder.is_dir() else []
    marks = tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in found)
    return _opened(str(folder) if found else "", marks)


@lru_cache(maxsize=2)
def _opened(folder: str, _marks: tuple[tuple[str, int, int], ...]) -> "Fonts":
    import pylopdf_fonts_zh_cn  # noqa: PLC0415 - only who writes a PDF pays for fonts
    from typst import Fonts  # noqa: PLC0415 - as above

    shipped = str(pylopdf_fonts_zh_cn.serif_path().parent)
    paths = [folder, shipped] if folder else [shipped]
    return Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)
