"""Accounts, roles and tokens below the web: what is kept, and what keeps the three officers apart."""

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pyotp
import pytest

from casework.core.actors import Actor
from casework.core.database import Database
from casework.core.encryption import Tampered
from casework.core.errors import Invalid, NotFound, Refused
from casework.core.hashing import hash_password, token_digest, verify_password
from casework.core.ids import new_id
from casework.registry import (
    accounts,
    choices,
    grants,
    identities,
    logins,
    passwords,
    second_factor,
    sessions,
    tokens,
)
from casework.registry.tables import AuditEvent, LoginFailure, LoginSession, Person, RoleGrant
from tests.world import COUNTY, MORNING, VILLAGE, World, make_world

HASH = hash_password("Acht-Birnen-im-Korb")


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Found the small county in a fresh database."""
    return make_world(db, tmp_path)


def make(world: World, user_name: str, *, by: Actor | None = None, **more: Any) -> Person:
    with world.db.transaction() as session:
        return accounts.create_account(
            session, user_name=user_name, name=more.pop("name", user_name), hashed=HASH, actor=by, at=MORNING, **more
        )


def give(
    world: World,
    user_name: str,
    role: str,
    *,
    by: Actor | None = None,
    region: str | None = None,
    org: str | None = None,
) -> RoleGrant:
    with world.db.transaction() as session:
        person = accounts.by_user_name(session, user_name)
        assert person is not None
        where = grants.read_scope(session, role=role, region=region, org=org, county=COUNTY)
        return grants.add_grant(session, person, where, actor=by, at=MORNING)


def codes(error: Invalid | Refused) -> list[str]:
    return [each.code for each in (error.errors if isinstance(error, Invalid) else error.refusals)]


def test_a_user_name_is_one_person_in_whatever_case_or_width_it_is_typed(world: World) -> None:
    made = make(world, "Neu.Ling@QC")
    with world.db.reading() as session:
        for typed in ("neu.ling@qc", " NEU.LING@QC ", "ｎｅｕ.ling@qc"):
            found = accounts.by_user_name(session, typed)
            assert found is not None and found.id == made.id
    with pytest.raises(Invalid) as taken:
        make(world, "NEU.ling@qc")
    assert codes(taken.value) == ["user_name_taken"]


@pytest.mark.parametrize("bad", ["", "  ", "a b", "a\u200bb", "a/b", "x" * 65, "<b>", None, 7])
def test_a_user_name_that_could_be_mistaken_is_refused(world: World, bad: object) -> None:
    with pytest.raises(Invalid):
        accounts.read_user_name(bad)


def test_every_mistake_of_a_new_account_is_told_at_once(world: World) -> None:
    with pytest.raises(Invalid) as mistakes:
        make(world, "a b", name="")
    assert [each.field for each in mistakes.value.errors] == ["user_name", "name"]


def test_chinese_user_names_are_names_too(world: World) -> None:
    assert make(world, "钱老师").user_name == "钱老师"


@pytest.mark.parametrize(
    ("role", "scope", "kept"),
    [
        ("clerk", {}, (COUNTY, None)),
        ("member", {"region": VILLAGE}, (VILLAGE, None)),
        ("handler", {"org": "SLJ"}, (None, "SLJ")),
        ("admin", {}, (None, None)),
        ("auditor", {}, (COUNTY, None)),
    ],
)
def test_a_role_over_no_named_place_is_held_over_the_county(
    world: World, role: str, scope: dict[str, str], kept: tuple[str | None, str | None]
) -> None:
    make(world, "qian")
    row = give(world, "qian", role, region=scope.get("region"), org=scope.get("org"))
    assert (row.region, row.org_id) == (kept[0], world.orgs[kept[1]] if kept[1] else None)


@pytest.mark.parametrize(
    ("role", "scope", "fault"),
    [
        ("king", {}, ("role", "not_a_choice")),
        ("clerk", {"region": "510899"}, ("region", "no_such_region")),
        ("handler", {"org": "XXX"}, ("org", "no_such_org")),
        ("handler", {}, ("org", "org_needed")),
        ("unit_head", {"region": COUNTY}, ("org", "org_needed")),
    ],
)
def test_an_unknown_role_place_or_unit_is_refused(
    world: World, role: str, scope: dict[str, str], fault: tuple[str, str]
) -> None:
    make(world, "qian")
    with pytest.raises(Invalid) as refused:
        give(world, "qian", role, region=scope.get("region"), org=scope.get("org"))
    assert [(each.field, each.code) for each in refused.value.errors] == [fault]


def test_the_same_role_twice_is_one_role(world: World) -> None:
    make(world, "qian")
    assert give(world, "qian", "clerk").id == give(world, "qian", "clerk").id


@pytest.mark.parametrize(("first", "second"), [("admin", "security"), ("security", "auditor"), ("auditor", "admin")])
def test_nobody_holds_two_of_the_three_offices(world: World, first: str, second: str) -> None:
    make(world, "qian")
    give(world, "qian", first)
    give(world, "qian", "clerk")
    with pytest.raises(Refused) as apart:
        give(world, "qian", second)
    assert codes(apart.value) == ["three_offices_apart"]


def test_an_office_that_has_ended_stands_in_the_way_of_no_other(world: World) -> None:
    make(world, "qian")
    row = give(world, "qian", "admin")
    with world.db.transaction() as session:
        grants.end_grant(session, row.id, reason="轮岗", actor=world["anquan"], at=MORNING)
    assert give(world, "qian", "security").role == "security"


def test_who_made_an_account_gives_it_no_role_and_nobody_gives_their_own(world: World) -> None:
    make(world, "qian", by=world["anquan"])
    with pytest.raises(Refused) as maker:
        give(world, "qian", "clerk", by=world["anquan"])
    assert codes(maker.value) == ["maker_cannot_grant"]
    with pytest.raises(Refused) as own:
        give(world, "anquan", "clerk", by=world["anquan"])
    assert codes(own.value) == ["own_grant"]
    make(world, "sun", by=world["guanli"])
    assert give(world, "sun", "clerk", by=world["anquan"]).granted_by == world["anquan"].person_id


def test_a_role_ends_with_a_reason_and_at_once(world: World) -> None:
    make(world, "qian")
    row = give(world, "qian", "clerk")
    with world.db.transaction() as session, pytest.raises(Invalid):
        grants.end_grant(session, row.id, reason=" ", actor=world["anquan"], at=MORNING)
    with world.db.transaction() as session:
        grants.end_grant(session, row.id, reason="调离", actor=world["anquan"], at=MORNING)
    with world.db.reading() as session:
        person = accounts.by_user_name(session, "qian")
        assert person is not None
        assert grants.grants_from(session, person.id, day=MORNING.date()) == []
        with pytest.raises(NotFound):
            grants.get_grant(session, row.id, at=MORNING)


def test_what_is_done_to_accounts_is_audited_with_ids_and_no_secret(world: World) -> None:
    make(world, "qian", by=world["guanli"])
    row = give(world, "qian", "clerk", by=world["anquan"])
    with world.db.transaction() as session:
        person = accounts.get_account(session, row.person_id)
        _, plain = tokens.create(session, person, actor=world["guanli"], at=MORNING, label="取数")
        passwords.reset(session, person, hashed=HASH, actor=world["guanli"], at=MORNING)
        grants.end_grant(session, row.id, reason="轮岗", actor=world["anquan"], at=MORNING)
        accounts.disable(session, person, reason="退休", actor=world["guanli"], at=MORNING)
        accounts.enable(session, person, actor=world["guanli"], at=MORNING)
    with world.db.reading() as session:
        rows = session.query(AuditEvent).order_by(AuditEvent.id).all()
    assert [each.event for each in rows if each.facts.get("person") == str(row.person_id)] == [
        "account.created",
        "grant.added",
        "token.created",
        "password.reset",
        "grant.ended",
        "account.disabled",
        "account.enabled",
    ]
    told = str([each.facts for each in rows])
    assert plain not in told and HASH not in told and token_digest(plain) not in told


def test_a_disabled_account_loses_tokens_and_log_ins_for_good(world: World) -> None:
    person = make(world, "qian")
    with world.db.transaction() as session:
        _, plain = tokens.create(session, person, actor=None, at=MORNING)
        sessions.begin(session, person.id, roles=frozenset(), address="", agent="", at=MORNING, profile="dengbao")
    with world.db.transaction() as session:
        known = accounts.get_account(session, person.id)
        accounts.disable(session, known, reason="退休", actor=world["guanli"], at=MORNING)
        session.flush()
        accounts.enable(session, known, actor=world["guanli"], at=MORNING)
    with world.db.reading() as session:
        assert identities.by_token(session, digest=token_digest(plain), at=MORNING) is None
        assert session.query(LoginSession).where(LoginSession.ended_at.is_(None)).count() == 0


def test_nobody_disables_their_own_account(world: World) -> None:
    with world.db.transaction() as session, pytest.raises(Refused) as own:
        person = accounts.by_user_name(session, "guanli")
        assert person is not None
        accounts.disable(session, person, reason="x", actor=world["guanli"], at=MORNING)
    assert codes(own.value) == ["own_account"]


def test_a_drawn_password_opens_and_is_drawn_anew_each_time() -> None:
    (plain, hashed), (other, _) = passwords.draw(), passwords.draw()
    assert verify_password(plain, stored=hashed) and plain != other and len(plain) >= 20


def test_five_former_passwords_are_remembered_and_the_sixth_is_free_again(world: World) -> None:
    person = make(world, "qian")
    words = [f"Laterne-{name}-im-Nebel" for name in ("eins", "zwei", "drei", "vier", "fuenf", "sechs")]
    current = "Acht-Birnen-im-Korb"
    for fresh in words:
        _change(world, person, current, fresh)
        current = fresh
    for old in words[1:]:
        with pytest.raises(Invalid) as used:
            _change(world, person, current, old)
        assert codes(used.value) == ["password_used"]
    _change(world, person, current, words[0])


def test_a_password_changed_elsewhere_meanwhile_is_not_overwritten(world: World) -> None:
    person = make(world, "qian")
    with world.db.reading() as session:
        facts = passwords.facts_of(session, person.id, at=MORNING)
    _change(world, person, "Acht-Birnen-im-Korb", "Laterne-eins-im-Nebel")
    with world.db.transaction() as session, pytest.raises(Refused):
        passwords.keep(session, facts, hashed=HASH, actor=Actor(person.id, "x"), at=MORNING)


def test_tries_at_the_same_moment_do_not_slip_past_the_limit(world: World) -> None:
    make(world, "qian")
    gate, outcomes = Barrier(12), []

    def attempt() -> None:
        gate.wait()
        try:
            with world.db.transaction() as session:
                logins.begin(session, user_name="qian", address="10.0.0.1", at=MORNING)
            outcomes.append("judged")
        except logins.LockedOut:
            outcomes.append("locked")

    threads = [Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["judged"] * 5 + ["locked"] * 7


def test_a_try_that_was_not_judged_does_not_count(world: World) -> None:
    make(world, "qian")
    for _ in range(9):
        with world.db.transaction() as session:
            attempt = logins.begin(session, user_name="qian", address="10.0.0.1", at=MORNING)
        with world.db.transaction() as session:
            logins.withdraw(session, attempt)
    with world.db.reading() as session:
        assert session.query(LoginFailure).count() == 0


def test_old_failures_are_forgotten_when_told_to(world: World) -> None:
    for minutes in (0, 20, 40):
        with world.db.transaction() as session:
            logins.begin(session, user_name="x", address="a", at=MORNING + timedelta(minutes=minutes))
    with world.db.transaction() as session:
        assert logins.forget_failures(session, before=MORNING + timedelta(minutes=30)) == 2


def test_a_disabled_account_looks_like_none_at_the_door(world: World) -> None:
    person = make(world, "qian")
    with world.db.transaction() as session:
        known = accounts.get_account(session, person.id)
        accounts.disable(session, known, reason="退休", actor=world["guanli"], at=MORNING)
    with world.db.transaction() as session:
        attempt = logins.begin(session, user_name="qian", address="a", at=MORNING)
    assert (attempt.person_id, attempt.stored) == (None, None)


def test_the_secret_of_the_second_factor_is_encrypted_in_its_row(world: World) -> None:
    one, other = make(world, "qian"), make(world, "sun")
    with world.db.transaction() as session:
        person = accounts.get_account(session, one.id)
        secret, _ = second_factor.begin(session, person, issuer="x")
        code = pyotp.TOTP(secret).at(MORNING)
        second_factor.confirm(session, person, code=code, actor=world["an"], at=MORNING)
        stored = person.totp_secret or ""
    assert stored.startswith("v1:") and secret not in stored
    with world.db.transaction() as session:
        thief = accounts.get_account(session, other.id)
        thief.totp_secret = stored
        with pytest.raises(Tampered):
            second_factor.is_on(session, thief)


def test_a_new_second_factor_replaces_the_old_one_only_when_confirmed(world: World) -> None:
    person_id = make(world, "qian").id
    later = MORNING + timedelta(minutes=5)
    with world.db.transaction() as session:
        person = accounts.get_account(session, person_id)
        first, _ = second_factor.begin(session, person, issuer="x")
        second_factor.confirm(session, person, code=pyotp.TOTP(first).at(MORNING), actor=world["an"], at=MORNING)
        second, _ = second_factor.begin(session, person, issuer="x")
        assert not second_factor.use(session, person, code=pyotp.TOTP(second).at(later), at=later)
        assert second_factor.use(session, person, code=pyotp.TOTP(first).at(later), at=later)
        with pytest.raises(Invalid):
            second_factor.confirm(session, person, code="000000", actor=world["an"], at=later)
        second_factor.confirm(session, person, code=pyotp.TOTP(second).at(later), actor=world["an"], at=later)
        much_later = later + timedelta(minutes=5)
        assert second_factor.use(session, person, code=pyotp.TOTP(second).at(much_later), at=much_later)
        second_factor.turn_off(session, person, actor=world["anquan"], at=later)
        assert not second_factor.is_on(session, person)


def test_accounts_are_listed_with_what_administrators_ask(world: World) -> None:
    for number in range(7):
        make(world, f"neu{number}")
    give(world, "neu3", "clerk")
    with world.db.transaction() as session:
        for _ in range(20):
            row = LoginFailure(id=new_id(), user_name="neu3", address="a", at=MORNING)
            session.add(row)
    with world.db.reading() as session:
        first = accounts.list_accounts(session, at=MORNING, which="new", words="neu", limit=4)
        rest = accounts.list_accounts(
            session, at=MORNING, which="new", words="neu", limit=9, after=first[-1].person.user_name
        )
        counted = accounts.count_accounts(session)
        waiting = accounts.list_without_grants(session, at=MORNING)
    assert [each.person.user_name for each in (*first, *rest)] == [f"neu{n}" for n in range(7)]
    found = next(each for each in first if each.person.user_name == "neu3")
    assert [row.role for row in found.grants] == ["clerk"]
    assert found.locked_until == MORNING + timedelta(minutes=30)
    assert counted["new"] == 7 + 14 and counted["off"] == 0
    assert [person.user_name for person in waiting] == [f"neu{n}" for n in range(7) if n != 3]


def test_preferences_are_kept_and_unknown_ones_refused(world: World) -> None:
    person_id = make(world, "qian").id
    with world.db.transaction() as session:
        person = accounts.get_account(session, person_id)
        accounts.prefer(person, {"locale": "en", "density": "tight"}, at=MORNING)
        accounts.prefer(person, {"keys": False}, at=MORNING)
        with pytest.raises(Invalid) as wrong:
            accounts.prefer(person, {"locale": "fr", "colour": "red"}, at=MORNING)
    assert codes(wrong.value) == ["not_a_choice", "unknown_field"]
    with world.db.reading() as session:
        kept = accounts.get_account(session, person_id)
        assert (kept.locale, kept.preferences) == ("en", {"density": "tight", "keys": False})


def _change(world: World, person: Person, current: str, fresh: str) -> None:
    with world.db.reading() as session:
        facts = passwords.facts_of(session, person.id, at=MORNING)
    hashed = passwords.judge(facts, current=current, fresh=fresh, again=fresh, profile="dengbao")
    with world.db.transaction() as session:
        passwords.keep(session, facts, hashed=hashed, actor=Actor(person.id, person.name), at=MORNING)


def test_an_account_is_found_by_the_letters_of_its_name_and_of_a_new_one(world: World) -> None:
    make(world, "zhang", name="曾长青")
    give(world, "zhang", "clerk")
    with world.db.transaction() as session:
        person = accounts.by_user_name(session, "zhang")
        assert person is not None

        def found(words: str) -> bool:
            return person.id in [each.id for each, _ in choices.people(session, words=words, on=MORNING.date())]

        assert found("zcq") and found("zengchang") and not found("ccq")
        accounts.rename(person, "单长青", at=MORNING)
        session.flush()
        assert found("scq") and not found("zcq")
