"""What gives a method little to learn: refused in words before a run is made, or learned from."""

import pytest

import playground as pg
from playground.errors import InputError
from playground.model.source import find
from playground.records import Comparison
from playground.run.job import Run
from playground.training import verify

ASKED = "What does fund 3 cost?"
JUDGED = {"reward": pg.RewardModeling(epochs=1), "dpo": pg.DPO(epochs=1, kl_prompts=0),
          "kto": pg.KTO(epochs=1, kl_prompts=0)}
ROLLED = {"updates": 1, "rollout": 4, "response_tokens": 4}
DRAWN = {"ppo": pg.PPO(minibatches=1, **ROLLED), "grpo": pg.GRPO(group=2, **ROLLED),
         "rloo": pg.RLOO(group=2, **ROLLED), "best": pg.BestOfN(answers=2, response_tokens=4)}
TIES = pg.Preferences([Comparison(f"{ASKED} {n}", "It is 3.", "It is 4.", "tie") for n in range(9)])
ONE_PROMPT = [{"prompt": ASKED, "chosen": f"Thank you! {n}", "rejected": f"Who cares? {n}"} for n in range(4)]
EMPTY = [{**pair, "chosen": "", "rejected": " "} for pair in ONE_PROMPT]
SAME = [{**pair, "rejected": pair["chosen"]} for pair in ONE_PROMPT]
SOME_EMPTY = [{**ONE_PROMPT[0], "rejected": ""}, {**ONE_PROMPT[1], "chosen": ""}, *ONE_PROMPT[2:]]
GOOD = [{"prompt": ASKED, "completion": f"Thank you! {n}", "label": True} for n in range(4)]
WORKS = "works"


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """A reward model that reads another vocabulary."""
    base = verify.tiny_model(tmp_path_factory.mktemp("other") / "base")
    return pg.RewardModeling(epochs=1).fit(base, ONE_PROMPT).folder


def cases():
    for stage in JUDGED:
        yield stage, TIES, "Judgements that prefer one completion: 0"
        yield stage, ONE_PROMPT[:1], "Judgements that prefer one completion: 1"
        yield stage, [], "Judgements that prefer one completion: 0"
        yield stage, EMPTY, "Every answer is empty"
        yield stage, SAME, "the two answers are the same"
        yield stage, SOME_EMPTY, WORKS
        yield stage, ONE_PROMPT, WORKS
    yield "kto", [{**pair, "weight": 2.0} for pair in ONE_PROMPT], "KTO counts every answer once"
    yield "kto", GOOD, "Good answers: 4, bad ones: 0"
    yield "kto", [{**row, "completion": ""} for row in GOOD], "Every answer is empty"
    yield "kto", [{**row, "label": "up"} for row in GOOD], "a label that is true or false"
    yield "ppo", [ASKED], "There are 1 prompts"
    yield "grpo", [ASKED], "There are 1 prompts"
    yield "rloo", [ASKED], "There are 1 prompts"
    yield "best", [ASKED], WORKS
    for stage in DRAWN:
        yield stage, [], "There are 0 prompts"
        yield stage, ["", " "], "Prompt 1 is empty"
        yield stage, "other vocabulary", "another vocabulary" if stage == "ppo" else WORKS


@pytest.mark.parametrize(("stage", "data", "words"), list(cases()))
def test_it_is_refused_in_words_or_learned_from(stage, data, words, lora_run, reward_run, other):
    settings, before = (JUDGED | DRAWN)[stage], len(Run.all())
    reward = {"reward": other if data == "other vocabulary" else reward_run.model} if stage in DRAWN else {}
    if data == "other vocabulary":
        data = [f"{ASKED} {n}" for n in range(4)]
    if words == WORKS:
        assert settings.fit(lora_run.model, data, **reward).state == "completed"
        return
    with pytest.raises(InputError, match=words):
        settings.prepare(lora_run.model, data, **reward)
    assert len(Run.all()) == before


def test_one_prompt_fills_a_group(lora_run, reward_run):
    run = pg.RLOO(group=4, **ROLLED).fit(lora_run.model, [ASKED], reward=reward_run.model)
    assert run.state == "completed"


def test_nothing_judges(lora_run):
    for settings in (pg.GRPO(), pg.RLOO(), pg.BestOfN()):
        with pytest.raises(InputError, match="Nothing judges the answers"):
            settings.prepare(lora_run.model, [ASKED] * 8)


def test_a_policy_that_says_nothing_is_learned_from(lora_run, reward_run, monkeypatch):
    """Every answer is the end token alone: rewards are alike, and teach nothing."""
    from trl import RLOOTrainer

    end = lora_run.model.tokenizer.eos_token_id
    monkeypatch.setattr(RLOOTrainer, "_generate_single_turn", lambda self, ids, *_: [[end] for _ in ids])
    run = pg.RLOO(group=4, **ROLLED).fit(lora_run.model, [ASKED], reward=reward_run.model)
    assert run.metrics.query("name == 'equal_groups'").value.tolist() == [1.0]
    assert find(run.folder).name
