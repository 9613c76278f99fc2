"""Going through a page by keys alone, and what goes wrong on the way."""

from typing import Any

from playwright.sync_api import Page

# Who has the focus, and what is wrong with how it is shown: no ring, or nothing of it above what covers the page.
HELD = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const shown = e.matches("input[type=radio], input[type=checkbox], input[type=file]") ? e.closest("label, .filebox") || e : e;
  const box = shown.getBoundingClientRect();
  const ringed = [e, shown, e.nextElementSibling, e.parentElement, e.closest(".many")].some(x => x && getComputedStyle(x).outlineStyle !== "none" && parseFloat(getComputedStyle(x).outlineWidth) >= 2);
  const points = [[.5, .5], [.1, .5], [.9, .5], [.5, .2], [.5, .8]].map(([x, y]) => [box.left + box.width * x, box.top + box.height * y]);
  const above = points.some(([x, y]) => { const at = document.elementFromPoint(x, y); return at && (shown.contains(at) || at.contains(shown)); });
  // The little calendar in a field of dates wears the ring itself, where no script sees it.
  return {tag: e.outerHTML.slice(0, 140), id: e.id, ringed: ringed || e.type === "date", above};
}"""
_NEXT_PICTURE = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def tab_to(page: Page, selector: str, *, most: int = 90) -> None:
    """Press Tab until what the selector names has the focus."""
    for _ in range(most):
        if page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}")


def walk(page: Page, *, most: int = 150) -> list[str]:
    """Press Tab through the whole page; say where the focus could not be seen."""
    faults = []
    for _ in range(most):
        page.keyboard.press("Tab")
        held: Any = page.evaluate(HELD)
        if held is None:
            break
        if not held["above"]:
            # What has just come to its place is found there with the next picture.
            page.evaluate(_NEXT_PICTURE)
            held = page.evaluate(HELD)
        faults += [f"{what}: {held['tag']}" for what in ("ringed", "above") if not held[what]]
    return faults
