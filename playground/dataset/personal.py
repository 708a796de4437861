"""Personal data in a text: e-mail addresses, telephone, card and account numbers, and their redaction.

Numbers are believed only with evidence beside their length: a card needs its issuer's prefix and the Luhn
check digit (ISO/IEC 7812-1), an IBAN its country's length and the remainder 1 modulo 97 (ISO 13616), a
telephone number a country code, a customary grouping or a word such as "call" before it. So order numbers,
dates, decimals and ISBNs are left alone.
"""

import re
from typing import NamedTuple

_EMAIL = re.compile(r"(?<![\w.+-])[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}\b")
_DIGITS = re.compile(r"\d(?:[ ().\-/]{0,2}\d){6}")
_CARD = re.compile(r"(?<![\w.,-])\d(?:[ -]?\d){12,18}(?![\w-]|[.,]\d)")
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6\d{15,18}"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?=[ A-Z0-9]{11})")
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
    "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18,
    "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "TR": 26, "UA": 29,
}  # fmt: skip
_PHONE = re.compile(
    r"(?<![\w.,/-])(?<!\d )(?:"
    r"(?:\+|00)[1-9](?:[ ().\-/]{0,2}\d){7,13}"  # a country code
    r"|(?:1[ .-])?\(\d{3}\) ?\d{3}[ .-]\d{4}|(?:1[ .-])?\d{3}-\d{3}-\d{4}|\d{3}\.\d{3}\.\d{4}"
    r"|\(?0\d{2,4}\)?[ /-]\d{2,4}(?:[ -]?\d{2,4}){1,3}"  # an area code that begins with 0
    r")(?![\w-]|[.,]\d)"
)
_TOLD_PHONE = re.compile(
    r"\b(?:phone|telephone|tel|call|mobile|cell|fax|whatsapp)(?: (?:number|no|us|me|him|her|them|is|at|on))*"
    r"[ .:]{1,3}(\d{3}[ -]?\d{3,4}(?:[ -]?\d{2,4})?)(?![\w-]|[.,]\d)",
    re.IGNORECASE,
)


class Span(NamedTuple):
    """Where something personal stands, and what it is."""

    start: int
    end: int
    label: str


def spans(text: str) -> list[Span]:
    """Everything personal in a text, in order and without overlaps."""
    found: list[Span] = []
    if "@" in text:
        found += (Span(*match.span(), "EMAIL") for match in _EMAIL.finditer(text))
    if _DIGITS.search(text):
        found += _numbers(text)
    taken, result = 0, []
    for span in sorted(found):
        if span.start >= taken:
            result.append(span)
            taken = span.end
    return result


def redact(text: str) -> str:
    """The text with [EMAIL], [PHONE], [CARD] and [IBAN] where they stood."""
    for start, end, label in reversed(spans(text)):
        text = f"{text[:start]}[{label}]{text[end:]}"
    return text


def find(text: str) -> str | None:
    """What the first personal piece is, told without repeating it: findings are saved with the data."""
    found = spans(text)
    if not found:
        return None
    start, end, label = found[0]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{_NAMES[label]} {text[start : start + 2]}…{text[end - 2 : end]}{more}"


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others."""
    values = [int(digit) for digit in reversed(digits)]
    doubled = (value * 2 - 9 * (value > 4) for value in values[1::2])
    return (sum(values[::2]) + sum(doubled)) % 10 == 0


def iban_valid(compact: str) -> bool:
    """Whether an IBAN without spaces has its country's length and leaves 1 modulo 97."""
    if len(compact) != _IBAN_LENGTHS.get(compact[:2]) or not compact.isalnum():
        return False
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1


def _numbers(text: str) -> list[Span]:
    found = [span for match in _IBAN.finditer(text) if (span := _iban(text, match.start()))]
    for match in _CARD.finditer(text):
        digits = re.sub(r"[ -]", "", match[0])
        if _ISSUER.fullmatch(digits) and len(set(digits)) > 1 and luhn(digits):
            found.append(Span(*match.span(), "CARD"))
    taken = [(span.start, span.end) for span in found]
    phones = [match.span() for match in _PHONE.finditer(text)]
    phones += [match.span(1) for match in _TOLD_PHONE.finditer(text)]
    for start, end in phones:
        if not any(start < right and left < end for left, right in taken):
            found.append(Span(start, end, "PHONE"))
    return found


def _iban(text: str, start: int) -> Span | None:
    wanted, compact, end = _IBAN_LENGTHS.get(text[start : start + 2], 0), "", start
    while len(compact) < wanted and end < len(text) and (text[end] == " " or text[end].isascii()):
        compact += text[end].strip(" ")
        end += 1
    if text[end : end + 1].isalnum() or not wanted or not compact.isascii() or not iban_valid(compact):
        return None
    return Span(start, end, "IBAN")


_NAMES = {
    "EMAIL": "An e-mail address:",
    "PHONE": "A telephone number:",
    "CARD": "A card number:",
    "IBAN": "A bank account (IBAN):",
}
