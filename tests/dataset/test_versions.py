"""A saved dataset leads back to its source, runs again on a grown one, and tells what sets versions apart."""

import json
import subprocess
import sys

import pytest

from playground.dataset.mapping import Mapping
from playground.dataset.origin import Version
from playground.dataset.recipe import Recipe, told
from playground.dataset.repair import Clean, Repair
from playground.dataset.table import Dataset
from playground.errors import ConflictError, DatasetError, InputError, NotFoundError
from playground.records import Example, Message

ROWS = [
    {"asked": "Who answers?", "said": "Ann, at ann@example.com."},
    {"asked": "What is bold?", "said": "<p>It is <b>bold</b>.</p>"},
    {"asked": "What is small?", "said": "A mouse."},
]
MAPPING = Mapping(prompt="asked", completion="said")
STEPS = (Repair("personal data", "redact"), Repair("markup", "fix"))


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "rows.jsonl", ROWS)


@pytest.fixture
def saved(home, path):
    """Version "first" as read and cleaned, version "second" repaired and changed by hand."""
    Dataset.load(path, mapping=MAPPING).clean().save("first")
    second = Dataset.load("first").repair(*STEPS).edit(3, "completion", "A very small mouse.")
    second.add({"prompt": "And large?", "completion": "A cat."}).save("second")
    return Dataset.load("second")


def test_a_version_leads_back_to_its_source(saved, path):
    first = Dataset.load("first")
    assert saved.parent == Version("first", first.sha256) and first.parent is None
    newest, oldest = Dataset.lineage("second")
    assert (newest.name, oldest.name) == ("second", "first") and newest.there
    assert newest.steps == saved.recipe.steps[1:] and oldest.steps == (Clean(),)
    origin = oldest.origin
    assert (origin.kind, origin.name, origin.path) == ("file", "rows.jsonl", str(path))
    assert origin.size == path.stat().st_size and len(origin.sha256) == 64
    assert saved.recipe.mapping == MAPPING and saved.origin == origin


def test_the_recipe_gives_the_saved_rows_again(saved):
    again = Dataset.replay("second")
    assert again.sha256 == saved.sha256 and again.numbers == saved.numbers == (1, 2, 3, -1)
    assert again.parent == Version("second", saved.sha256)
    assert Dataset.replay(Recipe.from_json(saved.recipe.to_json()), saved.origin.path).sha256 == saved.sha256


def test_a_grown_source_makes_the_next_version(saved, path):
    write(path, [*ROWS, {"asked": "More?", "said": "<i>Ask c@d.org</i>"}])
    grown = Dataset.replay("second")
    assert list(grown.numbers) == [1, 2, 3, 4, -1]
    assert grown[3].completion == "Ask [EMAIL]" and grown[2].completion == "A very small mouse."
    news = grown.findings[-1]
    assert (news.row, news.kind, news.action) == (0, "version", "kept")
    assert "1 rows added, 0 removed, 0 changed, 4 the same" in news.message
    grown.save("third")
    third = Dataset.lineage("third")
    assert [one.name for one in third] == ["third", "second", "first"]
    assert third[0].again and third[0].origin.sha256 != third[1].origin.sha256


def test_other_words_and_what_was_settled_are_steps_that_a_grown_source_repeats(home, tmp_path):
    path = write(tmp_path / "few.jsonl", [{"prompt": "What is a bond?", "completion": "A loan."}])
    data = Dataset.load(path).paraphrase(2).approve([-1]).reject([-2])
    data.add({"prompt": "Who?", "completion": "Ann."}).save("asked")
    assert Dataset.replay("asked").sha256 == Dataset.load("asked").sha256
    rows = [{"prompt": p, "completion": "x"} for p in ("What is a bond?", "Where is the office?")]
    rows[0]["completion"] = "A loan."
    write(path, rows)
    grown = Dataset.replay("asked")
    assert grown.numbers == (1, 2, -1, -3, -4, -2) and grown.drafts().numbers == (-3, -4)
    assert grown[2].question == data[1].question and grown[2].tags == ("synthetic",)
    assert all("office" in one.question for one in grown.drafts()) and grown[5].question == "Who?"
    assert told(*grown.recipe.steps) == (
        "Asked every question in other words, 2 each; 1 draft approved by hand; 1 draft left out by hand; "
        "Row -2 added by hand"
    )
    rows[0]["prompt"] = "What is a share?"
    write(path, rows)
    changed = Dataset.replay("asked")
    assert changed.drafts().numbers == (-1, -2, -3, -4)  # nobody has seen these words
    assert [one.row for one in changed.findings if one.kind == "by hand"] == [-1, -2]


