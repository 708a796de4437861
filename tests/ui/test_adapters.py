"""Models slipped in message by message; adapters brought in, combined, merged; what a run changed."""

import json

import gradio as gr
import pytest

from playground.errors import InputError
from playground.model import kept
from playground.ui import heat, learned, workbench
from playground.ui.picker import is_model
from playground.ui.tabs import adapters, compare


@pytest.fixture
def mine(home):
    with kept.keeping("mine", {"kind": "brought in", "from": "a<b>", "left out": []}) as folder:
        (folder / "adapter_model.safetensors").write_bytes(b"1234")
        (folder / "config.json").write_text(json.dumps({}))
    return "mine"


def test_each_message_may_go_to_another_model(client):
    turns = []
    for name in ("sft-0001", "dpo-0001"):
        first, *later = adapters._send(client.studio, "Hi <b>", name, turns)
        turns, shown, _, trouble = later[-1]
        # What stands in the box by then is the next message.
        assert first[2] == "" and all(box == gr.skip() for _, _, box, _ in later) and trouble == ""
    assert [who for who, _, _ in turns] == ["you", "sft-0001", "you", "dpo-0001"]
    assert (
        "ready in 4 ms, 2 adapters loaded" in shown and "Hi &lt;b&gt;" in shown and "<b>" not in turns[1][1]
    )
    roles = [message["role"] for message in adapters._messages([*turns, ("you", "And?", "")])]
    assert roles == ["user", "assistant", "user", "assistant", "user"]


def test_what_the_base_went_on_with_is_no_part_of_the_conversation():
    turns = [("you", "a", ""), ("pocket", "b c", ""), ("you", "d", "")]
    assert adapters._messages(turns) == [{"role": "user", "content": "d"}]


def test_trouble_loses_no_message(client, monkeypatch):
    def fails(*_):
        raise InputError("It broke")

    monkeypatch.setattr(client.studio.host, "switch", fails)
    *_, (turns, shown, box, trouble) = adapters._send(client.studio, "Hello", "pocket", [])
    assert "Hello" in shown and box == turns == gr.skip() and "It broke" in trouble
    ((_, _, _, empty),) = adapters._send(client.studio, " ", "pocket", [])
    assert "Write a message" in empty


def test_several_are_asked_in_one_batch_and_one_by_one(client):
    _, second, last = adapters._together(client.studio, ["a", "b"], "Hi")
    assert "Now one after the other" in second[0] and "a says Hi" in second[1]
    assert "One batch:" in last[0] and "not everywhere the same" in last[0]
    ((said, _),) = adapters._together(client.studio, ["a"], "Hi")
    assert "two or more" in said


def test_a_kept_model_is_a_model_everywhere(client, mine):
    assert mine in client.studio.models() and is_model(mine) and not is_model("../mine")
    table = workbench.table()
    assert "mine" in table and "brought in: a&lt;b&gt;" in table
    assert compare.chosen_now(["pocket", mine], [mine, "pocket"], []) == ["pocket", mine]
    line, update = workbench._act(client.studio, workbench._delete)(mine)
    assert "is deleted" in line and update["value"] == "pocket" and kept.names() == []
    line, _ = workbench._act(client.studio, workbench._delete)("pocket")
    assert "No model is kept as" in line
    assert "Nothing yet" in workbench.table()


def test_what_is_brought_in_is_no_path_of_this_machine(client, tmp_path):
    for where in (str(tmp_path), "/etc", "../x", "pocket", ""):
        line, *_ = workbench._add(client.studio)(None, where, "", workbench.ITSELF)
        assert "bad" in line and ("no adapter" in line or "nothing to bring in" in line)
    assert kept.names() == []


def test_weights_are_one_for_each(client):
    line, _ = workbench._combine(client.studio)(["a", "b"], "1", "svd", "")
    assert "1 weights for 2 adapters" in line
    line, _ = workbench._combine(client.studio)(["a"], "much", "svd", "")
    assert "They are numbers" in line


def test_the_map_has_a_row_a_part_and_a_column_a_block(client):
    found = client.studio.host.changes("x")
    size, used = (heat.heat(found, view) for view in heat.VIEWS)
    assert list(size.data[0].x) == ["0", "1", "2"] and list(size.data[0].y) == ["q_proj", "up_proj"]
    assert list(size.data[0].z[0]) == pytest.approx([10, 10, 10])
    assert list(used.data[0].text[0]) == ["2.5", "1", "2.5"]
    lines = heat.spectrum(found)
    assert list(lines.data[2].y) == [1.0, 0.5, 0.25] and heat.spectrum(found[2:4]) is None


def test_what_a_run_changed_is_computed_once_in_the_chat_process(client, make_run, monkeypatch):
    run = make_run()
    *_, (said, _, plot, lines) = learned._show(client.studio, run.id, next(iter(heat.VIEWS)))
    assert "The change" not in said and "grows with depth" in said and plot["visible"] and lines["visible"]
    monkeypatch.setattr(client.studio.host, "changes", None)
    assert "grows with depth" in list(learned._show(client.studio, run.id, list(heat.VIEWS)[1]))[-1][0]
    ((said, *_),) = learned._show(client.studio, make_run(state="running").id, "")
    assert "no weights yet" in said
