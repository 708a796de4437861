"""Which language a text is in, told by the little words that every sentence has: short lists of our own.

After Grefenstette, Comparing two language identification schemes (1995). For scripts other than Latin the
script is told. A text that is too short, or a row of names, is in no language that we would be sure of.
"""

import functools
import re
from collections import Counter
from collections.abc import Iterable

_WRITTEN = {
    "English": """the a an and or but is are was were be been am of to in on at by for from with without
        into over under about as if then than that this these those it its he she they them his her their
        you your we our us me my i not no do does did done have has had having will would can could should
        may might must shall what which who whom whose when where why how there here so such also only
        just more most much many some any all each every both few other another same own very too again
        once because while until after before between through during against up down out off ok please one
        two first last new old good make made get got take give go come see say use used like need want
        know think tell find man men die war hat den son sin con pour main pain dove sale fin bin art wild
        rat gut fast arm hand band land name person student problem plan test system program computer real
        normal total general final social local set let led red bed six tie today yesterday tomorrow three
        four five seven eight nine ten never always often soon later now still yet even well less least
        best better thus hence although though unless whether upon within near far across along around
        fire lite dag maze sea van air max mar tres""",
    "German": """der die das den dem des ein eine einen einem einer und oder aber doch denn weil wenn dass
        ob ist sind war waren sein wird werden wurde hat haben hatte kann können muss müssen soll darf
        möchte nicht kein keine nur auch noch schon sehr mehr immer wieder hier dort ich du er sie es wir
        ihr mich mir dich dir ihm ihn uns euch mein meine dein deine unser unsere seine ihre ihren wie was
        wer wo wann warum welche welcher welches mit von zu auf für aus bei nach seit über unter vor
        zwischen durch gegen ohne um bis zum zur im am vom als so bitte man gibt diese dieser dieses
        schreibe erkläre nenne fasse zwei drei vier fünf sechs sieben acht neun zehn wurden worden macht
        machen gehen kommt ganz dann damit etwas alle alles viele wenig heute morgen gestern gib sonst
        jeder jede jedes liegen""",
    "French": """le la les un une des du de et ou mais donc car que qui quoi dont où est sont était être a
        ont avoir fait peut peuvent doit faut ne pas plus jamais très aussi bien encore toujours ici là je
        tu il elle nous vous ils elles mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce
        cet cette ces cela ça comme quand comment pourquoi combien quel quelle quels quelles dans sur sous
        avec sans pour par chez entre vers avant après depuis au aux en si tout tous toute toutes même qu
        l c j se écris écrivez explique expliquez donne donnez deux trois quatre cinq six sept huit neuf
        dix fut sera seront été faire va vont dit alors aujourd demain hier peu beaucoup autre autres
        chaque sinon cite donner trouve""",
    "Spanish": """el la los las un una unos unas y o pero porque que qué quien quién cuando cuándo cómo
        como dónde donde cuánto cuál es son está están era ser estar fue hay ha han tiene tienen puede
        pueden debe no sí muy más menos también siempre nunca ya aquí yo tú él ella nosotros ellos usted
        ustedes me te se le les nos mi mis tu tus su sus nuestro nuestra este esta estos estas ese esa
        esto eso de del a al en con sin por para sobre entre desde hasta hacia según si todo todos toda
        todas otro otra lo escribe explica dame resume dos tres cuatro cinco seis siete ocho nueve diez
        hoy ayer mañana sea sean fueron hacer hace va van dice entonces cada poco mucho mucha muchos algo
        alguien antes después nombra""",
    "Italian": """il lo la i gli le un uno una e o ma perché che chi cui quando come dove quanto quale è
        sono era essere ho ha hanno avere può possono deve devono non sì molto più meno anche sempre mai
        già qui io tu lui lei noi voi loro mi ti si ci vi mio mia tuo suo sua suoi nostro nostra questo
        questa questi queste quello quella di del dello della dei degli delle a al alla ai alle da dal
        dalla in nel nella nei con su sul sulla per tra fra senza se tutto tutti tutta ogni l scrivi
        spiega dammi descrivi due tre quattro cinque sei sette otto nove dieci oggi ieri domani stato
        stata fare fa va vanno dice allora poco molti molte altro altra altri prima dopo elenca""",
    "Portuguese": """o a os as um uma uns umas e ou mas porque que quem quando como onde quanto qual é são
        está estão era ser estar foi há tem têm ter pode podem deve não sim muito mais menos também sempre
        nunca já aqui eu ele ela nós eles você vocês me te se lhe meu minha seu sua seus suas nosso nossa
        este esta esse essa isto isso de do da dos das em no na nos nas num numa com sem por pelo pela
        para sobre entre desde até ao aos à às todo todos toda todas outro outra escreva explique descreva
        resuma dois duas três quatro cinco seis sete oito nove dez hoje ontem amanhã seja foram fazer faz
        vai vão diz então cada pouco muita algo antes depois cite""",
    "Dutch": """de het een en of maar want omdat als dat die deze dit wie wat waar wanneer waarom hoe
        welke is zijn was waren worden wordt werd heeft hebben had kan kunnen moet moeten mag zal zou niet
        geen wel ook nog al zeer meer altijd nooit hier daar ik jij je hij zij ze wij we jullie u mij me
        hem haar ons hun mijn jouw uw onze van naar met voor op in aan bij uit over onder tussen door
        tegen zonder om tot te er dan toen zo alle alles andere schrijf leg geef noem beschrijf twee drie
        vier vijf zes zeven acht negen tien vandaag gisteren morgen doen doet gaat gaan maken maakt zegt
        iets iemand veel weinig elke ieder anders daarna""",
    "Swedish": """den det de en ett och eller men att som om är var vara blir har hade kan ska skulle
        måste inte ingen inget bara också mycket mer alltid aldrig här där jag du han hon vi ni mig dig
        honom henne oss er dem min mitt din ditt sin sitt vår vårt vad vem när varför hur vilken vilket av
        till från med för på i vid under mellan genom mot utan efter innan över så alla allt andra detta
        denna dessa skriv förklara beskriv två tre fyra fem sex sju åtta nio tio idag igår imorgon blev
        gör göra går säger då något någon lite varje före annars nämn ligger""",
    "Danish": """den det de en et og eller men at som om er var være bliver har havde kan skal skulle må
        ikke ingen intet kun også meget mere altid aldrig her der jeg du han hun vi mig dig ham hende os
        jer dem min mit din dit sin sit vores hvad hvem hvor hvornår hvorfor hvordan hvilken af til fra
        med for på i ved under mellem gennem mod uden efter før over så alle alt andre dette denne disse
        skriv forklar beskriv to tre fire fem seks syv otte ni ti dag går morgen blev gør gøre siger da
        noget nogen lidt hver ellers nævn ligger""",
    "Norwegian": """den det de en et ei og eller men at som om er var være blir har hadde kan skal skulle
        må ikke ingen intet bare også mye mer alltid aldri her der jeg du han hun vi meg deg ham henne oss
        dere dem min mitt din ditt sin sitt vår vårt hva hvem hvor når hvorfor hvordan hvilken av til fra
        med for på i ved under mellom gjennom mot uten etter før over så alle alt andre dette denne disse
        skriv forklar beskriv to tre fire fem seks syv åtte ni ti dag går morgen ble gjør gjøre sier da
        noe noen lite hver ellers nevn ligger""",
    "Finnish": """ja tai mutta että jos kun kuin koska on ovat oli olivat olla ei eivät en et se ne hän he
        minä sinä me te tämä tuo nämä joka jotka mikä mitä missä milloin miksi miten kuka myös vain hyvin
        aina vielä jo niin voi voivat pitää täytyy saa kanssa ilman ennen jälkeen minun sinun hänen sen
        niiden tässä siinä kaikki muut kirjoita selitä kerro yksi kaksi kolme neljä viisi kuusi seitsemän
        kahdeksan yhdeksän kymmenen tänään eilen huomenna tehdä tekee sitten jokin joku paljon vähän nimeä""",
    "Polish": """i oraz lub albo ale że który która które kto co gdzie kiedy dlaczego jak czy jest są był
        była było być ma mają może można trzeba nie tak tylko też także bardzo zawsze nigdy tu tam ja ty
        on ona ono my wy oni mnie ciebie jego jej nas was ich mój moja twój swój swoje ten ta to te tym
        tego tej w we z ze na do od dla po przed przez pod nad bez między przy o u się jeśli żeby wszystko
        napisz wyjaśnij opisz podaj jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć dziś
        dzisiaj wczoraj jutro został została będzie robi więc coś ktoś dużo mało każdy każda bo inaczej""",
    "Czech": """a nebo ale že který která které kdo co kde kdy proč jak jestli je jsou byl byla bylo být
        má mají může mohou musí ne ano jen také velmi vždy nikdy tady tam já ty on ona my vy oni mě tebe
        jeho její nás vás jejich můj moje tvůj svůj ten ta to ti tím toho té v ve z ze na do od pro po
        před přes pod nad bez mezi při o u se si když aby všechno není jsem napiš vysvětli popiš svou
        svého jeden dva tři čtyři pět šest sedm osm devět deset dnes včera zítra bude budou dělá tedy něco
        někdo hodně málo každý každá jinak""",
    "Croatian": """i ili ali da koji koja koje tko što gdje kada zašto kako je su bio bila bilo biti ima
        imaju može mogu mora ne samo također vrlo uvijek nikad ovdje tamo ja ti on ona mi vi oni mene
        njega nje nas vas njih moj moja tvoj svoj ovaj ova ovo taj ta to u iz na do od za po prije preko
        pod nad bez između kod o se ako kad sve nije sam napiši objasni jedan dva tri četiri pet šest
        sedam osam devet deset danas jučer sutra bit će radi nešto netko puno malo svaki svaka inače""",
    "Romanian": """și sau dar că care cine ce unde când cum cât este sunt era fi fost are au poate pot
        trebuie nu da doar foarte mai întotdeauna aici acolo eu tu el ea noi voi ei mă te îl îmi îți meu
        mea tău său sa nostru acest această acel o un unei unui de la din pe cu fără pentru prin între
        până după înainte în se dacă toate tot le ale scrie explică descrie unu doi două trei patru cinci
        șase șapte opt nouă zece azi astăzi ieri mâine face atunci ceva cineva mult puțin fiecare altfel""",
    "Hungarian": """a az egy és vagy de hogy ha mert ami amely aki ki mi hol mikor miért hogyan van vannak
        volt voltak lenni lesz nem igen csak is nagyon mindig soha itt ott én te ő ti ők engem téged neki
        nekem ez ezt azt ezek azok meg fel le el be után előtt között nélkül alatt már még kell lehet tud
        minden más milyen mennyi írj magyarázd két kettő három négy öt hat hét nyolc kilenc tíz ma tegnap
        holnap lett csinál akkor valami valaki sok kevés különben""",
    "Turkish": """ve veya ama fakat ki bir bu şu o ne kim nerede nasıl neden niçin kaç hangi var yok değil
        mi mı mu mü ben sen biz siz onlar benim senin onun bizim bana sana ona için ile gibi kadar göre
        sonra önce çok daha en her hiç hep de da ise eğer olarak olan olur oldu olduğu değildir vardır şey
        yaz açıkla anlat iki üç dört beş altı yedi sekiz dokuz on bugün dün yarın yapmak yapar şimdi bazı
        biri fazla az gerekir yoksa olmalı""",
    "Indonesian": """dan atau tetapi tapi karena bahwa yang ini itu apa siapa di mana kapan mengapa
        bagaimana berapa adalah ada tidak bukan belum sudah akan sedang bisa dapat harus boleh hanya juga
        sangat lebih selalu saya aku kamu anda dia kami kita mereka dari ke pada untuk dengan tanpa oleh
        dalam antara sebelum setelah jika kalau seperti semua setiap lain tulis jelaskan satu dua tiga
        empat lima enam tujuh delapan sembilan sepuluh hari kemarin besok membuat lalu sesuatu banyak
        sedikit lainnya sebutkan""",
    "Vietnamese": """và hoặc nhưng vì rằng là có không được bị đã đang sẽ phải nên cần cũng chỉ rất hơn
        này đó kia gì ai đâu khi nào sao thế tôi bạn anh chị em ông bà họ chúng ta mình của cho với từ đến
        trong ngoài trên dưới giữa trước sau nếu thì mà các những một hai mọi mỗi khác như về để viết giải
        hãy ba bốn năm sáu bảy tám chín mười hôm nay qua mai làm rồi nhiều ít bên kể tên tại""",
}
WORDS = {name: frozenset(words.split()) for name, words in _WRITTEN.items()}

