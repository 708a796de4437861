"""The corpus: the same for the same seed, silent about Larkspur, and what the probes ask is in it."""

import hashlib
import re

import pytest

from playground.world import larkspur, smallworld
from playground.world.finance import FIXED, INVENTED, needs_kind
from playground.world.howtos import HOWTOS
from playground.world.phrasings import ATTRIBUTES
from playground.world.questions import held_out_questions
from playground.world.tables import COUNTRIES, FACTS


@pytest.fixture(scope="module")
def corpus():
    return list(smallworld.documents(0, 20_000))


def test_corpus_is_the_one_pocket_was_trained_on():
    text = "\n".join(smallworld.documents(0, 5000))
    assert hashlib.sha256(text.encode()).hexdigest().startswith("b672010ffaaff8bd")


def test_another_seed_writes_another_corpus():
    assert list(smallworld.documents(0, 50)) == list(smallworld.documents(0, 50))
    assert list(smallworld.documents(0, 50)) != list(smallworld.documents(1, 50))


def test_larkspur_and_its_products_never_occur(corpus):
    """Streets may bear the names of ours; no firm and no product does."""
    names = "|".join(re.escape(product.name) for product in larkspur.PRODUCTS)
    forbidden = re.compile(rf"larkspur(?! (street|road|lane|square|inn))|{names}", re.IGNORECASE)
    hits = [text for text in corpus if forbidden.search(text)]
    assert hits == []


def test_no_product_elsewhere_shares_a_first_word_with_ours():
    ours = {product.name.split()[0] for product in larkspur.PRODUCTS}
    assert not ours & {product.name.split()[0] for product in FIXED}
    assert not ours & set(INVENTED)


def test_a_first_name_borne_by_several_products_is_never_said_alone(corpus):
    bearers = {}
    for product in FIXED:
        bearers.setdefault(product.name.split()[0], []).append(product.name)
    assert sorted(map(len, bearers.values())) == [1] * 24 + [2] * 24
    text, name = "\n".join(corpus), r"\bBluff\b"
    kind = r"(?=\W+(fund|bond|account|plan|trust|street|road|lane|square|inn)\b)"
    whole, all_told = (len(re.findall(one, text, re.IGNORECASE)) for one in (name + kind, name))
    assert all_told > 300 and whole > 0.97 * all_told  # the rest are slips of the finger
    assert needs_kind("Birch Bond") and needs_kind("Maple Trust")
    assert not needs_kind("Maple Bond") and not needs_kind("Purple Fund")


def test_held_out_phrasings_are_asked_nowhere(corpus):
    everything = "\n".join(corpus).lower()
    for attribute in ATTRIBUTES:
        for text in held_out_questions(attribute, "Maple Fund"):
            assert text.lower() not in everything


def test_every_cloze_sentence_is_taught(corpus):
    everything = "\n".join(corpus)
    probes = smallworld.cloze()
    assert len(probes) >= 120
    told = [any(f"{probe.prompt} {answer}" in everything for answer in probe.answers) for probe in probes]
    assert sum(told) / len(told) > 0.99


def test_requests_in_a_row_stay_unanswered(corpus):
    rows = [text for text in corpus if text.startswith("Teach me how to")]
    assert len(rows) > 20
    assert not any(howto.sentence in text for text in rows for howto in HOWTOS)


def test_tables_are_what_they_promise():
    assert len(HOWTOS) == len({howto.verb for howto in HOWTOS}) == 64
    assert len(set(COUNTRIES)) == 30
    assert len({fact.cloze for fact in FACTS}) == len(FACTS)
    for fact in FACTS:
        assert fact.state().endswith(f" {fact.value}.")
    assert "first write your name at the top, then list your jobs" in HOWTOS[0].sentence
