"""Single answers with a thumb up or down: from a file, from rows, from pairs."""

import json

import pytest

import playground as pg
from playground.errors import DatasetError
from playground.records import Comparison, Thumb

ROWS = [
    {"prompt": "Hello", "completion": "Good day.", "label": True},
    {"prompt": "Bye", "completion": "Get lost.", "label": "false"},
    {"prompt": "Hello ", "completion": "What.", "label": 0},
]


def test_no_answer_needs_a_partner(tmp_path):
    file = tmp_path / "thumbs.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in [*ROWS, {"prompt": "Lost", "completion": "x"}]))
    thumbs = pg.Thumbs.load(file)
    assert [one.good for one in thumbs] == [True, False, False]
    assert thumbs[1] == Thumb("Bye", "Get lost.", False)
    assert [finding.row for finding in thumbs.findings] == [4]
    assert thumbs.rows()[0] == ROWS[0]
    assert len(thumbs[:2]) == 2 and thumbs.to_pandas().label.tolist() == [True, False, False]


def test_of_each_pair_one_is_good_and_a_tie_says_nothing():
    pairs = pg.Preferences([
        Comparison("Hello", "What.", "Good day.", "second", "ada", "vote-1"),
        Comparison("Bye", "So long.", "Bye.", "tie"),
    ])  # fmt: skip
    assert pg.Thumbs.of(pairs).rows() == [
        {"prompt": "Hello", "completion": "Good day.", "label": True, "vote": "vote-1"},
        {"prompt": "Hello", "completion": "What.", "label": False, "vote": "vote-1"},
    ]


def test_answers_to_one_prompt_stay_together():
    rows = [{**row, "prompt": f"{row['prompt'].strip()} {n}"} for n in range(20) for row in ROWS]
    held = pg.Thumbs.load(rows).split(seed=0)
    sides = [{one.prompt for one in part} for part in (held.train, held.validation, held.test)]
    assert all(sides) and not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    assert sum(map(len, (held.train, held.validation, held.test))) == 60


def test_rows_without_a_label_are_refused():
    with pytest.raises(DatasetError, match=r"No row .* is a judged answer"):
        pg.Thumbs.load([{"prompt": "Hello", "completion": "Good day."}])


def test_conversations_in_cells_are_read_as_conversations():
    row = {"prompt": '[{"role": "user", "content": "Hello"}]', "label": 1,
           "completion": '[{"role": "assistant", "content": "Good day."}]'}  # fmt: skip
    assert pg.Thumbs.load([row])[0] == Thumb("Hello", "Good day.", True)
