"""A page of a saved dataset is read alone, filtered by text and by findings."""

import time

import pytest

from playground.dataset import saved
from playground.dataset.pages import LONGEST
from playground.dataset.repair import Repair
from playground.dataset.table import Dataset
from playground.errors import DatasetError, InputError, NotFoundError
from playground.records import Example, Message

TALK = (
    Message("system", "Be kind"),
    Message("user", "Hello"),
    Message("assistant", "Yes?"),
    Message("user", "Ü"),
)
ASKED = [1, 2, *range(4, 61), 62]
"""Rows with a q in them: row 3 is left out, and 61 is the talk."""


@pytest.fixture
def data(home):
    rows = [
        Example((Message("user", f"question {n}"),), f"answer {n * n}", ("even",) * (n % 2 == 0))
        for n in range(60)
    ]
    rows += [Example(TALK, 'She said "no"\nand {left}.'), Example((Message("user", "q"),), "<b>q</b>")]
    data = Dataset(rows).repair(Repair("markup", "fix"), Repair("placeholder", "keep")).drop(3)
    data.save("mine")
    return data


def numbers(*where, **chosen):
    found = Dataset.page("mine", *where, **chosen)
    return [row.row for row in found.rows], found.total


def test_pages_are_the_rows_in_order(data):
    assert numbers(0, 4) == ([1, 2, 4, 5], 61)
    assert numbers(58, 90) == ([60, 61, 62], 61) and numbers(61, 70) == ([], 61) and numbers(5, 5) == ([], 61)
    rows = Dataset.page("mine", 0, 61).rows
    assert [row.example for row in rows] == list(data) and tuple(row.row for row in rows) == data.numbers


@pytest.mark.parametrize(
    "text, expected",
    [
        ("question 4", [5, *range(41, 51)]),
        ("QUESTION 44", [45]),
        ("answer 90", [31]),
        ("ü", [61]),
        ('"no"', [61]),
        ("no\"\nand", [61]),
        ("left}", [61]),
        ("nand", []),
        ("be kind", [61]),
        ("even", [1, *range(5, 61, 2)]),
        # Names of the file's own must not be found in every row.
        ("user", []),
        ("content", []),
        ("}", [61]),
        ("tags", []),
        ("q", ASKED),
        ("nowhere", []),
    ],
)
def test_a_text_is_sought_in_any_case(data, text, expected):
    assert numbers(0, 100, text=text) == (expected, len(expected))
    assert numbers(2, 4, text=text) == (expected[2:4], len(expected))


def test_blocks_make_no_difference(data, monkeypatch):
    from playground.dataset import pages

    pages._chosen.cache_clear()
    monkeypatch.setattr(pages, "_BLOCK", 100)
    assert numbers(0, 100, text="answer 1")[1] == sum(f"{n * n}".startswith("1") for n in range(60))
    assert numbers(0, 100, text="even")[1] == 29
    pages._chosen.cache_clear()


def test_rows_are_chosen_by_their_findings(data):
    assert numbers(0, 9, kind="markup") == ([62], 1) and numbers(0, 9, kind="placeholder") == ([61], 1)
    assert numbers(0, 9, kind="insult") == ([], 0)
    assert numbers(0, 2, rows=[5, 3, 4, 60]) == ([4, 5], 3)
    assert numbers(0, 9, rows=[5, 60], text="question 5") == ([60], 1)


@pytest.mark.parametrize("where", [(-1, 4), (4, 3), (0, LONGEST + 1)])
def test_impossible_ranges_are_refused(data, where):
    with pytest.raises(InputError, match="rows asked for"):
        Dataset.page("mine", *where)


def test_unknown_and_damaged_datasets_are_told(data, home):
    with pytest.raises(NotFoundError, match="no saved dataset 'other'"):
        Dataset.page("other")
    path = home / "datasets" / "mine" / "data.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DatasetError, match="changed after"):
        saved.index(home / "datasets" / "mine")


def test_the_last_page_takes_no_longer_than_the_first(home):
    Dataset(Example((Message("user", f"question {n}"),), "answer " * 20) for n in range(50_000)).save("long")
    began = time.process_time()
    assert len(Dataset.page("long", 49_950, 50_000).rows) == 50
    assert time.process_time() - began < 0.1
