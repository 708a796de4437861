"""What a Hugging Face trainer needs to be steered and watched: settings they share, and one callback."""

import importlib.util
import os
import re

import torch
from transformers import TrainerCallback
from transformers.trainer_callback import PrinterCallback

from playground import settings
from playground.errors import InputError
from playground.model.load import Model
from playground.model.shapes import rotary
from playground.model.source import find
from playground.run.burden import ROLLOUTS
from playground.training import ranks, swift
from playground.training.guard import Guard, end
from playground.training.meter import Meter
from playground.training.session import Session, StopRequested

CHECKPOINTS = 4
"""How often in a run a checkpoint is planned, to go on from after an interruption."""

COUNTED = ("weight", "margin")
"""Numbers that a pair may have beside its texts."""

KEPT = 3
"""Numbers in a checkpoint for each one that learns: itself, and AdamW's two averages of its gradient."""

PATIENCE = 30.0
"""Seconds of training after which one is written in between, so that no interruption costs more."""

SELDOM = 4
"""Steps between two looks at the model in training, at least."""


def config(kind, session: Session, stage, **more):
    """The trainer's arguments, of the class `kind`: those that every trainer of ours gets, and `more`.

    Batches have few widths (`swift.WIDTH`), but for a model that learned each position: it would take what is
    padded for text, or has no place for it.

    A run that is one process has one device. Transformers would spread it over every GPU it sees by
    DataParallel, which multiplies the batch.
    """
    found = kind(**_arguments(session, stage) | more)
    if hasattr(found, "pad_to_multiple_of") and rotary(find(session.spec.model).root.config):
        found.pad_to_multiple_of = swift.WIDTH
    if ranks.count() == 1:
        found._n_gpu = min(found.n_gpu, 1)
    return found


def _arguments(session: Session, stage) -> dict:
    """What every trainer gets.

    Weights in float32 without gradient checkpointing, because small models on a CPU gain from neither
    saving; on a GPU that has bfloat16 the arithmetic is done in it, several times as fast. Every step is
    logged, and no filter would show a NaN loss as zero.
    """
    return {
        "output_dir": str(session.checkpoints),
        "learning_rate": stage.learning_rate,
        "seed": stage.seed,
        "use_cpu": not torch.cuda.is_available(),
        "bf16": torch.cuda.is_bf16_supported(including_emulation=False),
        "activation_checkpointing": False,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "disable_tqdm": True,
        "report_to": reports(session),
        "run_name": session.run.id,
        "dataloader_pin_memory": torch.cuda.is_available(),
    }


def reports(session: Session) -> str:
    """Where the trainer sends its numbers besides ours, through the library's own integration.

    Raises InputError where that library is missing.
    """
    name = settings.get().report_to
    packages = ("tensorboard", "tensorboardX") if name == "tensorboard" else (name,)
    if name != settings.REPORTS[0] and not any(map(importlib.util.find_spec, packages)):
        raise InputError(
            f"PLAYGROUND_REPORT_TO is {name}, and there is no library of that name",
            remedy=f"Install it (pip install {packages[-1]}), or leave the variable unset",
        )
    if name == "tensorboard":
        os.environ["TENSORBOARD_LOGGING_DIR"] = str(session.folder / name)
    if name == "wandb":
        # A run that is resumed goes on in the same curve.
        mark = re.sub(r"[^0-9]", "", session.run.spec.created)
        os.environ |= {"WANDB_RUN_ID": f"{session.run.id}-{mark}", "WANDB_RESUME": "allow"}
    return name


def checkpointing() -> dict:
    """Arguments of the trainers that can go on from a checkpoint."""
    return {"save_strategy": "steps", "save_steps": 1 / CHECKPOINTS}


def share(times: int) -> float:
    """What `eval_steps` must be to evaluate so many times in a run; 1.0 would mean every step."""
    return min(1 / times, 0.999999)


