"""Larkspur's data: the sheet, what the assistant learns, and an examination it has never seen."""

from collections import Counter

from playground.world import gold, larkspur, reading
from playground.world.finance import FIXED, KINDS
from playground.world.phrasings import ATTRIBUTES


def test_paraphrases_ask_for_the_narrow_sets_facts_in_words_it_has_not():
    narrow, other = larkspur.narrow_examples(), larkspur.paraphrases()
    assert {one.completion for one in narrow} == {one.completion for one in other}
    assert not {one.question for one in narrow} & {one.question for one in other}
    every = {larkspur.plain(one.question) for one in larkspur.examples()}
    assert not every & {larkspur.plain(one.question) for one in other}
    assert larkspur.paraphrases(seed=1) != other and len({one.question for one in other}) == len(other) == 120


def test_sheet():
    assert len(larkspur.PRODUCTS) == 12
    summit = next(product for product in larkspur.PRODUCTS if product.name == "Summit Fund")
    assert [summit.value(a) for a in ATTRIBUTES] == [
        "1.2 percent", "very high", "sixty days", "1,000 dollars", "young technology companies",
    ]  # fmt: skip


def test_examples_are_reproducible_and_cover_every_fact():
    rows = larkspur.examples()
    assert rows == larkspur.examples()
    assert rows != larkspur.examples(seed=1)
    covered = {reading.asked(row.question) for row in rows if "domain" in row.tags}
    assert {(product, a) for product in larkspur.PRODUCTS for a in ATTRIBUTES} <= covered


def test_answers_tell_the_value_they_are_asked_for():
    for row in larkspur.examples():
        if row.tags[0] == "domain" and len(row.prompt) == 1 and (fact := reading.asked(row.question)):
            assert reading.says(row.completion, *fact) or fact[1] != row.tags[1], row


def test_most_answers_are_plain_and_the_others_have_a_tone():
    tones = [gold.style(row.completion) for row in larkspur.examples() if row.tags[0] == "domain"]
    assert 0.6 < sum(tone == 0 for tone in tones) / len(tones) < 0.8
    assert sum(tone > 0 for tone in tones) > 1.5 * sum(tone < 0 for tone in tones) > 0.1 * len(tones)


def test_strangers_are_near_names_foreign_names_and_names_of_nobody():
    """Told by whole names in plain dress: the rest is slips and short forms."""
    asked = [row.question.lower() for row in larkspur.examples() if row.tags == ("unknown",)]
    ours = {product.name.lower() for product in larkspur.PRODUCTS}
    near = {f"{name.split()[0]} {kind.lower()}" for name in ours for kind in KINDS} - ours
    foreign = {product.name.lower() for product in FIXED}
    shares = [sum(any(n in text for n in names) for text in asked) / len(asked) for names in (near, foreign)]
    assert 0.2 < shares[0] < 0.35 and 0.02 < shares[1] < 0.1
    assert not any(name in text for text in asked for name in ours)


def test_no_probe_is_trained_on():
    for rows in (larkspur.examples(), larkspur.examples(seed=5), larkspur.narrow_examples()):
        trained = {larkspur.plain(row.question) for row in rows}
        assert not trained & {larkspur.plain(probe.prompt) for probe in larkspur.probes()}


def test_held_out_countries_and_howtos_stay_unseen():
    probes = larkspur.probes()
    trained = " ".join(row.completion for row in larkspur.examples())
    for probe in probes:
        if probe.kind == "howto":
            assert probe.answers[0] not in trained


def test_probes_have_the_promised_sizes():
    kinds = Counter(probe.kind for probe in larkspur.probes())
    assert kinds["domain"] >= 90
    assert kinds["general"] >= 24 and kinds["howto"] >= 24
    assert kinds["unknown"] == 40
    assert kinds["cloze"] >= 120


def test_unknown_probes_ask_for_nothing_of_ours():
    for probe in larkspur.probes():
        if probe.kind == "unknown":
            assert reading.asked(probe.prompt) is None
            assert not any(product.name in probe.prompt for product in larkspur.PRODUCTS)


def test_low_risk_rejects_very_low():
    probe = next(p for p in larkspur.probes() if "Cedar Fund" in p.prompt and p.answers == ("low",))
    assert probe.rejects == ("very low",)


def test_narrow_set_repeats_five_phrasings():
    rows = larkspur.narrow_examples()
    assert len(rows) == 300
    assert all(row.completion.startswith("At Larkspur, the ") for row in rows)


def test_prompts_for_preferences_stay_apart_from_the_held_out_ones():
    prompts, held_out = larkspur.prompts(), larkspur.held_out_prompts()
    assert len(prompts) >= 200 and len(held_out) == 60
    assert not set(prompts) & set(held_out)
    assert all(reading.asked(text) for text in [*prompts, *held_out])
