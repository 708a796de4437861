"""How a Hugging Face trainer writes and reads the checkpoints of our runs.

The trainer decides when, gathers its own `trainer_state.json`, and knows in which order things must come
back; what it would write with pickle is written here as safetensors and JSON. Of the weights only those
that learn are kept: the rest is rebuilt from the model that the run started from.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from playground.errors import TrainingError
from playground.training import ranks, shards, state
from playground.training.session import Session

WEIGHTS = "trainable.safetensors"


class CheckpointMixin:
    """First in the bases of a trainer; `session` is set before it trains (`callbacks.follow`)."""

    session: Session
    saved: Path | None = None
    """The newest checkpoint written, or gone on from, by this trainer."""
    _staging: Path | None = None
    _random: list

    def _get_output_dir(self, trial=None) -> str:
        return super()._get_output_dir(trial) if self._staging is None else str(self._staging.parent)

    def _save_checkpoint(self, model, trial=None) -> None:
        self._random = ranks.gathered(state.random_states())
        with self.session.saving(self.state.global_step) as self._staging:
            super()._save_checkpoint(model, trial)
        self.saved = self.session.checkpoints / self._staging.name
        self._staging = None

    def save_model(self, output_dir=None, _internal_call: bool = False) -> None:
        found = {name: shards.whole(weight.detach()) for name, weight in learning(self.model).items()}
        if ranks.first():
            weights = {name: weight.cpu().contiguous() for name, weight in found.items()}
            save_file(weights, Path(output_dir) / WEIGHTS)

    def _load_from_checkpoint(self, checkpoint, model=None) -> None:
        load_weights(self.model if model is None else model, Path(checkpoint))
        self.saved = Path(checkpoint)

    def go_back(self) -> None:
        """Put weights and logs back to the newest checkpoint: where a stop broke off an update."""
        if self.saved is not None:
            load_weights(self.model, self.saved)
        self.session.rewind(0 if self.saved is None else int(self.saved.name.rpartition("-")[2]))
        self.control = self.callback_handler.on_train_end(self.args, self.state, self.control)

    def _save_optimizer_and_scheduler(self, output_dir) -> None:
        found = {
            "optimizer": shards.optimizer_state(self.optimizer),
            "scheduler": self.lr_scheduler.state_dict(),
            "tokens": getattr(self, "_total_train_tokens", 0),
        }
        if ranks.first():
            state.write(Path(output_dir), "optimizer", found)

    def _load_optimizer_and_scheduler(self, checkpoint) -> None:
        if checkpoint is None:
            return
        found = state.read(Path(checkpoint), "optimizer")
        shards.load_optimizer_state(self.optimizer, found["optimizer"])
        self.lr_scheduler.load_state_dict(found["scheduler"])
        self._total_train_tokens = found["tokens"]

    def _save_rng_state(self, output_dir) -> None:
        if ranks.first():
            state.write(Path(output_dir), "random", self._random)

    def _load_rng_state(self, checkpoint) -> None:
        if checkpoint is not None:
            found = state.read(Path(checkpoint), "random")
            # Before runs were shared, one process wrote its own states and no list.
            state.set_random_states(found if isinstance(found, dict) else ranks.own(found))

    def _determine_best_metric(self, metrics, trial) -> bool:
        """An evaluation that was stopped has no figures. Of several best ones the newest has learned most."""
        if not metrics:
            return False
        better = super()._determine_best_metric(metrics, trial)
        name = self.args.metric_for_best_model
        if name and metrics[name] == self.state.best_metric:
            self.state.best_global_step = self.state.global_step
        return better

    def _run_epoch(self, **settings) -> None:
        """A run killed after its last step has none left; the trainer would take one more."""
        if self.state.global_step < self.state.max_steps and not self.control.should_training_stop:
            super()._run_epoch(**settings)
        else:
            self.control.should_training_stop = True

    def create_model_card(self, *arguments, **settings) -> None:
        """Nothing: a card of placeholders at every checkpoint tells nobody anything."""


def learning(network) -> dict[str, torch.nn.Parameter]:
    """The weights that training changes."""
    return {name: weight for name, weight in network.named_parameters() if weight.requires_grad}


@torch.no_grad()
def load_weights(network, checkpoint: Path) -> None:
    """Copy a checkpoint's weights into a network made ready in the same way. Raises TrainingError."""
    saved, weights = load_file(checkpoint / WEIGHTS), learning(network)
    shapes = ({name: tuple(t.shape) for name, t in found.items()} for found in (saved, weights))
    if unlike := sorted({name for name, _ in set.symmetric_difference(*(set(s.items()) for s in shapes))}):
        raise TrainingError(
            f"{checkpoint.name} does not fit the model: {len(unlike)} weights differ, such as {unlike[0]}",
            rule="A run goes on with the model it began with",
            remedy="Put that model back, or start the run again",
        )
    for name, weight in weights.items():
        weight.copy_(shards.dealt(saved[name], weight))
