"""The model of triage: the same grams in learning and answering, shares that add up, words that stand in the report."""

import random
from array import array
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from casework.core.errors import Refused
from casework.triage import learning
from casework.triage.grams import grams, told, weighed
from casework.triage.learning import Example, Learnt, learn
from casework.triage.measuring import Judged, measure
from casework.triage.model import Model, softmax

WORDS = {
    "drinking_water": ("水管破裂", "停水三天", "蓄水池漏", "水压不足", "挑水吃"),
    "schooling": ("没有学位", "校车不来", "老师太少", "学费贵", "上学路远"),
    "market": ("香菇卖不出", "收购价低", "没有销路", "滞销", "客商不来"),
}
FILLING = ("请解决", "村里人多", "已经半年", "谢谢领导", "我家在三组", "盼回复")


def examples(each: int, seed: int = 1) -> list[Example]:
    dice = random.Random(seed)
    made = []
    for label, words in WORDS.items():
        for _ in range(each):
            said = [*dice.sample(words, 2), *dice.sample(FILLING, 3)]
            made.append(Example(told(said[0], "，".join(said)), label))
    dice.shuffle(made)
    return made


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    return learn(examples(40))


def test_it_tells_the_labels_apart_and_names_words_of_the_report(learnt: Learnt) -> None:
    text = told("三组水管破裂", "已经停水三天，老人挑水吃，请解决")
    [best, *_] = learnt.model.answer(text)
    assert (best.label, best.share > 0.8) == ("drinking_water", True)
    assert best.words
    assert all(word in text for word in best.words)
    assert any("水" in word for word in best.words)
    assert learnt.figures.macro_f1 > 0.95


def test_the_plain_numbers_answer_as_the_machine_that_learnt_them(learnt: Learnt) -> None:
    kept = examples(40)
    vectorizer = learning._vectorizer()
    known = vectorizer.fit_transform([(each.text, ()) for each in kept])
    labels = sorted(WORDS)
    truth = np.array([labels.index(each.label) for each in kept])
    telling = learning._telling(known, truth)
    machine = learning._machine().fit(learning._stressed(known, telling), truth)
    # As sharp as it is it would be all but certain of everything, and so would a wrong model.
    blunt = replace(learnt.model, sharpness=1.0)
    for each in examples(3, seed=2):
        asked = learning._stressed(vectorizer.transform([(each.text, ())]), telling)
        shares = softmax([float(score) for score in machine.decision_function(asked)[0]], 1.0)
        answered = {answer.label: answer.share for answer in blunt.answer(each.text, least=0)}
        for label, share in zip(labels, shares, strict=True):
            assert answered[label] == pytest.approx(share, abs=1e-4)


def test_what_stands_in_every_label_weighs_nothing_though_it_is_no_less_rare() -> None:
    telling, filling = "水学市", "午未申"
    model = learn([Example(telling[n // 30] + filling[n % 3], telling[n // 30]) for n in range(90)]).model
    assert all(model.idf[model.places[gram]] > 1 for gram in telling)
    assert all(model.idf[model.places[gram]] == pytest.approx(0, abs=1e-3) for gram in filling)


def test_a_title_counts_four_times_and_where_there_is_none_the_first_fifteen_characters_do() -> None:
    assert weighed(told("水管", "漏"), ("@51",)) == {"水": 4, "管": 4, "水管": 4, "漏": 1, "@51": 20}
    beginning, rest = "一二三四五六七八九十甲乙丙丁戊", "己庚"
    counted = weighed(told("", f"{beginning[:5]}\n {beginning[5:]} {rest}"))
    assert {gram for gram, n in counted.items() if n == 4} == set(grams(beginning))
    assert {gram for gram, n in counted.items() if n == 1} == {"己", "庚", "戊己", "己庚"}


def test_the_same_examples_give_the_same_model_and_it_comes_back_from_its_bytes(learnt: Learnt) -> None:
    again = learn(examples(40))
    assert again.model.to_bytes() == learnt.model.to_bytes()
    assert Model.from_bytes(learnt.model.to_bytes()) == learnt.model
    for broken in (b"", b"casework-triage-1\n", learnt.model.to_bytes()[:-9], b"PK\x03\x04"):
        with pytest.raises(Exception, match=r"."):
            Model.from_bytes(broken)


def test_two_labels_are_learnt_as_well_as_three() -> None:
    two = [each for each in examples(40) if each.label != "market"]
    model = learn(two).model
    assert [model.answer(each.text)[0].label for each in two[:20]] == [each.label for each in two[:20]]


def test_of_nothing_known_it_says_nothing(learnt: Learnt) -> None:
    assert learnt.model.answer("") == []
    assert learnt.model.answer("qwxz 9!") == []
    level = Model(("a", "b", "c", "d", "e"), {"x": 0}, array("f", [1.0]), array("f", [0.0] * 5), (0.0,) * 5, 1.0)
    assert level.answer("x") == []


def test_too_few_rows_are_refused_and_rare_labels_left_out() -> None:
    with pytest.raises(Refused, match="too_few_to_learn"):
        learn(examples(9))
    few = [Example("山林界线争议", "land")] * 9
    assert learn(examples(40) + few).left_out == {"land": 9}


@given(st.text())
def test_grams_are_those_of_the_folded_text(text: str) -> None:
    assert list(grams(text)) == list(grams(text.casefold().casefold()))
    assert all(1 <= len(gram) <= 2 for gram in grams(text))


LABELS = st.sampled_from("abcd")


@given(st.lists(st.tuples(LABELS, LABELS, st.floats(0, 1)), min_size=1, max_size=60))
def test_the_figures_are_those_of_the_field(rows: list[tuple[str, str, float]]) -> None:
    found = measure([Judged(*row) for row in rows])
    theirs = f1_score([row[0] for row in rows], [row[1] for row in rows], average="macro", zero_division=0)
    assert found.macro_f1 == pytest.approx(theirs, abs=1e-4)
    assert (found.n, found.abstained) == (len(rows), 0)


def test_shares_that_promise_too_much_are_seen_and_abstaining_is_wrong() -> None:
    sure = [Judged("a", "a", 0.95)] * 6 + [Judged("a", "b", 0.95)] * 4
    assert measure(sure).ece == pytest.approx(0.35)
    half = measure([Judged("a", "a", 1.0), Judged("a", None, 0.0)])
    assert half.per_class["a"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "n": 2}
    assert half.abstained == 1
