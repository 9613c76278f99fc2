"""Who a request belongs to: tokens, log-ins of browsers, those who stand in for others."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import event

from casework.core import clock
from casework.core.errors import Invalid
from casework.core.hashing import token_digest
from casework.registry import accounts, grants, identities, tokens
from casework.registry.identities import Identity
from casework.registry.tables import LoginSession, Org, Token
from tests.web.desk import PASSWORD, Browser, Desk
from tests.world import COUNTY, World
from workflows.denials import NotAllowed

WHO = "/admin/accounts"


def test_a_token_lets_in_and_a_wrong_or_missing_one_does_not(desk: Desk) -> None:
    client = desk.client()
    assert client.get("/metrics", headers=desk.bearer("guanli")).status_code == 200
    wrong = {"Authorization": "Bearer cw_" + "x" * 43}
    for headers in ({}, wrong, {"Authorization": "Bearer "}, {"Authorization": "Bearer " + "y" * 5000}):
        answer = client.get("/metrics", headers={"Accept": "application/json", **headers})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_only_the_digest_of_a_token_is_stored(desk: Desk) -> None:
    plain = desk.token("guanli")
    with desk.office.db.reading() as session:
        rows = session.query(Token).all()
    assert all(plain not in row.digest and len(row.digest) == 64 for row in rows)


def test_a_revoked_or_run_out_token_lets_nobody_in(desk: Desk) -> None:
    revoked, ending = desk.token("guanli"), desk.token("guanli")
    with desk.office.db.transaction() as session:
        person = desk.person("guanli")
        rows = tokens.list_living(session, person.id, at=clock.now())
        tokens.revoke(session, person.id, token_id=rows[1].id, actor=desk.world["guanli"], at=clock.now())
        rows[0].ended_at = clock.now() + timedelta(hours=1)
    client = desk.client()
    asked = {"Accept": "application/json"}
    assert client.get("/metrics", headers={**asked, "Authorization": f"Bearer {revoked}"}).status_code == 401
    assert client.get("/metrics", headers={**asked, "Authorization": f"Bearer {ending}"}).status_code == 200
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        assert client.get("/metrics", headers={**asked, "Authorization": f"Bearer {ending}"}).status_code == 401


def test_a_key_of_the_open311_interface_opens_nothing_else(desk: Desk) -> None:
    key = desk.token("guanli", kind=tokens.OPEN311)
    answer = desk.client().get("/metrics", headers={"Authorization": f"Bearer {key}", "Accept": "application/json"})
    assert answer.status_code == 401


def test_a_token_is_known_by_one_statement(desk: Desk) -> None:
    headers = desk.bearer("guanli")
    client = desk.client()
    client.get("/metrics", headers=headers)
    said: list[str] = []

    def listen(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(desk.office.db.engine, "before_cursor_execute", listen)
    try:
        client.get("/metrics", headers=headers)
    finally:
        event.remove(desk.office.db.engine, "before_cursor_execute", listen)
    about_people = [statement for statement in said if "people" in statement]
    assert len(about_people) == 1
    assert "tokens" in about_people[0] and "grants" in about_people[0]


def test_the_cookie_is_opaque_and_closed_to_scripts(desk: Desk) -> None:
    client = desk.client()
    browser = Browser(desk.client())
    browser.log_in("an", PASSWORD)
    cookie = browser.client.get_cookie("casework_session")
    assert cookie is not None and cookie.http_only and cookie.same_site == "Lax" and len(cookie.value) > 40
    with desk.office.db.reading() as session:
        assert cookie.value not in {row.digest for row in session.query(LoginSession)}
    client.set_cookie("casework_session", cookie.value + "x")
    assert client.get("/profile").status_code == 302


@pytest.mark.parametrize(("user", "minutes"), [("guanli", 15), ("an", 30), ("chen", 60)])
def test_a_log_in_ends_by_idleness(desk: Desk, user: str, minutes: int) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False) as now:
        browser = desk.browser(user)
        now.shift(timedelta(minutes=minutes - 1))
        assert browser.get("/profile").status_code == 200
        now.shift(timedelta(minutes=minutes - 1))
        assert browser.get("/profile").status_code == 200, "being used starts the time anew"
        now.shift(timedelta(minutes=minutes + 1))
        assert browser.get("/profile").status_code == 302


def test_a_log_in_ends_after_twelve_hours_however_busy(desk: Desk) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        browser = desk.browser("an")
        for _ in range(12 * 3):
            assert browser.get("/profile").status_code == 200
            now.shift(timedelta(minutes=20, seconds=1))
        assert browser.get("/profile").status_code == 302


def test_use_is_noted_once_a_minute(desk: Desk) -> None:
    def seen() -> list[object]:
        with desk.office.db.reading() as session:
            return [row.seen_at for row in session.query(LoginSession)]

    with time_machine.travel(clock.now(), tick=False) as now:
        browser = desk.browser("an")
        first = seen()
        now.shift(timedelta(seconds=50))
        browser.get("/profile")
        assert seen() == first
        now.shift(timedelta(seconds=20))
        browser.get("/profile")
        assert seen() != first


def test_a_disabled_account_is_out_at_the_next_request(desk: Desk) -> None:
    browser, headers = desk.browser("guanli"), desk.bearer("guanli")
    with desk.office.db.transaction() as session:
        person = accounts.get_account(session, desk.person("guanli").id)
        accounts.disable(session, person, reason="调离", actor=desk.world["anquan"], at=clock.now())
    assert browser.get("/profile").status_code == 302
    assert desk.client().get("/metrics", headers={**headers, "Accept": "application/json"}).status_code == 401


def test_an_ended_role_is_gone_at_the_next_request(desk: Desk) -> None:
    browser = desk.browser("guanli")
    assert browser.get(WHO).status_code == 200
    with desk.office.db.transaction() as session:
        row = grants.grants_from(session, desk.person("guanli").id, day=clock.now().date())[0]
        grants.end_grant(session, row.id, reason="轮岗", actor=desk.world["anquan"], at=clock.now())
    assert browser.get(WHO).status_code == 403


def test_a_role_holds_from_its_first_day_to_its_last(desk: Desk) -> None:
    headers = {**desk.bearer("he"), "Accept": "application/json"}
    with time_machine.travel(clock.now(), tick=False) as now:
        first, last = _today(desk.world) + timedelta(days=1), _today(desk.world) + timedelta(days=2)
        with desk.office.db.transaction() as session:
            person = accounts.get_account(session, desk.person("he").id)
            scope = grants.read_scope(session, role="admin", region=None, org=None, county=COUNTY)
            grants.add_grant(session, person, scope, actor=None, at=clock.now(), valid_from=first, valid_to=last)
        answers = []
        for _ in range(4):
            answers.append(desk.client().get("/metrics", headers=headers).status_code)
            now.shift(timedelta(days=1))
    assert answers == [403, 200, 200, 403]


def test_a_deputy_carries_the_roles_of_the_absent_and_only_while_it_lasts(desk: Desk) -> None:
    plain = desk.token("jiao")
    _stand_in(desk.world, "jiao", "bai")
    today = _known(desk, plain)
    assert [(g.role, g.of) for g in today.actor.grants] == [("handler", None), ("handler", desk.world["bai"].person_id)]
    assert today.own_roles == {"handler"}
    later = _known(desk, plain, at=clock.now() + timedelta(days=9))
    assert [g.of for g in later.actor.grants] == [None]


def test_history_says_for_whom_a_deputy_acted_and_only_where_it_was_needed(desk: Desk) -> None:
    world = desk.world
    plain = desk.token("jiao")
    _stand_in(world, "jiao", "bai")
    world.actors["jiao"] = _known(desk, plain).actor
    for_bai = world.assigned()
    own = world.report()
    world.move(own, "assign", "an", org="JYJ")
    for case_id in (for_bai, own):
        world.move(case_id, "acknowledge", "jiao")
    jiao, bai = world["jiao"].person_id, world["bai"].person_id
    assert [(e.actor_id, e.for_id) for e in world.history(for_bai)][-1] == (jiao, bai)
    assert [(e.actor_id, e.for_id) for e in world.history(own)][-1] == (jiao, None)
    assert "contact" in world.available(for_bai, "jiao").available


def test_who_stands_in_for_the_head_of_the_unit_signs_for_the_head(desk: Desk) -> None:
    """The own grant is enough to resolve, but not to sign: where the rule needs the head, the head's grant is taken."""
    world = desk.world
    case_id = world.coordinated()
    with world.db.transaction() as session:
        session.get_one(Org, world.orgs["SLJ"]).signs_results = True
    assert "resolve" not in world.available(case_id, "bai").available
    plain = desk.token("bai")
    _stand_in(world, "bai", "shui")
    world.actors["bai"] = _known(desk, plain).actor
    assert "resolve" in world.available(case_id, "bai").available
    world.move(case_id, "resolve", "bai", result_class="A", reply="管子换好了。")
    last = world.history(case_id)[-1]
    assert (last.actor_id, last.for_id) == (world["bai"].person_id, world["shui"].person_id)


