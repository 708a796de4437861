"""What the datasets room does with a dataset: rows by hand, versions and their past, numbers, the Hub."""

import pytest

from playground.dataset import remote
from playground.dataset.repair import Repair
from playground.dataset.table import Dataset
from playground.errors import NotFoundError
from playground.records import Example, Message
from playground.ui import byhand, fetch, intake, numbers, shelf, versions
from playground.ui.byhand import Wish

ROWS = [{"prompt": f"What does bun {n} cost?", "completion": f"{n} coins."} for n in range(1, 9)]


@pytest.fixture(autouse=True)
def forget(home):
    """Names mean other datasets in another home."""
    shelf.cleaned.cache_clear()
    shelf.parts.cache_clear()


@pytest.fixture
def buns(home):
    """A saved dataset of eight rows."""
    name, _ = shelf.add(Dataset.load(ROWS), "buns")
    return name


def test_changes_are_gathered_and_kept_as_one_version(buns):
    listed, keep, _, wishes, *_ = byhand._note(buns, 3, "What does bun 3 cost?", "Three, madam.", [])
    assert "Three, madam." in listed and keep["value"] == "Keep 1 change as a new version"
    *_, wishes = byhand._note(buns, None, "Are you open?", "Always.", wishes)[:4]
    listed, keep, _, wishes, *_ = byhand._leave_out(buns, 8, wishes)
    assert "left out" in listed and keep["value"] == "Keep 3 changes as a new version"
    *_, said, picked = byhand._keep(buns, wishes)
    assert "Kept as buns-2: 8 examples" in said and picked["value"] == "buns-2"
    texts = {one.question: one.completion for one in Dataset.load("buns-2")}
    assert texts["What does bun 3 cost?"] == "Three, madam." and texts["Are you open?"] == "Always."
    assert "What does bun 8 cost?" not in texts and len(Dataset.load(buns)) == 8


def test_the_newest_wish_about_a_row_counts(buns):
    *_, wishes = byhand._note(buns, 2, "What does bun 2 cost?", "Nothing.", [])[:4]
    *_, wishes = byhand._leave_out(buns, 2, wishes)[:4]
    assert wishes == [Wish(2)]


@pytest.mark.parametrize(("row", "prompt", "completion", "words"), [
    (99, "x", "y", "There is no row 99"), (1, " ", "y", "The prompt is empty"),
    (1, "x", "", "The ideal answer is empty"),
    (1, ROWS[0]["prompt"], ROWS[0]["completion"], "holds these texts already"),
])  # fmt: skip
def test_a_change_that_is_none_is_refused_and_loses_nothing(buns, row, prompt, completion, words):
    before = [Wish(2)]
    listed, _, _, wishes, *texts = byhand._note(buns, row, prompt, completion, before)
    assert words in listed and "left out" in listed and wishes == before
    assert all("value" not in one for one in texts)


def test_the_texts_of_a_row_are_shown_and_a_row_that_is_not_there_is_told(buns):
    assert byhand._texts(buns, 3)[:2] == ["What does bun 3 cost?", "3 coins."]
    assert "There is no row 99" in byhand._texts(buns, 99)[2]
    assert "There is no row without a number" in byhand._texts(buns, None)[2]


def test_a_version_tells_its_past_and_what_it_changed(buns):
    byhand._keep(buns, [Wish(3, "What does bun 3 cost?", "Three, madam.")])
    past, other = versions._opened("buns-2")
    assert "Row 3: completion changed by hand; Cleaned" in past and other["value"] == buns
    apart = versions._compare("buns-2", buns)
    assert "1 changed, 7 the same" in apart and "Three, madam." in apart and "3 coins." in apart
    assert "came with the playground" in versions._opened("larkspur")[0]
    assert "No dataset to compare with" in versions._compare("buns-2", None)


def test_the_same_steps_on_a_grown_source_make_the_next_version(home, tmp_path):
    file = tmp_path / "buns.csv"
    lines = ["question,answer", *(f"{one['prompt']},{one['completion']}" for one in ROWS)]
    file.write_text("\n".join(lines))
    name = intake._take(str(file), "", "")[1]["value"]
    byhand._keep(name, [Wish(3, "What does bun 3 cost?", "Three.")])
    file.write_text("\n".join([*lines, "Are you open?,Always."]))
    said, picked, _ = versions._replay("buns-2", str(file))
    assert "Kept as buns-4: 1 rows added, 0 removed, 0 changed, 8 the same against buns-2" in said
    assert "buns-3 is the file before your changes" in said
    assert {"Three.", "Always."} <= {one.completion for one in Dataset.load(picked["value"])}
    assert [one.name for one in Dataset.lineage("buns-4")] == ["buns-4", "buns-3", "buns-2", "buns"]
    assert "read from no file" in versions._replay("larkspur", str(file))[0]


