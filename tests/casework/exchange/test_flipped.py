"""Sound files of every kind an office sends, with a few bytes changed anywhere: taken or refused, soon, and no more.

Of six kinds two each, with CASEWORK_TEST_TIER=full two thousand (reliability.md §5.2). What reads them is a child of
little memory and time; that it dies is a refusal, that the parent raises anything else is a fault of ours.
"""

import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from casework.core.errors import Invalid, Refused
from casework.exchange.sheets import read_book
from casework.matters import attachments
from casework.templates import kinds
from tests.casework.exchange.makers import old_workbook, small_workbook
from tests.casework.templates.makers import with_text
from tests.tiers import FULL
from workflows.papers import papers

FLIPS = 2000 if FULL else 2
FEW_BYTES = 6
NAMES = {"xlsx": "台账.xlsx", "xls": "台账.xls", "csv": "台账.csv", "jpg": "现场.jpg", "png": "现场.png"}


def _picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 48), 40).convert("RGB").save(out, kind)
    return out.getvalue()


SOUND: dict[str, Callable[[], bytes]] = {
    "xlsx": small_workbook,
    "xls": lambda: old_workbook({(0, 0): "姓名", (1, 0): "张三", (1, 1): 44937.0}),
    "csv": lambda: "姓名,电话\r\n张三,13900000001\r\n李四,13900000002\r\n".encode("gb18030"),
    "docx": lambda: with_text("{{ 标题 }}", "请于 {{ 办理时限 }} 前办结"),
    "jpg": lambda: _picture("JPEG"),
    "png": lambda: _picture("PNG"),
}


def _take(kind: str, content: bytes, folder: Path) -> bool:
    """Take a file in as the product does; False when it is refused."""
    try:
        if kind == "docx":
            papers.judge(content, kinds.kind_of("assignment"))
        elif kind in ("jpg", "png"):
            attachments.stage(io.BytesIO(content), name=NAMES[kind], folder=folder / "kept")
        else:
            path = folder / NAMES[kind]
            path.write_bytes(content)
            read_book(path)
    except (Refused, Invalid):
        return False
    return True


@pytest.mark.timeout(7200 if FULL else 300)
@pytest.mark.parametrize("kind", SOUND)
def test_a_file_with_changed_bytes_is_taken_or_refused_and_nothing_else(kind: str, tmp_path: Path) -> None:
    sound, dice = SOUND[kind](), random.Random(20261129)
    assert _take(kind, sound, tmp_path)
    for _ in range(FLIPS):
        changed = bytearray(sound)
        for _ in range(dice.randint(1, FEW_BYTES)):
            changed[dice.randrange(len(changed))] ^= dice.randrange(1, 256)
        _take(kind, bytes(changed), tmp_path)
    kept = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    for path in kept:
        # What is kept of a picture is drawn anew, whatever was sent.
        with Image.open(path) as picture:
            picture.verify()
    assert bool(kept) == (kind in ("jpg", "png"))
