"""Drafts in the app wait for a person, and data is taken away as files or to the Hub."""

import pytest

from playground.dataset.table import Dataset
from playground.errors import ForbiddenError, InputError
from playground.preference.collect import Preferences
from playground.training.sft import SFT
from playground.ui import grow, picker, shelf, takeaway
from playground.ui.tabs import datasets, preferences

ROWS = [{"prompt": f"What does bun {n} cost?", "completion": f"{n} coins."} for n in range(1, 9)]


@pytest.fixture(autouse=True)
def forget(home):
    shelf.cleaned.cache_clear()
    shelf.parts.cache_clear()


@pytest.fixture
def buns(home):
    return shelf.add(Dataset.load(ROWS), "buns")[0]


def test_other_words_are_drafts_until_they_are_approved(buns):
    said, picked = grow._reworded(buns, 3)
    assert "with 3 drafts to look through" in said
    new = picked["value"]
    listed, rows, approve, _ = grow._listed(new)
    assert "nobody has approved yet: 3" in listed and rows["visible"] and approve["visible"]
    with pytest.raises(InputError, match="drafts"):
        SFT().prepare("pocket", shelf.cleaned(new))
    first = shelf.cleaned(new).drafts().numbers[0]
    said, picked = grow._settle(new, f"{first}", "approve")
    assert "1 approved; 2 drafts are left" in said
    said, picked = grow._settle(picked["value"], "all", "reject")
    assert "2 left out; no draft is left" in said
    assert len(Dataset.load(picked["value"])) == 9 and grow._listed(picked["value"])[0] == ""


def test_the_buttons_say_how_many_drafts_they_settle(home):
    rows = [{"prompt": f"What does bun {n} cost?", "completion": f"{n} coins."} for n in range(25)]
    new = grow._reworded(shelf.add(Dataset.load(rows), "many")[0], 25)[1]["value"]
    listed, named, approve, reject = grow._listed(new)
    assert f"25, the first {grow.SHOWN}" in listed and named["value"] == ""
    assert (approve["value"], reject["value"]) == ("Approve all 25", "Leave all 25 out")
    for text in ("-3", "-1 -2", "-"):
        assert [one["value"] for one in grow._buttons(new, text)] == [
            "Approve these",
            "Leave these out",
        ]
    left = grow._settle(new, "-24--1", "reject")[1]["value"]
    assert grow._listed(left)[2]["value"] == "Approve it"


def test_a_models_drafts_and_a_documents_passages(buns, client, tmp_path, monkeypatch):
    asked = []

    def replies(model, prompts, raw=False, **settings):
        asked.append((model, raw))
        return ["Question: What does bun 77 cost?\nAnswer: 77 coins."] * len(prompts)

    monkeypatch.setattr(client.studio.host, "replies", replies)
    make = lambda job: grow._drafted(client.studio, job, buns, 1, "sft-0001")  # noqa: E731
    *_, (said, picked) = grow._work(client.studio, "draft", "Drafts", make, buns)
    assert "Kept as buns-2, with 1 drafts" in said
    (draft,) = shelf.cleaned(picked["value"]).drafts()
    assert draft.completion == "77 coins." and asked[0] == ("sft-0001", False)
    file = tmp_path / "prices.md"
    file.write_text("# Prices\n\nA bun costs three coins.\n")
    make = lambda job: grow._passages(client.studio, job, str(file), "pocket")  # noqa: E731
    *_, (said, picked) = grow._work(client.studio, "passages", "Passages", make, None)
    assert picked["value"] == "prices" and len(shelf.cleaned("prices").drafts()) == 1
    assert asked[-1] == ("pocket", True)


def test_another_press_makes_other_drafts(buns, client, monkeypatch):
    def replies(model, prompts, seed=0, **settings):
        return [f"Question: Who is {seed * 100 + n}?\nAnswer: Nobody is." for n in range(len(prompts))]

    monkeypatch.setattr(client.studio.host, "replies", replies)
    made = []
    for name in (buns, buns):
        make = lambda job, name=name: grow._drafted(client.studio, job, name, 2, "sft-0001")  # noqa: E731
        *_, (_, picked) = grow._work(client.studio, "draft", "Drafts", make, buns)
        made.append({one.question for one in Dataset.load(picked["value"]).drafts()})
    assert len(made[0]) == len(made[1]) == 2 and not made[0] & made[1]


@pytest.mark.parametrize(("text", "rows"), [
    ("", None), ("all", None), ("3", [3]), ("3, 5-7", [3, 5, 6, 7]), ("-1 -2", [-1, -2]),
    ("-5--3", [-5, -4, -3]), ("-3--5, 2", [-5, -4, -3, 2]),
])  # fmt: skip
def test_rows_are_named_as_people_write_them(text, rows):
    assert picker.rows_in(text) == rows


@pytest.mark.parametrize("text", ["x", "3-", "1-99999999", "1..4"])
def test_rows_that_are_none_are_refused(text, buns):
    with pytest.raises(InputError, match="Numbers and ranges"):
        picker.rows_in(text)
    assert "Numbers and ranges" in grow._settle(buns, text, "approve")[0]


@pytest.mark.parametrize("kind", takeaway.FILES)
def test_a_file_taken_away_reads_back_as_it_was(buns, kind):
    file, said = takeaway._make(datasets._to_take, None, buns, kind)
    assert file["visible"] and "8 rows" in said
    texts = {(one.question, one.completion) for one in Dataset.load(file["value"])}
    assert texts == {(one["prompt"], one["completion"]) for one in ROWS}


def test_judgements_are_taken_away_too(home):
    rows = [{"prompt": "q", "chosen": "a", "rejected": "b"}]
    kept = Preferences.load(rows).keep("mine")
    file, _ = takeaway._make(preferences._to_take, None, kept.campaign, "CSV")
    assert [(one.chosen, one.rejected) for one in Preferences.load(file["value"])] == [("a", "b")]
    assert "No campaign is chosen" in takeaway._make(preferences._to_take, None, None, "CSV")[1]


def test_nothing_goes_to_the_hub_in_the_owners_name(buns, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_server")
    said, token = takeaway._push(datasets._to_take, buns, "me/buns", "", " ", True)
    assert "No token was given" in said and token == ""

    def push(self, repository, **settings):
        assert settings == {"private": True, "token": "hf_mine", "license": "mit"}
        raise ForbiddenError("This token may not write", remedy="Make one that may")

    monkeypatch.setattr(Dataset, "push", push)
    said, token = takeaway._push(datasets._to_take, buns, "me/buns", "mit", "hf_mine", True)
    assert "may not write" in said and "hf_mine" not in said and token == ""
