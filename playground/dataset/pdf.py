"""The text of a PDF, page by page, read in a process of its own.

A hostile PDF may unpack to gigabytes or turn in circles. The process that reads it may take so much memory
and so many seconds and no more; when it is stopped, nothing of ours is lost.
"""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from playground.dataset.progress import Progress
from playground.errors import DatasetError
from playground.records import Finding

MAX_PAGES = 5000
MAX_CHARACTERS = 2**26
"""Characters that may come out of one document."""
MEMORY = 2**30
"""Bytes that the reading process may take."""
SECONDS = 120
"""Seconds of computing that it may take."""

_RUNNING_PAGES, _RUNNING_SHARE = 4, 0.6
_HYPHEN = re.compile(r"[^\W\d_]-$")
_DIGITS = re.compile(r"[0-9]{1,9}")
_ENDS = re.compile(r"""[.!?:;…。！？]["'”’»)\]]*$""")


class Read(NamedTuple):
    """The text of every page in order, empty where there is none, and what was noticed."""

    pages: list[str]
    findings: list[Finding]


def read(data: bytes, name: str, progress: Progress | None = None) -> Read:
    """The pages of a PDF. Lines are put together to paragraphs; running titles are left out and told.

    Raises DatasetError for a PDF that is encrypted, damaged, without text, or too large to be read.
    """
    if b"%PDF-" not in data[:1024]:
        raise _refused(name, "it does not begin as a PDF does", 0)
    if b"%%EOF" not in data[-2048:]:
        raise _refused(name, "its end is missing", 0)
    told = list(_told(data, progress))
    problem = next((one["problem"] for one in told if "problem" in one), None)
    texts = [one["text"] for one in told if "text" in one]
    if problem or not told or told[-1].get("of") != len(texts):
        raise _refused(name, problem or "stopped", len(texts))
    if not any(text.strip() for text in texts):
        pages = "1 page" if len(texts) == 1 else f"{len(texts):,} pages"
        raise DatasetError(
            f"{name} has {pages} and no text on {'it' if len(texts) == 1 else 'them'}",
            rule="A scanned PDF is pictures of pages; what can be read in them has to be recognised first",
            remedy="Recognise its text with `ocrmypdf` or a scanner's program, and give what that makes",
        )
    texts, findings = _without_running_lines(texts)
    bare = [number for number, text in enumerate(texts, start=1) if not text.strip()]
    if bare:
        shown = ", ".join(map(str, bare[:8])) + (" …" if len(bare) > 8 else "")
        message = f"{len(bare):,} of {len(texts):,} pages hold no text and were not read; are they pictures?"
        findings.append(Finding(0, "page", f"{message} Pages {shown}", "kept"))
    return Read([_paragraphs(text) for text in texts], findings)


def _told(data: bytes, progress: Progress | None):
    """What the reading process tells, line by line."""
    root = str(Path(__file__).parents[2])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
        "PYTHONIOENCODING": "utf-8",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "playground.dataset.pdf"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        # Waiting costs no computing, so the clock on the wall is kept as well.
        clock = threading.Timer(2 * SECONDS, process.kill)
        clock.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(data)
                process.stdin.close()
            size = 0
            for line in process.stdout:
                size += len(line)
                if size > 4 * MAX_CHARACTERS:
                    yield {"problem": "large"}
                    break
                one = json.loads(line)
                if progress and "page" in one:
                    progress(one["page"], one["of"])
                yield one
        finally:
            clock.cancel()
            process.kill()


def _refused(name: str, problem: str, pages: int) -> DatasetError:
    after = f" after page {pages:,}" if pages else ""
    if problem == "encrypted":
        return DatasetError(
            f"{name} is encrypted",
            rule="A PDF must open without a password",
            remedy="Open it in a reader with its password, and save or print it as a new PDF",
        )
    if problem == "large":
        return DatasetError(
            f"{name} is too large{after}",
            rule=f"A PDF may have {MAX_PAGES:,} pages and {MAX_CHARACTERS:,} characters",
            remedy="Split it, and give the parts",
        )
    if problem == "stopped":
        return DatasetError(
            f"{name} was given up{after}: it takes too much memory or time to read",
            rule=f"Reading may take {MEMORY / 2**20:,.0f} MiB and {SECONDS} s",
            remedy="Print it as a new PDF, or save its text as .txt; check where it comes from",
        )
    return DatasetError(
        f"{name} is damaged or cut short{after}: {problem}",
        rule="A PDF must be whole",
        remedy="Copy it again, or print it as a new PDF",
    )


