"""The three administrators work from the networks that are named for them; everybody else from anywhere."""

import pytest

from tests.web.desk import Desk, make_desk


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_administrator_gets_nowhere_from_another_network(desk: Desk) -> None:
    networks = {"CASEWORK_ADMIN_NETWORKS": "10.9.0.0/16, 192.0.2.7"}
    served = make_desk(desk.world, desk.office.settings.home, **networks)
    admin, boss = served.browser("guanli"), served.browser("an")
    bearer = served.bearer("guanli")
    for address, status in (("10.9.3.4", 200), ("192.0.2.7", 200), ("::ffff:10.9.3.4", 200)):
        assert admin.get("/admin/system", environ_overrides={"REMOTE_ADDR": address}).status_code == status
    for address in ("127.0.0.1", "10.10.0.1", "192.0.2.8", "::1", ""):
        here = {"environ_overrides": {"REMOTE_ADDR": address}}
        for path in ("/admin/system", "/profile"):
            page = admin.get(path, **here)
            assert page.status_code == 403 and "三员的账号只能在规定的地址上使用" in page.text
        assert served.client().get("/metrics", headers=bearer, **here).status_code == 403
        assert boss.get("/cases", **here).status_code == 200
    # Whoever came in from elsewhere can still go out again.
    assert admin.post("/logout", environ_overrides={"REMOTE_ADDR": "127.0.0.1"}).status_code == 303
