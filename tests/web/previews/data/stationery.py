"""Templates of papers, and stacks of them."""

from typing import Any

from tests.web.previews.data.forms import options
from tests.web.previews.data.frames import frame

TAGS = (
    ("{{ 编号 }}", "这一件的编号", "QC-AJ-2026-000123"),
    ("{{ 标题 }}", "标题", "三组水管被山洪冲断"),
    ("{{ 反映人 }}", "反映人，姓名总是打码", "李*芳"),
    ("{{ 时限说明 }}", "时限怎么算出来的", "10月14日收到，10个工作日，跳过2个周末，到10月28日17:30"),
    ("{{ 二维码 }}", "扫码回到这一件，看不到这一件的人扫不开；只能放在正文里", "QR"),
)
LOOP = ["{%tr for 行 in 催办记录 %}", "{{ 行.文号 }}", "{{ 行.日期 }}", "{{ 行.内容 }}", "{%tr endfor %}"]


def _field(name: str, label: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "label": label, "kind": "text", "required": False, "value": "", "options": []} | more


def template(**changes: Any) -> dict[str, Any]:
    """Return the template of a kind with two versions."""
    versions = [
        {"name": "第 2 版", "file": "催办通知书2.docx", "note": "换了抬头", "text": "安老师 2026-10-14 09:12　18 KB", "in_force": True, "url": "/v/2", "use_url": None},
        {"name": "第 1 版", "file": "催办通知书.docx", "note": "", "text": "安老师 2026-09-02 15:40　17 KB", "in_force": False, "url": "/v/1", "use_url": "/u/1"},
    ]  # fmt: skip
    tags: list[dict[str, Any]] = [
        {"text": text, "meaning": meaning, "example": example, "rows": None} for text, meaning, example in TAGS
    ]
    tags.append({"text": "催办记录", "meaning": "历次催办，一次一行", "example": "", "rows": LOOP})
    return {
        "frame": frame(None),
        "back_url": "/admin/papers",
        "title": "催办通知书",
        "about": "督办事项",
        "outside": False,
        "told": None,
        "form": {
            "url": "/admin/papers/urging",
            "fields": [
                _field("file", "改好的模板（.docx）", kind="file", required=True, accept=".docx"),
                _field("note", "改了什么", hint="写一句，以后好认"),
            ],
            "errors": [],
        },
        "fetch_url": "/f",
        "built_in_url": "/b",
        "preview": {
            "url": "/p",
            "fields": [
                _field("version", "用哪一版试", kind="select", required=True, value="2", options=options("2 第 2 版", "1 第 1 版")),
                _field("matter", "拿哪一件试", hint="编号，须是您能看到的；空着就用示例"),
            ],
        },
        "versions": versions,
        "built_in": {"in_force": False, "use_url": "/u"},
        "condition": "{% if 标题 %} … {% endif %}",
        "tags": tags,
    } | changes  # fmt: skip


def refused() -> dict[str, Any]:
    """Return the page after a template that names what is not there."""
    return template(
        told="没有这些标签：题目, 电话号。可用的标签：单位、打印日期、打印人、二维码、编号、标题", outside=True
    )


def _print(n: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"p{n}",
        "title": "交办单　120 件　DOCX",
        "when": "今天 09:12",
        "state": "好了",
        "refusal": None,
        "waits": False,
        "stop_url": "/papers/prints/1/stop",
        "progress": "120 / 120 件",
        "share": 100,
        "url": f"/papers/prints/{n}",
        "file_url": f"/papers/prints/{n}/file",
        "seconds": 600,
    } | changes


def prints(**changes: Any) -> dict[str, Any]:
    """Return the page that asks what to print, with one stack being made and one that could not be."""
    rows = [
        _print(1, state="在做", waits=True, progress="40 / 120 件", share=33, file_url=None),
        _print(2),
        _print(3, refusal="所选的都还没有交办单", file_url=None),
    ]
    fields = [
        _field("kind", "打哪种", kind="select", required=True, value="a", options=options("a 交办单", "b 督办单")),
        _field("format", "格式", kind="select", required=True, value="docx", options=options("docx Word", "pdf PDF（只限内置模板）")),
        _field("numbers", "哪些件", kind="textarea", required=True, value="QC-AJ-2026-000123\nQC-AJ-2026-000124", rows=8, wide=True, hint="编号，一行一个，最多 500 件；20 件以内马上出，多的在后台排好"),
    ]  # fmt: skip
    return {
        "frame": frame(None),
        "told": None,
        "lead": None,
        "form": {"url": "/papers", "fields": fields, "errors": []},
        "prints": rows,
    } | changes
