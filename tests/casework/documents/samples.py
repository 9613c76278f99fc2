"""A quarterly 通报 of about three pages and a press draft; people, figures and days are invented."""

import struct
import zlib
from datetime import date
from decimal import Decimal

from casework.documents.model import (
    AnnexFigure,
    FigureRun,
    Heading,
    Official,
    PageBreak,
    Paragraph,
    Picture,
    Table,
)

UNITS = (
    "提案委",
    "经济委",
    "农业农村委",
    "社会法制委",
    "文化文史委",
    "科教卫体委",
    "民族宗教委",
    "联谊委",
    "专题调研组",
)


def png(width: int = 12, height: int = 6) -> bytes:
    """Make a red picture."""
    rows = b"".join(b"\0" + b"\xc0\x20\x20" * width for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def figure(text: str, key: str) -> FigureRun:
    return FigureRun(text, key, f"/figures/{key}?as_of=2023-01-11")


def annex() -> tuple[AnnexFigure, ...]:
    figures = (
        ("members", "在任委员", 171, "171名", "名", "本届在任的委员", "已请辞的 2 名"),
        ("households", "结对农户", 344, "344户", "户", "有有效结对的农户，一户只数一次", "已迁出的 3 户"),
        (
            "funds_arrived", "协调资金（到位）", Decimal("30624000.00"), "3000余万元", "元",
            "2022年以来到位的资金，按文号、项目、来源、年度每笔一次", "已批复未到位 1,197.60 万元",
        ),
        ("problems", "解决问题困难", 216, "210余个", "个", "已办结并回访过的困难件", "仍在办理的 23 件"),
    )  # fmt: skip
    return tuple(
        AnnexFigure(
            key=key, label=label, exact=exact, text=text, unit=unit, scope="全县", as_of=date(2023, 1, 11),
            counts=counts, leaves_out=leaves_out, href=f"/figures/{key}?as_of=2023-01-11",
        )
        for key, label, exact, text, unit, counts, leaves_out in figures
    )  # fmt: skip


def unit_table(unit: str, rows: int = 4) -> Table:
    matters = ("入户走访", "产业调研", "专题协商", "意见建议", "项目协调", "困难办结", "政策宣讲", "技术服务")
    return Table(
        title=f"{unit}工作情况",
        headings=("序号", "工作", "次数", "已办结", "说明"),
        rows=tuple(
            (
                number,
                matters[(number - 1) % len(matters)],
                number * 7,
                figure(str(number * 5), f"{unit}-{number}"),
                "按计划完成，余下转入下季度",
            )
            for number in range(1, rows + 1)
        ),
        widths=(1, 2, 1.2, 1.2, 4),
        align=("center", "left", "right", "right", "left"),
    )


def bulletin(**changes: object) -> Official:
    """Make the sample, or one that differs in some fields."""
    blocks = (
        Paragraph((
            "截至2023年1月11日，全县", figure("171名", "members"), "政协委员共结对联系", figure("344户", "households"),
            "农户，协调产业发展及项目资金", figure("3000余万元", "funds_arrived"), "，解决问题和困难",
            figure("210余个", "problems"), "。现将有关情况通报如下。",
        )),
        Heading(1, "总体情况"),
        Paragraph((
            "第四季度，各委室围绕联系村、联系户、联系产业开展工作，走访农户做到全覆盖。饮水、道路两类困难办结最快，平均用时"
            "九个工作日；就学、就医两类仍有积压，主要是跨部门事项较多、材料往返费时。各乡镇联络组每月碰头一次，逐件过问进度，"
            "把能当场答复的当场答复，不能当场答复的说明去处和时限。",
        )),
        Heading(2, "联系村"),
        Paragraph((
            "本季度到村调研五十余次，召开院坝协商会九场，形成共识二十六条，其中二十一条已经落实到责任单位和完成时限，"
            "五条待项目批复后启动。各村普遍反映，协商会开到院坝里，话说得透，事办得快。",
        )),
        Heading(3, "产业项目"),
        Paragraph(("新建茶叶、木耳、中药材等产业项目十三个，受益农户一千五百余户，均有联系委员负责跟进。",)),
        Heading(4, "示范片"),
        Paragraph(("在三个乡镇建立示范片，每片确定一名技术员，按农时到场指导，委员每季度回访一次，问清产量、销路和收入。",)),
        Heading(2, "联系户"),
        Paragraph((
            "委员每季度至少入户一次，填写走访记录并由户主确认。委员𫖯䶮、喆㛃所联系的农户已全部走访，并协调解决危房改造两件。"
            "个别委员因工作调动未能按时走访，已由委室负责人代为走访，并办理了结对关系的交接。",
        )),
        unit_table("农业农村委"),
        Heading(1, "表扬与提醒"),
        Paragraph((
            "对走访、办件均按时完成的农业农村委等三个委室予以表扬；有", figure("13户", "unvisited"),
            "本季度未走访，请有关委员于1月15日前补上，补走访的时间和情况如实记录，不得倒填日期。",
        )),
        unit_table("提案委"),
        Heading(1, "下一步工作"),
        Paragraph((
            "请各承办单位于1月底前办结饮水类余下六件；已协调未到位的资金按预计日期跟进，到期未到的列入督办。各委室要把群众"
            "是否满意作为办结的标准，办结后七个工作日内电话回访，不满意的重新办理，并说明原因。",
        )),
        Paragraph((
            "各乡镇联络组要继续坚持每月碰头、逐件过问的做法，注意收集群众对三联三促活动的意见，春节前集中走访一次"
            "生活有困难的农户，把政策讲清楚，把难处记下来，把能办的事办在节前。",
        )),
    )  # fmt: skip
    fields: dict[str, object] = {
        "issuer": "政协青川县委员会办公室文件",
        "number": "青协办〔2023〕1号",
        "title": "关于2022年第四季度“三联三促”活动开展情况的通报",
        "addressee": "各委室，全体县政协委员",
        "blocks": blocks,
        "attachments_note": ("2022年第四季度各委室工作情况统计表", "2022年第四季度困难件办理情况明细表"),
        "signed_by": "政协青川县委员会办公室",
        "signed_on": date(2023, 1, 11),
        "note": "联系人：安小满，电话：0839-0000000",
        "copies_to": "县委办公室，县人大常委会办公室，县政府办公室，各乡镇人民政府，县级有关部门",
        "printed_by": "政协青川县委员会办公室",
        "printed_on": date(2023, 1, 11),
        "footer_lines": ("数据校验：2023-01-11 3f9a 77c2 01be 8d54",),
        "figures": annex(),
    }
    return Official(**(fields | changes))  # type: ignore[arg-type]


def nine_tables() -> Official:
    """Make a 通报 with a table for each of nine units, a picture and a wide table."""
    wide = Table(
        title="第四季度困难件办理情况明细表",
        headings=("序号", "编号", "村组", "类别", "问题描述", "主办单位", "办理时限", "办理结果", "满意度"),
        rows=tuple(
            (n, f"QC-AJ-2022-{n:06}", "青溪镇石牛村三组", "饮水", "取水点枯水期断流，三户生活用水困难", "县水利局", "2022年12月30日", "已接通", "满意")
            for n in range(1, 31)
        ),
        landscape=True,
    )  # fmt: skip
    parts = [
        part
        for unit in UNITS
        for part in (Heading(1, unit), Paragraph((f"{unit}本季度工作情况如下。",)), unit_table(unit, 6))
    ]
    return bulletin(blocks=(*parts, PageBreak(), Picture(png(), "image/png", "院坝协商会现场"), wide))


def press_draft() -> Official:
    """Make a press draft of one page: no red head, no imprint."""
    return Official(
        title="青川：院坝里开起协商会",
        blocks=bulletin().blocks[:3],
        signed_by="县政协办公室　安小满",
        is_draft=True,
    )
