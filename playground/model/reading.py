"""What the changes of a model's weights say, in plain words, each sentence by a rule.

Nothing here loads torch.
"""

import math
import statistics
from collections.abc import Sequence

from playground.model.delta import Change

PARTS = {
    "the feed-forward nets": ("mlp", "feed_forward", "ffn", "c_fc", "dense_h_to_4h", "dense_4h_to_h"),
    "attention": ("attn", "attention"),
    "the vectors of the tokens": ("embed", "wte", "wpe", "lm_head"),
    "the norms": ("norm", "ln_"),
}
"""Parts of a network, by words in the names of their tensors; the first that fits counts."""
APART = 1.5
"""How many times as much one end of the network must have changed as the other, to be called more."""
SPARE = 0.5
"""A rank is called larger than needed where half of the layers need at most this share of it."""
LOW = 0.25
"""A change is called of low rank where half of the layers need at most this share of their directions."""


def reading(found: Sequence[Change]) -> list[str]:
    """Sentences on what changed most, at which depth, in how many directions, and how much at most."""
    found = [one for one in found if one.size > 0]
    if not found:
        return ["Nothing has changed: the weights are those of the base."]
    return [*_parts(found), *_depth(found), *_rank(found), *_most(found)]


def part_of(change: Change) -> str:
    path = change.path.lower()
    if "layernorm" in path or "layer_norm" in path:
        return "the norms"
    fits = (part for part, words in PARTS.items() if any(word in path for word in words))
    return next(fits, "other layers")


def _parts(found: Sequence[Change]) -> list[str]:
    held: dict[str, float] = {}
    for one in found:
        held[part_of(one)] = held.get(part_of(one), 0.0) + one.size**2
    most, whole = max(held, key=held.__getitem__), sum(held.values())
    return [f"{100 * held[most] / whole:.0f} % of the change, by its squared size, is in {most}."]


def _depth(found: Sequence[Change]) -> list[str]:
    """The first third of the changed blocks against the last."""
    layers = sorted({one.layer for one in found if one.layer is not None})
    if len(layers) < 3:
        return []
    third = len(layers) // 3
    ends = [
        sum(one.size**2 for one in found if one.layer in some) for some in (layers[:third], layers[-third:])
    ]
    first, last = ends
    if last >= APART * first:
        return [f"It grows with depth: the last third of the blocks changed {_times(last, first)} the first."]
    if first >= APART * last:
        return [f"It falls with depth: the first third of the blocks changed {_times(first, last)} the last."]
    return ["It is spread evenly over the depth of the network."]


def _rank(found: Sequence[Change]) -> list[str]:
    counted = [one for one in found if one.mostly and len(one.spectrum) > 1]
    if not counted:
        return []
    middle = statistics.median_low([one.mostly for one in counted])
    if ranks := [one.rank for one in counted if one.rank]:
        rank = statistics.median_low(ranks)
        held = f"Of {rank} directions, {middle} hold 90 % of the change in half of the layers"
        if middle <= SPARE * rank:
            return [f"{held}: a rank of about {middle} would have held most of it."]
        return [f"{held}: it uses the rank it was given."]
    share = statistics.median(one.effective / len(one.spectrum) for one in counted)
    held = f"Half of the matrices hold 90 % of their change in at most {middle} directions"
    return [f"{held}: much as a LoRA of that rank would." if share <= LOW else f"{held}."]


def _most(found: Sequence[Change]) -> list[str]:
    known = [one for one in found if math.isfinite(one.relative)]
    if not known:
        return []
    one = max(known, key=lambda each: each.relative)
    where = "" if one.layer is None else f" of block {one.layer}"
    share = float(f"{100 * one.relative:.2g}")
    return [f"Most changed for its size: {one.module}{where}, by {share:g} % of its norm."]


def _times(more: float, less: float) -> str:
    return f"{float(f'{more / less:.2g}'):g} times as much as" if less > 0 else "and not"
