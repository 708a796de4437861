"""How fast a run is, beside TRL's defaults and a plain loop: `make bench`.

One thread, 500 chats, one epoch of LoRA on a random Llama of 3.4 million parameters, batches of 8. Every
contestant gets the same folder of model and chats, is started anew for every round, in turn, and tells how
long its steps took; from launch to finish the clock is ours. Our runs are launched as the app launches them,
by a warm process; the others are Python scripts. Wall-clock figures mean something on an idle machine only.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

HERE = Path(__file__).resolve().parent
CHATS, BATCH, RANK = 500, 8, 8
SCRIPTS = {
    "TRL, its defaults": ["bare_trl.py"],
    "TRL, float32": ["bare_trl.py", "float32"],
    "plain loop": ["plain_loop.py"],
}
OURS = "playground"


def prepare(folder: Path) -> None:
    """Model, tokenizer and chats: two questions and answers each, the second answer to be learned."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    from playground.settings import ASSETS
    from playground.world import larkspur

    tokenizer = AutoTokenizer.from_pretrained(ASSETS / "pocket")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=4096, hidden_size=192, intermediate_size=512, num_hidden_layers=6, num_attention_heads=6,
        num_key_value_heads=3, tie_word_embeddings=True, max_position_embeddings=512,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    examples = larkspur.examples()
    pairs = zip(examples[:CHATS], examples[CHATS : 2 * CHATS], strict=True)
    rows = [_chat(first, second) for first, second in pairs]
    Random(0).shuffle(rows)
    (folder / "chats.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def _chat(first, second) -> dict:
    turns = [("user", first.question), ("assistant", first.completion), ("user", second.question)]
    prompt = [{"role": role, "content": text} for role, text in turns]
    return {"prompt": prompt, "completion": [{"role": "assistant", "content": second.completion}]}


def script(command: list[str], folder: Path) -> tuple[float, float]:
    """Seconds of the steps alone, and from launch to finish, of a contestant that is a script."""
    began = time.monotonic()
    command = [sys.executable, str(HERE / command[0]), str(folder), str(BATCH), str(RANK), *command[1:]]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    if done.returncode:
        raise SystemExit(f"{command[1]} broke off:\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[-1]), time.monotonic() - began


def ours(supervisor, folder: Path) -> tuple[float, float]:
    """The same of a run of ours."""
    from playground.model.tuning.lora import LoRA
    from playground.training.sft import SFT

    rows = [json.loads(line) for line in (folder / "chats.jsonl").read_text().splitlines()]
    rows = [{"prompt": row["prompt"], "completion": row["completion"][0]["content"]} for row in rows]
    began = time.monotonic()
    run = SFT(tuning=LoRA(rank=RANK), batch_size=BATCH, epochs=1, learning_rate=2e-5).prepare(folder, rows)
    supervisor.start(run.folder)
    run.wait()
    if run.state != "completed":
        raise SystemExit(f"Our run {run.state}: {run.status.message}")
    return run.seconds, time.monotonic() - began


def warmed():
    """A supervisor whose warm process has imported what training needs."""
    from playground.run.supervisor import Supervisor
    from playground.ui.studio import PRELOAD, TARGET

    supervisor = Supervisor(TARGET, PRELOAD).open()
    time.sleep(30)
    return supervisor


def table(found: dict[str, list[tuple[float, float]]]) -> str:
    """Medians, and how much faster we are than each."""
    sides = {name: zip(*runs, strict=True) for name, runs in found.items()}
    middle = {name: [statistics.median(side) for side in both] for name, both in sides.items()}
    lines = [f"{'':20} {'steps':>9} {'ours is':>9} {'in all':>9} {'ours is':>9}"]
    for name, (steps, whole) in middle.items():
        by, by_whole = steps / middle[OURS][0], whole / middle[OURS][1]
        lines.append(f"{name:20} {steps:7.1f} s {by:8.2f}x {whole:7.1f} s {by_whole:8.2f}x")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"PLAYGROUND_HOME": home, "PLAYGROUND_THREADS": "1"}
        folder = Path(home) / "model"
        folder.mkdir()
        prepare(folder)
        supervisor, found = warmed(), {}
        try:
            for number in range(chosen.rounds):
                for name, command in SCRIPTS.items():
                    print(f"{name} …", flush=True)
                    found.setdefault(name, []).append(script(command, folder))
                found.setdefault(OURS, []).append(ours(supervisor, folder))
                newest = {name: runs[-1] for name, runs in found.items()}
                told = (f"{name} {steps:.1f} of {whole:.1f} s" for name, (steps, whole) in newest.items())
                print(f"round {number + 1}: {', '.join(told)}", flush=True)
        finally:
            supervisor.close()
        print(table(found))


if __name__ == "__main__":
    main()
