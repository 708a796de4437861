"""Several reward models as one: their mean, how far they disagree, and a cautious score.

Reward models trained alike but for their seed agree where the judgements taught them something, and differ
where each guesses. A policy that is paid the mean less some of that spread does not earn by going where
nobody knows (Coste et al. 2023, arXiv:2310.02743).
"""

from collections.abc import Sequence

from playground.errors import InputError
from playground.model.source import ensemble_name


class RewardEnsemble:
    """Reward models that judge together; it stands wherever a RewardModel does.

    `members` are runs, reward models, names or folders, each trained with a seed of its own. The score is
    the mean of theirs, less `caution` standard deviations. Raises InputError for fewer than two.

    ensemble = RewardEnsemble([run.model for run in runs], caution=1.0)
    PPO().fit(sft.model, prompts, reward=ensemble)
    """

    def __init__(self, members: Sequence, caution: float = 0.0):
        from playground.model.load import RewardModel

        if len(members) < 2:
            raise InputError(
                f"The ensemble has {len(members)} members", rule="Who is alone cannot disagree",
                remedy="Train another reward model with another seed: RewardModeling(seed=1)",
            )
        if not 0 <= caution <= 100:
            rule = "It lies between 0 and 100 standard deviations"
            raise InputError(f"The caution is {caution}", rule=rule)
        opened = (one if isinstance(one, RewardModel) else getattr(one, "folder", one) for one in members)
        self.members = [RewardModel.load(one) for one in opened]
        self.caution = float(caution)

    @property
    def name(self) -> str:
        """What `RewardModel.load` takes to open it again."""
        return ensemble_name([one.name for one in self.members], self.caution)

    @property
    def folder(self) -> str:
        """Its name: an ensemble has no folder besides those of its members."""
        return self.name

    def score(self, prompt, completion: str) -> float:
        """How well `completion` answers `prompt`: the mean less `caution` standard deviations."""
        return self.score_many([(prompt, completion)])[0]

    def score_many(self, pairs: Sequence) -> list[float]:
        """`score` of (prompt, completion) pairs."""
        mean, spread = self.judged(pairs)
        return [one - self.caution * other for one, other in zip(mean, spread, strict=True)]

    def spread(self, prompt, completion: str) -> float:
        """The members' standard deviation: how little is known of this answer."""
        return self.judged([(prompt, completion)])[1][0]

    def judged(self, pairs: Sequence) -> tuple[list[float], list[float]]:
        """Mean and standard deviation (n - 1) of the members' scores, pair by pair."""
        import numpy as np

        scores = np.array([member.score_many(pairs) for member in self.members])
        if not scores.size:
            return [], []
        return scores.mean(axis=0).tolist(), scores.std(axis=0, ddof=1).tolist()

    def to_pandas(self, pairs: Sequence):
        """A DataFrame, one row a pair: prompt, completion, each member's score, mean and spread."""
        import pandas

        table = pandas.DataFrame([tuple(pair) for pair in pairs], columns=["prompt", "completion"])
        for member in self.members:
            table[member.name] = member.score_many(pairs)
        table["mean"], table["spread"] = self.judged(pairs)
        return table

    def contributions(self, prompt, completion: str):
        """The mean of the members' contributions, token by token; see `RewardModel.contributions`."""
        import numpy as np

        from playground.model.explain import Contributions

        found = [member.contributions(prompt, completion) for member in self.members]
        added = np.mean([one.added for one in found], axis=0).tolist()
        start, score = (float(np.mean([getattr(one, name) for one in found])) for name in ("start", "score"))
        return Contributions(found[0].tokens, tuple(added), start, score)

    def __repr__(self) -> str:
        return f"RewardEnsemble({[one.name for one in self.members]}, caution={self.caution:g})"


def joined(networks: Sequence, caution: float):
    """Score networks as one module that TRL's PPO can ask: `base_model_prefix`, a backbone and `score`.

    It makes the members' scores at every token into "hidden states", (texts, tokens, members), and their
    mean less `caution` standard deviations into the logits.
    """
    import torch
    from transformers.modeling_outputs import BaseModelOutput

    class Backbone(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.members = torch.nn.ModuleList(networks)

        def forward(self, **inputs):
            found = []
            for member in self.members:
                whole = member.get_base_model() if hasattr(member, "peft_config") else member
                output = getattr(whole, whole.base_model_prefix)(**inputs)
                found.append(whole.score(output.hidden_states[-1])[..., 0])
            return BaseModelOutput(hidden_states=(torch.stack(found, dim=-1),))

    class Joined(torch.nn.Module):
        base_model_prefix = "backbone"

        def __init__(self):
            super().__init__()
            self.backbone = Backbone()

        def score(self, scores):
            return scores.mean(-1, keepdim=True) - caution * scores.std(-1, keepdim=True)

    return Joined().requires_grad_(False).eval()
