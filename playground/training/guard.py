"""Watches a policy that learns from its own answers: keeps the best one, and may stop the run on an alarm."""

import shutil

from transformers import TrainerCallback

from playground.model.network import save_result
from playground.model.source import find
from playground.run import goodhart, reading
from playground.training import ranks
from playground.training.meter import KEPT_BYTES, unkept
from playground.training.session import Session

NEXT = "next"
"""Beside the peak: the weights that the next update's answers will be judged for."""


def end(args, control) -> None:
    """Have the trainer save a checkpoint and leave its loop after this step.

    An evaluation that is due is left out, except where weights are judged by it: it decides what is kept.
    """
    control.should_training_stop = control.should_save = True
    if not args.metric_for_best_model:
        control.should_evaluate = False


class Guard(TrainerCallback):
    """Keeps the weights with the highest gold score, and obeys `on_alarm`.

    The answers of an update are drawn, and judged, before anything is learned from them. So the weights
    after an update wait until the next one has told what they are worth.
    """

    def __init__(self, session: Session, tokenizer):
        self.session, self.tokenizer = session, tokenizer
        self.peak, self.next = (session.folder / name for name in (goodhart.FOLDER, NEXT))
        self.stops = session.spec.settings.get("on_alarm") == "stop"
        self.alarm = ""
        """Why the run is to end after this update."""
        self.stepped = 0
        """The newest step that has ended."""
        self.judged = 0
        """The newest update whose answers were judged."""
        self.kept = 0
        """The update before which the policy had the weights at `peak`, where this process put them there."""
        self.lack = ""
        """Why no weights are kept at the peak."""

    def on_train_begin(self, args, state, control, model=None, **kwargs):
        shutil.rmtree(self.next, ignore_errors=True)
        if state.global_step:
            self._keep(model)

    def on_log(self, args, state, control, logs=None, model=None, **kwargs):
        found = goodhart.points(self.session.folder)
        if not found or state.global_step <= self.judged:
            return
        if found[-1].step == state.global_step:
            self.judged = state.global_step
            if goodhart.peak(found) is found[-1]:
                shutil.rmtree(self.peak, ignore_errors=True)
                if self.next.is_dir():
                    self.next.rename(self.peak)
                    self.kept = state.global_step
            if self.stops and (alarms := reading.alarms(self.session.folder)):
                self.alarm = alarms[0].words
        if found[-1].gold is not None:
            self._keep(model)
        # PPO logs before its step ends, and others look at the model then. Several processes agree there too.
        at_once = ranks.count() == 1 and self.stepped == state.global_step
        return self._obey(args, state, control) if at_once else control

    def on_step_end(self, args, state, control, **kwargs):
        self.stepped = state.global_step
        return self._obey(args, state, control)

    def _obey(self, args, state, control):
        """End the run on an alarm with a checkpoint of this step: another stop goes back before it."""
        if not self.stops or state.global_step % getattr(args, "num_iterations", 1):
            return control
        if alarm := ranks.agreed(self.alarm):
            self.alarm = ""
            self.session.tell_end(f"Stopped by its guard. {alarm}")
            self.session.ask_stop()
            end(args, control)
        return control

    def on_train_end(self, args, state, control, **kwargs):
        shutil.rmtree(self.next, ignore_errors=True)
        found = goodhart.points(self.session.folder)
        best, fallen = goodhart.peak(found), goodhart.fallen(found)
        # A stop may have gone back to before the peak; what goes on from a stop may still fall from it.
        unknown = self.kept and (best is None or best.step != self.kept)
        if unknown or (fallen is None and not self.session.stopped):
            shutil.rmtree(self.peak, ignore_errors=True)
        if fallen is None:
            return
        kept = f" The weights of then are kept as {self.session.run.id}/{goodhart.FOLDER}."
        first = "where it started" if best.update == 1 else f"before update {best.update}"
        self.session.tell_end(
            f"Over-optimised: gold was {best.gold:.2g} {first} and {found[-1].gold:.2g} at the end, while "
            f"the reward went from {best.reward:.2g} to {found[-1].reward:.2g}."
            + (kept if self.peak.is_dir() else self.lack)
        )

    def _keep(self, network) -> None:
        network = getattr(network, "policy", network)
        learned = sum(weight.nbytes for weight in network.parameters() if weight.requires_grad)
        if learned > KEPT_BYTES or ranks.count() > 1:
            self.lack = unkept(learned)
            return
        training = network.training
        shutil.rmtree(self.next, ignore_errors=True)
        save_result(network, self.tokenizer, self.next, find(self.session.spec.model).root.name)
        network.train(training)
