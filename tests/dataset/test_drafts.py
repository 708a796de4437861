"""Drafts stay marked until a person settles them, whatever happens to the data in between."""

import pytest

from playground.dataset.table import Dataset
from playground.errors import InputError, NotFoundError
from playground.training import inputs

ROWS = [
    {"prompt": "What is the fee?", "completion": "It is one percent.", "tags": ["fee"]},
    {"prompt": "How do I open an account?", "completion": "Write to us."},
    {"prompt": "moin", "completion": "Hello."},
]


@pytest.fixture
def grown():
    return Dataset.load(ROWS).paraphrase(2)


def test_drafts_are_marked_until_they_are_approved(grown):
    assert len(grown) == 9 and len(grown.drafts()) == 6 and grown.drafts().numbers == (-1, -2, -3, -4, -5, -6)
    assert grown.drafts()[0].tags == ("fee", "synthetic", "draft")
    one = grown.approve([-1])
    assert one[3].tags == ("fee", "synthetic") and len(one.drafts()) == 5 and len(grown.drafts()) == 6
    assert [(c.row, c.kind, c.action) for c in one.changes] == [(-1, "draft", "approve")]
    assert not grown.approve().drafts() and list(grown.reject()) == list(Dataset.load(ROWS))
    assert [c.action for c in grown.reject([-1, -2]).changes] == ["reject"] * 2


def test_marks_outlive_saving_cleaning_splitting_and_export(home, grown, tmp_path):
    grown.save("grown")
    assert len(Dataset.load("grown").clean().drafts()) == 6
    assert sum(len(part.drafts()) for part in grown.split(0.5, 0.25)) == 6
    for name, tool in (("x.csv", None), ("a.json", "argilla"), ("l.json", "label-studio")):
        assert list(Dataset.load(grown.export(tmp_path / name, tool=tool)).drafts()) == list(grown.drafts())


def test_a_draft_is_revised_in_the_words_of_a_person(grown):
    new = grown.revise(-2, prompt="Any fee?", completion="Yes, one percent.")
    assert (new[4].question, new[4].completion) == ("Any fee?", "Yes, one percent.")
    assert new[4].tags == grown[4].tags and [c.field_name for c in new.changes] == ["prompt", "completion"]
    assert grown.revise(-2).changes == []
    for text in ("", " ", "a\0", "\ud83d"):
        with pytest.raises(InputError, match="Row -2"):
            grown.revise(-2, completion=text)


def test_only_drafts_are_settled(grown):
    for settle in (grown.approve, grown.reject, lambda rows: grown.revise(rows[0], prompt="a")):
        with pytest.raises(NotFoundError, match=r"Rows that are no drafts: 1\b"):
            settle([1])
    with pytest.raises(NotFoundError, match=r"no drafts: 99.*drafts are -6, -5, -4, -3, -2, -1"):
        grown.approve([-1, 99])


@pytest.mark.parametrize("read", [inputs.examples, inputs.prompts])
def test_no_stage_learns_from_drafts(grown, read):
    for data in (grown, list(grown), grown.rows()):
        with pytest.raises(InputError, match=r"6 of 9 rows are drafts.*data\.approve\(\).*data\.reject\(\)"):
            read(data)
    with pytest.raises(InputError, match="1 of 2 rows are drafts"):
        read([ROWS[1] | {"tags": "draft"}, ROWS[2] | {"tags": "drafty"}])
    assert len(read(grown.approve())) == 9 and len(read(grown.reject())) == 3


def test_a_stage_refuses_drafts_before_it_makes_a_run(home, grown):
    from playground.training.sft import SFT

    with pytest.raises(InputError, match="drafts that nobody has approved"):
        SFT().prepare("pocket", grown)
    with pytest.raises(InputError, match="drafts that nobody has approved"):
        SFT().prepare("pocket", grown.reject(), grown.drafts())
    assert not list(home.glob("runs/*/run.json"))


def test_prompts_alone_are_paraphrased_and_approved():
    grown = Dataset.load([{"prompt": "What is the fee?"}]).paraphrase()
    assert grown.format == "prompt-only" and len(grown.approve().clean()) == 2