_SCRIPTS = {
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Cyrillic": "\u0400-\u052f",
    "Armenian": "\u0530-\u058f",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Tamil": "\u0b80-\u0bff",
    "Thai": "\u0e00-\u0e7f",
    "Georgian": "\u10a0-\u10ff",
    "Japanese": "\u3040-\u30ff",
    "Chinese": "\u3400-\u4dbf\u4e00-\u9fff",
    "Korean": "\uac00-\ud7af",
}
_OF_SCRIPT = {name: re.compile(f"[{signs}]") for name, signs in _SCRIPTS.items()}
_OTHER_SCRIPT = re.compile(f"[{''.join(_SCRIPTS.values())}]")
_DENSE = ("Japanese", "Chinese", "Korean", "Thai")
_DENSE_LETTERS, _LETTERS = 6, 12

_WORD = re.compile(r"[^\W\d_]+")
_READ = 60
_FEWEST_WORDS, _FEWEST_HITS, _SHARE = 5, 3, 6
_SURELY = 4
_WEIGHT = 7
_TASKS = re.compile(r"translat|übersetz|traduc|tradui|tradu[zc]|vertaal", re.IGNORECASE)


def language(text: str) -> str | None:
    """The language of a text, or for other scripts the script; None unless there is clear evidence.

    Evidence is three little words of it, a sixth of all words, and of those that it does not share with the
    next best language half as many again as that one has; or a script that half of the letters are in.
    """
    if script := _script(text):
        return script
    spelled, words = _words(text)
    (name, _), (next_best, _) = Counter({one: len(own & words) for one, own in WORDS.items()}).most_common(2)
    theirs, others = _apart(next_best)[name]
    sure = len(theirs & words) * 2 >= 3 * len(others & words) and theirs & words
    return name if sure and _is_sentence(spelled, words, WORDS[name]) else None


