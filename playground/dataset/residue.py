"""What programs leave behind in a text: unfilled placeholders, markup, and characters nobody sees.

Text between backticks is code and may hold any of these on purpose; it is neither flagged nor changed.
"""

import html
import re
import unicodedata

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)

_PLACEHOLDERS = (
    ("{", re.compile(r"(?<![\w\\^_}$])\{\{? ?[A-Za-z][A-Za-z_ ]{2,30} ?\}?\}(?![{_^])")),
    ("[", re.compile(r"\[[A-Z][A-Z0-9 _/'-]{2,40}\](?!\()")),
    (
        "[",
        re.compile(r"(?i)\[(?:your|insert|enter|add|fill in|placeholder)\b[^\[\]\n]{0,60}\](?!\()"),
    ),
    ("<", re.compile(r"<(?:your|insert|enter|add|fill in|placeholder)\b[^<>\n]{0,60}>", re.IGNORECASE)),
    ("<", re.compile(r"<[A-Z][A-Z0-9]{0,20}[_ ][A-Z0-9_ ]{1,30}>")),
    ("TODO", re.compile(r"\bTODO\b(?! (?:list|app|item))")),
    ("FIXME", re.compile(r"\bFIXME\b")),
    ("TBD", re.compile(r"\bTBD\b")),
)
_LOREM = re.compile(r"\blorem\s+ipsum\b", re.IGNORECASE)
_MEANT = {"[EMAIL]", "[PHONE]", "[CARD]", "[IBAN]", "[INST]", "[SYS]", "[CLS]", "[SEP]", "[MASK]", "[PAD]"}
_MEANT |= {"[UNK]", "[BOS]", "[EOS]", "[SIC]", "[END]", "[START]"}

_TAG = re.compile(
    r"</?(?:a|abbr|article|b|blockquote|body|br|button|center|code|dd|div|dl|dt|em|font|footer|form|h[1-6]|"
    r"head|header|hr|html|i|iframe|img|input|label|li|link|main|meta|nav|ol|option|p|pre|script|section|"
    r"select|small|span|strong|style|sub|sup|svg|table|tbody|td|th|thead|title|tr|u|ul|video)"
    r"(?:\s[^<>=]{0,40}=[^<>]{0,2000})?\s{0,9}/?>|<!--",
    re.IGNORECASE,
)
_ENTITY = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|ndash|mdash|hellip|[lr][sd]quo|#\d{2,6}|#x[\da-fA-F]{2,5});"
)
# A block ends before the next one begins, so that many that are never closed are looked through once.
_DEAD = re.compile(
    r"(?is)<(script|style)\b[^<>]*>(?:(?!<\1\b).)*?</\1\s*>|<!--(?:(?!<!--).)*?-->"
)
_BREAK = re.compile(r"<(?:br|hr)\b[^<>]*>|</(?:p|div|li|tr|h[1-6]|ul|ol|table)\s*>", re.IGNORECASE)

# A joiner between letters of the Latin script joins nothing; elsewhere it makes emoji and Persian words.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
    "|(?<=[A-Za-z])[\u200c\u200d]|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
)


def find_placeholder(text: str) -> str | None:
    """A place that a template left for somebody to fill, as `{name}`, `[NAME]`, `<insert …>`, TODO."""
    if not any(sign in text for sign in ("{", "[", "<", "TODO", "FIXME", "TBD", "psum", "PSUM")):
        return None
    prose = _prose(text)
    if _LOREM.search(prose):
        return "Filler text was never replaced: lorem ipsum"
    for sign, pattern in _PLACEHOLDERS:
        if sign in prose:
            for match in pattern.finditer(prose):
                if match[0] not in _MEANT:
                    return f"A placeholder was never filled: {shorten(match[0])}"
    return None


def find_markup(text: str) -> str | None:
    """HTML that survived a copy from a web page."""
    if "<" not in text and "&" not in text:
        return None
    prose = _prose(text)
    match = _TAG.search(prose) or _ENTITY.search(prose)
    return f"HTML is left in the text: {shorten(match[0])}" if match else None


def strip_markup(text: str) -> str:
    """The text a browser would show; scripts, styles and comments go, code between backticks stays.

    A tag that was written in entities is part of that text and stays. Where a script, style or comment
    is not closed, its tag alone goes: what follows may be prose about it.
    """
    return _outside_code(text, _strip) if find_markup(text) else text


def find_invisible(text: str) -> str | None:
    """Zero-width characters, and such as turn the direction of reading (as in Trojan Source, 2021)."""
    if text.isascii() or not (match := _INVISIBLE.search(text)):
        return None
    sign = match[0][0]
    return f"A character that cannot be seen: U+{ord(sign):04X} {unicodedata.name(sign, '').lower()}".rstrip()


def strip_invisible(text: str) -> str:
    """The text without those characters; line and paragraph separators become line breaks."""
    return _INVISIBLE.sub(lambda match: "\n" if match[0] in "\u2028\u2029" else "", text)


def shorten(text: str, width: int = 40) -> str:
    """The text on one line, cut to a width."""
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"


def _prose(text: str) -> str:
    return _CODE.sub(" ", text) if "`" in text else text


def _outside_code(text: str, action) -> str:
    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [action(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, action(text[at:])])


def _strip(text: str) -> str:
    text = _TAG.sub("", _BREAK.sub("\n", _DEAD.sub("", text)))
    return html.unescape(text) if _ENTITY.search(text) else text
