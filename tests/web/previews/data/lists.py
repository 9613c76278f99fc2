"""The list of cases, loose and tight, with rows ticked, and a filter under which there is nothing."""

from typing import Any

from tests.web.previews.data.frames import frame

STATES = {
    "r": ("reported", "待分办"),
    "a": ("assigned", "已交办"),
    "c": ("coordinated", "已协调"),
    "d": ("resolved", "已办结"),
    "s": ("suspended", "已挂起"),
}
ROWS = """
281|自来水发黄，烧开还有沉淀|饮水|竹园镇|石坎村|县水利局|c|red|逾期 4 天|督办|2 天前|x
291|通村路边坡垮塌，农用车过不去|道路水电网|石坝乡|三江村|县交通运输局|a|red|逾期 1 天|催办|今天 08:10|x
298|方石村三组引水管被冲断，17 户停水|饮水|竹园镇|方石村|县水利局|c|amber|剩 1 天|提醒|今天 08:30|x
303|大病二次报销材料被退三次|就医|沙州镇|江边村|县医保局|a|amber|剩 2 天|提醒|昨天 16:02|
309|公益岗报名条件怎么算|就业创业|建峰镇|新坪村|县人社局|a|amber|剩 2 天|提醒|今天 08:52|
294|低压线路老化，雨天跳闸|道路水电网|姚渡镇|柳田村|国网青川供电公司|d|outline|待回访 1 天||10-12|
296|养殖场污水流进河沟|环境卫生|凉水镇|青龙村|青川生态环境局|d|outline|待回访 2 天||10-12|
306|茶叶烘干机补贴没有音讯|产业发展|观音店乡|两河村|县农业农村局|a|outline|剩 3 天||昨天 15:20|
302|危房改造款批了半年没有到账|住房|关庄镇|光辉村|县住建局|s|grey|挂起到 10-20||10-09|x
307|务工子女转学学位|就学|乔庄镇|孔溪社区|县教育局|c|outline|剩 3 天||昨天 11:47|
308|邻里占地修院墙起争执|矛盾纠纷|房石镇|三合村|房石镇人民政府|a|outline|剩 4 天||今天 09:05|
310|香菇干货积压 6 吨|市场销路|三锅镇|民主村|县经信商务局|c|outline|剩 5 天||昨天 17:10|
311|残疾证到期怎么换|社保救助|木鱼镇|红旗社区|县残联|a|outline|剩 6 天||今天 09:20|
288|幼儿园校车不进村|就学|大院回族乡|竹坝村|县教育局|a|outline|剩 6 天||10-12|
286|家里老人要装扶手|社保救助|七佛乡|楼子村|县残联|a|outline|剩 6 天||10-12|
285|核桃树打药补助|产业发展|关庄镇|群力村|县林业局|c|outline|剩 6 天||10-10|
283|卫生室周末没有人|就医|茶坝乡|双坪村|县卫健局|a|outline|剩 7 天||10-10|
280|通组路灯不亮|道路水电网|观音店乡|观音村|观音店乡政府|c|outline|剩 7 天||10-10|
"""


def _row(line: str) -> dict[str, Any]:
    number, title, category, town, village, org, state, tone, due, note, moved, ticked = line.split("|")
    code, label = STATES[state]
    deadline = {"text": due, "tone": tone, "note": note, "icon": "telephone" if due.startswith("待回访") else None}
    return {
        "id": number, "url": f"/cases/{number}", "number_short": f"000{number}", "title": title, "category": category,
        "town": town, "village": village, "org": org, "state": {"code": code, "label": label}, "deadline": deadline,
        "moved": moved, "selected": ticked == "x",
    }  # fmt: skip


def _saved(label: str, icon: str, n: int, **more: Any) -> dict[str, Any]:
    return {"label": label, "icon": icon, "n": n, "url": f"/cases?f={label}"} | more


