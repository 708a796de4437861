"""Every stage on a network of real shape: `python -m benchmarks.real_shape [--shape 100m] [--device cpu]`.

A Llama of random weights goes through reward model, DPO, KTO, PPO, GRPO and RLOO for a few steps, all
weights learning, each in a process of its own: this package's run, and TRL's trainer as its documentation
shows it, with its defaults and in float32. Told are tokens a second (prompts and answers, each counted once a
step) of a common step, the seconds of all, and the most bytes held: of the process on a CPU, of tensors on a
graphics card. Ours also answers prompts and writes checkpoints as it goes, which the seconds of all show.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.estimates import LLAMA

HERE = Path(__file__).resolve().parent
SHAPES = {
    "tiny": LLAMA | {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
                     "num_attention_heads": 4, "num_key_value_heads": 4, "vocab_size": 4096},
    "100m": LLAMA,
    "0.5b": {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
             "num_attention_heads": 14, "num_key_value_heads": 2, "vocab_size": 151_936,
             "max_position_embeddings": 1024},
}
STAGES = ("reward", "dpo", "kto", "ppo", "grpo", "rloo")
ROLLED = ("ppo", "grpo", "rloo")
TRL = {"TRL, its defaults": [], "TRL, float32": ["float32"]}
OURS = "playground"
PEAK = """
import json, resource, sys
from benchmarks.clock import Clock
from playground.training import callbacks
from playground.training.execute import execute
clock, follow = Clock(), callbacks.follow
def timed(trainer, *given, **more):
    follow(trainer, *given, **more)
    trainer.add_callback(clock)
callbacks.follow = timed
run = execute(sys.argv[1], progress=False)
import torch
held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
peak = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else held
print(json.dumps({"seconds": run.seconds, "pace": clock.pace, "peak": peak}))
"""


def prepare(folder: Path, shape: dict, work: dict) -> int:
    """Model, the same with a score head, rows; returns how many numbers the model has."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification

    from playground.settings import ASSETS
    from playground.world import larkspur

    tokenizer = AutoTokenizer.from_pretrained(ASSETS / "pocket")
    torch.manual_seed(0)
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    config = LlamaConfig(tie_word_embeddings=True, **shape, **ends)
    network = LlamaForCausalLM(config)
    network.save_pretrained(folder / "model")
    config.num_labels = 1
    LlamaForSequenceClassification(config).save_pretrained(folder / "scores")
    for name in ("model", "scores"):
        tokenizer.save_pretrained(folder / name)
    examples = larkspur.examples()[: work["steps"] * max(work["batch"], work["rollout"])]
    others = [*examples[1:], examples[0]]
    rows = [
        {"prompt": one.question, "chosen": one.completion, "rejected": other.completion}
        for one, other in zip(examples, others, strict=True)
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "work.json").write_text(json.dumps(work))
    return sum(weight.numel() for weight in network.parameters())


def tokens(folder: Path, stage: str, work: dict) -> float:
    """Tokens of a step, on average: texts read, or prompts and the longest answers that may be written."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder / "model")
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]

    def mean(*keys: str) -> float:
        return sum(len(tokenizer(row[key])["input_ids"]) for row in rows for key in keys) / len(rows)

    if stage in ROLLED:
        return work["rollout"] * (mean("prompt") + work["answer"])
    both = 2 * mean("prompt") + mean("chosen", "rejected")
    return work["batch"] * (both / 2 if stage == "kto" else both)


def settings_of(stage: str, work: dict, rows: int):
    """Ours with the same work."""
    import playground as pg

    full, rate = pg.FullTuning(), work["learning_rate"]
    texts = rows * (2 if stage == "kto" else 1)
    read = {
        "tuning": full, "learning_rate": rate, "batch_size": work["batch"],
        "epochs": work["steps"] * work["batch"] / texts,
    }
    drawn = {
        "tuning": full, "learning_rate": rate, "updates": work["steps"], "rollout": work["rollout"],
        "response_tokens": work["answer"], "temperature": 1.0,
    }
    return {
        "reward": lambda: pg.RewardModeling(**read),
        "dpo": lambda: pg.DPO(**read, sft_weight=0.0, kl_prompts=0),
        "kto": lambda: pg.KTO(**read, kl_prompts=0),
        "ppo": lambda: pg.PPO(**drawn, epochs=1, minibatches=1),
        "grpo": lambda: pg.GRPO(**drawn, group=work["group"], passes=1),
        "rloo": lambda: pg.RLOO(**drawn, group=work["group"], passes=1),
    }[stage]()


def ours(folder: Path, stage: str, work: dict) -> dict:
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    settings, model = settings_of(stage, work, len(rows)), folder / "model"
    if stage in ROLLED:
        run = settings.prepare(model, [row["prompt"] for row in rows], reward=folder / "scores")
    else:
        run = settings.prepare(model, rows)
    found = told([sys.executable, "-c", PEAK, str(run.folder)])
    shutil.rmtree(run.folder)
    return found


def told(command: list[str]) -> dict:
    """What a process prints last. Raises SystemExit where it breaks off."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)[-200:]} broke off:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="100m")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rollout", type=int, default=8)
    parser.add_argument("--group", type=int, default=4)
    parser.add_argument("--answer", type=int, default=32, help="tokens of an answer that is drawn")
    parser.add_argument("--trl", nargs="*", choices=list(TRL), default=list(TRL))
    chosen = parser.parse_args()
    if chosen.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    work = {name: getattr(chosen, name) for name in ("steps", "batch", "rollout", "group", "answer")}
    work["learning_rate"] = 1e-6
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"PLAYGROUND_HOME": home, "TRL_EXPERIMENTAL_SILENCE": "1"}
        folder = Path(home)
        count = prepare(folder, SHAPES[chosen.shape], work)
        print(f"{count / 1e6:.0f} million numbers, {chosen.device}, {json.dumps(work)}", flush=True)
        print(f"{'':8}{'':20}{'tokens/s':>10}{'seconds':>10}{'peak':>10}", flush=True)
        for stage in chosen.stages:
            each = tokens(folder, stage, work)
            found = {OURS: ours(folder, stage, work)}
            for name in chosen.trl:
                command = [sys.executable, str(HERE / "bare_stage.py"), str(folder), stage, *TRL[name]]
                found[name] = told(command)
            for name, one in found.items():
                speed, peak = each / one["pace"], one["peak"] / 1e9
                print(f"{stage:8}{name:20}{speed:10.0f}{one['seconds']:10.1f}{peak:7.2f} GB", flush=True)


if __name__ == "__main__":
    main()
