"""Uploads become datasets under a name of their own, and rows are addressed as the table shows them."""

import json
import time

import gradio as gr
import pytest

from playground.dataset.table import Dataset
from playground.errors import NotFoundError
from playground.ui import intake, shelf, typed
from playground.ui.tabs import datasets


@pytest.fixture
def upload(home, tmp_path):
    """Write a file of (prompt, completion) rows and add it."""
    shelf.cleaned.cache_clear()

    def add(name, *rows):
        path = tmp_path / name
        path.write_text("\n".join(json.dumps({"prompt": p, "completion": c}) for p, c in rows))
        return intake._take(str(path), "", "")[0]

    return add


def test_a_file_of_which_nothing_is_left_is_refused_and_takes_no_name(upload):
    said = upload("mine.jsonl", ("", "a"), (" ", "b"))
    assert "bad" in said and "mine.jsonl: No row" in said and "row 1: A prompt is empty; row 2" in said
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


TABLE = "frage,antwort,thema\nWas kostet es?,Drei Taler.,Preis\nWer ist da?,Niemand.,Haus\n"


def test_pasted_rows_become_a_dataset(home):
    said, picked, *_ = intake._take(None, "question,answer\nWhat?,That.\n", "My rows")
    assert "1 examples kept as My-rows," in said and picked["value"] == "My-rows"
    assert "nothing to read" in intake._take(None, "  ", "empty")[0]


def test_columns_that_nothing_tells_are_asked_about_and_the_answer_is_remembered(home, tmp_path):
    path = tmp_path / "laden.csv"
    path.write_text(TABLE)
    said, _, file, asked, prompt, completion, codes = intake._take(str(path), "", "")
    assert "frage" in said and "Say below" in said and asked["visible"] and file == gr.skip()
    assert prompt["choices"] == ["frage", "antwort", "thema"] and prompt["value"] is None
    assert codes["value"] == ""
    shown = intake._preview(str(path), "", None, "{thema}: {frage}", "antwort")
    assert "Preis: Was kostet es?" in shown and "Drei Taler." in shown
    assert "kosten" in intake._preview(str(path), "", None, "{kosten}", "antwort")
    assert "bad" in intake._keep(str(path), "", "", None, "{kosten}", "antwort")[0] and Dataset.saved() == []
    said, _, file, asked, *_ = intake._keep(str(path), "", "", None, "{thema}: {frage}", "antwort")
    assert "2 examples kept as laden," in said and not asked["visible"] and file is None
    assert Dataset.load("laden")[0].question == "Preis: Was kostet es?"
    _, _, file, _, prompt, completion, _ = intake._take(None, TABLE, "again")
    assert file is None
    assert (prompt["value"], completion["value"]) == ("{thema}: {frage}", "antwort")
    *_, prompt, _, _ = intake._take(None, TABLE.replace("thema", "sache"), "other")
    assert prompt["value"] is None


def test_what_cannot_be_read_at_all_is_refused_without_a_question(home, tmp_path):
    (tmp_path / "bad.jsonl").write_text("{")
    said, _, file, asked, *_ = intake._take(str(tmp_path / "bad.jsonl"), "", "")
    assert "bad.jsonl" in said and file is None and not asked["visible"]


def test_a_file_that_has_gone_meanwhile_is_told(home, tmp_path):
    gone = str(tmp_path / "gone.csv")
    assert "gone.csv" in intake._take(gone, "", "")[0]
    assert "foresee" not in intake._take(gone, "", "")[0]
    assert (
        "bad" in intake._preview(gone, "", None, "a", "b")
        and "bad" in intake._keep(gone, "", "", None, "a", "b")[0]
    )


def test_what_codes_stand_for_is_told(home):
    codes = "text,label\nGood buns,1\nBad buns,0\n"
    assert "codes 0, 1" in intake._take(None, codes, "buns")[0]
    shown = intake._preview(None, codes, None, "text", "label", "0 = sour, 1 = sweet")
    assert "sweet" in shown and "bad" in intake._preview(None, codes, None, "text", "label", "0")
    intake._keep(None, codes, "buns", None, "text", "label", "0 = sour, 1 = sweet")
    assert [one.completion for one in Dataset.load("buns")] == ["sweet", "sour"]


def test_what_codes_stand_for_is_remembered_with_the_columns_and_for_them_alone(home):
    columns = "frage,klasse\nGut,1\nSchlecht,0\n"
    *_, codes = intake._take(None, columns, "first")
    assert codes["value"] == ""
    intake._keep(None, columns, "first", None, "frage", "klasse", "0 = negative, 1 = positive")
    more = "frage,klasse\nFein,1\nFaul,0\n"
    *_, prompt, completion, codes = intake._take(None, more, "second")
    assert codes["value"] == "0 = negative, 1 = positive"
    intake._keep(None, more, "second", None, *(one["value"] for one in (prompt, completion, codes)))
    assert [one.completion for one in Dataset.load("second")] == ["positive", "negative"]
    *_, codes = intake._take(None, TABLE, "other")
    assert codes["value"] == ""


def test_what_is_typed_into_the_table_is_added(home):
    rows = [["What is a bun?", " Bread, and small. "], ["", ""], ["Who bakes?", "Ann"], [None, None]]
    said, *_ = intake._take(None, typed.written(rows), "typed")
    assert "2 examples kept as typed" in said
    assert [(one.question, one.completion) for one in Dataset.load("typed")] == [
        ("What is a bun?", "Bread, and small."),
        ("Who bakes?", "Ann"),
    ]
    assert "nothing to read" in intake._take(None, typed.written([["", ""]]), "typed")[0]
    intake._take(None, typed.written([["Only asked?", ""]]), "asked")
    assert Dataset.load("asked").format == "prompt-only"


def test_a_typed_row_without_an_answer_is_told_and_nothing_is_asked(home):
    rows = typed.written([["Who?", "Ann"], ["Where?", None]])
    said, picked, _, asked, *_ = intake._take(None, rows, "typed")
    assert "1 examples kept as typed, 1 findings" in said and not asked["visible"]
    (found,) = shelf.cleaned(picked["value"]).findings
    assert (found.row, found.kind, found.message) == (2, "empty", "The completion is empty")


def test_rows_that_were_added_are_shown_by_their_numbers(client, upload):
    upload("mine.jsonl", ("first", "one"))
    Dataset.load("mine").add({"prompt": "more", "completion": "two"}).save("grown")
    with gr.Blocks():
        row, *_ = datasets._as_seen()
    assert "Row -1: 2 tokens" in datasets._tokens(client.studio, "grown", row.preprocess(-1), "pocket")


def test_a_reading_shows_a_bar_then_what_a_check_found(client, home, tmp_path):
    path = tmp_path / "buns.csv"
    path.write_text("question,answer\n" + "".join(f"What is bun {n}?,Ask a{n}@b.org.\n" for n in range(9)))
    given = intake._given(str(path), "", "")
    shown = list(intake._followed(client.studio, given, None, lambda stage: slowly(stage, path)))
    assert any("Rows looked at: 3 of 9" in said and "<progress" in said for said, *_ in shown)
    assert "9 examples kept as buns" in shown[-1][0] and "personal data 9" in shown[-1][0]
    assert all(len(one) == intake.SHOWN + 1 for one in shown)
    (last,) = {one[1]["value"] for one in shown if isinstance(one[1], dict) and "value" in one[1]}
    assert last == "buns"


def slowly(stage, path):
    stage("Rows looked at")(3, 9)
    time.sleep(0.2)
    return intake._take(str(path), "", "", None, stage)
