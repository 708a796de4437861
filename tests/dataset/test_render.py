"""Examples as the model sees them, with `pocket`'s own tokenizer and template."""

from types import SimpleNamespace

import pytest

from playground import settings
from playground.dataset.render import render
from playground.records import Example, Message

CONVERSATION = (
    Message("user", "What does the Cedar Fund cost?"),
    Message("assistant", "0.1 percent a year."),
    Message("user", "And the risk? 東京 naïve"),
)


@pytest.fixture(scope="module")
def model():
    from transformers import AutoTokenizer

    return SimpleNamespace(tokenizer=AutoTokenizer.from_pretrained(settings.ASSETS / "pocket"))


def test_loss_lies_on_the_completion_and_its_end_alone(model):
    tokens = render(model, Example(CONVERSATION, "It is low – 東京."))
    learned = "".join(text for text, loss in tokens if loss)
    assert learned == " It is low – 東京.<|end|>"
    assert tokens[-1] == ("<|end|>", True)
    assert not any(loss for text, loss in tokens[:10])


def test_the_tokens_join_to_the_rendered_conversation(model):
    messages = [message.as_dict() for message in CONVERSATION] + [{"role": "assistant", "content": "Low."}]
    whole = model.tokenizer.apply_chat_template(messages, tokenize=False)
    assert "".join(text for text, _ in render(model, Example(CONVERSATION, "Low."))) == whole


def test_a_template_without_marks_teaches_what_follows_the_prompt(model):
    template = (
        "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{% endfor %}"
        "{% if add_generation_prompt %}<assistant>{% endif %}"
    )
    tokenizer = type(model.tokenizer).from_pretrained(settings.ASSETS / "pocket")
    tokenizer.chat_template = template
    tokens = render(SimpleNamespace(tokenizer=tokenizer), Example(CONVERSATION[:1], "Low."))
    assert "".join(text for text, loss in tokens if loss) == "Low."


@pytest.mark.slow
def test_the_trainer_puts_its_loss_on_the_same_tokens(model, tmp_path):
    import datasets
    from transformers import AutoModelForCausalLM
    from trl import SFTConfig, SFTTrainer

    example = Example(CONVERSATION, "It is low.")
    row = {
        "prompt": [message.as_dict() for message in CONVERSATION],
        "completion": [{"role": "assistant", "content": example.completion}],
    }
    trainer = SFTTrainer(
        AutoModelForCausalLM.from_pretrained(settings.ASSETS / "pocket"),
        SFTConfig(str(tmp_path), use_cpu=True, bf16=False, report_to="none"),
        train_dataset=datasets.Dataset.from_list([row]),
        processing_class=model.tokenizer,
    )
    batch = next(iter(trainer.get_train_dataloader()))
    trained = [label >= 0 for label in batch["labels"][0].tolist()]
    assert trained == [loss for _, loss in render(model, example)]
