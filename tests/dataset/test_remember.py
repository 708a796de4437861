"""A large saved dataset opens without parsing it, and what was found in it is not looked for twice."""

import json

import pytest

from playground.dataset import check, leakage, lines, remember
from playground.dataset.lines import Lines
from playground.dataset.repair import Repair
from playground.dataset.table import Dataset
from playground.errors import DatasetError
from playground.records import Example, Message


@pytest.fixture
def many(home, monkeypatch):
    """A saved dataset that counts as large, one row of it a draft."""
    monkeypatch.setattr(remember, "LEAST", 20)
    texts = [(f"What is {n} and {n * n}?", f'It is "draft" number {n}.') for n in range(30)]
    rows = [Example((Message("user", asked),), said) for asked, said in texts]
    rows[7] = Example(rows[7].prompt, "Write to a@b.org.", ("x, y", "draft"))
    Dataset(rows).save("many")
    return rows


def test_opening_parses_the_rows_that_are_looked_at(many, monkeypatch):
    parsed = []
    monkeypatch.setattr(lines, "example", lambda line, real=lines.example: parsed.append(line) or real(line))
    data = Dataset.load("many")
    assert len(data) == 30 and data.numbers[-1] == 30 and not parsed
    assert data[3] == many[3] and list(data[28:]) == many[28:] and data[-1] == many[29] and len(parsed) == 4
    assert list(data.drafts()) == [many[7]] and data.drafts().numbers == (8,)
    with pytest.raises(IndexError):
        data[30]
    assert list(data) == many and data.sha256 == Dataset(many).sha256
    del parsed[:]
    assert data[3] == many[3] and list(data.drafts()) == [many[7]] and list(data) == many and not parsed


def test_findings_and_splits_are_found_once(many, monkeypatch):
    counted = []

    def counting(real):
        return lambda *given, **more: counted.append(1) or real(*given, **more)

    for module, name in ((check, "check"), (leakage, "near_keys")):
        monkeypatch.setattr(module, name, counting(getattr(module, name)))
    found, parts = Dataset.load("many").check(), Dataset.load("many").split()
    assert [one.kind for one in found] == ["personal data"] and len(counted) == 2
    again = Dataset.load("many").split()
    assert Dataset.load("many").check() == found and len(counted) == 2
    assert [list(part) for part in again] == [list(part) for part in parts]
    assert [part.recipe for part in again] == [part.recipe for part in parts]
    Dataset.load("many").check(threshold=0.5), Dataset.load("many").split(seed=1)
    assert len(counted) == 4
    monkeypatch.setattr(remember, "_code", lambda: "new code")
    assert Dataset.load("many").check() == found and len(counted) == 5
    mended = Dataset.load("many").repair(Repair("personal data", "redact"))
    assert mended.check() == [] and Dataset.load("many").check("personal data") == found


def test_a_damaged_note_is_found_anew_and_goes_with_its_dataset(many, home):
    found = Dataset.load("many").check()
    (note,) = (home / "datasets" / "many").glob("check-*.json")
    note.write_text("{")
    assert Dataset.load("many").check() == found and json.loads(note.read_text())
    Dataset.delete("many")
    assert not note.exists()


def test_an_index_that_does_not_fit_is_refused(many, home):
    (home / "datasets" / "many" / "index.npy").write_bytes(b"")
    with pytest.raises(DatasetError, match="was changed"):
        Dataset.load("many")


def test_lines_are_a_sequence():
    import numpy

    data = b'{"prompt":[],"completion":"a","tags":[]}\n'
    rows = Lines(data * 2, numpy.array([0, len(data), 2 * len(data)]))
    assert len(rows) == 2 and rows[1] == rows[-1] and rows[:1] == (rows[0],) and rows.tagged("a") == []
