"""What sets runs apart, what they said last, what they take on disk, and how they go."""

import fcntl
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from playground.errors import ConflictError, NotFoundError
from playground.run import events, history
from playground.run.job import Run


@dataclass(frozen=True)
class _Adapter:
    kind: ClassVar[str] = "lora"
    rank: int = 8


@dataclass(frozen=True, kw_only=True)
class _Tuned:
    tuning: _Adapter = field(default_factory=_Adapter)


def test_differences_are_told_by_name_and_likeness_is_left_out(make_run):
    one, two, three = make_run(2), make_run(2), make_run(5)
    assert history.differences([one.spec, two.spec]) == {}
    assert history.differences([one.spec, three.spec]) == {"steps": ["2", "5"]}


def test_what_one_run_has_and_another_lacks_is_a_difference(make_run):
    one = make_run()
    other = Run.create("dpo", _Tuned(), one.id, {}, reward="reward-0001")
    found = history.differences([one.spec, other.spec])
    assert found["tuning kind"] == ["", "lora"] and found["tuning rank"] == ["", "8"]
    assert found["model"] == ["pocket", one.id] and found["reward model"] == ["", "reward-0001"]
    assert found["train data"][0].startswith("greetings, 1 rows, ") and found["train data"][1] == ""


def test_runs_are_found_by_the_dataset_they_learned_from(make_run):
    one, other = make_run(), Run.create("dpo", _Tuned(), "pocket", {})
    assert history.learned_from("greetings") == [one.id] and history.learned_from("other") == []
    (other.folder / "run.json").write_text("{")
    assert history.learned_from("greetings") == [one.id]


def test_last_words_are_of_shared_prompts_where_there_are_some(make_run):
    runs = [make_run(), make_run()]
    for number, run in enumerate(runs):
        log = events.EventLog(run.folder)
        log.sample(0, "Hi", "nothing yet")
        log.sample(9, "Hi", f"run {number} greets")
        log.sample(9, f"only {number}", "alone")
    folders = [run.folder for run in runs]
    assert history.last_words(folders) == {"Hi": ["run 0 greets", "run 1 greets"]}
    assert set(history.last_words(folders[:1])) == {"Hi", "only 0"}


def test_a_deleted_run_is_gone_and_tells_what_it_took(make_run):
    run, other = make_run(), make_run()
    (run.folder / "result").mkdir()
    (run.folder / "result" / "model.bin").write_bytes(bytes(5000))
    size = run.size
    assert size > 5000
    assert run.delete() == size
    assert not run.folder.exists() and not list(run.folder.parent.glob(".deleted-*"))
    assert [one.id for one in Run.all()] == [other.id]
    with pytest.raises(NotFoundError):
        run.delete()


def test_the_id_of_a_deleted_run_is_not_given_again(make_run):
    make_run()
    newest = make_run()
    newest.delete()
    assert make_run().id == "sft-0003"


def test_a_run_that_lies_elsewhere_is_deleted_there(make_run, tmp_path):
    run = make_run()
    elsewhere = run.folder.rename(tmp_path / "moved")
    run.folder.symlink_to(elsewhere)
    Run.load(run.id).delete()
    assert not elsewhere.exists() and not run.folder.is_symlink()


def test_a_run_that_others_came_from_stays_until_they_are_gone(make_run):
    parent = make_run()
    child = Run.create("dpo", _Tuned(), str(parent.folder / "result"), {})
    judged = Run.create("ppo", _Tuned(), "pocket", {}, reward=str(parent.folder / "result"))
    words = f"{child.id}, {judged.id} came from {parent.id}.*Delete them first"
    with pytest.raises(ConflictError, match=words):
        parent.delete()
    child.delete()
    judged.delete()
    parent.delete()


def test_a_run_in_a_workers_hands_is_not_deleted(make_run):
    run = make_run()
    with open(run.folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ConflictError, match="is being executed"):
            run.delete()
    assert run.folder.exists()
