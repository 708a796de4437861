"""Networks: opened for reading, made ready to train, and saved whole or as an adapter.

Training works on what `load_trainable` gives and hands it back to `save_result`:

    ready = load_trainable("pocket", LoRA(rank=16), seed=0)
    ...                                    # a TRL trainer works on ready.network
    save_result(ready.network, ready.tokenizer, folder, ready.base)
"""

import contextlib
import copy
import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.errors import InputError
from playground.model import fourbit, start
from playground.model.adapter import PRECISION
from playground.model.source import BASE_WEIGHTS, Source, find, fingerprint
from playground.model.template import CHAT_TEMPLATE, end_of_turn
from playground.model.tuning.base import Tuning
from playground.model.tuning.full import FullTuning
from playground.model.tuning.registry import register_all
from playground.store.files import new_folder

ADAPTER = "default"
REFERENCE = "reference"


@dataclass
class Trainable:
    """A network with the parameters to train marked, in float32, and what belongs to it."""

    network: Any
    """A transformers model, or a PeftModel whose active adapter is `default`."""
    tokenizer: Any
    base: str
    """The name an adapter saved from `network` gives its base."""
    reference: Any = None
    """With `reference=True`: a frozen copy of the start, or the name of a frozen adapter on `network`
    ("reference"); None where the start is `network` with its new adapter disabled."""


def load_trainable(
    name: str | Path,
    tuning: Tuning | None = None,
    task: str = "CAUSAL_LM",
    seed: int = 0,
    reference: bool = False,
) -> Trainable:
    """Open a model for training.

    An adapter is continued where `tuning` is None or asks for what it is; under FullTuning it is
    merged into its base first. A full model gets `tuning` (None: full). With `task="SEQ_CLS"` a
    language model gets a score head (one number per text); a language model's adapter is carried
    over into the reward model's. `seed` covers every new parameter.

    Raises NotFoundError and InputError as `find` does, and InputError as `start.way` does.
    """
    import transformers

    source = find(name)
    if source.is_reward and task == "CAUSAL_LM":
        raise reward_error(source)
    way = start.way(source, tuning)
    tuning = tuning or FullTuning()
    transformers.set_seed(seed)
    tokenizer = open_tokenizer(source)
    if way == start.CONTINUED:
        network = _continued(source, task, tokenizer)
    elif way == start.MERGED:
        network = tuning.apply(_merged(_continued(source, task, tokenizer, unpacked=True)), task)
    else:
        network = open_network(source, task, tokenizer, precision=tuning.precision)
        network = tuning.apply(network, task, tokenizer)
    if getattr(network, PRECISION, ""):
        fourbit.keep_adapters_whole(network)
    frozen = _reference(network, source, way, tuning) if reference else None
    return Trainable(network, tokenizer, source.root.name, frozen)


def copy_adapter(network, name: str) -> None:
    """Give the adapter `name` every weight of the one in training.

    TRL makes its reference adapter by looking for ".default." in names, and PEFT's names of an adapter
    of embeddings end in ".default": without this the reference would lack what they have learned.
    """
    weights = dict(network.named_parameters())
    for own, weight in weights.items():
        parts = own.split(".")
        if ADAPTER in parts:
            other = ".".join(name if part == ADAPTER else part for part in parts)
            weights[other].data.copy_(weight.data)


def save_result(network, tokenizer, folder: str | Path, base: str, weights: dict | None = None) -> Path:
    """Write a trained network: the adapter alone, naming `base`, or the full model in safetensors.

    `weights`: all of its weights by name, where the network itself holds only a part of each. The folder
    appears complete or not at all, and replaces an older one. Returns the folder.
    """
    folder = Path(folder)
    fresh, old = (folder.with_name(f".{folder.name}-{word}") for word in ("fresh", "old"))
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    with new_folder(fresh) as staging:
        if hasattr(network, "peft_config"):
            save_adapter(network, staging, base, found=weights)
        else:
            network.config.use_cache = True
            if network.can_generate():
                network.generation_config.eos_token_id = _ends(network.generation_config, tokenizer)
                network.generation_config.pad_token_id = tokenizer.pad_token_id
            network.save_pretrained(staging, state_dict=weights)
            tokenizer.save_pretrained(staging)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return folder


def _ends(config, tokenizer) -> int | list[int] | None:
    """The tokens at which a model stops, with the one that its tokenizer now ends a turn with."""
    before = config.eos_token_id if isinstance(config.eos_token_id, list) else [config.eos_token_id]
    found = [token for token in dict.fromkeys((tokenizer.eos_token_id, *before)) if token is not None]
    return found if len(found) > 1 else next(iter(found), None)


