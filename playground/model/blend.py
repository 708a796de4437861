"""Several adapters of one base made one, and an adapter made part of its base: saved as models to pick."""

from collections.abc import Mapping
from pathlib import Path

from playground.errors import InputError
from playground.model import adapter, kept, source
from playground.model.adapter import MAX_RANK
from playground.model.source import Source

WAYS = {
    "sum": ("cat", "The weighted sum of what they change, exactly. The ranks add up."),
    "svd": ("svd", "The weighted sum, pressed into the largest of their ranks: the nearest of that rank."),
    "linear": (
        "linear",
        "Their thin matrices are added, not what these change: quick, rough unless they had one start.",
    ),
    "ties": (
        "ties_svd",
        "Of each change the larger half is kept, and where signs differ the stronger sign wins "
        "(Yadav et al. 2023, arXiv:2306.01708).",
    ),
    "dare": (
        "dare_linear_svd",
        "Of each change a random half is dropped and the rest doubled (Yu et al. 2023, arXiv:2311.03099).",
    ),
}
"""How adapters are combined: PEFT's name for it, and what it does."""
DENSITY = 0.5
"""Share of the numbers that `ties` and `dare` keep."""
MOST = 8


def combine(weights: Mapping[str, float], way: str = "svd", name: str = "", seed: int = 0) -> str:
    """Make one LoRA of several on the same base; the name under which `Model.load` opens it.

    `weights` by model name; a negative one takes away. `way`: one of WAYS. `seed` covers what `dare` drops.
    Raises InputError where they cannot be combined, and as `Model.load`.
    """
    sources = _checked(weights, way)
    stem = "-".join(["mix", *(Path(one.name).name for one in sources)])
    name = kept.check_name(name) if name else kept.free(stem)
    whole = {one.name: float(weight) for one, weight in zip(sources, weights.values(), strict=True)}
    with kept.keeping(name, {"kind": "combined", "way": way, "weights": whole}) as folder:
        _write(sources, list(whole.values()), way, seed, folder)
    return name


def merge(name: str | Path, into: str = "") -> str:
    """Make an adapter part of its base's own weights; the name under which `Model.load` opens the whole.

    The adapter stays as it is, and `unmerge` leads back to it. An adapter on a base in four bits becomes
    part of what those four bits stand for. Raises InputError for one that no weight can hold.
    """
    from playground.model.network import load_trainable, save_result
    from playground.model.tuning.full import FullTuning

    found = source.find(name)
    if found.base is None:
        raise InputError(f"{found.name} is a full model already", remedy="Choose an adapter")
    into = kept.check_name(into) if into else kept.free(f"merged-{Path(found.name).name}")
    ready = load_trainable(name, FullTuning())
    with kept.keeping(into, {"kind": "merged", "adapter": found.name, "base": found.base.name}) as folder:
        whole = save_result(ready.network, ready.tokenizer, folder / "whole", ready.base)
        for file in whole.iterdir():
            file.rename(folder / file.name)
        whole.rmdir()
    return into


def unmerge(name: str) -> str:
    """Delete the whole copy that `merge` made; the name of the adapter it was made of, which is kept.

    Raises InputError for a model that was not made so, NotFoundError where the adapter is gone: then the
    copy is the only one, and stays.
    """
    made = kept.origin(name)
    if made["kind"] != "merged":
        raise InputError(f"{name} was {made['kind']}", rule="What was merged can be unmerged")
    found = source.find(made["adapter"]).name
    kept.remove(name)
    return found


def _checked(weights: Mapping[str, float], way: str) -> list[Source]:
    """The adapters, where they can be combined so. Nothing is opened."""
    if way not in WAYS:
        raise InputError(f"The way is {way!r}", rule=f"It is one of {', '.join(WAYS)}")
    if not 1 <= len(weights) <= MOST:
        raise InputError(f"{len(weights)} adapters are to be combined", rule=f"It takes 1 to {MOST}")
    for one, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < abs(weight) <= 10:
            raise InputError(
                f"The weight of {one} is {weight!r}", rule="It is a number of at most 10, and not zero",
                remedy="Give 1 to take it as it is, or leave it out",
            )
    sources = [source.find(name) for name in weights]
    for one in sources:
        told = adapter.told(one.config) if one.base else "a full model"
        if not one.base or one.config["peft_type"] != "LORA" or one.config.get("use_dora") or one.is_reward:
            more = " with DoRA" if one.base and one.config.get("use_dora") else ""
            raise InputError(
                f"{one.name} is {'a reward model' if one.is_reward else told + more}",
                rule="LoRA adapters that write can be combined: what they change are sums of thin matrices",
                remedy="Leave it out",
            )
    roots = dict.fromkeys(f"{one.root.name}{' in four bits' if one.precision else ''}" for one in sources)
    if len(roots) > 1:
        raise InputError(
            f"They stand on {' and '.join(roots)}", rule="Adapters of one base can be combined",
            remedy="Choose adapters of one base",
        )
    _check_ranks(sources, way)
    return sources


def _check_ranks(sources: list[Source], way: str) -> None:
    ranks = [max(one.config["r"], *(one.config.get("rank_pattern") or {"": 1}).values()) for one in sources]
    if way == "linear" and len(set(ranks)) > 1:
        raise InputError(
            f"Their ranks are {', '.join(map(str, ranks))}", rule="`linear` adds matrices of one rank",
            remedy="Choose svd or sum",
        )
    if way == "sum" and sum(ranks) > MAX_RANK:
        raise InputError(
            f"Their ranks add up to {sum(ranks):,}", rule=f"A rank is at most {MAX_RANK:,}",
            remedy="Choose svd",
        )


def _write(sources: list[Source], weights: list[float], way: str, seed: int, folder: Path) -> None:
    import dataclasses

    import torch

    from playground.model import network

    tokenizer = network.open_tokenizer(sources[0])
    net = network.open_network(sources[0], "CAUSAL_LM", tokenizer)
    names = [network.ADAPTER, *(f"other{number}" for number in range(1, len(sources)))]
    for one, label in zip(sources[1:], names[1:], strict=True):
        with network.opening(one):
            net.load_adapter(one.folder, adapter_name=label)
    # The result takes its settings from the first, and PEFT would scale it by the root of its rank.
    first = net.peft_config[names[0]]
    net.peft_config[names[0]] = dataclasses.replace(first, use_rslora=False, inference_mode=True)
    with network.opening(sources[0]), torch.random.fork_rng():
        torch.manual_seed(seed)
        more = {"density": DENSITY} if way in ("ties", "dare") else {}
        net.base_model.add_weighted_adapter(
            names, weights, "blend", WAYS[way][0], svd_full_matrices=False, **more
        )
    network.save_adapter(net, folder, sources[0].root.name, "blend")
