"""The shape every stage has: settings in the constructor, data in `fit`, a Run comes back."""

from dataclasses import dataclass
from typing import ClassVar

from playground import fields
from playground.model.source import find
from playground.model.start import way
from playground.model.tuning import kinds
from playground.run import estimate
from playground.run.job import Run
from playground.training import inputs


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage of training. Subclasses hold settings as fields and add `prepare`, `fit` and `train`.

    `prepare` writes a run folder and needs no torch; `fit` prepares and executes in this process;
    `train` is called by `execute` with the session of a run, in whatever process that is.
    """

    stage: ClassVar[str]
    writes: ClassVar[bool] = True
    """Whether what is trained writes texts, and may forget facts that it used to write."""
    parallel: ClassVar[bool] = True
    """Whether several processes can share a run."""

    def __post_init__(self):
        fields.check(self)

    @classmethod
    def from_dict(cls, saved: dict) -> "Stage":
        """The settings that a specification holds."""
        saved = dict(saved)
        if isinstance(saved.get("tuning"), dict):
            saved["tuning"] = kinds.from_dict(saved["tuning"])
        return cls(**saved)

    def train(self, session) -> None:
        raise NotImplementedError

    def _create(
        self, model, data: dict[str, list[dict]], sources: dict, reward=None, probes=None, functions=()
    ) -> Run:
        names = {part: inputs.name_of(source) for part, source in sources.items()}
        reward = None if reward is None else inputs.model_of(reward, reward=True)
        start, plain = inputs.model_of(model), fields.as_dict(self)
        way(find(start), self.tuning)
        if self.writes and (facts := inputs.facts(probes, start)):
            data = data | {"probes": facts}
        asked = estimate.refuse_what_cannot_fit(self.stage, plain, start, data, reward)
        run = Run.create(self.stage, self, start, data, reward, names, functions)
        estimate.keep(run.folder, self.stage, plain, asked)
        return run

    @staticmethod
    def _execute(run: Run) -> Run:
        from playground.training.execute import execute

        return execute(run.folder, progress=True)
