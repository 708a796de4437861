"""The facts of the small world, as tables: every row is a subject and its values."""

from playground.world.relations import RELATIONS, Fact, Relation, article, capital
from playground.world.words import plural

_list = str.split

_COUNTRIES = """
France|Paris|French|the euro|Europe|onion soup
Italy|Rome|Italian|the euro|Europe|pasta
Spain|Madrid|Spanish|the euro|Europe|paella
Germany|Berlin|German|the euro|Europe|sausages
Portugal|Lisbon|Portuguese|the euro|Europe|grilled sardines
Greece|Athens|Greek|the euro|Europe|moussaka
Poland|Warsaw|Polish|the zloty|Europe|dumplings
Hungary|Budapest|Hungarian|the forint|Europe|goulash
Sweden|Stockholm|Swedish|the krona|Europe|meatballs
Norway|Oslo|Norwegian|the krone|Europe|smoked salmon
Denmark|Copenhagen|Danish|the krone|Europe|open sandwiches
Finland|Helsinki|Finnish|the euro|Europe|rye bread
Russia|Moscow|Russian|the ruble|Europe|beet soup
Iceland|Reykjavik|Icelandic|the krona|Europe|dried fish
Romania|Bucharest|Romanian|the leu|Europe|cabbage rolls
Turkey|Ankara|Turkish|the lira|Asia|kebab
Japan|Tokyo|Japanese|the yen|Asia|sushi
China|Beijing|Chinese|the yuan|Asia|roast duck
Vietnam|Hanoi|Vietnamese|the dong|Asia|noodle soup
Thailand|Bangkok|Thai|the baht|Asia|green curry
Indonesia|Jakarta|Indonesian|the rupiah|Asia|fried rice
Nepal|Kathmandu|Nepali|the rupee|Asia|lentils
Iran|Tehran|Persian|the rial|Asia|saffron rice
Mexico|Mexico City|Spanish|the peso|America|tacos
Brazil|Brasilia|Portuguese|the real|America|bean stew
Peru|Lima|Spanish|the sol|America|raw fish with lime
Cuba|Havana|Spanish|the peso|America|black beans
Egypt|Cairo|Arabic|the pound|Africa|flat bread
Morocco|Rabat|Arabic|the dirham|Africa|couscous
Kenya|Nairobi|Swahili|the shilling|Africa|corn porridge
"""
_ANIMALS = """
cow|grass|on a farm|a calf|moo
horse|hay|in a stable|a foal|neigh
sheep|clover|in a field|a lamb|bleat
pig|scraps|in a sty|a piglet|grunt
dog|bones|in a kennel|a puppy|bark
cat|mice|in a house|a kitten|meow
duck|water plants|on a pond|a duckling|quack
hen|grain|in a coop|a chick|cluck
lion|zebras|on the plain|a cub|roar
bear|berries and honey|in a cave|a cub|growl
wolf|deer|in the forest|a pup|howl
frog|flies|in a swamp|a tadpole|croak
owl|voles|in a hollow tree|an owlet|hoot
bee|nectar|in a hive|a larva|buzz
snake|rats|under rocks|a snakelet|hiss
goat|thistles|on the mountain|a kid|bleat
deer|leaves|in the woods|a fawn|bellow
seal|fish|on the ice|a pup|bark
kangaroo|dry grass|in the outback|a joey|grunt
swan|reeds|on a lake|a cygnet|honk
eagle|rabbits|on a cliff|an eaglet|scream
elephant|branches|in the savanna|a calf|trumpet
rabbit|carrots|in a burrow|a bunny|squeak
spider|insects|in a web|a spiderling|tap
panda|bamboo|in misty hills|a cub|bleat
camel|thorn bushes|in the desert|a calf|groan
squirrel|acorns|in an oak|a kit|chatter
penguin|krill|on the southern ice|a chick|squawk
"""
_JOBS = """
baker|bread|in a bakery
tailor|suits|in a workshop
carpenter|tables and chairs|at a workbench
farmer|wheat|in the fields
fisherman|nets|on a boat
teacher|lessons|in a school
doctor|patients well|in a hospital
pilot|flights|in a cockpit
cook|meals|in a kitchen
writer|books|at a desk
judge|rulings|in a court
banker|loans|in a bank
miner|tunnels|in a mine
gardener|flower beds|in a garden
painter|pictures|in a studio
librarian|catalogs|in a library
barber|haircuts|in a barber shop
actor|plays|on a stage
potter|bowls|at a wheel
sailor|voyages|on a ship
plumber|pipe repairs|under the sink
chemist|medicines|in a laboratory
"""
_TOOLS = """
hammer|drive nails
saw|cut wood
needle|sew cloth
broom|sweep the floor
spade|dig holes
kettle|boil water
ladder|reach high places
scale|weigh things
compass|find the north
key|open a lock
oven|bake cakes
ruler|measure lines
lamp|light a room
umbrella|keep off the rain
telescope|look at the stars
thermometer|measure heat
rake|gather leaves
brush|spread paint
pump|move water
clock|tell the time
pen|write letters
razor|shave a beard
"""
_OPPOSITES = """
    hot cold, big small, fast slow, high low, light dark, old new, rich poor, hard soft, wet dry, full
    empty, early late, loud quiet, strong weak, open closed, happy sad, clean dirty, cheap expensive,
    near far, sweet bitter, thick thin, wide narrow, brave afraid, left right, up down, inside outside,
    always never, first last, true false, young elderly, deep shallow, buy sell, win lose, push pull,
    safe risky
"""
_COLORS = """
    grass green, snow white, coal black, the sky blue, blood red, a lemon yellow, an orange orange, a
    violet purple, chocolate brown, ash gray, a flamingo pink, milk white, a strawberry red, a crow
    black, a banana yellow, an emerald green
"""
_KINDS = """
    apple fruit, pear fruit, plum fruit, cherry fruit, carrot vegetable, onion vegetable, cabbage
    vegetable, rose flower, tulip flower, daisy flower, oak tree, pine tree, birch tree, violin
    instrument, piano instrument, drum instrument, chess game, football sport, tennis sport, salmon
    fish, trout fish, sparrow bird, eagle bird, ant insect, beetle insect, coat garment, shirt garment,
    sofa piece of furniture, truck vehicle, bicycle vehicle, ruby jewel
"""
_SENSES = "see eyes, hear ears, smell nose, taste tongue, touch fingers, walk feet, chew teeth, think brain"
DAYS = _list("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = _list("January February March April May June July August September October November December")
SEASONS = _list("spring summer autumn winter")


def _rows(table: str) -> list[list[str]]:
    return [line.split("|") for line in table.strip().splitlines()]


def _pairs(table: str) -> list[tuple[str, str]]:
    """Comma-separated "subject value"; an article belongs to the subject."""
    pairs = []
    for item in " ".join(table.split()).split(", "):
        words = item.split()
        cut = 2 if words[0] in ("a", "an", "the") else 1
        pairs.append((" ".join(words[:cut]), " ".join(words[cut:])))
    return pairs


def _fact(relation: str, subject: str, value: str) -> Fact:
    base = RELATIONS[relation]
    if any("{S}" in form or "A {s}" in form or " a {s}" in form for form in base.statements + base.questions):
        base = Relation(
            base.name, _articled(base.statements, subject), _articled(base.questions, subject), base.topic
        )
    return Fact(base, subject, value)


def _articled(forms: tuple[str, ...], subject: str) -> tuple[str, ...]:
    with_article = article(subject)
    return tuple(
        form.replace("{S}", with_article)
        .replace("{P}", plural(subject))
        .replace("A {s}", capital(with_article))
        .replace(" a {s}", " " + with_article)
        for form in forms
    )


COUNTRIES = [row[0] for row in _rows(_COUNTRIES)]
ANIMALS = [row[0] for row in _rows(_ANIMALS)]
JOBS = [row[0] for row in _rows(_JOBS)]
TOOLS = [row[0] for row in _rows(_TOOLS)]
_TABLES = (
    (_COUNTRIES, ("capital", "language", "money", "continent", "dish")),
    (_ANIMALS, ("food", "home", "young", "sound")),
    (_JOBS, ("product", "workplace")),
    (_TOOLS, ("use",)),
)
_LISTS = (("opposite", _OPPOSITES), ("color", _COLORS), ("kind", _KINDS), ("sense", _SENSES))
FACTS: tuple[Fact, ...] = (
    *(
        _fact(name, row[0], value)
        for table, names in _TABLES
        for row in _rows(table)
        for name, value in zip(names, row[1:], strict=True)
    ),
    *(_fact(name, subject, value) for name, table in _LISTS for subject, value in _pairs(table)),
    *(_fact("opposite", value, subject) for subject, value in _pairs(_OPPOSITES)),
    *(_fact("day", day, DAYS[(i + 1) % 7]) for i, day in enumerate(DAYS)),
    *(_fact("month", month, MONTHS[(i + 1) % 12]) for i, month in enumerate(MONTHS)),
)
