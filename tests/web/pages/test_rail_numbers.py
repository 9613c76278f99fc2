"""What waits in each room stands beside its name on every page, whichever room the page is of."""

import re

from tests.web.desk import Desk

_ROOM = re.compile(r'<a class="room" href="(/[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_NUMBER = re.compile(r"<b[^>]*>([0-9]+)</b>")
# Pages that belong to no room, or to one without a number.
OTHERS = ("/profile", "/targets/plan", "/activities", "/announcements", "/member-homes", "/help")


def rooms(page: str) -> dict[str, str]:
    return {path: (_NUMBER.findall(inside) or [""])[0] for path, inside in _ROOM.findall(page)}


def test_the_numbers_beside_the_rooms_are_the_same_on_every_page(desk: Desk) -> None:
    desk.world.report()
    desk.world.report()
    browser = desk.browser("he")
    wanted = rooms(browser.get("/cases").get_data(as_text=True))
    assert wanted["/triage"] == "2"
    seen = 0
    for path in (*wanted, *OTHERS):
        answer = browser.get(path)
        if answer.status_code == 200:
            assert rooms(answer.get_data(as_text=True)) == wanted, path
            seen += 1
    assert seen > len(wanted)
