"""The assessment: the sheets of a year, one sheet as the office and as its member see it, spot checks. All invented."""

from typing import Any

from tests.web.previews.data.frames import frame
from tests.web.previews.data.one_case import show

URL = "/assessments/1"


def _tab(label: str, url: str, *, n: int | None = None, current: bool = False) -> dict[str, Any]:
    return {"label": label, "url": url, "n": n, "current": current}


def _row(name: str, number: int, state: tuple[str, str], said: tuple[str, str], due: str) -> dict[str, Any]:
    chip = {"tone": state[0], "text": state[1]}
    told = {"name": name, "number": f"QC-KH-2022-{number:06}", "year": 2022}
    return {"url": URL, "chip": chip, "due": due, "band": said[0], "response": said[1], **told}


def sheets(**changes: Any) -> dict[str, Any]:
    """Return the sheets of a year as the office lists them."""
    rows = [
        _row("安心", 1, ("blue", "待本人确认"), ("称职", "还没答复"), "12月7日 周一 17:30"),
        _row("白云", 2, ("amber", "本人有异议"), ("基本称职", "有异议"), "12月21日 周一 17:30"),
        _row("陈青山", 3, ("green", "主席会议已审定"), ("优秀", "确认了"), ""),
    ]
    made = {
        "frame": frame("assessment"),
        "title": "2022 年委员考核",
        "tabs": [_tab("考核表", "/assessments", current=True), _tab("抽查", "/spot-checks")],
        "years": [_tab("2022 年", "?year=2022", current=True), _tab("2023 年", "?year=2023")],
        "states": [
            _tab("全部", "?", n=171, current=True),
            _tab("待本人确认", "?state=computed", n=168),
            _tab("本人有异议", "?state=appealed", n=3),
        ],
        "find": {"value": "", "kept": [{"name": "year", "value": "2022"}]},
        "said": None,
        "rows": rows,
        "make": {"n": 23, "url": "/assessments/compute", "campaign": "SLSC-2022", "year": 2022, "number": "1"},
        "run": None,
        "nothing": {
            "title": "2026 年还没有考核表",
            "text": "点上面的“计算全年草稿”，171 位委员的表就从台账算出来，不用填",
            "buttons": [{"text": "登记委员", "url": "/members/new"}],
        },
        "pager_data": {"text": "这一页 50", "prev_url": None, "next_url": "?cursor=1"},
    }
    return made | changes


def run(*, failed: bool = False) -> dict[str, Any]:
    """Return the work on the sheets of a year under way, or given up."""
    told = {"failed": failed, "done": 60, "whole": 171, "share": 35, "seconds": 2}
    stop = {"url": "/assessments/stop", "campaign": "SLSC-2022", "year": 2022}
    return {**told, "stop": stop, "url": "/assessments/progress", "list_url": "/assessments"}


def _record(text: str, about: str, points: str, url: str | None = "/households/1") -> dict[str, Any]:
    return {"text": text, "url": url, "about": about, "points": points, "none": points == "0"}


