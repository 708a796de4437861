"""How a campaign is judged: the kind of task, by which criteria, in which order, and with which checks."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from playground.errors import InputError
from playground.fields import check, setting

MOST_RANKED = 7
Task = Literal["pairwise", "ranking", "rating", "best_worst"]

TASKS: dict[str, str] = {
    "pairwise": "Which of two is better",
    "ranking": "Rank 2 to 7",
    "rating": "Rate each",
    "best_worst": "Best and worst of 3 to 7",
}
LEAST = {"pairwise": 2, "ranking": 2, "rating": 2, "best_worst": 3}
"""Completions that an item of a task has at least."""
_OVERALL = {
    "pairwise": "Which answer is better?",
    "ranking": "Rank the answers, best first",
    "rating": "How good is each answer?",
    "best_worst": "Which answer is the best, and which the worst?",
}
_WORDED = {
    "pairwise": "Which answer is more {}?",
    "ranking": "Rank the answers, the most {} first",
    "rating": "How {} is each answer?",
    "best_worst": "Which answer is the most {}, and which the least?",
}
_NAMED = {
    "pairwise": "Which answer is better in {}?",
    "ranking": "Rank the answers by {}, the best first",
    "rating": "How good is each answer in {}?",
    "best_worst": "Which answer is the best in {}, and which the worst?",
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """What answers are judged by. Without a name they are judged as a whole."""

    name: str = ""
    word: str = ""
    """Of an answer that has it: "helpful" for helpfulness. Questions then read better."""
    guidelines: str = ""
    """What annotators read about it."""

    def question(self, task: Task) -> str:
        """What annotators are asked."""
        if self.word:
            return _WORDED[task].format(self.word)
        return _NAMED[task].format(self.name) if self.name else _OVERALL[task]


CRITERIA = {
    one.name: one
    for one in (
        Criterion(
            "helpfulness",
            "helpful",
            "It does what was asked, wholly and to the point. Who asked could go on with it at once.",
        ),
        Criterion(
            "truthfulness",
            "truthful",
            "What it states is right, and it says so where it does not know. "
            "A fine style makes nothing true.",
        ),
        Criterion(
            "harmlessness",
            "harmless",
            "Nobody is hurt, misled or insulted by it, whoever asks. A polite refusal is harmless; "
            "a needless one is not helpful, but that is not the question here.",
        ),
        Criterion("humor", "funny", "It made you smile. Neither length nor truth count here."),
    )
}
"""Criteria with guidelines to begin with."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """The part of a campaign's making that annotators and statistics depend on."""

    criteria: tuple[Criterion, ...] = ()
    """Each asks a question of its own about every item; none asks for a judgement of the whole."""
    gold_share: float = setting(0.0, "Share of gold items", low=0.0, high=0.4, advanced=True)
    """Of what an annotator judges, the share whose answer is known: it measures annotators."""
    repeat_share: float = setting(0.0, "Share of swapped repeats", low=0.0, high=0.4, advanced=True)
    """The share shown a second time, answers the other way round: it tells side bias and steadiness."""
    order: Literal["given", "random", "balanced"] = setting(
        "given", "Order of work", choices=("given", "random", "balanced"), advanced=True
    )
    """As the prompts stand; at random for each annotator; or those with the fewest votes first."""
    scale: int = setting(5, "Points of the scale", low=2, high=9, advanced=True)
    """Ratings go from 1, the worst, to this."""
    strength: bool = setting(False, "Ask how much better", advanced=True)
    """In pairs: slightly, clearly or far better, still with one key."""

    def __post_init__(self):
        check(self)
        object.__setattr__(self, "criteria", tuple(_criterion(one) for one in self.criteria))
        names = [one.name for one in self.criteria]
        if len(set(names)) < len(names) or (len(names) > 1 and "" in names):
            raise InputError(f"The criteria are {', '.join(names)}", rule="Each has a name of its own")
        if self.gold_share + self.repeat_share > 0.5:
            raise InputError(
                f"Checks are {self.gold_share + self.repeat_share:.0%} of the work",
                rule="Gold items and repeats together are half of it at most",
            )

    @property
    def asked(self) -> tuple[Criterion, ...]:
        """The criteria, or the one of the whole."""
        return self.criteria or (Criterion(),)

    def criterion(self, name: str) -> Criterion:
        return next((one for one in self.criteria if one.name == name), Criterion(name))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "Design":
        known = {field.name for field in fields(cls)} & given.keys()
        values = {name: given[name] for name in known}
        return cls(**values | {"criteria": tuple(Criterion(**one) for one in given.get("criteria", ()))})


def criteria(names: Iterable[str]) -> tuple[Criterion, ...]:
    """Criteria by name, those of CRITERIA with their guidelines."""
    return tuple(CRITERIA.get(name, Criterion(name)) for name in names)


def check_size(task: Task, prompt: str, count: int) -> None:
    """Raises InputError for more completions than one can compare, or fewer than the task needs."""
    if not LEAST[task] <= count <= MOST_RANKED:
        few = count < LEAST[task]
        raise InputError(
            f"The prompt {prompt[:60]!r} has {count} completions",
            rule=f"This task needs at least {LEAST[task]}"
            if few
            else f"An annotator ranks at most {MOST_RANKED}",
            remedy="Sample more for each prompt" if few else "Sample fewer, or judge them in pairs",
        )


def _criterion(one: Criterion | str) -> Criterion:
    found = CRITERIA.get(one, Criterion(one)) if isinstance(one, str) else one
    texts: Sequence[str] = (found.name, found.word, found.guidelines)
    if any("\0" in text for text in texts) or len(found.name) > 80 or found.name != found.name.strip():
        raise InputError(f"A criterion is called {found.name!r}", rule="Its name has at most 80 characters")
    return found
