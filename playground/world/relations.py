"""How the facts of the small world are stated and asked.

`statements[0]` ends with the value, so that the same sentence without its end is a cloze probe and,
whole, the plain answer to each of `questions`.
"""

from dataclasses import dataclass

from playground.world.queries import QUERIES


@dataclass(frozen=True, slots=True)
class Relation:
    """How one kind of fact is stated and asked; `{s}` is the subject, `{v}` the value."""

    name: str
    statements: tuple[str, ...]
    questions: tuple[str, ...]
    topic: str


@dataclass(frozen=True, slots=True)
class Fact:
    relation: Relation
    subject: str
    value: str

    def state(self, form: int = 0) -> str:
        """The fact as a sentence; form 0 ends with the value."""
        return capital(self.relation.statements[form].format(s=self.subject, v=self.value))

    @property
    def cloze(self) -> str:
        return self.state().removesuffix(f" {self.value}.")

    @property
    def answers(self) -> tuple[str, ...]:
        bare = self.value.removeprefix("the ").removeprefix("a ").removeprefix("an ")
        return (self.value,) if bare == self.value else (self.value, bare)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _relation(name: str, topic: str, statements: str) -> Relation:
    return Relation(name, tuple(statements.split("; ")), QUERIES[name], topic)


RELATIONS = {
    relation.name: relation
    for relation in (
        _relation(
            "capital",
            "country",
            "The capital of {s} is {v}.; {v} is the capital of {s}.; The capital city of {s} is {v}.; "
            "The government of {s} sits in {v}.",
        ),
        _relation(
            "language",
            "country",
            "The language of {s} is {v}.; People in {s} speak {v}.; In {s} the people speak {v}.; "
            "{v} is spoken in {s}.",
        ),
        _relation(
            "money",
            "country",
            "The money of {s} is {v}.; People in {s} pay with {v}.; In {s} you pay with {v}.; "
            "The currency of {s} is {v}.",
        ),
        _relation(
            "continent",
            "country",
            "The country {s} lies in {v}.; {s} is a country in {v}.; {s} is in {v}.",
        ),
        _relation(
            "dish",
            "country",
            "A famous dish of {s} is {v}.; People in {s} love {v}.; Cooks in {s} are proud of their {v}.",
        ),
        _relation(
            "food",
            "animal",
            "A {s} eats {v}.; The {s} feeds on {v}.; Every {s} likes {v}.",
        ),
        _relation(
            "home",
            "animal",
            "A {s} lives {v}.; You will find a {s} {v}.; The {s} makes its home {v}.",
        ),
        _relation(
            "young",
            "animal",
            "A young {s} is called {v}.; The child of a {s} is {v}.; A baby {s} is called {v}.",
        ),
        _relation(
            "sound",
            "animal",
            "The sound of a {s} is a {v}.; A {s} can {v}.; When it is upset, a {s} will {v}.",
        ),
        _relation(
            "product",
            "job",
            "A {s} makes {v}.; The work of a {s} is to make {v}.; Every {s} knows how to make {v}.",
        ),
        _relation(
            "workplace",
            "job",
            "A {s} works {v}.; You can meet a {s} {v}.; Most days a {s} is {v}.",
        ),
        _relation(
            "use",
            "tool",
            "{S} is used to {v}.; With {S} you can {v}.; People need {S} to {v}.",
        ),
        _relation(
            "opposite",
            "word",
            "The opposite of {s} is {v}.; {s} and {v} are opposites.; What is not {s} may be {v}.",
        ),
        _relation(
            "color",
            "word",
            "The color of {s} is {v}.; Everybody knows that {s} is {v}.; You can see that {s} is {v}.",
        ),
        _relation(
            "kind",
            "word",
            "{S} is a kind of {v}.; {S}, as everybody knows, is a kind of {v}.",
        ),
        _relation(
            "sense",
            "word",
            "We {s} with our {v}.; People use their {v} to {s}.; Without {v} nobody could {s}.",
        ),
        _relation(
            "day",
            "calendar",
            "The day after {s} is {v}.; After {s} comes {v}.; {v} follows {s}.",
        ),
        _relation(
            "month",
            "calendar",
            "The month after {s} is {v}.; After {s} comes {v}.; {v} follows {s}.",
        ),
    )
}
