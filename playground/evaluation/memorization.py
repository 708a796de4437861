"""What a model has learned by heart: how much likelier an answer is to it for having seen that example."""

from collections.abc import Sequence

from playground.errors import InputError


def memorization(examples, learners: Sequence, progress=None):
    """The memorisation score of each example (Feldman and Zhang 2020, arXiv:2008.03703, equation 1).

        score = mean P(answer | prompt) over the models that learned from it
              - the same mean over the models that did not

    1: only who has seen the very example answers it so; 0: seeing it made no difference. P is the probability
    of the whole answer. `log_gap` is the difference of the means of log P, in nats, as in counterfactual
    memorisation (Zhang et al. 2023, arXiv:2112.12938): it goes on to tell examples apart near 0 and 1.

    `examples` are rows {"prompt", "completion"}, records or a Dataset; `learners` runs, or pairs of a model
    and the examples that it learned from. Models that differ in nothing but what they saw make the score
    mean what it says. Returns a DataFrame, the most memorised first: prompt, completion, score, log_gap,
    seen, unseen (both mean P), models (how many had and had not seen it, as text). An example that all or
    none have seen has no score and is left out. `progress(done, total)` counts models.

    Raises InputError where no example has both.
    """
    import numpy
    import pandas

    rows = _rows(examples)
    told, knows = [], []
    for done, learner in enumerate(learners, start=1):
        model, learned = _taken(learner)
        told.append(model.log_likelihoods([(row["prompt"], row["completion"]) for row in rows]))
        seen = {key_of(row) for row in _rows(learned)}
        knows.append([key_of(row) in seen for row in rows])
        if progress:
            progress(done, len(learners))
    logs, saw = numpy.array(told, dtype=float), numpy.array(knows, dtype=bool)
    found = [
        _scored(row, logs[:, at], saw[:, at])
        for at, row in enumerate(rows)
        if len(learners) and 0 < saw[:, at].sum() < len(saw)
    ]
    if not found:
        raise InputError(
            "No example was learned by some of the models and not by others",
            rule="The score compares those that saw an example with those that did not",
            remedy="Train models on different parts of the examples",
        )
    order = ["score", "log_gap"]
    return pandas.DataFrame(found).sort_values(order, ascending=False, kind="stable", ignore_index=True)


def _scored(row: dict, logs, saw) -> dict:
    import numpy

    seen, unseen = numpy.exp(logs[saw]).mean(), numpy.exp(logs[~saw]).mean()
    return {
        "prompt": question_of(row), "completion": row["completion"],
        "score": float(seen - unseen), "log_gap": float(logs[saw].mean() - logs[~saw].mean()),
        "seen": float(seen), "unseen": float(unseen),
        "models": f"{int(saw.sum())} saw it, {int((~saw).sum())} did not",
    }  # fmt: skip


def summary(table) -> dict[str, float]:
    """Of a table of scores: their `mean`, and the `share` above one half (learned by heart)."""
    return {"mean": float(table.score.mean()), "share": float((table.score > 0.5).mean())}


def key_of(row: dict) -> str:
    """What makes two examples the same one: every word of prompt and answer."""
    prompt = row["prompt"]
    turns = [("user", prompt)] if isinstance(prompt, str) else [(t["role"], t["content"]) for t in prompt]
    return repr((turns, row["completion"]))


def question_of(row: dict) -> str:
    """The last turn of the prompt."""
    return row["prompt"] if isinstance(row["prompt"], str) else row["prompt"][-1]["content"]


def _taken(learner) -> tuple:
    """A model and what it learned from, of a run or a pair."""
    return (learner.model, learner.rows("train")) if hasattr(learner, "rows") else tuple(learner)


def _rows(examples) -> list[dict]:
    rows = examples.rows() if hasattr(examples, "rows") else examples
    return [row if isinstance(row, dict) else _row(row) for row in rows]


def _row(record) -> dict:
    return {"prompt": [turn.as_dict() for turn in record.prompt], "completion": record.completion}
