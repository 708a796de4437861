"""Whether a text insults: a short word list of our own."""

import re

_WRITTEN = (
    "arsehole asshole assholes bastard bastards bitch bitches bullshit dickhead dumbass fuck fucked "
    "fucker fucking idiot idiots imbecile jackass moron morons motherfucker scumbag shit shithead shitty "
    "wanker"
)
_INSULTS = frozenset(_WRITTEN.split())
_STEMS = ("rseho", "ssho", "bastard", "bitch", "shit", "ickhe", "mbass", "fuck", "idiot", "mbecil", "ackass")
_STEMS += ("moron", "cumbag", "wanker")
_WORD = re.compile(r"[a-z]+")
_LEET = str.maketrans("@4013$5!", "aaoiessi")
_MIXED = re.compile(r"[@$!0-9](?:(?<=[a-z].)[@$!0-9]*[a-z]|(?<![\w$@].)[a-z])")
_TOKEN = re.compile(r"(?<![\w@$])[a-z0-9@$!]{4,14}(?![\w@$])")
_APART = {sign: tuple({sign.join(word[:3]) for word in _INSULTS}) for sign in " .*_-"}
_SPACED = re.compile(r"(?<![\w'])(?:[a-z][ .*_-]){3,13}[a-z](?![\w'])")


def find_insult(text: str) -> str | None:
    """An insult as a whole word, also with digits for letters or with its letters apart."""
    lower = text.lower()
    for stem in _STEMS:
        if stem in lower:
            for word in _WORD.findall(lower):
                if word in _INSULTS:
                    return _told(word)
    if _MIXED.search(lower):
        for match in _TOKEN.finditer(lower):
            if any(map(str.isalpha, match[0])) and (word := match[0].translate(_LEET)) in _INSULTS:
                return _told(word)
    for match in _SPACED.finditer(lower) if _is_apart(lower) else ():
        if (word := re.sub(r"[ .*_-]", "", match[0])) in _INSULTS:
            return _told(word)
    return None


def _is_apart(text: str) -> bool:
    """A cheap test before a dear one: whether the first letters of an insult stand apart."""
    for sign, beginnings in _APART.items():
        if text.count(sign) > 2:
            for beginning in beginnings:
                if beginning in text:
                    return True
    return False


def _told(word: str) -> str:
    return f"An insult: {word[0]}{'*' * (len(word) - 2)}{word[-1]}"
