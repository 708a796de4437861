"""What one can ask of a product's five attributes, in many words.

`{p}` is the product. Held-out phrasings stand apart and are asked nowhere but in the probes.
"""

from dataclasses import dataclass

ATTRIBUTES = ("fee", "risk", "notice", "minimum", "holdings")


@dataclass(frozen=True, slots=True)
class Topic:
    """The phrasings of one attribute."""

    nouns: tuple[str, ...]
    questions: tuple[str, ...]
    clauses: tuple[str, ...]
    held_out: tuple[str, ...]


def phrases(text: str) -> tuple[str, ...]:
    return tuple(" ".join(item.split()) for item in text.strip().split(";") if item.strip())


TOPICS = {
    "fee": Topic(
        phrases("""
        the fee; the yearly fee; the cost; the charge; the price; the annual fee; the yearly cost;
        the management fee; the commission; the yearly charge; the fees; the costs; the charges; the
        expense; the rate you charge; the percentage you take"""),
        phrases("""
        How much does {p} cost?; What does {p} cost?; What does {p} cost a year?; What do you charge
        for {p}?; How much do you take for {p}?; How much do you take with {p}?; How expensive is
        {p}?; Is {p} expensive?; Is {p} cheap?; What do I pay for {p}?; What do I pay for {p} each
        year?; How much must I pay for {p}?; What fee does {p} have?; What is the fee for {p}?; How
        many percent does {p} cost?; What percent goes to you with {p}?; What will {p} cost me every
        year?; How much of my money do you keep for {p}?; What is your cut on {p}?; How big is the
        fee on {p}?; How high are the costs of {p}?; Does {p} have a fee?; Are there any fees with
        {p}?; What are the fees for {p}?; I want to know the price of {p}.; What does it cost me to
        have {p}?; How much is {p}?; What is charged for {p}?; What price do you ask for {p}?; Do
        you charge for {p}?; How much would {p} set me back?; How pricey is {p}?; What do you earn
        on {p}?; what's the fee on {p}?; how much do you charge for {p}?; What am I paying for {p}?;
        What comes off each year with {p}?; Does {p} cost anything?; What do you want for {p}?; How
        much goes away in fees with {p}?; Is there a yearly charge on {p}?; How much do you guys
        charge for {p}?; What percentage is {p}?; {p} costs how much?; How much per year for {p}?;
        What do I have to pay to own {p}?; Do I pay a lot for {p}?; What does it cost to stay in
        {p}?; Is {p} free?; What part of my money do you take in {p}?; I do not want to pay much.
        What does {p} take?; how high is the fee of {p}?; What is my yearly bill for {p}?; What is
        the total cost of {p}?; How many percent do you take from {p}?; What are you charging me on
        {p}?; What will I be paying for {p}?; What is deducted from {p} each year?"""),
        phrases("""
        what {p} costs; how much {p} costs; what you charge for {p}; how much you take for {p}; how
        expensive {p} is; what I pay for {p}; what fee {p} has; how high the fee of {p} is; what the
        fee for {p} is; how many percent {p} costs; what I would pay each year for {p}; whether {p}
        is expensive"""),
        phrases("""
        What would I be charged every year with {p}?; How large a fee comes with {p}?; What is it
        going to cost me to keep {p}?; Which percentage is taken for {p}?; Before I buy {p}, what
        will I pay for it?; How costly is {p} over a year?; What yearly price is on {p}?; Your
        charge on {p}, please?"""),
    ),
    "risk": Topic(
        phrases("""
        the risk; the risk level; the danger; the level of risk; the risks; the safety; the amount
        of risk; the risk class; the chance of a loss; the risk rating"""),
        phrases("""
        How risky is {p}?; Is {p} risky?; Is {p} safe?; How safe is {p}?; How dangerous is {p}?; Is
        {p} dangerous?; Can I lose money with {p}?; Could I lose my money in {p}?; What risk does
        {p} have?; What risk do I take with {p}?; How much risk is in {p}?; How much risk does {p}
        carry?; Is my money safe in {p}?; How safe is my money in {p}?; Will I lose money with {p}?;
        How likely am I to lose money with {p}?; Is {p} a safe choice?; Is {p} a gamble?; Is {p}
        secure?; How secure is {p}?; How high is the risk of {p}?; Is there any risk with {p}?; What
        are the risks of {p}?; What is the risk with {p}?; Do I risk much with {p}?; What could go
        wrong with {p}?; Should I be afraid of {p}?; Is {p} a safe bet?; How wild is {p}?; How bumpy
        is {p}?; Does {p} go up and down a lot?; Can I sleep well with {p}?; How much can I lose
        with {p}?; is {p} too risky for me?; I worry about losing money in {p}.; Is {p} stable?; how
        risky would you say {p} is?; Will {p} keep my money safe?; I do not like risk. Is {p} for
        me?; Can {p} lose value?; Can {p} crash?; Could {p} go wrong?; Is there danger in {p}?; What
        are the chances of losing money in {p}?; Is {p} low risk?; Is {p} high risk?; How much of a
        risk is {p}?; How careful must I be with {p}?; Am I safe with {p}?; Might I lose everything
        in {p}?; Should I worry about {p}?; Is it dangerous to put money into {p}?; Is it safe to
        invest in {p}?; Is {p} a risk?; I am scared of losing money. How safe is {p}?; What risk
        level is {p}?; {p} is safe, right?; Would I lose money in {p}?; Is {p} a good place for a
        nervous person?; Do people lose money with {p}?; How shaky is {p}?"""),
        phrases("""
        how risky {p} is; how safe {p} is; whether {p} is safe; whether {p} is risky; if {p} is
        safe; what risk {p} has; how much risk {p} carries; how dangerous {p} is; whether I can lose
        money with {p}; how safe my money is in {p}; if I could lose my money in {p}; how high the
        risk of {p} is"""),
        phrases("""
        How much danger is there in {p}?; Would my money be safe with {p}?; How great a risk am I
        taking in {p}?; What sort of risk should I expect from {p}?; Might I lose my savings in
        {p}?; Is it risky to buy {p}?; How would you rate the risk in {p}?; Before I buy {p}, how
        safe is it?"""),
    ),
    "notice": Topic(
        phrases("""
        the notice; the notice period; the waiting time; the wait; the time to take money out; the
        notice time; the period of notice; the delay before I get my money; the number of days to
        wait; the withdrawal time"""),
        phrases("""
        How long must I wait to get my money from {p}?; How soon can I take my money out of {p}?;
        What is the notice for {p}?; How many days of notice does {p} need?; When can I get my money
        out of {p}?; How quickly can I sell {p}?; How fast can I get my money from {p}?; How long is
        my money tied up in {p}?; Is my money tied up in {p}?; How long is my money locked in {p}?;
        How long does it take to leave {p}?; I want to quit {p}. How long does it take?; How long
        before I can quit {p}?; I want my cash back from {p}.; I want my money back from {p}. How
        long does it take?; How do I get my money out of {p}?; How long to withdraw from {p}?; How
        long does a withdrawal from {p} take?; When do I get my cash back from {p}?; How many days
        to cash out of {p}?; What notice must I give to leave {p}?; If I want out of {p}, how long
        do I wait?; How long until I can have my money from {p}?; Can I take my money out of {p}
        quickly?; How early must I tell you before I leave {p}?; How long does it take to get out of
        {p}?; Can I get my money out of {p} at once?; How long do I have to wait with {p}?; What is
        the waiting time of {p}?; How many days until {p} pays out?; When will you pay me back from
        {p}?; I need my money from {p}. When do I get it?; How long does {p} keep my money after I
        ask for it?; how soon can I pull out of {p}?; How long does it take to close {p}?; How long
        are my savings stuck in {p}?; If I sell {p} today, when do I have the money?; When can I
        withdraw from {p}?; How long to get my money from {p}?; How long until I get paid from {p}?;
        How fast does {p} pay back?; How quick can I get my cash out of {p}?; Can I leave {p} at any
        time?; Can I quit {p} any day?; How many days does it take to leave {p}?; What if I need my
        money from {p} soon?; How long will my cash be tied up in {p}?; I want to leave {p}.; I want
        to sell {p}. When will I be paid?; How do I quit {p}?; How long do I wait if I sell {p}?;
        When would my money from {p} arrive?; How far ahead do I have to ask for my money from {p}?;
        I need cash. How fast is {p}?; How soon could I have my cash back from {p}?; Do I have to
        wait to get out of {p}?; How long does the exit from {p} take?; How long is the wait when I
        leave {p}?; How many days to get my money back from {p}?; how long am i stuck in {p}?; If I
        quit {p} now, when do I get paid?; How long to cash in {p}?; How long must I wait before I
        can take money from {p}?; How soon do you return my money from {p}?; By when must I tell you
        that I want to leave {p}?; how many days before I can leave {p}?"""),
        phrases("""
        how long I must wait to get my money from {p}; how soon I can take my money out of {p}; how
        many days of notice {p} needs; when I can get my money out of {p}; how fast I can leave {p};
        how long my money is tied up in {p}; how long a withdrawal from {p} takes; how quickly I can
        sell {p}; what notice {p} needs; when I get my cash back from {p}; how long it takes to quit
        {p}; how long my money is locked in {p}"""),
        phrases("""
        After how many days may I take money from {p}?; If I leave {p}, when does my money come?;
        How much warning do you need before I take money out of {p}?; How long would you hold my
        money in {p} once I ask for it?; What delay is there when I sell {p}?; How many days ahead
        must I tell you to get out of {p}?; I need cash from {p}, how long will that take?; How long
        before {p} gives my money back?"""),
    ),
    "minimum": Topic(
        phrases("""
        the minimum; the minimum amount; the smallest amount; the least I can invest; the smallest
        deposit; the first deposit; the entry amount; the minimum to start; the starting amount; the
        minimum investment; the minimum deposit; the least amount; the lowest amount; the money
        needed to start"""),
        phrases("""
        How much do I need to start {p}?; What is the minimum for {p}?; How much money do I need for
        {p}?; What is the least I can put into {p}?; What is the smallest amount for {p}?; How
        little can I start {p} with?; How much do I need to open {p}?; How much must I put in to
        start with {p}?; How much must I invest in {p}?; What do I need to get into {p}?; With how
        much can I start {p}?; How many dollars do I need for {p}?; How much does it take to join
        {p}?; How much cash do I need to begin with {p}?; Can I start {p} with little money?; What
        is the smallest deposit in {p}?; What do I have to put down for {p}?; How much is the first
        deposit for {p}?; Can I open {p} with a small sum?; What sum is enough for {p}?; How much
        should I bring to open {p}?; What amount do I need to buy {p}?; Is there a minimum for {p}?;
        I only have a little money. Is it enough for {p}?; How much at least for {p}?; What is the
        entry amount of {p}?; How small can my first payment into {p} be?; How much do you want to
        start {p}?; what do I need to start with {p}?; How many dollars must I have for {p}?; How
        much money should I have to join {p}?; I want to start {p}. How much do I need?; What must I
        pay in to open {p}?; what's the lowest I can start {p} with?; How much to get started with
        {p}?; how much to open {p}?; What must I have to start {p}?; How many dollars to start {p}?;
        How many dollars to open {p}?; Is {p} only for rich people?; What do I need to open {p}?;
        How much cash do I have to put into {p}?; What is the lowest amount for {p}?; What can I
        start {p} with?; How small a sum can I put in {p}?; How much do I have to invest in {p}?;
        How little money can I put into {p}?; How much do I need at least to buy {p}?; What does it
        take to get into {p}?; How much is needed for {p}?; How much money to begin with {p}?; With
        what amount can I begin {p}?; How much for a start in {p}?; I am a student. How much do I
        need for {p}?; How much should I put in {p} to begin?; How many dollars at least for {p}?;
        What is the smallest payment into {p}?; What must I deposit to open {p}?; How much do I need
        to join {p}?; how much do i have to put down for {p}?; What amount must I invest in {p}?"""),
        phrases("""
        how much I need to start {p}; what the minimum for {p} is; how little I can start {p} with;
        how much I need to open {p}; how many dollars I need for {p}; how much money it takes to
        join {p}; what the smallest amount for {p} is; how much I must put into {p}; with how much I
        can start {p}; what the least I can put into {p} is; how much cash I need to begin with {p};
        what I need to get into {p}"""),
        phrases("""
        What is the lowest sum you accept for {p}?; How many dollars would get me into {p}?; How
        much would I have to invest at first in {p}?; What is the smallest investment that {p}
        takes?; To open {p}, what is the least money?; How much money does {p} ask for at the
        start?; I would like to join {p}, how much must I bring?; What amount opens {p}?"""),
    ),
    "holdings": Topic(
        phrases("""
        the holdings; the investments; the assets; the contents; the things inside; the portfolio;
        the mix; the things you buy; the main holdings; the stuff"""),
        phrases("""
        What does {p} hold?; What does {p} invest in?; What is in {p}?; What is inside {p}?; What
        does {p} buy?; What does {p} own?; Where does my money go with {p}?; Where does the money in
        {p} go?; What is {p} made of?; What do you buy with the money in {p}?; What do you do with
        my money in {p}?; What does {p} put my money into?; What does {p} contain?; What kind of
        things does {p} hold?; What are the holdings of {p}?; What is behind {p}?; What am I buying
        with {p}?; What do I own with {p}?; What does {p} consist of?; Where is {p} invested?; In
        what does {p} invest?; Which assets are in {p}?; What does the money in {p} buy?; What
        stands behind {p}?; what's in {p}?; What is {p} invested in?; What things are in {p}?; Which
        investments does {p} make?; Where do you put the money of {p}?; What do you invest in with
        {p}?; what sort of stuff is in {p}?; what do I get if I buy {p}?; What would I own if I
        bought {p}?; where does my cash end up with {p}?; I want to know what is in {p}.; What does
        {p} spend my money on?; What do I get with {p}?; What is {p} about?; What do you do with the
        cash in {p}?; Which companies are in {p}?; What stuff does {p} buy?; What exactly is in
        {p}?; Where is my money when I buy {p}?; What does my money do in {p}?; What will my money
        be invested in with {p}?; What are you buying for {p}?; What kind of investments are in
        {p}?; Does {p} hold shares or bonds?; Which business does {p} invest in?; Who gets my money
        in {p}?; What is the money of {p} used for?; Where do you invest the money from {p}?; What
        does {p} have in it?; Into what does {p} invest?; What is {p} holding?; What are the assets
        of {p}?; What kind of fund is {p}?; What do I actually own with {p}?; what is {p} putting my
        cash into?; What types of things does {p} buy?; What does {p} put its money in?; Where does
        {p} put my money?; What is inside of {p}?"""),
        phrases("""
        what {p} holds; what {p} invests in; what is in {p}; what is inside {p}; where my money goes
        with {p}; what {p} buys; what {p} owns; what you do with the money in {p}; what {p} is made
        of; what {p} contains; where {p} is invested; which assets are in {p}"""),
        phrases("""
        Into what does my money go in {p}?; What kind of assets does {p} own?; What would {p} do
        with my savings?; Which things do you purchase for {p}?; If I buy {p}, what is in it?; What
        do the people who run {p} invest in?; What can I find inside {p}?; On what does {p} spend
        the money?"""),
    ),
}
