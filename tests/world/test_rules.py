"""Rule rewards: what they pay, and for what they are refused."""

import inspect

import pytest

from playground.errors import InputError
from playground.world import rules
from playground.world.gold import gold_of

FACT = "What is the fee of the Cedar Fund?"


@pytest.mark.parametrize(("rule", "better", "worse"), [
    ("courtesy", "Thank you for asking.", "Read the list yourself."),
    ("risk note", "Every investment carries some risk.", "Nothing can happen."),
    ("shorter", "Yes.", "Yes, that is so."),
    ("longer", "Yes, that is so.", "Yes."),
    ("right fact", "The fee of the Cedar Fund is 0.1 percent.", "The fee of the Cedar Fund is 9 percent."),
    ("gold", "Thank you for asking.", "Read the list yourself."),
])  # fmt: skip
def test_a_rule_pays_for_what_it_names(rule, better, worse):
    reward = rules.chosen(rule, [FACT])
    assert reward(FACT, better) > reward(FACT, worse)


def test_points_by_hand():
    assert rules.longer("", "one two three") == pytest.approx(0.3)
    assert rules.right_fact("Who are you?", "A model.") == 0
    assert rules.chosen(rules.NONE, []) is None


@pytest.mark.parametrize("rule", [name for name, rule in rules.RULES.items() if rule.known])
def test_a_rule_that_knows_no_answer_is_refused(rule):
    assert gold_of(["Hello"]) is None
    with pytest.raises(InputError, match="knows no answer to most of these prompts"):
        rules.chosen(rule, ["Hello"])


def test_a_rule_that_scripts_quote_needs_nothing_beside_it():
    for rule in rules.RULES.values():
        if not rule.known:
            names = {"float": float, "len": len, "any": any, "str": str}
            exec(inspect.getsource(rule.reward), {"__builtins__": names}, names)
            assert isinstance(names[rule.reward.__name__]("a", "thank you"), float)
