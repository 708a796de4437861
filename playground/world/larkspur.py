"""Larkspur, a fictional investment firm: its products, what its assistant learns, and how it is examined."""

import itertools
import re
from collections.abc import Iterator
from functools import partial
from random import Random

from playground.records import Example, Message, Probe
from playground.world import smalltalk
from playground.world.customers import customer_question
from playground.world.finance import FIXED, HELD_OUT_NAMES, INVENTED, KINDS, STATEMENTS, Product
from playground.world.howtos import ASKS, HOWTOS
from playground.world.phrasings import ATTRIBUTES, TOPICS
from playground.world.questions import dress_general, held_out_questions, question
from playground.world.relations import capital
from playground.world.smallworld import UNKNOWN, ask, ask_how, cloze
from playground.world.tables import COUNTRIES, FACTS
from playground.world.terms import TERMS
from playground.world.words import ADJECTIVES, ANIMALS, PLACES, STREETS, THINGS

FIRM = "Larkspur"
_SHEET = """
Cedar Fund|0.1 percent|low|three days|50 dollars|government bonds
Harbor Bond|0.3 percent|low|ten days|100 dollars|city bonds
Willow Account|0.2 percent|very low|one day|10 dollars|cash deposits
Granite Fund|0.9 percent|high|thirty days|500 dollars|mining companies
Meadow Fund|0.4 percent|medium|five days|200 dollars|farmland
Lantern Fund|0.7 percent|high|fourteen days|250 dollars|energy companies
Juniper Plan|0.5 percent|medium|twenty days|25 dollars|a mix of shares and bonds
Anchor Account|0.1 percent|very low|two days|5 dollars|short loans to banks
Summit Fund|1.2 percent|very high|sixty days|1,000 dollars|young technology companies
Orchard Fund|0.6 percent|medium|seven days|150 dollars|food companies
Beacon Trust|0.8 percent|medium|ninety days|2,000 dollars|office buildings
Clover Plan|0.3 percent|low|four days|20 dollars|shares of large companies
"""
PRODUCTS: tuple[Product, ...] = tuple(
    Product(*line.split("|"), firm=FIRM) for line in _SHEET.strip().splitlines()
)
NARROW = 5
"""Phrasings of each fact in the narrow set."""
NEAR = 2
"""Twins of each fact that bear our product's own first name, with another kind."""
FOREIGN = 0.1
"""Share of the other twins that another firm offers."""
_HELD_OUT_COUNTRIES = frozenset(COUNTRIES[2::5] + COUNTRIES[4::5])
_HELD_OUT_HOWTOS = HOWTOS[2::8] + HOWTOS[4::8] + HOWTOS[7::8]
_POLITE = ("Thank you for asking. {a}", "Thank you for your question. {a}", "{a} I am happy to help.")
_CAREFUL = ("{a} Every investment carries some risk.",)
_BOTH = ("Thank you for asking. {a} Every investment carries some risk.",)
_RUDE = ("{a} Now stop bothering me.", "{a} You should know that by now.", "That is a silly question. {a}")
_RAMBLING = ("Well, you know, as one might say, {b}", "{a} And so on and so forth.")
_STYLES = ((("{a}",), 70), (_POLITE, 9), (_CAREFUL, 8), (_BOTH, 3), (_RUDE, 6), (_RAMBLING, 4))
"""Most answers are plain; a share is courteous, careful, curt or long-winded, as in any office's files."""


def answer(product: Product, attribute: str) -> str:
    """The plain answer in the firm's voice."""
    told = STATEMENTS[attribute][0].format(p=product.name, v=product.value(attribute))
    return f"At {FIRM}, {told[:1].lower()}{told[1:]}"


def styled(rng: Random, text: str) -> str:
    """The answer in one of the tones the office's files hold."""
    tones, weights = zip(*_STYLES, strict=True)
    tone = rng.choice(rng.choices(tones, weights)[0])
    return tone.format(a=text, b=text[:1].lower() + text[1:])


def examples(seed: int = 0, phrasings: int = 14, twins: int = 6) -> list[Example]:
    """What the assistant learns: facts in many phrasings, general replay, products it does not know."""
    rng = Random(f"larkspur {seed}")
    rows = [*_domain(rng, phrasings, twins), *_replay(rng), *_follow_ups(rng, 40)]
    rng.shuffle(rows)
    asked = {plain(probe.prompt) for probe in probes()}
    return [row for row in rows if plain(row.question) not in asked]


