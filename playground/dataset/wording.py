"""Which language a text is in, and whether it insults: short word lists of our own."""

import re
from collections import Counter
from collections.abc import Iterable

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

_STOP_WORDS = {
    "English": "the and is are was were of to with that this it for from have has not you your they we "
    "be by which what how when can will would should there their been does",
    "German": "der die das und ist sind ein eine einen nicht mit von zu auf für den dem des sich auch "
    "wie wird werden haben kann sie ich wir oder aber nach bei zum zur über",
    "French": "le les des et est sont une un dans pour pas que qui sur avec vous nous ce cette au aux "
    "du plus je il elle ne se par sont être votre mais ou",
    "Spanish": "el los las y es son una un en para no que con por del al se lo su como más pero sus está "
    "este esta muy también cuando usted puede desde",
    "Italian": "il lo gli e è sono una un in per non che con di del della dei nel nella si come più ma "
    "anche questo questa essere può degli alla",
    "Portuguese": "o os as e é são uma um em para não que com por do da dos das no na se como mais mas seu "
    "sua você está também pelo pela ao",
    "Dutch": "de het een en is zijn van niet met voor op aan dat die te er ook als bij naar wordt "
    "worden kan hebben wij jij maar deze dit heeft",
}
_SCRIPTS = {
    "Greek": "\u0370-\u03ff",
    "Cyrillic": "\u0400-\u04ff",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u06ff",
    "Devanagari": "\u0900-\u097f",
    "Thai": "\u0e00-\u0e7f",
    "Japanese": "\u3040-\u30ff",
    "Chinese": "\u4e00-\u9fff",
    "Korean": "\uac00-\ud7af",
}
_READ = 60
_counted = Counter(word for words in _STOP_WORDS.values() for word in set(words.split()))
_LANGUAGE_OF = {
    word: language for language, words in _STOP_WORDS.items() for word in words.split() if _counted[word] == 1
}
_OF_SCRIPT = {name: re.compile(f"[{signs}]") for name, signs in _SCRIPTS.items()}


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


def language(text: str) -> str | None:
    """The language of a text, or for other scripts the script; None unless there is clear evidence.

    Evidence is three or more stop words that belong to one language alone, a seventh of all words, and
    three times as many as any other language has (after Grefenstette, Comparing two language
    identification schemes, 1995); or a script in which half of the letters are written.
    """
    if not text.isascii() and (script := _script(text)):
        return script
    words = text[: _READ * 8].lower().split()[:_READ]
    if len(words) < 6:
        return None
    known = [_LANGUAGE_OF[word] for word in words if word in _LANGUAGE_OF]
    hits = Counter(known).most_common(2) if len(known) > 2 else ()
    if not hits or hits[0][1] < 3 or hits[0][1] * 7 < len(words):
        return None
    return hits[0][0] if len(hits) == 1 or hits[0][1] >= 3 * hits[1][1] else None


def main_language(languages: Iterable[str | None], share: float = 0.8, least: int = 10) -> str | None:
    """The language that nearly all texts have whose language is sure; None where there is no such one."""
    counts = Counter(filter(None, languages))
    name, count = counts.most_common(1)[0] if counts else (None, 0)
    return name if count >= max(least, share * counts.total()) else None


def _script(text: str) -> str | None:
    text = text[:1000]
    letters = sum(map(str.isalpha, text))
    counts = {name: len(pattern.findall(text)) for name, pattern in _OF_SCRIPT.items()}
    name = max(counts, key=counts.get)
    if counts["Japanese"] >= 3 and counts["Japanese"] * 10 >= letters:
        return "Japanese"
    return name if counts[name] >= 5 and counts[name] * 2 > letters else None


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
