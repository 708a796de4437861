"""Every tuning in every stage: the table that the app shows, exact resume, references, and refusals."""

import json
import math
from importlib.util import find_spec

import pytest
import torch

from playground.errors import InputError
from playground.model.load import Model
from playground.model.network import load_trainable
from playground.model.tuning.full import FullTuning
from playground.model.tuning.kinds import KINDS
from playground.model.tuning.lora import LoRA
from playground.model.tuning.prompt import PromptTuning
from playground.model.tuning.qlora import QLoRA
from playground.run.job import Run
from playground.training import fits
from playground.training.dpo import DPO
from playground.training.ppo import PPO
from playground.training.proof import Kill, WarmProcess, differences, finish, outcome
from playground.training.reward import RewardModeling
from playground.training.sft import SFT

HERE = [kind for kind in KINDS if kind != "qlora" or find_spec("bitsandbytes")]
"""Kinds that this machine can train."""
ADAPTERS = [kind for kind in HERE if kind != "full"]
NO_MERGE = ["bottleneck", "prompt"]


def tuning_of(kind):
    return KINDS[kind](**fits.SMALL[kind])


def values(run: Run, name: str) -> list[float]:
    return run.metrics.query("name == @name").value.tolist()


@pytest.fixture(scope="module")
def tuned(tiny, examples):
    """Runs of instruction tuning by kind, each made when first asked for."""
    known = {}

    def of(kind) -> Run:
        if kind not in known:
            settings = SFT(tuning=tuning_of(kind), batch_size=8, epochs=2, warm_up=0, learning_rate=1e-2)
            known[kind] = settings.fit(tiny, examples, examples[:4])
        return known[kind]

    return of


def test_the_table_knows_every_tuning_and_stage():
    assert list(fits.table()) == list(fits.figures()) == list(KINDS)
    assert all(list(stages) == list(fits.STAGES) for stages in fits.table().values())


@pytest.mark.slow
@pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
def test_the_table_is_what_is_found(tiny, examples, pairs, home):
    assert fits.tried(tiny, examples, pairs) == fits.table()


@pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
def test_the_figures_are_what_is_measured():
    assert fits.measured() == fits.figures()


@pytest.mark.parametrize("kind", HERE)
def test_it_learns_with_evaluations_in_between_and_is_opened_as_it_was(kind, tuned):
    run = tuned(kind)
    losses = values(run, "eval_loss")
    assert losses == sorted(losses, reverse=True) and losses[-1] < losses[0]
    assert min(values(run, "grad_norm")) > 0
    model = run.model
    assert Model.load(run.folder).reply("What does fund 3 cost?") == model.reply("What does fund 3 cost?")
    stored = {weight.dtype for weight in _stored(run).values()}
    assert stored == {torch.float32}


def _stored(run):
    from safetensors.torch import load_file

    return load_file(next((run.folder / "result").glob("*.safetensors")))


@pytest.mark.parametrize("kind", ADAPTERS)
def test_preferences_begin_where_the_tuning_ended(kind, tuned, reward_run, pairs):
    dpo = DPO(epochs=1, batch_size=12, sft_weight=0, kl_prompts=2).fit(tuned(kind).model, pairs)
    assert values(dpo, "loss")[0] == pytest.approx(math.log(2), abs=1e-5)
    assert values(dpo, "margin")[0] == pytest.approx(0, abs=1e-5)
    prompts = [pair["prompt"] for pair in pairs]
    rolled = PPO(updates=2, rollout=8, epochs=1, minibatches=1, response_tokens=6)
    ppo = rolled.fit(tuned(kind).model, prompts, reward=reward_run.model)
    assert values(ppo, "ratio")[0] == pytest.approx(1, abs=1e-3)
    assert values(ppo, "kl")[0] == pytest.approx(0, abs=1e-3)
    for run in (dpo, ppo):
        config = json.loads((run.folder / "result" / "adapter_config.json").read_text())
        assert config["peft_type"] == KINDS[kind].peft_type
        assert sorted(path.name for path in (run.folder / "result").iterdir()) == [
            "adapter_config.json", "adapter_model.safetensors",
        ]


def test_a_fresh_prompt_is_its_own_reference(tiny, reward_run, pairs):
    """Without it the model would be asked to stay near what it writes without a prompt."""
    brief = {"updates": 1, "rollout": 8, "epochs": 1, "minibatches": 1, "response_tokens": 6}
    settings = PPO(tuning=PromptTuning(tokens=4), **brief)
    run = settings.fit(tiny, [pair["prompt"] for pair in pairs], reward=reward_run.model)
    assert values(run, "kl")[0] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("kind", NO_MERGE)
def test_a_reward_model_that_cannot_be_merged_still_makes_a_value_model(kind, tiny, pairs, lora_run):
    reward = RewardModeling(tuning=tuning_of(kind), epochs=2, learning_rate=1e-2).fit(tiny, pairs)
    before = reward.model.score(pairs[0]["prompt"], pairs[0]["chosen"])
    prompts = [pair["prompt"] for pair in pairs]
    run = PPO(updates=2, rollout=8, response_tokens=6).fit(lora_run.model, prompts, reward=reward.model)
    assert len(set(values(run, "value_loss"))) == 2
    assert reward.model.score(pairs[0]["prompt"], pairs[0]["chosen"]) == before


@pytest.mark.parametrize("kind", NO_MERGE)
def test_what_cannot_go_on_is_refused_before_a_run_is_made(kind, tuned, pairs):
    run, before = tuned(kind), len(Run.all())
    with pytest.raises(InputError, match="no weight of the base can hold this one"):
        RewardModeling().prepare(run.folder, pairs)
    with pytest.raises(InputError, match="goes on in the adapter"):
        DPO(tuning=LoRA(rank=3)).prepare(run.folder, pairs)
    assert len(Run.all()) == before
    RewardModeling(tuning=None).prepare(run.folder, pairs)


@pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
def test_full_tuning_of_a_qlora_starts_with_the_numbers_its_four_bits_stand_for(tuned):
    whole = load_trainable(tuned("qlora").folder, FullTuning()).network
    ids = torch.tensor([[5, 9, 40, 41, 42, 7]])
    with torch.no_grad():
        merged, packed = whole.eval()(input_ids=ids), tuned("qlora").model.network(input_ids=ids)
    torch.testing.assert_close(merged.logits, packed.logits, atol=1e-3, rtol=0)
    with pytest.raises(InputError, match="on a base in four bits, and LoRA"):
        load_trainable(tuned("qlora").folder, LoRA(rank=2))
    with pytest.raises(InputError, match="goes on in the adapter"):
        load_trainable(tuned("lora").folder, QLoRA(rank=2))


@pytest.fixture(scope="module")
def process():
    with WarmProcess() as process:
        yield process


@pytest.mark.parametrize("kind", [kind for kind in HERE if kind not in ("full", "lora")])
def test_killed_and_continued_it_is_to_the_last_bit_what_it_would_have_been(kind, process, tiny, examples):
    settings = SFT(tuning=tuning_of(kind), batch_size=4, epochs=2, warm_up=2, evaluations=3)
    whole, killed = (settings.prepare(tiny, examples, examples[:4]) for _ in range(2))
    finish(process, whole)
    assert finish(process, killed, [Kill("step", 5), Kill("sealed", 1)]) == 2
    assert differences(outcome(whole), outcome(killed)) == []
