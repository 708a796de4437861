"""Fine-Tuning Playground: examples become a tuned model, its completions become comparisons,
comparisons become a reward model, the reward model shapes a policy, and every step is measured.

    import playground as pg

Every public name is imported when first used, so that `import playground` stays fast and the web
process never loads torch.
"""

import importlib
import logging

__version__ = "0.1.0"

# On import bitsandbytes warns that it lacks a kernel from the Hub. It computes without it.
logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)

_HOME = {
    "Comparison": "records",
    "Completion": "records",
    "Example": "records",
    "Message": "records",
    "Probe": "records",
    "Ranking": "records",
    "Thumb": "records",
    "ConflictError": "errors",
    "DatasetError": "errors",
    "DivergedError": "errors",
    "ForbiddenError": "errors",
    "InputError": "errors",
    "NotFoundError": "errors",
    "PlaygroundError": "errors",
    "TrainingError": "errors",
    "UnavailableError": "errors",
    "SimulatedAnnotator": "world.annotators",
    "builtin": "evaluation.catalog",
    "Dataset": "dataset.table",
    "Mapping": "dataset.mapping",
    "progress": "dataset.progress",
    "Model": "model.load",
    "RewardModel": "model.load",
    "add_adapter": "model.bring",
    "combine": "model.blend",
    "merge": "model.blend",
    "unmerge": "model.blend",
    "delta": "model.delta",
    "RewardEnsemble": "model.ensemble",
    "FullTuning": "model.tuning.full",
    "LoRA": "model.tuning.lora",
    "QLoRA": "model.tuning.qlora",
    "SelectiveTuning": "model.tuning.selective",
    "BottleneckAdapter": "model.tuning.bottleneck",
    "PromptTuning": "model.tuning.prompt",
    "Suite": "evaluation.suite",
    "best_of": "evaluation.best_of",
    "BestOf": "evaluation.best_of",
    "compare": "evaluation.compare",
    "memorization": "evaluation.memorization",
    "Preferences": "preference.collect",
    "Thumbs": "preference.thumbs",
    "Criterion": "preference.design",
    "create_campaign": "preference.campaign",
    "gold_from_examples": "preference.gold",
    "gold_from_judgements": "preference.gold",
    "agreement": "preference.agreement",
    "annotator_reports": "preference.annotators",
    "annotator_weights": "preference.pairs",
    "disputes": "preference.disputes",
    "enough_votes": "preference.stopping",
    "leaderboard": "preference.leaderboard",
    "leave_one_out": "preference.leaderboard",
    "noise_ceiling": "preference.ceiling",
    "overview": "preference.overview",
    "prioritise": "preference.active",
    "settle": "preference.settle",
    "export_judgements": "preference.takeout",
    "invite": "preference.access",
    "sample_completions": "preference.sample",
    "draft_examples": "preference.draft",
    "draft_from_document": "preference.draft",
    "Race": "run.race",
    "Run": "run.job",
    "Pretraining": "training.pretrain",
    "SFT": "training.sft",
    "RewardModeling": "training.reward",
    "DPO": "training.dpo",
    "KTO": "training.kto",
    "PPO": "training.ppo",
    "GRPO": "training.grpo",
    "RLOO": "training.rloo",
    "BestOfN": "training.best_of_n",
    "resume": "training.groups",
    "facts": "evaluation.facts",
    "mitigate": "training.mitigate",
    "mitigations": "training.mitigate",
    "race": "training.race",
    "Sweep": "training.sweep",
    "sweep": "training.sweep",
    "Transfer": "training.transfer",
    "transfer": "training.transfer",
    "find_learning_rate": "training.rates",
    "fitted": "training.ranges",
    "setting_ranges": "training.ranges",
    "question": "training.question",
    "blind_trial": "run.trial",
}

__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'playground' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
