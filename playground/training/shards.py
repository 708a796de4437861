"""Weights of which every process holds a part (FSDP): put together to be written, dealt out to be read.

With weights that are whole everywhere all of this gives back what it was given. What gathers is done by all
processes together: each comes here with the same tensor at the same time.
"""

import torch


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor with all its parts."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def dealt(full: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """This process's part of a whole tensor, where `like` is held in parts of the same shape."""
    if not hasattr(like, "full_tensor") or full.shape != like.shape:
        return full
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(full.to(like.device), like.device_mesh, like.placements)


def optimizer_state(optimizer) -> dict:
    """What an optimizer remembers, put together."""
    found = optimizer.state_dict()
    kept = {
        number: {name: whole(one) if torch.is_tensor(one) else one for name, one in moments.items()}
        for number, moments in found["state"].items()
    }
    return {**found, "state": kept}


def load_optimizer_state(optimizer, found: dict) -> None:
    """Give an optimizer back what `optimizer_state` took from it."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    kept = {
        number: {
            name: dealt(one, weights[number]) if torch.is_tensor(one) else one
            for name, one in moments.items()
        }
        for number, moments in found["state"].items()
    }
    optimizer.load_state_dict({**found, "state": kept})


def whole_state(network) -> dict[str, torch.Tensor] | None:
    """All weights of a network that is held in parts, by name; None for one that is whole."""
    if not hasattr(network, "unshard"):
        return None
    return {name: whole(weight) for name, weight in network.state_dict().items()}
