"""Sampling completions to be judged. The model is a stand-in that draws from few replies."""

import random

import pytest

from playground.dataset.table import Dataset
from playground.errors import InputError
from playground.model.load import Model
from playground.preference.sample import sample_completions
from playground.records import Example, Message


class Dice:
    """Replies with one of six words, by the seed and the row."""

    name = "dice"

    def __init__(self, sides=6):
        self.sides, self.asked = sides, []

    def reply_many(self, prompts, *, seed, progress=None, **_):
        self.asked.append(len(prompts))
        if progress:
            progress(len(prompts), len(prompts))
        return [
            f"answer {random.Random(f'{seed} {row}').randrange(self.sides)}" for row in range(len(prompts))
        ]


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    monkeypatch.setattr(Model, "load", staticmethod(lambda model: model))


def test_completions_of_a_prompt_differ_where_they_can():
    model, done = Dice(60), []
    prompts = [f"question {n}" for n in range(20)]
    drafts = sample_completions(model, prompts, per_prompt=3, seed=1, progress=lambda *at: done.append(at))
    assert len(drafts) == 60 and list(drafts.by_prompt()) == prompts
    assert all(len({one.text for one in group}) == 3 for group in drafts.by_prompt().values())
    assert model.asked[0] == 60 and sum(model.asked[1:]) < 15, "only what repeated is drawn again"
    assert done == [(60, 60)]
    assert drafts[0].model == "dice" and isinstance(drafts[:2], type(drafts))


def test_a_certain_model_may_repeat_itself():
    drafts = sample_completions(Dice(sides=1), ["q"], per_prompt=2)
    assert [one.text for one in drafts] == ["answer 0", "answer 0"]


def test_the_seed_decides():
    def texts(seed):
        return [one.text for one in sample_completions(Dice(), ["a", "b", "c"], seed=seed)]

    assert texts(0) == texts(0) != texts(1)


def test_what_cannot_give_a_choice_is_refused():
    with pytest.raises(InputError, match="temperature"):
        sample_completions(Dice(), ["a"], temperature=0)
    with pytest.raises(InputError, match="nothing"):
        sample_completions(Dice(), [])


def test_drafts_become_preferences(home):
    class Longest:
        name = "simulated:longest"

        def judge(self, prompt, first, second):
            return "first" if first >= second else "second"

    preferences = sample_completions(Dice(), ["a", "b", "c"], per_prompt=2).collect(Longest())
    assert len(preferences) == 3
    assert all(pair["chosen"] > pair["rejected"] for pair in preferences.pairs())


def test_a_dataset_and_examples_are_asked_their_questions():
    examples = [Example((Message("user", "a"),), "x"), Example((Message("user", "b"),), "y")]
    for given in (Dataset(examples), examples, ["a", "b"]):
        assert list(sample_completions(Dice(), given).by_prompt()) == ["a", "b"]


@pytest.mark.parametrize("given, said", [("hello", "are the text 'hello'"), (["a", 5], "Prompt 2 is 5")])
def test_prompts_that_are_no_list_of_texts_are_refused(given, said):
    with pytest.raises(InputError, match=said):
        sample_completions(Dice(), given)
