"""The catalogue of sentences is read quickly and means what TOML means."""

import tomllib

import pytest

from casework.core import i18n


def test_every_file_reads_as_toml_reads_it() -> None:
    for path in sorted(i18n._FOLDER.glob("*.toml")):
        text = path.read_text("utf-8")
        assert i18n.read(text) == tomllib.loads(text), path.name


@pytest.mark.parametrize(
    "text",
    [
        '["a.b"]\nzh = "一"\nen = "one"\n["c.d"]\nen = "two"\nzh = "二"\n',
        '["a.b"]\nzh = "一"\nen = "one"\nfr = "un"\n',
        '["a.b"]\nzh = "\\U0001F600"\nen = "say \\"one\\"\\n"\n',
        '["a.b"]\nzh = "一" # once\nen = \'one\'\n',
        '["a.b"]\nzh = """\n一"""\nen = "one"\n',
        "",
    ],
)
def test_what_is_written_otherwise_is_read_too(text: str) -> None:
    assert i18n.read(text) == tomllib.loads(text)


def test_a_code_told_twice_in_one_file_is_refused() -> None:
    table = '["a.b"]\nzh = "一"\nen = "one"\n'
    with pytest.raises(tomllib.TOMLDecodeError):
        i18n.read(table + table)
