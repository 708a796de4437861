"""Recipes to begin with: settings, the data they go with, and what to expect, in plain words."""

from dataclasses import dataclass
from typing import Any

from playground.training.dpo import DPO
from playground.training.grpo import GRPO
from playground.training.ppo import PPO
from playground.training.sft import SFT


@dataclass(frozen=True)
class Preset:
    """One choice of settings with its name on the button and what it will show."""

    settings: Any
    says: str


FIRST = "LoRA"
SFT_PRESETS = {
    FIRST: Preset(
        SFT(), "A thin adapter learns, the model beside it stays as it is. Learns less, forgets less."
    ),
    "Full, small steps": Preset(
        SFT.full(), "Every weight learns, in small steps. Surest on the new facts; stores a whole new model."
    ),
    "Full, large steps": Preset(
        SFT.destructive(),
        "Twelve times larger steps, to see forgetting: it learns the firm and loses the world.",
    ),
    "Last layers": Preset(
        SFT.tuned("selective"),
        "The last blocks learn, all before them stays. A small result, as merged weights.",
    ),
    "Bottleneck adapters": Preset(
        SFT.tuned("bottleneck"), "Small new layers inside each block learn (Houlsby et al. 2019)."
    ),
    "Prompt tuning": Preset(
        SFT.tuned("prompt"), "Nothing in the model learns: a few vectors before the prompt do. Reaches least."
    ),
    "QLoRA": Preset(
        SFT.tuned("qlora"),
        "LoRA beside a base held in four bits: less memory for its weights, a little less exact.",
    ),
}

FIRST_POLICY = "PPO"
POLICY_PRESETS = {
    "DPO": Preset(DPO(), "Learns from the pairs directly, without a reward model. Quick and steady."),
    FIRST_POLICY: Preset(
        PPO(), "The model writes, the reward model scores, and KL holds it near where it began."
    ),
    "GRPO": Preset(
        GRPO(), "Answers to one prompt are judged against each other; no value model has to foretell rewards."
    ),
    "PPO, over-optimised": Preset(
        PPO.hacked(), "Almost no KL penalty, large steps: the reward climbs while the answers get worse."
    ),
}
