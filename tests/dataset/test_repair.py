"""Repairs tell what they did, can be undone and replayed, and touch only what has the finding."""

import json

import pytest

from playground.dataset.recipe import Recipe
from playground.dataset.repair import Clean, Repair
from playground.dataset.table import Dataset
from playground.errors import DatasetError, InputError

ROWS = [
    {"prompt": "Who answers?", "completion": "Ann, at ann@example.com or +49 30 901820.", "tags": ["mail"]},
    {"prompt": "What is bold?", "completion": "<p>It is <b>bold</b>.</p>"},
    {"prompt": "And who asks?", "completion": "Write to bob@example.com."},
    {"prompt": "What is hidden?", "completion": "A \u200bspace."},
    {"prompt": "Dear {first_name}, what now?", "completion": "Wait."},
    {"prompt": "Only a rule?", "completion": "<hr>"},
    {"prompt": "And who asks, then?", "completion": "Write to bob@example.com."},
]
STEPS = (
    Repair("personal data", "redact"),
    Repair("markup", "fix"),
    Repair("invisible characters", "fix", rows=(4,)),
    Repair("placeholder", "drop"),
)


@pytest.fixture
def data():
    return Dataset.load(ROWS)


def test_redaction_tells_before_and_after(data):
    mended = data.repair(Repair("personal data", "redact", rows=(1,)))
    assert mended[0].completion == "Ann, at [EMAIL] or [PHONE]." and mended[0].tags == ("mail",)
    assert mended[2] == data[2] and "ann@" in data[0].completion
    (change,) = mended.changes
    assert change[:3] == (1, "personal data", "redact") and change.field_name == "completion"
    assert (change.before, change.after) == (ROWS[0]["completion"], mended[0].completion)
    assert change.why.startswith("An e-mail address")
    assert [(f.row, f.action) for f in mended.findings] == [(1, "repaired")]


def test_dropping_tells_the_row_and_why(data):
    mended = data.repair(Repair("placeholder", "drop"))
    assert mended.numbers == (1, 2, 3, 4, 6, 7) and data.numbers == (1, 2, 3, 4, 5, 6, 7)
    (change,) = mended.changes
    assert change.after is None and change.before.startswith("Dear {first_name}")
    assert "{first_name}" in change.why
    assert [(f.row, f.kind, f.action) for f in mended.findings] == [(5, "placeholder", "dropped")]


def test_a_text_is_never_emptied(data):
    mended = data.repair(Repair("markup", "fix"))
    assert mended[1].completion == "It is bold.\n" and mended[5] == data[5]
    assert [(f.row, f.action) for f in mended.findings] == [(2, "repaired"), (6, "kept")]


def test_what_was_accepted_is_not_told_again(data):
    accepted = data.repair(Repair("personal data", "keep", rows=(3,)))
    assert list(accepted) == list(data) and accepted.changes == []
    assert [one.row for one in accepted.check("personal data")] == [1, 7]


def test_what_was_accepted_is_told_again_when_its_text_is_another(home, data):
    accepted = data.repair(Repair("personal data", "keep"), Repair("near duplicate", "keep"))
    assert accepted.check(("personal data", "near duplicate")) == []
    other = accepted.edit(7, "completion", "Write to bert@else.com, or bob@example.com.")
    tagged = other.edit(1, "prompt", "Who else answers?").edit(3, "tags", "mail")
    tagged.save("tagged")
    for one in (other, tagged, Dataset.load("tagged")):
        assert [found.row for found in one.check("personal data")] == [7]
    assert other.repair(Repair("personal data", "keep", rows=(7,))).check("personal data") == []
    again = accepted.edit(7, "prompt", "And who asks, then, please?")
    assert again.check("personal data") == [] and [one.row for one in again.check("near duplicate")] == [7]


def test_rows_without_the_finding_are_left_alone(data):
    assert list(data.repair(Repair("insult", "drop", rows=(1, 2, 99)))) == list(data)


def test_near_duplicates_can_be_dropped(data):
    assert data.repair(Repair("near duplicate", "drop")).numbers == (1, 2, 3, 4, 5, 6)


