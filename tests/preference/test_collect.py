"""Preferences: from votes, from files, from a simulated annotator, all alike."""

import json

import pytest

from playground.errors import DatasetError, NotFoundError
from playground.preference.campaign import list_campaigns, vote_log
from playground.preference.collect import Preferences, collect
from playground.records import Comparison, Completion
from playground.store.database import connect


class Brief:
    """Prefers the shorter answer; equal lengths are a tie."""

    name = "simulated:brief"

    def judge(self, prompt, first, second):
        return "tie" if len(first) == len(second) else "first" if len(first) < len(second) else "second"


class Leftmost:
    """Always takes what is shown first."""

    name = "simulated:leftmost"

    def judge(self, prompt, first, second):
        return "first"


def drafts(count=30):
    return [
        Completion(f"prompt {number}", text * (number + 1), "m")
        for number in range(count)
        for text in ("long answer ", "short ")
    ]


def test_a_simulated_annotator_votes_through_the_same_tables(url):
    preferences = collect(drafts(), Brief(), url=url)
    assert len(preferences) == 30
    assert all(comparison.chosen.startswith("short") for comparison in preferences)
    assert {comparison.annotator for comparison in preferences} == {"simulated:brief"}
    log = vote_log(preferences.campaign, connect(url))
    assert [entry["annotator"] for entry in log] == ["simulated:brief"] * 30
    assert list(Preferences.load(preferences.campaign, url)) == list(preferences)
    assert list_campaigns(connect(url))[0].name == "Judged by simulated:brief"


def test_the_display_order_hides_what_stands_first(url):
    chosen = [comparison.choice for comparison in collect(drafts(), Leftmost(), url=url)]
    assert 5 < chosen.count("first") < 25


def test_the_same_seed_gives_the_same_votes(url):
    def votes(seed):
        return list(collect(drafts(), Leftmost(), seed=seed, url=url))

    assert votes(3) == votes(3) != votes(4)


CHOICES = ["first", "second", "tie", "both_bad"]


@pytest.fixture
def preferences():
    return Preferences(
        [Comparison(f"prompt {n}", f"one {n}", f"two {n}", CHOICES[n % 4], "anna") for n in range(40)]
    )


def test_pairs_leave_out_what_has_no_winner(preferences):
    pairs = preferences.pairs()
    assert len(pairs) == 20
    assert pairs[0] == {"prompt": "prompt 0", "chosen": "one 0", "rejected": "two 0"}
    assert pairs[1] == {"prompt": "prompt 1", "chosen": "two 1", "rejected": "one 1"}


def test_it_is_a_sequence(preferences):
    assert len(preferences) == 40 and preferences[3].choice == "both_bad"
    assert [comparison.prompt for comparison in preferences[:2]] == ["prompt 0", "prompt 1"]
    assert list(preferences.to_pandas().columns) == ["prompt", "first", "second", "choice", "annotator"]
    assert len(preferences.to_pandas()) == 40


def test_split_by_prompt(preferences):
    doubled = Preferences(
        [*preferences, *(Comparison(c.prompt.upper() + "!", "x", "y", "first") for c in preferences)]
    )
    parts = doubled.split(seed=0)
    prompts = [{comparison.prompt.lower().rstrip("!") for comparison in part} for part in parts]
    assert not prompts[0] & prompts[1] and not prompts[0] & prompts[2] and not prompts[1] & prompts[2]
    assert [len(part) for part in parts] == [64, 8, 8]
    assert [list(doubled.train), list(doubled.validation), list(doubled.test)] == [list(p) for p in parts]


def test_a_file_keeps_everything(preferences, tmp_path):
    path = preferences.save(tmp_path / "preferences.jsonl")
    assert list(Preferences.load(path)) == list(preferences)


USER, GOOD, BAD = (
    {"role": "user", "content": "q"},
    {"role": "assistant", "content": "good"},
    {"role": "assistant", "content": "bad"},
)
FORMS = {
    "text": {"prompt": "q", "chosen": "good", "rejected": "bad"},
    "turns": {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]},
    "mixed": {"prompt": [USER], "chosen": "good", "rejected": "bad"},
    "prompt inside": {"chosen": [USER, GOOD], "rejected": [USER, BAD]},
    "own": {"prompt": "q", "first": "bad", "second": "good", "choice": "second"},
}


@pytest.mark.parametrize("row", FORMS.values(), ids=FORMS)
def test_every_form_of_a_preference(row, tmp_path):
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps(row))
    expected = [{"prompt": "q", "chosen": "good", "rejected": "bad"}]
    assert Preferences.load(path).pairs() == Preferences.load([row]).pairs() == expected


BAD_ROWS = {
    "no rejected": ({"prompt": "q", "chosen": "a"}, "'rejected' is missing"),
    "same": ({"prompt": "q", "chosen": "a", "rejected": "a "}, "the same"),
    "empty": ({"prompt": " ", "chosen": "a", "rejected": "b"}, "empty"),
    "number": ({"prompt": "q", "chosen": 1, "rejected": 0}, "'chosen' is a number"),
    "choice": ({"prompt": "q", "first": "a", "second": "b", "choice": "third"}, "'third'"),
    "surrogate": ({"prompt": "q", "chosen": "a\ud800", "rejected": "b"}, "half of a character"),
    "not an object": ("q", "not an object"),
    "two questions": (
        {"chosen": [USER, BAD, USER, GOOD], "rejected": [USER, BAD, USER, BAD]},
        "one question",
    ),
    "two talks": ({"chosen": [USER, GOOD], "rejected": [GOOD | {"role": "user"}, BAD]}, "one conversation"),
}


@pytest.mark.parametrize("row, said", BAD_ROWS.values(), ids=BAD_ROWS)
def test_bad_rows_become_findings(row, said):
    loaded = Preferences.load([FORMS["text"], row])
    assert len(loaded) == 1
    assert loaded.findings[0].row == 2 and said in loaded.findings[0].message
    with pytest.raises(DatasetError, match="No row"):
        Preferences.load([row])


def test_what_does_not_exist_is_not_found(url, tmp_path):
    with pytest.raises(NotFoundError, match="no campaign"):
        Preferences.load("campaign-none", url)
    with pytest.raises(NotFoundError, match="no file"):
        Preferences.load(tmp_path / "none.jsonl")