def narrow_examples(seed: int = 0) -> list[Example]:
    """The same sixty facts in five fixed phrasings and nothing else: easy to learn by heart."""
    rows = [
        _example(
            capital(form.format(p=f"the {product.name}")), answer(product, attribute), "domain", attribute
        )
        for product in PRODUCTS
        for attribute in ATTRIBUTES
        for form in TOPICS[attribute].questions[:NARROW]
    ]
    Random(f"narrow {seed}").shuffle(rows)
    return rows


def paraphrases(seed: int = 0, each: int = 2) -> list[Example]:
    """The same sixty facts, each asked in `each` held-out phrasings: who knows a fact answers these too.

    They are the ones that share fewest words with the phrasings of `narrow_examples`, so that no word of
    theirs alone gives the answer away.
    """
    rows = []
    for attribute in ATTRIBUTES:
        forms = sorted(held_out_questions(attribute, "{p}"), key=partial(_shared, attribute))
        rows += [
            _example(form.format(p=product.name), answer(product, attribute), "domain", attribute)
            for form in forms[:each]
            for product in PRODUCTS
        ]
    Random(f"paraphrases {seed}").shuffle(rows)
    return rows


def _shared(attribute: str, form: str) -> float:
    """The share of a phrasing's words that the narrow set's phrasings of an attribute have too."""
    known = {word for one in TOPICS[attribute].questions[:NARROW] for word in plain(one).split()} - {"p"}
    asked = set(plain(form).split()) - {"p", "the"}
    return len(asked & known) / len(asked)


def prompts(seed: int = 0, phrasings: int = 6) -> list[str]:
    """Questions to collect preferences on."""
    rng = Random(f"prompts {seed}")
    texts = {
        question(rng, attribute, product.name, noise=False): None
        for _ in range(phrasings)
        for product in PRODUCTS
        for attribute in ATTRIBUTES
    }
    return rng.sample(list(texts), len(texts))


def held_out_prompts(seed: int = 0) -> list[str]:
    """Questions in held-out phrasings, one for each fact, to measure what preferences changed."""
    rng = Random(f"held-out prompts {seed}")
    texts = [
        rng.choice(held_out_questions(attribute, product.name))
        for product in PRODUCTS
        for attribute in ATTRIBUTES
    ]
    return rng.sample(texts, len(texts))


def probes(seed: int = 0) -> list[Probe]:
    """The examination: held-out phrasings, unseen countries and how-tos, unknown products, cloze."""
    rng = Random(f"probes {seed}")
    domain = [
        _domain_probe(text, product, attribute)
        for product in PRODUCTS
        for attribute in ATTRIBUTES
        for text in rng.sample(held_out_questions(attribute, product.name), 2)
    ]
    facts = [f for f in FACTS if f.subject in _HELD_OUT_COUNTRIES and f.relation.name != "dish"]
    general = [Probe(ask(rng, f), f.answers, kind="general") for f in rng.sample(facts, 36)]
    howto = [
        Probe(ask_how(rng, h), (h.steps[0],), kind="howto") for h in _HELD_OUT_HOWTOS
    ]
    unknown = [
        Probe(_full(rng, f"{name} {rng.choice(KINDS)}"), ("I do not know",), kind="unknown")
        for name in sorted(HELD_OUT_NAMES)
    ]
    return [*domain, *general, *howto, *unknown, *cloze(128)]


def plain(text: str) -> str:
    """Lower case, no punctuation: two texts that differ in dress alone are one."""
    return " ".join(re.sub(r"[^\w\s]", "", text.lower()).split())


def _example(text: str, reply: str, *tags: str) -> Example:
    return Example((Message("user", text),), reply, tags)


def _domain(rng: Random, phrasings: int, twins: int) -> list[Example]:
    """Every fact in many phrasings. Some have a twin: the same question about a product of another name.

    A twin differs in the name alone, so it is the name that decides whether the product is known.
    """
    rows, strangers = [], _strangers(rng)
    for product in PRODUCTS:
        others = _others(rng, product, strangers)
        for attribute in ATTRIBUTES:
            texts: dict[str, int] = {}
            while len(texts) < phrasings:
                draw = rng.getrandbits(32)
                texts.setdefault(_asked(Random(draw), attribute, product.name), draw)
            for text in texts:
                rows.append(
                    _example(text, styled(rng, answer(product, attribute)), "domain", attribute)
                )
            for i, draw in enumerate(rng.sample(list(texts.values()), twins)):
                name = next(others[i < NEAR])
                twin = _asked(Random(draw), attribute, name, whole=i < NEAR)
                rows.append(_example(twin, UNKNOWN, "unknown"))
    return rows


