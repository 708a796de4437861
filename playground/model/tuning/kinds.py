"""Every kind of tuning by name: what a saved specification and a form choose from."""

from playground.errors import InputError
from playground.model.tuning.base import Tuning
from playground.model.tuning.bottleneck import BottleneckAdapter
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.model.tuning.prompt import PromptTuning
from playground.model.tuning.qlora import QLoRA
from playground.model.tuning.selective import SelectiveTuning

TUNINGS = (LoRA, FullTuning, SelectiveTuning, BottleneckAdapter, PromptTuning, QLoRA)
KINDS: dict[str, type[Tuning]] = {tuning.kind: tuning for tuning in TUNINGS}


def from_dict(settings: dict) -> Tuning:
    """The tuning that `Tuning.as_dict` described, such as `{"kind": "lora", "rank": 16}`.

    Raises InputError for an unknown kind or setting.
    """
    settings = dict(settings)
    kind = settings.pop("kind", None)
    if kind not in KINDS:
        raise InputError(f"The tuning is {kind!r}", rule=f"It must be one of {', '.join(KINDS)}")
    try:
        return KINDS[kind](**settings)
    except TypeError as error:
        raise InputError(
            f"The settings of {kind} are {settings!r}",
            rule=f"It has {', '.join(KINDS[kind].__dataclass_fields__) or 'none'}",
        ) from error
