"""One spelling for texts that differ only in case, width, spaces or punctuation."""

import unicodedata


def normalise(text: str) -> str:
    """Fold case and width, drop apostrophes and invisible characters, turn punctuation into single spaces."""
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    words = folded.translate(_SIMPLER).split()
    return " ".join(words) or " ".join(folded.split())


class _Simpler(dict):
    """What each character becomes, worked out when it is first met: `str.translate` asks here."""

    def __missing__(self, code: int) -> str:
        self[code] = simple = _simplify(chr(code))
        return simple


def _simplify(character: str) -> str:
    if character.isalnum():
        return character
    if character in "'\u2019" or unicodedata.category(character) == "Cf":
        return ""
    return " " if unicodedata.category(character)[0] in "PZC" else character


_SIMPLER = _Simpler()
