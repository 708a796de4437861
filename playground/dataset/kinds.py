"""The kinds of finding: what each is called, and what can be done about it."""

from collections.abc import Callable
from dataclasses import dataclass

from playground.dataset import clean, personal, residue, wording
from playground.errors import InputError

ACTIONS = {
    "drop": "leave the row out",
    "fix": "put the text right",
    "redact": "write [EMAIL], [PHONE], [CARD] or [IBAN] instead",
    "keep": "leave it as it is",
}


@dataclass(frozen=True)
class Kind:
    """A kind of finding. `find` and `mend` look at one text; kinds without them look at rows or the table.

    `repairs` are the actions that exist, the gentlest first.
    """

    about: str
    repairs: tuple[str, ...] = ("keep", "drop")
    find: Callable[[str], str | None] | None = None
    mend: Callable[[str], str] | None = None


def _finds(mend: Callable[[str], str], message: str) -> Callable[[str], str | None]:
    return lambda text: message if mend(text) != text else None


_FIX = ("keep", "fix", "drop")

KINDS: dict[str, Kind] = {
    "empty": Kind("A prompt or completion without text"),
    "turn order": Kind("A conversation that the assistant cannot answer next"),
    "lone surrogate": Kind("Half of a character, which no file can hold", ("drop",)),
    "duplicate": Kind("The same text as an earlier row"),
    "near duplicate": Kind("Nearly the same text as an earlier row"),
    "overlong": Kind("More characters or tokens than allowed"),
    "mixed types": Kind("A number, truth value, missing value or object where other rows have prose"),
    "language": Kind("Another language than nearly all other rows"),
    "mojibake": Kind(
        "Text decoded with the wrong encoding",
        _FIX,
        _finds(clean.restore_encoding, "The text was decoded with the wrong encoding"),
        clean.restore_encoding,
    ),
    "control characters": Kind(
        "Characters that cannot be stored or shown",
        _FIX,
        _finds(clean.remove_control, "The text has control characters"),
        clean.remove_control,
    ),
    "invisible characters": Kind(
        "Zero-width characters and such as turn the direction of reading",
        _FIX,
        residue.find_invisible,
        residue.strip_invisible,
    ),
    "markup": Kind("HTML left in the text", _FIX, residue.find_markup, residue.strip_markup),
    "placeholder": Kind("A template's blank that nobody filled", find=residue.find_placeholder),
    "personal data": Kind(
        "An e-mail address, telephone, card or account number",
        ("keep", "redact", "drop"),
        personal.find,
        personal.redact,
    ),
    "insult": Kind("An insulting word", find=wording.find_insult),
}


def known(kinds) -> tuple[str, ...]:
    """The kinds asked for in the order of KINDS, all for None. Raises InputError for an unknown one."""
    if kinds is None:
        return tuple(KINDS)
    wanted = {kinds} if isinstance(kinds, str) else set(kinds)
    for name in sorted(wanted - set(KINDS)):
        raise InputError(
            f"The kind of finding is {name!r}",
            rule=f"There are {', '.join(KINDS)}",
            remedy="Give one of these",
        )
    return tuple(name for name in KINDS if name in wanted)
