"""Batches of similar length, in random order.

Rows padded to the longest of a random batch waste a third of the work on short texts; sorted batches in
sorted order make the loss swing with the length. This draws the order of the batches as well.
"""

import numpy
from torch.utils.data import Sampler

POOL = 50
"""Batches whose rows are sorted together: enough to match lengths, few enough to stay random."""


class SimilarLengths(Sampler[int]):
    """Row numbers such that each run of `batch_size` has similar lengths.

    The order is a function of seed and epoch alone, so a resumed run reads what an uninterrupted one
    would have. The rows that fill no batch come last.
    """

    def __init__(self, lengths: list[int], batch_size: int, seed: int):
        self.lengths, self.batch_size, self.seed = numpy.asarray(lengths), batch_size, seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.lengths)

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self):
        chance = numpy.random.default_rng((self.seed, self.epoch))
        rows = chance.permutation(len(self.lengths))
        whole = len(rows) - len(rows) % self.batch_size
        pool = POOL * self.batch_size
        pools = [rows[start : min(start + pool, whole)] for start in range(0, whole, pool)]
        sorted_rows = [part[numpy.argsort(self.lengths[part], kind="stable")] for part in pools]
        batches = numpy.concatenate([*sorted_rows, rows[:0]]).reshape(-1, self.batch_size)
        yield from chance.permutation(batches).ravel().tolist()
        yield from rows[whole:].tolist()


class SimilarLengthsMixin:
    """Makes a Hugging Face trainer read its rows in batches of similar length. First in the bases."""

    def _get_train_sampler(self, train_dataset=None):
        rows = self.train_dataset if train_dataset is None else train_dataset
        batch = self.args.train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        self._order = SimilarLengths(lengths(rows), batch, self.args.seed)
        return self._order

    def _run_epoch(self, **settings) -> None:
        """Several processes wrap the sampler so deep that a resumed epoch's number does not reach it."""
        self._order.set_epoch(settings["epoch"])
        super()._run_epoch(**settings)


def lengths(rows) -> list[int]:
    """Tokens of each row of a trainer's table; of a pair, those of the longer text."""
    if "input_ids" in rows.column_names:
        return [len(ids) for ids in rows["input_ids"]]
    if "completion_ids" in rows.column_names:
        both = zip(rows["prompt_ids"], rows["completion_ids"], strict=True)
        return [len(prompt) + len(answer) for prompt, answer in both]
    longer = [max(len(c), len(r)) for c, r in zip(rows["chosen_ids"], rows["rejected_ids"], strict=True)]
    if "prompt_ids" not in rows.column_names:
        return longer
    return [len(prompt) + more for prompt, more in zip(rows["prompt_ids"], longer, strict=True)]
