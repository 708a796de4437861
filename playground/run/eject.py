"""A run as code: a standalone script that does it again with TRL and PEFT, without this package.

The script reads the run's data where it lies, and sets what the run set: only what differs from the
libraries' own defaults is written down. It makes the same loss curve, which the tests hold it to.
"""

import json
from collections.abc import Callable
from pathlib import Path

from playground.errors import InputError
from playground.model import source
from playground.model.shapes import Shape
from playground.model.source import Source
from playground.model.template import CHAT_TEMPLATE
from playground.model.tuning import kinds
from playground.model.tuning.base import Tuning
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.run import script
from playground.run.script import Piece, call, together, unlike

POOL = 50
"""Batches whose rows are sorted by length together, as in `training.batches`."""

LONGER = 'max(len(row["chosen_ids"]), len(row["rejected_ids"]))'
"""Tokens of the longer text of a pair."""

PACKAGES = ("torch", "transformers", "trl", "peft", "datasets", "accelerate")
TITLES = {"sft": "Instruction tuning", "reward": "A reward model", "dpo": "DPO", "ppo": "PPO"}

DEFAULTS = {
    "num_train_epochs": 3.0, "per_device_train_batch_size": 8, "per_device_eval_batch_size": 8,
    "gradient_accumulation_steps": 1, "seed": 42, "lr_scheduler_type": "linear", "warmup_steps": 0,
    "weight_decay": 0.0, "adam_beta2": 0.999, "max_length": 1024, "center_rewards_coefficient": None,
    "beta": 0.1, "loss_type": ["sigmoid"], "loss_weights": None,
    "num_ppo_epochs": 4, "num_mini_batches": 1, "local_rollout_forward_batch_size": 64,
    "response_length": 53, "missing_eos_penalty": None, "temperature": 0.7, "kl_coef": 0.05,
    "cliprange": 0.2, "vf_coef": 0.1, "model_adapter_name": None, "ref_adapter_name": None,
    "lora_dropout": 0.0,
}
"""What TRL and PEFT do where nothing is said."""

