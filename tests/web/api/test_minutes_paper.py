"""The minutes in the form of minutes: red mark, what was agreed with unit and day, then who was there; no signature."""

import io

import docx
import time_machine

from tests.web.api.conftest import Api
from tests.web.api.meetings import minuted, venues


def test_the_minutes_are_written_as_an_official_paper(api: Api, clock: time_machine.Traveller) -> None:
    venues(api)
    topic = minuted(api, said=[{"who": "李小芳", "position": "against", "words": "先定水费"}])
    path = f"/consultations/{topic['id']}/minutes-document"
    lines = [each.text for each in docx.Document(io.BytesIO(api("he", "GET", path).data)).paragraphs if each.text]
    assert lines[0] == "协商会议纪要" and lines[1] == topic["number"]
    headings = [line for line in lines if line[:2] in ("一、", "二、", "三、", "四、", "五、")]
    assert headings == ["一、议题和缘由", "二、各方意见", "三、不同意见", "四、商定的事", "五、没有谈拢的"]
    assert lines[lines.index("三、不同意见") + 1] == "李小芳（不同意）：先定水费"
    assert "1．水利局十月底前换好两处断管（责任单位：县水利局，2026年10月31日前完成）" in lines
    came, away = (next(line for line in lines if line.startswith(each)) for each in ("出席：", "缺席："))
    assert "白工" in came and "李小芳" in came and "陈委员" in away
    # After the text, in this order, and neither seal nor signature between them and the imprint.
    assert lines.index(headings[4]) < lines.index(came) < lines.index(away)
    assert lines.index(away) >= len(lines) - 3
    # Who may not read names plainly gets them masked, in the paper as on the page.
    seen = docx.Document(io.BytesIO(api("guan", "GET", path).data))
    assert "李小芳" not in "".join(each.text for each in seen.paragraphs)
    assert api("he", "GET", f"{path}?format=pdf").data.startswith(b"%PDF")
    assert api("he", "GET", f"{path}?format=odt").status_code == 422
