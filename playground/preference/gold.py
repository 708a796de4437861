"""Gold items: what is known to be better, mixed into the work to see how annotators do."""

from collections.abc import Iterable, Sequence
from random import Random

from playground.errors import InputError
from playground.preference.design import Task, check_size
from playground.preference.ranking import Order
from playground.records import Comparison, Completion, Example, Ranking

Gold = Comparison | Ranking
NOBODY = "gold"
"""The model of a completion in a gold item."""
_TRIES = 50
Known = tuple[tuple[Completion, ...], list[list[int]], str]
"""Completions, the places in the right order, and the criterion."""


def known_items(gold: Iterable[Gold], task: Task) -> list[Known]:
    """Gold as items of a task. A judgement is checked on the pairs that are decided, never on a tie.

    Raises InputError for one that decides nothing, or whose number of completions the task cannot hold.
    """
    found = []
    for number, one in enumerate(gold, 1):
        texts, order = _read(one)
        if len(order) < 2:
            raise InputError(
                f"Gold item {number} is a tie", rule="It must be known which completion is better"
            )
        if task == "pairwise" and len(texts) != 2:
            raise InputError(
                f"Gold item {number} has {len(texts)} completions", rule="In a pairwise campaign it has two"
            )
        check_size(task, one.prompt, len(texts))
        drafts = tuple(Completion(one.prompt, text, NOBODY) for text in texts)
        found.append((drafts, [list(group) for group in order], one.criterion))
    return found


def gold_from_examples(data, count: int = 20, task: Task = "pairwise", seed: int = 0) -> list[Gold]:
    """Gold from examples: the right completion of a prompt beside right completions of other prompts.

    An answer to another question is worse, whatever the model that is judged; questions and answers that
    share half of their words are not taken together, for they may be the same in other words. Three answers,
    or two in pairs; only prompts of one question. Raises InputError where there are too few to choose from.
    """
    chance = Random(seed)
    rows = [row for row in data if row.completion.strip() and [one.role for one in row.prompt] == ["user"]]
    others = 1 if task == "pairwise" else 2
    found: list[Gold] = []
    for row in chance.sample(rows, len(rows)):
        wrong = _others(row, rows, others, chance) if len(found) < count else []
        if len(wrong) < others:
            continue
        if task == "pairwise":
            found.append(Comparison(row.question, row.completion, wrong[0], "first", NOBODY))
        else:
            order = ((0,), tuple(range(1, others + 1)))
            found.append(Ranking(row.question, (row.completion, *wrong), order, NOBODY))
    if not found:
        raise InputError(
            f"Of {len(rows)} examples none can be set beside answers to other questions",
            rule="A gold item holds the right answer beside others",
            remedy="Take data with more different examples",
        )
    return found


def _others(row: Example, rows: Sequence[Example], count: int, chance: Random) -> list[str]:
    """So many completions of other rows that do not answer this one, or fewer."""
    found: list[str] = []
    for _ in range(_TRIES):
        other = chance.choice(rows)
        apart = _apart(row.question, other.question) and _apart(row.completion, other.completion)
        if apart and all(_apart(other.completion, text) for text in found):
            found.append(other.completion)
        if len(found) == count:
            break
    return found


def _apart(one: str, other: str) -> bool:
    """Whether two texts share less than half of their words."""
    words, others = ({word.strip(".,!?").casefold() for word in text.split()} for text in (one, other))
    return len(words & others) < 0.5 * len(words | others)


def gold_from_judgements(source, least: int = 2, url: str | None = None) -> list[Comparison]:
    """Gold from what was judged: pairs that `least` annotators or more decided, all alike.

    `source` is whatever `agreement` takes. Raises NotFoundError, InputError.
    """
    from playground.preference.agreement import firsts
    from playground.preference.judgements import judgements_of, verdicts

    found = []
    for unit in firsts(verdicts(judgements_of(source, url))).values():
        said = list(unit.values())
        choices = {one.choice for one in said}
        if len(said) >= least and len(choices) == 1 and choices <= {"first", "second"}:
            criterion, prompt, _ = said[0].item
            pair = Comparison(prompt, *said[0].pair, said[0].choice, NOBODY, criterion=criterion)
            found.append(pair)
    return found


def _read(one: Gold) -> tuple[tuple[str, ...], Order]:
    if isinstance(one, Ranking):
        return one.completions, one.order
    order = {"first": ((0,), (1,)), "second": ((1,), (0,))}.get(one.choice, ((0, 1),))
    return (one.first, one.second), order
