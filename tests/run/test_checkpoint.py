"""A checkpoint is whole or it is not there: whatever byte is amiss, whenever the process dies."""

import json
import os
import signal

import pytest

from playground.run.checkpoint import MANIFEST, Checkpoints, differences, verify

ORIGIN = {"run": "sft-0001", "threads": 1, "versions": {"torch": "2.13"}}
FILES = {"trainable.safetensors": b"\1" * 5000, "optimizer.json": b'{"lr": 0.1}', "deep/one.bin": b"\0"}


@pytest.fixture
def shelf(tmp_path) -> Checkpoints:
    return Checkpoints(tmp_path / "checkpoints", ORIGIN)


def save(shelf: Checkpoints, *steps: int) -> None:
    for step in steps:
        with shelf.new(step) as folder:
            for name, content in FILES.items():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(content + b"%d" % step)


def names(shelf: Checkpoints) -> list[str]:
    return sorted(path.name for path in shelf.root.iterdir())


def flip(path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "deleted": lambda path: path.unlink(),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "emptied": lambda path: path.write_bytes(b""),
    "flipped": flip,
}


def test_the_newest_is_found_and_two_are_kept(shelf):
    assert shelf.newest() == (None, [])
    save(shelf, 5, 10, 15)
    found, damaged = shelf.newest()
    assert (found.step, found.folder.name, damaged) == (15, "checkpoint-15", [])
    assert found.origin == {**ORIGIN, "step": 15}
    assert names(shelf) == ["checkpoint-10", "checkpoint-15"]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_every_damage_is_seen_and_the_one_before_is_chosen(shelf, name, damage):
    save(shelf, 9, 10)
    DAMAGES[damage](shelf.root / "checkpoint-10" / name)
    found, [(step, fault)] = shelf.newest()
    assert (found.step, step) == (9, 10)
    assert name in fault or "manifest" in fault
    assert shelf.newest() == (found, []), "the damaged one is told once and put aside"
    save(shelf, 10)
    assert shelf.newest()[0].step == 10


def test_every_flipped_bit_of_a_manifest_is_seen(shelf):
    save(shelf, 1)
    path = shelf.root / "checkpoint-1" / MANIFEST
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        with pytest.raises(ValueError, match="manifest is damaged"):
            verify(path.parent)
    path.write_bytes(whole)
    assert verify(path.parent)["step"] == 1


def test_a_file_that_nobody_wrote_is_a_damage(shelf):
    save(shelf, 1, 2)
    (shelf.root / "checkpoint-2" / "optimizer.pt").write_bytes(b"a pickle")
    assert shelf.newest()[1] == [(2, "optimizer.pt is not part of it")]


def test_the_checkpoint_of_another_run_is_not_gone_on_from(shelf):
    save(shelf, 1)
    other = Checkpoints(shelf.root, {**ORIGIN, "run": "sft-0002"})
    assert other.newest() == (None, [(1, "it belongs to run sft-0001")])


def test_a_manifest_of_another_shape_is_a_damage(shelf):
    save(shelf, 1)
    for text in ("[]", "{}", '{"files": [], "origin": {}}', json.dumps({"files": None, "origin": None})):
        (shelf.root / "checkpoint-1" / MANIFEST).write_text(text)
        with pytest.raises(ValueError, match="manifest is damaged"):
            verify(shelf.root / "checkpoint-1")


def test_a_failed_save_leaves_what_was_there(shelf):
    save(shelf, 1)
    with pytest.raises(OSError, match="No space"):
        with shelf.new(2) as folder:
            (folder / "half").write_bytes(b"x")
            raise OSError("No space left on device")
    assert names(shelf) == ["checkpoint-1"]


@pytest.mark.parametrize("method, after, newest", [
    ("_seal", False, 2), ("_seal", True, 2), ("_publish", False, 2), ("_publish", True, 3),
    ("_aside", False, 3), ("_aside", True, 3),
])
def test_a_kill_inside_a_save_leaves_the_checkpoint_before_or_the_new_one(shelf, method, after, newest):
    save(shelf, 1, 2)
    child = os.fork()
    if not child:
        original = getattr(shelf, method)

        def dies(*arguments):
            if after:
                original(*arguments)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(shelf, method, dies)
        save(shelf, 3)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    found, damaged = shelf.newest()
    assert (found.step, damaged) == (newest, [])
    save(shelf, 4)
    assert names(shelf) == sorted([f"checkpoint-{newest}", "checkpoint-4"])


def test_a_step_saved_again_replaces_the_one_before(shelf):
    save(shelf, 1, 2, 2)
    assert names(shelf) == ["checkpoint-1", "checkpoint-2"]
    assert shelf.newest()[0].step == 2


def test_another_is_due_after_a_while_but_never_at_more_than_a_twentieth_of_the_time(shelf, monkeypatch):
    from playground.run import checkpoint

    clock = [100.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: clock[0])
    shelf = Checkpoints(shelf.root, ORIGIN)
    assert not shelf.due(30)
    clock[0] += 31
    assert shelf.due(30)
    with shelf.new(1):
        clock[0] += 4
    clock[0] += 31
    assert not shelf.due(30) and shelf.dear()
    clock[0] += 50
    assert shelf.due(30) and not shelf.dear()


def test_the_first_of_large_weights_waits_until_it_is_worth_its_cost(shelf, monkeypatch):
    from playground.run import checkpoint

    clock = [100.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: clock[0])
    shelf = Checkpoints(shelf.root, ORIGIN)
    shelf.expect(int(3 * checkpoint.PACE))
    clock[0] += 59
    assert shelf.dear() and not shelf.due(30)
    clock[0] += 2
    assert not shelf.dear() and shelf.due(30)


def test_what_is_written_in_a_moment_is_never_dear(shelf):
    save(shelf, 1)
    assert not shelf.due(0.0) and not shelf.dear()


def test_what_changed_around_a_checkpoint_is_told_in_words():
    now = {"run": "sft-0001", "threads": 2, "versions": {"torch": "2.14", "trl": "1.12.0"}}
    then = {"run": "sft-0001", "threads": 1, "versions": {"torch": "2.13", "trl": "1.12.0"}}
    assert differences(then, now) == ["2 threads instead of 1", "torch 2.14 instead of 2.13"]
    assert differences(now, now) == []


def test_another_processor_is_told_where_both_are_known():
    here, there, old = ({"versions": {}, "processor": "AMD"}, {"versions": {}, "processor": "Intel"}, {})
    assert differences(there, here) == ["another processor (AMD instead of Intel)"]
    assert differences(here, here) == differences(old, here) == []
