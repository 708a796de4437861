"""The dataset: immutable, countable, saved whole, found again by name."""

import json
import subprocess
import sys

import pytest

from playground.dataset.table import Dataset
from playground.errors import ConflictError, DatasetError, InputError
from playground.records import Example, Message

ROWS = [
    {"prompt": f"question {number}", "completion": f"answer {number}", "tags": ["t"]} for number in range(20)
]


@pytest.fixture
def data():
    return Dataset.load(ROWS)


def test_it_is_a_sequence_of_examples(data):
    assert len(data) == 20
    assert data[0] == Example((Message("user", "question 0"),), "answer 0", ("t",))
    assert [example.completion for example in data[-2:]] == ["answer 18", "answer 19"]
    assert list(data)[3] == data[3] and data[3] in data
    assert list(Dataset.load(list(data))) == list(data)


def test_rows_are_ready_for_a_run(data):
    assert data.rows()[1] == {
        "prompt": [{"role": "user", "content": "question 1"}],
        "completion": "answer 1",
        "tags": ["t"],
    }


def test_pandas(data):
    frame = data.to_pandas()
    assert list(frame.columns) == ["row", "prompt", "completion", "tags"]
    assert frame.iloc[2].to_list() == [3, "question 2", "answer 2", "t"]


def test_split_gives_datasets_that_keep_their_source_rows(data):
    parts = data.split(seed=0)
    assert [len(part) for part in parts] == [18, 1, 1]
    numbers = sorted(number for part in parts for number in part.to_pandas()["row"])
    assert numbers == list(range(1, 21))
    assert {e.question for e in parts.train} == {e.question for e in Dataset.load(ROWS[::-1]).split().train}


def test_clean_makes_a_new_dataset_with_findings(data):
    dirty = Dataset.load([*ROWS, ROWS[0], {"prompt": "x", "completion": ""}])
    cleaned = dirty.clean()
    assert len(dirty) == 22 and dirty.findings == []
    assert list(cleaned) == list(data)
    assert [(finding.row, finding.kind) for finding in cleaned.findings] == [(21, "duplicate"), (22, "empty")]
    assert cleaned.sha256 == data.sha256 != dirty.sha256


def test_what_a_method_gives_cannot_change_the_dataset(data):
    data.rows()[0]["completion"] = "changed"
    data.findings.append("x")
    assert data[0].completion == "answer 0" and data.findings == []


def test_saved_datasets_are_found_by_name(home, data):
    assert Dataset.saved() == []
    dirty = Dataset.load([*ROWS, {"prompt": "x"}]).clean()
    folder = dirty.save("mine")
    assert folder == home / "datasets" / "mine"
    assert Dataset.saved() == ["mine"]
    again = Dataset.load("mine")
    assert list(again) == list(dirty) and again.findings == dirty.findings
    assert (again.format, again.reason, again.sha256) == (dirty.format, dirty.reason, dirty.sha256)
    assert json.loads((folder / "meta.json").read_text())["rows"] == 20


def test_saved_prompts_stay_prompts(home):
    Dataset.load([{"prompt": "a"}, {"prompt": "b"}]).save("prompts")
    again = Dataset.load("prompts")
    assert again.format == "prompt-only" and len(again.clean()) == 2


def test_saved_datasets_never_change(home, data):
    data.save("mine")
    before = (home / "datasets" / "mine" / "meta.json").read_bytes()
    data.save("mine")
    assert (home / "datasets" / "mine" / "meta.json").read_bytes() == before
    with pytest.raises(ConflictError, match="other content"):
        data[:3].save("mine")
    assert len(Dataset.load("mine")) == 20


def test_a_saved_dataset_that_was_altered_is_refused(home, data):
    path = data.save("mine") / "data.jsonl"
    path.write_text(path.read_text().replace("answer 3", "answer 4"))
    with pytest.raises(DatasetError, match="changed after it was saved"):
        Dataset.load("mine")


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", "a\\b", ".hidden", "larkspur", "x" * 65, "a\n", "a b"]
)
def test_names_that_are_no_names_are_refused(home, data, name):
    with pytest.raises(InputError, match="dataset name"):
        data.save(name)
    assert not home.exists() or list(home.rglob("data.jsonl")) == []


def test_a_save_that_fails_leaves_nothing(home, data, monkeypatch):
    from playground.dataset import saved

    def fail(path, content):
        if path.name == "meta.json":
            raise OSError("disk full")

    monkeypatch.setattr(saved, "write_atomic", fail)
    with pytest.raises(OSError, match="disk full"):
        data.save("mine")
    assert Dataset.saved() == [] and list((home / "datasets").iterdir()) == []


def test_no_torch(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("prompt,completion\na,b\n")
    program = (
        "import sys; from playground.dataset.table import Dataset; "
        "Dataset.load(sys.argv[1]).clean().split(); "
        "assert not {'torch', 'transformers', 'datasets', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