NOTES = {
    "bf16": "small models on a CPU gain nothing from it",
    "logging_nan_inf_filter": "a loss that is not a number is shown as it is",
    "adam_beta2": "a short run is over before 0.999 has seen enough gradients",
    "local_rollout_forward_batch_size": "the whole rollout at once",
    "missing_eos_penalty": "for answers that were cut off",
    "alpha_pattern": "vectors would learn far faster than the rest",
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
    ready = script.READY.fill(threads=spec.threads)
    pieces = [_constants(run, start, told), ready, *STAGES[spec.stage](run, start)]
    versions = installed(spec)
    title = f"{TITLES[spec.stage]}: {run.id} of the Fine-Tuning Playground again, in plain TRL and PEFT."
    if notebook:
        return script.joined(f"# {title}\n%pip install --quiet {' '.join(versions)}", pieces)
    installs = "".join(f"    pip install {' '.join(half)}\n" for half in (versions[:3], versions[3:]))
    return script.joined(f'"""{title}\n\n{installs}"""', pieces)


def installed(spec) -> list[str]:
    """What a script needs, as pip is told it: the libraries that the run had."""
    return [f"{p}=={spec.versions[p].partition('+')[0]}" for p in PACKAGES if p in spec.versions]


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


def _tokenizer(found: Source, left: bool = False) -> Piece:
    """The tokenizer, with a padding token and a chat template where it brings none."""
    folder = found.root.folder
    file = folder / "tokenizer_config.json"
    brought = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    side = ', padding_side="left"' if left else ""
    lines = [f"tokenizer = AutoTokenizer.from_pretrained(MODEL{side})"]
    if not brought.get("pad_token"):
        lines.append("if tokenizer.pad_token is None:")
        lines.append("    tokenizer.pad_token = tokenizer.unk_token or tokenizer.eos_token")
    if not (brought.get("chat_template") or (folder / "chat_template.jinja").is_file()):
        parts = [CHAT_TEMPLATE[at : at + 80] for at in range(0, len(CHAT_TEMPLATE), 80)]
        lines += ["tokenizer.chat_template = (", *(f"    {script.quoted(part)}" for part in parts), ")"]
    return Piece("\n".join(lines), "transformers:AutoTokenizer")


def _opened(name: str, place: str, scores: bool) -> Piece:
    kind = "AutoModelForSequenceClassification" if scores else "AutoModelForCausalLM"
    more = {"num_labels": 1, "pad_token_id": "tokenizer.pad_token_id"} if scores else {}
    made = call(f"{name} = {kind}.from_pretrained", place, dtype="float32", **more, raw=["pad_token_id"])
    return Piece(made, f"transformers:{kind}")


def _tuning(run) -> Tuning | None:
    settings = run.spec.settings["tuning"]
    return None if settings is None else kinds.from_dict(settings)


def _continued(run, start: Source) -> bool:
    """Whether training goes on in the adapter it starts from."""
    return start.base is not None and not isinstance(_tuning(run), FullTuning)


def _adapted(run, start: Source) -> bool:
    """Whether what learns is an adapter."""
    return _continued(run, start) or isinstance(_tuning(run), LoRA)


def _model(run, start: Source, scores: bool = False) -> Piece:
    """The model with the weights to learn marked, as `model.network.load_trainable` makes it."""
    tuning, task = _tuning(run), "SEQ_CLS" if scores else "CAUSAL_LM"
    opened = _opened("model", "MODEL", scores)
    if start.base is None:
        whole = tuning is None or isinstance(tuning, FullTuning)
        return opened if whole else together(opened, _adapter(tuning, task, start))
    if start.config.get("task_type") != task:
        adapter = script.OTHER_TASK
    else:
        learns = ["is_trainable=True"] if _continued(run, start) else []
        made = call("model = PeftModel.from_pretrained", "model", "ADAPTER", *learns)
        adapter = Piece(made, "peft:PeftModel")
    if _continued(run, start):
        return together(opened, adapter)
    merged = Piece("model = model.merge_and_unload().requires_grad_(True)")
    untied = [script.UNTIED] if start.config.get("alpha_pattern") and not scores else []
    return together(opened, adapter, *untied, merged)


def _adapter(tuning: Tuning, task: str, start: Source) -> Piece:
    if not isinstance(tuning, LoRA):
        raise InputError(f"This run uses {tuning.label}", rule="LoRA and full tuning can be told as code")
    targets = tuning.targets if isinstance(tuning.targets, str) else list(tuning.targets)
    given = {"task_type": task, "r": tuning.rank, "lora_alpha": tuning.scale, "lora_dropout": tuning.dropout}
    if tuning.embeddings:
        shape = Shape.from_config(start.root.config)
        linear = [one.name for one in shape.linears] if targets == "all-linear" else targets
        targets = [*linear, shape.vectors]
        given["alpha_pattern"] = {shape.vectors: tuning.embedding_scale(shape.hidden)}
    made = call("config = LoraConfig", **unlike(DEFAULTS, **given, target_modules=targets), notes=NOTES)
    return Piece(f"{made}\nmodel = get_peft_model(model, config)", "peft:LoraConfig", "peft:get_peft_model")


def _arguments(name: str, given: dict, module: str = "trl") -> Piece:
    """The trainer's configuration: what all of ours share, then `given`."""
    common = {
        "output_dir": "OUTPUT", "seed": "SEED", "use_cpu": "not torch.cuda.is_available()", "bf16": False,
        "activation_checkpointing": False, "logging_steps": 1, "logging_nan_inf_filter": False,
        "save_strategy": "no",
    }
    chosen = common | unlike(DEFAULTS, **given)
    text = call(f"arguments = {name}", **chosen, raw=["output_dir", "seed", "use_cpu"], notes=NOTES)
    return Piece(text, f"{module}:{name}", "torch")


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


def _trained(name: str, run, rows: str, *imports: str, **more: str) -> list[Piece]:
    """The trainer, and what is done with it."""
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
        trainer = together(script.LAST_KEPT, trainer)
    return [trainer, script.MEASURED_END if measured and keep == "last" and not patience else script.END]


def _sampler(trainer: str, length: str, batch: int) -> Piece:
    """Batches of similar length for one of TRL's trainers; `length` tells a `row`'s tokens."""
    filled = script.SAMPLER.fill(pool=POOL, batch=batch, base=trainer, length=length)
    return Piece(filled.text, *filled.imports, f"trl:{trainer}")


def _sft(run, start: Source) -> list[Piece]:
    settings = run.spec.settings
    batch = settings["batch_size"] * settings["accumulation"]
    given = _epochs(
        run, gradient_accumulation_steps=settings["accumulation"], warmup_steps=settings["warm_up"],
        weight_decay=settings["weight_decay"], adam_beta2=0.98, per_device_eval_batch_size=32,
    )
    return [
        _tokenizer(start), _model(run, start), script.EXAMPLES,
        _sampler("SFTTrainer", 'len(row["input_ids"])', batch),
        _arguments("SFTConfig", given), *_trained("Trainer", run, "examples"),
    ]


def _reward(run, start: Source) -> list[Piece]:
    center = run.spec.settings["center"] or None
    given = _epochs(run, center_rewards_coefficient=center, per_device_eval_batch_size=32)
    return [
        _tokenizer(start), _model(run, start, scores=True), script.PAIRS,
        _sampler("RewardTrainer", LONGER, run.spec.settings["batch_size"]), _arguments("RewardConfig", given),
        *_trained("Trainer", run, "pairs"),
    ]


def _dpo(run, start: Source) -> list[Piece]:
    settings = run.spec.settings
    losses, weights = [settings["loss"]], None
    if settings["sft_weight"]:
        losses, weights = [*losses, "sft"], [1.0, settings["sft_weight"]]
    given = _epochs(
        run, beta=settings["beta"], loss_type=losses, loss_weights=weights, per_device_eval_batch_size=16
    )
    reference, more = Piece("# The reference is a frozen copy of this adapter, which the trainer makes."), {}
    if not _adapted(run, start):
        frozen = "reference = copy.deepcopy(model).requires_grad_(False).eval()"
        reference, more = Piece(frozen, "copy"), {"ref_model": "reference"}
    return [
        _tokenizer(start), together(_model(run, start), reference), script.PAIRS,
        _sampler("DPOTrainer", f'len(row["prompt_ids"]) + {LONGER}', settings["batch_size"]),
        _arguments("DPOConfig", given), *_trained("Trainer", run, "pairs", **more),
    ]


def _ppo(run, start: Source) -> list[Piece]:
    settings = run.spec.settings
    model = _model(run, start)
    if _continued(run, start):
        frozen = Piece('model.load_adapter(ADAPTER, "reference")  # frozen\nmodel.set_adapter("default")')
        model = together(model, frozen)
    stream = script.STREAM.fill(
        clip=settings["gradient_clip"], rate=settings["learning_rate"], updates=settings["updates"],
        value_rate=settings["value_learning_rate"],
    )
    arguments = _arguments("PPOConfig", _ppo_given(run, start), module="trl.experimental.ppo")
    return [_tokenizer(start, left=True), model, _value_model(run), stream, arguments, script.PPO, script.END]


def _ppo_given(run, start: Source) -> dict:
    settings, continued = run.spec.settings, _continued(run, start)
    return {
        "learning_rate": settings["learning_rate"],
        "per_device_train_batch_size": settings["rollout"],
        "local_rollout_forward_batch_size": settings["rollout"],
        "num_mini_batches": settings["minibatches"],
        "total_episodes": settings["rollout"] * settings["updates"],
        "num_ppo_epochs": settings["epochs"],
        "num_sample_generations": 0,
        "response_length": settings["response_tokens"],
        "stop_token": "eos",
        "missing_eos_penalty": settings["unended_penalty"] or None,
        "temperature": settings["temperature"],
        "kl_coef": settings["kl_coefficient"],
        "cliprange": settings["clip"],
        "vf_coef": settings["value_coefficient"],
        "model_adapter_name": "default" if continued else None,
        "ref_adapter_name": "reference" if continued else None,
    }


def _value_model(run) -> Piece:
    opened = _opened("value_model", "REWARD", scores=True)
    if source.find(run.spec.reward).base is None:
        return together(opened, script.VALUES)
    return together(opened, script.MERGED_REWARD, script.VALUES)


STAGES = {"sft": _sft, "reward": _reward, "dpo": _dpo, "ppo": _ppo}
