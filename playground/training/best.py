"""When a run has learned enough, and which weights it ends with: both judged on the validation part."""

from dataclasses import dataclass
from typing import ClassVar

from transformers import TrainerCallback

from playground.training import checkpoints, ranks
from playground.training.callbacks import replies
from playground.training.session import Session

LAST = "last"
METRICS = {"loss": "eval_loss", "accuracy": "eval_accuracy", "answers": "eval_answers"}
ASKED = 64
"""Validation questions that are answered at an evaluation, at most: each costs a generation."""

MARGIN = 4
"""Tokens that an answer may be longer than the longest one asked for: enough to tell that it is."""


def arguments(keep: str, patience: int) -> dict:
    """What a trainer must know to keep count of the best evaluation."""
    if keep == LAST and not patience:
        return {}
    name = METRICS.get(keep, "eval_loss")
    return {"metric_for_best_model": name, "greater_is_better": name != "eval_loss"}


@dataclass
class Judge(TrainerCallback):
    """Checkpoints every best evaluation yet, and ends a run when `patience` of them brought no better one.

    It goes by the trainer's history alone, which checkpoints hold: a resumed run judges as the
    uninterrupted one.
    """

    session: Session
    keep: str
    patience: int

    def on_train_begin(self, args, state, control, **kwargs):
        self._spare(state.best_global_step)
        # A run killed between its last evaluation and its end has nothing more to learn.
        return self._judged(args, state, control)

    def on_evaluate(self, args, state, control, **kwargs):
        return self._judged(args, state, control)

    def _judged(self, args, state, control):
        name, sign = args.metric_for_best_model, 1 if args.greater_is_better else -1
        scores = [(row["step"], sign * row[name]) for row in state.log_history if name in row]
        if not scores or scores[-1][0] != state.global_step:
            return control
        values = [score for _, score in scores]
        if values[-1] == max(values):
            self._spare(state.global_step)
            control.should_save = True
        first_best = values.index(max(values))
        since = len(values) - 1 - first_best
        if self.patience and since >= self.patience and state.global_step < state.max_steps:
            control.should_training_stop = True
            self.session.tell_end(
                f"Ended at step {state.global_step} of {state.max_steps}: no evaluation was better than "
                f"that of step {scores[first_best][0]}."
            )
        return control

    def _spare(self, step: int | None) -> None:
        if self.keep != LAST:
            self.session.shelf.spared = step


def restore(trainer, keep: str) -> None:
    """Put the weights of the best evaluation back where they are not the last ones, and say so."""
    step, session = trainer.state.best_global_step, trainer.session
    if keep == LAST or not step or step == trainer.state.global_step:
        return
    if (found := session.shelf.find(step)) is None:
        session.tell_end(f"The best weights, those of step {step}, are damaged on disk: kept the last.")
        return
    checkpoints.load_weights(trainer.model, found)
    session.tell_end(f"Kept the weights of step {step}, the best by validation {keep}.")


class AnswersMixin:
    """Measures with every evaluation the share of validation questions answered word for word.

    In the bases of a trainer; `asked` are rows {"prompt", "completion"}, none of them: no measure.
    """

    asked: ClassVar[list[dict]] = []

    def evaluation_loop(self, *given, **settings):
        output = super().evaluation_loop(*given, **settings)
        if self.asked:
            from playground.evaluation.scorers import ExactMatch

            prompts = [row["prompt"] for row in self.asked]
            wanted = [row["completion"] for row in self.asked]
            longest = max(map(len, self.processing_class(wanted)["input_ids"])) + MARGIN
            texts = replies(self.model, self.processing_class, prompts, longest)
            found = ExactMatch().compute(predictions=texts, references=wanted)
            output.metrics["eval_answers"] = ranks.agreed(found["exact_match"])
        return output
