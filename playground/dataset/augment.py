"""More examples from those there are: questions in other words, and what a model makes of them."""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from playground.dataset import kin
from playground.dataset.check import whole
from playground.dataset.clean import Numbered
from playground.dataset.drafts import SYNTHETIC, asked, is_draft, marked
from playground.dataset.languages import language
from playground.dataset.near import THRESHOLD, near_links
from playground.dataset.progress import Progress
from playground.dataset.split import prompt_key
from playground.errors import InputError
from playground.records import Example, Finding, Message

Write = Callable[[Sequence[Any]], Sequence[str]]
"""What a model writes: after texts, or in answer to conversations (lists of {"role", "content"})."""

TEMPLATES = (
    "Quick question: {prompt}",
    "I have a question. {prompt}",
    "Hello! {prompt}",
    "Please help me with this: {prompt}",
    "I would like to know this: {prompt}",
    "One more thing: {prompt}",
    "{prompt} Thank you!",
    "{prompt} Please tell me.",
)
"""What may stand around any question. Where its grammar is known, it is reworded first."""

_PART = r"([^.?!\n]+)"
_VERBS = "explain|describe|tell|show|teach|write|give|list|name|summari[sz]e|translate|find|compare|suggest"
_REWORDINGS = (
    (
        rf"what(?:'s| is) {_PART}\?",
        ("Could you tell me what {0} is?", "Can you explain what {0} is?", "Tell me what {0} is."),
    ),
    (rf"what are {_PART}\?", ("Could you tell me what {0} are?", "Tell me what {0} are.")),
    (rf"who is {_PART}\?", ("Do you know who {0} is?", "Tell me who {0} is.")),
    (rf"where is {_PART}\?", ("Can you tell me where {0} is?", "Tell me where {0} is.")),
    (
        rf"how (?:do|can|should) i {_PART}\?",
        ("What is the best way to {0}?", "Please show me how to {0}.", "I want to {0}. How is that done?"),
    ),
    (rf"(?:can|could|would|will) you (?:please )?{_PART}\?", ("Please {0}.", "I would like you to {0}.")),
    (
        rf"(?:please )?((?:{_VERBS})\b[^.?!\n]+)[.!]?",
        ("Could you {0}?", "Please {0}.", "I would like you to {0}."),
    ),
)

_GREETING = re.compile(r"(hello|hi|hey|good (morning|afternoon|evening|day))\b", re.IGNORECASE)

ROUNDS = 4
"""How often a model is asked again for what was left out, at most."""

_WHOLE = re.compile(r"[.!?:)\]}\"'”’»…。！？]$")
_ASK = (
    "Write one question that a person might ask about the same subjects as in these examples, and its "
    "answer. Keep to the form\nQuestion: …\nAnswer: …"
)
_MORE = "Another one, about something else."


@dataclass(frozen=True)
class Paraphrase:
    """What `Dataset.paraphrase` does, as a step."""

    per_example: int = 1
    seed: int = 0
    templates: tuple[str, ...] | None = None
    """Templates of one's own; ours where there are none."""
    first: int | None = None
    """How many examples from the start are asked in other words; all, if None. Drafts do not count."""


class Grown(NamedTuple):
    """New examples, each with what to tell about it, and what to tell about all that was left out."""

    examples: list[Example]
    told: list[str]
    findings: list[Finding]


def paraphrase(rows: Sequence[Numbered], step: Paraphrase = Paraphrase()) -> Grown:
    """Examples whose last question is put in other words, with the completion as it is; drafts all.

    Which words, depends on the text and the seed alone. Without `templates` of one's own, in which
    {prompt} stands for the question, ours are used, and questions in another language than English are
    left out and told. Raises InputError for a template without its place, or a number below 1.
    """
    own = _checked(step)
    known = {prompt_key(row.example) for row in rows}
    grown = Grown([], [], [])
    asking = [row for row in rows if not is_draft(row.example) and row.example.question.strip()]
    for number, example in asking[: step.first]:
        question = example.question
        if own is None and (spoken := language(question)) not in (None, "English"):
            message = f"It is in {spoken}: the templates are English, so it was not put in other words"
            grown.findings.append(Finding(number, SYNTHETIC, message, "kept"))
            continue
        ways = [own] if own is not None else [_reworded(question), _around(question)]
        draw, left = random.Random(f"{step.seed}\n{question}"), step.per_example
        for text in (text for way in ways for text in draw.sample(way, len(way))):
            new = replace(example, prompt=asked(example.prompt, text.format(prompt=question)))
            if left and (key := prompt_key(new)) not in known:
                known.add(key)
                left -= 1
                grown.examples.append(marked(new, SYNTHETIC))
                grown.told.append(kin.told(number))
    return grown