def _count(label: str, rule: str, points: str, records: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    n = sum(not each["none"] for each in records)
    return {"label": label, "rule": rule, "n": n, "points": points, "capped": False, "records": records, **more}


def _item(label: str, points: str, most: str, share: int, counts: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    told = {"label": label, "points": points, "most": most, "share": share, "counts": counts}
    return {**told, "capped": False, "base": None, "changed": None, **more}


def _groups() -> list[dict[str, Any]]:
    visits = [
        _record("鲜*英", "2022-3-07・入户走访・观音店乡 青竹村", "2"),
        _record("王*义", "2022-8-19・入户走访・观音店乡 青竹村", "0"),
    ]
    changed = "办公室调整，台账算出 32 分。理由：纸质台账上还有一次走访"
    homes = _item(
        *("联户", "34", "40", 85),
        [_count("每季度走访联系户", "每条 2 分，最多 16 分", "16", visits, capped=True)],
        changed=changed,
    )
    quality = _item("台账质量", "10", "10", 100, [_count("抽查未获证实的走访", "每条 −5 分，最多 10 分", "0", [])])
    late = [_record("鲜*英", "2022-9-30・脱贫户", "1", "/links/1")]
    overdue = _item("逾期未访", "−1", "8", 12, [_count("整季度未走访的联系户", "每条 1 分，最多 8 分", "1", late)])
    return [
        {
            "title": "基本分",
            "points": "44",
            "limit": None,
            "rows": [homes, {**quality, "base": "起评 10 分，有问题才扣"}],
        },
        {"title": "扣分", "points": "−1", "limit": "合计最多 20 分", "rows": [overdue]},
    ]


def _move(trigger: str, text: str, *, main: bool = False, danger: bool = False, field: str = "") -> dict[str, Any]:
    fields = [{"name": "reason", "label": field, "required": True}] if field else []
    told = {"trigger": trigger, "text": text, "url": "/m", "main": main, "danger": danger}
    return {**told, "fields": fields, "why_not": None}


def sheet(*, own: bool = False, **changes: Any) -> dict[str, Any]:
    """Return one sheet: as its member must answer it, or as the office reviews it after an appeal."""
    history = [
        {
            "when": "今天 03:30",
            "at": "2026-11-29T03:30:00+08:00",
            "kind": "move",
            "actor": "安老师",
            "verb": "算出考核表",
        }
    ]
    waits = "本人确认的时间到 2026-12-07，还没到期"
    moves = [
        _move("recompute", "重新计算", danger=True, field="理由"),
        {"trigger": "review", "text": "审核通过", "url": None, "why_not": waits, "main": True},
    ]
    mine = [_move("confirm", "确认无误", main=True), _move("appeal", "提出异议", field="异议的内容和依据")]
    made = {
        "frame": frame("assessment"),
        "back": {"text": "我的联户", "url": "/mine"} if own else {"text": "委员考核", "url": "/assessments"},
        "name": "陈青山",
        "year": 2022,
        "number": "QC-KH-2022-000003",
        "chip": {"tone": "blue", "text": "待本人确认"} if own else {"tone": "amber", "text": "本人有异议"},
        "band": "称职",
        "said": None,
        "asks_me": own,
        "adjust_url": None if own else f"{URL}/adjust",
        "moves": mine if own else moves,
        "groups": _groups(),
        "score": "76.00",
        "as_of": "2022年12月31日 周六",
        "scheme": "按 2022 年委员履职考核细则。",
        "said_by_member": None if own else "二季度还走访了一次",
        "answer": None if own else "已补记",
        "frozen": None if own else "2023年1月11日审定冻结，校验值 4f1c0d2e9a8b7c6d…",
        "deadline": show()["deadline"],
        "history": history,
        "number_of_form": "1",
    }
    return made | changes


def spot_checks(**changes: Any) -> dict[str, Any]:
    """Return the list of spot checks."""
    commitment = "693b78e7a056e7bb48261ebd460d6bb62b9db131d96f887103b6a4179eec245f"
    told = [
        ("2026Q4", {"tone": "blue", "text": "已公布承诺值"}, ""),
        ("2026Q3", {"tone": "blue", "text": "进行中"}, "289 次里抽 29 次，问过 1 次"),
    ]
    made = {
        "frame": frame("assessment"),
        "tabs": [_tab("考核表", "/assessments"), _tab("抽查", "/spot-checks", current=True)],
        "begin_url": "/spot-checks/new",
        "rows": [
            {"url": "/spot-checks/1", "quarter": quarter, "chip": chip, "commitment": commitment, "n": n}
            for quarter, chip, n in told
        ],
    }
    return made | changes


def spot_check(*, drawn: bool = True) -> dict[str, Any]:
    """Return one spot check: drawn with a finding, or waiting for the end of its quarter."""
    visit = {"url": "/spot-checks/1/visits/1", "where": "曲河乡 银洞村 五组", "member": "鲜丽蓉", "on": "8-01"}
    rows = [
        {
            **{"place": 1, "head": "岳*香", "words": "没见过人来", **visit},
            "chip": {"tone": "red", "text": "户里没有证实"},
            "sheet": {"url": URL, "text": "考核表重新计算后计入"},
        },
        {
            **{"place": 2, "head": "敬*香", "words": "", **visit},
            "chip": {"tone": "amber", "text": "还没问"},
            "sheet": None,
        },
    ]
    lines = [
        {"hmac": "0064baecf192fceda05b0064baecf192fceda05b", "id": "01a2239a-dcd7-7004-ba54-df6502046e29"},
        {"hmac": "010c0b76a6400fc71c17010c0b76a6400fc71c17", "id": "01a2239a-dcd7-7006-9951-138625ef7624"},
    ]
    again = {"seed": "7f3a91c2e5d84b60a1c7e9f2037b5d68", "population": 11, "n": 2, "share": 10, "ids_url": "/ids.txt"}
    return {
        "frame": frame("assessment"),
        "title": "2026Q3 走访抽查",
        "chip": {"tone": "blue", "text": "进行中"} if drawn else {"tone": "blue", "text": "已公布承诺值"},
        "said": None,
        "commitment": "693b78e7a056e7bb48261ebd460d6bb62b9db131d96f887103b6a4179eec245f",
        "printed": [{"text": "青协办〔2026〕2号", "url": "/bulletins/1"}] if drawn else [],
        "draw": None if drawn else {"url": "/draw", "number": "1", "why_not": "12月31日 周四过后才能抽：这一季还没完"},
        "to_ask": 1,
        "rows": rows if drawn else [],
        "again": {
            **again,
            "when": "2026-11-29 04:01",
            "same": True,
            "same_commitment": True,
            "rows": [{**each, "place": place, "drawn": True} for place, each in enumerate(lines, start=1)],
        }
        if drawn
        else None,
    }
