"""Every kind of task on the annotators' page, by keys and by touch, and what goes beside a judgement."""

import importlib.util
import json
from pathlib import Path

import pytest

from playground.preference.collect import Preferences
from playground.preference.design import Criterion

_spec = importlib.util.spec_from_file_location("ui_browser", Path(__file__).parent / "browser.py")
web = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(web)

pytestmark = pytest.mark.browser
at, log, stored = web.at, web.log, web.stored


def told(row):
    """What a vote says, by display position."""
    place = row["display"].index
    if row["scores"]:
        return [row["scores"][one] for one in row["display"]]
    return [place(one) for one in row["best_worst"]]


def test_ratings_by_digits_arrows_and_taps(site, campaign, opened):
    name = campaign(3, 3, task="rating", scale=5, votes_per_item=2)
    page = opened(name)
    assert page.locator("h1").inner_text() == "How good is each answer?"
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    page.locator("p.unseen", has_text="Rate all 3 answers").wait_for()
    page.keyboard.press("1")
    page.reload()
    at(page, 1, 3)
    page.keyboard.press("5")
    page.locator("p.unseen", has_text="Answer 3: 5 of 5. All rated.").wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    at(page, 2, 3)
    assert told(stored(site, name, 1)[0]) == [4, 2, 5]
    phone = opened(name, **web.PHONE)
    for group, points in zip(phone.get_by_role("group").all(), (1, 5, 3), strict=True):
        group.get_by_role("radio", name=str(points), exact=True).tap()
    assert phone.get_by_role("radio", checked=True).count() == 3 and web.overflow(phone) == 0
    phone.get_by_role("button", name="Save these ratings").tap()
    assert told(stored(site, name, 2)[1]) == [1, 5, 3]
    # As in any group of radio buttons: the arrows move within it, and shortcuts are not needed.
    page.get_by_label("Rate with the keys").uncheck()
    first = page.get_by_role("radio").first
    first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    assert page.locator("input:checked").first.input_value() == "2"


def test_best_and_worst_by_digits_and_taps(site, campaign, opened):
    name = campaign(3, 4, task="best_worst", votes_per_item=2)
    page = opened(name)
    for key in ("3", "3", "2", "Enter"):
        page.keyboard.press(key)
    page.locator("p.unseen", has_text="Name the best and the worst").wait_for()
    page.keyboard.press("4")
    page.locator(".hint", has_text="Both named").wait_for()
    assert page.locator(".ends [aria-pressed=true]").all_inner_texts() == ["Best", "Worst"]
    page.keyboard.press("Enter")
    at(page, 2, 3)
    assert told(stored(site, name, 1)[0]) == [1, 3]
    phone = opened(name, **web.PHONE)
    phone.get_by_role("button", name="Answer 1 is the best").tap()
    phone.get_by_role("button", name="Answer 1 is the worst").tap()
    phone.get_by_role("button", name="Answer 4 is the best").tap()
    phone.get_by_role("button", name="Save best and worst").tap()
    at(phone, 2, 3)
    assert told(stored(site, name, 2)[1]) == [3, 0] and web.overflow(phone) == 0


def test_how_much_better_with_one_key_or_tap(site, campaign, opened):
    name = campaign(7, strength=True)
    page = opened(name)
    for number, key in enumerate("1234560", 1):
        at(page, number, 7)
        page.keyboard.press(key)
    page.get_by_text("Nothing is left").first.wait_for()
    rows = log(site, name)
    assert [row["strength"] for row in rows] == [3, 2, 1, 1, 2, 3, None]
    chosen = [row["display"][0 if row["choice"] == "first" else 1] for row in rows[:6]]
    seen = ["first" if place == 0 else "second" for place in chosen]
    assert seen == ["first"] * 3 + ["second"] * 3 and rows[6]["choice"] == "tie"
    phone = opened(campaign(1, strength=True), **web.PHONE)
    phone.get_by_role("button", name="Answer 2 is far better").tap()
    phone.get_by_text("Nothing is left").first.wait_for()


