"""Our own sheets, scripts and templates use nothing newer than Chrome 109, and no sign of what is newer is blind."""

import pytest

from scripts import browser_level


def test_nothing_of_ours_is_newer_than_the_browsers_of_offices(capsys: pytest.CaptureFixture[str]) -> None:
    assert browser_level.main() == 0, capsys.readouterr().out


def test_every_feature_of_the_list_is_caught_where_it_is_planted() -> None:
    for kind, named in browser_level.features().items():
        for name, known in named.items():
            planted = f"a\n{known['example']}\n"
            assert (2, name) in {(line, found) for line, found, _ in browser_level.too_new(planted, kind)}, name
            assert known["since"] > browser_level.LEVEL or known["since"] == 0, name


def test_what_is_old_or_only_spoken_of_is_not_taken_for_new() -> None:
    old = (
        "@media print { .a { color: red; } }\n@keyframes turn { to { opacity: 0; } }\n/* subgrid */ dialog { inset: 0 }"
    )
    assert not list(browser_level.too_new(old, "css"))
    assert not list(browser_level.too_new("// Object.groupBy is too new\nlet a = [1].at(-1);", "js"))
    hidden = ".a { scrollbar-width: none; }\n.a::-webkit-scrollbar { width: 0; }"
    assert not list(browser_level.too_new(hidden, "css"))
