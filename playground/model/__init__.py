"""A name becomes a model and its tokenizer: loading, tuning, generating, chatting."""
