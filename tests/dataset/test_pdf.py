"""A PDF becomes passages that know their page; a scanned, locked, broken or hostile one is refused."""

import importlib.util
from pathlib import Path

import pytest

from playground.dataset import pdf
from playground.dataset.table import Dataset
from playground.errors import DatasetError

_spec = importlib.util.spec_from_file_location("papers", Path(__file__).parent / "papers.py")
papers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(papers)

FEES = """The Cedar Fund costs 0.4 percent a year, which is taken in
June. Nothing else is charged for the whole ac-
count, and nothing for closing it before the year is out."""
HOURS = "We open at nine and close at six, on every day but Sunday."


def given(tmp_path, data):
    path = tmp_path / "guide.pdf"
    path.write_bytes(data)
    return path


def test_passages_know_their_page_and_lines_run_on(home, tmp_path):
    told = []
    path = given(tmp_path, papers.written(FEES, "", f"{HOURS}\nWrite (to us) at any time: c’est ça."))
    data = Dataset.from_document(path, progress=lambda done, total: told.append((done, total)))
    assert [one.tags[0] for one in data] == ["guide.pdf: page 1", "guide.pdf: page 3"]
    first, second = [one.message for one in data.findings if one.kind == "passage"]
    assert first.startswith("Page 1: The Cedar Fund") and "is taken in June. Nothing" in first
    assert "the whole account, and nothing" in first and second.endswith("(to us) at any time: c’est ça.")
    (bare,) = [one for one in data.findings if one.kind == "page"]
    assert "1 of 3 pages hold no text" in bare.message and "Pages 2" in bare.message
    assert told[-1] == (3, 3)


def test_running_titles_are_left_out_and_told(tmp_path):
    pages = [f"Yearly report, page {n}\nWe sold {n * n} buns in month {n}." for n in range(1, 6)]
    data = Dataset.from_document(given(tmp_path, papers.written(*pages)))
    passages = [one.message for one in data.findings if one.kind == "passage"]
    assert passages[1] == "Page 2: We sold 4 buns in month 2." and len(passages) == 5
    (left,) = [one for one in data.findings if one.kind == "running line"]
    assert left.action == "dropped" and "on 5 pages" in left.message and "Yearly report" in left.message


def test_a_pdf_that_only_its_changing_is_locked_for_is_read(tmp_path):
    data = Dataset.from_document(given(tmp_path, papers.encrypted(papers.written(HOURS), "")))
    assert "Page 1: We open at nine" in data.findings[0].message


CIRCLE = papers.assembled([
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>",
])  # fmt: skip
REFUSED = {
    "scanned": (lambda: papers.written("", ""), "2 pages and no text on them.*scanned.*ocrmypdf"),
    "locked": (lambda: papers.encrypted(papers.written(HOURS), "secret"), "is encrypted.*password"),
    "bomb": (lambda: papers.written(HOURS, stream=papers.bomb), "given up|damaged"),
    "cut short": (lambda: papers.written(FEES, HOURS)[:-40], "cut short: its end is missing"),
    "cut in the middle": (lambda: papers.written(FEES, HOURS)[:500], "cut short: its end is missing"),
    "another file": (lambda: b"PK\x03\x04 no PDF at all %%EOF", "does not begin as a PDF"),
    "circle of pages": (lambda: CIRCLE, "damaged or cut short|given up"),
    "no pages": (lambda: papers.written(), "damaged or cut short: it has no pages"),
    "nonsense": (lambda: b"%PDF-1.4\n" + bytes(range(256)) * 9 + b"\n%%EOF", "damaged or cut short"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_with_its_reason(home, tmp_path, data, words):
    path = given(tmp_path, data())
    before = sorted(home.rglob("*"))
    with pytest.raises(DatasetError, match=words):
        Dataset.from_document(path)
    assert sorted(home.rglob("*")) == before
    with pytest.raises(DatasetError, match="More examples"):
        Dataset.load(path)


def test_reading_that_takes_too_long_or_says_too_much_is_given_up(tmp_path, monkeypatch):
    path = given(tmp_path, papers.written(*[HOURS] * 20))
    monkeypatch.setattr(pdf, "SECONDS", 0)
    with pytest.raises(DatasetError, match="given up"):
        Dataset.from_document(path)
    monkeypatch.undo()
    monkeypatch.setattr(pdf, "MAX_CHARACTERS", 100)
    with pytest.raises(DatasetError, match="too large"):
        Dataset.from_document(path)
