"""Every kind of finding is told with its row, field and repairs, and good text is left in peace."""

import pytest

from playground.dataset.kinds import KINDS
from playground.dataset.languages import language
from playground.dataset.personal import iban_valid, luhn, redact
from playground.dataset.residue import strip_markup
from playground.dataset.table import Dataset
from playground.errors import InputError

TOOLS = "anvil bucket chisel drill easel file gouge hammer iron jack knife level"
PROSE = [
    {"prompt": f"What is the {word} for?", "completion": f"The {word} is for work that you do by hand."}
    for word in TOOLS.split()
]

FLAGGED = {
    "empty": (" ", "empty"),
    "mojibake": ("The cafÃ© isnâ€™t open", "mojibake"),
    "control": ("a\x1b[31mb is red", "control characters"),
    "zero width": ("a pass\u200bword", "invisible characters"),
    "right to left": ("user\u202e nimda", "invisible characters"),
    "isolate": ("a \u2066b\u2069 c", "invisible characters"),
    "braces": ("Dear {first_name}, welcome.", "placeholder"),
    "double braces": ("Dear {{ name }}, welcome.", "placeholder"),
    "brackets": ("Dear [CUSTOMER NAME], welcome.", "placeholder"),
    "your": ("Sincerely, [Your name]", "placeholder"),
    "insert": ("It costs <insert price here>.", "placeholder"),
    "todo": ("TODO: write this answer", "placeholder"),
    "lorem": ("Lorem ipsum dolor sit amet", "placeholder"),
    "tags": ("<p>It is <b>done</b>.</p>", "markup"),
    "script": ("Done.<script>alert(1)</script>", "markup"),
    "entity": ("Salt &amp; pepper", "markup"),
    "mail": ("Write to ann.berger@example.co.uk.", "personal data"),
    "phone": ("It is +49 30 901820.", "personal data"),
    "us phone": ("It is (555) 010-4477.", "personal data"),
    "card": ("It is 4111 1111 1111 1111.", "personal data"),
    "iban": ("It is DE89 3704 0044 0532 0130 00.", "personal data"),
    "insult": ("What an idiot you are.", "insult"),
    "leet": ("What a m0r0n you are.", "insult"),
    "spaced": ("What an i d i o t you are.", "insult"),
    "truth value": ("True", "mixed types"),
    "missing": ("NaN", "mixed types"),
    "number": ("12.5", "mixed types"),
    "object": ('{"a": 1}', "mixed types"),
    "German": ("Das ist nicht für die Arbeit und wird auch nicht von uns verkauft.", "language"),
    "Russian": ("Это инструмент для работы руками.", "language"),
    "overlong": ("word " * 2000, "overlong"),
    "duplicate": (PROSE[0]["completion"], "duplicate"),
    "near": ("The anvil is for worrk, that you do by hand!", "near duplicate"),
}


@pytest.mark.parametrize("text, kind", FLAGGED.values(), ids=FLAGGED)
def test_flagged_and_kept(text, kind):
    data = Dataset.load([*PROSE, {"prompt": "What is the anvil for?", "completion": text}])
    found = data.check()
    assert [(one.row, one.kind) for one in found] == [(13, kind)]
    assert found[0].action == "kept" and found[0].repairs == KINDS[kind].repairs and found[0].message
    assert len(data) == 13 and data.findings == []
    if kind not in ("overlong", "duplicate", "near duplicate"):
        assert found[0].field_name == "completion"
    assert data.check(kind) == found


FINE = [
    "Use `{name}` and `<b>` in a template; set {a, b} and \\frac{abc}{def} in a formula.",
    "See [the page](https://example.org) [1] and [INST]. My to-do list is a TODO list.",
    "If x < y and y > z, then a<b and c>d; AT&T sells R&D.",
    "On 2024-01-15 it was 3.14159265358, order 4111111111111112, ISBN 978-3-16-148410-0, 192.168.100.200.",
    "From 1990-2000 we sold 1,234,567,890 pieces; the version is 10.0.19045.3803.",
    "Scunthorpe, a shiitake, a classic assassin, an embassy, 455 and B-17.",
    "A good family emoji 👩\u200d💻 and the Persian می\u200cخواهم and café, naïve.",
    "Write to [EMAIL] or call [PHONE].",
    "I read a b c d e f. U S A. Is it 5pm? Yes! $5 and @home.",
]


