"""Leases, slots, idempotent votes, undo: each under the clock and the crowd."""

import dataclasses
import json
import threading
import uuid
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from playground.preference import assign
from playground.preference.campaign import progress, vote_log
from playground.preference.judgements import campaign_comparisons
from playground.store.database import writing
from playground.store.tables import assignments


@pytest.fixture
def desk(engine):
    """The desk's functions, bound to the test's database."""

    class Desk:
        def next(self, campaign, annotator="anna", **more):
            return assign.next_assignment(campaign, annotator, engine=engine, **more)

        def vote(self, item, choice="first", annotator="anna", key=None, **more):
            return assign.record_vote(
                item.id, key or str(uuid.uuid4()), annotator=annotator, choice=choice, engine=engine, **more
            )

        def undo(self, campaign, annotator="anna", key=None, **more):
            key = key or str(uuid.uuid4())
            return assign.undo_vote(campaign, key, annotator=annotator, engine=engine, **more)

    return Desk()


def crowd(count, act):
    """Run act(number) in `count` threads that set off together; what each returned or raised."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(number):
        barrier.wait()
        try:
            results[number] = act(number)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_an_assignment_never_tells_the_model(campaign, desk):
    item = desk.next(campaign())
    assert "secret-model-name" not in json.dumps(dataclasses.asdict(item))
    assert set(item.completions) == {"answer 0.0", "answer 0.1"}
    assert (item.prompt, item.task, item.remaining, item.done) == ("prompt 0", "pairwise", 3, 0)


@pytest.mark.parametrize("choice", ["first", "second"])
def test_the_stored_winner_is_the_text_clicked(engine, campaign, desk, choice):
    identifier = campaign(40)
    clicked = {}
    swapped = 0
    while item := desk.next(identifier):
        clicked[item.prompt] = item.completions[choice == "second"]
        swapped += item.completions[0].endswith(".1")
        desk.vote(item, choice)
    assert 5 < swapped < 35
    found = campaign_comparisons(identifier, engine)
    assert {comparison.prompt: comparison.chosen for comparison in found} == clicked
    assert all(comparison.first.endswith(".0") for comparison in found)


def test_a_ranking_stores_what_was_seen(engine, campaign):
    identifier = campaign(6, per_prompt=3, task="ranking")
    best = {}
    while item := assign.next_assignment(identifier, "anna", engine=engine):
        best[item.prompt] = item.completions[2]
        key = str(uuid.uuid4())
        assign.record_vote(item.id, key, annotator="anna", ranking=[[2], [0, 1]], engine=engine)
    found = campaign_comparisons(identifier, engine)
    assert len(found) == 18
    for prompt, text in best.items():
        pairs = [comparison for comparison in found if comparison.prompt == prompt]
        assert sorted(pair.choice == "tie" for pair in pairs) == [False, False, True]
        assert {pair.chosen for pair in pairs if pair.chosen} == {text}


def test_reloading_changes_nothing(campaign, desk):
    identifier = campaign()
    first = desk.next(identifier)
    assert desk.next(identifier) == first
    assert desk.next(identifier, "bob").id != first.id


def test_a_client_may_fetch_ahead(campaign, desk):
    identifier = campaign(2)
    first = desk.next(identifier)
    second = desk.next(identifier, besides=[first.id])
    assert second.prompt == "prompt 1"
    assert desk.next(identifier, besides=[first.id, second.id]) is None
    assert desk.next(identifier) == first


def test_remaining_counts_down_to_nothing(campaign, desk):
    identifier = campaign(3)
    seen = []
    while item := desk.next(identifier):
        seen.append((item.remaining, item.done))
        desk.vote(item)
    assert seen == [(3, 0), (2, 1), (1, 2)]


def test_the_same_key_from_fifty_threads_is_one_vote(engine, campaign, desk):
    identifier = campaign()
    item, key = desk.next(identifier), str(uuid.uuid4())
    results = crowd(50, lambda _: desk.vote(item, "second", key=key))
    assert len({result.receipt for result in results}) == 1
    assert sorted(result.status for result in results) == ["already stored"] * 49 + ["stored"]
    assert len(vote_log(identifier, engine)) == 1


def test_a_key_serves_one_vote_only(engine, campaign, desk):
    identifier = campaign()
    item, key = desk.next(identifier), str(uuid.uuid4())
    desk.vote(item, "first", key=key)
    with pytest.raises(ConflictError, match="another vote"):
        desk.vote(item, "second", key=key)
    with pytest.raises(ConflictError, match="another vote"):
        desk.vote(desk.next(identifier), "first", key=key)
    with pytest.raises(ConflictError, match="another vote"):
        desk.undo(identifier, key=key)
    assert len(vote_log(identifier, engine)) == 1


def test_receipts_of_different_votes_differ(campaign, desk):
    identifier = campaign(5)
    receipts = [desk.vote(desk.next(identifier)).receipt for _ in range(5)]
    assert len(set(receipts)) == 5 and all(len(receipt) == 64 for receipt in receipts)


def test_two_tabs_make_one_vote(engine, campaign, desk):
    identifier = campaign()
    tabs = [desk.next(identifier), desk.next(identifier)]
    results = crowd(2, lambda number: desk.vote(tabs[number], ("first", "second")[number]))
    assert sorted(type(result).__name__ for result in results) == ["ConflictError", "Receipt"]
    assert len(vote_log(identifier, engine)) == 1


def test_the_last_slot_goes_to_one(engine, campaign, desk):
    identifier = campaign(prompts=1, votes_per_item=3)
    items = crowd(12, lambda number: desk.next(identifier, f"annotator {number}"))
    assert sum(item is not None for item in items) == 3
    assert not any(isinstance(item, Exception) for item in items)


def test_late_votes_race_for_the_last_slot_and_one_wins(engine, campaign, desk):
    for attempt in range(20):
        identifier = campaign(prompts=1, lease_seconds=10)
        lent = [desk.next(identifier, f"annotator {number}", now=number * 100.0) for number in range(6)]
        assert all(lent)
        results = crowd(6, lambda n, lent=lent: desk.vote(lent[n], annotator=f"annotator {n}", now=1e4))
        assert sorted(type(result).__name__ for result in results) == ["ConflictError"] * 5 + ["Receipt"]
        assert progress(identifier, engine=engine).votes == 1, attempt


def test_a_crowd_gives_every_item_exactly_the_votes_wanted(engine, campaign, desk):
    identifier = campaign(prompts=12, votes_per_item=3)

    def work(number):
        annotator = f"annotator {number}"
        while item := desk.next(identifier, annotator):
            desk.vote(item, annotator=annotator)

    assert crowd(8, work) == [None] * 8
    found = progress(identifier, engine=engine)
    assert (found.votes, found.complete) == (36, 12)
    log = vote_log(identifier, engine)
    assert len({(entry["annotator"], entry["position"]) for entry in log}) == 36


def test_an_expired_lease_frees_the_item(engine, campaign, desk):
    identifier = campaign(prompts=1, lease_seconds=60)
    left = desk.next(identifier, "anna", now=0.0)
    assert desk.next(identifier, "bob", now=59.0) is None
    taken = desk.next(identifier, "bob", now=61.0)
    assert taken is not None
    with pytest.raises(ConflictError, match="somebody else"):
        desk.vote(left, annotator="anna", now=62.0)
    assert desk.next(identifier, "anna", now=62.0) is None
    desk.vote(taken, annotator="bob", now=63.0)
    assert progress(identifier, engine=engine).votes == 1


def test_a_late_vote_counts_where_the_slot_is_still_free(campaign, desk):
    identifier = campaign(prompts=1, lease_seconds=60)
    item = desk.next(identifier, now=0.0)
    assert desk.vote(item, now=1e6).status == "stored"


def test_coming_back_after_expiry_gives_the_same_item_in_the_same_order(campaign, desk):
    identifier = campaign(prompts=1, lease_seconds=60)
    item = desk.next(identifier, now=0.0)
    assert desk.next(identifier, now=1000.0) == item
    assert desk.next(identifier, "bob", now=1050.0) is None


def test_asking_again_renews_the_lease(campaign, desk):
    identifier = campaign(prompts=1, lease_seconds=60)
    desk.next(identifier, now=0.0)
    desk.next(identifier, now=50.0)
    assert desk.next(identifier, "bob", now=100.0) is None
    assert desk.next(identifier, "bob", now=111.0) is not None


def test_a_clock_set_back_a_day_locks_nothing_and_doubles_nothing(engine, campaign, desk):
    identifier = campaign(prompts=1, lease_seconds=60)
    day = 86_400.0
    early = desk.next(identifier, "anna", now=day)
    other = desk.next(identifier, "bob", now=0.0)
    assert other is not None
    desk.vote(other, annotator="bob", now=1.0)
    for moment in (2.0, day + 1, 3 * day):
        with pytest.raises(ConflictError):
            desk.vote(early, annotator="anna", now=moment)
        assert desk.next(identifier, "anna", now=moment) is None
    assert progress(identifier, engine=engine).votes == 1


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_clock_gives_an_item_more_votes_than_wanted(engine, campaign, desk, data):
    identifier = campaign(prompts=2, votes_per_item=2, lease_seconds=60)
    held = []
    for _ in range(data.draw(st.integers(1, 14))):
        annotator, now = data.draw(st.sampled_from("abcd")), data.draw(st.integers(-200, 200))
        act = data.draw(st.sampled_from(["next", "vote", "undo"]))
        try:
            if act == "next" and (item := desk.next(identifier, annotator, now=now)):
                held.append((item, annotator))
            elif act == "vote" and held:
                item, annotator = data.draw(st.sampled_from(held))
                desk.vote(item, data.draw(st.sampled_from(["first", "skip"])), annotator, now=now)
            elif act == "undo":
                desk.undo(identifier, annotator, now=now)
        except ConflictError:
            pass
    stand = Counter(comparison.prompt for comparison in campaign_comparisons(identifier, engine))
    assert all(votes <= 2 for votes in stand.values())
    assert progress(identifier, engine=engine).votes == sum(stand.values())


def test_the_last_revision_counts_by_order_of_arrival_not_by_the_clock(engine, campaign, desk):
    identifier = campaign(prompts=1)
    item = desk.next(identifier, now=1000.0)
    desk.vote(item, "first", now=1000.0)
    desk.undo(identifier, now=500.0)
    desk.vote(item, "tie", now=400.0)
    assert [comparison.choice for comparison in campaign_comparisons(identifier, engine)] == ["tie"]


def test_a_skip_fills_no_slot_and_does_not_come_back(engine, campaign, desk):
    identifier = campaign(prompts=1)
    desk.vote(desk.next(identifier), "skip")
    assert desk.next(identifier) is None
    desk.vote(desk.next(identifier, "bob"), "both_bad", "bob")
    assert [comparison.choice for comparison in campaign_comparisons(identifier, engine)] == ["both_bad"]


def test_undo_appends_and_brings_the_item_back_as_it_was(engine, campaign, desk):
    identifier = campaign(3)
    first = desk.next(identifier)
    desk.vote(first, "first")
    second = desk.next(identifier)
    desk.vote(second, "first")
    assert desk.undo(identifier).status == "stored"
    assert [comparison.prompt for comparison in campaign_comparisons(identifier, engine)] == ["prompt 0"]
    again = desk.next(identifier)
    assert (again.id, again.completions) == (second.id, second.completions)
    desk.vote(again, "second")
    log = vote_log(identifier, engine)
    assert [(entry["assignment"], entry["revision"]) for entry in log] == [
        (first.id, 1),
        (second.id, 1),
        (second.id, 2),
        (second.id, 3),
    ]
    assert log[2]["choice"] == "undone"
    chosen = campaign_comparisons(identifier, engine)[1].chosen
    assert chosen == second.completions[1]


def test_undo_steps_back_one_vote_at_a_time(engine, campaign, desk):
    identifier = campaign(2)
    items = []
    for _ in range(2):
        items.append(desk.next(identifier))
        desk.vote(items[-1])
    desk.undo(identifier)
    desk.undo(identifier)
    with pytest.raises(ConflictError, match="nothing to take back"):
        desk.undo(identifier)
    assert campaign_comparisons(identifier, engine) == []
    assert desk.next(identifier).id == items[0].id


def test_undo_is_idempotent_and_private(engine, campaign, desk):
    identifier = campaign(2)
    for _ in range(2):
        desk.vote(desk.next(identifier))
    key = str(uuid.uuid4())
    results = crowd(10, lambda _: desk.undo(identifier, key=key))
    assert len({result.receipt for result in results}) == 1
    assert len(campaign_comparisons(identifier, engine)) == 1
    with pytest.raises(ConflictError):
        desk.undo(identifier, "bob")
    with pytest.raises(ConflictError):
        desk.undo(identifier, "bob", key=key)


def test_an_undone_slot_is_kept_for_its_owner_until_the_lease_ends(campaign, desk):
    identifier = campaign(prompts=1, lease_seconds=60)
    desk.vote(desk.next(identifier, now=0.0), now=1.0)
    desk.undo(identifier, now=2.0)
    assert desk.next(identifier, "bob", now=3.0) is None
    assert desk.next(identifier, "bob", now=100.0) is not None


def test_a_skip_cannot_be_taken_back_once_the_item_is_full(campaign, desk):
    identifier = campaign(prompts=1)
    desk.vote(desk.next(identifier), "skip")
    desk.vote(desk.next(identifier, "bob"), annotator="bob")
    with pytest.raises(ConflictError, match="has all its votes"):
        desk.undo(identifier)


def test_foreign_and_forged_assignments_are_refused(engine, campaign, desk):
    identifier = campaign()
    item = desk.next(identifier, "anna")
    with pytest.raises(ForbiddenError):
        desk.vote(item, annotator="mallory")
    with pytest.raises(NotFoundError):
        assign.record_vote("forged", str(uuid.uuid4()), annotator="anna", choice="first", engine=engine)
    with pytest.raises(NotFoundError):
        desk.next("campaign-none")
    with pytest.raises(NotFoundError):
        desk.undo("campaign-none")
    assert vote_log(identifier, engine) == []


@pytest.mark.parametrize(
    "judgement",
    [
        {},
        {"choice": "first", "ranking": [[0], [1]]},
        {"choice": "third"},
        {"choice": "undone"},
        {"choice": 1},
        {"ranking": [[0]]},
        {"ranking": [[0], [1], [2]]},
        {"ranking": []},
    ],
)
def test_what_is_no_judgement_is_refused(engine, campaign, desk, judgement):
    identifier = campaign()
    item = desk.next(identifier)
    with pytest.raises(InputError):
        assign.record_vote(item.id, str(uuid.uuid4()), annotator="anna", engine=engine, **judgement)
    assert vote_log(identifier, engine) == []


def test_a_pair_may_be_ranked_and_a_ranking_may_be_skipped(engine, campaign, desk):
    pair = campaign(1)
    item = desk.next(pair)
    desk.vote(item, None, ranking=[[1], [0]])
    assert campaign_comparisons(pair, engine)[0].chosen == item.completions[1]
    many = campaign(1, per_prompt=3, task="ranking")
    item = desk.next(many)
    with pytest.raises(InputError, match="ranking"):
        desk.vote(item, "first")
    assert desk.vote(item, "skip").status == "stored"


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "no spaces here", "semi;colon", None, "é" * 10])
def test_keys_that_are_no_keys_are_refused(engine, campaign, desk, key):
    item = desk.next(campaign())
    with pytest.raises(InputError, match="key"):
        assign.record_vote(item.id, key, annotator="anna", choice="tie", engine=engine)


@pytest.mark.parametrize("annotator", ["", "x" * 201, "a\0"])
def test_annotators_need_a_name(campaign, desk, annotator):
    with pytest.raises(InputError, match="annotator"):
        desk.next(campaign(), annotator)


def test_display_orders_follow_the_seed(campaign, desk):
    def shown(seed):
        identifier, found = campaign(12, seed=seed), []
        while item := desk.next(identifier):
            found.append(item.completions)
            desk.vote(item)
        return found

    assert shown(1) == shown(1) != shown(2)


def test_the_state_of_an_assignment_repeats_its_last_revision(engine, campaign, desk):
    identifier = campaign(3)
    for choice in ("first", "skip", "tie"):
        desk.vote(desk.next(identifier), choice)
    desk.undo(identifier)
    with writing(engine) as connection:
        states = connection.scalars(assignments.select().with_only_columns(assignments.c.state)).all()
    assert sorted(states) == ["open", "skipped", "voted"]
