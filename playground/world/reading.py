"""What a question asks for and whether a text tells it: the machine's reading of Larkspur's facts."""

import re
from functools import cache

from playground.world.finance import KINDS, Product
from playground.world.larkspur import PRODUCTS, plain
from playground.world.phrasings import ATTRIBUTES, TOPICS
from playground.world.questions import held_out_questions

_VALUES = {attribute: sorted({p.value(attribute).lower() for p in PRODUCTS}) for attribute in ATTRIBUTES}
_SIGNS = {
    "notice": "notice wait days withdraw out back quit leave locked tied sell soon quickly fast long when",
    "minimum": "minimum start open least smallest begin join deposit entry enough lowest little",
    "holdings": "hold holds holdings invest invests invested inside contain own buy made go assets portfolio",
    "risk": "risk risky safe safety danger dangerous lose loss secure gamble stable",
    "fee": "fee fees cost costs charge price expensive pay percent commission take cheap much",
}
"""Words that give a question away where its phrasing is new; the first attribute that has one wins."""


def asked(prompt: str) -> tuple[Product, str] | None:
    """Which fact a question asks for, or None where no product of ours is named or the matter is unclear."""
    text = plain(prompt)
    product = next((p for p in PRODUCTS if p.name.split()[0].lower() in text.split()), None)
    if product is None:
        return None
    bare = _bare(text, product)
    if any(
        f"{product.name.split()[0].lower()} {kind.lower()}" in text
        for kind in KINDS
        if kind not in product.name
    ):
        return None
    phrase = max((phrase for phrase in _phrasings() if f" {phrase} " in f" {bare} "), key=len, default=None)
    if phrase:
        return product, _phrasings()[phrase]
    attribute = next(
        (attribute for attribute, signs in _SIGNS.items() if set(signs.split()) & set(bare.split())), None
    )
    return (product, attribute) if attribute else None


def says(text: str, product: Product, attribute: str) -> bool:
    """Whether a text tells the right value and no other one of the same attribute."""
    low = f" {' '.join(text.lower().split())} "
    told = [
        value for value in _VALUES[attribute] if re.search(rf"(?<![\w.,]){re.escape(value)}(?![\w])", low)
    ]
    right = product.value(attribute).lower()
    return right in told and all(value in right for value in told)


@cache
def _phrasings() -> dict[str, str]:
    """Every phrasing with "it" for the product, and the attribute it asks for."""
    stand_in = PRODUCTS[0]
    known = {}
    for attribute in ATTRIBUTES:
        topic = TOPICS[attribute]
        forms = [form.replace("{p}", stand_in.name) for form in (*topic.questions, *topic.clauses)]
        for text in (*forms, *topic.nouns, *held_out_questions(attribute, stand_in.name)):
            known[_bare(plain(text.removeprefix("the ")), stand_in)] = attribute
    return known


def _bare(text: str, product: Product) -> str:
    first, kind = product.name.lower().split()
    return re.sub(rf"\b((the|your|this) )?{first}( {kind})?\b", "it", text)