def test_a_question_for_each_criterion_with_its_guidelines(site, campaign, opened):
    own = Criterion("tact", "tactful", "It spares <i>feelings</i>.")
    page = opened(campaign(2, criteria=["truthfulness", own], guidelines="For all."))
    title, asked = page.locator("h1"), page.locator(".asked")
    texts = page.locator(".pair .text").all_inner_texts()
    assert title.inner_text() == page.title() == "Which answer is more truthful?"
    assert "What it states is right" in asked.inner_text()
    page.keyboard.press("1")
    at(page, 2, 4)
    assert title.inner_text() == "Which answer is more tactful?"
    assert asked.inner_text() == "It spares <i>feelings</i>."
    assert page.locator(".pair .text").all_inner_texts() == texts
    page.locator("p.unseen", has_text="Pair 2 of 4. Which answer is more tactful?").wait_for()
    assert page.get_by_text("For all.").is_visible()


def test_skipping_asks_why_by_key_by_touch_and_in_own_words(site, campaign, opened):
    name = campaign(5)
    page = opened(name)
    for number, keys in enumerate((("s", "2"), ("s", "s"), ("s", "Escape", "s", "s")), 1):
        at(page, number, 5)
        for key in keys:
            page.keyboard.press(key)
    at(page, 4, 5)
    page.keyboard.press("s")
    page.get_by_label("In your own words").fill("It is about u and me, 1 and 2")
    page.keyboard.press("Control+Enter")
    at(page, 5, 5)
    phone = opened(name, **web.PHONE)
    phone.get_by_role("button", name="Skip", exact=True).tap()
    phone.get_by_role("button", name="An answer is broken").tap()
    at(phone, 2, 4)
    rows = [(row["choice"], row["reason"], row["note"]) for row in stored(site, name, 5)]
    assert rows == [
        ("skip", "beyond me", None), ("skip", None, None), ("skip", None, None),
        ("skip", "other", "It is about u and me, 1 and 2"), ("skip", "broken", None),
    ]  # fmt: skip


def test_a_note_goes_with_the_judgement_and_comes_back_with_it(site, campaign, opened):
    name = campaign(3)
    page = opened(name)
    page.keyboard.press("n")
    page.get_by_label("It goes with your judgement").fill("Both are 1 and the same")
    page.keyboard.press("Escape")
    page.reload()
    at(page, 1, 3)
    page.get_by_role("button", name="Note, written").wait_for()
    page.keyboard.press("0")
    at(page, 2, 3)
    assert page.get_by_role("button", name="Note", exact=True).count() == 1
    page.keyboard.press("u")
    at(page, 1, 3)
    page.keyboard.press("n")
    assert page.get_by_label("It goes with your judgement").input_value() == "Both are 1 and the same"
    page.keyboard.press("Control+Enter")
    page.keyboard.press("1")
    at(page, 2, 3)
    rows = stored(site, name, 3)
    assert [row["note"] for row in rows] == ["Both are 1 and the same", None, "Both are 1 and the same"]


@pytest.mark.parametrize("task", ["pairwise", "ranking", "rating", "best_worst"])
def test_the_better_answer_is_rewritten_by_keys_alone(site, campaign, opened, task):
    name = campaign(2, 2 if task == "pairwise" else 3, task=task)
    page = opened(name)
    texts = page.locator(".item .text").all_inner_texts()
    page.keyboard.press("e")
    page.get_by_text("Judge as always").first.wait_for()
    keys = {"pairwise": "2", "ranking": "213", "rating": "151", "best_worst": "21"}[task]
    for key in keys if task == "pairwise" else [*keys, "Enter"]:
        page.keyboard.press(key)
    field = page.get_by_label("The answer as you would have it")
    assert field.input_value() == texts[1] and log(site, name) == []
    page.keyboard.press("Control+Enter")
    page.get_by_text("Nothing is changed yet").wait_for()
    page.keyboard.type(" And more: 1, 0, s, u.")
    page.keyboard.press("Control+Enter")
    at(page, 2, 2)
    (row,) = stored(site, name, 1)
    assert row["rewrite"].startswith(texts[1][:6]) and "And more: 1, 0, s, u." in row["rewrite"]
    [example] = Preferences.load(name, str(site.engine.url)).rewrites()
    assert example.completion == row["rewrite"] and example.question == "Question 0?"


