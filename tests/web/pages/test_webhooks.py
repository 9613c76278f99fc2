"""The administrator's page of other systems: the secret once, every delivery with its fate."""

from dataclasses import replace

from casework.core.outbound import Allowed
from tasks.relay import relay
from tasks.sending.webhooks import Dispatcher
from tests.receiver import receiving
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.world import MORNING, World


def test_an_endpoint_is_made_tried_and_its_deliveries_are_seen(desk: Desk, world: World) -> None:
    here = replace(desk.office, settings=replace(desk.office.settings, webhook_allow=Allowed.read("127.0.0.1")))
    desk.app.extensions["casework"] = here
    admin = desk.browser("guanli")
    admin.get("/admin/webhooks")
    with receiving(statuses=[500]) as receiver:
        refused = admin.post("/admin/webhooks", {"url": "https://10.0.0.1/", "events": ["case.created"]})
        assert refused.status_code == 422 and "内网" in words_of(refused.text)
        made = admin.post("/admin/webhooks", {"url": receiver.url, "events": ["case.created"]})
        assert "whsec_" in words_of(made.text)
        again = admin.get("/admin/webhooks")
        assert "whsec_" not in again.text and receiver.url in words_of(again.text)
        (path,) = {part.split('"')[0] for part in again.text.split('href="') if part.startswith("/admin/webhooks/")}
        case_id = world.report()
        relay(world.db, at=MORNING)
        Dispatcher(here).send_due(at=MORNING)
        page = words_of(admin.get(path).text)
        assert "困难件登记" in page and "等着发" in page and "HTTP 500" in page
        assert "水管" not in page and world.case(case_id).title not in page
    assert admin.post(f"{path}/pause", {}).status_code == 303
    assert "已停下" in words_of(admin.get(path).text)
    assert admin.post(f"{path}/resume", {}).status_code == 303
    assert "whsec_" in words_of(admin.post(f"{path}/rotate", {}).text)
    assert admin.post(f"{path}/try", {}).status_code == 303
    assert "试发" in words_of(admin.get(path).text)
    assert admin.post(f"{path}/end", {}).status_code == 303
    assert admin.get(path).status_code == 404
    assert desk.browser("an").get("/admin/webhooks").status_code == 403
