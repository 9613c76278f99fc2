"""Encrypted columns and the key ring: what opens where, what never opens, and what survives a fault."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from casework.core.encryption import KEYRING_FILE, Keyring, Tampered, UnsafeKeyring, WrongKey, key_id_of
from casework.core.key_file import from_base64

SUITES = ("international", "gm")
ROW, OTHER_ROW = UUID(int=1), UUID(int=2)
CELL = {"table": "cases", "column": "reporter_id_cipher", "row_id": ROW}
ID_NUMBER = "99999920000101001X"
TEXT = st.text(max_size=60)


@pytest.fixture(scope="module", params=SUITES)
def ring(request, tmp_path_factory):
    """Return a ring of each suite, for tests that do not change it."""
    return Keyring.open(tmp_path_factory.mktemp(request.param), suite=request.param)


@pytest.fixture(params=SUITES)
def folder(request, tmp_path):
    """Return a folder with a ring of its own, of each suite."""
    Keyring.open(tmp_path, suite=request.param)
    return tmp_path


def suite_of(folder):
    return Keyring(folder / KEYRING_FILE).suite


def content_of(folder):
    return json.loads((folder / KEYRING_FILE).read_text())


# Values


@given(plain=TEXT)
def test_what_is_encrypted_opens_again_and_shows_nothing(ring, plain):
    value = ring.encrypt(plain, **CELL)
    assert ring.decrypt(value, **CELL) == plain
    assert value != ring.encrypt(plain, **CELL)
    assert len(plain) < 4 or plain not in value


def test_a_value_tells_its_version_and_key_only(ring):
    version, key_id, nonce, data = ring.encrypt(ID_NUMBER, **CELL).split(":")
    assert (version, key_id) == ("v1", ring.active_key_id)
    assert len(from_base64(nonce)) == 12
    assert len(from_base64(data)) == len(ID_NUMBER) + 16


def test_the_international_suite_is_plain_aes_gcm_that_others_can_open(tmp_path):
    ring = Keyring.open(tmp_path)
    value = ring.encrypt(ID_NUMBER, **CELL)
    key = from_base64(content_of(tmp_path)["data"]["keys"][ring.active_key_id]["key"])
    nonce, data = (from_base64(part) for part in value.split(":")[2:])
    cell = "\0".join(["v1", ring.active_key_id, "cases", "reporter_id_cipher", str(ROW)])
    assert AESGCM(key).decrypt(nonce, data, cell.encode()) == ID_NUMBER.encode()


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"row_id": OTHER_ROW},
        {"column": "reporter_phone_cipher"},
        {"table": "households"},
        {"row_id": str(OTHER_ROW)},
    ],
)
def test_a_value_moved_to_another_cell_does_not_open(ring, elsewhere):
    value = ring.encrypt(ID_NUMBER, **CELL)
    with pytest.raises(Tampered):
        ring.decrypt(value, **{**CELL, **elsewhere})


def test_the_names_of_a_cell_cannot_be_shifted_into_each_other(ring):
    value = ring.encrypt(ID_NUMBER, table="cases", column="name", row_id="1")
    with pytest.raises(Tampered):
        ring.decrypt(value, table="case", column="sname", row_id="1")


@given(place=st.integers(min_value=0), other=st.characters(codec="ascii", exclude_characters="\r\n"))
def test_a_value_with_one_character_changed_does_not_open(ring, place, other):
    value = ring.encrypt(ID_NUMBER, **CELL)
    place %= len(value)
    if value[place] != other:
        with pytest.raises((Tampered, WrongKey)):
            ring.decrypt(value[:place] + other + value[place + 1 :], **CELL)


@pytest.mark.parametrize("inserted", ["!", "=", "\n", " ", "竹"])
def test_a_value_with_something_inserted_does_not_open(ring, inserted):
    value = ring.encrypt(ID_NUMBER, **CELL)
    for place in (len(value) - 20, len(value)):
        with pytest.raises(Tampered):
            ring.decrypt(value[:place] + inserted + value[place:], **CELL)


def test_a_value_has_one_way_to_be_written(ring):
    value = ring.encrypt(ID_NUMBER, **CELL)
    *_, data = value.split(":")
    others = (value[:-1] + last for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert len(data) % 4, "its last character has bits to spare"
    for other in others:
        if other != value:
            with pytest.raises(Tampered):
                ring.decrypt(other, **CELL)


def test_a_value_cut_short_does_not_open(ring):
    value = ring.encrypt(ID_NUMBER, **CELL)
    for length in range(len(value)):
        with pytest.raises((Tampered, WrongKey)):
            ring.decrypt(value[:length], **CELL)


@pytest.mark.parametrize(
    "junk", ["", ID_NUMBER, "v1:::", "v2:k:n:c", "v1:k:AAAAAAAAAAAAAAAA:", "a:b:c:d:e", "v1:竹:园:镇"]
)
def test_what_is_no_encrypted_value_is_said_to_be_none(ring, junk):
    with pytest.raises(Tampered):
        ring.decrypt(junk, **CELL)
    with pytest.raises(Tampered):
        key_id_of(junk)


def test_a_complaint_about_a_value_never_quotes_it(ring):
    value = ring.encrypt(ID_NUMBER, **CELL)
    with pytest.raises(Tampered) as caught:
        ring.decrypt(value, **{**CELL, "row_id": OTHER_ROW})
    assert ID_NUMBER not in str(caught.value)
    assert value not in str(caught.value)


def test_another_installation_has_another_key(ring, tmp_path):
    with pytest.raises(WrongKey):
        Keyring.open(tmp_path).decrypt(ring.encrypt(ID_NUMBER, **CELL), **CELL)


def test_reading_costs_less_than_15_microseconds(tmp_path):
    ring = Keyring.open(tmp_path)
    value = ring.encrypt(ID_NUMBER, **CELL)

    def seconds_for_a_hundred():
        began = time.perf_counter()
        for _ in range(100):
            ring.decrypt(value, **CELL)
        return time.perf_counter() - began

    assert min(seconds_for_a_hundred() for _ in range(20)) / 100 < 15e-6


# Blind indexes


def test_equal_values_have_equal_indexes_however_they_are_typed(ring):
    index = ring.blind_index(ID_NUMBER)
    assert index == ring.blind_index("９９９９９９ 20000101 001x")
    assert index != ring.blind_index("999999200001010011")
    key_id, digest = index.split(":")
    assert key_id == ring.active_index_key_id
    assert len(digest) == 64
    assert ring.blind_indexes(ID_NUMBER) == (index,)


def test_an_index_key_is_none_of_the_data_keys(folder):
    content = content_of(folder)
    data = {entry["key"] for entry in content["data"]["keys"].values()}
    assert not data & set(content["index"]["keys"].values())


# Rotation


@given(plain=TEXT)
def test_after_a_rotation_old_values_open_and_are_brought_over(tmp_path_factory, plain):
    ring = Keyring.open(tmp_path_factory.mktemp("rotated"))
    old = ring.encrypt(plain, **CELL)
    new_key = ring.rotate()
    assert ring.decrypt(old, **CELL) == plain
    new = ring.reencrypt(old, **CELL)
    assert key_id_of(new) == new_key == ring.active_key_id != key_id_of(old)
    assert ring.decrypt(new, **CELL) == plain
    assert ring.reencrypt(new, **CELL) == new


def test_bringing_over_a_value_of_another_cell_is_refused(folder):
    ring = Keyring(folder / KEYRING_FILE)
    value = ring.encrypt(ID_NUMBER, **CELL)
    ring.rotate()
    with pytest.raises(Tampered):
        ring.reencrypt(value, **{**CELL, "row_id": OTHER_ROW})


def test_a_process_that_was_running_reads_what_a_rotated_one_writes(folder):
    running, rotating = Keyring(folder / KEYRING_FILE), Keyring(folder / KEYRING_FILE)
    rotating.rotate()
    assert running.decrypt(rotating.encrypt(ID_NUMBER, **CELL), **CELL) == ID_NUMBER
    assert running.active_key_id == rotating.active_key_id


def test_while_indexes_are_made_anew_both_are_looked_for(folder):
    ring = Keyring(folder / KEYRING_FILE)
    old = ring.blind_index(ID_NUMBER)
    ring.rotate_index()
    new = ring.blind_index(ID_NUMBER)
    assert ring.blind_indexes(ID_NUMBER) == (new, old)
    assert new.split(":")[1] != old.split(":")[1]


def test_an_old_key_can_be_dropped_and_the_active_ones_cannot(folder):
    ring = Keyring(folder / KEYRING_FILE)
    value, old_key, old_index = ring.encrypt(ID_NUMBER, **CELL), ring.active_key_id, ring.active_index_key_id
    ring.rotate()
    ring.rotate_index()
    for key_id in (ring.active_key_id, ring.active_index_key_id, "knone"):
        with pytest.raises(WrongKey):
            ring.drop(key_id)
    ring.drop(old_key)
    ring.drop(old_index)
    assert ring.key_ids == {ring.active_key_id, ring.active_index_key_id} == Keyring(ring.path).key_ids
    with pytest.raises(WrongKey):
        ring.decrypt(value, **CELL)


def test_eight_rotations_at_once_lose_no_key(folder):
    rings = [Keyring(folder / KEYRING_FILE) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        added = set(pool.map(lambda ring: ring.rotate(), rings))
    assert len(added) == 8
    assert added < Keyring(folder / KEYRING_FILE).key_ids


def test_a_new_suite_gets_a_key_of_its_own_and_old_values_stay_readable(folder):
    before = Keyring(folder / KEYRING_FILE)
    value = before.encrypt(ID_NUMBER, **CELL)
    wanted = "gm" if before.suite == "international" else "international"
    after = Keyring.open(folder, suite=wanted)
    assert (after.suite, suite_of(folder)) == (wanted, wanted)
    assert after.active_key_id != before.active_key_id
    assert after.decrypt(value, **CELL) == ID_NUMBER
    after.rotate()
    assert after.suite == wanted


# The check value


def test_the_check_value_is_steady_and_gives_no_key_away(folder):
    ring = Keyring(folder / KEYRING_FILE)
    check = ring.key_check_value()
    assert check == Keyring(ring.path).key_check_value()
    content = content_of(folder)
    for key in [*content["index"]["keys"].values(), *(e["key"] for e in content["data"]["keys"].values())]:
        assert key not in check
        assert from_base64(key).hex() not in check
    ring.require(check)


def test_a_ring_with_more_keys_than_the_database_knows_is_the_right_one(folder):
    ring = Keyring(folder / KEYRING_FILE)
    check = ring.key_check_value()
    ring.rotate()
    ring.require(check)
    assert ring.key_check_value() != check


def test_a_ring_without_a_key_of_the_database_is_the_wrong_one(folder, tmp_path_factory):
    ring = Keyring(folder / KEYRING_FILE)
    other = Keyring.open(tmp_path_factory.mktemp("other"))
    for stored in (other.key_check_value(), "", f"{ring.active_key_id}=0000000000000000"):
        with pytest.raises(WrongKey):
            ring.require(stored)


# The file


def test_the_ring_is_made_once_and_for_its_owner_only(tmp_path):
    first = Keyring.open(tmp_path)
    again = Keyring.open(tmp_path)
    assert first.key_check_value() == again.key_check_value()
    assert (tmp_path / KEYRING_FILE).stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == [KEYRING_FILE]


def test_processes_that_start_together_make_one_ring(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        checks = set(pool.map(lambda _: Keyring.open(tmp_path).key_check_value(), range(16)))
    assert len(checks) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777, 0o601])
def test_a_ring_that_others_may_read_is_refused_with_the_cure(folder, mode):
    path = folder / KEYRING_FILE
    path.chmod(mode)
    for open_it in (lambda: Keyring(path), lambda: Keyring.open(folder)):
        with pytest.raises(UnsafeKeyring, match="chmod 600"):
            open_it()


def test_a_stale_draft_does_not_stand_in_the_way(folder):
    (folder / "keyring.new").write_text("left behind")
    Keyring(folder / KEYRING_FILE).rotate()
    assert (folder / KEYRING_FILE).stat().st_mode & 0o777 == 0o600
    assert not (folder / "keyring.new").exists()


def damaged(change):
    def apply(content):
        change(content)
        return json.dumps(content)

    return apply


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: "",
        lambda content: "{",
        lambda content: "[]",
        lambda content: "null",
        lambda content: json.dumps(content)[:-40],
        damaged(lambda content: content.update(format=2)),
        damaged(lambda content: content.pop("index")),
        damaged(lambda content: content["data"].update(active="k00000000")),
        damaged(lambda content: content["index"].update(active="x00000000")),
        damaged(lambda content: content["data"]["keys"].update(k1={"suite": "rot13", "key": "AAAA"})),
        damaged(lambda content: content["data"]["keys"].update(k1={"suite": "gm", "key": "AAAA"})),
        damaged(lambda content: content["data"]["keys"].update(k1={"suite": "gm", "key": 7})),
        damaged(lambda content: content["index"]["keys"].update(x1="AAAA")),
    ],
)
def test_a_damaged_ring_is_refused_and_left_as_it_is(folder, damage):
    path = folder / KEYRING_FILE
    path.write_text(damage(content_of(folder)))
    before = path.read_bytes()
    with pytest.raises(UnsafeKeyring, match="damaged"):
        Keyring.open(folder)
    assert path.read_bytes() == before


def test_a_ring_that_is_gone_is_not_made_anew_by_reading(tmp_path):
    with pytest.raises(UnsafeKeyring, match="cannot be read"):
        Keyring(tmp_path / KEYRING_FILE)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_ring_in_force(folder):
    before = content_of(folder)
    program = (
        "import resource, signal, sys; from pathlib import Path; from casework.core.encryption import Keyring\n"
        "ring = Keyring(Path(sys.argv[1])); check = ring.key_check_value()\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))\n"
        "try: ring.rotate()\n"
        "except OSError: sys.exit(0 if ring.key_check_value() == check else 3)\n"
        "sys.exit(4)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder / KEYRING_FILE)],
        check=False,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.returncode == 0
    assert content_of(folder) == before
    assert [entry.name for entry in folder.iterdir()] == [KEYRING_FILE]


def test_a_ring_never_shows_its_keys(folder):
    ring = Keyring(folder / KEYRING_FILE)
    content = content_of(folder)
    shown = f"{ring!r} {ring} {vars(ring)}"
    for key in [*content["index"]["keys"].values(), *(e["key"] for e in content["data"]["keys"].values())]:
        assert key not in shown
        assert repr(from_base64(key)) not in shown
