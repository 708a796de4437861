"""Our own methods made known to PEFT."""


def register(name: str, config, model) -> None:
    """Make a method known under `name`.

    PEFT's types are a closed enumeration, and it refuses a name that is not among them: it is added first.
    """
    from peft.utils import PeftType, register_peft_method

    if name in PeftType._value2member_map_:
        return
    member = str.__new__(PeftType, name)
    member._name_ = member._value_ = name
    PeftType._member_names_.append(name)
    PeftType._member_map_[name] = PeftType._value2member_map_[name] = member
    type.__setattr__(PeftType, name, member)
    register_peft_method(name=name.lower(), config_cls=config, model_cls=model, prefix=model.prefix)


def register_all() -> None:
    """Before any adapter is opened: whose type it is, its file alone tells."""
    from playground.model.tuning import bottleneck_method, prompt_method  # noqa: F401