def draft(
    rows: Sequence[Numbered],
    write: Write,
    count: int,
    *,
    chat: bool = False,
    shots: int = 4,
    seed: int = 0,
    threshold: float = THRESHOLD,
    before: Iterable[Example] = (),
    progress: Progress | None = None,
) -> Grown:
    """Up to `count` examples that a model writes after `shots` seeds each; drafts all.

    After Wang and others, Self-Instruct (2022, arXiv:2212.10560). `write` takes texts to write on, or with
    `chat` conversations to answer. What is no question with an answer, and what nearly repeats a row, a new
    draft, or one that was written `before` and rejected, is asked for again, `ROUNDS` times at most.
    Raises InputError without seeds.
    """
    seeds = [row.example for row in rows if _is_seed(row.example)]
    if not seeds or count < 1 or shots < 1:
        raise InputError(
            f"There are {len(seeds)} seeds, for {count} drafts from {shots} each",
            rule="Drafts are made after examples that have a question and a completion and are no drafts",
            remedy="Give at least one such example, and ask for at least one draft",
        )
    there = [*(row.example for row in rows), *before]
    draw, found, lost = random.Random(seed), [], {"no question with an answer": 0, "near copies": 0}
    tell = progress or (lambda done, total: None)
    for _round in range(ROUNDS):
        if len(found) == count:
            break
        tell(len(found), count)
        shown = [draw.sample(seeds, min(shots, len(seeds))) for _ in range(count - len(found))]
        texts = write([_conversation(part) if chat else _few_shot(part) for part in shown])
        new = [example for example in map(parse, texts) if example is not None]
        lost["no question with an answer"] += len(texts) - len(new)
        fresh = _fresh([*there, *found], new, threshold)
        lost["near copies"] += len(new) - len(fresh)
        found += fresh
    tell(len(found), count)
    left = ", ".join(f"{number} {why}" for why, number in lost.items() if number)
    message = f"{len(found)} of {count} drafts were made; left out: {left or 'none'}"
    told = [Finding(0, SYNTHETIC, message, "dropped" if left else "kept")]
    drafts = [marked(example, SYNTHETIC) for example in found]
    return Grown(drafts, ["A model wrote it after other rows"] * len(drafts), told)


def parse(text: str) -> Example | None:
    """The question and the answer in what a model wrote; None where they are not whole."""
    question, _, rest = text.partition("\nAnswer:")
    question = question.strip().removeprefix("Question:").strip()
    ends = [at for at in (rest.find("\nQuestion:"), rest.find("\nPassage:")) if at >= 0]
    answer = rest[: min(ends, default=len(rest))].strip()
    if not all(any(map(str.isalnum, part)) for part in (question, answer)):
        return None
    if "\n\n" in question or "Question:" in question:  # it wrote something else before
        return None
    if not ends and not _WHOLE.search(answer):  # the tokens ran out
        return None
    return Example((Message("user", question),), answer)


def shown(question: str, answer: str) -> str:
    """A question and its answer as models are shown them."""
    return f"Question: {question}\nAnswer: {answer}"


def _checked(step: Paraphrase) -> list[str] | None:
    for number in (step.per_example, step.first):
        if number is not None and number < 1:
            raise InputError(f"The number of paraphrases is {number}", rule="It must be at least 1")
    if step.templates is None:
        return None
    given = list(step.templates)
    for one in given:
        if one.count("{prompt}") != 1 or set(one.replace("{prompt}", "")) & set("{}"):
            raise InputError(
                f"The template is {one!r}",
                rule="{prompt} stands in it once, and no other braces",
                remedy="Try 'Tell me: {prompt}'",
            )
    return given


def _reworded(question: str) -> list[str]:
    """Templates without a place, in which the question's own words are already put in another order."""
    text = " ".join(question.split())
    for pattern, templates in _REWORDINGS:
        if found := re.fullmatch(pattern, text, re.IGNORECASE):
            part = found[1] if found.start(1) else found[1][:1].lower() + found[1][1:]
            return [template.format(part).replace("{", "{{").replace("}", "}}") for template in templates]
    return []


def _around(question: str) -> list[str]:
    """The templates that suit a question: one greeting is enough, and nothing follows an open end."""
    greeted = _GREETING.match(question)
    followed = question[-1:] in ("?", "!", ".") and "\n" not in question
    return [
        one
        for one in TEMPLATES
        if (followed or one.endswith("{prompt}")) and not (greeted and _GREETING.match(one))
    ]


def _is_seed(example: Example) -> bool:
    return bool(example.question.strip() and example.completion.strip()) and not is_draft(example)


def _few_shot(seeds: Sequence[Example]) -> str:
    parts = [shown(example.question, example.completion) for example in seeds]
    return "\n\n".join([*parts, "Question:"])


def _conversation(seeds: Sequence[Example]) -> list[dict[str, str]]:
    turns = []
    for at, example in enumerate(seeds):
        said = shown(example.question, example.completion)
        turns.append({"role": "user", "content": _MORE if at else _ASK})
        turns.append({"role": "assistant", "content": said})
    return [*turns, {"role": "user", "content": _MORE}]


def _fresh(known: Sequence[Example], new: Sequence[Example], threshold: float) -> list[Example]:
    """Those of the new examples that nearly repeat neither a known one nor one before."""
    keys = {prompt_key(example) for example in known}
    unlike = []
    for example in new:
        if prompt_key(example) not in keys:
            keys.add(prompt_key(example))
            unlike.append(example)
    links = near_links([whole(example) for example in (*known, *unlike)], threshold)
    copies = {link.second - len(known) for link in links}
    return [example for at, example in enumerate(unlike) if at not in copies]
