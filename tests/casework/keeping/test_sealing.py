"""The sealed file and the row format by themselves, at their edges."""

import io
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.core.errors import Refused
from casework.keeping import rows
from casework.keeping.sealing import MAGIC, Opener, Sealer, is_sealed

CHUNK = 64 * 1024
HEADER = 47
WORD = "竹林深处有人家"


def seal(content: bytes, *, step: int = 10_000) -> bytes:
    file = io.BytesIO()
    sealer = Sealer(file, passphrase=WORD)
    for start in range(0, len(content), step):
        sealer.write(content[start : start + step])
    sealer.finish()
    return file.getvalue()


def read(sealed: bytes, passphrase: str = WORD) -> bytes:
    with io.BufferedReader(Opener(io.BytesIO(sealed), passphrase=passphrase)) as file:
        return file.read()


def code_of(sealed: bytes, passphrase: str = WORD) -> str:
    with pytest.raises(Refused) as caught:
        read(sealed, passphrase)
    return caught.value.refusals[0].code


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5])
def test_what_is_sealed_opens_again(size: int) -> None:
    content = os.urandom(size)
    sealed = seal(content)
    assert is_sealed(io.BytesIO(sealed))
    assert read(sealed) == content
    assert len(sealed) == HEADER + size + 16 * max(1, -(-size // CHUNK))


def test_it_can_be_read_at_any_place() -> None:
    content = os.urandom(3 * CHUNK + 100)
    with io.BufferedReader(Opener(io.BytesIO(seal(content)), passphrase=WORD)) as file:
        assert file.seek(0, io.SEEK_END) == len(content)
        for place in (0, 5, CHUNK - 3, CHUNK, 2 * CHUNK + 7, len(content) - 4, len(content), len(content) + 9):
            assert file.seek(place) == place
            assert file.read(10) == content[place : place + 10]
            assert file.tell() == place + len(content[place : place + 10])


def test_the_same_content_never_looks_the_same() -> None:
    assert seal(b"x" * 100) != seal(b"x" * 100)


def test_another_passphrase_is_told_from_a_damaged_file() -> None:
    sealed = seal(b"x" * 100)
    assert code_of(sealed, WORD + " ") == "backup_passphrase"
    assert code_of(sealed[:-1] + bytes([sealed[-1] ^ 1])) == "backup_damaged"


def test_chunks_that_are_moved_dropped_or_cut_do_not_open() -> None:
    sealed = seal(os.urandom(3 * CHUNK))
    head, piece = sealed[:HEADER], CHUNK + 16
    one, two, three = (sealed[HEADER + n * piece : HEADER + (n + 1) * piece] for n in range(3))
    for wrong in (two + one + three, one + two, one + three, one + two + two, one + two + three + three, b"", one[:15]):
        assert code_of(head + wrong) == "backup_damaged"
    assert code_of(sealed[:20]) == "backup_damaged"
    other = bytearray(sealed)
    # The nonce is part of the header, and the header is bound to every chunk.
    other[len(MAGIC) + 16] ^= 1
    assert code_of(bytes(other)) == "backup_damaged"


@given(st.text())
def test_any_text_survives_the_row_format(text: str) -> None:
    written = rows._write_text(text)
    assert "\n" not in written
    assert "\t" not in written
    assert written != rows.NULL
    assert rows._read_text(written) == text


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("id", bytes(range(16)), "00010203-0405-0607-0809-0a0b0c0d0e0f"),
        ("instant", 0, "1970-01-01 00:00:00+00:00"),
        ("instant", 1_791_939_600_000_001, "2026-10-14 01:00:00.000001+00:00"),
        ("instant", -1, "1969-12-31 23:59:59.999999+00:00"),
        ("day", "2026-10-14", "2026-10-14"),
        ("flag", 1, "t"),
        ("flag", 0, "f"),
        ("integer", -(2**63), "-9223372036854775808"),
        ("text", "", ""),
        ("text", "\\N", "\\\\N"),
    ],
)
def test_each_kind_of_value_is_written_as_postgresql_writes_it(kind: str, value: Any, text: str) -> None:
    assert rows._WRITERS[kind](value) == text
    assert rows._READERS[kind](text) == value


def test_postgresql_leaves_out_what_an_instant_does_not_need() -> None:
    assert rows._READERS["instant"]("2026-10-14 01:00:00+00") == 1_791_939_600_000_000
    assert rows._READERS["instant"]("2026-10-14 01:00:00.5+00") == 1_791_939_600_500_000
