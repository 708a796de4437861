# ruff: noqa: E501 (a table)
"""Sixty-four things one can do, each with its own verb and three steps."""

from dataclasses import dataclass

_TABLE = """
make|a resume|write your name at the top|list your jobs and your schooling|check the spelling and keep it to one page
bake|bread|mix flour, water and yeast|let the dough rise for an hour|put it in a hot oven
plant|a tree|dig a deep hole|set the roots in the soil|water it well
paint|a wall|cover the floor with paper|roll the paint on from the top|let it dry overnight
wash|a dog|fill a tub with warm water|rub in some mild soap|rinse the fur and dry it with a towel
fix|a flat tire|take off the wheel|glue a patch over the hole|pump in fresh air
brew|tea|boil some water|pour it over the leaves|wait four minutes before you drink
cook|rice|rinse the grains|add twice as much water|simmer with the lid on until it is soft
sew|a button|thread a needle|pull the thread through the holes|tie a firm knot
fry|an egg|melt butter in a pan|crack the shell over it|lift it out when the white is firm
build|a birdhouse|saw six boards|nail them together|hang it on a branch
write|a letter|put the date at the top|say what you have to say|sign your name
clean|a window|wipe off the dust|spray on some vinegar|polish it with old paper
tie|a knot|cross the two ends|pull one end through the loop|draw both ends tight
iron|a shirt|heat the iron|press the collar and the sleeves|smooth the front and hang it up
grow|tomatoes|sow the seeds indoors|move the plants to a sunny bed|water them every evening
catch|a fish|put bait on the hook|cast the line into deep water|reel it in slowly
milk|a cow|wash your hands|squeeze gently from top to bottom|carry the pail to a cool place
saddle|a horse|brush its back|lay the blanket and the saddle on it|tighten the strap
fold|a paper boat|fold the sheet in half|turn down the corners|open it from below
light|a campfire|gather dry twigs|stack them like a small tent|hold a match to the bottom
pitch|a tent|find flat ground|lay out the poles and the cloth|hammer the pegs in
knit|a scarf|cast on thirty stitches|knit row after row|bind off the last row
sharpen|a knife|wet the stone|draw the blade over it at a low angle|test it on paper
tune|a guitar|pluck the lowest string|turn the peg until it sounds right|do the same with the other strings
train|a puppy|choose a quiet room|say one short word|reward it with a treat
cut|hair|comb it straight|trim a little at a time|brush off the loose ends
shave|a beard|soften it with warm water|spread the foam|draw the razor with the grain
pack|a suitcase|put the heavy things at the bottom|roll the clothes|fill the gaps with socks
mail|a parcel|choose a strong box|write the address on it|take it to the post office
borrow|a library book|find it on the shelf|bring it to the desk|show your card
plan|a party|choose a day|invite your friends|buy the food and the drinks
wrap|a gift|cut enough paper|fold it around the box|tape the ends and add a ribbon
peel|a potato|wash off the dirt|move the peeler away from you|cut out the eyes
squeeze|lemons|roll them on the table|cut them in half|press them over a bowl
churn|butter|pour cream into a jar|shake it until it thickens|drain it and add salt
pickle|cucumbers|slice them|cover them with vinegar and salt|keep the jar cold for a week
smoke|a ham|rub it with salt|hang it over a low fire|leave it there for two days
dig|a well|mark a wide circle|dig until you meet water|line the sides with stone
mow|a lawn|pick up the stones|push the mower in straight rows|rake up the grass
prune|a rose|wear thick gloves|cut the dead stems away|leave three strong shoots
hang|a picture|measure the middle of the wall|hammer in a nail|level the frame
mend|a fence|pull out the broken boards|set a new post|nail fresh boards to it
varnish|a chair|sand the wood|brush on a thin coat|let it harden for a day
change|a light bulb|switch off the power|unscrew the old bulb|twist in the new one
charge|a phone|find the right cable|plug it into the wall|wait until the battery is full
install|a program|download the file|open it and follow the steps|restart the computer
print|a photo|load the good paper|choose the size|press the button and let the ink dry
record|a song|set up the microphone|play it through once|listen and keep the best take
read|a map|turn it so that north is up|find where you stand|trace the road with your finger
cross|a street|stop at the curb|look both ways|walk when no car is coming
ride|a bicycle|sit on the seat|push one pedal down|keep your eyes on the road
drive|a car|fasten your belt|start the engine|look in the mirror before you pull out
row|a boat|sit facing the back|dip both oars in the water|pull them toward you
swim|a lap|stretch your arms forward|kick your legs|turn your head to breathe
climb|a rope|grip it with both hands|pinch it with your feet|pull yourself up bit by bit
throw|a ball|grip it with your fingers|swing your arm back|let go when it points at the target
juggle|three balls|hold two in one hand|toss one up to eye height|throw the next when it starts to fall
learn|a poem|read it aloud|repeat one line at a time|say the whole poem from memory
teach|a class|write the goal on the board|explain it with an example|ask the students a question
interview|a witness|introduce yourself|ask open questions|write down every answer
choose|a melon|knock on it|smell the stem|take the heaviest one
store|apples|sort out the bruised ones|wrap each in paper|keep them in a cool cellar
save|money|write down what you spend|put a part aside every month|leave it alone
"""

