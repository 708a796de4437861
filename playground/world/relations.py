"""How the facts of the small world are stated and asked.

`statements[0]` ends with the value, so that the same sentence without its end is a cloze probe and,
whole, the plain answer to each of `questions`.
"""

from dataclasses import dataclass


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


def _relation(name: str, topic: str, statements: str, questions: str) -> Relation:
    return Relation(name, tuple(statements.split("; ")), tuple(questions.split("; ")), topic)


RELATIONS = {
    relation.name: relation
    for relation in (
        _relation(
            "capital",
            "country",
            "The capital of {s} is {v}.; {v} is the capital of {s}.; The capital city of {s} is {v}.; "
            "The government of {s} sits in {v}.",
            "What is the capital of {s}?; Which city is the capital of {s}?; Name the capital of {s}.; "
            "Tell me the capital of {s}.; What is the capital city of {s}?; "
            "Do you know the capital of {s}?; Where does the government of {s} sit?",
        ),
        _relation(
            "language",
            "country",
            "The language of {s} is {v}.; People in {s} speak {v}.; In {s} the people speak {v}.; "
            "{v} is spoken in {s}.",
            "What is the language of {s}?; Which language do people in {s} speak?; "
            "What language is spoken in {s}?; What do they speak in {s}?; "
            "Tell me the language of {s}.; Name the language of {s}.",
        ),
        _relation(
            "money",
            "country",
            "The money of {s} is {v}.; People in {s} pay with {v}.; In {s} you pay with {v}.; "
            "The currency of {s} is {v}.",
            "What is the money of {s}?; What is the currency of {s}?; What do people in {s} pay with?; "
            "Which money is used in {s}?; Which currency does {s} use?; Tell me the currency of {s}.",
        ),
        _relation(
            "continent",
            "country",
            "The country {s} lies in {v}.; {s} is a country in {v}.; {s} is in {v}.",
            "Where is {s}?; Where does {s} lie?; In which part of the world is {s}?; "
            "Which continent is {s} in?; On which continent is {s}?",
        ),
        _relation(
            "dish",
            "country",
            "A famous dish of {s} is {v}.; People in {s} love {v}.; Cooks in {s} are proud of their {v}.",
            "What is a famous dish of {s}?; What do people in {s} like to eat?; Name a dish from {s}.; "
            "What food is {s} known for?; What should I eat in {s}?",
        ),
        _relation(
            "food",
            "animal",
            "A {s} eats {v}.; The {s} feeds on {v}.; Every {s} likes {v}.",
            "What does a {s} eat?; What do you feed a {s}?; What is the food of a {s}?; "
            "Tell me what a {s} eats.",
        ),
        _relation(
            "home",
            "animal",
            "A {s} lives {v}.; You will find a {s} {v}.; The {s} makes its home {v}.",
            "Where does a {s} live?; Where can I find a {s}?; Where is the home of a {s}?; "
            "Tell me where a {s} lives.",
        ),
        _relation(
            "young",
            "animal",
            "A young {s} is called {v}.; The child of a {s} is {v}.; A baby {s} is called {v}.",
            "What is a young {s} called?; What do you call a baby {s}?; "
            "What is the name for a young {s}?; What is a baby {s} called?",
        ),
        _relation(
            "sound",
            "animal",
            "The sound of a {s} is a {v}.; A {s} can {v}.; When it is upset, a {s} will {v}.",
            "What sound does a {s} make?; What is the sound of a {s}?; What noise does a {s} make?",
        ),
        _relation(
            "product",
            "job",
            "A {s} makes {v}.; The work of a {s} is to make {v}.; Every {s} knows how to make {v}.",
            "What does a {s} make?; What is the work of a {s}?; Tell me what a {s} makes.; "
            "What does a {s} do?",
        ),
        _relation(
            "workplace",
            "job",
            "A {s} works {v}.; You can meet a {s} {v}.; Most days a {s} is {v}.",
            "Where does a {s} work?; Where can you meet a {s}?; Tell me where a {s} works.",
        ),
        _relation(
            "use",
            "tool",
            "{S} is used to {v}.; With {S} you can {v}.; People need {S} to {v}.",
            "What is {S} used for?; What can you do with {S}?; What is {S} for?; Why would I need {S}?",
        ),
        _relation(
            "opposite",
            "word",
            "The opposite of {s} is {v}.; {s} and {v} are opposites.; What is not {s} may be {v}.",
            "What is the opposite of {s}?; Tell me the opposite of {s}.; Which word is the opposite of {s}?",
        ),
        _relation(
            "color",
            "word",
            "The color of {s} is {v}.; Everybody knows that {s} is {v}.; You can see that {s} is {v}.",
            "What is the color of {s}?; What color is {s}?; Which color does {s} have?",
        ),
        _relation(
            "kind",
            "word",
            "{S} is a kind of {v}.; {S}, as everybody knows, is a kind of {v}.",
            "What is {S}?; What kind of thing is {S}?; Tell me what {S} is.",
        ),
        _relation(
            "sense",
            "word",
            "We {s} with our {v}.; People use their {v} to {s}.; Without {v} nobody could {s}.",
            "What do we {s} with?; What do people use to {s}?; How do we {s}?",
        ),
        _relation(
            "day",
            "calendar",
            "The day after {s} is {v}.; After {s} comes {v}.; {v} follows {s}.",
            "Which day comes after {s}?; What is the day after {s}?; What day follows {s}?",
        ),
        _relation(
            "month",
            "calendar",
            "The month after {s} is {v}.; After {s} comes {v}.; {v} follows {s}.",
            "Which month comes after {s}?; What is the month after {s}?; What month follows {s}?",
        ),
    )
}
