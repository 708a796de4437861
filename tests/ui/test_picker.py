"""What is chosen holds while it exists, whatever the page was told before the app started anew."""

import gradio as gr
import pytest

from playground.errors import ConflictError
from playground.ui.picker import Chips, Picker, is_dataset, is_model, is_reward, is_run, required
from playground.ui.studio import FRESH, labelled


def test_a_choice_is_checked_against_the_disk_and_not_against_what_was_sent():
    one = Picker(["pocket"], exists={"sft-0001", "sft-0002"}.__contains__)
    assert one.preprocess("sft-0001") == "sft-0001"
    assert one.preprocess("gone-0001") is None and one.preprocess(None) is None
    assert one.preprocess(["sft-0002", "gone-0001", 3, {"a": 1}]) == ["sft-0002"]
    assert Chips(["examples"], exists=bool).preprocess("duplicate") == "duplicate"
    assert Chips(["examples"], exists=bool).preprocess(7) is None


def test_they_are_drawn_as_gradios_own():
    for ours, theirs in ((Picker, gr.Dropdown), (Chips, gr.Radio)):
        made, known = (
            ours(["a"], exists=bool, label="Run", elem_id="run"),
            theirs(["a"], label="Run", elem_id="run"),
        )
        assert made.get_block_name() == known.get_block_name()
        assert made.get_config() == known.get_config()


def test_what_exists(make_run, client):
    run = make_run()
    assert is_run(run.id) and is_model(run.id) and not is_reward(run.id)
    assert is_model(FRESH) and is_model("pocket:fresh-7") and not is_model("gone:fresh-0")
    assert labelled(FRESH) == ("pocket with random weights", FRESH) and labelled("pocket") == "pocket"
    assert is_model("pocket") and not is_run("pocket") and not is_model("gone-0001")
    assert not is_run(str(run.folder)) and not is_run(f"../runs/{run.id}") and not is_run("")
    assert is_dataset("larkspur") and not is_dataset("nothing")


def test_the_weights_before_a_run_forgot_are_a_model_where_they_were_kept(make_run, client):
    plain, forgot = make_run(), make_run()
    (forgot.folder / "knee").mkdir()
    assert client.studio.models() == ["pocket", forgot.id, f"{forgot.id}/knee", plain.id, FRESH]
    assert is_model(f"{forgot.id}/knee") and not is_model(f"{plain.id}/knee")
    assert not is_model(f"{forgot.id}/knee/..") and not is_model("/knee") and not is_model("gone-0001/knee")


def test_nothing_chosen_is_told():
    assert required("sft-0001", "model") == "sft-0001"
    with pytest.raises(ConflictError, match="No model is chosen"):
        required(None, "model")
