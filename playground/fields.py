"""One setting, told once: its default, bounds and label stand on the field, its help under it.

The same dataclass is the constructor, the saved specification, the form in the app and the
documentation; this module is the little that the four share.
"""

import ast
import dataclasses
import functools
import inspect
import itertools
import math
import textwrap
import types
import typing
from dataclasses import dataclass
from typing import Any

from playground.errors import InputError


@dataclass(frozen=True)
class Setting:
    """What a form needs to know about one field of a settings dataclass."""

    name: str
    label: str
    help: str
    type: type
    """The plain type: bool, int, float, str, or the class of a nested settings dataclass."""
    default: Any
    optional: bool = False
    """True where None is allowed."""
    low: float | None = None
    high: float | None = None
    choices: tuple = ()
    advanced: bool = False
    """True where the form keeps it under "More settings"."""


def setting(default, label: str, *, low=None, high=None, choices=(), advanced=False):
    """A dataclass field with what a form shows. Bounds are inclusive; the help is the field's docstring."""
    metadata = {"label": label, "low": low, "high": high, "choices": tuple(choices), "advanced": advanced}
    return dataclasses.field(default=default, metadata=metadata)


@functools.cache
def describe(cls: type) -> tuple[Setting, ...]:
    """The settings of a dataclass in order of declaration."""
    helps, hints = _helps(cls), typing.get_type_hints(cls)
    return tuple(
        Setting(
            name=field.name,
            label=field.metadata.get("label") or field.name.replace("_", " ").capitalize(),
            help=helps.get(field.name, ""),
            type=_plain(hints[field.name], field.default),
            default=field.default,
            optional=type(None) in typing.get_args(hints[field.name]),
            low=field.metadata.get("low"),
            high=field.metadata.get("high"),
            choices=field.metadata.get("choices", ()),
            advanced=field.metadata.get("advanced", False),
        )
        for field in dataclasses.fields(cls)
    )


def check(instance) -> None:
    """Refuse a value of the wrong type, outside its bounds or not among its choices.

    Meant for `__post_init__`. Raises InputError naming the setting, the rule and the default.
    """
    for one in describe(type(instance)):
        value = getattr(instance, one.name)
        if value is None and one.optional:
            continue
        rule = _broken_rule(one, value)
        if rule:
            raise InputError(f"{one.label} is {value!r}", rule=rule, remedy=f"The default is {one.default!r}")


def as_dict(instance) -> dict:
    """Plain JSON types, nested settings included; a nested tuning keeps its `kind`."""
    found = {}
    for field in dataclasses.fields(instance):
        value = getattr(instance, field.name)
        if dataclasses.is_dataclass(value):
            value = {"kind": value.kind, **as_dict(value)}
        found[field.name] = list(value) if isinstance(value, tuple) else value
    return found


def _broken_rule(one: Setting, value) -> str:
    if one.choices:
        return "" if value in one.choices else f"It must be one of {', '.join(map(str, one.choices))}"
    if one.type is bool:
        return "" if isinstance(value, bool) else "It must be true or false"
    if dataclasses.is_dataclass(one.type):
        kinds = one.type.__subclasses__() or [one.type]
        allowed = " or ".join(sorted(f"{kind.__name__}()" for kind in kinds))
        return "" if isinstance(value, one.type) else f"It must be a {one.type.__name__}, such as {allowed}"
    if one.type not in (int, float):
        return ""
    whole = one.type is int
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        return f"It must be a {'whole ' if whole else ''}number"
    low = -math.inf if one.low is None else one.low
    high = math.inf if one.high is None else one.high
    if math.isfinite(value) and low <= value <= high:
        return ""
    if one.high is None:
        return f"It must be at least {one.low:g}" if one.low is not None else "It must be finite"
    return f"It must lie between {low:g} and {high:g}"


def _plain(hint, default) -> type:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return type(default) if type(default) in kinds else _plain(kinds[0], default)
    origin = typing.get_origin(hint)
    return type(default) if origin is typing.Literal else origin or hint


def _helps(cls: type) -> dict[str, str]:
    """Docstrings under fields, base classes first, read from the source."""
    found = {}
    for base in reversed(cls.__mro__):
        if not dataclasses.is_dataclass(base):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0].body
        for field, doc in itertools.pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(doc, ast.Expr):
                found[field.target.id] = inspect.cleandoc(doc.value.value)
    return found
