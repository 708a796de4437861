"""How people ask about a product: one grammar for the corpus (other firms) and for Larkspur.

`{p}` is the product, `{n}` a noun phrase for the attribute, `{b}` the same without article, `{c}` a
subordinate clause. What is held out is asked nowhere but in the probes.
"""

from random import Random

from playground.world.phrasings import TOPICS, phrases
from playground.world.relations import capital

_NOUN_FRAMES = phrases("""
        What is {n} of {p}?; What is {n} for {p}?; Tell me {n} of {p}.; Tell me {n} for {p}; {n} of
        {p}?; {n} for {p}; {p} {b}?; {p}, {b}?; {b} {p}; {b} of {p}; Give me {n} of {p}.; I need {n}
        of {p}.; I want to know {n} of {p}.; Name {n} of {p}.; Can you tell me {n} of {p}?; Could
        you give me {n} for {p}?; Please tell me {n} of {p}.; I am asking about {n} of {p}.; What
        about {n} of {p}?; What can you say about {n} of {p}?; Do you know {n} of {p}?; I have a
        question about {n} of {p}.; {p}: what is {n}?; About {p}, what is {n}?; How about {n} of
        {p}?; what's {n} of {p}""")
_TERSE_FRAMES = phrases("""
        {p} {b}; {p} {b}?; {p}, {b}?; {p}: {b}; {p} - {b}?; {b} {p}; {b} {p}?; {b}, {p}?; {b} of {p};
        {p}, what {b}?; {p} {b} please; {p} what {b}""")
_CLAUSE_FRAMES = phrases("""
        Can you tell me {c}?; Could you tell me {c}?; Please tell me {c}.; Tell me {c}.; I want to
        know {c}.; I would like to know {c}.; Do you know {c}?; I wonder {c}.; Can you explain {c}?;
        I need to know {c}.; My wife asks {c}.; Let me know {c}.; I am not sure {c}.; May I ask
        {c}?; Would you tell me {c}?; Can I ask {c}?; I forgot {c}.; Say {c}.""")
_HELD_OUT_FRAMES = phrases("""
        Kindly inform me {c}.; Someone asked me {c}.; Is there a way to find out {c}?; Remind me
        {c}.; I am curious {c}.; You surely know {c}?""")
_GREETINGS = (
    "Hi, ",
    "Hello, ",
    "Hello. ",
    "Good morning. ",
    "Hey, ",
    "Good day, ",
    "Excuse me, ",
    "Sorry, ",
    "Hi there! ",
    "Quick question: ",
    "Please, ",
    "So, ",
    "Ok, ",
    "And ",
    "Hey so ",
    "So um, ",
    "Well, ",
    "Right, ",
    "Ok so ",
    "Question: ",
    "Just wondering, ",
    "Another thing, ",
    "Listen, ",
    "Dear team, ",
    "I was wondering, ",
)
_BEFORE = phrases("""
        I have some savings.; I am new here.; My sister told me about it.; I am thinking about it.;
        I retire soon.; I do not know much about money.; I want to save for a house.; My bank pays
        nothing.; I got some money from my aunt.; I have a small child.; We talked last week.; I
        read about it.; A friend of mine has it.; I am comparing some products.; My husband wants to
        invest.; I am careful with money.; I asked before and got no answer.; Nobody tells me.; I
        cannot find it anywhere.; Your site does not say.; My daughter wants to know.; My boss told
        me to ask.; It is for my kids.; I am comparing prices.; I was told to ask here.; I am
        confused.; This is taking too long.; You never answer!; I need help.; I just want a simple
        answer.""")
_ASIDES = phrases("""
        I always forget.; This is for a quiz.; My daughter asked me.; Silly question maybe.; I am
        helping my son with his homework.; We are having an argument about it.; I should know
        this.; My friend does not believe me.; I was just wondering.; It has been bothering me all
        day.; I forgot.; Nobody at home knows.; I am writing a story.; I heard about it today.""")
_AFTER = phrases("""
        Thanks.; Thank you.; Thanks a lot.; Please answer soon.; I am in a hurry.; Please keep it
        short.; I need it for my taxes.; I could not find it.; I forget.; Just tell me.; I have no
        idea.; It is not on your site.; lol; plz; Any idea?; I am serious.; Roughly is fine.; Thank
        you in advance.""")
