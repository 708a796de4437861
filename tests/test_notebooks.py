"""The notebooks run from top to bottom, and what they show is true."""

import json
import os
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
SCRIPTS = sorted(NOTEBOOKS.glob("*.py"))

FACTS = """
import json, pathlib
pathlib.Path({file!r}).write_text(json.dumps({{
    "table": report.table.to_dict("index"),
    "completes": base.complete("Teach me how to make a resume"),
    "obeys": sft.model.reply("Teach me how to make a resume."),
    "accuracy": float(reward.metrics.query("name == 'eval_accuracy'").value.iloc[-1]),
    "kl": ppo.metrics.query("name == 'kl'").value.tolist(),
    "states": [run.state for run in (sft, reward, dpo, ppo)],
    "reloaded": pg.Run.load(sft.folder).model.reply("What does the Cedar Fund cost?")
                == sft.model.reply("What does the Cedar Fund cost?"),
}}))
"""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_notebook_and_script_are_one(script):
    written = jupytext.read(script)
    kept = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    assert [(c.cell_type, c.source) for c in kept.cells] == [(c.cell_type, c.source) for c in written.cells]
    assert not any(cell.get("outputs") for cell in kept.cells)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_the_whole_walk(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    notebook = jupytext.read(NOTEBOOKS / "01_the_whole_walk.py")
    facts = tmp_path / "facts.json"
    notebook.cells.append(nbformat.v4.new_code_cell(FACTS.format(file=str(facts))))
    NotebookClient(notebook, timeout=600, kernel_name="python3", env=dict(os.environ)).execute()
    shown = json.loads(facts.read_text())
    table = shown["table"]
    assert shown["states"] == ["completed"] * 4
    assert shown["reloaded"]
    assert not shown["completes"].strip().startswith("To make a resume")
    assert shown["obeys"].startswith("To make a resume")
    assert table["base"]["domain"] <= 0.05
    assert table["sft"]["domain"] >= 0.85
    assert table["sft"]["retention"] >= table["base"]["retention"] - 0.08
    assert shown["accuracy"] >= 0.85
    for name in ("dpo", "ppo"):
        assert table[name]["gold"] > table["sft"]["gold"]
        assert table[name]["reward"] > table["sft"]["reward"]
        assert table[name]["domain"] > table["sft"]["domain"] - 0.08
    assert abs(shown["kl"][0]) < 0.2 < max(shown["kl"])