@pytest.mark.parametrize("text", FINE)
def test_ordinary_text_is_left_in_peace(text):
    found = Dataset.load([*PROSE, {"prompt": "And what about this?", "completion": text}]).check()
    assert found == []


def test_personal_data_is_told_without_being_repeated():
    data = Dataset.load([{"prompt": "Who?", "completion": "ann.berger@example.com and +49 30 901820"}])
    message = data.check("personal data")[0].message
    assert "berger" not in message and "and 1 more" in message


REDACTED = {
    "Mail a@b.org, c@d.org": "Mail [EMAIL], [EMAIL]",
    "call +1 555 010 4477.": "call [PHONE].",
    "Tel: 555 0104": "Tel: [PHONE]",
    "4111-1111-1111-1111 ok": "[CARD] ok",
    "to GB82WEST12345698765432 IS": "to [IBAN] IS",
    "to DE89 3704 0044 0532 0130 01": "to DE89 3704 0044 0532 0130 01",
}


@pytest.mark.parametrize("before, after", REDACTED.items())
def test_redaction(before, after):
    assert redact(before) == after == redact(after)


def test_check_digits():
    assert luhn("79927398713") and not luhn("79927398710")
    assert iban_valid("GB82WEST12345698765432") and not iban_valid("GB83WEST12345698765432")
    assert not iban_valid("DE8937040044053201300")


def test_markup_goes_and_code_stays():
    assert strip_markup("<p>a<br>b</p>&amp;lt;i&amp;gt; `<b>`") == "a\nb\n&lt;i&gt; `<b>`"
    assert strip_markup("x<script>let a = 1</script><!-- y -->z") == "xz"


@pytest.mark.parametrize(("text", "shown"), [
    ("Write &lt;script&gt; and the browser shows it. <b>Then</b> close it.",
     "Write <script> and the browser shows it. Then close it."),
    ("Use &lt;br&gt; for it.", "Use <br> for it."),
    ("What does the <script> tag do? Explain.", "What does the  tag do? Explain."),
    ("What does <!-- begin? Explain.", "What does  begin? Explain."),
    ("<style>p {}</style>What does <style> do?<p>Explain.", "What does  do?Explain."),
])  # fmt: skip
def test_prose_about_markup_stays(text, shown):
    assert strip_markup(text) == shown


def test_a_length_function_counts_tokens():
    data = Dataset.load([{"prompt": "one two", "completion": "three four five"}])
    assert data.check("overlong", limit=5, length=lambda text: len(text.split())) == []
    assert "5 tokens" in data.check("overlong", limit=4, length=lambda text: len(text.split()))[0].message


def test_types_and_languages_need_a_majority():
    numbers = [{"prompt": f"{n} and {n}?", "completion": str(2 * n)} for n in range(20)]
    assert Dataset.load(numbers).check("mixed types") == []
    mixed = [*PROSE, *[row | {"completion": FLAGGED["German"][0]} for row in PROSE]]
    assert Dataset.load(mixed).check("language") == []
    assert language("Hi there") is None and language("Was ist das und wie wird es nicht gemacht?") == "German"


def test_findings_come_in_the_order_of_rows_and_progress_ends():
    told = []
    rows = [*PROSE, {"prompt": "<p>Hi", "completion": "a@b.org {name}"}, {"prompt": "", "completion": "x"}]
    found = Dataset.load(rows).check(progress=lambda done, total: told.append((done, total)))
    assert [one.row for one in found] == sorted(one.row for one in found)
    assert {one.kind for one in found} == {"markup", "placeholder", "personal data", "empty"}
    assert told[-1] == (28, 28) and told == sorted(told)


def test_what_cannot_be_checked_is_refused():
    data = Dataset.load(PROSE)
    with pytest.raises(InputError, match="'typo'"):
        data.check(["typo"])
    with pytest.raises(InputError, match="positive"):
        data.check(limit=0)
