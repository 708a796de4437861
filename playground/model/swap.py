"""Many models on few networks: adapters of one base share its weights and take turns on it."""

import contextlib
import functools
import hashlib
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from pathlib import Path

from playground.errors import InputError
from playground.model import mixed, network
from playground.model.ensemble import RewardEnsemble
from playground.model.load import Model, RewardModel, free_memory, not_a_reward_model, on_device
from playground.model.source import Source, find
from playground.model.tuning.registry import register_all

MOST_NETWORKS = 4
MOST_ADAPTERS = 16


class Shelf:
    """Models kept open by name. Asking again is cheap; what was not asked for longest is let go.

    A model from here answers exactly as one from `Model.load`, also while others answer on the
    same network in other threads: each forward pass waits its turn and chooses its adapter.
    """

    def __init__(self, networks: int = MOST_NETWORKS, adapters: int = MOST_ADAPTERS):
        self._limit, self._adapters = networks, adapters
        self._slots: OrderedDict[tuple, Slot] = OrderedDict()
        self._lock = threading.Lock()

    def model(self, name: str | Path) -> Model:
        """The language model of that name. Raises as `Model.load`."""
        source = find(name)
        if source.is_reward:
            raise network.reward_error(source)
        slot = self._slot(source, "CAUSAL_LM")
        return Model(slot.network, slot.tokenizer, source, lambda: slot.turn(source))

    def reward(self, name: str | Path) -> RewardModel | RewardEnsemble:
        """The reward model or ensemble of that name. Raises as `RewardModel.load`."""
        source = find(name)
        if source.members:
            return RewardEnsemble([self.reward(one.name) for one in source.members], source.caution)
        if not source.is_reward:
            raise not_a_reward_model(source)
        slot = self._slot(source, "SEQ_CLS")
        return RewardModel(slot.network, slot.tokenizer, source, lambda: slot.turn(source))

    def switch(self, name: str | Path) -> dict:
        """Have the model of that name stand ready; `seconds` it took, and the adapters on its network now."""
        began = time.perf_counter()
        source = find(name)
        if source.is_reward:
            raise network.reward_error(source)
        slot = self._slot(source, "CAUSAL_LM")
        with slot.turn(source):
            seconds = time.perf_counter() - began
        return {"name": source.name, "seconds": seconds, "loaded": slot.loaded}

    def together(self, requests: Sequence[tuple[str, object]], raw: bool = False, **generation) -> list[str]:
        """Replies to (model, conversation) requests in one batch: each row goes through its own adapter.

        With `raw` the texts are gone on from. The same texts as from one model after the other. Raises
        InputError where that cannot be, with the reason (see `mixed.check`), and as `Model.load`.
        """
        sources = [find(name) for name, _ in requests]
        mixed.check(sources, self._adapters)
        if not sources:
            return []
        slot = self._slot(next((one for one in sources if one.base), sources[0]), "CAUSAL_LM")
        model, texts = mixed.Together(slot, sources), [text for _, text in requests]
        return (model.complete_many if raw else model.reply_many)(texts, **generation)

    def _slot(self, source: Source, task: str) -> "Slot":
        """Adapters of different types cannot stand on one network; a base is served by LoRA's."""
        kind = source.config["peft_type"] if source.base else "LORA"
        key = (stamp(source.root), task, kind, source.precision)
        with self._lock:
            if key not in self._slots or self._slots[key].spoiled:
                self._slots[key] = Slot(source.root, task, self._adapters, source.precision)
            self._slots.move_to_end(key)
            while len(self._slots) > self._limit:
                self._slots.popitem(last=False)
                free_memory()
            return self._slots[key]


class Slot:
    """One network, the adapters loaded on it, and the queue of those who want to use it."""

    def __init__(self, root: Source, task: str, most_adapters: int, precision: str = ""):
        self.tokenizer = network.open_tokenizer(root)
        self.network = on_device(root, task, self.tokenizer, precision)
        self._peft = None
        self._active: str | None = None
        self._loaded: OrderedDict[str, None] = OrderedDict()
        self._most = most_adapters
        self._queue = Turns()
        self.spoiled = False
        """Whether an adapter was read in part, which leaves the network neither with it nor without."""

    @property
    def loaded(self) -> int:
        """How many adapters stand on the network."""
        return len(self._loaded)

    @contextlib.contextmanager
    def rows(self, sources: Sequence[Source]):
        """The network to oneself, taking each row of a batch through the adapter of its own source."""
        with self._queue:
            self._check_whole()
            names = [self._ready(source) if source.base else mixed.BASE for source in sources]
            self._let_go()
            if self._peft is None:
                yield self.network
                return
            self._peft.base_model.enable_adapter_layers()
            self._active = mixed.BASE
            yield functools.partial(self._peft, adapter_names=names)

    @contextlib.contextmanager
    def turn(self, source: Source):
        """The network to oneself, with the source's adapter active, or none where it is the base."""
        with self._queue:
            self._check_whole()
            self._activate(source)
            yield

    def _check_whole(self) -> None:
        if self.spoiled:
            raise InputError("An adapter of this base could not be read", remedy="Ask once more")

    def _activate(self, source: Source) -> None:
        label = self._ready(source) if source.base else None
        if label == self._active:
            return
        if label is None:
            self._peft.base_model.disable_adapter_layers()
        else:
            self._peft.base_model.enable_adapter_layers()
            self._peft.set_adapter(label, inference_mode=True)
        self._active = label
        self._let_go()

    def _let_go(self) -> None:
        while len(self._loaded) > self._most:
            self._peft.delete_adapter(self._loaded.popitem(last=False)[0])

    def _ready(self, source: Source) -> str:
        """The label of a source's adapter, loaded where it was not, and last to be let go."""
        label = stamp(source)
        if label not in self._loaded:
            self._load(label, source)
        self._loaded.move_to_end(label)
        return label

    def _load(self, label: str, source: Source) -> None:
        """PEFT puts the adapter's layers into `network` itself, so that the network needs no wrapping."""
        from peft import PeftModel

        register_all()
        try:
            with network.opening(source):
                if self._peft is None:
                    made = PeftModel.from_pretrained(self.network, source.folder, adapter_name=label)
                    self._peft = made.eval()
                else:
                    self._peft.load_adapter(source.folder, adapter_name=label, is_trainable=False)
        except BaseException:
            self.spoiled = True
            raise
        self._loaded[label] = None


class Turns:
    """A lock that serves in order of arrival: who has just had a turn goes to the end."""

    def __init__(self):
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._busy = False

    def __enter__(self):
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            called = threading.Event()
            self._waiting.append(called)
        called.wait()

    def __exit__(self, *_):
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._busy = False


def stamp(source: Source) -> str:
    """A label for a folder with its present weights: another when the folder is written anew."""
    names = (
        ("adapter_model.safetensors",)
        if source.base
        else ("model.safetensors", "model.safetensors.index.json")
    )
    file = next((source.folder / name for name in names if (source.folder / name).is_file()), None)
    if file is None:
        raise InputError(f"The model in {source.folder} is gone", remedy="Choose another")
    status = file.stat()
    written = f"{source.folder}|{status.st_mtime_ns}|{status.st_size}|{status.st_ino}"
    return hashlib.sha256(written.encode()).hexdigest()[:16]
