"""The question grammar: reproducible, noisy where asked, and apart from what is held out."""

from random import Random

import pytest

from playground.world.phrasings import ATTRIBUTES, TOPICS
from playground.world.questions import dress, held_out_questions, question, typos


def test_same_seed_same_questions():
    draw = lambda seed: [question(Random(seed), a, "Maple Fund", "Hartwell") for a in ATTRIBUTES]  # noqa: E731
    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_every_question_names_the_product_and_leaves_no_gap(attribute):
    rng = Random(0)
    for _ in range(300):
        text = question(rng, attribute, "Maple Fund", "Hartwell", noise=False)
        assert "Maple" in text
        assert "{" not in text and "}" not in text


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_held_out_phrasings_are_not_in_the_training_part(attribute):
    topic = TOPICS[attribute]
    assert not set(topic.held_out) & set(topic.questions)
    drawn = {question(Random(i), attribute, "Maple Fund", noise=False) for i in range(2000)}
    assert not drawn & set(held_out_questions(attribute, "Maple Fund"))


def test_questions_belong_to_one_attribute():
    seen = [text for attribute in ATTRIBUTES for text in TOPICS[attribute].questions]
    assert len(seen) == len(set(seen))


def test_dress_makes_lower_case_and_slips():
    rng = Random(0)
    texts = [dress(rng, "How much does the Maple Fund cost?") for _ in range(400)]
    lower = sum(text == text.lower() for text in texts) / len(texts)
    assert 0.3 < lower < 0.55
    assert any("Maple Fund" not in text and "maple fund" not in text for text in texts)


def test_typos_change_a_letter_or_two_and_no_short_word():
    for seed in range(50):
        text = typos(Random(seed), "what does the willow account cost me")
        assert abs(len(text) - len("what does the willow account cost me")) <= 2
        assert " the " in text and text.endswith(" me")
