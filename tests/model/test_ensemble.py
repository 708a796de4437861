"""Reward models that judge together."""

import numpy as np
import pytest
import torch

from playground.errors import InputError
from playground.model.ensemble import RewardEnsemble, joined
from playground.model.load import RewardModel
from playground.model.network import load_trainable, save_result
from playground.model.source import find, members_of
from playground.model.swap import Shelf
from playground.model.tuning.full import FullTuning

PAIRS = [("What is the fee of the Harbor Bond?", "0.3 percent"), ("Hello", "The Cedar Fund"), ("Hello", "")]


@pytest.fixture(scope="module")
def folders(tiny_model_folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("members")
    made = []
    for seed in range(3):
        ready = load_trainable(tiny_model_folder, FullTuning(), "SEQ_CLS", seed=seed)
        made.append(save_result(ready.network, ready.tokenizer, place / f"r{seed}", ""))
    return made


def test_mean_spread_and_caution_by_hand(folders):
    scores = np.array([RewardModel.load(one).score_many(PAIRS) for one in folders])
    mean, cautious = RewardEnsemble(folders), RewardEnsemble(folders, caution=2.0)
    assert mean.score_many(PAIRS) == pytest.approx(scores.mean(0), abs=1e-5)
    assert cautious.score_many(PAIRS) == pytest.approx(scores.mean(0) - 2 * scores.std(0, ddof=1), abs=1e-5)
    assert mean.spread(*PAIRS[0]) == pytest.approx(scores.std(0, ddof=1)[0], abs=1e-5)
    table = mean.to_pandas(PAIRS)
    assert table["spread"].tolist() == pytest.approx(scores.std(0, ddof=1), abs=1e-5)
    assert mean.score_many([]) == []


def test_its_name_leads_back_to_it(folders):
    ensemble = RewardEnsemble([RewardModel.load(folders[0]), *folders[1:]], caution=1.5)
    assert members_of(ensemble.name) == [str(one) for one in folders]
    source = find(ensemble.name)
    assert source.is_reward and source.caution == 1.5 and len(source.members) == 3
    for opened in (RewardModel.load(ensemble.name), Shelf().reward(ensemble.name)):
        assert opened.score(*PAIRS[0]) == pytest.approx(ensemble.score(*PAIRS[0]), abs=1e-5)
    assert RewardModel.load(ensemble) is ensemble


def test_its_contributions_add_up_to_the_mean(folders):
    ensemble = RewardEnsemble(folders)
    found = ensemble.contributions(*PAIRS[0])
    assert found.start + sum(found.added) == pytest.approx(ensemble.score(*PAIRS[0]), abs=1e-5)


def test_as_one_network_it_scores_every_token_as_it_does_texts(folders):
    from trl.experimental.utils import get_reward

    networks = [load_trainable(one, FullTuning(), "SEQ_CLS").network for one in folders]
    tokenizer = RewardModel.load(folders[0]).tokenizer
    ids = torch.tensor([tokenizer("The Cedar Fund costs 0.1 percent a year.")["input_ids"]])
    each = [get_reward(one.eval(), ids, tokenizer.pad_token_id, 2)[1].item() for one in networks]
    whole = get_reward(joined(networks, 1.0), ids, tokenizer.pad_token_id, 2)[1].item()
    assert whole == pytest.approx(np.mean(each) - np.std(each, ddof=1), abs=1e-5)


def test_one_member_and_a_language_model_are_refused(folders, tiny_model_folder):
    with pytest.raises(InputError, match="cannot disagree"):
        RewardEnsemble(folders[:1])
    with pytest.raises(InputError, match="is not a reward model"):
        find(f"{folders[0]}+{tiny_model_folder}")
    with pytest.raises(InputError, match="The caution is -1"):
        RewardEnsemble(folders, caution=-1)
