"""Figures and answers taken through the chat process."""

import os
import threading

import pytest

from playground.errors import ConflictError
from playground.evaluation.suite import Suite
from playground.run.job import RESULT
from playground.ui import markup, measure, talk
from playground.ui.jobs import Jobs, follow
from playground.ui.studio import Studio


@pytest.fixture
def studio(home, stand_ins):
    one = Studio(stand_ins.StillSupervisor(), stand_ins.CannedHost).open()
    one.host.asked = []
    replies = one.host.replies
    one.host.replies = lambda model, prompts, **how: (
        one.host.asked.append(model) or replies(model, prompts, **how)
    )
    yield one
    one.close()


def finish(job):
    lines = list(follow(job, every=0.01))
    return lines, job.result


def test_a_report_has_every_column_and_a_model_is_asked_once(studio):
    _, rows = finish(measure.start(studio, ["pocket", "sft-0001"], "reward-0001"))
    assert [row["model"] for row in rows] == ["pocket", "sft-0001"]
    assert rows[0]["domain"] == 0 and rows[0]["domain_high"] < 0.05
    assert rows[0]["reward_low"] <= rows[0]["reward"] <= rows[0]["reward_high"]
    asked = len(studio.host.asked)
    assert asked >= len(Suite.load("larkspur").probes) * 2 / measure.CHUNK
    _, again = finish(measure.start(studio, ["pocket"]))
    assert again[0]["retention"] == rows[0]["retention"] and len(studio.host.asked) == asked
    assert "0 %" in measure.table(rows) and "pocket" in measure.table(rows)


def test_other_weights_under_the_same_name_are_measured_anew(studio, make_run):
    run = make_run()
    weights = run.folder / RESULT / "model.safetensors"
    weights.write_bytes(b"first")
    finish(measure.start(studio, [run.id], judged=False))
    asked = len(studio.host.asked)
    os.utime(weights, ns=(1, 1))
    finish(measure.start(studio, [run.id], judged=False))
    assert len(studio.host.asked) == 2 * asked
    finish(measure.start(studio, [run.id], judged=False))
    assert len(studio.host.asked) == 2 * asked


def told(studio):
    """What the run's figures are in the end."""
    while "line" in (now := measure.before_after(studio, "pocket", "sft-0001")):
        assert "Held-out questions asked" in now["line"]
    return now["figures"]


def test_before_and_after_ends_in_the_figures(studio):
    assert told(studio)[0]["number"] == "0 → 0 %"
    assert "general knowledge kept" in told(studio)[2]["label"] and told(studio)[0]["fell"] is False


def test_a_host_that_fails_is_told(studio):
    def fail(*_, **__):
        raise ConflictError("The model is gone")

    studio.host.replies = fail
    with pytest.raises(ConflictError, match="The model is gone"):
        told(studio)


def test_answers_of_all_models_stream_side_by_side_and_are_escaped(studio):
    studio.host.stream = lambda model, prompt, **how: iter(["<img src=x ", f"onerror=alert('{model}')>"])
    *_, (html, line) = talk.ask(
        studio, "Hello", ["pocket", "sft-0001"], lambda prompt, said: {"pocket": ["<i>ok</i>"]}
    )
    assert line == "" and html.count('class="answer"') == 2 and "<i>ok</i>" in html
    assert "<img" not in html and "&lt;img src=x onerror=" in html


def test_an_empty_prompt_is_told(studio):
    ((_, line),) = talk.ask(studio, "  ", ["pocket"])
    assert "Type a question" in line


def test_a_job_of_one_name_runs_once_and_its_error_reaches_every_follower():
    jobs, go = Jobs(), threading.Event()

    def work(job):
        job.step(1, 2)
        go.wait(5)
        raise ConflictError("no")

    first = jobs.start("sample", "Sampled", work)
    assert jobs.start("sample", "Sampled", work) is first
    lines = follow(first, every=0.01)
    assert next(lines) == "Sampled: 1 of 2"
    go.set()
    for follower in (lines, follow(first)):
        with pytest.raises(ConflictError):
            list(follower)
    assert jobs.start("sample", "Sampled", lambda job: 7) is not first


def test_tokens_and_tables_are_escaped():
    assert markup.tokens([("<b>", True)]) == '<p class="tokens"><span class=loss>&lt;b&gt;</span></p>'
    assert "<script>" not in markup.table(["<script>"], [["<script>"]])
    stacked = markup.table(['a" onclick="x'], [["b"]], kind="stacked")
    assert '<td data-head="a&quot; onclick=&quot;x">b</td>' in stacked
    assert "<script>" not in markup.note("<script>") + markup.chip("<script>") + markup.answer(
        "<script>", "<script>"
    )
