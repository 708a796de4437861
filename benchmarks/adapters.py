"""Adapters swapped like disks: `python -m benchmarks.adapters`.

Ten LoRA adapters of rank 16 on one `pocket`: what a switch takes until the network is ready (p50, p95), what
an adapter takes on disk as a share of the full copy, and ten questions to ten adapters in one batch against
one after the other. The adapters' weights are random: what they say plays no part.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from random import Random

ADAPTERS = 10
BAR_MS, BAR_SHARE = 20, 0.05


def made(folder: Path) -> list[str]:
    """Ten different adapters, and how large one is beside a full copy (bytes)."""
    import torch

    from playground.model.network import load_trainable, save_result
    from playground.model.tuning.lora import LoRA

    names = []
    for seed in range(ADAPTERS):
        ready = load_trainable("pocket", LoRA(rank=16), seed=seed)
        torch.manual_seed(seed)
        with torch.no_grad():
            for parameter in ready.network.parameters():
                if parameter.requires_grad:
                    parameter += 0.02 * torch.randn_like(parameter)
        names.append(str(save_result(ready.network, ready.tokenizer, folder / f"a{seed}", ready.base)))
    return names


def shares(folder: Path) -> dict[str, float]:
    """How much of a full copy's bytes an adapter of rank 16 takes, by the layers that have one.

    A layer of width d shrinks to 2 r / d of itself: `pocket` is 256 wide, so that rank 16 keeps an eighth.
    """
    from playground.model.network import load_trainable, save_result
    from playground.model.tuning.full import FullTuning
    from playground.model.tuning.lora import LoRA

    tunings = {
        "whole": FullTuning(),
        "all linear layers": LoRA(rank=16),
        "attention": LoRA(rank=16, targets=("q_proj", "k_proj", "v_proj", "o_proj")),
    }
    sizes = {}
    for number, (name, tuning) in enumerate(tunings.items()):
        ready = load_trainable("pocket", tuning)
        result = save_result(ready.network, ready.tokenizer, folder / f"s{number}", ready.base)
        sizes[name] = sum(file.stat().st_size for file in result.glob("*.safetensors"))
    whole = sizes.pop("whole")
    return {name: size / whole for name, size in sizes.items()}


def switches(shelf, names: list[str], count: int) -> list[float]:
    """Milliseconds of switches between loaded adapters and the base, in random order."""
    chance, found, last = Random(0), [], None
    for name in [*names, "pocket"]:
        shelf.switch(name)
    for _ in range(count):
        last = chance.choice([name for name in (*names, "pocket") if name != last])
        found.append(1000 * shelf.switch(last)["seconds"])
    return found


def batches(shelf, names: list[str], rounds: int) -> tuple[float, float]:
    """Seconds of ten questions in one batch, and one after the other; medians, taken in turn."""
    asked = [(name, "What does the Cedar Fund cost?") for name in names]
    one, other = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        mixed = shelf.together(asked, max_tokens=32)
        one.append(time.perf_counter() - began)
        began = time.perf_counter()
        alone = [shelf.model(name).reply(text, max_tokens=32) for name, text in asked]
        other.append(time.perf_counter() - began)
        if mixed != alone:
            raise SystemExit("The batch did not say what each adapter says alone")
    return statistics.median(one), statistics.median(other)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--switches", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"PLAYGROUND_HOME": home}
        import torch

        from playground.model.swap import Shelf

        torch.set_num_threads(1)
        folder, shelf = Path(home), Shelf()
        names = made(folder)
        took = sorted(switches(shelf, names, chosen.switches))
        p50, p95 = (took[int(len(took) * part)] for part in (0.5, 0.95))
        parts = shares(folder)
        one, other = batches(shelf, names, chosen.rounds)
        loaded = shelf.switch(names[0])["loaded"]
        print(f"{loaded} adapters loaded; a switch takes {p50:.1f} ms (p50), {p95:.1f} ms (p95)")
        for layers, part in parts.items():
            print(f"an adapter of rank 16 in {layers} takes {100 * part:.1f} % of a full copy")
        print(f"ten questions to ten adapters: {one:.2f} s in one batch, {other:.2f} s one by one")
        held = p95 <= BAR_MS and loaded == ADAPTERS
        print(f"a switch within {BAR_MS} ms: {'held' if held else 'missed'}")
        for layers, part in parts.items():
            told = "held" if part <= BAR_SHARE else "missed"
            print(f"rank 16 in {layers} within {100 * BAR_SHARE:.0f} % of a full copy: {told}")


if __name__ == "__main__":
    main()
