"""Rows in another language than the others are told, and names, short texts and quotations are not."""

import importlib.util
from pathlib import Path

import pytest

from playground.dataset.builtins import BUILTIN
from playground.dataset.languages import foreign, language
from playground.dataset.repair import Repair
from playground.dataset.table import Dataset

_spec = importlib.util.spec_from_file_location("sentences", Path(__file__).parent / "sentences.py")
sentences = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sentences)

SENTENCES = sentences.SENTENCES
MAINS = [name for name, own in SENTENCES.items() if len(own) > 4]


@pytest.mark.parametrize("main", MAINS)
def test_other_languages_are_told_and_the_own_is_not(main):
    assert [line for line in SENTENCES[main] if foreign(line, main)] == []
    others = [line for name, own in SENTENCES.items() if name != main for line in own]
    # Sisters such as Spanish and Portuguese share most of their little words.
    least = 0.98 if main == "English" else 0.93
    assert sum(foreign(line, main) is not None for line in others) >= least * len(others)


def test_what_is_told_is_the_language():
    told = {(name, foreign(line, "English")) for name, own in SENTENCES.items() for line in own}
    assert {pair for pair in told if pair[1]} == {(name, name) for name in SENTENCES if name != "English"}


@pytest.mark.parametrize("text", sentences.FINE)
def test_names_short_texts_and_quotations_are_left_in_peace(text):
    assert foreign(text, "English") is None


@pytest.mark.parametrize("name", BUILTIN)
def test_what_ships_has_no_such_finding(name):
    data = Dataset.load(name)
    assert data.check("language") == []
    assert not any(foreign(text, "English") for one in data for text in (one.question, one.completion))


def test_the_majority_decides_and_a_press_leaves_the_others_out():
    rows = [
        {"prompt": f"Frage {n}: wie ist das mit dem Konto {n}?", "completion": line}
        for n in range(4)
        for line in SENTENCES["German"]
    ]
    odd = {"prompt": "And how is that with my account?", "completion": SENTENCES["English"][1]}
    data = Dataset.load([*rows, odd])
    found = data.check("language")
    assert [(one.row, one.field_name) for one in found] == [(29, "prompt"), (29, "completion")]
    assert found[0].repairs == ("keep", "drop")
    assert len(data.repair(Repair("language", "drop"))) == 28
    assert language("Москва") is None and language(SENTENCES["Cyrillic"][0]) == "Cyrillic"
