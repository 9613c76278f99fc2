"""What keeps the service from starting is said in Chinese at the console; programs and logs are told in English."""

import re
from pathlib import Path

import pytest

from casework.core import i18n
from casework.core.encryption import KEYRING_FILE
from casework.core.settings import UnsafeSettings, read_settings
from cli.main import main

# Where a fault is named: Fault("port"), one("encoding", …).
_NAMED = re.compile(r"\b(?:Fault|one)\(\"(\w+)\"")
_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 1
    return capsys.readouterr().err


def test_unsafe_settings_are_refused_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path))
    monkeypatch.setenv("CASEWORK_PORT", "many")
    monkeypatch.setenv("CASEWORK_REGION", "510")
    said = _said(capsys, "token", "create", "he")
    assert (
        "CASEWORK_PORT 要写 0 到 65535 的数；CASEWORK_REGION 要写 6 位的县级行政区划代码" in said and "must" not in said
    )
    with pytest.raises(UnsafeSettings, match="CASEWORK_PORT must be a number from 0 to 65535; CASEWORK_REGION must"):
        read_settings()


def test_a_key_ring_that_is_gone_damaged_or_open_is_refused_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path))
    assert main(["db", "upgrade"]) == 0
    capsys.readouterr()
    ring = tmp_path / KEYRING_FILE
    kept = ring.read_bytes()
    for damage, word in (
        (lambda: ring.chmod(0o644), "chmod 600"),
        (lambda: ring.write_text("{"), "已损坏"),
        (lambda: ring.write_bytes(kept[: len(kept) // 2]), "已损坏"),
        (ring.unlink, "密钥对不上"),
    ):
        damage()
        said = _said(capsys, "keys", "list")
        assert str(ring) in said and word in said and "damaged" not in said, said
        if ring.exists():
            ring.chmod(0o600)


def test_the_doctor_says_it_in_the_language_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path))
    monkeypatch.setenv("CASEWORK_PROXIES", "all")
    for locale, word in (
        ("zh", "CASEWORK_PROXIES 要写 0 到 3 的数"),
        ("en", "CASEWORK_PROXIES must be a number from 0 to 3"),
    ):
        assert main(["doctor", "--locale", locale]) == 1
        assert word in capsys.readouterr().out


def test_every_one_of_them_is_in_both_languages_and_none_is_left_over() -> None:
    told = {code: each for code, each in i18n.catalogue().items() if code.startswith("unsafe.")}
    core = Path(i18n.__file__).parent
    used = {code for path in core.glob("*.py") for code in _NAMED.findall(path.read_text("utf-8"))}
    assert {f"unsafe.{code}" for code in used} | {"unsafe.between"} == told.keys()
    del told["unsafe.between"]
    assert all(_IDEOGRAPH.search(each["zh"]) and not _IDEOGRAPH.search(each["en"]) for each in told.values())
