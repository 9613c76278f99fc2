"""Numbers of people in the words about money and more time: whoever works on the case reads them, no other."""

from tests.web.api.conftest import Api

MOBILE, MASKED = "13755556666", "137****6666"
SAID = f"找李大爷，电话{MOBILE}"
LINE = {"stage": "applied", "amount": "10.01", "document_no": "青水〔2026〕3号", "on": "2026-10-01"}
LINE |= {"source": SAID, "note": SAID, "project": SAID}


def test_who_only_reads_reads_no_numbers_in_answers_about_money_and_more_time(api: Api) -> None:
    case_id = api.world.coordinated()
    api.ok("bai", "POST", f"/cases/{case_id}/funds", LINE)
    api.ok("bai", "POST", f"/cases/{case_id}/extensions", {"until": "2026-10-30", "reason": SAID})
    for path in (*(f"/cases/{case_id}{tail}" for tail in ("", "/funds", "/extensions")), "/funds"):
        for who in ("guan", "shen", "jin"):
            text = api(who, "GET", path).get_data(as_text=True)
            assert MOBILE not in text and MASKED in text, (who, path)
        assert MOBILE in api("he", "GET", path).get_data(as_text=True), path
