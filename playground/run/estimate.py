"""What a run will take here, told before it starts; and the refusal of one that cannot fit."""

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from playground.errors import InputError, PlaygroundError
from playground.model import source
from playground.model.shapes import KNOWN, Shape
from playground.run import calibration, knee
from playground.run.burden import GROUPS, Burden, Start, burden
from playground.run.job import Run
from playground.settings import get as environment
from playground.store import files

SAMPLED = 48
"""Texts that are cut into tokens to learn how long tokens are."""
TEMPLATE = 14
"""Tokens that a chat template adds to a text."""
CHARACTERS = 4.0
"""Characters a token, where there is no tokenizer to ask."""
ROOM = 0.95
"""Share of the machine's memory that one run may need."""
LORA = {"tuning": {"kind": "lora", "rank": 16}}


@dataclass(frozen=True)
class Estimate:
    """What a run is expected to take."""

    trainable: int
    """Numbers that learn."""
    total: int
    """Numbers in all."""
    artifact: int
    """Bytes of the result's weights."""
    peak: int
    """Most bytes its process will hold."""
    seconds: float
    """Training time."""
    steps: int
    runs: int = 0
    """Finished runs of this machine that it goes by; 0 where it is a rule of thumb."""


def expected(stage: str, settings: dict, model, data: dict[str, list[dict]], reward=None) -> Estimate | None:
    """Of a run with these settings (plain JSON), models by name, and rows by part.

    None where the model is not on this machine and not among the well-known, or of a family whose
    arithmetic we do not know.
    """
    asked = asked_of(stage, settings, model, data, reward)
    return None if asked is None else weighed(stage, settings, asked)


def asked_of(stage: str, settings: dict, model, data: dict, reward=None) -> Burden | None:
    """The burden of a run, before this machine's experience; None as `expected`."""
    try:
        start, judge = start_of(str(model)), start_of(str(reward)) if reward else None
        if start is None or (judge is None and (reward or stage == "ppo")):
            return None
        tokens = counter(str(model))
        data = _probed(str(model), data)
        return burden(stage, settings, start, {part: tokens(rows) for part, rows in data.items()}, judge)
    except PlaygroundError:
        return None


def _probed(model: str, data: dict) -> dict:
    """The data with the general facts that a run asks for where its owner named none."""
    if "probes" in data or not source.is_folder(model):
        return data
    return data | {"probes": [{"prompt": one.prompt, "answers": one.answers} for one in knee.facts(model)]}


def weighed(stage: str, settings: dict, asked: Burden, known: list | None = None) -> Estimate:
    """A burden in this machine's seconds and bytes."""
    known = calibration.lessons(Run.all()) if known is None else known
    alike = (known, stage, (settings.get("tuning") or {}).get("kind", ""), environment().threads)
    return Estimate(
        asked.trainable, asked.total, asked.artifact, round(calibration.memory(asked, *alike)),
        calibration.seconds(asked, *alike), asked.steps, len(known),
    )


def refuse_what_cannot_fit(stage: str, settings: dict, model, data: dict, reward=None) -> Burden | None:
    """The burden of a run that fits. Raises InputError for one that does not, naming what would."""
    asked = asked_of(stage, settings, model, data, reward)
    if asked is None or calibration.has_graphics():
        return asked
    limit, needed = ROOM * calibration.machine_memory(), weighed(stage, settings, asked).peak
    if needed <= limit:
        return asked
    raise InputError(
        f"This run would need about {size(needed)} of memory",
        rule=f"This machine has {size(calibration.machine_memory())}",
        remedy=_remedy(limit, stage, settings, model, data, reward),
    )


def keep(folder: Path, stage: str, settings: dict, asked: Burden | None) -> None:
    """Write what a run is asked and expected to take into its folder."""
    if asked is not None:
        files.write_atomic(folder / "burden.json", json.dumps(asdict(asked)))
        files.write_atomic(folder / "estimate.json", json.dumps(asdict(weighed(stage, settings, asked))))