def test_a_rewrite_begun_is_kept_for_its_own_answer_alone(site, campaign, opened):
    page = opened(campaign(2))
    texts = page.locator(".item .text").all_inner_texts()
    field = page.get_by_label("The answer as you would have it")

    def begin(key):
        page.keyboard.press(key)
        field.wait_for()
        return field.input_value()

    page.keyboard.press("e")
    assert begin("1") == texts[0]
    field.fill("Mine, of the first.")
    page.keyboard.press("Escape")
    assert begin("2") == texts[1]
    page.keyboard.press("Escape")
    assert begin("b") == texts[0]
    page.keyboard.press("Escape")
    assert begin("1") == "Mine, of the first."
    page.keyboard.press("Control+Enter")
    at(page, 2, 2)
    page.keyboard.press("u")
    at(page, 1, 2)
    page.keyboard.press("e")
    assert begin("2") == texts[1]
    page.keyboard.press("Escape")
    page.reload()
    at(page, 1, 2)
    page.keyboard.press("e")
    assert begin("1") == "Mine, of the first."


def test_a_phone_rewrites_a_good_answer_where_both_are_bad(site, campaign, opened):
    name = campaign(1)
    page = opened(name, **web.PHONE)
    page.get_by_role("button", name="Rewrite the better one").tap()
    page.get_by_role("button", name="Both bad").tap()
    page.get_by_text("Write a good answer").wait_for()
    page.get_by_role("button", name="Back").tap()
    page.get_by_role("button", name="Both bad").tap()
    page.get_by_label("The answer as you would have it").fill("A good answer.")
    assert web.overflow(page) == 0
    page.get_by_role("button", name="Save judgement and rewrite").tap()
    page.get_by_text("Nothing is left").first.wait_for()
    (row,) = log(site, name)
    assert (row["choice"], row["rewrite"]) == ("both_bad", "A good answer.")


def test_reasons_notes_and_rewrites_given_offline_arrive(site, campaign, opened):
    name = campaign(3)
    page = opened(name)
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    page.keyboard.press("s")
    page.keyboard.press("1")
    page.keyboard.press("n")
    page.get_by_label("It goes with your judgement").fill("Offline")
    for key in ("Escape", "e", "1"):
        page.keyboard.press(key)
    page.get_by_label("The answer as you would have it").fill("Rewritten on a train.")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Not saved yet: 2 votes").wait_for()
    assert log(site, name) == []
    page.context.set_offline(False)
    first, second = stored(site, name, 2)
    assert first["reason"] == "unclear"
    assert (second["note"], second["rewrite"]) == ("Offline", "Rewritten on a train.")


def test_a_pause_puts_the_item_away_and_brings_it_back(site, campaign, opened):
    name = campaign(2, 3, task="ranking")
    page = opened(name)
    texts = page.locator(".board .put .text").all_inner_texts()
    page.keyboard.press("3")
    page.keyboard.press("p")
    page.get_by_text("What you judged is saved").wait_for()
    for key in ("1", "2", "s", "u"):
        page.keyboard.press(key)
    assert page.locator(".board").count() == 0
    page.keyboard.press("Enter")
    at(page, 1, 2)
    page.locator(".board .put .text").nth(2).wait_for()
    assert page.locator(".board .put .text").all_inner_texts() == [texts[2], *texts[:2]]
    assert log(site, name) == []


