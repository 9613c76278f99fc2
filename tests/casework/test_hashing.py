"""Passwords and tokens: hashing under load, what a password must be, what is stored of a token."""

import hashlib
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from casework.core import hashing
from casework.core.errors import CaseworkError
from casework.core.hashing import (
    HASH_QUEUE,
    HASH_SLOTS,
    Busy,
    Gate,
    check_password,
    hash_password,
    new_token,
    token_digest,
    verify_password,
    weak_words,
)
from casework.core.i18n import LOCALES, say
from tests.casework.refusals import told
from tests.cheap_hashes import full_price

GOOD = "Huaishu-3-yinyue"


@pytest.fixture(scope="module", autouse=True)
def _as_in_an_office():
    with full_price():
        yield


@pytest.fixture(scope="module")
def stored(_as_in_an_office):
    """Return the hash of `GOOD`."""
    return hash_password(GOOD)


def codes(password, **rules):
    faults = check_password(password, **{"user_name": "baigong", **rules})
    for fault in faults:
        told(fault)
    return [fault.code for fault in faults]


# Hashing


def test_a_password_is_hashed_by_argon2id_with_salt(stored):
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert stored != hash_password(GOOD)


def test_only_the_very_same_password_opens(stored):
    assert verify_password(GOOD, stored=stored)
    for wrong in (
        GOOD + " ",
        GOOD.lower(),
        GOOD[:-1],
        "",
        "Ｈuaishu-3-yinyue",
        "\ud800",
        "\x00",
        GOOD + "\x00",
    ):
        assert not verify_password(wrong, stored=stored)


@pytest.mark.parametrize("password", ["槐树底下🌳 听雨" * 20, "a\x00b", "\ud800", "é" * 128, " " * 20])
def test_every_byte_of_a_password_counts(password):
    stored = hash_password(password)
    assert verify_password(password, stored=stored)
    assert not verify_password(password[:-1], stored=stored)


@pytest.mark.parametrize("broken", ["", "junk", "$argon2id$v=19$m=19456,t=2,p=1$", "plain:secret"])
def test_a_stored_hash_that_cannot_be_read_opens_for_nobody(broken):
    assert not verify_password(GOOD, stored=broken)


def test_a_password_of_a_megabyte_is_denied():
    assert not verify_password("x" * 1_000_000, stored=hash_password("x" * 1_000_000))


def test_an_unknown_user_is_denied_at_the_price_of_a_known_one(stored, monkeypatch):
    priced = []

    class Recorder(PasswordHasher):
        def verify(self, hash, password):
            priced.append(extract_parameters(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(hashing, "_HASHER", Recorder())
    for against in (stored, None):
        assert not verify_password("wrong", stored=against)
    known, unknown = priced
    assert known == unknown


# The gate


def test_a_full_queue_turns_the_next_away_and_opens_again():
    gate, release, inside = Gate(slots=2, queue=3), threading.Event(), threading.Semaphore(0)

    def stay():
        with gate.entered():
            inside.release()
            return release.wait(10)

    with ThreadPoolExecutor(6) as pool:
        guests = [pool.submit(stay) for _ in range(6)]
        (turned_away,), waiting = wait(guests, timeout=5, return_when=FIRST_COMPLETED)
        assert isinstance(turned_away.exception(), Busy)
        assert inside.acquire(timeout=5)
        assert inside.acquire(timeout=5)
        assert not inside.acquire(timeout=0.1)  # only two are in, three wait
        release.set()
        assert all(guest.result(10) for guest in waiting)
    with gate.entered():
        pass


def test_a_guest_that_fails_gives_the_place_back():
    gate = Gate(slots=1, queue=0)
    for _ in range(3):
        with pytest.raises(KeyError), gate.entered():
            raise KeyError
    with gate.entered(), pytest.raises(Busy), gate.entered():
        pass


def test_a_flood_of_log_ins_is_answered_or_turned_away_never_queued_without_end(stored):
    def attempt(_):
        try:
            return verify_password(GOOD, stored=stored)
        except Busy:
            return None

    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(attempt, range(60)))
    assert set(answers) == {True, None}
    assert answers.count(True) >= HASH_SLOTS + HASH_QUEUE
    assert verify_password(GOOD, stored=stored)


def test_being_busy_is_told_in_both_languages():
    assert issubclass(Busy, CaseworkError)
    assert all(say(f"refusal.{Busy.code}", locale=locale) for locale in LOCALES)


# Tokens


def test_a_token_is_shown_once_and_stored_as_a_digest():
    plain, digest = new_token("cw")
    assert plain.startswith("cw_")
    assert len(plain) == 3 + 43
    assert digest == token_digest(plain) == hashlib.sha256(plain.encode()).hexdigest()
    assert plain not in digest


def test_a_thousand_tokens_differ():
    assert len({new_token("cw")[0] for _ in range(1000)}) == 1000


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=100))
def test_whatever_is_sent_as_a_token_can_be_looked_up(sent):
    assert len(token_digest(sent)) == 64


