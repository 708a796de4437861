"""Firms, products and values of the investment trade; every firm here is another one than Larkspur."""

from dataclasses import dataclass
from random import Random

from playground.world import words as w
from playground.world.phrasings import ATTRIBUTES

_list = str.split
KINDS = ("Fund", "Bond", "Account", "Plan", "Trust")
FEES = tuple(f"{tenths / 10:.1f} percent" for tenths in range(1, 16))
RISKS = ("very low", "low", "medium", "high", "very high")
_DAYS = "two three four five six seven eight ten twelve fourteen fifteen twenty thirty forty sixty ninety"
NOTICES = (*(f"{count} days" for count in _list(_DAYS)), "one day")
_AMOUNTS = "5 10 20 25 30 40 50 75 100 120 150 200 250 300 400 500 600 750 1,000 1,500 2,000 2,500 5,000"
MINIMUMS = tuple(f"{amount} dollars" for amount in _list(_AMOUNTS))
HOLDINGS = (
    "government bonds",
    "city bonds",
    "cash deposits",
    "mining companies",
    "farmland",
    "energy companies",
    "a mix of shares and bonds",
    "short loans to banks",
    "young technology companies",
    "food companies",
    "office buildings",
    "shares of large companies",
    "railway companies",
    "hotels",
    "shares of small companies",
    "gold and silver",
    "forests",
    "water companies",
    "shipping companies",
    "company bonds",
    "apartment houses",
    "car makers",
    "hospitals",
    "drug makers",
    "insurance companies",
    "airlines",
    "solar parks",
    "student loans",
    "software companies",
    "steel makers",
)
_VALUES = {"fee": FEES, "risk": RISKS, "notice": NOTICES, "minimum": MINIMUMS, "holdings": HOLDINGS}
FIRMS = ("Hartwell", "Brightwater", "Northgate", "Ashdown")
_NAMES = _list("""
    Maple Birch River Bluff Falcon Ember Prairie Thistle Copper Comet Heron Sable Walnut Glacier Compass
    Marble Saffron Breeze Pebble Dolphin Crown Mulberry Velvet Ridge Amber Canyon Swallow Hazel Pioneer
    Coral Timber Zenith Poplar Delta Raven Garnet Horizon Clement Bramble Tide Aspen Castle Robin Quartz
    Valley Spruce Mariner Dawn
""")
RANDOM_FIRMS = _list("""
    Millbrook Fairfax Goldcrest Westmere Oldham Stonebridge Kingsley Redfern Halloway Pembroke
    Ravenscroft Thornbury Wexford Caldwell Dunmore Everhart Foxglen Greyfield Hollis Ivyton
""")
INVENTED = _list("""
    Purple Yellow Scarlet Crimson Violet Indigo Silver Golden Bronze Iron Steel Platinum Diamond Ruby
    Sapphire Emerald Pearl Opal Jade Topaz Onyx Crystal Tiger Lion Eagle Wolf Bear Fox Otter Badger Owl
    Hawk Crane Stork Pelican Salmon Whale Turtle Rabbit Bison Camel Panther Jaguar Zebra Penguin Sparrow
    Lynx Moose Apple Cherry Lemon Olive Almond Peach Plum Pear Grape Berry Pepper Ginger Vanilla Honey
    Mint Rose Tulip Daisy Lily Iris Lotus Fern Moss Ivy Oak Elm Pine Fir Ash Palm Bamboo Reed Acorn
    Thorn Ocean Lake Island Beach Coast Storm Thunder Cloud Rain Snow Frost Winter Autumn Spring Sunrise
    Sunset Moon Star Galaxy Rocket Planet Eclipse Aurora Phoenix Dragon Griffin Unicorn Titan Atlas
    Apollo Neptune Mercury Victory Liberty Freedom Justice Harmony Wisdom Fortune Destiny Legacy
    Heritage Royal Imperial Global Pacific Atlantic Alpine Arctic Desert Tropic Bridge Tower Gate Wall
    Mill Forge Anvil Hammer Arrow Shield Sword Helmet Banner Drum Harp Piano Violin Ladder Window Mirror
    Candle Kettle Basket Ribbon Button Needle Feather Shell Stone Boulder Cave Hill Mountain Volcano
    Rainbow Safari Turbo Mega Ultra Super Prime Magic Mystery Wonder Dream Smile Happy Lucky Easy Rapid
    Swift Flash Blaze Spark Torch Engine Anchorage Zephyr
""")
HELD_OUT_NAMES = frozenset(
    _list("""
    Purple Ruby Tiger Otter Pelican Zebra Lemon Almond Ginger Tulip Elm Bamboo Ocean Thunder Winter Moon
    Rocket Phoenix Apollo Liberty Fortune Royal Pacific Tower Arrow Harp Candle Feather Volcano Dream
    Silver Diamond Eagle Salmon Cherry Daisy Oak Island Star Victory
""")
)
"""Names kept for the probes: no training question asks about them."""


