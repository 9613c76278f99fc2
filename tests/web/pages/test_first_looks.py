"""A county that has just begun: every main list says what to do next, and leads there."""

import re

from tests.web.desk import Desk

LISTS = (
    *("/work", "/triage", "/cases", "/followups", "/members", "/households", "/links", "/leaders", "/visits/due"),
    *("/funds", "/funds/totals", "/projects", "/industries", "/activities", "/consultations", "/supervision"),
    *("/announcements", "/bulletins", "/spot-checks", "/suggestions", "/targets", "/hot-topics"),
    *("/venues", "/consultation-days", "/consultation-plans", "/trainings", "/duties", "/slogans", "/experiences"),
)
# Assessments begin with a scheme of the campaign, which is a file. Where nothing is, that place leads on; or the page itself offers to make the first one.
EMPTY = re.compile(r'<(section|div)[^>]*class="[^"]*\b(?:empty|note)\b[^"]*"[^>]*>.*?</\1>', re.DOTALL)
MAKE = re.compile(r'<a class="btn main[^"]*" href=|<form[^>]*method="post"')


def test_every_main_list_of_a_new_county_leads_on(desk: Desk) -> None:
    head = desk.browser("an")
    silent = []
    for path in LISTS:
        answer = head.get(path)
        assert answer.status_code == 200, path
        main = answer.text.partition("<main")[2]
        places = [found[0] for found in EMPTY.finditer(main)]
        if not any("<a " in place for place in places) and not MAKE.search(main):
            silent.append(f"{path}: {[re.sub('<[^>]+>', ' ', place)[:90] for place in places]}")
    assert not silent, "\n".join(silent)