def test_a_step_is_undone_when_the_file_that_was_given_is_gone(home, tmp_path):
    lines = ["question,answer", *(f"{one['prompt']},{one['completion']}" for one in ROWS)]
    first, second = tmp_path / "buns.csv", tmp_path / "later.csv"
    first.write_text("\n".join(lines))
    name = intake._take(str(first), "", "")[1]["value"]
    byhand._keep(name, [Wish(3, "What does bun 3 cost?", "Three."), Wish(8)])
    second.write_text("\n".join([*lines, "Are you open?,Always."]))
    versions._replay("buns-2", str(second))
    first.unlink()
    second.unlink()
    shelf.cleaned.cache_clear()  # as after the app was started anew
    said, picked = versions._undo("buns-4")
    assert "Undone: Row 8 left out by hand" in said and len(Dataset.load(picked["value"])) == 9
    said, picked = versions._undo(picked["value"])
    assert "Undone: Row 3: completion changed by hand" in said and picked["value"] == "buns-3"
    said, picked, _ = versions._replay("buns-3", str(first))
    assert "no file" in said


def test_a_file_is_replayed_where_nothing_was_cleaned_or_changed(home, tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text('{"prompt": "a", "completion": "b <i>c</i>"}\n')
    Dataset.load(file).save("raw")
    Dataset.load(file).repair(Repair("markup", "fix")).save("mended")
    file.write_text('{"prompt": "a", "completion": "b <i>d</i>"}\n')
    assert "Kept as raw-2: 0 rows added" in versions._replay("raw", str(file))[0]
    said, picked, _ = versions._replay("mended", str(file))
    assert "Kept as mended-2" in said and "before your changes" not in said
    assert [one.completion for one in Dataset.load(picked["value"])] == ["b d"]


def test_the_last_step_is_undone(buns):
    byhand._keep(buns, [Wish(8)])
    said, picked = versions._undo("buns-2")
    assert "Undone: Row 8 left out by hand" in said and picked["value"] == buns
    assert "Nothing was done to buns yet" in versions._undo(buns)[0]


def test_a_version_is_deleted_where_no_other_was_made_of_it(buns):
    byhand._keep(buns, [Wish(8)])
    assert "gone for good" in versions._ask(buns)[0] and "came with" in versions._ask("larkspur")[0]
    assert "made from buns" in versions._delete(buns)[0]
    said, picked, _ = versions._delete("buns-2")
    assert "buns-2 is deleted" in said and picked["value"] == "larkspur" and Dataset.saved() == [buns]


def test_a_dataset_is_told_in_numbers(buns, client):
    *_, (told, lengths, balance) = numbers._measure(client.studio, buns, "pocket")
    assert "tokens an epoch for pocket" in told and "rows to train" in told
    assert lengths["visible"] and sum(lengths["value"].data[0].y) == 8
    assert not balance["visible"]
    (refused,) = numbers._measure(client.studio, None, "pocket")
    assert "No dataset is chosen" in refused[0]


def test_a_dataset_of_the_hub_is_looked_up_and_its_rows_taken(client, monkeypatch):
    splits = (remote.Split("test", 10, 2_000), remote.Split("train", None, None))
    found = remote.Described("o/buns", "c" * 40, (remote.Config("en", splits),), "en", False, "")
    monkeypatch.setattr(remote, "describe", lambda name: found)
    line, _, config, split, known = fetch._look(" o/buns ")
    assert "its card names no licence".casefold() in line.casefold() and known is found
    assert config["value"] == "en" and split["value"] == "train"
    assert split["choices"][0] == ("test, 10 rows, 2 kB", "test")
    assert "No dataset is named" in fetch._look(" ")[0]

    def read(name, asked):
        assert asked == remote.Asked("train", 2, "en", "c" * 40)
        return remote.Source(name, list(enumerate(ROWS[: asked.limit], 1)), [])

    monkeypatch.setattr(remote, "read", read)
    shelf.streamed.cache_clear()
    take = lambda wanted: iter([intake._take(None, "", "", wanted)])  # noqa: E731
    *_, (said, picked, *_) = fetch._read(client.studio, take, 6, "o/buns", "en", "train", 2, found)
    assert "o/buns: 2 examples kept as buns" in said and picked["value"].startswith("buns")
    shelf.streamed.cache_clear()

    def gone(name, asked):
        raise NotFoundError("There is no Hub dataset o/buns", remedy="Check its id")

    monkeypatch.setattr(remote, "read", gone)
    *_, (said, *_) = fetch._read(client.studio, take, 6, "o/buns", "en", "train", 2, found)
    assert "There is no Hub dataset" in said and "Check its id" in said


def test_an_example_goes_to_the_model_as_its_template_wants_it():
    turns = (Message("user", "a"), Message("assistant", "b"), Message("user", "c"))
    row = shelf.row_of(Example(turns, "d"))
    assert row["completion"] == "d" and [turn["role"] for turn in row["prompt"]] == [
        "user",
        "assistant",
        "user",
    ]