@dataclass(frozen=True, slots=True)
class Product:
    name: str
    fee: str
    risk: str
    notice: str
    minimum: str
    holdings: str
    firm: str = ""

    def value(self, attribute: str) -> str:
        return getattr(self, attribute)


def random_product(rng: Random, firm: str, name: str, kind: str = "") -> Product:
    values = {attribute: rng.choice(_VALUES[attribute]) for attribute in ATTRIBUTES}
    return Product(name=f"{name} {kind or rng.choice(KINDS)}", firm=firm, **values)


def _fixed() -> tuple[Product, ...]:
    """Forty-eight names, every other one borne by two products: there the kind alone tells them apart."""
    rng, products = Random(20), []
    for i, name in enumerate(_NAMES):
        kinds = rng.sample(KINDS, 1 + i % 2)
        products += [random_product(rng, FIRMS[i // 12], name, kind) for kind in kinds]
    return tuple(products)


FIXED = _fixed()
_BORNE = {product.name for product in FIXED}
_NEAR = tuple(f"{name} {kind}" for name in _NAMES for kind in KINDS if f"{name} {kind}" not in _BORNE)


_TAKEN = {*HELD_OUT_NAMES, *w.STREETS, *(product.name.split()[0] for product in FIXED)}
_WORDS = [word.capitalize() for word in (*w.THINGS, *w.PLACES, *w.ANIMALS)]
_UNUSED = [name for name in dict.fromkeys([*INVENTED, *_WORDS]) if name not in _TAKEN]
"""First names of products that no firm offers; the names of streets stay free for a firm to come."""


def random_firm(rng: Random, count: int) -> list[Product]:
    """A firm nobody has heard of, with its own products."""
    firm = rng.choice(RANDOM_FIRMS)
    names = rng.sample(_UNUSED, count)
    return [random_product(rng, firm, name) for name in names]


def needs_kind(name: str) -> bool:
    """Whether a product's first name alone would mean another one, or could."""
    first = name.split()[0]
    return first in _NAMES and [product for product in _BORNE if product.split()[0] == first] != [name]


def invented_name(rng: Random) -> str:
    """A product that no fixed firm offers: a new word or two, or a known one with another kind."""
    if rng.random() < 0.35:
        return rng.choice(_NEAR)
    words = rng.sample(_UNUSED, 2 if rng.random() > 0.9 else 1)
    return f"{' '.join(words)} {rng.choice(KINDS)}"


STATEMENTS = {
    "fee": (
        "The {p} charges a fee of {v} a year.",
        "The {p} costs {v} a year.",
        "The yearly fee of the {p} is {v}.",
        "For the {p} you pay {v} a year.",
    ),
    "risk": ("The {p} carries a {v} risk.", "The risk of the {p} is {v}.", "The {p} has a {v} risk."),
    "notice": (
        "The {p} needs a notice of {v}.",
        "Money leaves the {p} after a notice of {v}.",
        "You can take your money out of the {p} after {v}.",
        "The notice of the {p} is {v}.",
    ),
    "minimum": (
        "The {p} starts at {v}.",
        "The minimum of the {p} is {v}.",
        "You need {v} to start the {p}.",
        "You can open the {p} with {v}.",
    ),
    "holdings": ("The {p} holds {v}.", "The {p} invests in {v}.", "The money in the {p} goes into {v}."),
}


def statement(rng: Random, attribute: str, product: Product) -> str:
    """One sentence that tells one value, with the firm's name in half of them."""
    text = rng.choice(STATEMENTS[attribute]).format(p=product.name, v=product.value(attribute))
    if product.firm and rng.random() < 0.5:
        text = f"At {product.firm}, {text[:1].lower()}{text[1:]}"
    return text