def test_a_models_drafts_are_kept_in_the_recipe(home, tmp_path):
    path = write(tmp_path / "few.jsonl", [{"prompt": "What is a bond?", "completion": "A loan."}])
    answer = "Question: Who sells buns?\nAnswer: The baker does."
    grown = Dataset.load(path).draft(lambda texts: [answer] * len(texts), 1).revise(-1, prompt="Who bakes?")
    grown.save("drafted")
    assert Dataset.replay("drafted").sha256 == grown.sha256 and grown.drafts()[0].question == "Who bakes?"


def test_a_source_can_be_handed_over(home):
    Dataset.paste("prompt,completion\na,b <i>c</i>\nd,e\n").repair(Repair("markup", "fix")).save("pasted")
    assert Dataset.load("pasted").origin.kind == "text"
    with pytest.raises(InputError, match="cannot be read again"):
        Dataset.replay("pasted")
    rows = [{"prompt": "a", "completion": "b <i>c</i>"}, {"prompt": "f", "completion": "<b>g</b>"}]
    assert [one.completion for one in Dataset.replay("pasted", rows)] == ["b c", "g"]
    with pytest.raises(InputError, match="recipe alone"):
        Dataset.replay(Recipe())


def test_a_change_by_hand_that_no_longer_fits_is_told(saved, path):
    write(path, [*ROWS[:2], {"asked": "What is small?", "said": "A rat."}])
    again = Dataset.replay("second")
    assert again[2].completion == "A rat."
    (told,) = [one for one in again.findings if one.kind == "by hand"]
    assert (told.row, told.action) == (3, "kept") and "another text" in told.message


def test_undo_takes_back_the_last_step(saved, path):
    data = Dataset.load(path, mapping=MAPPING).clean()
    mended = data.repair(*STEPS)
    assert mended.undo().undo().sha256 == data.sha256 and mended.undo().recipe.steps == (Clean(), STEPS[0])
    assert data.undo().recipe == Recipe(mapping=MAPPING)
    with pytest.raises(ConflictError, match="no step"):
        data.undo().undo()


def test_undo_reaches_behind_what_was_saved(saved, path):
    shorter = saved.undo()
    assert shorter.numbers == (1, 2, 3) and shorter.recipe.steps == saved.recipe.steps[:-1]
    assert saved.undo().undo().undo().undo().sha256 == Dataset.load("first").sha256
    assert Dataset.load("first").undo().recipe.steps == ()  # reads the file again
    write(path, ROWS[:2])
    with pytest.raises(ConflictError, match="has changed"):
        Dataset.load("first").undo()
    path.unlink()
    with pytest.raises(NotFoundError):
        Dataset.load("first").undo()


def test_parts_and_slices_are_steps_as_well(home):
    rows = [{"prompt": f"question {n} about {n * n}", "completion": f"answer {n}"} for n in range(40)]
    data = Dataset.load(rows)
    part = data.split(0.5, 0.25, seed=3).validation[2:7]
    assert Recipe.from_json(part.recipe.to_json()).apply(Dataset.load(rows)).sha256 == part.sha256
    assert part.undo().undo().sha256 == data.sha256
    assert data[::-1].recipe.apply(data)[0] == data[39]
    assert list(map(told, part.recipe.steps)) == [
        "The validation part of a split at 50% and 25%, seed 3", "Rows at [2:7:] taken",
    ]  # fmt: skip


def test_what_is_made_of_a_built_in_dataset_says_so(home):
    Dataset.load("larkspur-prompts", seed=1)[:5].save("few")
    few = Dataset.load("few")
    assert (few.origin.kind, few.origin.name, few.origin.seed) == ("built-in", "larkspur-prompts", 1)
    assert Dataset.replay("few").sha256 == few.sha256


def test_a_parent_is_kept_and_a_name_stands_for_one_content(saved):
    with pytest.raises(ConflictError, match="second was made from first"):
        Dataset.delete("first")
    assert Dataset.delete("second") > 0
    assert Dataset.saved() == ["first"]
    with pytest.raises(NotFoundError):
        Dataset.delete("second")
    with pytest.raises(ConflictError, match="was a dataset 'second'"):
        Dataset.load("first").save("second")
    saved.save("second")
    assert Dataset.load("second").sha256 == saved.sha256


def test_a_version_whose_parent_is_gone_still_names_it(saved, home):
    (home / "datasets" / "first" / "meta.json").rename(home / "meta.json")
    told = Dataset.lineage("second")
    assert [(one.name, one.there) for one in told] == [("second", True), ("first", False)]
    assert Dataset.load("second").sha256 == saved.sha256


