"""Whether two texts that share nearly all words state different facts.

A copy with a synonym and a sentence about another product both differ in a word or two. What tells them
apart is what the words are: numbers and names carry the fact, and so does a word that a text repeats.
"""

import re
from collections.abc import Collection, Mapping
from itertools import pairwise

from playground.dataset.text import normalise

_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_SPELLED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred "
    "thousand million billion first second third half twice monday tuesday wednesday thursday friday "
    "saturday sunday january february march april may june july august september october november "
    "december"
)
_NUMBER_WORDS = frozenset(_SPELLED.split())
_NEGATING = "no not never none nor without cannot cant isnt arent wasnt dont doesnt didnt wont shouldnt"
_NEGATIONS = frozenset(_NEGATING.split())
_OPEN = re.compile(r"(?:^|[.!?:\n]\s*|[\"“(\[]\s*)\W*$")
_SHORT = 8
_ORDER = 0.65
_KEPT = 0.8
_ADDED = 0.75
_CAPITAL = re.compile(r"[A-Z](?<=[a-zß-ÿ,] .)\w+")


def contradict(
    left: str,
    right: str,
    only: Mapping[str, bool],
    lacking: Mapping[str, bool],
    names: Collection[str] = frozenset(),
) -> bool:
    """Whether what stands in one text alone contradicts what stands in the other alone.

    `only` and `lacking` hold the words of the left and of the right text alone, True for those rare in the
    table; `names` are written as such elsewhere in it. They contradict when both have a number, when one has
    a name or number and the other a rare word or a name or number, when both repeat a word of their own, when
    both are very short and have a rare word, and when one negates.
    """
    if differ(numbers(left), numbers(right)) and not unpunctuated(left, right):
        return True
    sides = ((left, only), (right, lacking))
    facts = [{word for word in part if word in names or _is_fact(text, word)} for text, part in sides]
    rare = [{word for word, seldom in part.items() if seldom and not word.isdecimal()} for _, part in sides]
    counted = [any(map(str.isdecimal, part)) for _, part in sides]
    if any(facts[side] and (facts[1 - side] or rare[1 - side] or counted[1 - side]) for side in (0, 1)):
        return True
    if _negated(left, only) != _negated(right, lacking) and abs(len(left) - len(right)) < 20:
        return True
    if all(_repeats(text, words) for text, words in sides):
        return True
    return all(rare) and all(len(text.split()) <= _SHORT for text in (left, right))


def numbers(text: str) -> frozenset[str]:
    """The numbers in a text; 1,000 is 1000."""
    return frozenset(found.replace(",", "") for found in _NUMBER.findall(text))


def differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both have something that the other lacks."""
    return not (one <= other or other <= one)


def unpunctuated(left: str, right: str) -> bool:
    """Whether one text has lost all punctuation, so that 0.45 became 045, and the digits are the same."""
    bare = any(not any(mark in text for mark in ".,;:!?") for text in (left, right))
    return bare and _digits(left) == _digits(right)


def capitals(text: str) -> list[str]:
    """Words with a capital after a small word or a comma: names, in most languages. In small letters."""
    return [found.lower() for found in _CAPITAL.findall(text)]


def keeps_order(small: str, large: str, aside: Collection[str]) -> bool:
    """Whether the shared words have mostly the same neighbours, `aside` being the words not shared.

    Two words swapped pass; two sentences that hand out the same words to other places do not. Where the
    large text adds much, it must add it before or after: words woven in make another sentence.
    """
    spoken, other = normalise(small).split(), normalise(large).split()
    one = _neighbours([word for word in spoken if word not in aside])
    added = len(spoken) < _ADDED * len(other)
    two = _neighbours(other if added else [word for word in other if word not in aside])
    return len(one & two) >= (_KEPT if added else _ORDER) * min(len(one), len(two))


LONGEST_WORD = 40
"""Letters; what is longer, such as a gene, is no word, and to compare two takes their lengths multiplied."""


def typo(word: str, other: str) -> bool:
    """Whether one word can be a typing error of the other: one slip, or two in a word of eight letters.

    A slip is a letter more, less or other, or two exchanged (Damerau, 1964). Numbers have no typos.
    """
    lengths = sorted((len(word), len(other)))
    if lengths[0] < 4 or lengths[1] > LONGEST_WORD or not (word.isalpha() and other.isalpha()):
        return False
    allowed = 2 if min(len(word), len(other)) >= 8 else 1
    if len(set(word) ^ set(other)) > 2 * allowed:
        return False
    return abs(len(word) - len(other)) <= allowed and _slips(word, other) <= allowed


def _slips(word: str, other: str) -> int:
    """The optimal string alignment distance."""
    before, row = [], list(range(len(other) + 1))
    for i, letter in enumerate(word, start=1):
        older, before, row = before, row, [i]
        for j, twin in enumerate(other, start=1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != twin))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == twin:
                least = min(least, older[j - 2] + 1)
            row.append(least)
    return row[-1]


def _neighbours(words: list[str]) -> set[tuple[str, str]]:
    near = [*pairwise(words), *zip(words, words[2:], strict=False)]
    return {(min(pair), max(pair)) for pair in near}


def _is_fact(text: str, word: str) -> bool:
    """Whether the word is one for a number or a day, or written as a name among small letters."""
    if word in _NUMBER_WORDS:
        return True
    if not word.isalpha():
        return not word.isdecimal() and any(map(str.isdecimal, word))
    letters = [part[0] for part in text.split() if part[0].isalpha()]
    if sum(map(str.isupper, letters)) * 2 > len(letters):
        return False
    for match in re.finditer(rf"\b{re.escape(word)}\b", text, re.IGNORECASE):
        if match[0][0].isupper() and not _OPEN.search(text[max(0, match.start() - 5) : match.start()]):
            return True
    return False


def _negated(text: str, words: Mapping[str, bool]) -> bool:
    return not _NEGATIONS.isdisjoint(words)


def _repeats(text: str, words: Collection[str]) -> bool:
    spoken = normalise(text).split()
    return any(len(word) > 3 and spoken.count(word) > 1 for word in words)


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))
