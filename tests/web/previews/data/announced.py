"""An announcement as the office that sent it sees it, and as a member who has to answer. All invented."""

from typing import Any

from tests.web.previews.data.frames import frame, rooms

TEXT = "各位委员：\n\n定于下周在县政协二楼会议室召开本季度联促工作推进会，会期半天。\n请带上本人的走访记录。不能参加的，请写明原因。"
URL = "/announcements/1"


def _chip(text: str, tone: str) -> dict[str, str]:
    return {"tone": tone, "text": text}


def _person(name: str, *chips: dict[str, str], sub: str | None = None, do: str = "代登回执") -> dict[str, Any]:
    return {"text": name, "chips": list(chips), "sub": sub, "act": {"text": do, "url": f"{URL}/answer/{name}"}}


def _announcement(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "frame": frame("announcements"),
        "title": "关于召开本季度联促工作推进会的通知",
        "crumb": {"text": "通知", "url": "/announcements"},
        "chips": [],
        "buttons": [],
        "said": None,
        "content": TEXT,
        "facts": [
            {"label": "发出", "text": "10月12日 周一"},
            {"label": "文号", "text": "青政协办〔2026〕36号"},
            {"label": "要什么回执", "text": "参加还是不参加"},
            {"label": "哪天前回", "text": "10月20日 周二"},
        ],
        "own": [],
        "office": None,
        "history": None,
    }
    return made | changes


def to_the_office() -> dict[str, Any]:
    """Return it as the office sees it, after a second reminder on one day was refused."""
    buttons = [{"text": text, "url": f"{URL}/{n}"} for n, text in enumerate(("补发", "改通知", "撤回通知"))]
    waiting = [_person("罗敏", _chip("没有账号，请打电话", "amber")), _person("县水利局")]
    given = [
        _person("陈青山", _chip("参加", "green"), sub="10月12日 17:20", do="改"),
        _person("符大海", _chip("不能参加", "amber"), sub="10月13日 09:02 外地出差，请假", do="改"),
    ]
    office = {
        "coverage": "回执 2 / 发出 4，50%",
        "percent": 50,
        "remind_url": f"{URL}/remind",
        "remind_text": "提醒没回的 2 个",
        "last": "上次提醒：10月14日 周三，当时 2 个没回",
        "waiting_title": "还没回的（2）",
        "waiting": waiting,
        "nobody_waits": "都回了",
        "given_title": "已回的（2）",
        "given": given,
        "none_given": "还没有人回",
    }
    said = "10月14日已经提醒过一次。同一个工作日只提醒一次，急事请打电话"
    history = [{"at": "2026-10-12T09:10", "when": "10月12日 09:10", "kind": "note", "actor": "何干事", "verb": "发出"}]
    return _announcement(buttons=buttons, said=said, office=office, history=history)


def to_answer() -> dict[str, Any]:
    """Return it as a member sees it who is also the head of a unit that has answered."""
    presses = [
        {"value": "attending", "text": "我参加", "main": True},
        {"value": "unable", "text": "不能参加", "main": False},
    ]
    asked = {"id": "1", "url": f"{URL}/answer/1", "words": "", "hint": "不参加的写明原因", "presses": presses}
    own = [
        {**asked, "title": "请在 10月20日 周二前回执", "text": "", "given": False},
        {
            **asked,
            "id": "2",
            "title": "县水利局的回执：参加",
            "text": "要改，再点一次就行",
            "given": True,
            "words": "来两个人",
            "presses": [{**each, "main": False} for each in presses],
        },
    ]
    person = {"name": "陈委员", "initial": "陈", "role": "政协委员", "url": "/profile"}
    shown = frame("announcements", person=person, rooms=rooms(("mine", "cases", "announcements", "bulletins")))
    return _announcement(frame=shown, own=own, chips=[_chip("没回", "amber")])


def sign_in() -> dict[str, Any]:
    """Return the sheet to sign in for a training."""
    people = [
        ("陈青山", "竹园镇茶业公司经理"),
        ("罗敏", "县医院副院长"),
        ("符大海", "乔庄镇种养大户"),
        ("", "县水利局"),
    ]
    rows = [{"name": name, "post": post} for name, post in [*people, *[("", "")] * 6]]
    facts = ["时间：10月20日 周二", "地点：全县", "应到 4"]
    printed = "青川县政协办公室　2026-10-14 印"
    sheet = {"title": "走访记录业务培训签到册", "facts": facts, "rows": rows, "printed": printed}
    other = {"text": "改印全体在任委员", "url": "?who=members"}
    return {"frame": frame(None), "back_url": "/activities/1", "sheet": sheet, "other": other}


