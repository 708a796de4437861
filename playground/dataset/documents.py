"""Documents as passages, and a draft for each: a question about it and its answer."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from playground.dataset import pdf, readers
from playground.dataset.augment import Write, parse, shown
from playground.dataset.drafts import SYNTHETIC, marked
from playground.dataset.progress import Progress
from playground.errors import DatasetError, InputError
from playground.records import Example, Finding, Message
from playground.store.files import read_bytes

LIMIT = 1200
"""Characters a passage may have."""

ENDINGS = (".md", ".markdown", ".txt", ".pdf")

_AT_ONCE = 16
_HEADING = re.compile(r" {0,3}(#{1,6})([ \t].*)?")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])")

_SHOT = (
    "The reading room opens at nine and closes at six. On Sundays it stays closed.",
    "When does the reading room close?",
    "The reading room closes at six, and on Sundays it stays closed.",
)
_ASK = (
    "Read the passage. Write one question that it answers, and the answer, in whole sentences and from the "
    "passage alone. Keep to the form\nQuestion: …\nAnswer: …\n\nPassage: "
)


class Passage(NamedTuple):
    """A piece of a document: the headings it stands under, its text, the line and the page it begins in."""

    headings: tuple[str, ...]
    text: str
    line: int
    page: int | None = None
    """Of a PDF; there the line is the page's."""


def drafted(
    path: str | Path, limit: int = LIMIT, length: Callable[[str], int] | None = None,
    write: Write | None = None, chat: bool = False, progress: Progress | None = None,
) -> tuple[str, list[Example], list[Finding]]:  # fmt: skip
    """A document's name, a draft for every passage, and the passage of each as a finding.

    Drafts are empty, or hold what `write` proposes; where that is no question with an answer, the draft
    stays empty and a finding tells so.
    """
    path = Path(path).expanduser()
    pages, findings = _read(path, progress)
    found = [
        passage._replace(page=page) for page, text in pages for passage in passages(text, limit, length)
    ]
    if not found:
        raise DatasetError(f"{path.name} holds no text", remedy="Choose another document")
    proposed = _proposed(found, write, chat, progress)
    examples = []
    for number, (passage, example) in enumerate(zip(found, proposed, strict=True), start=1):
        under = " > ".join(passage.headings) if passage.page is None else f"page {passage.page}"
        where = f"{path.name}: {under}" if under else path.name
        beginning = f"Line {passage.line}{f', under {under}' if under else ''}"
        message = f"{beginning if passage.page is None else under.capitalize()}: {passage.text}"
        findings.append(Finding(number, "passage", message, "kept"))
        if write and example is None:
            message = "The model wrote no question with an answer, so a person has to"
            findings.append(Finding(number, SYNTHETIC, message, "kept"))
        empty = Example((Message("user", ""),), "")
        tags = (where,) if example is None else (where, SYNTHETIC)
        examples.append(marked(example or empty, *tags))
    return path.name, examples, findings


def passages(text: str, limit: int = LIMIT, length: Callable[[str], int] | None = None) -> Iterator[Passage]:
    """Pieces of a Markdown or plain text of up to `limit` characters, or as `length` counts a text.

    A passage never crosses a heading. Paragraphs are put together as long as they fit; one that does not
    fit alone is cut after a sentence, and a sentence after a word. Raises InputError for a limit below 1.
    """
    if limit < 1:
        raise InputError(f"The limit of a passage is {limit}", rule="It must be positive")
    measure = length or len
    held: list[str] = []
    start, under = 0, ()
    for headings, paragraph, line in _paragraphs(text):
        for piece in _pieces(paragraph, limit, measure):
            if held and (headings != under or measure("\n\n".join([*held, piece])) > limit):
                yield Passage(under, "\n\n".join(held), start)
                held = []
            if not held:
                start, under = line, headings
            held.append(piece)
    if held:
        yield Passage(under, "\n\n".join(held), start)


