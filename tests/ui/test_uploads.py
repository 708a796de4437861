"""Uploads become datasets under a name of their own, and rows are addressed as the table shows them."""

import json

import pytest

from playground.dataset.table import Dataset
from playground.errors import NotFoundError
from playground.ui import shelf
from playground.ui.tabs import datasets


@pytest.fixture
def upload(home, tmp_path):
    """Write a file of (prompt, completion) rows and add it."""
    shelf.cleaned.cache_clear()

    def add(name, *rows):
        path = tmp_path / name
        path.write_text("\n".join(json.dumps({"prompt": p, "completion": c}) for p, c in rows))
        return datasets._add(str(path))[0]

    return add


def test_a_file_of_which_nothing_is_left_is_refused_and_takes_no_name(upload):
    said = upload("mine.jsonl", ("", "a"), (" ", "b"))
    assert "bad" in said and "No row of mine.jsonl" in said and "row 1: A prompt is empty; row 2" in said
    assert Dataset.saved() == []
    assert "1 examples kept as mine," in upload("mine.jsonl", ("a", "b"))


def test_other_content_under_the_same_name_gets_the_next_number(upload):
    for text, name in (("a", "mine"), ("b", "mine-2"), ("c", "mine-3"), ("b", "mine-2"), ("a", "mine")):
        assert f"kept as {name}," in upload("mine.jsonl", ("x", text))
    assert Dataset.saved() == ["mine", "mine-2", "mine-3"]
    assert "kept as larkspur-2," in upload("larkspur.jsonl", ("x", "a"))


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("données", "donnees"),
        ("データ", "data"),
        ("..my set (1)", "my-set--1"),
        ("x" * 90, "x" * 64),
    ],
)
def test_any_file_name_becomes_a_name(upload, stem, name):
    assert shelf.named(stem) == name
    assert f"kept as {name}," in upload(f"{stem}.jsonl", ("a", "b"))
    second = name[:62] + "-2"
    assert f"kept as {second}," in upload(f"{stem}.jsonl", ("a", "c"))


def test_an_example_is_addressed_by_its_row(upload, client):
    upload("mine.jsonl", ("", "x"), ("second", "two"), ("second", "two"), ("fourth", "four"))
    assert datasets._row("mine", 4, False)[1]["completion"] == "four"
    assert datasets._row("mine", 1, True)[0] == 2
    with pytest.raises(NotFoundError, match="left out: A prompt is empty"):
        datasets._row("mine", 1, False)
    with pytest.raises(NotFoundError, match="The same as row 2"):
        datasets._row("mine", 3, False)
    with pytest.raises(NotFoundError, match="rows are 2 to 4"):
        datasets._row("mine", 9, False)
    assert "Row 4: 2 tokens" in datasets._tokens(client.studio, "mine", 4, "pocket")
