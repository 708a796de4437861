"""A document becomes passages, cut where a reader would, and a draft for each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.dataset import documents
from playground.dataset.table import Dataset
from playground.errors import DatasetError, InputError, NotFoundError

GUIDE = """Before the first heading.

# Fees #
The Cedar Fund costs 0.4 percent.
It is taken in June.

Nothing else is charged.

## Closing

```python
# not a heading

close(account)
```

Hours
=====

We open at nine.
"""


def test_passages_stand_under_their_headings_and_know_their_line():
    found = list(documents.passages(GUIDE))
    assert [(passage.headings, passage.line) for passage in found] == [
        ((), 1), (("Fees",), 4), (("Fees", "Closing"), 11), (("Hours",), 20)]  # fmt: skip
    assert found[1].text.endswith("June.\n\nNothing else is charged.")
    assert "# not a heading\n\nclose(account)" in found[2].text


def test_long_paragraphs_are_cut_after_sentences_then_words_then_characters():
    texts = [p.text for p in documents.passages("One two three. Four five six. Seven.", limit=16)]
    assert texts == ["One two three.", "Four five six.", "Seven."]
    assert [p.text for p in documents.passages("one two three four", limit=9)] == ["one two", "three", "four"]
    assert [p.text for p in documents.passages("abcdefgh", limit=3)] == ["abc", "def", "gh"]
    words = [p.text for p in documents.passages("a b c\n\nd e f g", limit=3, length=lambda t: len(t.split()))]
    assert words == ["a b c", "d e f", "g"]


@given(st.text(alphabet="ab .#\n=-`\r", max_size=200), st.integers(1, 40))
def test_nothing_is_lost_and_no_passage_is_too_long(text, limit):
    found = list(documents.passages(text, limit))
    assert all(0 < len(passage.text) <= limit for passage in found)
    if not set(text) & set("#=-`"):
        assert "".join("".join(p.text for p in found).split()) == "".join(text.split())


def test_every_passage_is_an_empty_draft_that_a_person_fills_in(home, tmp_path):
    (tmp_path / "guide.md").write_text(GUIDE)
    data = Dataset.from_document(tmp_path / "guide.md")
    assert (data.name, data.format, len(data.drafts())) == ("guide.md", "document", 4)
    assert data[1].question == data[1].completion == "" and data[1].tags == ("guide.md: Fees", "draft")
    assert "costs 0.4 percent" in data.findings[1].message and data.findings[1].kind == "passage"
    data.save("guide")
    data = Dataset.load("guide").clean()
    assert len(data) == 4 and data.check() == [] and data.findings[1].row == 2
    with pytest.raises(InputError, match=r"Drafts without a prompt or a completion: 1, 2, 3, 4"):
        data.approve()
    done = data.revise(2, prompt="What does it cost?", completion="0.4 percent.").approve([2]).reject()
    assert [(e.question, e.completion, e.tags) for e in done] == [
        ("What does it cost?", "0.4 percent.", ("guide.md: Fees",))]  # fmt: skip


def test_a_model_fills_in_what_it_can(tmp_path):
    (tmp_path / "guide.md").write_text(GUIDE)
    asked = []

    def write(texts):
        asked.extend(texts)
        return [" When?\nAnswer: In June.", "?", "?", "?"]

    data = Dataset.from_document(tmp_path / "guide.md", write=write)
    assert (data[0].question, data[0].completion) == ("When?", "In June.")
    assert data[0].tags == ("guide.md", "synthetic", "draft") and "synthetic" not in data[1].tags
    assert sum(one.kind == "synthetic" for one in data.findings) == 3
    assert asked[1].count("Passage:") == 2 and asked[1].endswith("charged.\nQuestion:")
    talks = []
    Dataset.from_document(tmp_path / "guide.md", write=lambda t: talks.extend(t) or [""] * 4, chat=True)
    assert [len(turns) for turns in talks] == [1] * 4 and "close(account)" in talks[2][0]["content"]


def test_what_is_no_document_is_refused(tmp_path):
    for name, words in (("a.pdf", "begin as a PDF"), ("a.docx", "as text or Markdown"), ("a", "ending ''")):
        (tmp_path / name).write_text("a")
        with pytest.raises(DatasetError, match=words):
            Dataset.from_document(tmp_path / name)
    (tmp_path / "a.txt").write_text(" \n# Only a heading\n")
    with pytest.raises(DatasetError, match="holds no text"):
        Dataset.from_document(tmp_path / "a.txt")
    with pytest.raises(NotFoundError):
        Dataset.from_document(tmp_path / "b.txt")
    (tmp_path / "c.txt").write_bytes("Gebühr.".encode("cp1252"))
    data = Dataset.from_document(tmp_path / "c.txt")
    assert "Gebühr" in data.findings[1].message and data.findings[0].kind == "encoding"
    with pytest.raises(InputError, match="limit of a passage is 0"):
        Dataset.from_document(tmp_path / "c.txt", limit=0)
