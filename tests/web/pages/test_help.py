"""The help page: words, keys, and what is not recorded, for whoever is logged in, in both languages."""

from casework.registry import glossary
from tests.web.desk import Desk


def test_help_tells_the_words_of_the_trade_and_what_is_not_recorded(desk: Desk) -> None:
    page = desk.browser("bai").get("/help").text
    assert all(entry.word in page for entry in glossary.entries())
    for promise in ("不打卡", "不给人和村排名", "照片和位置可有可无"):
        assert promise in page


def test_help_is_english_for_who_reads_english(desk: Desk) -> None:
    browser = desk.browser("bai")
    browser.get("/language/en")
    page = browser.get("/help").text
    assert "co-handling unit" in page and "One matter a villager brought up" in page


def test_help_is_for_those_who_are_logged_in(desk: Desk) -> None:
    assert desk.client().get("/help").status_code == 302


def test_every_word_is_told_in_both_languages_once() -> None:
    entries = glossary.entries()
    assert all(entry.text["zh"] and entry.text["en"] and entry.english for entry in entries)
    assert len({entry.word for entry in entries}) == len(entries)
