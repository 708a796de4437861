"""A run as code: a standalone script that does it again with TRL and PEFT, without this package.

The script reads the run's data where it lies, and sets what the run set: only what differs from the
libraries' own defaults is written down. It makes the same loss curve, which the tests hold it to.
"""

from collections.abc import Callable
from pathlib import Path

from playground.errors import InputError
from playground.model import source
from playground.model.source import Source
from playground.run import eject_rollouts, pieces, script
from playground.run.eject_parts import (
    KTO_DEFAULTS,
    adapted,
    configured,
    learner,
    read_tokenizer,
    reference_copied,
)
from playground.run.script import Piece, call, together

POOL = 50
"""Batches whose rows are sorted by length together, as in `training.batches`."""

LONGER = 'max(len(row["chosen_ids"]), len(row["rejected_ids"]))'
"""Tokens of the longer text of a pair."""

PACKAGES = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "bitsandbytes")
TITLES = {
    "sft": "Instruction tuning", "reward": "A reward model", "dpo": "DPO", "kto": "KTO", "ppo": "PPO",
    "grpo": "GRPO", "rloo": "RLOO",
}


def code(run, notebook: bool = False, told: Callable[[Path], str] = str) -> str:
    """The script of a run, or the same as one notebook cell, which installs what it needs.

    `told` says how a folder is named in it. Raises NotFoundError where a model it starts from is gone,
    InputError for a stage or tuning that has no plain code yet.
    """
    spec = run.spec
    if spec.stage not in STAGES:
        raise InputError(f"{run.id} is a {spec.stage} run", rule=f"{', '.join(STAGES)} can be told as code")
    start = source.find(spec.model)
    ready = pieces.READY.fill(threads=spec.threads)
    told_as = [_constants(run, start, told), ready, *STAGES[spec.stage](run, start)]
    versions = installed(spec)
    title = f"{TITLES[spec.stage]}: {run.id} of the Fine-Tuning Playground again, in plain TRL and PEFT."
    if notebook:
        return script.joined(f"# {title}\n%pip install --quiet {' '.join(versions)}", told_as)
    installs = "".join(f"    pip install {' '.join(half)}\n" for half in (versions[:3], versions[3:]))
    return script.joined(f'"""{title}\n\n{installs}"""', told_as)


def installed(spec) -> list[str]:
    """What a script needs, as pip is told it: the libraries that the run had."""
    packed = source.find(spec.model).precision or (spec.settings.get("tuning") or {}).get("kind") == "qlora"
    needed = [p for p in PACKAGES if p in spec.versions and (packed or p != "bitsandbytes")]
    return [f"{p}=={spec.versions[p].partition('+')[0]}" for p in needed]


def _constants(run, start: Source, told: Callable[[Path], str]) -> Piece:
    spec = run.spec
    lines = [f"RUN = Path({script.quoted(told(run.folder.resolve()))})  # its inputs folder holds the data"]
    lines += _places("MODEL", "ADAPTER", start, told)
    if spec.reward:
        lines += _places("REWARD", "REWARD_ADAPTER", source.find(spec.reward), told)
    lines += [f'OUTPUT = "{run.id}-again"', f"SEED = {spec.settings['seed']}"]
    if "rollout" in spec.settings:
        lines.append(f"ROLLOUT = {spec.settings['rollout']}  # answers an update")
    return Piece("\n".join(lines), "pathlib:Path")


def on_hub(found: Source) -> bool:
    """Whether a model came from the Hub under its name, and can come again."""
    return "snapshots" in found.folder.parts and bool(source.HUB_NAME.fullmatch(found.name))


def _places(whole: str, adapter: str, found: Source, told: Callable[[Path], str]) -> list[str]:
    root = found.root
    lines = [f"{whole} = {script.quoted(root.name if on_hub(root) else told(root.folder))}"]
    if found.base:
        lines.append(f"{adapter} = {script.quoted(told(found.folder))}  # what it starts from, on that base")
    return lines


def _epochs(run, **more) -> dict:
    """Arguments of the stages that pass over their rows in epochs."""
    settings = run.spec.settings
    validation = {"eval_strategy": "steps", "eval_steps": min(1 / settings["evaluations"], 0.999999)}
    if "validation" in run.spec.data:
        validation |= _judged(run, validation)
    return {
        "learning_rate": settings["learning_rate"],
        "lr_scheduler_type": "cosine",
        "warmup_steps": 0.1,
        "num_train_epochs": settings["epochs"],
        "per_device_train_batch_size": settings["batch_size"],
        "max_length": settings["max_length"],
    } | more | (validation if "validation" in run.spec.data else {})


def _judged(run, given: dict) -> dict:
    """Arguments that have the trainer keep count of its best evaluation, and end with those weights."""
    keep, patience = _keeping(run)
    if keep == "answers" or not (patience or keep != "last"):
        return {}
    found = {"metric_for_best_model": "eval_accuracy" if keep == "accuracy" else "eval_loss"}
    if keep != "last":
        saved = {"save_strategy": "steps", "save_steps": given["eval_steps"], "save_total_limit": 2}
        found |= {**saved, "load_best_model_at_end": True}
    return found


def _keeping(run) -> tuple[str, int]:
    return run.spec.settings.get("keep", "last"), run.spec.settings.get("patience", 0)


