"""What a score is made of, token by token."""

import numpy as np
import pytest

from playground.model.load import RewardModel
from playground.model.network import load_trainable, save_result
from playground.model.tuning.full import FullTuning

PROMPT = "What is the fee of the Harbor Bond?"


@pytest.fixture(scope="module")
def reward(tiny_model_folder, tmp_path_factory):
    ready = load_trainable(tiny_model_folder, FullTuning(), "SEQ_CLS")
    folder = tmp_path_factory.mktemp("reward") / "r"
    return RewardModel.load(save_result(ready.network, ready.tokenizer, folder, ""))


@pytest.mark.parametrize("answer", ["The Cedar Fund costs 0.1 percent.", "naïve 東京 é", "x", "end<|end|>"])
def test_contributions_add_up_to_the_score(reward, answer):
    found = reward.contributions(PROMPT, answer)
    assert found.score == pytest.approx(reward.score(PROMPT, answer), abs=1e-5)
    assert found.start == pytest.approx(reward.score(PROMPT, ""), abs=1e-5)
    assert found.start + sum(found.added) == pytest.approx(found.score, abs=1e-5)
    assert "".join(found.tokens) == answer
    table = found.to_pandas()
    assert table.score.iloc[-1] == pytest.approx(found.score, abs=1e-5) and len(table) == len(found.tokens)


def test_a_contribution_is_the_score_of_the_answer_up_to_it(reward):
    answer = "The Cedar Fund costs"
    found = reward.contributions(PROMPT, answer)
    parts = ["".join(found.tokens[:count]) for count in range(len(found.tokens) + 1)]
    scores = reward.score_many([(PROMPT, part) for part in parts])
    assert found.added == pytest.approx(np.diff(scores), abs=1e-4)


def test_an_empty_answer_owes_nothing_to_any_token(reward):
    found = reward.contributions(PROMPT, "")
    assert found.tokens == () and found.start == found.score
