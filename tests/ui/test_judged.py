"""Files of preferences become campaigns in the app; columns that nothing tells are asked about."""

import json

import pytest

from playground.preference.campaign import list_campaigns
from playground.preference.collect import Preferences
from playground.ui import judged


@pytest.fixture
def take(home, tmp_path):
    """Write rows to a file and add it: take(name, rows, *mapping) -> updates."""

    def add(name, rows, *mapping):
        path = tmp_path / name
        path.write_text("\n".join(map(json.dumps, rows)))
        return judged._take(str(path), mapping, lambda campaign: (campaign, "card"))

    return add


def test_pairs_become_a_campaign_that_is_shown(take):
    rows = [{"prompt": f"q{n}", "chosen": "good", "rejected": "bad"} for n in range(3)]
    said, asked, file, campaign, card = take("pairs.jsonl", [*rows, {"prompt": "q", "chosen": 1}])
    assert "3 judgements, 3 of them with a winner. 1 rows were left out (row 4" in said
    assert (asked["visible"], file, card) == (False, None, "card")
    assert list_campaigns()[0].name == "pairs"
    assert len(Preferences.load(campaign).pairs()) == 3


def test_columns_that_nothing_tells_are_asked_about(take):
    rows = [{"frage": "q", "eins": "a", "zwei": "b", "besser": code} for code in "ABT"]
    said, asked, *_ = take("drei.jsonl", rows)
    assert "Say below what the columns hold" in said and asked["visible"]
    assert not list_campaigns()
    given = ("frage", "eins", "zwei", "besser")
    assert "followed by =" in take("drei.jsonl", rows, *given, "A: first")[0]
    *_, campaign, _ = take("drei.jsonl", rows, *given, "A = first, B = second, T = tie")
    assert [one.choice for one in Preferences.load(campaign)] == ["first", "second", "tie"]


def test_without_a_label_the_first_answer_is_the_better(take):
    *_, campaign, _ = take(
        "zwei.jsonl", [{"f": "q", "gut": "a", "schlecht": "b"}], "f", "gut", "schlecht", "", ""
    )
    (only,) = Preferences.load(campaign)
    assert (only.prompt, only.chosen, only.rejected) == ("q", "a", "b")


def test_a_file_of_anything_else_is_refused_in_words(take):
    said, asked, file, *_ = take("none.jsonl", [])
    assert "none.jsonl: " in said and "bad" in said
    assert (asked["visible"], file, list_campaigns()) == (False, None, [])