def foreign(text: str, main: str) -> str | None:
    """The language or script of a text where it is surely not `main`, else None.

    Only words that one of the two has and the other has not are evidence, and letters that `main` never
    writes; at most a third of it may speak for `main`. A text that asks for a translation is left alone.
    """
    own = WORDS.get(main, frozenset())
    latin = text.isascii() or not _OTHER_SCRIPT.search(text)
    if latin and len(own.intersection(text[: _READ * 8].lower().split()[:_READ])) >= _SURELY:
        return None
    found = None if latin else _script(text)
    if found is None and (latin or main in WORDS):
        found = _other_words(text, main)
    return found if found != main and not (found and _TASKS.search(text)) else None


def _other_words(text: str, main: str) -> str | None:
    """The language whose little words a text has instead of those of `main`."""
    spelled, words = _words(text)
    if len(words) < _FEWEST_WORDS:
        return None
    apart, own = _apart(main), WORDS.get(main, frozenset())
    name = max(apart, key=lambda one: len(apart[one][0] & words))
    theirs, ours = apart[name]
    hits, ours = len(theirs & words), len(ours & words)
    if ours * 3 <= hits and _is_sentence(spelled, words, theirs, own):
        return name
    # A sentence of `main` has little words of its own, so where there is none, less is evidence.
    small = any(word[0].islower() and word not in theirs for word in spelled)
    if ours or not small:
        return None
    strange = sum(not word.isascii() and not _letters(main).issuperset(word) for word in words - theirs)
    weight = sum(map(len, theirs & words))
    return name if (hits >= 2 and weight >= _WEIGHT) or (hits and strange >= 2) else None


