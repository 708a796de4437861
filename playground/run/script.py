"""The pieces that an ejected script is put together from: text with `$names`, and what it imports.

Every piece says in plain library calls what one of our modules does; the tests run the scripts and
hold their loss curves against the runs'.
"""

import itertools
import json
import re
from collections.abc import Iterable
from string import Template
from typing import Any

WIDTH = 100
PLAIN = ("copy", "itertools", "json", "pathlib")


class Piece:
    """Part of a script: `imports` are `module` or `module:name`."""

    def __init__(self, text: str, *imports: str):
        self.text, self.imports = text.strip("\n"), imports

    def fill(self, **names: Any) -> "Piece":
        return Piece(Template(self.text).substitute({n: str(v) for n, v in names.items()}), *self.imports)


def together(*pieces: Piece) -> Piece:
    """Several pieces as one, with no empty line between."""
    return Piece("\n".join(p.text for p in pieces), *(one for p in pieces for one in p.imports))


def joined(head: str, pieces: Iterable[Piece]) -> str:
    """The script: what it says of itself, its imports in order, and its pieces."""
    pieces = list(pieces)
    blocks = [block for piece in pieces for block in piece.text.split("\n\n\n")]
    text = blocks[0]
    for before, block in itertools.pairwise(blocks):
        defines = any(re.match(r"(def|class) ", one) for one in (before, block))
        text += ("\n\n\n" if defines else "\n\n") + block
    return f"{head}\n\n{_imports({one for piece in pieces for one in piece.imports})}\n\n{text}\n"


def call(name: str, *plain: str, raw: Iterable[str] = (), notes: dict[str, str] | None = None, **named: Any):
    """A call of `name` as code, in one line where it fits and needs no notes, else one argument a line.

    Positional arguments, and those named in `raw`, are code already; the others are told as literals.
    """
    notes, raw = notes or {}, set(raw)
    told = {one: one for one in plain}
    told |= {key: f"{key}={value if key in raw else quoted(value)}" for key, value in named.items()}
    line = f"{name}({', '.join(told.values())})"
    if not set(notes) & set(told) and len(line) <= WIDTH:
        return line
    rows = [f"    {text}," + (f"  # {notes[key]}" if key in notes else "") for key, text in told.items()]
    return "\n".join([f"{name}(", *rows, ")"])


