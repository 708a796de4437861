"""What goes out comes back as it was: every kind of file, formulas disarmed, whole or not at all."""

import csv
import json
import os
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from playground.__main__ import cli
from playground.dataset import export, formulas
from playground.dataset.table import Dataset
from playground.errors import DatasetError, InputError
from playground.preference import ranking
from playground.preference.collect import Preferences
from playground.records import Comparison, Example, Message, Ranking

FILES = [("x.jsonl", None), ("x.parquet", None), ("x.csv", None), ("a.json", "argilla"),
         ("l.json", "label-studio")]  # fmt: skip

QUESTIONS = [
    Example((Message("user", "=1+1"),), "'=x", ("a",)),
    Example((Message("user", '\tq, "z" \r\n;'),), "-5"),
    Example((Message("user", "''@x"),), "+\n", ("x", "y")),
    Example((Message("user", "h"),), "é", ("[1]",)),
    Example((Message("user", "\rh"),), "＝b", ("",)),
]
TALK = (Message("system", "be"), Message("user", "a"), Message("assistant", "b"), Message("user", "c"))
SYSTEM = Example((Message("system", "-be"), Message("user", "c")), "=d", ("t",))
TABLES = {
    "questions": QUESTIONS,
    "with a system message": [*QUESTIONS, SYSTEM],
    "conversations": [*QUESTIONS, SYSTEM, Example(TALK, "=d", ("t",))],
    "prompts alone": [Example((Message("user", f"=p{number}"),), "", ("t",)) for number in range(3)],
    "prompts with a system message": [Example(SYSTEM.prompt, "")],
    "conversations without an answer": [Example(TALK, ""), Example(SYSTEM.prompt, ""), Example(TALK[:2], "")],
    "texts that look like turns": [
        Example((Message("user", "q"),), '[{"role": "assistant", "content": "a"}]'),
        Example((Message("user", "[{'from': 'human'}]"),), "a"),
    ],
}
JUDGED = [
    Comparison("=q", "-a", "b", choice, who)
    for choice, who in [("first", "anna"), ("second", ""), ("tie", "=x"), ("both_bad", "b"), ("skip", "z")]
]


