"""Recipes to begin with: settings, the data they go with, and what to expect, in plain words."""

from dataclasses import dataclass
from typing import Any

from playground.training.best_of_n import BestOfN
from playground.training.dpo import DPO
from playground.training.grpo import GRPO
from playground.training.kto import KTO
from playground.training.ppo import PPO
from playground.training.rloo import RLOO
from playground.training.sft import SFT


@dataclass(frozen=True)
class Preset:
    """One choice of settings with its name on the button and what it will show."""

    settings: Any
    says: str
    larger: Any = None
    """The same for a model of half a billion parameters and answers of some sentences, tuned with LoRA."""


FIRST = "LoRA"
SFT_PRESETS = {
    FIRST: Preset(
        SFT(),
        "An adapter learns beside a model that stays as it is. Here it learns and keeps as much as full.",
    ),
    "Full, small steps": Preset(SFT.full(), "Every weight learns, in small steps. Stores a whole new model."),
    "Full, large steps": Preset(
        SFT.destructive(),
        "Twelve times larger steps, to see forgetting: it learns the firm and loses the world.",
    ),
    "Last layers": Preset(
        SFT.tuned("selective"),
        "The last blocks learn, of pocket three of four, and what comes before stays. Stores those blocks.",
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

SIZES = ("pocket", "a model of 0.5 B")
"""What a policy's settings are sized for. Those for `pocket` were measured; the others are rules of thumb."""
_LONG = {"response_tokens": 256, "updates": 100, "rollout": 64}
FIRST_POLICY = "PPO"
POLICY_PRESETS = {
    "DPO": Preset(
        DPO(),
        "Learns from the pairs directly, without a reward model. Quick and steady.",
        DPO(learning_rate=2e-5, epochs=1.0, batch_size=16, sft_weight=0.5, max_length=1024),
    ),
    "KTO": Preset(
        KTO(),
        "Learns from thumbs: each answer is good or bad by itself, and needs no partner to be compared with.",
        KTO(learning_rate=2e-5, epochs=1.0, max_length=1024),
    ),
    FIRST_POLICY: Preset(
        PPO(),
        "The model writes, the reward model scores, and KL holds it near where it began.",
        PPO(**_LONG, learning_rate=1e-5, value_learning_rate=1e-5, kl_coefficient=0.05, minibatches=4),
    ),
    "GRPO": Preset(
        GRPO(),
        "Answers to one prompt are judged against each other; no value model has to foretell rewards.",
        GRPO(**_LONG, learning_rate=2e-5, kl_coefficient=0.02, passes=1),
    ),
    "GRPO, facts checked": Preset(
        GRPO(rule="right fact"),
        "As GRPO, and a rule pays for right facts beside the reward model, which knows none.",
    ),
    "RLOO": Preset(
        RLOO(),
        "Each answer against the mean of its siblings, in plain points: the simplest method that works.",
        RLOO(**_LONG, learning_rate=2e-5, passes=1),
    ),
    "Best of n": Preset(
        BestOfN(),
        "Trains nothing: of many answers the reward model picks one. The baseline that the others must beat.",
        BestOfN(response_tokens=256),
    ),
    "PPO, over-optimised": Preset(
        PPO.hacked(), "Almost no KL penalty, large steps: the reward climbs while the answers get worse."
    ),
}


def policy(name: str, size: str = SIZES[0]) -> Any:
    """The settings of a policy's preset for a size; where there are none of its own, those for `pocket`."""
    preset = POLICY_PRESETS[name]
    return (preset.larger if size != SIZES[0] else None) or preset.settings
