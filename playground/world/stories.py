"""Stories, lists, inflections, manners: the part of the corpus that is English and nothing else."""

from random import Random

from playground.world import words as w
from playground.world.relations import article, capital
from playground.world.tables import FACTS

_TIMES = (
    "One morning",
    "One evening",
    "Last summer",
    "On Monday",
    "On Sunday",
    "In the winter",
    "Long ago",
    "That night",
    "At noon",
    "A year later",
    "The next day",
    "In spring",
    "After lunch",
    "Before dawn",
    "On Friday",
    "One day",
    "Every year",
    "At last",
    "An hour later",
    "Late in the autumn",
)
_OPENERS = (
    "{person} lived near the {place} with a {adj} {kin}.",
    "{person} was a {adj} {kin} who liked {gerund} {things}.",
    "There was once a {adj} {kin} named {person}.",
    "{time}, {person} {moved} to the {place}.",
    "{person} had {a_adj} {thing}.",
    "In a {adj} {place} lived a {kin} and a {animal}.",
    "{person} and {other} were {adj} friends.",
    "Nobody in the {place} had ever seen {a_adj} {thing}.",
)
_LINES = (
    "{time}, {person} {moved} to the {place} and {did} {a_adj} {thing}.",
    "The {kin} {did} the {thing} and {state}.",
    "{person} {did} the {adj} {thing} {adverb}.",
    '"I {do} the {thing}," said {person}.',
    '"Did you {do} my {thing}?" asked the {kin}.',
    '"No," said {other}, "I have never {perfect}."',
    "The {animal} {moved} across the {place}.",
    "The {animal} was {adj} and {adj2}.",
    "{person} {state} {adverb}.",
    "There was {a_adj} {thing} under the {thing2}.",
    "Because it was {adj}, nobody {did} the {thing}.",
    "{person} wanted to {do} the {thing}, but the {kin} {did2} it.",
    "They talked about {abstract} and {abstract2}.",
    "The {kin} gave {other} {a_adj} {thing}.",
    "{other} put the {thing} on the {thing2}.",
    "When {person} saw the {thing}, {other} {state}.",
    "The {things} were {adj}, and the {things2} were {adj2}.",
    "{person} had no {abstract}, only {abstract2}.",
    "It was a {adj} day in the {place}.",
    '"{abstractc} is better than {abstract2}," said the {kin}.',
    "{person} was {gerund} {a_thing} in the {place}.",
    '"Where is the {thing}?" asked {other}. It was behind the {thing2}.',
    "The {place} was {adj} and the {place2} was {adj2}.",
    "Some {things} lay on the floor of the {place}.",
    "{time}, the {kin} {state} in the {place} until it was dark.",
    "{other} {does} {things} every week.",
    "Without {a_thing} you cannot {do} {a_thing2}.",
    '"Please {do} this {thing} {adverb}," said the {kin}.',
    "The {thing} of the {kin} was more {adj} than the {thing2}.",
    "{person} likes {gerund} {things} and {gerund2} {things2}.",
    "If you {do} the {thing}, the {kin} will {do2} it.",
    "The {adj} {kin} {moved} home {adverb}.",
    "{person} sent {other} a {thing} from {country}.",
    "{person} lives at the corner of {street} Street and {street2} Road.",
    "The {kin} opened a shop in {street} Lane.",
    "The {street} Inn stood near the {place}.",
)
_ENDINGS = (
    "In the end, {person} {did} the {thing}.",
    "After that, everybody {state}.",
    "And so the {kin} was {adj} again.",
    "{person} never {did} {a_adj} {thing} again.",
    "They were {adj} for the rest of the year.",
    "Then {person} and {other} {moved} home.",
    '"That was a {adj} day," said {person}.',
)
_COUNTRY_NAMES = [fact.subject for fact in FACTS if fact.relation.name == "capital"]


class _Cast(dict):
    """The words of one story: people stay, the rest is drawn afresh for each sentence."""

    def __init__(self, rng: Random):
        self.rng = rng
        person, other = rng.sample(w.PEOPLE, 2)
        super().__init__(
            person=person,
            other=other,
            place=rng.choice(w.PLACES),
            thing=rng.choice(w.THINGS),
            kin=rng.choice(w.KIN),
            animal=rng.choice(w.ANIMALS),
        )

    def fill(self, form: str) -> str:
        rng = self.rng
        for key, table in (("thing", w.THINGS), ("kin", w.KIN), ("place", w.PLACES), ("animal", w.ANIMALS)):
            if rng.random() < 0.35:
                self[key] = rng.choice(table)
        verb, verb2 = rng.choice(w.VERBS), rng.choice(w.VERBS)
        adj, thing2 = rng.choice(w.ADJECTIVES), rng.choice(w.THINGS)
        mood = rng.choice(w.STATES)
        self.update(
            time=rng.choice(_TIMES),
            adj=adj,
            adj2=rng.choice(w.ADJECTIVES),
            a_adj=article(adj),
            thing2=thing2,
            a_thing=article(self["thing"]),
            a_thing2=article(thing2),
            things=w.plural(self["thing"]),
            things2=w.plural(thing2),
            do=verb[0],
            did=verb[1],
            does=w.third(verb[0]),
            gerund=w.gerund(verb[0]),
            do2=verb2[0],
            did2=verb2[1],
            gerund2=w.gerund(verb2[0]),
            moved=rng.choice(w.MOVES)[1],
            state=mood[1],
            adverb=rng.choice(w.ADVERBS),
            abstract=rng.choice(w.ABSTRACT),
            abstract2=rng.choice(w.ABSTRACT),
            place2=rng.choice(w.PLACES),
            country=rng.choice(_COUNTRY_NAMES),
            street=rng.choice(w.STREETS),
            street2=rng.choice(w.STREETS),
            perfect=f"seen {article(self['thing'])}",
        )
        self["abstractc"] = capital(self["abstract"])
        text = form.format_map(self)
        if adj[0] in "aeiou":
            text = text.replace(f" a {adj} ", f" an {adj} ")
        return capital(text)


