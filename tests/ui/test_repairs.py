"""Findings on the screen, and repairs that make a new dataset."""

import pytest

from playground.dataset.table import Dataset
from playground.records import Example, Message
from playground.ui import repairs, shelf

ROWS = (
    ("Who are you?", "I am an assistant."),
    ("Where do I write to?", "Write to ann@example.com, please."),
    ("What does it cost?", "It costs <b>three</b> dollars."),
    ("Whom do I ask?", "Ask bob@example.org."),
)


@pytest.fixture
def data(home):
    shelf.cleaned.cache_clear()
    rows = [Example((Message("user", prompt),), completion) for prompt, completion in ROWS]
    return shelf.add(Dataset(rows), "mine")[0]


def checked(studio, name):
    *_, last = repairs._check(studio, name)
    return last


def test_kinds_are_counted_and_the_first_is_listed_with_its_repairs(client, data):
    said, kind, table, _, turn, rows, *buttons = checked(client.studio, data)
    assert "3 findings in 3 rows" in said
    assert dict(kind["choices"]) == {"personal data 2": "personal data", "markup 1": "markup"}
    shown = dict(zip(repairs._VERBS, (button["visible"] for button in buttons), strict=True))
    assert shown == {"fix": False, "redact": True, "drop": True}
    assert "ann@example.com" not in table
    assert not turn["visible"] and rows["visible"]
    table, *_ = repairs._listed(client.studio, data, "markup")
    assert "HTML left in the text" in table


def test_a_repair_is_a_new_dataset_and_tells_what_it_changed(client, data):
    checked(client.studio, data)
    said, chosen, *_ = repairs._mend(data, "personal data", "redact")
    assert "2 personal data" in said and "[EMAIL]" in said and chosen["value"] == "mine-2"
    assert [row.completion for row in Dataset.load("mine-2")] == [
        "I am an assistant.",
        "Write to [EMAIL], please.",
        "It costs <b>three</b> dollars.",
        "Ask [EMAIL].",
    ]
    assert [row.completion for row in Dataset.load("mine")] == [completion for _, completion in ROWS]
    assert dict(checked(client.studio, "mine-2")[1]["choices"]) == {"markup 1": "markup"}
    assert "left out" in repairs._mend("mine-2", "markup", "drop")[0]
    assert len(Dataset.load("mine-3")) == 3
    assert "Nothing was found" in checked(client.studio, "mine-3")[0]


def test_single_rows_are_repaired_and_the_others_are_left(client, data):
    said, chosen, *_ = repairs._mend(data, "personal data", "redact", "4")
    assert "1 personal data" in said
    assert "ann@example.com" in Dataset.load(chosen["value"])[1].completion
    assert "Numbers and ranges" in repairs._mend(data, "personal data", "redact", "four")[0]


def test_findings_are_turned_over_page_by_page(client, home):
    many = [
        Example((Message("user", f"What is {n}?"),), f"<b>{n}</b> and <i>{n * n}</i>.") for n in range(30)
    ]
    name, _ = shelf.add(Dataset(many), "many")
    *_, (said, _, table, page, turn, *_) = repairs._check(client.studio, name)
    assert "1 to 12 of 30" in table and turn["visible"] and page == 0
    table, page = repairs._turned(client.studio, name, "markup", 2)
    assert "25 to 30 of 30" in table and page == 2
    assert repairs._turned(client.studio, name, "markup", 9) == [table, 2]
    assert repairs._known(client.studio, name)[0] == said and repairs._known(client.studio, "x")[0] == ""


def test_what_cannot_be_repaired_so_is_said(client, data):
    assert "bad" in repairs._mend(data, "markup", "redact")[0]
    assert "No kind of finding is chosen" in repairs._mend(data, None, "drop")[0]
    assert "Nothing changed" in repairs._mend(data, "insult", "drop")[0]
    assert repairs._listed(client.studio, "never checked", "markup")[0] == ""
    assert Dataset.saved() == ["mine"]
