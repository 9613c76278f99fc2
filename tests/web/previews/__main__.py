"""`python -m tests.web.previews OUT_DIR [NAME…]`: render every page and save the pictures."""

import argparse
from pathlib import Path

from tests.web.previews.pages import PAGES
from tests.web.previews.photographer import new_page, open_browser, shoot, shoot_paper
from tests.web.previews.stage import build_app, open_stage


def main() -> None:
    """Photograph the pages asked for, all of them by default."""
    parser = argparse.ArgumentParser(prog="python -m tests.web.previews", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--lang", default="zh", choices=["zh", "en"])
    parser.add_argument("--width", type=int, choices=[1280, 390])
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    chosen = [p for name, p in PAGES.items() if not asked.names or any(name.startswith(n) for n in asked.names)]
    with open_stage(build_app(PAGES)) as address, open_browser() as browser:
        for width in [asked.width] if asked.width else [1280, 390]:
            page = new_page(browser, width)
            for shown in chosen:
                name = shown.name.replace("/", "-") + ("-en" if asked.lang == "en" else "")
                shoot(page, f"{address}/p/{shown.name}?lang={asked.lang}", asked.folder / f"{name}-{width}.png")
            page.context.close()
        page = new_page(browser, 1280)
        for shown in (p for p in chosen if p.paper):
            name = shown.name.replace("/", "-")
            sheets = shoot_paper(page, f"{address}/p/{shown.name}", asked.folder / f"{name}.pdf")
            print(f"{name}.pdf: {sheets}")


if __name__ == "__main__":
    main()
