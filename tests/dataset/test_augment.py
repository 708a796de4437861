"""Questions in other words, and what a model makes of examples: told, marked, without near copies."""

import pytest

from playground.dataset import augment
from playground.dataset.split import prompt_key
from playground.dataset.table import Dataset
from playground.errors import InputError
from playground.records import Example, Message

QUESTIONS = {
    "What is the fee of the Cedar Fund?": "Tell me what the fee of the Cedar Fund is.",
    "what's a bond?": "Could you tell me what a bond is?",
    "How do I close my account?": "Please show me how to close my account.",
    "Could you please explain risk?": "Please explain risk.",
    "Explain how funds work.": "Could you explain how funds work?",
    "Where is the office?": "Tell me where the office is.",
}


def rows(*questions):
    return Dataset.load([{"prompt": q, "completion": f"About {q}"} for q in questions])


@pytest.mark.parametrize(("question", "wanted"), QUESTIONS.items())
def test_a_question_of_known_grammar_is_reworded(question, wanted):
    grown = rows(question).paraphrase(3)
    assert wanted in [example.question for example in grown.drafts()]
    assert {example.completion for example in grown} == {f"About {question}"}


def test_any_other_question_gets_words_around_it():
    for question in ("fees {of} $1 %s funds", "Hello, any news?", "Fix this:\n\n    code()", "Is 0.5 much?"):
        grown = rows(question).paraphrase(3)
        texts = [example.question for example in grown.drafts()]
        assert len(set(texts)) == 3 and all(question in text for text in texts)
    assert not any(text.startswith("Hello! ") for text in
                   (e.question for e in rows("Hello, any news?").paraphrase(8).drafts()))  # fmt: skip


def test_the_words_depend_on_the_text_and_the_seed_alone():
    first, again = rows(*QUESTIONS).paraphrase(2, seed=1), rows(*list(QUESTIONS)[::-1]).paraphrase(2, seed=1)
    assert {*first.drafts()} == {*again.drafts()}
    assert {*first.drafts()} != {*rows(*QUESTIONS).paraphrase(2, seed=2).drafts()}
    keys = [prompt_key(example) for example in first]
    assert len(set(keys)) == len(keys) == 18


def test_only_the_last_question_of_a_conversation_changes():
    talk = (Message("system", "be"), Message("user", "a?"), Message("assistant", "b"), Message("user", "c?"))
    [_, new] = Dataset([Example(talk, "d")]).paraphrase()
    assert new.prompt[:3] == talk[:3] and new.prompt[3].content != "c?" and new.completion == "d"


def test_what_is_new_tells_where_it_is_from_and_drafts_breed_no_drafts():
    grown = rows(*QUESTIONS).paraphrase()
    assert grown.findings[0].message == "Row 1 in other words" and grown.findings[0].row == -1
    assert len(grown.paraphrase(templates=["Now, {prompt}"]).drafts()) == 12


def test_other_languages_need_templates_of_their_own():
    german = "Wie hoch ist die Gebühr für den Fonds, und wird sie auch bei einem Verlust fällig?"
    grown = rows(german).paraphrase()
    assert len(grown) == 1 and "It is in German" in grown.findings[0].message
    [_, new] = rows(german).paraphrase(templates=["Kurze Frage: {prompt}"])
    assert new.question == f"Kurze Frage: {german}"
    for template in ("no place", "{prompt} {prompt}", "{prompt} {other}", "{prompt.x}"):
        with pytest.raises(InputError, match="The template is"):
            rows(german).paraphrase(templates=[template])
    with pytest.raises(InputError, match="must be at least 1"):
        rows(german).paraphrase(0)


SEEDS = rows("What does the Oak Fund cost?", "Who runs the firm?", "Can I lose money with the Elm Bond?")


def test_what_a_model_writes_becomes_drafts_and_the_rest_is_told():
    answers = [
        " Where do you sit?\nAnswer: In Oslo, by the sea.\n\nQuestion: Why?",  # good, and goes on
        " Who runs the firm?\nAnswer: Somebody else does it.",  # a seed's question
        " What does the Oak Fund cost?\nAnswer: About What does the Oak Fund cost, then?",  # a near copy
        " WHERE do you sit\nAnswer: In Oslo.",  # the same as the first
        " When do you close?\nAnswer: At six in the",  # cut off
        "nothing of the kind",
    ]  # fmt: skip
    asked = []

    def write(texts):
        asked.append(texts)
        return answers if len(asked) == 1 else ["?"] * len(texts)

    grown = SEEDS.draft(write, 6, shots=2)
    [draft] = grown.drafts()
    assert (draft.question, draft.completion) == ("Where do you sit?", "In Oslo, by the sea.")
    assert draft.tags == ("synthetic", "draft") and grown.drafts().numbers == (-1,)
    assert [len(texts) for texts in asked] == [6, 5, 5, 5] and len(asked) == augment.ROUNDS
    assert asked[0][0].count("Question:") == 3 and asked[0][0].endswith("\n\nQuestion:")
    told = next(one for one in grown.findings if one.row == 0)
    assert told.message == "1 of 6 drafts were made; left out: 17 no question with an answer, 3 near copies"


def test_a_draft_does_not_come_again_though_it_was_rejected():
    def write(texts):
        return [f"Question: Is {number} much?\nAnswer: {number} is." for number in range(len(texts))]

    once, by_hand = SEEDS.draft(write, 3), SEEDS.add({"prompt": "is 1 much", "completion": "No."})
    assert len(once.drafts()) == 3 and once.draft(write, 3).drafts().numbers == (-1, -2, -3)
    assert len(once.reject().draft(write, 3).drafts()) == 0
    assert [one.question for one in by_hand.draft(write, 3).drafts()] == ["Is 0 much?", "Is 2 much?"]


def test_a_tuned_model_is_asked_in_a_conversation():
    asked = []

    def write(conversations):
        asked.extend(conversations)
        return [f"Question: Is {number} much?\nAnswer: {number} is." for number in range(len(conversations))]

    assert SEEDS.draft(write, 1, chat=True, shots=2)[-1].question == "Is 0 much?"
    [turns] = asked
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user", "assistant", "user"]
    assert turns[1]["content"].startswith("Question: ") and "\nAnswer: About" in turns[1]["content"]


def test_drafts_need_seeds():
    for data in (Dataset.load([{"prompt": "a"}]), SEEDS.paraphrase().drafts()):
        with pytest.raises(InputError, match="There are 0 seeds"):
            data.draft(lambda texts: texts)
    with pytest.raises(InputError, match="for 0 drafts"):
        SEEDS.draft(lambda texts: texts, 0)


HOSTILE = ["", " ", "Answer:", "\nAnswer: a.", "q\nAnswer: ", "Question:\nAnswer:\n", "?!\nAnswer: ...",
           "story\n\nQuestion: q?\nAnswer: a.", "x" * 20_000 + "\n" * 20_000]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_question_with_an_answer_is_none(text):
    assert augment.parse(text) is None