def tick_list(*, ahead: bool = False) -> dict[str, Any]:
    """Return the list in which is ticked how everybody came; `ahead`: before the day, when leave alone is entered."""
    statuses = [("present", "到会"), ("late", "迟到"), ("leave", "请假"), ("absent", "缺席")]
    shown = [each for each in statuses if not ahead or each[0] == "leave"]
    leaves = [{"value": value, "label": label} for value, label in (("official", "公务请假"), ("sick", "病假"))]
    people = [("陈青山", "竹园镇茶业公司经理", "参加", ""), ("罗敏", "县医院副院长", "不能参加 外地出差", "leave")]
    return {
        "frame": frame("announcements"),
        "title": "登记到会：走访记录业务培训",
        "crumb": {"text": "走访记录业务培训", "url": "/activities/1"},
        "note": "10月20日 周二 才举行，现在只登记请假" if ahead else None,
        "url": "/activities/1/attendance",
        "number": "01a137ec-0000-7000-8000-000000000001",
        "said": None,
        "statuses": [{"value": value, "label": label} for value, label in shown],
        "rows": [
            {
                "name": f"s-{n}",
                "text": name,
                "post": post,
                "answer": answer,
                "value": value,
                "leave": {"name": f"l-{n}", "value": "official" if value else "", "options": leaves},
            }
            for n, (name, post, answer, value) in enumerate(people)
        ],
        "with_rest": not ahead,
    }


def roster(*, empty: bool = False) -> dict[str, Any]:
    """Return the roster of a month at two members' homes, one of them without anybody."""
    rows = [
        {"day": f"10月{day}日 周三", "hours": "9:00—11:30", "name": name, "post": post}
        for day, name, post in (
            (14, "陈青山", "竹园镇茶业公司经理"),
            (21, "罗敏", "县医院副院长"),
            (28, "符大海", "种养大户"),
        )
    ]
    homes = [
        {"title": "县政协委员之家", "about": "县政协一楼接待室 每周三 9:00—11:30", "rows": [] if empty else rows},
        {"title": "方石村委员之家", "about": "方石村党群服务中心", "rows": []},
    ]
    return {
        "frame": frame(None),
        "back_url": "/duties",
        "title": "委员之家 2026-10 值班表",
        "lists": homes,
        "nothing": "这个月没有排班",
        "months": [{"text": each, "url": f"?month={each}"} for each in ("2026-09", "2026-11")],
        "printed": "青川县政协办公室　2026-10-14 印",
    }


def experience() -> dict[str, Any]:
    """Return an experience as the office that published it sees it."""
    text = (
        "方石村三组的老茶园荒了六年。\n先请农技员把衰老树台刈，再按每亩两千元补肥。第二年春茶多收了四成，带动十二户。"
    )
    file = {
        "name": "茶园台刈前后.jpg",
        "url": "/activities/1/files/1",
        "thumb_url": None,
        "about": "218 KB 何干事 10-13",
    }
    return {
        "frame": frame("announcements"),
        "title": "老茶园改造：先台刈再补肥",
        "crumb": {"text": "经验", "url": "/experiences"},
        "chips": [],
        "buttons": [{"text": "改", "url": "/experiences/1/edit"}, {"text": "撤回", "url": "/experiences/1/withdraw"}],
        "byline": "陈青山、10月13日 周二",
        "content": text,
        "facts": [
            {"label": "地方", "text": "竹园镇 方石村", "link": None},
            {"label": "产业", "text": "", "link": {"text": "茶叶", "url": "/industries/1"}},
        ],
        "attachments": {
            "rows": [file],
            "upload_url": "/activities/1/files",
            "limit_text": "每个 20 MB 内",
            "note": None,
            "caption": 60,
        },
        "sections": [
            {
                "code": "slogans",
                "title": "口号",
                "rows": [{"text": "三个三", "url": "/slogans/1", "sub": None}],
                "nothing": "还没有",
                "act": {"text": "挂口号", "url": "/activities/1/slogans"},
            }
        ],
        "history": [
            {"at": "2026-10-13T09:10", "when": "10月13日 09:10", "kind": "note", "actor": "何干事", "verb": "发出"}
        ],
    }
