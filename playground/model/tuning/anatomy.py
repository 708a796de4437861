"""Parts of a network found by how it is built, whatever its family calls them."""

from playground.errors import InputError


def blocks(network) -> dict:
    """The transformer blocks by path, in the order in which a text goes through them.

    They are the list of modules that holds most of the network's numbers. Raises InputError where there is
    none.
    """
    from torch.nn import ModuleList

    parts = network.named_modules()
    lists = {path: part for path, part in parts if isinstance(part, ModuleList) and len(part)}
    if not lists:
        raise InputError(
            f"A {type(network).__name__} has no list of blocks",
            rule="This tuning looks for the transformer blocks of a network",
            remedy="Choose LoRA or full fine-tuning",
        )
    path = max(lists, key=lambda one: sum(weight.numel() for weight in lists[one].parameters()))
    return {f"{path}.{number}": block for number, block in enumerate(lists[path])}


def after_blocks(network) -> dict:
    """What stands behind the blocks in the body, before any head: the last norm, as a rule."""
    from torch.nn import Embedding

    body = next(iter(blocks(network))).rpartition(".")[0]
    parent, _, name = body.rpartition(".")
    children = dict(network.get_submodule(parent).named_children())
    names = list(children)
    behind = names[names.index(name) + 1 :]
    return {
        f"{parent}.{child}" if parent else child: children[child]
        for child in behind
        if not isinstance(children[child], Embedding) and any(True for _ in children[child].parameters())
    }


def holders(module, path: str) -> list[str]:
    """Paths of the modules that hold weights of their own, at `module` or below, outermost first found."""
    if any(True for _ in module.parameters(recurse=False)):
        return [path]
    return [found for name, child in module.named_children() for found in holders(child, f"{path}.{name}")]


def sublayer_ends(network, width: int) -> set[str]:
    """Paths within a block of the linear layers that write back into its stream of `width` numbers.

    Of each part of a block (its attention, its feed-forward net) that is the last linear layer that gives
    so many numbers.
    """
    from torch.nn import Linear
    from transformers.pytorch_utils import Conv1D

    found = set()
    for block in blocks(network).values():
        last = {}
        for path, part in block.named_modules():
            if isinstance(part, Linear | Conv1D) and outputs(part) == width:
                last[path.partition(".")[0] if "." in path else ""] = path
        found |= set(last.values())
    return found


def outputs(linear) -> int:
    """Numbers that a linear layer gives."""
    return linear.out_features if hasattr(linear, "out_features") else linear.weight.shape[1]


def embedding_path(network) -> str:
    """Where the vectors of the tokens are."""
    vectors = network.get_input_embeddings()
    return next(path for path, part in network.named_modules() if part is vectors)
