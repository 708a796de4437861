"""The vocabulary of the stories: nouns, verbs with their forms, adjectives, names, places."""

_list = str.split


def _forms(table: str) -> list[tuple[str, str]]:
    return [tuple(pair.split()) for pair in " ".join(table.split()).split(", ")]


PEOPLE = _list("""
    Anna Ben Clara David Ella Frank Grace Henry Ida Jack Kate Leo Maria Nora Oscar Paul Rosa Sam Tom
    Vera Will Alice Bruno Cora Dora Emil Fiona George Helen Ivan Julia Karl Laura Martin Nina Otto Peter
    Ruth Simon Theo Ursula Victor Wanda Alma Boris Celia Denis Edith Felix Gloria Hugo Irene Jonas Klara
    Lucas Mona Nathan Olga Philip Rita Stella Toby Walter Zoe Agnes Bella Caspar Daisy Eric Flora Gus
    Hannah Isaac Jane Kurt Lydia Max Nelly Owen Polly
""")
KIN = _list("""
    mother father sister brother aunt uncle cousin grandmother grandfather neighbor friend teacher
    daughter son husband wife boss colleague guest landlord nurse driver stranger dentist clerk manager
    student soldier mayor farmer doctor baker tailor singer dancer cook waiter lawyer engineer officer
    captain pilot sailor hunter shepherd priest king queen prince princess poet thief guard merchant
""")
PLACES = _list("""
    market station school river bridge park library bakery museum church harbor hospital office garden
    kitchen cellar attic village town city forest valley hill mountain beach island lake field farm barn
    mill castle tower theater cinema shop bank hotel inn restaurant square street road corner yard
    meadow orchard airport factory workshop studio stadium zoo palace court prison camp cave desert
    coast port pond well summit
""")
THINGS = _list("""
    apple basket bell blanket boat book bottle bowl box bread brush bucket button cake camera candle cap
    card carpet chain chair clock coat coin cup curtain desk dish door dress drum egg fan feather fence
    flag flower flute fork glass glove guitar hammer hat helmet jacket jar kettle key kite knife ladder
    lamp lantern leaf letter lock map mask melon mirror needle net newspaper nut onion oven painting pan
    parcel pen pencil phone photo piano picture pie pillow pipe plate pot purse puzzle radio ring rope
    rug sack saddle scarf seat shell shirt shoe shovel sign soap sock spoon stamp stick stone stool
    stove suit suitcase sweater sword table tent ticket towel toy tray trunk umbrella vase violin wagon
    wallet watch wheel whistle window anchor lantern willow cedar granite beacon clover juniper plant
    tree rose statue telescope ball tray bag bench cheese soup salad pear plum lemon sandwich biscuit
    pudding sausage potato carrot cabbage report contract form bill receipt recipe poem song diary
    calendar postcard envelope passport computer machine engine bicycle truck car train bus cart sled
    raft
""")
ANIMALS = _list("""
    dog cat horse cow goat sheep hen duck goose rabbit fox wolf bear deer mouse owl crow eagle sparrow
    frog snake turtle bee spider monkey lion tiger elephant donkey squirrel hedgehog swan pigeon parrot
    whale seal
""")
ABSTRACT = _list("""
    trouble luck peace courage hope fear anger joy love hunger thirst silence noise work rest sleep fun
    money time news advice help truth history music weather health war law art science business travel
    friendship patience honor power freedom beauty memory knowledge success failure danger safety
    progress interest growth trade debt wealth profit loss value price risk insurance credit income tax
    wage rent pension
""")
ADJECTIVES = _list("""
    old new big small red blue green yellow white black brown gray heavy light broken clean dirty dry
    wet warm cold hot cool soft hard sharp dull round flat long short tall wide narrow deep thick thin
    bright dark shiny strange simple plain fine rough smooth empty full open cheap expensive famous
    lovely ugly pretty huge tiny wooden golden silver woolen painted precious rusty dusty muddy sunny
    rainy foggy windy quiet noisy lonely busy lazy clever foolish brave shy proud humble honest cruel
    gentle kind polite rude angry calm happy sad tired hungry thirsty sleepy sick healthy weak strong
    young rich poor lucky nervous curious careful careless patient serious funny silly wise stubborn
    generous greedy jealous loyal modest friendly bitter sweet sour salty fresh rotten ripe raw modern
    ancient foreign local private public common rare perfect useful useless safe dangerous slow quick
    sudden final early late secret wild tame loud wonderful terrible difficult easy important
""")
ADVERBS = _list("""
    slowly quickly quietly loudly carefully gently suddenly finally gladly sadly proudly bravely calmly
    softly badly well early late often always never soon again twice together alone outside upstairs
    anyway almost hardly kindly politely rudely secretly warmly angrily happily easily simply
""")
_IRREGULAR = """
    find found, buy bought, sell sold, bring brought, take took, give gave, lose lost, keep kept, hold
    held, make made, build built, break broke, hide hid, steal stole, draw drew, throw threw, catch
    caught, choose chose, send sent, get got, leave left, see saw, read read, write wrote, put put, cut
    cut, tear tore, forget forgot, teach taught, lend lent, sweep swept, shake shook, wear wore, feed
    fed, meet met, hear heard
"""
_REGULAR = _list("""
    paint clean carry open close pull push wash fix mend repair watch touch drop lift move need want
    like love admire borrow return collect count cover decorate deliver destroy discover examine fill
    fold follow guard hang ignore inspect kick knock lock unlock mark measure miss notice offer order
    pack pick place polish press protect receive remember remove rent replace rescue roll save search
    share show smell sort stack store taste test tie trade trust turn unpack use visit wrap check chase
    bake cook boil roast fry slice chop peel stir plant water harvest trim sharpen print copy sign stamp
    mail study explain describe mention invent design improve compare praise enjoy prefer accept refuse
    burn paste rinse dry dust rub brush scratch sketch toss juggle
""")
_MOVES = """
    walk walked, run ran, go went, hurry hurried, ride rode, drive drove, march marched, travel
    traveled, climb climbed, wander wandered, sail sailed, fly flew, come came, return returned, crawl
    crawled, rush rushed
"""
_STATES = """
    sleep slept, laugh laughed, cry cried, smile smiled, wait waited, sing sang, dance danced, shout
    shouted, whisper whispered, rest rested, stay stayed, sit sat, stand stood, work worked, talk
    talked, think thought, dream dreamed, worry worried, listen listened, pray prayed, play played, swim
    swam, cough coughed, sigh sighed
"""
STREETS = _list("""
    Cedar Harbor Willow Granite Meadow Lantern Juniper Anchor Summit Orchard Beacon Clover Maple River
    Castle Mill Church Bridge Garden Rose Lake Hill King Queen Market Station Larkspur Purple Ruby Tiger
    Otter Pelican Zebra Lemon Almond Ginger Tulip Elm Bamboo Ocean Thunder Winter Moon Rocket Phoenix
    Apollo Liberty Fortune Royal Pacific Tower Arrow Harp Candle Feather Volcano Dream Silver Diamond
    Eagle Salmon Cherry Daisy Oak Island Star Victory Scarlet Golden Iron Emerald Wolf Swan Badger Crane
    Olive Plum Honey Lily Fern Coast Storm Snow Spring Sunrise Planet Dragon Mercury Justice Heritage
    Arctic Gate Forge Shield Drum Window Shell Mountain Rainbow Magic Smile Swift Torch
""")
"""What streets are called: names the base has read, and never as a firm's product."""
_PLURALS = dict(
    _forms(
        "mouse mice, goose geese, knife knives, leaf leaves, wolf wolves, wife wives, thief thieves, "
        "sheep sheep, deer deer, fisherman fishermen"
    )
)
_DOUBLED = frozenset(_list("run put cut get drop stir chop trim rub"))


def past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return (verb + verb[-1] if verb in _DOUBLED else verb) + "ed"


def gerund(verb: str) -> str:
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    stem = verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb
    return (stem + stem[-1] if verb in _DOUBLED or verb in ("sit", "swim", "forget") else stem) + "ing"


def third(verb: str) -> str:
    if verb.endswith(("s", "sh", "ch", "x", "ss", "go")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def plural(noun: str) -> str:
    return _PLURALS.get(noun) or third(noun)


VERBS = _forms(_IRREGULAR) + [(verb, past(verb)) for verb in _REGULAR]
"""Transitive verbs, base form and past."""
MOVES, STATES = _forms(_MOVES), _forms(_STATES)
