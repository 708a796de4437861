"""A contestant of `benchmarks.real_shape`: one stage as TRL's documentation shows it.

    python bare_stage.py FOLDER STAGE [float32]

FOLDER holds `model`, `scores` (the same with a score head), `rows.jsonl` and `work.json`. Prints seconds,
of training and of a step, and bytes held at the peak. `float32` leaves out TRL's 16-bit arithmetic and its
gradient checkpointing.
"""

import json
import resource
import sys
import tempfile
from pathlib import Path

import torch
import trl
from clock import Clock
from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

folder, stage, *plain = Path(sys.argv[1]), *sys.argv[2:]
work = json.loads((folder / "work.json").read_text())
rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
model, scores = str(folder / "model"), str(folder / "scores")


def turns(role, text):
    return [{"role": role, "content": text}]


def table(*answers):
    return Dataset.from_list([
        {"prompt": turns("user", row["prompt"])} | {name: turns("assistant", row[name]) for name in answers}
        for row in rows
    ])


clock, out = Clock(), tempfile.mkdtemp()
common = {
    "output_dir": out, "use_cpu": not torch.cuda.is_available(), "report_to": "none", "disable_tqdm": True,
    "save_strategy": "no", "learning_rate": work["learning_rate"], "logging_steps": 1,
}
if plain:
    common |= {"bf16": False, "gradient_checkpointing": False}
steps = {"max_steps": work["steps"], "per_device_train_batch_size": work["batch"]}
rolled = {
    "max_steps": work["steps"], "per_device_train_batch_size": work["rollout"],
    "num_generations": work["group"], "max_completion_length": work["answer"], "beta": 0.02,
}


def trainer():
    if stage == "ppo":
        return ppo()
    names = {"reward": "Reward", "dpo": "DPO", "kto": "KTO", "grpo": "GRPO", "rloo": "RLOO"}
    kind, arguments = (getattr(trl, names[stage] + part) for part in ("Trainer", "Config"))
    if stage in ("grpo", "rloo"):
        return kind(model, scores, args=arguments(**common, **rolled), train_dataset=table())
    return kind(model, args=arguments(**common, **steps), train_dataset=table("chosen", "rejected"))


def ppo():
    from trl.experimental.ppo import PPOConfig, PPOTrainer

    tokenizer = AutoTokenizer.from_pretrained(model, padding_side="left")
    asked = [
        tokenizer.apply_chat_template(turns("user", row["prompt"]), add_generation_prompt=True)["input_ids"]
        for row in rows
    ]
    reward, value = (
        AutoModelForSequenceClassification.from_pretrained(scores, num_labels=1) for _ in range(2)
    )
    arguments = PPOConfig(
        **common, per_device_train_batch_size=work["rollout"], response_length=work["answer"],
        total_episodes=work["rollout"] * work["steps"], num_ppo_epochs=1, num_mini_batches=1,
        local_rollout_forward_batch_size=work["rollout"], num_sample_generations=0, stop_token="eos",
    )
    return PPOTrainer(
        arguments, tokenizer, AutoModelForCausalLM.from_pretrained(model), None, reward,
        Dataset.from_dict({"input_ids": asked}), value,
    )


made = trainer()
made.add_callback(clock)
made.train()
held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
peak = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else held
print(json.dumps({"seconds": clock.seconds, "pace": clock.pace, "peak": peak}))