# Rules


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "Kf7#mq2Lx9",
        "correct horse battery stapler",
        "四月的茶园很安静 Ab",
        "Tanghe_42-xiaoqiao",
        "ÄÖÜ-kraut-77",
    ],
)
def test_good_passwords_pass(password):
    assert codes(password) == []


@pytest.mark.parametrize(
    ("rules", "shortest"),
    [
        ({}, 10),
        ({"admin": True}, 14),
        ({"profile": "asvs"}, 12),
        ({"profile": "asvs", "admin": True}, 15),
    ],
)
def test_each_profile_has_its_shortest_password(rules, shortest):
    letters = "Kf7#mq2Lx9vRt4Wz"
    assert codes(letters[:shortest], **rules) == []
    assert codes(letters[: shortest - 1], **rules) == ["password_short"]
    (fault,) = check_password(letters[: shortest - 1], user_name="baigong", **rules)
    assert fault.params == {"min": shortest}


def test_three_kinds_of_four_are_needed_below_twenty_characters():
    assert codes("kfmqlxvrtw") == ["password_kinds"]
    assert codes("kfmqlxvrt7") == ["password_kinds"]
    assert codes("Kfmqlxvrt7") == []
    assert codes("水库边的槐树下雨了 ab") == ["password_kinds"]
    assert codes("kfmqlxvrtwhzgnbdpcjs") == []


def test_the_other_profile_asks_for_no_kinds():
    assert codes("kfmqlxvrtwhz", profile="asvs") == []


@pytest.mark.parametrize(
    "password",
    [
        *(
            "Password123!",
            "P@ssw0rd2024",
            "Admin@123456",
            "Qwerty!2345",
            "1qaz@WSX3edc",
            "Abcd1234!@#$",
            "aA1!aA1!aA1!",
        ),
        *(
            "Zhengxie@2026",
            "Qingchuan#2025",
            "QINGCHUAN_123",
            "青川政协2026Abc",
            "zhengxie.Qingchuan.2026.zhengxie",
        ),
        *(
            "Woaini5201314!",
            "a" * 20,
            " " * 24,
            "12345678901234567890",
            "Asdfghjkl;1",
            "ＰａｓｓｗｏｒｄAb1",
        ),
        *("Sunshine-Monkey-Dragon", "Zxcvbnm,./1A", "Lkjhgfdsa-9876"),
    ],
)
def test_passwords_that_others_try_first_are_refused(password):
    assert codes(password) == ["password_weak"]


def test_a_password_does_not_hold_the_user_s_name():
    assert codes("BaiGong-Kf7mq2") == ["password_user_name"]
    assert codes("Bai-Kf7mq2Lx") == []
    assert codes("gnogiab-K1", user_name="baigong") == ["password_weak"]
    assert codes("an-An-AN-1-2-3", user_name="an") == ["password_weak"]


def test_what_is_known_of_the_person_does_not_count():
    assert codes("Xuehua-0715-hs") == []
    assert codes("Xuehua-0715-hs", words=("xuehua", "0715")) == ["password_weak"]
    assert codes("Xuehua-0715-hs", words=("", "x")) == []


def test_all_mistakes_are_told_at_once_and_under_the_asked_field():
    faults = check_password("baigong", user_name="baigong", field="new_password")
    assert [fault.code for fault in faults] == ["password_short", "password_kinds", "password_user_name"]
    assert {fault.field for fault in faults} == {"new_password"}


def test_long_passwords_are_welcome_up_to_a_thousand_characters():
    long = "".join(chr(0x4E00 + number) for number in range(1025))
    assert codes(long[:1024]) == []
    assert codes(long) == ["password_long"]


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=60), st.text(max_size=12))
def test_any_text_can_be_judged(password, user_name):
    codes(password, user_name=user_name)


def test_the_list_of_weak_words_is_clean():
    words = weak_words()
    assert len(words) > 300
    assert len(set(words)) == len(words)
    assert {"zhengxie", "qingchuan", "政协", "password"} <= set(words)
    assert all(word == word.strip().lower() and len(word) >= 2 for word in words)
