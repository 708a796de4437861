"""Held-out figures in which every row counts once.

TRL's trainers of pairs and thumbs tell the mean over batches, and the last batch may be a single row.
"""


class EachRowMixin:
    """In the bases of a trainer whose `_metrics` hold one mean a batch. A batch of pairs holds the chosen
    answers before the rejected ones, as twice as many rows."""

    def prediction_step(self, model, inputs, *given, **settings):
        found = self._metrics["eval"]
        before = {name: len(values) for name, values in found.items()}
        output = super().prediction_step(model, inputs, *given, **settings)
        rows = len(inputs["label"]) if "label" in inputs else len(inputs["input_ids"]) // 2
        for name, values in found.items():
            if len(values) > before.get(name, 0):
                values += values[-1:] * (rows - 1)
        return output
