"""One run in several processes, as `accelerate launch` starts them: the first one speaks for all.

    accelerate launch --multi_gpu --num_processes 2 -m playground run ~/.playground/runs/sft-0001

Each learns from its share of every batch and takes the same steps. What one process alone must do, such
as writing, the first does; what it alone has seen, such as a wish to stop, it tells the others. In a
process that is alone everything here is as if it were not there.
"""

import os

from playground.errors import InputError


def count() -> int:
    """Processes that execute this run."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def place() -> int:
    """Which of them this is, from 0."""
    return int(os.environ.get("RANK", "0"))


def first() -> bool:
    """Whether this is the process that speaks for all."""
    return place() == 0


def join() -> None:
    """Find the other processes. Before anything that they do together."""
    if count() > 1:
        import torch
        from accelerate import PartialState

        PartialState(cpu=not torch.cuda.is_available())


def agreed(value):
    """The first process's value, in every process. All of them come here, each as often as the others."""
    if count() == 1:
        return value
    from accelerate.utils import broadcast_object_list

    return broadcast_object_list([value])[0]


def gathered(value) -> list:
    """The values of all processes, in their order."""
    if count() == 1:
        return [value]
    from accelerate.utils import gather_object

    return gather_object([value])


def own(values: list):
    """This process's part of what `gathered` gave; the first's where there were fewer processes then."""
    return values[place() if place() < len(values) else 0]


def check(stage: str, parallel: bool) -> None:
    """Raises InputError where a stage that one process executes was started in several."""
    if count() > 1 and not parallel:
        raise InputError(
            f"{count()} processes were started for a {stage} run",
            rule="SFT, reward model and DPO are shared among processes",
            remedy="Execute this run in one: python -m playground run",
        )


def share(batch_size: int) -> int:
    """Rows of a batch that each process learns from. Raises InputError where they do not come out even."""
    if batch_size % count():
        raise InputError(
            f"The batch size is {batch_size}, and {count()} processes share a batch",
            rule="Every process takes the same number of its rows",
            remedy=f"Prepare the run with a batch size that {count()} divides",
        )
    return batch_size // count()