def unlike(defaults: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    """The arguments whose value is not the library's default."""
    return {k: v for k, v in arguments.items() if k not in defaults or defaults[k] != v}


def quoted(value: Any) -> str:
    """A value as code, strings in double quotes."""
    if isinstance(value, list) and len(value) > 7 and all(isinstance(one, str) for one in value):
        return f"{json.dumps(' '.join(value))}.split()"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return f"[{', '.join(map(quoted, value))}]" if isinstance(value, list) else repr(value)


def _imports(names: set[str]) -> str:
    whole, parts = set(), {}
    for name in names:
        module, _, part = name.partition(":")
        if part:
            parts.setdefault(module, set()).add(part)
        else:
            whole.add(module)
    sections = []
    for plain in (True, False):
        lines = [f"import {one}" for one in sorted(whole) if (one in PLAIN) is plain]
        chosen = [module for module in sorted(parts) if (module in PLAIN) is plain]
        lines += [_from(module, sorted(parts[module], key=_case)) for module in chosen]
        sections.append("\n".join(lines))
    return "\n\n".join(filter(None, sections))


def _from(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


def _case(name: str) -> tuple[int, str]:
    """Constants, classes, functions: the order in which linters want them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


READY = Piece(
    """
torch.set_num_threads($threads)  # another number of threads rounds differently in the seventh digit
set_seed(SEED)  # new weights are drawn from here on; the trainer's own seed comes too late for them
""",
    "torch", "transformers:set_seed",
)

EXAMPLES = Piece(
    '''
def examples(part):
    """One part of the run's examples: the turns of the question, and the answer's."""
    with open(RUN / "inputs" / f"{part}.jsonl", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    if part == "validation":  # rows of similar length are padded little
        rows.sort(key=lambda row: len(str(row["prompt"])) + len(row["completion"]))
    return Dataset.from_list(
        [
            {"prompt": row["prompt"], "completion": [{"role": "assistant", "content": row["completion"]}]}
            for row in rows
        ]
    )
''',
    "json", "datasets:Dataset",
)

PAIRS = Piece(
    '''
def pairs(part):
    """One part of the run's judgements: the turns of the question, the better answer and the worse."""

    def turns(role, text):
        return text if isinstance(text, list) else [{"role": role, "content": text}]

    with open(RUN / "inputs" / f"{part}.jsonl", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return Dataset.from_list(
        [
            {"prompt": turns("user", row["prompt"])}
            | {answer: turns("assistant", row[answer]) for answer in ("chosen", "rejected")}
            for row in rows
        ]
    )
''',
    "json", "datasets:Dataset",
)

SAMPLER = Piece(
    '''
class SimilarLengths(Sampler):
    """Rows in batches of similar length, the batches in random order: less padding, the same examples."""

    def __init__(self, lengths, batch):
        self.lengths, self.batch, self.epoch = numpy.array(lengths), batch, 0

    def __len__(self):
        return len(self.lengths)

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        chance = numpy.random.default_rng((SEED, self.epoch))
        rows = chance.permutation(len(self.lengths))
        whole = len(rows) - len(rows) % self.batch  # rows that fill no batch come last
        size = $pool * self.batch  # so many are sorted together
        pools = [rows[start : min(start + size, whole)] for start in range(0, whole, size)]
        pools = [pool[numpy.argsort(self.lengths[pool], kind="stable")] for pool in pools]
        batches = numpy.concatenate([*pools, rows[:0]]).reshape(-1, self.batch)
        yield from chance.permutation(batches).ravel().tolist()
        yield from rows[whole:].tolist()


class Trainer($base):
    def _get_train_sampler(self, dataset=None):
        rows = self.train_dataset if dataset is None else dataset
        lengths = [
            $length
            for row in rows
        ]
        return SimilarLengths(lengths, $batch)
''',
    "numpy", "torch.utils.data:Sampler",
)

STREAM = Piece(
    '''
with open(RUN / "inputs" / "prompts.jsonl", encoding="utf-8") as file:
    questions = [[{"role": "user", "content": json.loads(line)["prompt"]}] for line in file]
texts = [tokenizer.apply_chat_template(q, tokenize=False, add_generation_prompt=True) for q in questions]
asked = tokenizer(texts, add_special_tokens=False)["input_ids"]


def prompts():
    """Batches of left-padded prompts without end, shuffled anew each pass; every update has its own seed."""

    def prompt(place):
        order = numpy.random.default_rng([SEED, 1, place // len(asked)]).permutation(len(asked))
        return asked[order[place % len(asked)]]

    for update in itertools.count():
        set_seed(int(numpy.random.SeedSequence([SEED, 0, update]).generate_state(1)[0]))
        batch = [prompt(place) for place in range(update * ROLLOUT, (update + 1) * ROLLOUT)]
        width = max(map(len, batch))
        padded = [[tokenizer.pad_token_id] * (width - len(ids)) + ids for ids in batch]
        yield {"input_ids": torch.tensor(padded)}


def clip(*_):
    """PPOTrainer clips no gradient; here policy and value model are clipped, each for itself."""
    for network in (model, value_model):
        torch.nn.utils.clip_grad_norm_([p for p in network.parameters() if p.grad is not None], $clip)


def trained(network):
    return [p for p in network.parameters() if p.requires_grad]


optimizer = torch.optim.AdamW(
    [{"params": trained(model), "lr": $rate}, {"params": trained(value_model), "lr": $value_rate}],
    weight_decay=0.0,
    eps=1e-5,
)
optimizer.register_step_pre_hook(clip)
schedule = get_linear_schedule_with_warmup(optimizer, 0, $updates)
''',
    "itertools", "json", "numpy", "torch", "transformers:get_linear_schedule_with_warmup",
)

OTHER_TASK = Piece(
    """
# The adapter was trained to write; its weights go on in an adapter of the same shape that scores.
config = PeftConfig.from_pretrained(ADAPTER)
config.task_type, config.inference_mode = "SEQ_CLS", False
model = get_peft_model(model, config)
head = get_peft_model_state_dict(model, save_embedding_layers=False)
set_peft_model_state_dict(model, {**head, **load_peft_weights(ADAPTER, device="cpu")})
""",
    "peft:PeftConfig", "peft:get_peft_model", "peft:get_peft_model_state_dict", "peft:load_peft_weights",
    "peft:set_peft_model_state_dict",
)

UNTIED = Piece(
    """
# Its adapter changes the vectors in what is read alone: the head that writes gets its own first.
head = model.get_base_model().get_output_embeddings()
head.weight = torch.nn.Parameter(head.weight.detach().clone())
""",
    "torch",
)

MERGED_REWARD = Piece(
    """
value_model = PeftModel.from_pretrained(value_model, REWARD_ADAPTER)
value_model = value_model.merge_and_unload().requires_grad_(True)
""",
    "peft:PeftModel",
)

VALUES = Piece(
    """
reward_model = copy.deepcopy(value_model).requires_grad_(False).eval()
value_model.score.weight.data.zero_()  # it begins by foretelling nothing
""",
    "copy",
)

PPO = Piece(
    """
trainer = PPOTrainer(
    args=arguments,
    processing_class=tokenizer,
    model=model,
    ref_model=None,  # a frozen copy of the start, or its adapter, which the trainer makes
    reward_model=reward_model,
    value_model=value_model,
    train_dataset=Dataset.from_dict({"input_ids": asked}),
    optimizers=(optimizer, schedule),
)
trainer.dataloader = prompts()
""",
    "datasets:Dataset", "trl.experimental.ppo:PPOTrainer",
)

LAST_KEPT = Piece(
    """
# The run kept the weights that answered most validation questions word for word and ended early without
# better ones. Trainers do not ask models questions, so this ends with the last weights.
"""
)

END = Piece(
    """
trainer.train()
trainer.save_model(OUTPUT)
trainer.save_state()  # trainer_state.json holds the curves
"""
)

MEASURED_END = Piece(
    END.text.replace("train()\n", "train()\ntrainer.evaluate()  # once more after the last step\n")
)
