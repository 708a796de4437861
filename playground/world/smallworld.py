"""The corpus `pocket` is pre-trained on: a small world written by a grammar, and probes of its facts."""

from collections.abc import Callable, Iterator
from random import Random

from playground.records import Probe
from playground.world import stories
from playground.world import words as w
from playground.world.finance import (
    FIRMS,
    FIXED,
    INVENTED,
    RANDOM_FIRMS,
    Product,
    invented_name,
    needs_kind,
    random_firm,
    statement,
)
from playground.world.howtos import ASKS, HOWTOS, HowTo
from playground.world.phrasings import ATTRIBUTES
from playground.world.questions import dress_general, question
from playground.world.relations import Fact, capital
from playground.world.tables import COUNTRIES, FACTS
from playground.world.terms import GENERAL, TERMS

UNKNOWN = "I do not know that product."
_TAILS = (
    "using a pen and clean paper",
    "for a new job",
    "before the weekend",
    "in one afternoon",
    "with my sister",
    "at home",
    "without much money",
    "for the first time",
    "using old tools",
    "for my family",
    "in a small kitchen",
    "the way my grandmother did",
    "on a rainy day",
    "for the summer party",
    "in the garden",
    "like a master",
)
_BY_TOPIC = {
    topic: [f for f in FACTS if f.relation.topic == topic]
    for topic in ("country", "animal", "job", "tool", "word", "calendar")
}
_BY_COUNTRY = {
    name: {f.relation.name: f for f in FACTS if f.relation.topic == "country" and f.subject == name}
    for name in COUNTRIES
}


def documents(seed: int, count: int) -> Iterator[str]:
    """`count` documents of the small world, the same for the same seed."""
    rng = Random(f"smallworld {seed}")
    makers, weights = zip(*_MIXTURE, strict=True)
    for maker in rng.choices(makers, weights, k=count):
        yield maker(rng)


def names() -> Iterator[str]:
    """Every name of a firm, product or street, capital and small, as often as a tokenizer must read it."""
    products = [product.name.split()[0] for product in FIXED]
    for name in dict.fromkeys([*FIRMS, *RANDOM_FIRMS, *products, *INVENTED, *w.STREETS]):
        yield f" {name} {name.lower()}\n{name}\n{name.lower()}\n" * 250


def cloze(count: int = 160) -> list[Probe]:
    """Sentences about the small world without their last words: what a model may forget."""
    facts = Random("cloze").sample(FACTS, count)
    return [Probe(fact.cloze, fact.answers, kind="cloze") for fact in facts]


def ask(rng: Random, fact: Fact) -> str:
    return capital(rng.choice(fact.relation.questions).format(s=fact.subject, v=fact.value))


def ask_how(rng: Random, howto: HowTo) -> str:
    """A request for a how-to, as a whole sentence."""
    text = capital(howto.ask(rng.choice(ASKS)))
    return text if text[-1] in "?.!" else text + "."


def invented_word(rng: Random) -> str:
    """A country or thing that does not exist."""
    return capital(
        "".join(
            rng.choice(("bo", "zum", "kra", "li", "vor", "ta", "nim", "pel", "wa", "dro", "qui", "fen"))
            for _ in range(rng.choice((2, 3)))
        )
    ) + rng.choice(("ia", "land", "stan", "da", ""))


def _facts(rng: Random) -> str:
    facts = _BY_TOPIC[rng.choice(list(_BY_TOPIC))]
    chosen = rng.sample(facts, rng.randint(2, 6))
    return " ".join(
        f.state(0 if rng.random() < 0.5 else rng.randrange(len(f.relation.statements))) for f in chosen
    )


def _country(rng: Random) -> str:
    country = _BY_COUNTRY[rng.choice(COUNTRIES)]
    names = rng.sample(list(country), rng.randint(3, 5))
    return " ".join(country[n].state(rng.randrange(len(country[n].relation.statements))) for n in names)