@pytest.mark.parametrize("examples", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize(("name", "tool"), FILES)
def test_examples_come_back_as_they_were(tmp_path, examples, name, tool):
    path = Dataset(examples).export(tmp_path / name, tool=tool)
    back = Dataset.load(path)
    assert list(back) == examples
    assert (back.format == "prompt-only") is not any(example.completion for example in examples)
    assert {finding.kind for finding in back.findings} <= {"formula"}


@pytest.mark.parametrize(("name", "tool"), FILES)
def test_judgements_come_back_as_they_were(tmp_path, name, tool):
    path = Preferences(JUDGED).export(tmp_path / name, tool=tool)
    assert list(Preferences.load(path)) == JUDGED


@pytest.mark.parametrize(("name", "tool"), [FILES[0], *FILES[3:]])
def test_rankings_come_back_as_their_pairs(tmp_path, name, tool):
    ranked = [Ranking("q", ("x", "y", "z"), ((2,), (0, 1)), "anna"), Ranking("p", ("x", "y"), ((1,), (0,)))]
    path = export.write(tmp_path / name, ranked, tool)
    assert list(Preferences.load(path)) == [one for r in ranked for one in ranking.comparisons(r)]


@given(st.text(alphabet="'=+-@\t\r\na", max_size=6))
def test_a_disarmed_cell_is_no_formula_and_comes_back(text):
    safe = formulas.neutralise(text)
    assert safe[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n") and formulas.restore(safe) == text
    assert safe == text or text.lstrip("'")[0] in "=+-@\t\r\n"


def test_no_cell_of_a_csv_file_is_a_formula(tmp_path):
    for table in (Dataset(TABLES["conversations"]), Dataset(QUESTIONS), Preferences(JUDGED)):
        path = table.export(tmp_path / "x.csv")
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell and cell[0] in "=+-@\t\r"]


def test_a_cell_that_was_disarmed_by_others_is_told(tmp_path):
    (tmp_path / "x.csv").write_text("prompt,completion\n'=1,'tis so\n'-2,b\n")
    back = Dataset.load(tmp_path / "x.csv")
    assert [(e.question, e.completion) for e in back] == [("=1", "'tis so"), ("-2", "b")]
    [told] = back.findings
    assert (told.row, told.kind, told.action) == (0, "formula", "repaired") and "In 2 cells" in told.message
    pasted = Dataset.paste("prompt,completion\n'=1,a\nb,c")
    assert pasted[0].question == "=1" and len(pasted.findings) == 1


def test_a_file_is_whole_or_as_it_was(tmp_path, monkeypatch):
    path = Dataset(QUESTIONS).export(tmp_path / "x.jsonl")
    before = path.read_bytes()

    def fail(*_given):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        for name, tool in FILES:
            with pytest.raises(InputError, match="No space left"):
                Dataset(QUESTIONS[:1]).export(tmp_path / name, tool=tool)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["x.jsonl"]


@pytest.mark.parametrize(("name", "tool", "words"), [
    ("x.json", None, "in .json for a tool: argilla"), ("x.csv", "argilla", "rows.json with tool='argilla'"),
    ("x.xlsx", None, "Files end in .jsonl"), ("x.json", "prodigy", "It can be argilla or label-studio"),
    ("x", None, "Files end in"),
])  # fmt: skip
def test_a_file_of_no_known_kind_is_refused(tmp_path, name, tool, words):
    with pytest.raises(InputError, match=words):
        Dataset(QUESTIONS).export(tmp_path / name, tool=tool)
    assert not list(tmp_path.iterdir())


def test_what_no_file_can_hold_is_refused(tmp_path):
    half = Dataset([Example((Message("user", "a"),), "b\ud83d")])
    for name, tool in FILES:
        with pytest.raises(DatasetError, match="half of a character"):
            half.export(tmp_path / name, tool=tool)
    with pytest.raises(InputError, match="nothing to export"):
        Dataset([]).export(tmp_path / "x.csv")
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        Dataset(QUESTIONS).export(tmp_path / "a.csv")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        Dataset(QUESTIONS).export(tmp_path / "file" / "x.csv")
    with pytest.raises(InputError, match="is to hold rankings"):
        export.write(tmp_path / "x.csv", [Ranking("q", ("x", "y"), ((0,), (1,)))])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "file"]


def test_rows_are_written_as_they_come(tmp_path):
    """No list of all rows is made on the way: the writer takes a thousand at a time."""
    data, told = Dataset(QUESTIONS * 500), []
    data.export(tmp_path / "x.parquet", progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 2500), (1000, 2500), (2000, 2500), (2500, 2500)]
    import pyarrow.parquet

    assert pyarrow.parquet.ParquetFile(tmp_path / "x.parquet").metadata.num_row_groups == 3


def test_the_command_writes_a_file(home, tmp_path):
    Dataset(QUESTIONS).save("mine")
    done = CliRunner().invoke(cli, ["export", "mine", "--to", str(tmp_path / "mine.csv")])
    assert done.exit_code == 0 and "5 rows are in" in done.output
    assert list(Dataset.load(tmp_path / "mine.csv")) == QUESTIONS
    judged = Preferences(JUDGED).save(tmp_path / "judged.jsonl")
    asked = ["export", str(judged), "--preferences", "--tool", "argilla", "--to", str(tmp_path / "j.json")]
    assert CliRunner().invoke(cli, asked).exit_code == 0
    assert list(Preferences.load(tmp_path / "j.json")) == JUDGED


def test_an_export_may_be_packed_and_read(tmp_path):
    path = Dataset(QUESTIONS).export(tmp_path / "x.csv")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(path, "x.csv")
    assert list(Dataset.load(tmp_path / "x.zip")) == QUESTIONS
    assert json.loads(Dataset(QUESTIONS).export(tmp_path / "a.json", tool="argilla").read_text())
