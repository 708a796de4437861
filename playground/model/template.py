"""The chat template of models that bring none: instruction and response under plain headings.

It is made of ordinary words, so that a small model need not learn new tokens, and marks the
assistant's part with `{% generation %}`, so that training and the loss mask agree on it.
"""

import jinja2

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    "{{ '### Response:\n' }}{% generation %}{{ message['content'] + eos_token }}{% endgeneration %}"
    "{% else %}"
    "{% if not loop.first %}{{ '\n\n' }}{% endif %}"
    "{% if message['role'] == 'system' %}{{ message['content'] }}"
    "{% else %}{{ '### Instruction:\n' + message['content'] + '\n\n' }}{% endif %}"
    "{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '### Response:\n' }}{% endif %}"
)

TURN = ({"role": "user", "content": "a"}, {"role": "assistant", "content": "%"})


def end_of_turn(tokenizer) -> str:
    """The special token that its chat template writes after an answer; else the tokenizer's own end.

    They differ in bases whose tokenizer ends documents while its template ends turns. Tuning teaches the
    template's: a model that waits for the other one never stops.
    """
    try:
        text = tokenizer.apply_chat_template(list(TURN), tokenize=False)
    except jinja2.TemplateError:  # a template that wants other roles says nothing of this
        return tokenizer.eos_token
    after = tokenizer(text.rpartition("%")[2].strip(), add_special_tokens=False)["input_ids"]
    found = tokenizer.added_tokens_decoder.get(after[0]) if after else None
    return found.content if found and found.special else tokenizer.eos_token