def read(folder: Path) -> Estimate | None:
    """What was expected of a run when it was prepared."""
    try:
        return Estimate(**json.loads((folder / "estimate.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def size(bytes_: float) -> str:
    """Bytes in two figures."""
    for unit in ("B", "kB", "MB", "GB"):
        if bytes_ < 1000 or unit == "GB":
            break
        bytes_ /= 1000
    return f"{float(f'{bytes_:.2g}'):g} {unit}"


@functools.lru_cache(maxsize=64)
def _hub_shape(config: str) -> Shape:
    return Shape.from_config(json.loads(Path(config).read_text(encoding="utf-8")))


def start_of(name: str) -> Start | None:
    """A model by name, without fetching anything; None where it is not here."""
    for known in KNOWN:
        if known.name == name:
            return Start(known.shape)
    if not source.is_folder(name):
        config = source.cached(name, "config.json")
        return Start(_hub_shape(config)) if config else None
    found = source.find(name)
    shape = Shape.from_config(found.root.config)
    if not found.base:
        return Start(shape)
    return Start(shape, found.numbers, packed=bool(found.precision))


def counter(name: str) -> Callable[[list[dict]], list[int]]:
    """A function from rows to the tokens of each of their texts, about."""
    here = source.find(name).root.folder / "tokenizer.json" if source.is_folder(name) else None
    file = here or source.cached(name, "tokenizer.json")

    def count(rows: list[dict]) -> list[int]:
        texts = [text for row in rows for text in texts_of(row)]
        each = _characters_a_token(str(file) if file else None, texts[:: max(1, len(texts) // SAMPLED)])
        return [round(len(text) / each) + TEMPLATE for text in texts]

    return count


def texts_of(row: dict) -> list[str]:
    """The texts that a row makes the model read: one, two where it is a judgement, or a fact's endings."""
    prompt = row["prompt"]
    asked = prompt if isinstance(prompt, str) else "\n".join(turn["content"] for turn in prompt)
    answers = [row[key] for key in ("completion", "chosen", "rejected") if isinstance(row.get(key), str)]
    answers += row.get("answers", ())
    return [f"{asked}\n{answer}" for answer in answers] or [asked]


def _characters_a_token(file: str | None, texts: Sequence[str]) -> float:
    if file is None or not texts or not Path(file).is_file():
        return CHARACTERS
    tokens = sum(len(one.ids) for one in _tokenizer(file).encode_batch(list(texts)))
    return sum(map(len, texts)) / max(tokens, 1)


@functools.lru_cache(maxsize=4)
def _tokenizer(file: str):
    from tokenizers import Tokenizer

    return Tokenizer.from_file(file)


def _remedy(limit: float, stage: str, settings: dict, model, data: dict, reward) -> str:
    """The first change that would make the run fit."""
    known = calibration.lessons(Run.all())
    tries = [(words, model, settings | change) for words, change in _changes(stage, settings)]
    smaller = sorted(KNOWN, key=lambda one: (bool(one.asks), -one.shape.parameters()))
    for more, change in [("", {}), (" with LoRA of rank 16", LORA)]:
        words = f"Choose a smaller model{more}, such as"
        tries += [(f"{words} {one.name}", one.name, settings | change) for one in smaller]
    for words, name, changed in tries:
        asked = asked_of(stage, changed, name, data, reward)
        peak = weighed(stage, changed, asked, known).peak if asked else limit + 1
        if peak <= limit:
            return f"{words}, which needs about {size(peak)}"
    return "Train it on a larger machine"


def _changes(stage: str, settings: dict) -> list[tuple[str, dict]]:
    """Changes that save memory, in words and as settings, the least drastic first."""
    full = (settings.get("tuning") or {"kind": "full"})["kind"] == "full"
    if stage == "ppo":
        smaller = [("draw 4 answers an update, in 4 steps", {"rollout": 4, "minibatches": 4})]
    elif stage in GROUPS:
        smaller = [("draw 4 answers an update, to one prompt", {"rollout": 4, "group": 4})]
    else:
        batch, short = {"batch_size": 1}, {"batch_size": 1, "max_length": 256}
        smaller = [("set the batch size to 1", batch), ("cut texts at 256 tokens in batches of 1", short)]
    found = [*smaller[:1]]
    if full:
        tuned = "tune with LoRA of rank 16"
        found += [(tuned, LORA), *((f"{tuned} and {words}", change | LORA) for words, change in smaller)]
    return [(words[0].upper() + words[1:], change) for words, change in [*found, *smaller[1:]]]