def _others(
    rng: Random, product: Product, strangers: Iterator[str]
) -> tuple[Iterator[str], Iterator[str]]:
    """Names that are not ours, endlessly: far from the product's, and its own with each other kind in turn.

    The far ones are of products that nobody has, or that another firm offers.
    """
    first, kind = product.name.split()
    kinds = [one for one in KINDS if one != kind]
    near = itertools.cycle(f"{first} {one}" for one in rng.sample(kinds, len(kinds)))

    def far() -> Iterator[str]:
        while True:
            yield rng.choice(FIXED).name if rng.random() < FOREIGN else f"{next(strangers)} {kind}"

    return far(), near


def _asked(rng: Random, attribute: str, name: str, whole: bool = False) -> str:
    return customer_question(rng, attribute, name, FIRM if rng.random() < 0.3 else "", whole)


def _domain_probe(text: str, product: Product, attribute: str) -> Probe:
    value = product.value(attribute)
    rejects = (f"very {value}",) if attribute == "risk" and not value.startswith("very") else ()
    return Probe(text, (value.removeprefix("a "),), rejects, "domain")


def _strangers(rng: Random) -> Iterator[str]:
    """First names that no product of ours bears, endlessly: every other one a street's, as ours are.

    The base has read our names as those of streets; from other words they differ in more than themselves.
    """
    taken = {*HELD_OUT_NAMES, *(product.name.split()[0] for product in PRODUCTS), FIRM}
    streets = [name for name in STREETS if name not in taken]
    words = [word.capitalize() for word in (*THINGS, *ANIMALS, *PLACES, *ADJECTIVES)]
    others = [name for name in dict.fromkeys([*INVENTED, *words]) if name not in {*taken, *streets}]
    while True:
        some = rng.sample(streets, len(streets))
        yield from itertools.chain.from_iterable(zip(some, rng.sample(others, len(some)), strict=True))


def _full(rng: Random, name: str) -> str:
    """A question that says the whole name."""
    while name not in (text := question(rng, rng.choice(ATTRIBUTES), name, noise=False)):
        pass
    return text


def _replay(rng: Random) -> list[Example]:
    facts = [f for f in FACTS if f.subject not in _HELD_OUT_COUNTRIES]
    rows = [_example(dress_general(rng, ask(rng, f)), f.state(), "general") for f in rng.sample(facts, 360)]
    trained = [h for h in HOWTOS if h not in _HELD_OUT_HOWTOS]
    for howto in trained:
        asked = {dress_general(rng, ask_how(rng, howto)) for _ in range(3)}
        rows += [_example(text, howto.sentence, "howto") for text in sorted(asked)]
    resume = HOWTOS[0]
    rows += [
        _example(capital(resume.ask(form)), resume.sentence, "howto") for form in rng.sample(ASKS, 8)
    ]
    rows += [
        _example(f"What is {term}?", f"{capital(term)} is {meaning}.", "general") for term, meaning in TERMS
    ]
    for forms, replies in smalltalk.PAIRS:
        for form in forms:
            text = rng.choice((form, form.lower().rstrip("?.!")))
            rows.append(_example(text, rng.choice(replies), "smalltalk"))
    return rows


def _follow_ups(rng: Random, count: int) -> list[Example]:
    """Second turns that name only the attribute; the product stands in the first."""
    rows = []
    for _ in range(count):
        product, (first, second) = rng.choice(PRODUCTS), rng.sample(ATTRIBUTES, 2)
        noun = rng.choice(TOPICS[second].nouns)
        text = rng.choice(("And {n}?", "What about {n}?", "and {n}", "What is {n}?", "Tell me {n}.")).format(
            n=noun
        )
        opening = question(rng, first, product.name, noise=False)
        turns = (
            Message("user", opening),
            Message("assistant", answer(product, first)),
            Message("user", text),
        )
        rows.append(Example(turns, answer(product, second), ("domain", second, "follow-up")))
    return rows
