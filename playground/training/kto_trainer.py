"""TRL's KTOTrainer, which pairs prompts with other prompts' answers once, before training, in fixed batches.

Here they are paired in each batch as it is drawn: so batches may be of similar lengths, come in a new
order every epoch, and are the same whether a run was interrupted or not.
"""

from dataclasses import dataclass
from operator import eq

from trl import KTOTrainer
from trl.trainer.kto_trainer import DataCollatorForUnpairedPreference

from playground.training.batches import SimilarLengthsMixin
from playground.training.checkpoints import CheckpointMixin
from playground.training.each_row import EachRowMixin
from playground.training.lean import LeanMixin


@dataclass
class Mismatched(DataCollatorForUnpairedPreference):
    """Gives every prompt of a batch also the answer to another one before it: they make the zero point."""

    def torch_call(self, examples: list[dict]) -> dict:
        prompts, answers = ([one[name] for one in examples] for name in ("prompt_ids", "completion_ids"))
        # The good and the bad answer to a prompt may stand side by side, and so may those of a ranking.
        ways = (by for by in range(1, len(prompts)) if not any(map(eq, prompts, prompts[-by:] + prompts)))
        by = next(ways, 1)
        shifted = answers[-by:] + answers[:-by]
        return super().torch_call([
            one | ({"KL_completion_ids": other} if "KL_completion_ids" in one else {})
            for one, other in zip(examples, shifted, strict=True)
        ])


class SteeredKTO(CheckpointMixin, LeanMixin, SimilarLengthsMixin, EachRowMixin, KTOTrainer):
    pass
