"""A run as code: the script runs without this package and makes the very same curves."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from playground.errors import InputError
from playground.model.tuning.bottleneck import BottleneckAdapter
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.model.tuning.prompt import PromptTuning
from playground.model.tuning.qlora import QLoRA
from playground.model.tuning.selective import SelectiveTuning
from playground.run import eject, eject_parts, eject_rollouts
from playground.training import batches, dpo, group_trainer, kto, ppo_trainer, reward, sft, swift, verify
from playground.training.dpo import DPO
from playground.training.grpo import GRPO
from playground.training.kto import KTO
from playground.training.ppo import PPO
from playground.training.reward import RewardModeling
from playground.training.rloo import RLOO
from playground.training.sft import SFT

EACH = """
import runpy, sys, traceback
for path in sys.argv[1:]:
    try:
        runpy.run_path(path, run_name="__main__")
    except Exception:
        traceback.print_exc()
assert "playground" not in sys.modules
"""
METRICS = {
    "sft": sft.METRICS, "reward": reward.METRICS, "dpo": dpo.METRICS, "ppo": ppo_trainer.METRICS,
    "grpo": group_trainer.METRICS, "rloo": group_trainer.METRICS, "kto": kto.METRICS,
}
OURS = {"ppo": {"entropy", "length", "gold", "grad_norm", "repetition", "explained_variance"}, "kto": {"kl"}}
OURS |= {stage: {"kl", "gold", "score", "rule", "repetition"} for stage in ("grpo", "rloo")}
"""Metrics that TRL does not have, or tells by the token."""
CASES = (
    "sft lora", "sft full", "sft continued", "sft embeddings", "sft judged",
    "reward full", "reward from lora", "reward lora", "dpo lora", "dpo full", "dpo new adapter",
    "dpo merged", "dpo embeddings", "ppo lora", "ppo full", "ppo merged", "grpo lora", "grpo full",
    "grpo other vocabulary",
    "kto lora", "kto full", "rloo lora", "rloo full",
    "sft selective", "reward selective", "dpo selective", "sft dora",
    *(("sft qlora", "dpo qlora") if find_spec("bitsandbytes") else ()),
)  # fmt: skip


@pytest.fixture(scope="module")
def runs(tiny, examples, pairs, lora_run, full_run, reward_run, tmp_path_factory):
    """A run of every kind, as different from the libraries' defaults as the settings allow."""
    prompts = [pair["prompt"] for pair in pairs]
    held = examples[:5]
    thumbs = [{"prompt": one["prompt"], "completion": one["rejected"], "label": False} for one in pairs]
    thumbs += [{"prompt": one["prompt"], "completion": one["chosen"], "label": True} for one in pairs[:9]]
    brief = {"batch_size": 4, "epochs": 1.5, "evaluations": 2}
    lora = SFT(tuning=LoRA(rank=4, dropout=0.1), warm_up=3, accumulation=2, weight_decay=0.01, **brief)
    scores = RewardModeling(tuning=LoRA(rank=4), seed=3, **brief).fit(lora_run.model, pairs)
    ppo = {"updates": 3, "rollout": 16, "response_tokens": 10, "learning_rate": 1e-3}
    answers = {"updates": 8, "rollout": 16, "group": 4, "response_tokens": 10, "learning_rate": 1e-3}
    vectors = SFT(tuning=LoRA(rank=4, embeddings=True), learning_rate=1e-2, **brief).fit(tiny, examples)
    judged = RewardModeling(center=0.0, **brief, keep="accuracy")
    unlike = [{**one, "completion": "no idea"} for one in held]
    overfits = {"learning_rate": 5e-3, "batch_size": 4, "epochs": 40, "evaluations": 16}
    last = SFT(tuning=SelectiveTuning(last_layers=1), **brief).fit(tiny, examples, held)
    other = RewardModeling(**brief).fit(verify.tiny_model(tmp_path_factory.mktemp("other") / "base"), pairs)
    packed = {}
    if find_spec("bitsandbytes"):
        packed["sft qlora"] = SFT(tuning=QLoRA(rank=4), **brief).fit(tiny, examples, held)
        packed["dpo qlora"] = DPO(**brief, learning_rate=1e-3).fit(packed["sft qlora"].model, pairs)
    return packed | {
        "sft selective": last,
        "reward selective": RewardModeling(tuning=SelectiveTuning(last_layers=2), **brief).fit(tiny, pairs),
        "dpo selective": DPO(**brief, learning_rate=1e-3).fit(last.model, pairs, pairs[:6]),
        "sft dora": SFT(tuning=LoRA(rank=4, variant="dora"), **brief).fit(tiny, examples),
        "sft embeddings": vectors,
        "sft judged": SFT.full(**overfits, keep="loss", patience=3).fit(tiny, examples[:8], unlike),
        "dpo embeddings": DPO(**brief, learning_rate=1e-3).fit(vectors.model, pairs),
        "grpo lora": GRPO(**answers).fit(vectors.model, prompts, reward=reward_run.model),
        "grpo full": GRPO(**answers, passes=1, kl_coefficient=0.1, seed=5, temperature=0.7).fit(
            full_run.model, prompts, reward=scores.model
        ),
        "grpo other vocabulary": GRPO(**answers, seed=1).fit(lora_run.model, prompts, reward=other.model),
        "kto lora": KTO(**brief, learning_rate=1e-3).fit(vectors.model, pairs, pairs[:6]),
        "kto full": KTO(**brief, loss="apo_zero_unpaired").fit(full_run.model, thumbs),
        "rloo lora": RLOO(**answers, rule="longer", rule_weight=0.5).fit(
            lora_run.model, prompts, reward=reward_run.model
        ),
        "rloo full": RLOO(**answers, passes=1, rule="shorter", normalize=True).fit(full_run.model, prompts),
        "dpo merged": DPO(**brief, tuning=FullTuning()).fit(vectors.model, pairs),
        "sft lora": lora.fit(tiny, examples, held),
        "sft full": SFT.full(**{**brief, "batch_size": 8}).fit(tiny, examples, held),
        "sft continued": SFT(tuning=LoRA(rank=4), seed=2, **brief).fit(lora_run.model, examples),
        "reward full": judged.fit(full_run.model, pairs, pairs[:6]),
        "reward from lora": RewardModeling(**brief).fit(
            lora_run.model, [{**pair, "margin": number % 3} for number, pair in enumerate(pairs)]
        ),
        "reward lora": scores,
        "dpo lora": DPO(**brief, learning_rate=1e-3).fit(lora_run.model, pairs, pairs[:6]),
        "dpo full": DPO(**brief, beta=0.3, sft_weight=0.5, noise=0.1).fit(full_run.model, pairs),
        "dpo new adapter": DPO(**brief, tuning=LoRA(rank=2), loss="ipo").fit(tiny, pairs),
        "ppo lora": PPO(**ppo, gradient_clip=0.5).fit(lora_run.model, prompts, reward=reward_run.model),
        "ppo full": PPO(**ppo, seed=5).fit(full_run.model, prompts, reward=reward_run.model),
        "ppo merged": PPO(**ppo, tuning=FullTuning()).fit(lora_run.model, prompts, reward=scores.model),
    }


