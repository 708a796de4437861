"""What a dataset can tell about itself in numbers."""

from playground.dataset import measures, overlap
from playground.dataset.progress import Progress
from playground.dataset.tokens import Count


class Measured:
    """The part of Dataset that measures it; nothing is changed."""

    def measures(
        self,
        count: Count,
        *,
        window: int | None = None,
        render: measures.Render | None = None,
        most: int = measures.SAMPLE,
        progress: Progress | None = None,
    ) -> measures.Measures:
        """Lengths, costs, what the vocabulary lacks, balance and repetition, with `plot` for each.

        `count` is `tokens.counter(model)`; `window` what the model can read; `render` tells an example's
        tokens with what its template puts around them. Of more than `most` rows the tokens of a sample of so
        many are counted, and `measured` says how many. See `dataset.measures.measure`.
        """
        return measures.measure(
            tuple(self), self.numbers, count, window=window, render=render, most=most, progress=progress
        )

    def overlap(
        self, tested: "Measured", words: int = overlap.WORDS, *, progress: Progress | None = None
    ) -> overlap.Overlap:
        """How much of the prompts of `tested` stands in this dataset's, in runs of so many words."""
        return overlap.overlap(self, tested, words, progress)