@functools.cache
def _apart(main: str) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """For every other language the words that it has and `main` has not, and the other way round."""
    own = WORDS.get(main, frozenset())
    return {name: (theirs - own, own - theirs) for name, theirs in WORDS.items() if name != main}


@functools.cache
def _letters(main: str) -> frozenset[str]:
    """The letters that a language writes, as far as its little words show, and the plain ones."""
    return frozenset("".join(WORDS.get(main, ()))) | frozenset("abcdefghijklmnopqrstuvwxyz")


def main_language(languages: Iterable[str | None], share: float = 0.8, least: int = 10) -> str | None:
    """The language that nearly all texts have whose language is sure; None where there is no such one."""
    counts = Counter(filter(None, languages))
    name, count = counts.most_common(1)[0] if counts else (None, 0)
    return name if count >= max(least, share * counts.total()) else None


def _words(text: str) -> tuple[list[str], frozenset[str]]:
    """The first words as they are spelled, and each of them once in small letters."""
    spelled = _WORD.findall(text[: _READ * 8])[:_READ]
    return spelled, frozenset(word.lower() for word in spelled)


def _is_sentence(
    spelled: list[str], words: frozenset[str], little: frozenset[str], own: frozenset[str] = frozenset()
) -> bool:
    """Whether little words of a language make a sentence: names have some too, but nothing else small."""
    hits = len(little & words)
    if len(words) < _FEWEST_WORDS or hits < _FEWEST_HITS or hits * _SHARE < len(words):
        return False
    other = [word for word in spelled if word.lower() not in little and word.lower() not in own]
    return any(word[0].islower() for word in other) or hits >= 2 * len(other)


def _script(text: str) -> str | None:
    """The script of a text that is more than a name."""
    if text.isascii() or not _OTHER_SCRIPT.search(text):
        return None
    text = text[:1000]
    letters = sum(map(str.isalpha, text))
    counts = {name: len(pattern.findall(text)) for name, pattern in _OF_SCRIPT.items()}
    name = max(counts, key=counts.get)
    if counts["Japanese"] >= 3 and counts["Japanese"] * 10 >= letters:
        name, counts["Japanese"] = "Japanese", counts["Japanese"] + counts["Chinese"]
    if counts[name] < (_DENSE_LETTERS if name in _DENSE else _LETTERS) or counts[name] * 2 <= letters:
        return None
    words = text.split()
    if name not in _DENSE and (len(words) < 3 or sum(not word[0].isupper() for word in words) < 2):
        return None
    return name