def _read(path: Path, progress: Progress | None) -> tuple[list[tuple[int | None, str]], list[Finding]]:
    """The text with its page; all of it under None where there are no pages."""
    if path.suffix.lower() not in ENDINGS:
        raise DatasetError(
            f"{path.name} has the ending {path.suffix!r}",
            rule=f"Documents end in {', '.join(ENDINGS)}",
            remedy="Save the document as text or Markdown; tables of rows are read by Dataset.load",
        )
    given = readers.Given(read_bytes(path, readers.MAX_BYTES), path.name, [])
    if path.suffix.lower() == ".pdf":
        read = pdf.read(given.data, path.name, progress)
        return [(page, text.replace("\0", "")) for page, text in enumerate(read.pages, 1)], read.findings
    return [(None, readers.decode(given).removeprefix("\ufeff").replace("\0", ""))], given.findings


def _paragraphs(text: str) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Paragraphs with the headings above them and the line they begin in; fenced code is one, whole."""
    headings: list[tuple[int, str]] = []
    lines = [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""]
    held: list[str] = []
    start, fence = 0, ""
    for number, line in enumerate(lines, start=1):
        opened = _FENCE.match(line)
        if fence or (opened and not held):
            fence = "" if fence and line.strip().startswith(fence) else fence or opened[1]
        elif (found := _heading(line, held)) is not None:
            level, title, used = found
            if held[: len(held) - used]:
                yield _titles(headings), "\n".join(held[: len(held) - used]), start
            held = []
            headings = [one for one in headings if one[0] < level] + [(level, title)]
            continue
        if not line.strip() and not fence:
            if held:
                yield _titles(headings), "\n".join(held), start
            held = []
            continue
        if not held:
            start = number
        held.append(line.rstrip())
    if held:
        yield _titles(headings), "\n".join(held), start


def _heading(line: str, held: list[str]) -> tuple[int, str, int] | None:
    """The level and title of a heading that this line ends, and how many lines before it are of it."""
    if found := _HEADING.fullmatch(line):
        title = (found[2] or "").rstrip()
        bare = title.rstrip("#")
        return len(found[1]), (bare if bare.endswith((" ", "\t")) else title).strip(), 0
    if len(held) == 1 and (found := _UNDERLINE.fullmatch(line)):
        return (1 if found[1][0] == "=" else 2), held[0].strip(), 1
    return None


def _titles(headings: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(title for _, title in headings if title)


def _pieces(paragraph: str, limit: int, measure: Callable[[str], int]) -> Iterator[str]:
    """A paragraph whole, or cut after sentences, words, and, where there is no other way, characters."""
    if measure(paragraph) <= limit:
        yield paragraph
        return
    held = ""
    for sentence in map(str.strip, _SENTENCE.split(paragraph)):
        if held and measure(f"{held} {sentence}") > limit:
            yield held
            held = ""
        while measure(sentence) > limit:
            at = _cut(sentence, limit, measure)
            yield sentence[:at].strip()
            sentence = sentence[at:].strip()
        held = f"{held} {sentence}".strip()
    if held:
        yield held


def _cut(sentence: str, limit: int, measure: Callable[[str], int]) -> int:
    """Where to cut a sentence that is too long: after the last word that fits, found by halving."""
    low, high = 1, len(sentence)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(sentence[:middle]) <= limit else (low, middle - 1)
    space = sentence.rfind(" ", 1, low + 1)
    return space if space > low // 2 else low


def _proposed(
    found: list[Passage], write: Write | None, chat: bool, progress: Progress | None
) -> list[Example | None]:
    if write is None:
        return [None] * len(found)
    passage, question, answer = _SHOT
    asked = [
        [{"role": "user", "content": _ASK + one.text}]
        if chat
        else f"Passage: {passage}\n{shown(question, answer)}\n\nPassage: {one.text}\nQuestion:"
        for one in found
    ]
    told: list[str] = []
    for start in range(0, len(asked), _AT_ONCE):
        if progress:
            progress(start, len(asked))
        told += write(asked[start : start + _AT_ONCE])
    return [parse(text) for text in told]