def test_a_recipe_gives_the_same_dataset_again(data):
    cleaned = data.clean()
    mended = cleaned.repair(*STEPS)
    assert mended.recipe == Recipe((Clean(), *STEPS))
    again = Recipe.from_json(mended.recipe.to_json())
    assert again == mended.recipe
    replayed = again.apply(Dataset.load(ROWS))
    assert replayed.sha256 == mended.sha256 != data.sha256
    assert replayed.findings == mended.findings and replayed.changes == mended.changes
    assert Recipe(again.steps[:-1]).apply(data).sha256 == cleaned.repair(*STEPS[:-1]).sha256


def test_a_recipe_applies_to_a_grown_source(data):
    recipe = data.repair(*STEPS).recipe
    grown = recipe.apply(Dataset.load([*ROWS, {"prompt": "More?", "completion": "<i>Ask c@d.org</i>"}]))
    assert list(grown)[:-1] == list(data.repair(*STEPS)) and grown[-1].completion == "Ask [EMAIL]"


def test_a_saved_dataset_keeps_its_recipe(data, tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    mended = data.repair(*STEPS)
    mended.save("mended")
    again = Dataset.load("mended")
    assert again.recipe == mended.recipe and again.findings == mended.findings
    assert "ann@" not in "".join(path.read_text() for path in tmp_path.rglob("*.json*"))


def test_tokens_need_a_tokenizer(data):
    step = Repair("overlong", "drop", limit=4, unit="tokens")
    with pytest.raises(InputError, match="tokenizer"):
        data.repair(step)
    kept = data.repair(step, length=lambda text: len(text.split()))
    assert kept.numbers == (6,) and Recipe((step,)).apply(data, length=len).numbers == ()


@pytest.mark.parametrize(
    "given",
    [("typo", "drop"), ("insult", "fix"), ("markup", "redact"), ("empty", "burn"), ("empty", "drop", "12")],
)
def test_repairs_that_do_not_exist_are_refused(given):
    with pytest.raises(InputError):
        Repair(*given)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"steps": 3}',
        '{"steps": [{"step": "burn"}]}',
        '{"steps": [{"step": "repair", "kind": "insult", "action": "fix"}]}',
        json.dumps({"steps": [{"step": "clean", "colour": "red"}]}),
    ],
)
def test_what_is_no_recipe_is_refused(text):
    with pytest.raises(DatasetError, match="no recipe"):
        Recipe.from_json(text)


def test_a_repair_of_chosen_rows_is_replayed_on_those_texts_alone(data):
    mended = data.repair(
        Repair("personal data", "drop", rows=(3, 5, 99)),
        Repair("personal data", "redact", rows=(7,)),
    )
    dropped, redacted = Recipe.from_json(mended.recipe.to_json()).steps
    assert len(dropped.was[0]) == 4 and dropped.was[1:] == ("", "") and len(redacted.was) == 1
    assert mended.recipe.apply(data).sha256 == mended.sha256
    grown = Dataset.load([ROWS[3], ROWS[2], *ROWS[:2], ROWS[6]])
    moved = mended.recipe.apply(grown)
    assert list(moved) == list(grown)
    assert [(one.row, one.kind, one.action) for one in moved.findings] == [
        (3, "by hand", "kept"), (7, "by hand", "kept")]  # fmt: skip
    assert "row 3 holds another text" in moved.findings[0].message
    assert "row 7 is not there any more" in moved.findings[1].message


def test_a_repair_that_was_written_down_without_marks_goes_by_the_number(data):
    step = '{"step": "repair", "kind": "personal data", "action": "drop", "rows": [3]}'
    old = f'{{"version": 1, "steps": [{step}]}}'
    assert Recipe.from_json(old).apply(data).numbers == (1, 2, 4, 5, 6, 7)
    with pytest.raises(DatasetError, match="not as many as its rows"):
        Recipe.from_json(old.replace("[3]", '[3], "was": ["a", "b"]'))