def test_datasets_saved_by_the_first_version_are_read(home, saved):
    folder = home / "datasets" / "second"
    meta = json.loads((folder / "meta.json").read_text())
    findings = [json.loads(line) for line in (folder / "findings.jsonl").read_text().splitlines()]
    old = {name: meta[name] for name in ("name", "source", "format", "reason", "rows", "sha256", "created")}
    old |= {"numbers": list(saved.numbers), "findings": findings}
    (folder / "meta.json").write_text(json.dumps(old))
    (folder / "index.npy").unlink(), (folder / "findings.jsonl").unlink()
    again = Dataset.load("second")
    assert (again.numbers, again.findings, list(again)) == (saved.numbers, saved.findings, list(saved))
    assert again.origin is again.parent is None and again.recipe == Recipe()


def test_a_cell_is_changed_where_it_holds_what_was_seen():
    prompt = (Message("user", "Hello"), Message("assistant", "Yes?"), Message("user", "Who are you?"))
    data = Dataset([Example(prompt, "Me.", ("a",)), Example(prompt[:1], "Hi.")])
    changed = data.edit(1, "prompt", "Who?", before="Who are you?").edit(1, "prompt", "Hey", turn=0)
    changed = changed.edit(1, "tags", "b, c").edit(2, "completion", "Hi!")
    assert [message.content for message in changed[0].prompt] == ["Hey", "Yes?", "Who?"]
    assert changed[0].tags == ("b", "c") and changed[1].completion == "Hi!" and data[1].completion == "Hi."
    assert changed.changes[0][4:] == ("prompt", "Who are you?", "Who?")
    assert [(one.row, one.action) for one in changed.findings] == [(1, "repaired")] * 3 + [(2, "repaired")]
    assert "Who are you?" not in changed.recipe.to_json() and len(changed.recipe.steps[0].was) == 4
    with pytest.raises(ConflictError, match="Row 1 has another prompt"):
        changed.edit(1, "prompt", "x", before="Who are you?")
    assert Recipe.from_json(changed.recipe.to_json()).apply(data).sha256 == changed.sha256


def test_rows_are_added_and_left_out():
    data = Dataset.load([{"prompt": "a", "completion": "b"}, {"prompt": "c", "completion": "d"}])
    more = data.add({"prompt": "e", "completion": "f"}, Example((Message("user", "g"),), "h"))
    assert more.numbers == (1, 2, -1, -2) and more.add({"prompt": "i"}).numbers[-1] == -3
    less = more.drop(1, -1)
    assert less.numbers == (2, -2) and less.changes[-1].after is None
    assert [(one.row, one.action) for one in less.findings] == [(1, "dropped"), (-1, "dropped")]
    assert less.undo().numbers == (2, -1, -2)
    lines = [told(step) for step in less.recipe.steps[1:3]]
    assert lines == ["Row -2 added by hand", "Row 1 left out by hand"]
    less.sha256, less.to_pandas()


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.edit(9, "completion", "x"),
        lambda data: data.edit(1, "colour", "x"),
        lambda data: data.edit(1, "prompt", "x", turn=3),
        lambda data: data.edit(1, "completion", "half \ud83d"),
        lambda data: data.edit(1, "completion", None),
        lambda data: data.add({"completion": "x"}),
        lambda data: data.add("text"),
        lambda data: data.drop(0),
    ],
)
def test_impossible_changes_are_refused(change):
    data = Dataset.load([{"prompt": "a", "completion": "b"}])
    with pytest.raises((InputError, NotFoundError)):
        change(data)


def test_a_recipe_with_broken_parts_is_refused():
    for text in (
        '{"steps": [], "mapping": {"prompt": ""}}',
        '{"steps": [{"step": "add", "row": -1, "example": {"prompt": "x"}}]}',
        '{"steps": [{"step": "edit", "row": 1}]}',
    ):
        with pytest.raises(DatasetError, match="no recipe"):
            Recipe.from_json(text)


def test_versions_need_no_heavy_library(home, path):
    program = (
        "import sys; from playground.dataset.table import Dataset; "
        "Dataset.load(sys.argv[1]).edit(1, 'completion', 'x').save('mine'); Dataset.replay('mine'); "
        "Dataset.lineage('mine'); "
        "assert not {'torch', 'transformers', 'datasets', 'huggingface_hub', 'pandas'} & set(sys.modules)"
    )
    write(path, [{"prompt": "a", "completion": "b"}])
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