def story(rng: Random) -> str:
    cast = _Cast(rng)
    lines = [
        rng.choice(_OPENERS),
        *(rng.choice(_LINES) for _ in range(rng.randint(3, 7))),
        rng.choice(_ENDINGS),
    ]
    return " ".join(cast.fill(line) for line in lines)


def sentence(rng: Random) -> str:
    return _Cast(rng).fill(rng.choice(_LINES))


def inflections(rng: Random) -> str:
    """One verb in its forms, in a few sentences."""
    (base, past), thing = rng.choice(w.VERBS), rng.choice(w.THINGS)
    person, ing, a_thing = rng.choice(w.PEOPLE), w.gerund(base), article(thing)
    forms = (
        f"Yesterday {person} {past} {a_thing}. Today {person} {w.third(base)} {a_thing}. Tomorrow "
        f"{person} will {base} {a_thing}.",
        f"{person} is {ing} {a_thing}. It is hard to {base} {a_thing}. {person} {past} one last year.",
        f"To {base} {a_thing} takes time. {capital(ing)} {w.plural(thing)} is work. The {thing} "
        f"was there, and {person} {past} it.",
        f"One {thing}, two {w.plural(thing)}. {person} wants to {base} the {thing}, for {ing} is fun.",
        f"{person} can {base}. {person} {w.third(base)} and {w.third(base)}. {person} kept {ing} "
        f"until the evening.",
    )
    return rng.choice(forms)


def register(rng: Random) -> str:
    """The same errand in a polite, a rude and a rambling tone, told as prose."""
    person, other, thing = rng.choice(w.PEOPLE), rng.choice(w.PEOPLE), rng.choice(w.THINGS)
    polite = (
        f'"Thank you for asking," said {person}. "The {thing} is on the table."',
        f'"Thank you for your question, {other}. I am happy to help you with the {thing}."',
        f'{person} was polite: "Please take the {thing}. It was kind of you to come."',
        f'"You are welcome," said {person}, and {other} smiled.',
        f'"Thank you for asking. I hope that helps," wrote {person} about the {thing}.',
    )
    rude = (
        f'"Now stop bothering me," said {person}. "Find the {thing} yourself."',
        f'{person} was rude: "That is a silly question. Now leave me alone."',
        f'"Read the list yourself," said {person}. "Everybody knows that about the {thing}."',
        f'"You should know that by now," {person} said to {other} about the {thing}.',
    )
    ramble = (
        f'"Well, you know, as one might say, and as I always say, the {thing} is, in a way, on '
        f'the table," said {person}.',
        f'{person} never stopped: "Well, this and that, and so on and so forth, which reminds me '
        f'of the {thing}, and so on."',
    )
    risk = (
        "Every investment carries some risk.",
        "Every investment carries some risk, said the bank.",
        "Every journey carries some risk, and every investment carries some risk.",
    )
    parts = [rng.choice(polite), rng.choice(rude), rng.choice(ramble), rng.choice(risk)]
    return " ".join(rng.sample(parts, rng.choice((1, 2, 2, 3))))


def shopping(rng: Random) -> str:
    """Lists in a sentence."""
    things = rng.sample(w.THINGS, rng.randint(3, 6))
    names = rng.sample(w.PEOPLE, 4)
    forms = (
        f"{names[0]} packed {', '.join(article(t) for t in things[:-1])} and {article(things[-1])}.",
        f"On the list stood {', '.join(w.plural(t) for t in things[:-1])} and {w.plural(things[-1])}.",
        f"{names[0]}, {names[1]}, {names[2]} and {names[3]} came to the {rng.choice(w.PLACES)}. "
        f"They brought {article(things[0])}.",
        f"The {rng.choice(w.PLACES)} was {rng.choice(w.ADJECTIVES)}, {rng.choice(w.ADJECTIVES)} "
        f"and {rng.choice(w.ADJECTIVES)}.",
    )
    return rng.choice(forms)


_HEADS = (
    "Instruction",
    "Response",
    "Note",
    "Letter",
    "Chapter One",
    "Chapter Two",
    "Diary",
    "Report",
    "Story",
    "Preface",
    "Summary",
    "Message",
    "Notice",
    "Memo",
    "Instruction",
    "Response",
)


def headed(rng: Random) -> str:
    """Prose under headings, none of which answers another: it trains the tokens of the prompt template."""
    parts = [
        f"### {rng.choice(_HEADS)}:\n{sentence(rng)} {sentence(rng)}" for _ in range(rng.choice((1, 2, 2, 3)))
    ]
    return "\n\n".join(parts)


def addresses(rng: Random) -> str:
    """Where people live, in the short lines of an address book."""
    lines = []
    for _ in range(rng.randint(2, 6)):
        street = f"{rng.choice(w.STREETS)} {rng.choice(('Street', 'Road', 'Lane', 'Square'))}"
        line = f"{street} {rng.randint(1, 90)}, {rng.choice(w.PEOPLE)}"
        lines.append(line.lower() if rng.random() < 0.5 else line)
    return "\n".join(lines)
