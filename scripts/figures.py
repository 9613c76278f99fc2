"""Write docs/reference/figures.md: what each figure of a campaign counts and what it leaves out."""

from pathlib import Path

from casework.campaign.loader import campaigns

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "figures.md"
_HEAD = """# Figures

Made by `make docs` from casework/campaign/library. A figure is a query over single records: the number on a page,
in the bulletin and in the API opens exactly the records it counts.
"""


def page() -> str:
    """Return the page."""
    parts = [_HEAD]
    for campaign in campaigns().values():
        parts.append(f"## {campaign.label['zh']} · {campaign.label['en']} (`{campaign.code}`)\n")
        parts += ["| figure | 名称 | 数什么 | 不数什么 | counts |", "|---|---|---|---|---|"]
        for each in campaign.figures.values():
            told = (each.label["zh"], each.counts["zh"], each.leaves_out.get("zh", ""), each.counts["en"])
            parts.append(f"| `{each.key}` | {' | '.join(told)} |")
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