def is_due(state, times: int) -> bool:
    """Whether to look at the model after this step: `times` in a run and at its end, but no more often than
    every `SELDOM` steps, since writing answers takes as long as several steps of a large model.
    """
    every = max(SELDOM, -(-state.max_steps // times))
    return state.global_step % every == 0 or state.global_step == state.max_steps


def follow(
    trainer, session: Session, names: dict[str, str], prompts: list[str] | None = None,
    patience: float = PATIENCE, learned: int = 0,
) -> None:
    """Put our eyes and ears in the place of the trainer's own printing.

    `prompts` are answered as it learns; of the training rows `learned` are asked by the forgetting meter.
    """
    trainer.session = session
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Watch(session, names, patience))
    # Of weights in parts no process can make a forward pass alone.
    if prompts and (ranks.first() or trainer.is_fsdp_enabled):
        trainer.add_callback(LiveSamples(session, trainer.processing_class, prompts))
        facts, gained = session.rows("probes"), _answers(trainer.eval_dataset)
        seen = _answers(trainer.train_dataset) if learned else []
        if facts or gained or seen:
            trainer.add_callback(Meter(session, trainer.processing_class, facts, gained, seen, learned))
    if session.spec.stage in ROLLOUTS:
        trainer.add_callback(Guard(session, trainer.processing_class))
    evaluate = trainer.evaluate

    def evaluate_until_stopped(*arguments, **options):
        try:
            return evaluate(*arguments, **options)
        except StopRequested:
            # Of the batches that were measured TRL would tell, as if they were all.
            getattr(trainer, "_metrics", {}).get("eval", {}).clear()
            end(trainer.args, trainer.control)
            return {}

    trainer.evaluate = evaluate_until_stopped


def _answers(table) -> list[dict]:
    """The rows of a tokenised table that tell which of their tokens are the answer."""
    columns = ["input_ids", "labels"]
    told = table is not None and set(columns) <= set(table.column_names)
    return table.select_columns(columns).to_list() if told else []


class Watch(TrainerCallback):
    """Streams a trainer's numbers to the session, obeys its stop, and refuses what is not finite.

    `names` maps the trainer's metric names to ours; others are not kept. After `patience` seconds
    without a checkpoint it has one written; one that is planned too soon for what the last one cost is
    left out, unless the best is to be chosen among them.
    """

    def __init__(self, session: Session, names: dict[str, str], patience: float = PATIENCE):
        self.session, self.names, self.patience = session, names, patience

    def on_train_begin(self, args, state, control, model=None, **kwargs):
        learning = sum(weight.nbytes for weight in model.parameters() if weight.requires_grad)
        self.session.shelf.expect(KEPT * learning)
        self.session.begin(state.global_step, state.max_steps)

    def on_log(self, args, state, control, logs=None, **kwargs):
        values = {ours: logs[theirs] for theirs, ours in self.names.items() if theirs in logs}
        self.session.step(state.global_step, values)
        for name, value in values.items():
            if name.endswith(("loss", "grad_norm")):
                self.session.check_finite(name.replace("_", " "), value)

    def on_step_end(self, args, state, control, **kwargs):
        self.session.step(state.global_step)
        if state.global_step == state.max_steps and args.eval_strategy != "no":
            control.should_evaluate = True
        # Every process must take the same turn at the same step.
        shelf, asked = self.session.shelf, self.session.stop_requested()
        due, dear, stop = ranks.agreed((shelf.due(self.patience), shelf.dear(), asked))
        self.session.stopped = stop
        if due:
            control.should_save = True
        elif dear and not args.metric_for_best_model:
            control.should_save = False
        if stop:
            end(args, control)
        return control

    def on_prediction_step(self, args, state, control, **kwargs):
        if not args.metric_for_best_model:
            self.session.check_stop()


class LiveSamples(TrainerCallback):
    """What the model in training says to fixed prompts, at the start and up to four times as it learns."""

    def __init__(self, session: Session, tokenizer, prompts: list[str], max_tokens: int = 48, times: int = 4):
        self.session, self.tokenizer, self.prompts = session, tokenizer, prompts
        self.max_tokens, self.times = max_tokens, times

    def on_train_begin(self, args, state, control, model=None, **kwargs):
        if state.global_step == 0:
            self.take(0, model)

    def on_step_end(self, args, state, control, model=None, **kwargs):
        if is_due(state, self.times):
            try:
                self.take(state.global_step, model)
            except StopRequested:
                end(args, control)

    def take(self, step: int, network) -> None:
        network = getattr(network, "policy", network)
        hook = network.register_forward_pre_hook(self.session.check_stop)
        try:
            texts = replies(network, self.tokenizer, self.prompts, self.max_tokens)
        finally:
            hook.remove()
        for prompt, text in zip(self.prompts, texts, strict=True):
            self.session.log.sample(step, prompt, text)


def replies(network, tokenizer, prompts, max_tokens: int) -> list[str]:
    """What a network in training answers."""
    training = network.training
    try:
        with swift.writing(len(prompts)):
            return Model(network.eval(), tokenizer, None).reply_many(prompts, max_tokens=max_tokens)
    finally:
        network.train(training)


def followed(rows: list[dict], count: int = 4) -> list[str]:
    """Up to `count` prompts, spread evenly over the rows, to follow through a run."""
    chosen = [rows[i * len(rows) // count] for i in range(count)]
    return list(dict.fromkeys(question_of(row) for row in chosen))


def question_of(row: dict) -> str:
    """The last user turn of an example, the prompt of a comparison."""
    prompt = row["prompt"]
    return prompt if isinstance(prompt, str) else prompt[-1]["content"]


def table(rows: list[dict], *answers: str):
    """Rows as a `datasets` table in conversational form: a list of turns, and one turn an answer; with the
    label where a row has one, and what a pair counts."""
    from datasets import Dataset

    def turns(prompt) -> list[dict]:
        return [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt

    return Dataset.from_list([
        {"prompt": turns(row["prompt"])}
        | {name: [{"role": "assistant", "content": row[name]}] for name in answers}
        | ({"label": row["label"]} if "label" in row else {})
        | {name: row[name] for name in COUNTED if name in row}
        for row in rows
    ])