def test_a_deputy_does_not_close_what_the_absent_resolved(desk: Desk) -> None:
    world = desk.world
    with world.db.transaction() as session:
        person = accounts.get_account(session, desk.person("bai").id)
        scope = grants.read_scope(session, role="clerk", region=None, org=None, county=COUNTY)
        grants.add_grant(session, person, scope, actor=None, at=clock.now())
    plain = desk.token("jiao")
    _stand_in(world, "jiao", "bai")
    world.actors["jiao"] = _known(desk, plain).actor
    case_id = world.resolved()
    with pytest.raises(NotAllowed) as denied:
        world.move(case_id, "close", "jiao", followed_up="reached", satisfaction="satisfied")
    assert [refusal.code for refusal in denied.value.refusals] == ["resolver_cannot_close"]


def test_the_three_offices_are_never_lent_and_their_holders_stand_in_for_nobody(desk: Desk) -> None:
    plain = desk.token("he")
    _stand_in(desk.world, "he", "guanli")
    assert [g.role for g in _known(desk, plain).actor.grants] == ["clerk"]
    with pytest.raises(Invalid, match="deputy_conflicted"):
        _stand_in(desk.world, "guanli", "an")


def _today(world: World) -> date:
    return clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()


def _known(desk: Desk, plain: str, *, at: datetime | None = None) -> Identity:
    with desk.office.db.reading() as session:
        found = identities.by_token(session, digest=token_digest(plain), at=at or clock.now())
    assert found is not None
    return found


def _stand_in(world: World, deputy: str, absent: str) -> None:
    today = _today(world)
    with world.db.transaction() as session:
        one, other = (accounts.by_user_name(session, name) for name in (absent, deputy))
        assert one is not None and other is not None
        grants.appoint_deputy(
            session, one, other, valid_from=today, valid_to=today + timedelta(days=3), actor=None, at=clock.now()
        )