def _list(**changes: Any) -> dict[str, Any]:
    rows = [_row(line) for line in ROWS.strip().splitlines()]
    made = {
        "title": "困难件",
        "counts": [
            {"label": "在办", "n": "126", "url": "/cases?open", "title": "已登记、已交办、已协调、已挂起的件"},
            {"label": "超时", "n": "9", "url": "/cases?late", "late": True},
            {"label": "本周到期", "n": "31", "url": "/cases?week"},
            {"label": "挂起", "n": "6", "url": "/cases?paused"},
        ],
        "export_url": "/cases.xlsx",
        "new_url": "/cases/new",
        "saved": {
            "mine": [_saved("由我盯着", "inbox", 18), _saved("本周到期", "hourglass-split", 31)],
            "shared": [
                _saved("超时与将到期", "exclamation-circle", 22, current=True, late=True),
                _saved("退回两次", "arrow-return-left", 2),
                _saved("挂起中", "pause-circle", 6),
                _saved("待回访", "telephone", 14),
                _saved("钱到期未到", "cash-coin", 3, late=True),
                _saved("饮水・竹园镇", "droplet", 5),
            ],
            "save_url": "/filters/new",
        },
        "chips": [{"text": "时限：8 个工作日内", "remove_url": "/cases?a"}, {"text": "状态：未结案", "remove_url": "/cases?b"}],
        "menus": [
            {"label": "地点", "options": [{"text": "竹园镇", "url": "/cases?p=1", "n": 5}, {"text": "石坝乡", "url": "/cases?p=2", "n": 2}]},
            {"label": "主办单位", "options": [{"text": "县水利局", "url": "/cases?o=1", "n": 4}]},
        ],
        "clear_url": "/cases",
        "total_text": "22 件",
        "density_urls": {"tight": "/cases?density=tight", "loose": "/cases?density=loose"},
        "sort": {"due": {"url": "/cases?sort=-due", "arrow": "up"}, "updated": {"url": "/cases?sort=updated", "arrow": None}},
        "rows": rows,
        "pager": {"text": "第 1–18 件，共 22 件", "prev_url": None, "next_url": "/cases?cursor=x"},
        "empty": None,
        "batch": {
            "url": "/batches", "preview_url": "/batches/say", "found": 95, "all_text": "连后面几页：一共 95 件", "too_many": None,
            "buttons": [
                {"action": "assign", "label": "交办", "key": "A"},
                {"action": "extend", "label": "延期"},
                {"action": "print", "label": "打印"},
                {"action": "urge", "label": "预览催办 3 件", "key": "U", "main": True},
            ],
            "say": {"count": 4, "label": "催办：", "strong": "3 件可办，1 件不可", "text": "（000302 挂起中，恢复后再催）"},
        },
    }  # fmt: skip
    return made | changes


def loose() -> dict[str, Any]:
    """Return the list as it stands by default, four rows ticked."""
    return {"frame": frame("cases"), "list": _list()}


def tight() -> dict[str, Any]:
    """Return the list in rows of one line."""
    prefs = {"keys": True, "density": "tight", "large": False}
    return {"frame": frame("cases", prefs=prefs), "list": _list()}


def plain() -> dict[str, Any]:
    """Return the list with nothing ticked."""
    made = _list()
    made["batch"] = made["batch"] | {"say": None}
    made["rows"] = [r | {"selected": False} for r in made["rows"]]
    return {"frame": frame("cases"), "list": made}


def fifty() -> dict[str, Any]:
    """Return a full page of fifty rows, to weigh it."""
    made = _list()
    made["rows"] = [r | {"id": f"{r['id']}-{n}"} for n in range(3) for r in made["rows"]][:50]
    return {"frame": frame("cases"), "list": made}


def nothing() -> dict[str, Any]:
    """Return a filter under which there is no case."""
    links = [{"text": "放宽“竹园镇”", "url": "/cases?x"}, {"text": "清空筛选", "url": "/cases"}]
    empty = {"title": "这个筛选下没有件", "text": "放宽“竹园镇”试试，或清空筛选。", "links": links}
    chips = [{"text": "地点：竹园镇", "remove_url": "/cases?a"}, {"text": "状态：已挂起", "remove_url": "/cases?b"}]
    return {
        "frame": frame("cases"),
        "list": _list(rows=[], chips=chips, empty=empty, pager=None, total_text="0 件", batch=None),
    }


def filters() -> dict[str, Any]:
    """Return the form that keeps a filter, and those that are kept."""
    name = {"name": "name", "label": "叫什么", "kind": "text", "required": True, "value": ""}
    shared = {"name": "shared", "label": "全办共用", "kind": "bool", "required": True, "value": False}
    form = {
        "url": "/filters/new",
        "fields": [name, shared],
        "errors": [],
        "conditions": ["地点：竹园镇", "状态：未结案"],
    }
    kept = [{"name": "饮水・竹园镇", "about": "全办共用", "url": "/cases?f=1", "drop_url": "/filters/1/drop"}]
    return {"frame": frame("cases"), "back_url": "/cases", "form": form, "kept": kept}