def test_a_break_is_proposed_after_a_long_stretch(campaign, opened):
    page = opened(campaign(3))
    at(page, 1, 3)
    page.evaluate("document.querySelector('vote-card').pace.rested -= 26 * 60_000")
    page.keyboard.press("1")
    page.get_by_text("26 minutes in a row: a break keeps judgements steady").wait_for()


def test_two_tabs_of_one_annotator_judge_each_item_once(site, campaign, opened):
    name = campaign(8, 3, task="rating", repeat_share=0.2)
    one = opened(name)
    other = one.context.new_page()
    other.goto(one.url)
    pages = [one, other]
    for page in pages * 20:
        if page.get_by_text("Nothing is left").count() or not page.locator(".board").count():
            page.reload()
            page.wait_for_load_state("networkidle")
            continue
        for key in ("5", "3", "1", "Enter"):
            page.keyboard.press(key)
        page.wait_for_timeout(100)
    web.until(lambda: sum(row["round"] == 1 for row in log(site, name)) == 8, 20)
    rows = log(site, name)
    assert len({(row["position"], row["round"]) for row in rows}) == len(rows)


def test_gold_items_and_repeats_look_like_all_others(site, campaign, opened):
    from playground.records import Comparison

    gold = [Comparison(f"Question {n}!", "Right.", "Wrong.", "first") for n in range(9)]
    name = campaign(12, gold=gold, gold_share=0.2, repeat_share=0.2)
    page, bodies = opened(name), []

    def overheard(route):
        answer = route.fetch()
        if answer.status == 200:
            bodies.append(answer.text())
        route.fulfill(response=answer)

    page.route("**/next", overheard)
    page.reload()
    while not page.get_by_text("Nothing is left").count():
        before = page.locator(".count").inner_text()
        page.keyboard.press("1")
        page.wait_for_function("(told) => document.querySelector('.count')?.innerText !== told", arg=before)
    items = [json.loads(body) for body in bodies]
    shapes = {(tuple(sorted(item)), len(item["assignment"])) for item in items}
    assert len(shapes) == 1 and len(log(site, name)) > 12
    assert "gold" not in " ".join(bodies)


def test_two_annotators_complete_a_campaign_by_touch_and_by_keys_alone(site, campaign, opened):
    """Twenty items with two votes each: one on a phone, one who touches nothing but the keyboard."""
    name = campaign(20, votes_per_item=2, order="random", strength=True)
    laptop, phone = opened(name), opened(name, **web.PHONE)
    number = 0
    busy = [laptop, phone]
    while busy:
        for page in list(busy):
            if page.get_by_text("Nothing is left for you to judge").count():
                busy.remove(page)
                continue
            before = page.locator(".count").inner_text()
            number += 1
            if page is laptop:
                page.keyboard.press("1234560b"[number % 8])
            else:
                page.locator(".graded button").nth(number % 6).tap()
            page.wait_for_function(
                "(told) => document.querySelector('.count').innerText !== told", arg=before
            )
    rows = stored(site, name, 40)
    assert len(rows) == 40 == len({(row["position"], row["annotator"]) for row in rows})
    assert len({row["annotator"] for row in rows}) == 2


def test_what_was_begun_waits_while_an_earlier_item_is_judged_again(site, campaign, opened):
    name = campaign(3)
    page = opened(name)
    page.keyboard.press("1")
    at(page, 2, 3)
    page.keyboard.press("n")
    page.get_by_label("It goes with your judgement").fill("begun on the second")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    at(page, 1, 3)
    page.keyboard.press("2")
    at(page, 2, 3)
    page.get_by_role("button", name="Note, written").wait_for()
    # A skip takes the note along, and what is written there stays when the skip is not given.
    page.keyboard.press("s")
    words = page.get_by_label("In your own words")
    assert words.input_value() == "begun on the second"
    words.fill("and goes on")
    page.keyboard.press("Escape")
    page.keyboard.press("0")
    at(page, 3, 3)
    assert stored(site, name, 4)[-1]["note"] == "and goes on"
