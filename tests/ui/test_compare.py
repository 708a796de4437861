"""Which models Compare shows: the newest of each stage, and what a person chose."""

from playground.ui.tabs.compare import chosen_now, newest_of_each

KNOWN = ["pocket", "ppo-0002", "sft-0003", "ppo-0001", "sft-0001"]


def test_the_newest_of_each_stage_in_the_order_of_the_walk():
    assert newest_of_each(KNOWN) == ["pocket", "sft-0003", "ppo-0002"]
    assert chosen_now(KNOWN, ["pocket"], []) == ["pocket", "sft-0003", "ppo-0002"]


def test_a_new_model_joins_and_a_removed_one_stays_away():
    known = [KNOWN[0], "dpo-0001", *KNOWN[1:]]
    assert chosen_now(known, ["pocket", "ppo-0001"], KNOWN) == ["pocket", "dpo-0001", "ppo-0001"]
    assert chosen_now(KNOWN, ["sft-0001", "gone-0001"], KNOWN) == ["sft-0001"]
