"""Everything that ships with the playground, by name."""

from playground.dataset import builtins as datasets
from playground.evaluation import suite
from playground.world import annotators


def builtin() -> dict[str, dict[str, str]]:
    """What comes built in: kind (models, datasets, suites, annotators) → name → what it is."""
    return {
        "models": {
            "pocket": "A base model of about four million parameters: it only completes text.",
            "pocket:fresh-0": "The same network with random weights: it has read nothing.",
        },
        "datasets": dict(datasets.DESCRIPTIONS),
        "suites": dict.fromkeys(suite.BUILTIN, "Held-out questions, general knowledge and prompts."),
        "annotators": dict(annotators.PERSONAS),
    }