_SLANG = {
    "what is": "whats",
    "please": "pls",
    "you": "u",
    "i am": "im",
    "do not": "dont",
    "how much": "how mutch",
    "thanks": "thx",
    "your": "ur",
    "money": "cash",
    "want to": "wanna",
}
_NEAR = dict(zip("qwertyuiopasdfghjklzxcvbnm", "werytuiopossdghjkjlxcvbnmn", strict=True))


def name(rng: Random, product: str, firm: str = "", whole: bool = False) -> str:
    """A way to mention a product: with or without article, firm or (not with `whole`) its kind word."""
    short = product if whole else product.split()[0]
    forms = (
        [f"the {product}"] * 9 + [product] * 6 + [f"your {product}"] * 2 + [short] * 2 + [f"this {product}"]
    )
    if firm:
        forms += [f"{firm}'s {product}", f"the {firm} {product}", f"the {product} at {firm}"]
    return rng.choice(forms)


def question(
    rng: Random, attribute: str, product: str, firm: str = "", noise: bool = True, whole: bool = False
) -> str:
    """A question for one attribute of one product, drawn from the training part of the grammar.

    With `whole` it says the whole name, as one must where another product bears the first word too.
    """
    topic, mention, kind = TOPICS[attribute], name(rng, product, firm, whole), rng.random()
    noun = rng.choice(topic.nouns)
    bare = noun.removeprefix("the ")
    if kind < 0.12:
        mention = rng.choice((product, product, product if whole else product.split()[0]))
        text = rng.choice(_TERSE_FRAMES).replace("{b}", bare)
    elif kind < 0.6:
        text = rng.choice(topic.questions)
    elif kind < 0.8:
        text = rng.choice(_NOUN_FRAMES).replace("{n}", noun).replace("{b}", bare)
    else:
        text = rng.choice(_CLAUSE_FRAMES).replace("{c}", rng.choice(topic.clauses))
    text = capital(text.replace("{p}", mention))
    return dress(rng, text) if noise else text


def held_out_questions(attribute: str, product: str) -> list[str]:
    """Every held-out phrasing of one attribute for one product."""
    topic = TOPICS[attribute]
    framed = [frame.replace("{c}", topic.clauses[i]) for i, frame in enumerate(_HELD_OUT_FRAMES)]
    return [capital(form.replace("{p}", f"the {product}")) for form in (*topic.held_out, *framed)]


def dress(rng: Random, text: str, asides: tuple[str, ...] = _BEFORE) -> str:
    """A question as people type it: greetings, a second sentence, lower case, slips of the finger."""
    kind = rng.random()
    if kind < 0.12:
        text = rng.choice(_GREETINGS) + text[:1].lower() + text[1:]
    elif kind < 0.22:
        text = f"{rng.choice(asides)} {text}"
    elif kind < 0.3:
        text = f"{text} {rng.choice(_AFTER)}"
    if rng.random() < 0.45:
        text = _careless(rng, text.lower())
    return typos(rng, text) if rng.random() < 0.15 else text


def dress_general(rng: Random, text: str) -> str:
    """The same for questions that have nothing to do with money."""
    return dress(rng, text, _ASIDES)


def _careless(rng: Random, text: str) -> str:
    """Lower case without the care for points and apostrophes that goes with capitals."""
    kind = rng.random()
    if kind < 0.5:
        text = text.rstrip("?.!")
    elif kind < 0.55:
        text = text.rstrip("?.!") + rng.choice(("??", "?!", "!!", "...", " ?"))
    if rng.random() < 0.6:
        text = text.replace("'", "").replace("what is ", rng.choice(("whats ", "what is ")))
    return _slang(rng, text) if rng.random() < 0.15 else text


def typos(rng: Random, text: str) -> str:
    """One or two slips in words of four letters or more."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    for i in rng.sample(long, min(len(long), rng.choice((1, 1, 2)))):
        words[i] = _slip(rng, words[i])
    return " ".join(words)


def _slip(rng: Random, word: str) -> str:
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + _NEAR.get(word[at], word[at]) + word[at + 1 :]


def _slang(rng: Random, text: str) -> str:
    for plain in rng.sample(sorted(_SLANG), 3):
        text = text.replace(plain, _SLANG[plain])
    return text