def _without_running_lines(texts: list[str]) -> tuple[list[str], list[Finding]]:
    """The pages without the first or last line that most of them share, but for the number of the page."""
    pages = [[line for line in text.split("\n") if line.strip()] for text in texts]
    stands: dict[str, list[tuple[int, list[int]]]] = defaultdict(list)
    for number, lines in enumerate(pages):
        for line in {lines[0], lines[-1]} if lines else ():
            stands[_bare(line)].append((number, [int(digits) for digits in _DIGITS.findall(line)]))
    least = max(_RUNNING_PAGES, _RUNNING_SHARE * sum(map(bool, pages)))
    running = {line for line, where in stands.items() if len(where) >= least and _counts_pages(where)}
    if not running:
        return texts, []
    for lines in pages:
        for at in (0, -1):
            if lines and _bare(lines[at]) in running:
                lines.pop(at)
    findings = [
        Finding(0, "running line", f"It stands on {len(stands[line]):,} pages and was left out: {line}")
        for line in sorted(running)
    ]
    return ["\n".join(lines) for lines in pages], findings


def _counts_pages(where: list[tuple[int, list[int]]]) -> bool:
    """Whether every number in a line stays the same, or goes up with the pages."""
    pages, numbers = zip(*where, strict=True)
    return all(
        len(set(column)) == 1 or len({one - page for one, page in zip(column, pages, strict=True)}) == 1
        for column in zip(*numbers, strict=True)
    )


def _bare(line: str) -> str:
    return _DIGITS.sub("#", " ".join(line.split()))


def _paragraphs(text: str) -> str:
    """Lines put together where a sentence runs on; a short line that ends one ends a paragraph too."""
    lines = [line.strip() for line in text.replace("\r", "").split("\n")]
    width = max(map(len, lines), default=0)
    parts, last = [""], ""
    for line in lines:
        ended = len(last) < 0.6 * width or (_ENDS.search(last) and len(last) < 0.8 * width)
        if not line or not last or ended:
            parts.append(line)
        elif _HYPHEN.search(last) and line[0].islower():
            parts[-1] = parts[-1][:-1] + line
        else:
            parts[-1] += f" {line}"
        last = line
    return "\n\n".join(part for part in parts if part)


def _limit() -> None:
    """Bind this process, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def _main() -> None:
    """Read a PDF from standard input; tell a line of JSON a page, or the problem."""
    data = sys.stdin.buffer.read()
    try:
        import pypdf
        from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

        _limit()
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        # Many PDFs bear a password for changing them alone, and open with the empty one.
        if reader.is_encrypted and not reader.decrypt(""):
            return _tell({"problem": "encrypted"})
        total, size = len(reader.pages), 0
        if total > MAX_PAGES:
            return _tell({"problem": "large"})
        for number in range(total):
            text = reader.pages[number].extract_text()
            size += len(text)
            if size > MAX_CHARACTERS:
                return _tell({"problem": "large"})
            _tell({"page": number + 1, "of": total, "text": text.encode("utf-8", "ignore").decode()})
        if not total:
            _tell({"problem": "it has no pages"})
    except (DependencyError, FileNotDecryptedError):
        _tell({"problem": "encrypted"})
    except (MemoryError, LimitReachedError):
        _tell({"problem": "stopped"})
    except Exception as error:
        _tell({"problem": (str(error).strip() or type(error).__name__).splitlines()[0][:160]})


def _tell(one: dict) -> None:
    sys.stdout.write(json.dumps(one) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main()