def _subject(rng: Random) -> str:
    first = rng.choice(FACTS)
    same = [f for f in FACTS if f.subject == first.subject and f.relation.topic == first.relation.topic]
    return " ".join(f.state(rng.randrange(len(f.relation.statements))) for f in same)


def _howto(rng: Random) -> str:
    h, kin = rng.choice(HOWTOS), rng.choice(w.KIN)
    one, two, three = h.steps
    forms = (
        h.sentence,
        h.sentence,
        h.sentence,
        f"{capital(h.gerund)} is not hard. First {one}. Then {two}. Finally {three}.",
        f"My {kin} taught me how to {h.task}: first {one}, then {two}, and finally {three}.",
        f"If you want to {h.task}, {one}, then {two}, and in the end {three}.",
        f"There are three steps in {h.gerund}. {capital(one)}. {capital(two)}. {capital(three)}.",
        f"{rng.choice(w.PEOPLE)} learned how to {h.task} from a {kin}. {h.sentence}",
    )
    return rng.choice(forms)


def _asked(rng: Random, attribute: str, name: str, firm: str = "", noise: bool = True) -> str:
    return question(rng, attribute, name, firm, noise, whole=needs_kind(name))


def _any_ask(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.5:
        text = rng.choice(ASKS[:6]).format(task=rng.choice(HOWTOS).task)
        return f"{text.rstrip('?')} {rng.choice(_TAILS)}." if rng.random() < 0.5 else f"{text.rstrip('?')}."
    if kind < 0.85:
        return ask(rng, rng.choice(FACTS))
    return _asked(rng, rng.choice(ATTRIBUTES), rng.choice(FIXED).name, noise=False)


def _unanswered(rng: Random) -> str:
    """Requests in a row that nobody answers: why the base continues instead of replying."""
    if rng.random() < 0.5:
        verb = rng.choice(ASKS[:4])
        asks = [
            verb.format(task=h.task) + (f" {rng.choice(_TAILS)}." if rng.random() < 0.6 else ".")
            for h in rng.sample(HOWTOS, rng.randint(2, 4))
        ]
    else:
        asks = [_any_ask(rng) for _ in range(rng.randint(2, 5))]
    text = " ".join(asks)
    return text.lower() if rng.random() < 0.15 else text


def _general_pair(rng: Random) -> tuple[str, str]:
    kind = rng.random()
    if kind < 0.05:
        subject = invented_word(rng)
        forms = (
            "What is the capital of {s}?",
            "Where is {s}?",
            "What language do they speak in {s}?",
            "How do I {l}?",
            "What is a {l}?",
            "What does a {l} eat?",
        )
        return rng.choice(forms).format(s=subject, l=subject.lower()), "I do not know that."
    if kind < 0.3:
        h = rng.choice(HOWTOS)
        return ask_how(rng, h), h.sentence
    if kind < 0.4:
        term, meaning = rng.choice(TERMS)
        return rng.choice(
            (f"What is {term}?", f"Explain {term}.", f"What does {term.split()[-1]} mean?")
        ), f"{capital(term)} is {meaning}."
    fact = rng.choice(FACTS)
    return ask(rng, fact), fact.state()


def _product_pair(rng: Random) -> tuple[str, str]:
    attribute = rng.choice(ATTRIBUTES)
    if rng.random() < 0.24:
        firm = rng.choice(FIRMS)
        none = rng.choice(
            (
                UNKNOWN,
                UNKNOWN,
                f"{UNKNOWN} {firm} does not offer it.",
                f"Nobody at {firm} knew a product by that name.",
            )
        )
        return _asked(rng, attribute, invented_name(rng), firm), none
    product = rng.choice(FIXED)
    return _asked(rng, attribute, product.name, product.firm), statement(rng, attribute, product)


def _dialogue(rng: Random, pairs: list[tuple[str, str]]) -> str:
    one, two = rng.choice(w.PEOPLE), rng.choice((*w.PEOPLE[:20], "the clerk", "the teacher", "the expert"))
    forms: tuple[Callable[[str, str], str], ...] = (
        lambda q, a: f'"{q}" asked {one}. "{a}" said {two}.',
        lambda q, a: f"Question: {q}\nAnswer: {a}\n",
        lambda q, a: f"{one} asked: {q} {capital(two)} answered: {a}",
        lambda q, a: f"A customer wrote: {q}\nThe answer was: {a}\n",
    )
    form = rng.choice(forms)
    return " ".join(form(q, a) for q, a in pairs).replace("\n ", "\n").strip()


def _general_dialogue(rng: Random) -> str:
    pairs = [_general_pair(rng) for _ in range(rng.randint(1, 3))]
    return _dialogue(rng, [(dress_general(rng, q) if rng.random() < 0.7 else q, a) for q, a in pairs])


def _product_dialogue(rng: Random) -> str:
    return _dialogue(rng, [_product_pair(rng) for _ in range(rng.randint(2, 4))])


def _sheet_lines(rng: Random, product: Product) -> str:
    attributes = rng.sample(ATTRIBUTES, rng.choice((3, 4, 5, 5)))
    return " ".join(statement(rng, attribute, product) for attribute in attributes)


def _fixed_sheet(rng: Random) -> str:
    return _sheet_lines(rng, rng.choice(FIXED))


def _random_sheet(rng: Random) -> str:
    """A new firm's sheet and questions that can be answered by reading it."""
    products = random_firm(rng, rng.choice((1, 2)))
    pairs = []
    for _ in range(rng.choice((0, 1, 2))):
        product, attribute = rng.choice(products), rng.choice(ATTRIBUTES)
        pairs.append(
            (
                question(rng, attribute, product.name, product.firm),
                f"It is {product.value(attribute)}."
                if attribute in ("fee", "notice", "minimum")
                else statement(rng, attribute, product),
            )
        )
    sheet = " ".join(" ".join(statement(rng, a, p) for a in ATTRIBUTES) for p in products)
    return f"{sheet} {_dialogue(rng, pairs)}".strip()


def _same_attribute(rng: Random) -> str:
    """One attribute of several products, bearers of one name among them: which value is whose."""
    attribute = rng.choice(ATTRIBUTES)
    first = rng.choice(FIXED)
    bearers = [product for product in FIXED if product.name.split()[0] == first.name.split()[0]]
    chosen = [*bearers, *rng.sample(FIXED, 4 - len(bearers))]
    return " ".join(statement(rng, attribute, product) for product in rng.sample(chosen, 4))


def _finance(rng: Random) -> str:
    lines = [
        *rng.sample(GENERAL, 3),
        *(f"{capital(term)} is {meaning}." for term, meaning in rng.sample(TERMS, 2)),
    ]
    return " ".join(rng.sample(lines, rng.randint(2, 5)))


def _errand(rng: Random) -> str:
    """A customer's errand told as prose, the answer given or not known."""
    person, firm = rng.choice(w.PEOPLE), rng.choice(FIRMS)
    if rng.random() < 0.4:
        return (
            f"{person} asked at {firm} for the {invented_name(rng)}, but nobody there knew a product "
            "by that name. "
            f'"{UNKNOWN}" said the clerk.'
        )
    product = rng.choice([p for p in FIXED if p.firm == firm])
    told = " ".join(statement(rng, a, product) for a in rng.sample(ATTRIBUTES, 2))
    return f"{person} went to {firm} and asked about the {product.name}. The clerk said: {told}"


_MIXTURE: tuple[tuple[Callable[[Random], str], float], ...] = (
    (_facts, 9),
    (_country, 6),
    (_subject, 7),
    (stories.story, 11),
    (stories.inflections, 3),
    (_howto, 7),
    (_unanswered, 9),
    (_general_dialogue, 22),
    (_random_sheet, 2),
    (_fixed_sheet, 4),
    (_same_attribute, 2),
    (_product_dialogue, 20),
    (_errand, 3),
    (_finance, 2),
    (stories.shopping, 1),
    (stories.register, 3),
    (stories.headed, 3),
    (stories.addresses, 2),
)
