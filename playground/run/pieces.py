"""The pieces of ejected scripts.

Every piece says in plain library calls what one of our modules does; the tests run the scripts and
hold their loss curves against the runs'.
"""

from playground.run.script import Piece

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
            | {name: row[name] for name in row if name == "margin"}
            for row in rows
        ]
    )
''',
    "json", "datasets:Dataset",
)

THUMBS = Piece(
    '''
def thumbs(part):
    """One part of the run's judged answers: the turns of the question, the answer, whether it is good."""

    def turns(role, text):
        return text if isinstance(text, list) else [{"role": role, "content": text}]

    with open(RUN / "inputs" / f"{part}.jsonl", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return Dataset.from_list(
        [
            {
                "prompt": turns("user", row["prompt"]),
                "completion": turns("assistant", row["completion"]),
                "label": row["label"],
            }
            for row in rows
        ]
    )


class Mismatched(DataCollatorForUnpairedPreference):
    """Prompts get other prompts' answers as a batch is drawn; KTOTrainer does so once, in fixed batches."""

    def torch_call(self, examples):
        prompts, answers = ([one[name] for one in examples] for name in ("prompt_ids", "completion_ids"))
        ways = (by for by in range(1, len(prompts)) if not any(map(eq, prompts, prompts[-by:] + prompts)))
        by = next(ways, 1)
        rows = [dict(one) for one in examples]
        for row, other in zip(rows, answers[-by:] + answers[:-by], strict=True):
            if "KL_completion_ids" in row:
                row["KL_completion_ids"] = other
        return super().torch_call(rows)
''',
    "json", "operator:eq", "datasets:Dataset", "trl.trainer.kto_trainer:DataCollatorForUnpairedPreference",
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
        width += -width % 8  # few widths: products of each new size are prepared anew
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

REFERENCE_COPIED = Piece(
    """
# PEFT's names of an adapter of the embeddings end in its own; the trainer's copy passes them by.
weights = dict(model.named_parameters())
for name in [name for name in weights if name.endswith(".default")]:
    weights[name.removesuffix("default") + "ref"].data.copy_(weights[name].data)
"""
)

MERGED_REWARD = Piece(
    """
$name = PeftModel.from_pretrained($name, REWARD_ADAPTER)
$name = $name.merge_and_unload().requires_grad_(True)
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

UNGUARDED = Piece(
    """
# The run was to end on an alarm of its guard. There is none here: this goes on to the last update.
"""
)

EACH_ROW = Piece(
    """
# TRL tells the mean over batches, of which the last may be smaller. Here every pair counts once.
measured = trainer.prediction_step


def each_row(model, inputs, *given, **more):
    found = trainer._metrics["eval"]
    before = {name: len(values) for name, values in found.items()}
    output = measured(model, inputs, *given, **more)
    for name, values in found.items():
        if len(values) > before.get(name, 0):
            values += values[-1:] * (len(inputs["input_ids"]) // 2 - 1)
    return output


trainer.prediction_step = each_row
"""
)

LAST_KEPT = Piece(
    """
# The run kept the weights that answered most validation questions word for word and ended early without
# better ones. Trainers do not ask models questions, so this ends with the last weights.
"""
)

END_OF_TURN = Piece(
    """
# Answers end with what the chat template writes after them, which is not always the end of a text.
turn = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "%"}]
tail = tokenizer.apply_chat_template(turn, tokenize=False).rpartition("%")[2].strip()
ends = tokenizer(tail, add_special_tokens=False)["input_ids"]
found = tokenizer.added_tokens_decoder.get(ends[0]) if ends else None
if found and found.special:
    tokenizer.eos_token = found.content
"""
)

NEWEST = Piece("""
determine = trainer._determine_best_metric


def newest_of_the_best(metrics, trial):
    # Of several best evaluations the newest has learned most.
    better = determine(metrics, trial)
    if metrics[arguments.metric_for_best_model] == trainer.state.best_metric:
        trainer.state.best_global_step = trainer.state.global_step
    return better


trainer._determine_best_metric = newest_of_the_best
""")
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
