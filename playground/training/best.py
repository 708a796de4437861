"""When a run has learned enough, and which weights it ends with: both judged on the validation part."""

from dataclasses import dataclass
from typing import ClassVar

from transformers import TrainerCallback

from playground.training import checkpoints
from playground.training.callbacks import replies
from playground.training.session import Session

LAST = "last"
METRICS = {"loss": "eval_loss", "accuracy": "eval_accuracy", "answers": "eval_answers"}
ASKED = 64
"""Validation questions that are answered at an evaluation, at most: each costs a generation."""


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

    def on_evaluate(self, args, state, control, **kwargs):
        name, sign = args.metric_for_best_model, 1 if args.greater_is_better else -1
        scores = [(row["step"], sign * row[name]) for row in state.log_history if name in row]
        best = max(range(len(scores)), key=lambda place: scores[place][1])
        since = len(scores) - 1 - best
        if not since:
            self._spare(state.global_step)
            control.should_save = True
        elif self.patience and since >= self.patience and state.global_step < state.max_steps:
            control.should_training_stop = True
            self.session.note(
                f"Ended at step {state.global_step} of {state.max_steps}: no evaluation was better than "
                f"that of step {scores[best][0]}."
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
        session.note(f"The checkpoint of the best weights, those of step {step}, is damaged: kept the last.")
        return
    checkpoints.load_weights(trainer.model, found)
    session.note(f"Kept the weights of step {step}, the best by validation {keep}.")


class AnswersMixin:
    """Measures with every evaluation the share of validation questions answered word for word.

    In the bases of a trainer; `asked` are rows {"prompt", "completion"}, none of them: no measure.
    """

    session: Session
    asked: ClassVar[list[dict]] = []

    def evaluation_loop(self, *given, **settings):
        output = super().evaluation_loop(*given, **settings)
        if self.asked:
            from playground.evaluation.scorers import ExactMatch

            prompts = [row["prompt"] for row in self.asked]
            texts = replies(self.session, self.model, self.processing_class, prompts)
            wanted = [row["completion"] for row in self.asked]
            found = ExactMatch().compute(predictions=texts, references=wanted)
            output.metrics["eval_answers"] = found["exact_match"]
        return output
