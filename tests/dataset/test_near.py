"""Near-copies are found, and different facts in the same sentence are not taken for copies."""

import random

import pytest

from playground.dataset.contradiction import typo
from playground.dataset.groups import group_of
from playground.dataset.near import near_links
from playground.errors import InputError

FUNDS = "Cedar Maple Birch Willow Aspen Rowan Hazel Linden Alder Juniper Laurel Spruce Poplar Walnut"
SMALL = ("cedar", "maple")
PEOPLE = ("Ann Berger", "Luis Ortega", "Mira Patel", "Tom Keller", "Sara Lind", "Omar Haddad")
FRAMES = (
    "What is the {a} of the {x} Fund?\nThe {a} of the {x} Fund is {v}, and it has not changed since "
    "the fund was opened to our customers.",
    "Please tell me the {a} for {x} before I decide.\nOf course. For {x} the {a} stands at {v}; you will "
    "find it again on the first page of the contract.",
)
THINGS = (
    "bread garden river engine violin market winter bridge teacher planet ocean letter camera forest window "
    "doctor island hammer ticket candle blanket lantern mirror pencil kettle wagon saddle"
)
VERBS = "clean repair describe plan choose paint measure store compare explain inspect borrow"
SYNONYMS = {"What": "Which", "tell": "give", "find": "see", "contract": "agreement", "looking": "glancing"}
SYNONYMS |= {"trouble": "problems", "everything": "all", "changed": "moved", "expert": "specialist"}
ADDED = ("I hope that helps you.", "We are glad to help.", "Do ask again whenever you like, we will be here.")


def facts(chance: random.Random) -> list[str]:
    """The same sentences about different products: none is a copy of another."""
    rows = []
    for fund in FUNDS.split():
        values = {
            "annual fee": f"{chance.randint(1, 299) / 100:.2f} percent a year",
            "minimum investment": f"{chance.randint(1, 99) * 10} dollars",
            "notice period": f"{chance.randint(2, 90)} days",
            "manager": chance.choice(PEOPLE),
        }
        rows += [chance.choice(FRAMES).format(a=a, x=fund, v=v) for a, v in values.items()]
    return rows


def advice(chance: random.Random) -> str:
    one, two, three, four = chance.sample(THINGS.split(), 4)
    first, then = chance.sample(VERBS.split(), 2)
    return (
        f"How do I {first} a {one} near the {two}?\nStart by looking at the {one} and the {three}, "
        f"then {then} it, and keep the {two} away until everything is dry. Ask an expert "
        f"if the {four} makes trouble."
    )


def synonyms(text: str, chance: random.Random) -> str:
    for word in [word for word in SYNONYMS if word in text][:2]:
        text = text.replace(word, SYNONYMS[word], 1)
    return text


def swapped(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    for _ in range(2):
        at = chance.randrange(len(words) - 1)
        words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words)


def typos(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    for at in chance.sample([at for at, word in enumerate(words) if word.isalpha() and len(word) > 3], 2):
        word, cut = words[at], chance.randrange(len(words[at]) - 1)
        words[at] = chance.choice([word[:cut] + word[cut + 1 :], word[:cut] + "e" + word[cut:]])
    return " ".join(words)


def longer(text: str, chance: random.Random) -> str:
    return f"{text} {chance.choice(ADDED)}"


def recased(text: str, chance: random.Random) -> str:
    return chance.choice([str.lower, str.upper, str.title])(text)


def unpunctuated(text: str, chance: random.Random) -> str:
    return "".join(sign for sign in text if sign.isalnum() or sign.isspace())


EDITS = (synonyms, swapped, typos, longer, recased, unpunctuated)


@pytest.mark.parametrize("seed", range(3))
def test_recall_and_precision(seed):
    chance = random.Random(seed)
    rows = [*facts(chance), *(advice(chance) for _ in range(100))]
    copies = [EDITS[at % len(EDITS)](text, chance) for at, text in enumerate(rows)]
    links = near_links([*rows, *copies])
    group = group_of(2 * len(rows), links)
    missed = [copies[at] for at in range(len(rows)) if group[at] != group[at + len(rows)]]
    wrong = [link for link in links if (link.second - link.first) % len(rows)]
    assert 1 - len(missed) / len(rows) >= 0.95, missed
    assert 1 - len(wrong) / len(links) >= 0.95, wrong


@pytest.mark.parametrize("edit", EDITS)
def test_each_edit_is_recognised(edit):
    chance = random.Random(7)
    rows = [*facts(chance), *(advice(chance) for _ in range(100))]
    group = group_of(2 * len(rows), near_links([*rows, *(edit(text, chance) for text in rows)]))
    found = sum(group[at] == group[at + len(rows)] for at in range(len(rows)))
    assert found / len(rows) >= 0.9


DIFFERENT = {
    "a product": ("What does the Cedar Fund cost in all?", "What does the Maple Fund cost in all?"),
    "a number": ("The fee of the fund is 0.45 percent a year", "The fee of the fund is 0.60 percent a year"),
    "a decimal point": ("It costs 1.2 percent, in all.", "It costs 12 percent, in all."),
    "a number word": ("You wait for three days for the money", "You wait for five days for the money"),
    "a weekday": ("We are open on Monday from nine to five", "We are open on Friday from nine to five"),
    "not": ("The fund is open to new customers today", "The fund is not open to new customers today"),
    "roles": (
        "Anna pays the large bill and afterwards Bernd reads the old letter by the window",
        "Bernd reads the large bill and window by afterwards the Anna letter pays the old",
    ),
    "nothing shared": ("How do I bake bread?", "Where is the moon?"),
}


@pytest.mark.parametrize("one, other", DIFFERENT.values(), ids=DIFFERENT)
def test_a_different_fact_is_no_copy(one, other):
    assert near_links([one, other]) == []


def test_a_customer_who_writes_small_still_names_another_product():
    known = [f"Ask about the {name} Fund, please, number {at}" for at, name in enumerate(FUNDS.split())]
    asked = [f"could you tell me how long i wait for money from the {name} fund" for name in SMALL]
    assert all(link.second < len(known) for link in near_links([*known, *asked]))


def test_links_name_the_first_and_every_later_text_once():
    text = "How do I clean a garden chair that stood outside all winter?"
    links = near_links([text, "Something else altogether", text.upper(), text + " Thanks!"])
    assert [link.second for link in links] == [2, 3] and links[0].first == 0 and links[0].similarity == 1


def test_the_order_of_texts_does_not_change_the_groups():
    chance = random.Random(3)
    rows = facts(chance)
    rows += [typos(text, chance) for text in rows]
    turned = group_of(len(rows), near_links(rows[::-1]))
    group = group_of(len(rows), near_links(rows))
    pairs = {(at, twin) for at in range(len(rows)) for twin in range(at) if group[at] == group[twin]}
    turned.reverse()
    size = len(rows)
    assert pairs == {(at, twin) for at in range(size) for twin in range(at) if turned[at] == turned[twin]}


def test_nothing_and_progress():
    assert near_links([]) == [] and near_links(["", "", "?"]) == []
    told = []
    near_links(["one two three four"] * 3, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 3) and told == sorted(told)


@pytest.mark.parametrize("threshold", [0, -1, 1.5])
def test_impossible_thresholds_are_refused(threshold):
    with pytest.raises(InputError, match="threshold"):
        near_links(["a"], threshold)


def test_a_gene_is_no_word_with_a_typo():
    gene = "acgt" * 10
    assert typo(gene, gene[:-1] + "a") and not typo(gene + "a", gene + "c")
