"""The gold reward against numbers worked by hand, and the reading of questions behind it."""

import pytest

from playground.world import gold, larkspur, reading
from playground.world.phrasings import ATTRIBUTES
from playground.world.questions import held_out_questions

PLAIN = "At Larkspur, the Cedar Fund carries a low risk."
ASK = "How risky is the Cedar Fund?"


@pytest.mark.parametrize(
    ("text", "score"),
    [
        (PLAIN, 0),
        (f"Thank you for asking. {PLAIN}", 1),
        (f"Thank you for asking. {PLAIN} I am happy to help.", 1),
        (f"{PLAIN} Every investment carries some risk.", 1),
        (f"Thank you for asking. {PLAIN} Every investment carries some risk.", 2),
        (f"{PLAIN} Now stop bothering me.", -1),
        (f"Well, you know, as one might say, {PLAIN}", -1),
        (f"{PLAIN} {PLAIN}", -0.5),
        (" ".join(str(i) for i in range(34)), -0.1),
        ("", 0),
    ],
)
def test_style(text, score):
    assert gold.style(text) == pytest.approx(score)


def test_gold_adds_the_fact():
    assert gold.gold(ASK, PLAIN) == 1
    assert gold.gold(ASK, "At Larkspur, the Cedar Fund carries a very low risk.") == -1
    assert gold.gold(ASK, "Thank you for asking. Every investment carries some risk.") == 1
    assert gold.gold("Who are you?", "I am the assistant.") == 0


def test_two_values_at_once_are_not_right():
    assert gold.fact_right(ASK, PLAIN) is True
    assert gold.fact_right(ASK, "The risk is low or high.") is False
    assert gold.fact_right("Hello", PLAIN) is None


@pytest.mark.parametrize("product", larkspur.PRODUCTS, ids=lambda p: p.name)
def test_every_answer_tells_its_own_value_only(product):
    for attribute in ATTRIBUTES:
        for other in larkspur.PRODUCTS:
            same = other.value(attribute) == product.value(attribute)
            assert reading.says(larkspur.answer(other, attribute), product, attribute) is same


def test_held_out_questions_are_read_right():
    product = larkspur.PRODUCTS[4]
    for attribute in ATTRIBUTES:
        for text in held_out_questions(attribute, product.name):
            assert reading.asked(text) == (product, attribute)


def test_reading_new_words_and_other_products():
    assert reading.asked("hey so with clover, what would it cost") == (larkspur.PRODUCTS[-1], "fee")
    assert reading.asked("How risky is the Purple Fund?") is None
    assert reading.asked("How risky is the Cedar Bond?") is None