@pytest.fixture(scope="module")
def histories(runs, tmp_path_factory):
    """What the scripts logged, all executed in one process that has never heard of this package."""
    folder = tmp_path_factory.mktemp("ejected")
    for run in runs.values():
        (folder / f"{run.id}.py").write_text(run.to_code())
    scripts = [f"{run.id}.py" for run in runs.values()]
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PLAYGROUND_HOME")}
    done = subprocess.run([sys.executable, "-c", EACH, *scripts], cwd=folder, env=environment,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    files = {name: folder / f"{run.id}-again" / "trainer_state.json" for name, run in runs.items()}
    return {name: json.loads(f.read_text())["log_history"] if f.is_file() else done.stderr
            for name, f in files.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_script_makes_the_curves_of_the_run(name, runs, histories):
    history, metrics = histories[name], runs[name].metrics
    assert isinstance(history, list), history
    stage = runs[name].spec.stage
    compared = {theirs: ours for theirs, ours in METRICS[stage].items()
                if ours not in OURS.get(stage, ()) and ours in set(metrics.name)}
    assert {"loss", "reward"} & set(compared.values())
    for theirs, ours in compared.items():
        by_step = {row["step"]: row[theirs] for row in history if theirs in row}
        curve = metrics[metrics.name == ours]
        expected = dict(zip(curve.step, curve.value, strict=True))
        if ours == "clip_fraction":  # of the first pass over an update it is 0 by nature, and not told
            by_step = {step: value for step, value in by_step.items() if value or step in expected}
        assert by_step == pytest.approx(expected, rel=1e-4, abs=2e-5), theirs


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_script_is_tidy(name, runs, tmp_path):
    (tmp_path / "script.py").write_text(runs[name].to_code())
    rules = ["--isolated", "--line-length", "110", "--select", "E,F,I,B"]
    ruff = [sys.executable, "-m", "ruff", "check", *rules, str(tmp_path)]
    done = subprocess.run(ruff, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("tuning", [BottleneckAdapter(), PromptTuning()])
def test_a_method_that_is_ours_alone_is_refused_with_the_reason(tuning, tiny, examples, pairs):
    run = SFT(tuning=tuning, batch_size=24, epochs=1).fit(tiny, examples)
    for asked in (run, DPO().prepare(run.folder, pairs)):
        with pytest.raises(InputError, match="PEFT has no such method"):
            asked.to_code()


@pytest.mark.parametrize(("rule", "reward", "words"), [
    ("gold", None, "The rule 'gold' knows the facts of Larkspur"),
    ("none", lambda prompt, answer: 1.0, "a function of yours"),
])  # fmt: skip
def test_a_reward_that_is_no_part_of_the_folder_is_refused_with_the_reason(rule, reward, words, lora_run):
    prompts = ["What does the Cedar Fund cost?"] * 8
    run = RLOO(rule=rule).prepare(lora_run.model, prompts, reward=reward)
    with pytest.raises(InputError, match=words):
        run.to_code()


def test_batches_are_made_alike():
    assert eject.POOL == batches.POOL
    assert eject_parts.WIDTH == swift.WIDTH
    assert eject_rollouts.LEAST_KL == group_trainer.LEAST_KL


def test_defaults_are_what_the_libraries_do(tmp_path):
    from peft import LoraConfig
    from trl import DPOConfig, GRPOConfig, KTOConfig, RewardConfig, RLOOConfig, SFTConfig
    from trl.experimental.ppo import PPOConfig

    made = [kind(output_dir=str(tmp_path), bf16=False) for kind in (SFTConfig, RewardConfig, DPOConfig)]
    for one in [*made, PPOConfig(output_dir=str(tmp_path), bf16=False), LoraConfig()]:
        names = [name for name in eject_parts.DEFAULTS if hasattr(one, name)]
        if type(one) is SFTConfig:  # its loss_type is another thing, and is left as it is
            names.remove("loss_type")
        told = {name: getattr(one, name) for name in names}
        assert told == {name: eject_parts.DEFAULTS[name] for name in told}, type(one).__name__
    for kind, defaults in (
        (GRPOConfig, eject_rollouts.GRPO_DEFAULTS), (RLOOConfig, eject_rollouts.RLOO_DEFAULTS),
        (KTOConfig, eject_parts.KTO_DEFAULTS),
    ):
        made = kind(output_dir=str(tmp_path), bf16=False)
        told = {name: getattr(made, name) for name in defaults if hasattr(made, name)}
        assert told == {name: defaults[name] for name in told}, kind.__name__


def test_a_setting_that_is_the_librarys_own_is_left_out(lora_run):
    text = lora_run.to_code()
    assert "gradient_accumulation_steps" not in text and "lora_dropout" not in text
    assert "adam_beta2=0.98" in text and "import playground" not in text


def test_a_notebook_cell_installs_what_the_script_asks_for(lora_run):
    cell, text = lora_run.to_code(notebook=True), lora_run.to_code()
    assert "%pip install --quiet torch==" in cell
    assert cell.split("import json", 1)[1] == text.split("import json", 1)[1]


def test_a_model_without_template_or_padding_gets_ours(tiny, tmp_path):
    import shutil

    from transformers import AutoTokenizer

    from playground.model.template import CHAT_TEMPLATE

    bare = shutil.copytree(tiny, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    settings = json.loads((bare / "tokenizer_config.json").read_text())
    del settings["pad_token"]
    (bare / "tokenizer_config.json").write_text(json.dumps(settings))
    text = SFT().prepare(bare, [{"prompt": "Hi", "completion": "Hello."}]).to_code()
    lines = text[text.index("tokenizer = ") : text.index("model = ")].replace("MODEL", repr(str(bare)))
    names = {"AutoTokenizer": AutoTokenizer}
    exec(lines, names)
    assert names["tokenizer"].chat_template == CHAT_TEMPLATE
    assert names["tokenizer"].pad_token == names["tokenizer"].eos_token
