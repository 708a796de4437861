"""How Larkspur's own customers ask: beside the grammar of the corpus, in ways that only they use."""

import re
from random import Random

from playground.world.phrasings import TOPICS, phrases
from playground.world.questions import dress, question

FRAMED = 0.2
"""Share of the questions in a frame of the customers' own."""
MENTIONED = 0.12
"""Share of the questions that name the product in a sentence of its own, and then ask about `it`."""
TAILED = 0.15
"""Share of the other questions that go on after the question itself."""
_FRAMES = phrases("""
        Could someone tell me {c}?; Any idea {c}?; Do tell me {c}.; I keep forgetting {c}.; My question is
        {c}.; I cannot find out {c}.; I would be glad to hear {c}.; Would you know {c}?; I have to know
        {c}.; It is not clear to me {c}.; Are you able to say {c}?; What I want to know is {c}.; Help me
        understand {c}.; I need you to tell me {c}.; Explain to me {c}.; Be so kind as to tell me {c}.; I
        am trying to learn {c}.; My brother wants to hear {c}.; Nobody told me {c}.; Please let me know
        {c}.""")
"""Ways to ask that only Larkspur's customers use; the examination has six others of its own."""
_MENTIONS = phrases("""
        I have {p}.; I own some of {p}.; I like the sound of {p}.; My neighbour keeps talking about {p}.; I
        want to buy {p} for my son.; We are looking at {p}.; Let us talk about {p}.; Now to {p}.; I saw {p}
        on your list.; My father left me {p}.; I put everything into {p}.; I might sell {p}.; One thing
        about {p}.; It is about {p}.; I have been in {p} for years.; My bank laughed at {p}.; I nearly
        chose {p}.; You sold me {p}.; {p} looks good.; {p} again.; Somebody praised {p}.; I am not sure
        about {p}.; I want out of the city and into {p}.; Next is {p}.""")
_TAILS = phrases("""
        now that I am retired; before I decide; for someone my age; if I join today; in the first year; at
        the moment; compared to a bank; as a beginner; for my grandchildren; once I have joined; when all is
        said and done; these days; in plain words; if I may ask; to be exact; all in all; and why does
        nobody say so; or is that a secret; because I have to plan; since you never write; after what I
        heard on the radio; in case I move abroad; given my small income; without the fine print""")


def customer_question(rng: Random, attribute: str, name: str, firm: str, whole: bool = False) -> str:
    """A question about one attribute of the product with this name, dressed as people type.

    With `whole` the whole name is said, as one must where another product bears the first word too.
    """
    chance = rng.random()
    if chance < FRAMED:
        text = rng.choice(_FRAMES).replace("{c}", rng.choice(TOPICS[attribute].clauses))
        return dress(rng, _tailed(rng, text.replace("{p}", _mention(rng, name))))
    if chance < FRAMED + MENTIONED:
        opening = rng.choice(_MENTIONS).replace("{p}", _mention(rng, name))
        asked = rng.choice(TOPICS[attribute].questions).replace("{p}", "it")
        return dress(rng, f"{opening[:1].upper()}{opening[1:]} {asked}")
    if chance < FRAMED + MENTIONED + TAILED:
        plain = question(rng, attribute, name, firm, noise=False, whole=whole)
        return dress(rng, _tailed(rng, plain, always=True))
    return question(rng, attribute, name, firm, whole=whole)


def _mention(rng: Random, name: str) -> str:
    return rng.choice((f"the {name}", f"your {name}", name))


def _tailed(rng: Random, text: str, always: bool = False) -> str:
    """The text with more words before its last mark, as said in one breath."""
    if not always and rng.random() > TAILED:
        return text
    body, mark = re.fullmatch(r"(.*?)([?.!]*)", text).groups()
    return f"{body}{rng.choice((' ', ' ', ', '))}{rng.choice(_TAILS)}{mark}"
