"""Facts for the forgetting meter come from anybody's file, checked row by row."""

import json

import pytest

from playground.dataset import remote
from playground.dataset.source import from_list
from playground.errors import DatasetError, NotFoundError
from playground.evaluation import facts

CAPITALS = [("Kenya", "Nairobi"), ("Peru", "Lima"), ("Ghana", "Accra"), ("Chile", "Santiago"),
            ("Cuba", "Havana"), ("Iraq", "Baghdad"), ("Japan", "Tokyo"), ("Nepal", "Kathmandu")]  # fmt: skip
ROWS = [{"prompt": f"The capital of {land} is", "completion": city} for land, city in CAPITALS]
WANTED = [{"prompt": row["prompt"], "answers": [row["completion"]]} for row in ROWS]


def written(folder, rows, name="capitals.jsonl"):
    path = folder / name
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.mark.parametrize("change", [
    lambda row: row,
    lambda row: {"prompt": f" {row['prompt']} ", "answers": [row["completion"]]},
    lambda row: {"prompt": row["prompt"], "answer": row["completion"]},
    lambda row: {"prompt": row["prompt"], "answers": json.dumps([row["completion"]])},
])  # fmt: skip
def test_columns_are_found_by_their_names(home, tmp_path, change):
    found = facts.read(written(tmp_path, map(change, ROWS)))
    assert (found.name, found.rows, found.problems) == ("capitals", WANTED, [])


def test_other_columns_are_named(home, tmp_path):
    rows = [{"stem": row["prompt"], "city": row["completion"]} for row in ROWS]
    path = written(tmp_path, rows)
    assert facts.read(path, "stem", "city").rows == WANTED
    with pytest.raises(DatasetError, match="row 1 has no text in 'prompt'"):
        facts.read(path)


@pytest.mark.parametrize(("row", "told"), [
    ({"prompt": "", "completion": "x"}, "no text in 'prompt'"),
    ({"prompt": "The capital is", "answers": []}, "no text in 'answers'"),
    ({"prompt": "The capital is", "completion": 3}, "no text in 'completion'"),
    ({"prompt": "What is the capital?", "completion": "x"}, "goes on within the sentence"),
    ({"prompt": "x" * 2001, "completion": "x"}, "longer than 2,000"),
])  # fmt: skip
def test_a_row_that_is_no_fact_is_left_out_and_told(home, tmp_path, row, told):
    found = facts.read(written(tmp_path, [*ROWS, row, ROWS[0]]))
    assert found.rows == WANTED and len(found.problems) == 1
    assert found.problems[0].startswith("row 9 ") and told in found.problems[0]


def test_too_few_are_refused_and_many_are_thinned(home, tmp_path):
    with pytest.raises(DatasetError, match="holds 7 facts") as refused:
        facts.read(written(tmp_path, ROWS[:7]))
    assert refused.value.rule and refused.value.remedy
    many = [{"prompt": f"Fact {n} is", "completion": str(n)} for n in range(2 * facts.MOST)]
    found = facts.read(written(tmp_path, many))
    assert len(found.rows) == facts.MOST and "512 are taken" in found.problems[-1]
    with pytest.raises(DatasetError, match="pkl"):
        facts.read(tmp_path / "facts.pkl")


def test_a_hub_dataset_is_read_by_its_first_rows(home, monkeypatch):
    asked = []
    monkeypatch.setattr(
        remote, "read", lambda name, what: asked.append((name, what.limit)) or from_list(ROWS)
    )
    assert facts.read("someone/capitals").rows == WANTED and asked == [("someone/capitals", facts.MOST)]


def test_they_are_kept_under_names(home, tmp_path):
    assert facts.saved() == []
    assert facts.keep("someone/capitals", WANTED) == "capitals" == facts.keep("capitals", WANTED)
    assert facts.keep("capitals", WANTED[:3]) == "capitals-2" and facts.saved() == ["capitals", "capitals-2"]
    assert facts.facts("capitals") == WANTED
    for name in ("gone", "../capitals", "", "a/b"):
        with pytest.raises(NotFoundError, match="No facts are kept"):
            facts.load(name)