def open_tokenizer(source: Source):
    """The tokenizer of a source's full model: pads on the left, has a pad token and a chat template, and
    ends with the token that ends a turn in it."""
    from transformers import AutoTokenizer

    with opening(source):
        tokenizer = AutoTokenizer.from_pretrained(
            source.root.folder, trust_remote_code=False, local_files_only=True, padding_side="left"
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.unk_token or tokenizer.eos_token
    if not tokenizer.chat_template:
        tokenizer.chat_template = CHAT_TEMPLATE
    # After the padding token, which may be the end of a text: a turn's own end must differ from it.
    tokenizer.eos_token = end_of_turn(tokenizer)
    return tokenizer


def open_network(source: Source, task: str, tokenizer, dtype: str = "float32", precision: str = ""):
    """The network of a source, its adapter on top where it has one, in evaluation mode.

    `precision` is that of the frozen weights, where it is not `dtype`; an adapter brings its own.
    Raises InputError where the folder is damaged or lacks weights; only a score head may be missing,
    where a language model is opened with `task="SEQ_CLS"`.
    """
    network = _open_root(source.root, task, tokenizer, dtype, source.precision or precision)
    if source.base:
        from peft import PeftModel

        register_all()
        with opening(source):
            network = PeftModel.from_pretrained(network, source.folder, adapter_name=ADAPTER)
    return network.eval()


def _open_root(source: Source, task: str, tokenizer, dtype: str, precision: str = ""):
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    reward = task == "SEQ_CLS"
    kind = AutoModelForSequenceClassification if reward else AutoModelForCausalLM
    extra = {"num_labels": 1, "pad_token_id": tokenizer.pad_token_id} if reward else {}
    extra |= fourbit.opened_with() if precision else {}
    weights = fingerprint(source.folder)
    with opening(source):
        network, report = kind.from_pretrained(
            source.folder,
            dtype=dtype,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
            **extra,
        )
    may_be_new = {"score.weight"} if reward and not source.is_reward else set()
    missing = sorted(set(report["missing_keys"]) - may_be_new)
    if missing:
        raise InputError(
            f"The model in {source.folder} lacks {len(missing)} of its weights, such as {missing[0]}",
            remedy="Train or download it again",
        )
    network.weights_fingerprint, network.base_precision = weights, precision
    return fourbit.made_ready(network) if precision else network


def _continued(source: Source, task: str, tokenizer, unpacked: bool = False):
    """The source's adapter, trainable, on its base; under another task its weights start a new adapter.

    `unpacked`: on the same base in float32, where it was held in less.
    """
    import peft

    register_all()
    root = _open_root(source.root, task, tokenizer, "float32", source.precision)
    if unpacked and source.precision:
        root = fourbit.unpack(root, _open_root(source.root, task, tokenizer, "float32"))
    if source.config.get("task_type") == task:
        with opening(source):
            return peft.PeftModel.from_pretrained(
                root, source.folder, adapter_name=ADAPTER, is_trainable=True
            )
    config = peft.PeftConfig.from_pretrained(source.folder)
    config.task_type, config.inference_mode = task, False
    network = peft.get_peft_model(root, config, adapter_name=ADAPTER)
    new_head = peft.get_peft_model_state_dict(network, adapter_name=ADAPTER, save_embedding_layers=False)
    known = peft.load_peft_weights(source.folder, device="cpu")
    peft.set_peft_model_state_dict(network, {**new_head, **known}, adapter_name=ADAPTER)
    return network


def _merged(network):
    """The base with its adapter added in.

    An adapter of the embeddings changes what is read alone, one of the head what is written; where the
    two share their weights, the head gets its own first.
    """
    from torch.nn import Parameter

    root = network.get_base_model()
    both = (root.get_output_embeddings(), root.get_input_embeddings())
    head, vectors = (getattr(one, "base_layer", one) for one in both)
    shared = head is not None and head.weight is vectors.weight
    if shared and any(hasattr(one, "base_layer") for one in both):
        head.weight = Parameter(head.weight.detach().clone())
        root.config.tie_word_embeddings = False
    return network.merge_and_unload()


def _reference(network, source: Source, way: str, tuning: Tuning):
    adapted = hasattr(network, "peft_config")
    if way == start.CONTINUED or (adapted and not tuning.neutral):
        if way == start.CONTINUED:
            network.load_adapter(source.folder, REFERENCE, is_trainable=False)
        else:
            network.add_adapter(REFERENCE, copy.deepcopy(network.peft_config[ADAPTER]))
            copy_adapter(network, REFERENCE)
        network.set_adapter(ADAPTER)
        return REFERENCE
    if adapted:
        return None
    return copy.deepcopy(network).requires_grad_(False).eval()


def save_adapter(network, folder: Path, base: str, name: str = ADAPTER, found: dict | None = None) -> None:
    """Write the adapter `name` into `folder`, naming `base`; `found` as the weights of `save_result`."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    config = copy.deepcopy(network.peft_config[name])
    config.base_model_name_or_path, config.inference_mode = base, True
    config.save_pretrained(folder)
    weights = get_peft_model_state_dict(
        network, state_dict=found, adapter_name=name, save_embedding_layers=False
    )
    weights = {key: weight.detach().cpu().contiguous() for key, weight in weights.items()}
    metadata = {"format": "pt", BASE_WEIGHTS: network.weights_fingerprint}
    if network.base_precision:
        metadata[PRECISION] = network.base_precision
    save_file(weights, folder / "adapter_model.safetensors", metadata=metadata)


def reward_error(source: Source) -> InputError:
    return InputError(
        f"{source.name} is a reward model",
        rule="It scores texts and cannot write any",
        remedy="Choose a language model, or load it with RewardModel.load",
    )


@contextlib.contextmanager
def opening(source: Source):
    """Libraries kept quiet while they read a folder; what they raise, told as an InputError."""
    from safetensors import SafetensorError
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            # PEFT warns of tied embeddings: `_merged` minds them.
            warnings.filterwarnings("ignore", message="Model has `tie_word_embeddings=True`")
            warnings.filterwarnings("ignore", message="Unsupported layer type")  # copied whole
            yield
    except (
        OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, ImportError, SafetensorError
    ) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise InputError(
            f"The model in {source.folder} cannot be opened: {reason}",
            remedy="Train or download it again, or choose another",
        ) from error
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
