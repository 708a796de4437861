"""What every ejected script has: a tokenizer, a model with the weights to learn marked, arguments."""

import json
import re
from pathlib import Path

from playground.errors import InputError
from playground.model.adapter import LABELS, MERGES
from playground.model.shapes import Shape, rotary
from playground.model.source import Source
from playground.model.template import CHAT_TEMPLATE
from playground.model.tuning import kinds
from playground.model.tuning.base import Tuning
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.model.tuning.selective import SelectiveTuning
from playground.run import pieces, pieces_tunings, script
from playground.run.script import Piece, call, together, unlike

DEFAULTS = {
    "num_train_epochs": 3.0, "per_device_train_batch_size": 8, "per_device_eval_batch_size": 8,
    "gradient_accumulation_steps": 1, "seed": 42, "lr_scheduler_type": "linear", "warmup_steps": 0,
    "weight_decay": 0.0, "adam_beta2": 0.999, "max_length": 1024, "center_rewards_coefficient": None,
    "beta": 0.1, "loss_type": ["sigmoid"], "loss_weights": None, "label_smoothing": 0.0,
    "num_ppo_epochs": 4, "num_mini_batches": 1, "local_rollout_forward_batch_size": 64,
    "response_length": 53, "missing_eos_penalty": None, "temperature": 0.7, "kl_coef": 0.05,
    "cliprange": 0.2, "vf_coef": 0.1, "model_adapter_name": None, "ref_adapter_name": None,
    "lora_dropout": 0.0, "use_dora": False, "use_rslora": False,
}
"""What TRL and PEFT do where nothing is said."""

KTO_DEFAULTS = DEFAULTS | {"loss_type": "kto", "desirable_weight": 1.0, "undesirable_weight": 1.0}

NOTES = {
    "bf16": "16-bit arithmetic on GPUs that have it",
    "logging_nan_inf_filter": "a loss that is not a number is shown as it is",
    "adam_beta2": "a short run is over before 0.999 has seen enough gradients",
    "local_rollout_forward_batch_size": "the whole rollout at once",
    "missing_eos_penalty": "for answers that were cut off",
    "pad_to_multiple_of": "few widths: products of each new size are prepared anew",
    "alpha_pattern": "vectors would learn far faster than the rest",
}

WIDTH = 8
"""What the width of a batch is a multiple of, as in `training.swift`."""

ONE_DEVICE = "arguments._n_gpu = min(arguments.n_gpu, 1)  # several GPUs would multiply the batch"


def read_tokenizer(
    found: Source, left: bool = False, name: str = "tokenizer", place: str = "MODEL"
) -> Piece:
    """The tokenizer, with a padding token and a chat template where it brings none."""
    folder = found.root.folder
    file = folder / "tokenizer_config.json"
    brought = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    side = ', padding_side="left"' if left else ""
    lines = [f"tokenizer = AutoTokenizer.from_pretrained({place}{side})"]
    if not brought.get("pad_token"):
        lines.append("if tokenizer.pad_token is None:")
        lines.append("    tokenizer.pad_token = tokenizer.unk_token or tokenizer.eos_token")
    if not (brought.get("chat_template") or (folder / "chat_template.jinja").is_file()):
        parts = [CHAT_TEMPLATE[at : at + 80] for at in range(0, len(CHAT_TEMPLATE), 80)]
        lines += ["tokenizer.chat_template = (", *(f"    {script.quoted(part)}" for part in parts), ")"]
    elif "eos_token" not in _template(folder, brought):
        lines += pieces.END_OF_TURN.text.strip().splitlines()
    return Piece(re.sub(r"\btokenizer\b", name, "\n".join(lines)), "transformers:AutoTokenizer")


def _template(folder: Path, brought: dict) -> str:
    file = folder / "chat_template.jinja"
    return file.read_text(encoding="utf-8") if file.is_file() else str(brought.get("chat_template"))


def opened(
    name: str, place: str, scores: bool, packed: bool = False, tokenizer: str = "tokenizer"
) -> Piece:
    kind = "AutoModelForSequenceClassification" if scores else "AutoModelForCausalLM"
    more = {"num_labels": 1, "pad_token_id": f"{tokenizer}.pad_token_id"} if scores else {}
    more |= {"quantization_config": "packed"} if packed else {}
    raw = ["pad_token_id", "quantization_config"]
    made = Piece(call(f"{name} = {kind}.from_pretrained", place, dtype="float32", **more, raw=raw))
    made.imports = (f"transformers:{kind}",)
    return together(pieces_tunings.PACKED, made, pieces_tunings.KEEPS_LEARNING) if packed else made


def tuning_of(run) -> Tuning | None:
    settings = run.spec.settings["tuning"]
    return None if settings is None else kinds.from_dict(settings)