_IRREGULAR = {"tie": "tying"}
_DOUBLED = {"cut", "dig", "knit", "hang", "plan", "swim", "wrap"} - {"hang"}


@dataclass(frozen=True, slots=True)
class HowTo:
    verb: str
    thing: str
    steps: tuple[str, str, str]

    @property
    def task(self) -> str:
        return f"{self.verb} {self.thing}"

    @property
    def gerund(self) -> str:
        verb = self.verb
        if verb in _IRREGULAR:
            return f"{_IRREGULAR[verb]} {self.thing}"
        stem = verb + verb[-1] if verb in _DOUBLED else verb[:-1] if verb.endswith("e") else verb
        return f"{stem}ing {self.thing}"

    def ask(self, form: str) -> str:
        """A request in one of the forms of `ASKS`; what speaks of "one" falls back for things that are none."""
        if form.endswith(" one?") and not self.thing.startswith(("a ", "an ")):
            form = ASKS[0]
        return form.format(task=self.task, gerund=self.gerund, verb=self.verb, thing=self.thing)

    @property
    def sentence(self) -> str:
        """The three steps in one sentence: the answer an assistant gives."""
        first, then, last = self.steps
        return f"To {self.task}, first {first}, then {then}, and finally {last}."


def _parse() -> tuple[HowTo, ...]:
    rows = (line.split("|") for line in _TABLE.strip().splitlines())
    return tuple(HowTo(verb, thing, (one, two, three)) for verb, thing, one, two, three in rows)


HOWTOS = _parse()
ASKS = (
    "Teach me how to {task}",
    "Show me how to {task}",
    "Tell me how to {task}",
    "Explain how to {task}",
    "How do I {task}?",
    "How can I {task}?",
    "How do you {task}?",
    "I want to {task}. How do I do it?",
    "What is the best way to {task}?",
    "Help me {task}",
    "I would like to learn how to {task}",
    "Please teach me how to {task}",
    "Can you tell me how to {task}?",
    "Give me three steps to {task}",
    "What do I need to do to {task}?",
    "I need to {task}. What should I do?",
    "What are the steps to {task}?",
    "How would I {task}?",
    "Describe how to {task}",
    "I have never tried to {task}. Can you help?",
    "Could you explain how to {task}?",
    "Walk me through how to {task}",
    "How to {task}?",
    "How do people {task}?",
    "How does a person {task}?",
    "How does one {task}?",
    "How should I {task}?",
    "How do I {task} properly?",
    "How do I {task} the right way?",
    "How to {task} so that it works?",
    "How to {task} and not make a mess?",
    "Best way to {task}?",
    "Any tips on how to {task}?",
    "Any tips for {gerund}?",
    "Steps for {gerund}?",
    "Steps to {task}?",
    "What is the trick to {gerund}?",
    "What is the right way to {task}?",
    "I am bad at {gerund}. What should I do?",
    "I always get {gerund} wrong. How is it done?",
    "I want to {task}, what do I do?",
    "I want to {task}, how do I start?",
    "I want to {task} at home. What do I do?",
    "I need to {task} for work. How?",
    "I have to {task} tomorrow. Please help.",
    "Please help, I have to {task}!",
    "Please help me {task}.",
    "Help, how do I {task}?",
    "I never learned how to {task}. Show me.",
    "Never did this before. How do you {task}?",
    "It is my first time. How do I {task}?",
    "What is the first thing to do if I want to {task}?",
    "What do I do to {task}?",
    "Is it hard to {task}? How do I do it?",
    "My son wants to {task}. How is that done?",
    "My friend wants to learn how to {task}. What should I tell her?",
    "I was asked to {task} and I have no idea how.",
    "{gerund}, how does it work?",
    "Tell me about {gerund}.",
    "Tell me the steps for {gerund}.",
    "Give me a short guide to {gerund}.",
    "Where do I start with {gerund}?",
    "Can you show me how {gerund} works?",
    "Do you know how to {task}?",
    "Could you tell me what to do to {task}?",
    "I need {thing}. How do I {verb} one?",
    "I need to {verb} {thing} today, what are the steps?",
    "I forgot how to {task}.",
    "Explain {gerund} to me.",
)
