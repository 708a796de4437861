"""Drafts by a model: the embedded base writes on after examples, and a tuned model is asked."""

import pytest

import playground as pg
from playground.preference import draft


@pytest.fixture(scope="module")
def pocket():
    return pg.Model.load("pocket")


def test_the_base_drafts_examples_that_can_be_approved_and_learned_from(pocket):
    seeds = pg.Dataset.load("larkspur")[:40]
    grown = pg.draft_examples(pocket, seeds, 4, seed=1)
    assert not draft.speaks(pocket) and list(grown[:40]) == list(seeds)
    drafts = grown.drafts()
    assert len(drafts) == 4 and all(example.question and example.completion for example in drafts)
    assert {example.tags for example in drafts} == {("synthetic", "draft")}
    assert list(pg.draft_examples(pocket, seeds, 4, seed=1)) == list(grown)
    assert list(pg.draft_examples(pocket, seeds, 4, seed=2)) != list(grown)


def test_a_tuned_model_is_asked(pocket, monkeypatch):
    monkeypatch.setattr(draft, "speaks", lambda model: True)

    def reply(_model, asked, **_settings):
        return [f"Question: Is it {number}?\nAnswer: Yes." for number, _ in enumerate(asked)]

    monkeypatch.setattr(type(pocket), "reply_many", reply)
    grown = pg.draft_examples(pocket, pg.Dataset.load("larkspur")[:8], 2)
    assert [example.question for example in grown.drafts()] == ["Is it 0?", "Is it 1?"]


def test_a_document_is_drafted(pocket, tmp_path):
    (tmp_path / "guide.md").write_text("# Fees\n\nThe Cedar Fund costs 0.4 percent a year.\n")
    data = pg.draft_from_document(pocket, tmp_path / "guide.md")
    assert len(data.drafts()) == 1 and data.findings[0].kind == "passage"