def continued(run, start: Source) -> bool:
    """Whether training goes on in the adapter it starts from."""
    return start.base is not None and not isinstance(tuning_of(run), FullTuning)


def adapted(run, start: Source) -> bool:
    """Whether what learns is an adapter."""
    tuning = tuning_of(run)
    return continued(run, start) or (tuning is not None and tuning.peft_type != "")


def learner(run, start: Source, scores: bool = False) -> Piece:
    """The model with the weights to learn marked, as `model.network.load_trainable` makes it."""
    tuning, task = tuning_of(run), "SEQ_CLS" if scores else "CAUSAL_LM"
    check_told(start)
    packed = bool(start.precision or (tuning and tuning.precision))
    root = opened("model", "MODEL", scores, packed)
    whole_adapter = [pieces_tunings.ADAPTER_WHOLE] if packed else []
    if start.base is None:
        whole = tuning is None or isinstance(tuning, FullTuning)
        return root if whole else together(root, _adapter(tuning, task, start), *whole_adapter)
    if packed and not continued(run, start):
        whole = opened("model", "MODEL", scores)
        root = together(root, pieces_tunings.UNPACKED.fill(opened=whole.text))
    if start.config.get("task_type") != task:
        adapter = pieces.OTHER_TASK
    else:
        learns = ["is_trainable=True"] if continued(run, start) else []
        made = call("model = PeftModel.from_pretrained", "model", "ADAPTER", *learns)
        adapter = Piece(made, "peft:PeftModel")
    if continued(run, start):
        return together(root, adapter, *whole_adapter)
    merged = Piece("model = model.merge_and_unload().requires_grad_(True)")
    untied = [pieces.UNTIED] if start.config.get("alpha_pattern") and not scores else []
    return together(root, adapter, *untied, merged)


def reference_copied(run, start: Source) -> Piece | None:
    """What a trainer's copy of the adapter lacks, where it goes on in one that changes the embeddings."""
    vectors = continued(run, start) and start.config.get("alpha_pattern")
    return pieces.REFERENCE_COPIED if vectors else None


def check_told(found: Source) -> None:
    """Raises InputError for a model whose adapter only this package can open."""
    if found.base and found.config["peft_type"] not in MERGES:
        raise _ours(f"{found.name} is a {LABELS[found.config['peft_type']]}")


def _ours(told: str) -> InputError:
    return InputError(
        told,
        rule="A script is plain TRL and PEFT, and PEFT has no such method: this package brings it",
        remedy="Run it with python -m playground run, or tune with LoRA",
    )


def _adapter(tuning: Tuning, task: str, start: Source) -> Piece:
    if isinstance(tuning, SelectiveTuning):
        return pieces_tunings.LAST_LAYERS.fill(layers=tuning.last_layers, task=task)
    if not isinstance(tuning, LoRA):
        raise _ours(f"This run uses {tuning.label}")
    targets = tuning.targets if isinstance(tuning.targets, str) else list(tuning.targets)
    given = {"task_type": task, "r": tuning.rank, "lora_alpha": tuning.scale, "lora_dropout": tuning.dropout}
    given |= {"use_dora": tuning.variant == "dora", "use_rslora": tuning.variant == "rslora"}
    if tuning.embeddings:
        shape = Shape.from_config(start.root.config)
        linear = [one.name for one in shape.linears] if targets == "all-linear" else targets
        targets = [*linear, shape.vectors]
        given["alpha_pattern"] = {shape.vectors: tuning.embedding_scale(shape.hidden)}
    made = call("config = LoraConfig", **unlike(DEFAULTS, **given, target_modules=targets), notes=NOTES)
    return Piece(f"{made}\nmodel = get_peft_model(model, config)", "peft:LoraConfig", "peft:get_peft_model")


def configured(
    name: str, given: dict, module: str = "trl", defaults: dict = DEFAULTS, start: Source | None = None
) -> Piece:
    """The trainer's configuration: what all of ours share, then `given` where it is not in `defaults`."""
    common = {
        "output_dir": "OUTPUT", "seed": "SEED", "use_cpu": "not torch.cuda.is_available()",
        "bf16": "torch.cuda.is_bf16_supported(including_emulation=False)",
        "activation_checkpointing": False, "logging_steps": 1, "logging_nan_inf_filter": False,
        "save_strategy": "no",
    }
    if start is not None and rotary(start.root.config):
        common["pad_to_multiple_of"] = WIDTH
    chosen = common | unlike(defaults, **given)
    text = call(f"arguments = {name}", **chosen, raw=["output_dir", "seed", "use_cpu", "bf16"], notes=NOTES)
    return Piece(f"{text}\n{ONE_DEVICE}", f"{module}:{name}", "torch")