def _trained(name: str, run, rows: str, *imports: str, then: Piece | None = None, **more) -> list[Piece]:
    """The trainer, what is mended in it, and what is done with it."""
    given = {"model": "model", **more, "args": "arguments", "train_dataset": f'{rows}("train")'}
    measured = "validation" in run.spec.data
    if measured:
        given["eval_dataset"] = f'{rows}("validation")'
    given["processing_class"] = "tokenizer"
    keep, patience = _keeping(run)
    if patience and keep != "answers":
        given["callbacks"] = f"[EarlyStoppingCallback(early_stopping_patience={patience})]"
        imports = (*imports, "transformers:EarlyStoppingCallback")
    trainer = Piece(call(f"trainer = {name}", **given, raw=given), *imports)
    if keep == "answers":
        trainer = together(pieces.LAST_KEPT, trainer)
    elif keep != "last":
        trainer = together(trainer, pieces.NEWEST)
    if keep == "accuracy":
        trainer = together(trainer, pieces.EACH_ROW)
    if then:
        trainer = together(trainer, then)
    return [trainer, pieces.MEASURED_END if measured and keep == "last" and not patience else pieces.END]


def _sampler(trainer: str, length: str, batch: int) -> Piece:
    """Batches of similar length for one of TRL's trainers; `length` tells a `row`'s tokens."""
    filled = pieces.SAMPLER.fill(pool=POOL, batch=batch, base=trainer, length=length)
    return Piece(filled.text, *filled.imports, f"trl:{trainer}")


def _sft(run, start: Source) -> list[Piece]:
    settings = run.spec.settings
    batch = settings["batch_size"] * settings["accumulation"]
    given = _epochs(
        run, gradient_accumulation_steps=settings["accumulation"], warmup_steps=settings["warm_up"],
        weight_decay=settings["weight_decay"], adam_beta2=0.98, per_device_eval_batch_size=32,
        lr_scheduler_type=settings.get("schedule", "cosine"),
    )
    return [
        read_tokenizer(start), learner(run, start), pieces.EXAMPLES,
        _sampler("SFTTrainer", 'len(row["input_ids"])', batch),
        configured("SFTConfig", given, start=start), *_trained("Trainer", run, "examples"),
    ]


def _refuse_weights(run) -> None:
    """Raises InputError for pairs that do not count alike, which TRL's trainers know nothing of."""
    if any("weight" in row for part in ("train", "validation") for row in run.rows(part)):
        raise InputError(
            f"{run.id} learned from pairs with weights",
            rule="A script is plain TRL, and its losses count every pair once: this package adds the rest",
            remedy="Run it with python -m playground run, or train without weights",
        )


def _reward(run, start: Source) -> list[Piece]:
    _refuse_weights(run)
    center = run.spec.settings["center"] or None
    given = _epochs(run, center_rewards_coefficient=center, per_device_eval_batch_size=32)
    return [
        read_tokenizer(start), learner(run, start, scores=True), pieces.PAIRS,
        _sampler("RewardTrainer", LONGER, run.spec.settings["batch_size"]),
        configured("RewardConfig", given, start=start),
        *_trained("Trainer", run, "pairs"),
    ]


def _dpo(run, start: Source) -> list[Piece]:
    _refuse_weights(run)
    settings = run.spec.settings
    losses, weights = ["robust" if settings.get("noise") else settings["loss"]], None
    if settings["sft_weight"]:
        losses, weights = [*losses, "sft"], [1.0, settings["sft_weight"]]
    given = _epochs(
        run, beta=settings["beta"], loss_type=losses, loss_weights=weights, per_device_eval_batch_size=16,
        label_smoothing=settings.get("noise", 0.0),
    )
    reference, more = _reference(run, start)
    return [
        read_tokenizer(start), together(learner(run, start), reference), pieces.PAIRS,
        _sampler("DPOTrainer", f'len(row["prompt_ids"]) + {LONGER}', settings["batch_size"]),
        configured("DPOConfig", given, start=start), *_trained("Trainer", run, "pairs", **more),
    ]


def _kto(run, start: Source) -> list[Piece]:
    settings, rows = run.spec.settings, run.rows("train")
    good = sum(row["label"] for row in rows)
    bad = len(rows) - good
    given = _epochs(
        run, beta=settings["beta"], loss_type=settings["loss"], per_device_eval_batch_size=16,
        desirable_weight=max(1.0, bad / good), undesirable_weight=max(1.0, good / bad),
    )
    reference, more = _reference(run, start)
    made = {name: f"arguments.{name}" for name in ("max_length", "pad_to_multiple_of")}
    made["pad_token_id"] = "tokenizer.pad_token_id"
    return [
        read_tokenizer(start), together(learner(run, start), reference), pieces.THUMBS,
        _sampler("KTOTrainer", 'len(row["prompt_ids"]) + len(row["completion_ids"])', settings["batch_size"]),
        configured("KTOConfig", given, defaults=KTO_DEFAULTS, start=start),
        Piece(call("collator = Mismatched", **made, raw=list(made))),
        *_trained("Trainer", run, "thumbs", data_collator="collator", **more),
    ]


def _reference(run, start: Source) -> tuple[Piece, dict]:
    """What policies that learn from judgements are compared with, and what their trainer needs for it."""
    if adapted(run, start):
        told = "# The reference is a frozen copy of this adapter, which the trainer makes."
        return Piece(told), {"then": reference_copied(run, start)}
    frozen = "reference = copy.deepcopy(model).requires_grad_(False).eval()"
    return Piece(frozen, "copy"), {"ref_model": "reference"}


STAGES = {
    "sft": _sft, "reward": _reward, "dpo": _dpo, "kto": _kto, "ppo": eject_rollouts.ppo,
    "grpo": eject_rollouts.grpo, "rloo": eject_rollouts.rloo,
}
