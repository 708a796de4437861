"""How training goes on from a model under a tuning, decided before anything is opened."""

from playground.errors import InputError
from playground.model import adapter, fourbit
from playground.model.source import Source
from playground.model.tuning.base import Tuning
from playground.model.tuning.full import FullTuning

FRESH, CONTINUED, MERGED = "fresh", "continued", "merged"


def way(source: Source, tuning: Tuning | None) -> str:
    """`fresh`: the tuning is applied to a full model; `continued`: the source's adapter learns on;
    `merged`: it becomes part of its base, and all of that learns.

    An adapter is continued where `tuning` is None or asks for what it is. Raises InputError where training
    cannot go on so.
    """
    if source.precision:
        fourbit.check_installed()
    if source.base is None:
        (tuning or FullTuning()).check_fits(source.config)
        return FRESH
    if tuning is None or tuning.continues(source.config):
        return CONTINUED
    told = f"{source.name} is {adapter.told(source.config)}, and {tuning} was asked for"
    if not isinstance(tuning, FullTuning):
        raise InputError(
            told,
            rule="Training goes on in the adapter it starts from",
            remedy="Leave the tuning empty to go on as before, or choose full fine-tuning",
        )
    if source.config["peft_type"] not in adapter.MERGES:
        raise InputError(
            told,
            rule="Full tuning starts with the adapter merged, and no weight of the base can hold this one",
            remedy="Leave the tuning empty to go on as before, or start from a LoRA or a full model",
        )
    return MERGED
