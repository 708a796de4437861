"""What a run was expected to take beside what it took: `python -m benchmarks.estimates`.

Every tuning of SFT, on `pocket` and on a random Llama of 100 million parameters, in batches of 1, for 120
and for 24 steps. The first round goes by rules of thumb in an empty home; every later one has the rounds
before to learn from. Runs are launched as the app launches them, each in a process forked from a warm one.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from benchmarks.speed import warmed

TUNINGS = {
    "LoRA": {"kind": "lora", "rank": 16}, "full": {"kind": "full"}, "selective": {"kind": "selective"},
    "bottleneck": {"kind": "bottleneck"}, "prompt": {"kind": "prompt"},
    "QLoRA": {"kind": "qlora", "rank": 16},
}
POCKET, RANDOM = "pocket", "Llama, 102 M"
EXAMPLES = {POCKET: 120, RANDOM: 24}
"""Fewer steps of `pocket` would be over in a second or two, of which chance is a third."""
LLAMA = {
    "hidden_size": 640, "intermediate_size": 1792, "num_hidden_layers": 16, "num_attention_heads": 10,
    "num_key_value_heads": 10, "vocab_size": 32_000, "max_position_embeddings": 1024,
}


def random_llama(folder: Path) -> Path:
    """A Llama of 102 million random weights that reads with `pocket`'s tokenizer."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    from playground.settings import ASSETS

    tokenizer = AutoTokenizer.from_pretrained(ASSETS / "pocket")
    torch.manual_seed(0)
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    network = LlamaForCausalLM(LlamaConfig(tie_word_embeddings=True, **LLAMA, **ends))
    network.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def once(supervisor, model, tuning: dict, examples: int) -> tuple[float, float, float, float]:
    """Expected and measured peak, in bytes, and time, in seconds, of one run."""
    from playground.model.tuning import kinds
    from playground.training.sft import SFT
    from playground.world import larkspur

    rows = larkspur.examples()[: examples + 4]
    settings = SFT(tuning=kinds.from_dict(tuning), batch_size=1, epochs=1, evaluations=1, learning_rate=1e-4)
    run = settings.prepare(model, rows[4:], rows[:4])
    supervisor.start(run.folder)
    run.wait()
    if run.state != "completed":
        raise SystemExit(f"{run.id} {run.state}: {run.status.message}")
    while run.measured is None:  # what a run took is written just after it has completed
        time.sleep(0.05)
    before, after = run.estimate, run.measured
    return before.peak, after.peak, before.seconds, after.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"PLAYGROUND_HOME": home}
        models = {POCKET: "pocket", RANDOM: random_llama(Path(home) / "llama")}
        supervisor = warmed()
        try:
            for number in range(1, chosen.rounds + 1):
                told = "rules of thumb" if number == 1 else "taught by the rounds before"
                print(f"round {number}, {told}\n{'':26}{'peak memory':>26} {'training time':>26}")
                for name, model in models.items():
                    for label, tuning in TUNINGS.items():
                        peak, held, seconds, took = once(supervisor, model, tuning, EXAMPLES[name])
                        memory = f"{peak / 1e6:5.0f} of {held / 1e6:5.0f} MB {peak / held - 1:+5.0%}"
                        clock = f"{seconds:5.1f} of {took:5.1f} s {seconds / took - 1:+5.0%}"
                        print(f"{name:14}{label:12}{memory:>26} {clock:>26}", flush=True)
        finally:
            supervisor.close()


if __name__ == "__main__":
    main()
