"""Robots of group chats over HTTP: the administrator's alone, and their address is told to nobody again."""

from sqlalchemy import select

from casework.robots.tables import Robot
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields

URL = "https://8.8.8.8/robot/send?access_token=of-this-group"


def test_a_robot_is_made_changed_tried_and_ended(api: Api) -> None:
    good = {"kind": "dingtalk", "label": "水利局群", "url": URL, "org": "SLJ", "secret": "SEC-of-it", "digests": True}
    assert api("an", "POST", "/robots", good).status_code == 403
    wrong = {**good, "url": "https://10.0.0.1/", "org": "nothing", "kind": "telex", "beer": 1}
    assert fields(api("guanli", "POST", "/robots", wrong)) == {"kind", "url", "org", "beer"}
    assert fields(api("guanli", "POST", "/robots", {**good, "digests": False})) == {"digests"}
    made = api.ok("guanli", "POST", "/robots", good)
    path = f"/robots/{made['id']}"
    assert (made["org"], made["is_signed"], made["digests"], made["alarms"]) == ("SLJ", True, True, False)
    told = str([made, api.ok("guanli", "GET", path), api.ok("guanli", "GET", "/robots")])
    assert "of-this-group" not in told and "SEC-of-it" not in told
    with api.world.db.reading() as session:
        row = session.scalars(select(Robot)).one()
        assert "of-this-group" not in row.address and "SEC" not in str(row.secret)
    assert fields(api("guanli", "PATCH", path, {"digests": False})) == {"digests"}
    assert api.ok("guanli", "PATCH", path, {"digests": False, "alarms": True})["alarms"] is True
    tries = [api.ok("guanli", "POST", f"{path}/test") for _ in range(2)]
    found = api.ok("guanli", "GET", f"{path}/messages?limit=1")
    assert [each["id"] for each in found["items"]] == [tries[1]["id"]] and found["items"][0]["fate"] == "waiting"
    (first,) = api.ok("guanli", "GET", f"{path}/messages?limit=1&cursor={found['next']}")["items"]
    assert first["id"] == tries[0]["id"]
    assert api("guanli", "DELETE", path).status_code == 204
    assert [api("guanli", "GET", each).status_code for each in (path, f"{path}/messages")] == [404, 404]
    assert api("an", "GET", path).status_code == 403 and api("guanli", "GET", "/robots/none").status_code == 404
