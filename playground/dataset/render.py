"""One example as the model sees it: its tokens, and which of them it is trained to write."""

from playground.records import Example


def render(model, example: Example) -> list[tuple[str, bool]]:
    """The example's tokens as text, True where they carry loss.

    Loss lies on the completion and on the token that ends it, never on the prompt or on what the
    chat template puts around it. Joined, the texts are the rendered conversation. `model` is a
    Model: only its tokenizer is used.
    """
    tokenizer = model.tokenizer
    prompt = [message.as_dict() for message in example.prompt]
    whole = [*prompt, {"role": "assistant", "content": example.completion}]
    text = tokenizer.apply_chat_template(whole, tokenize=False)
    prompt_end = len(tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True))
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    written = _written(tokenizer, whole, len(encoded["input_ids"]))
    pieces, shown = [], 0
    for (start, end), by_assistant in zip(encoded["offset_mapping"], written, strict=True):
        pieces.append((text[shown:end], by_assistant and start >= prompt_end))
        shown = max(shown, end)
    return pieces


def _written(tokenizer, messages: list[dict], length: int) -> list[bool]:
    """Per token, whether it stands in a `{% generation %}` block; all True where a template has none."""
    if "generation" not in (tokenizer.chat_template or "").replace("add_generation_prompt", ""):
        return [True] * length
    encoded = tokenizer.apply_chat_template(
        messages, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
    )
    return [bool(flag) for flag in encoded["assistant_masks"]]
