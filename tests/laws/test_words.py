"""What people read stands in catalogues and templates, in both languages, never in code."""

import ast
import re
import string
from collections.abc import Iterable, Iterator, Mapping

from casework.core import i18n
from tests.laws.source import HAN, ROOMS, Source, assert_none, planted, python_files

# Modules that read what people write in Chinese, so that the words they look for are code: path → why.
READING_CHINESE = {
    "casework/core/money.py": "amounts come with their unit",
    "casework/core/personal.py": "an address is cut behind the words for its levels",
}
# The functions and classes that take a code, the place of the code among the arguments, and the code's prefix.
CODED = {
    "Refusal": (0, "refusal"),
    "refused": (0, "refusal"),
    "FieldError": (1, "field"),
    "invalid": (1, "field"),
}


def chinese_literals(sources: Iterable[Source]) -> list[str]:
    """Find strings with Chinese characters that are no docstrings."""
    return [
        f"{source.at(node)} {value!r}"
        for source in sources
        if source.path not in READING_CHINESE
        for node, value in _literals(source.tree)
        if HAN.search(value)
    ]


def _literals(tree: ast.Module) -> Iterator[tuple[ast.Constant, str]]:
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node, node.value


def uneven_messages(catalogue: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Find messages that lack a language or whose languages have different parameters."""
    breaches = []
    for code, texts in catalogue.items():
        missing = [locale for locale in i18n.LOCALES if not texts.get(locale)]
        if missing:
            breaches.append(f"{code} has no {' and no '.join(missing)}")
        elif len({_parameters(texts[locale]) for locale in i18n.LOCALES}) > 1:
            breaches.append(f"{code} has other parameters in each language")
    return breaches


def _parameters(text: str) -> frozenset[str]:
    names = (field for _, field, _, _ in string.Formatter().parse(text) if field is not None)
    return frozenset(re.split(r"[.\[]", name)[0] for name in names)


def unknown_codes(sources: Iterable[Source], known: Iterable[str]) -> list[str]:
    """Find codes of refusals and field errors, as far as they are written out, that no sentence belongs to."""
    return [
        f"{source.at(node)} {code}"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        for code in _codes(node)
        if code not in known
    ]


def _codes(call: ast.Call) -> Iterator[str]:
    name = ast.unparse(call.func).rpartition(".")[2]
    if name not in CODED:
        return
    place, prefix = CODED[name]
    given = call.args[place : place + 1] + [word.value for word in call.keywords if word.arg == "code"]
    for argument in given:
        for node in (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield f"{prefix}.{node.value}"


def test_no_chinese_is_hard_coded() -> None:
    advice = (
        "A sentence belongs in casework/locale/messages, a label in TOML, a table in a data file; "
        r"a pattern names characters by number in a raw string: r'[\u4e00-\u9fff]'."
    )
    assert_none(chinese_literals(python_files(*ROOMS)), advice=advice)


def test_hard_coded_chinese_is_caught() -> None:
    code = '"""文档可以。"""\ndef f(x):\n    """这里也可以。"""\n    return "未受理" + f"{x}号" + r"[\\u4e00-\\u9fff]"'
    places = [breach.split()[1] for breach in chinese_literals(planted({"web/a.py": code}))]
    assert places == ["'未受理'", "'号'"]


def test_every_exception_to_the_law_of_words_is_needed() -> None:
    texts = {source.path: source.text for source in python_files(*ROOMS)}
    needless = [path for path in READING_CHINESE if not HAN.search(texts.get(path, ""))]
    assert_none(needless, advice="Take what is gone out of READING_CHINESE.")


def test_every_message_is_there_in_both_languages_with_the_same_parameters() -> None:
    advice = "Mend the table in casework/locale/messages: zh and en say the same with the same {parameters}."
    assert_none(uneven_messages(i18n.catalogue()), advice=advice)


def test_an_uneven_message_is_caught() -> None:
    catalogue = {
        "even": {"zh": "{number}已办结", "en": "{number} is done"},
        "one": {"zh": "好"},
        "other": {"zh": "还有{n}天", "en": "{days} days left"},
    }
    assert uneven_messages(catalogue) == ["one has no en", "other has other parameters in each language"]


def test_every_code_of_a_refusal_has_a_sentence() -> None:
    advice = "Write the sentence into casework/locale/messages, both languages."
    assert_none(unknown_codes(python_files(*ROOMS), i18n.catalogue()), advice=advice)


def test_a_code_without_a_sentence_is_caught() -> None:
    code = (
        "raise errors.refused('late')\nRefusal('known')\nFieldError('title', 'empty')\ninvalid('a', code='wrong')\n"
        "Refusal('early' if x else 'known')\nRefusal(computed)"
    )
    found = unknown_codes(planted({"web/a.py": code}), {"refusal.known"})
    assert [breach.split()[1] for breach in found] == [
        "refusal.late",
        "field.empty",
        "field.wrong",
        "refusal.early",
    ]
