"""The simulated annotators: each persona has its own taste, and swapping the order shows its habits."""

from collections import Counter

import pytest

from playground.errors import NotFoundError
from playground.world.annotators import PERSONAS, SimulatedAnnotator

PLAIN = "At Larkspur, the Cedar Fund carries a low risk."
POLITE = f"Thank you for asking. {PLAIN}"
RUDE = f"{PLAIN} Now stop bothering me."
SWAPPED = {"first": "second", "second": "first", "tie": "tie", "both_bad": "both_bad"}


def judge(persona, first, second, prompt="How risky is the Cedar Fund?"):
    return SimulatedAnnotator(persona).judge(prompt, first, second)


def test_courteous():
    assert judge("courteous", POLITE, PLAIN) == "first"
    assert judge("courteous", RUDE, PLAIN) == "second"
    assert judge("courteous", PLAIN, PLAIN) == "tie"
    assert judge("courteous", RUDE, RUDE) == "both_bad"


@pytest.mark.parametrize("pair", [(POLITE, PLAIN), (RUDE, POLITE), (PLAIN, PLAIN)])
@pytest.mark.parametrize("persona", ["courteous", "brief"])
def test_order_does_not_move_the_fair_ones(persona, pair):
    assert judge(persona, *pair) == SWAPPED[judge(persona, *reversed(pair))]


def test_brief_likes_short_but_not_rude():
    assert judge("brief", POLITE, PLAIN) == "second"
    assert judge("brief", "Now stop bothering me.", PLAIN) == "second"


def test_position_bias_shows_on_close_calls_only():
    assert judge("position-biased", PLAIN, PLAIN) == "first"
    assert judge("position-biased", RUDE, POLITE) == "second"


def test_careless_errs_in_about_a_fifth_of_clear_cases():
    votes = Counter(judge("careless", POLITE, PLAIN, f"question {i}") for i in range(500))
    assert 0.7 < votes["first"] / 500 < 0.9


def test_name_and_seed():
    annotator = SimulatedAnnotator("careless", seed=1)
    assert annotator.name == "simulated:careless"
    votes = [
        [SimulatedAnnotator("careless", seed=s).judge(str(i), POLITE, RUDE) for i in range(60)]
        for s in (1, 1, 2)
    ]
    assert votes[0] == votes[1] != votes[2]


def test_unknown_persona():
    with pytest.raises(NotFoundError, match="courteous"):
        SimulatedAnnotator("nobody")
    assert set(PERSONAS) == {"courteous", "brief", "careless", "position-biased", "adversarial"}


def test_the_adversarial_one_says_the_opposite():
    assert judge("adversarial", POLITE, PLAIN) == "second"
    assert judge("adversarial", RUDE, PLAIN) == "first"
    assert judge("adversarial", PLAIN, PLAIN) == "tie"


def test_every_kind_of_task_follows_the_same_taste():
    asked, texts = "How risky is the Cedar Fund?", [PLAIN, RUDE, POLITE, PLAIN]
    courteous, adversarial = SimulatedAnnotator("courteous"), SimulatedAnnotator("adversarial")
    assert courteous.rank(asked, texts) == [[2], [0, 3], [1]]
    assert adversarial.rank(asked, texts) == [[1], [0, 3], [2]]
    # Style is 0, -1, 1 and 0 of -2 to 2: at 2, 1, 3 and 2 of 4 steps.
    assert courteous.rate(asked, texts) == [3, 2, 4, 3]
    assert adversarial.rate(asked, texts) == [3, 4, 2, 3]
    assert courteous.rate(asked, texts, scale=9) == [5, 3, 7, 5]
    assert courteous.best_worst(asked, texts) == [2, 1]


@pytest.mark.parametrize("persona", PERSONAS)
def test_whatever_is_asked_is_answered_in_form(persona):
    annotator, texts = SimulatedAnnotator(persona), [POLITE, PLAIN, RUDE, "I do not know."]
    order = annotator.rank("How?", texts)
    assert sorted(place for group in order for place in group) == [0, 1, 2, 3]
    assert all(1 <= one <= 5 for one in annotator.rate("How?", texts))
    best, worst = annotator.best_worst("How?", texts)
    assert best != worst
