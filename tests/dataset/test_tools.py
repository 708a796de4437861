"""What people exported from Argilla and Label Studio is read for what they said there."""

import json

import pytest

from playground.dataset import export, label_studio, tools
from playground.dataset.mapping import Mapping
from playground.dataset.table import Dataset
from playground.errors import DatasetError
from playground.preference.collect import Preferences
from playground.records import Comparison

ANNA, BEN = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"


def record(fields, responses=None, suggestions=None, **more):
    return {"id": "1", "fields": fields, "metadata": {}, "vectors": {}, "_server_id": None,
            "responses": responses or {}, "suggestions": suggestions or {}, **more}  # fmt: skip


def said(value, who=ANNA):
    return {"value": value, "user_id": who}


def task(data, *results, cancelled=(), who=3, **more):
    given = [{"result": result, "was_cancelled": at in cancelled, "completed_by": who}
             for at, result in enumerate(results)]  # fmt: skip
    return {"id": 1, "data": data, "annotations": given, "predictions": [], **more}


def control(kind, value, name="x"):
    return [{"from_name": name, "to_name": "y", "type": kind, "value": value}]


def test_a_response_goes_before_a_suggestion_and_a_field():
    fields = {"prompt": "q", "completion": "field"}
    suggested = {"completion": {"value": "suggested", "agent": "m", "score": 0.5}}
    rows = [record(fields, {"completion": [said("answered")]}, suggested), record(fields, {}, suggested),
            record(fields)]  # fmt: skip
    data = Dataset.load(rows)
    assert [example.completion for example in data] == ["answered", "suggested", "field"]
    assert data.format == "argilla" and "records of Argilla" in data.reason and not data.findings


def test_of_several_answers_the_first_is_learned_and_that_is_told():
    responses = {"completion": [said("one"), said("two", BEN)]}
    data = Dataset.load([record({"prompt": "q"}, responses), record({"prompt": "p"}, {}, {})])
    assert [example.completion for example in data] == ["one"]
    assert [(one.row, one.kind) for one in data.findings] == [(1, "answers"), (2, "not an example")]


def test_every_annotator_judges():
    fields = {"instruction": "q", "response_a": "x", "response_b": "y"}
    rows = [record(fields, {"preference": [said("response_b"), said("response_a", BEN)]}),
            record(fields, {"preference": [said("tie")]})]  # fmt: skip
    judged = Preferences.load(rows)
    assert [(c.first, c.choice, c.annotator) for c in judged] == [
        ("x", "second", ANNA), ("x", "first", BEN), ("x", "tie", ANNA)]  # fmt: skip


@pytest.mark.parametrize("order", [
    ["reply-2", "reply-1"], [{"value": "reply-2", "rank": 1}, {"value": "reply-1", "rank": 2}],
], ids=["names", "ranks"])  # fmt: skip
def test_a_ranking_of_fields_becomes_pairs(order):
    [pair] = Preferences.load([record({"prompt": "q", "reply-1": "x", "reply-2": "y"}, {"r": [said(order)]})])
    assert (pair.chosen, pair.rejected, pair.annotator) == ("y", "x", ANNA)


def test_the_records_of_argilla_1_are_read():
    def old(status, value):
        return {"fields": {"prompt": "q"}, "metadata": {}, "external_id": "1", "suggestions": [],
                "responses": [{"user_id": ANNA, "status": status, "values": {"completion": said(value)}}]}

    data = Dataset.load([old("submitted", "a"), old("discarded", "b"), old("draft", "c")])
    assert [example.completion for example in data] == ["a"]
    assert [one.message.split(" and")[0] for one in data.findings] == [
        "A response is discarded", "A response is draft"]  # fmt: skip
    with pytest.raises(DatasetError, match=r"No record of rows was answered; row 1: A response is discarded"):
        Dataset.load([old("discarded", "b")])


def test_an_annotation_goes_before_a_prediction_and_a_skipped_one_is_told():
    text = control("textarea", {"text": ["written"]}, "completion")
    guess = [{"model_version": "m", "result": control("textarea", {"text": ["guessed"]}, "completion")}]
    rows = [task({"prompt": "q"}, text, predictions=guess), task({"prompt": "p"}, predictions=guess),
            task({"prompt": "r"}, text, cancelled=[0]),
            task({"prompt": "s"}, [], text, cancelled=[0])]  # fmt: skip
    data = Dataset.load(rows)
    assert [e.question + e.completion for e in data] == ["qwritten", "pguessed", "swritten"]
    assert data.format == "label-studio" and "tasks of Label Studio" in data.reason
    assert [(one.row, one.action) for one in data.findings] == [(3, "dropped"), (4, "kept")]


def test_sides_choices_and_ranks_of_label_studio_are_judgements():
    pair = {"prompt": "q", "answer1": "x", "answer2": "y"}
    items = [{"id": "a", "title": "A", "body": "x"}, {"id": "b", "title": "B", "body": "y"}]
    rows = [task(pair, control("pairwise", {"selected": "right"}), who={"id": 3, "email": "a@b"}),
            task(pair, control("choices", {"choices": ["answer1"]}, "better")),
            task({"prompt": "q", "items": items}, control("ranker", {"ranker": {"rank": ["b", "a"]}})),
            task({"prompt": "q", "items": items}, control("ranker", {"ranker": ["b", "a"]}))]  # fmt: skip
    judged = Preferences.load(rows)
    assert [(c.chosen, c.annotator) for c in judged] == [("y", "a@b"), ("x", "3"), ("y", "3"), ("y", "3")]


def test_a_label_of_label_studio_classifies():
    row = task({"text": "Lovely."}, control("choices", {"choices": ["good"]}, "sentiment"))
    [example] = Dataset.load([row])
    assert (example.question, example.completion) == ("Lovely.", "good")


def test_results_that_say_nothing_to_us_are_told():
    results = control("textarea", {"text": ["a"]}, "completion") + control("rectangle", {"x": 1})
    data = Dataset.load([task({"prompt": "q"}, results)])
    assert [one.message for one in data.findings] == ["Results of the type rectangle were not read"]


def test_judgements_are_not_examples():
    row = record({"prompt": "q", "first": "x", "second": "y"}, {"choice": [said("first")]})
    with pytest.raises(DatasetError, match="The rows are preferences"):
        Dataset.load([row])
    with pytest.raises(DatasetError, match=r"No record of rows was answered"):
        Preferences.load([task({"prompt": "q"}, [], cancelled=[0])])


def test_other_columns_of_a_tool_are_asked_about_and_mapped():
    rows = [task({"ask": "q", "hint": "h"}, control("textarea", {"text": ["a"]}, "say"))]
    with pytest.raises(DatasetError, match="The columns are 'ask', 'hint', 'annotator', 'say'"):
        Dataset.load(rows)
    [example] = Dataset.load(rows, mapping=Mapping(prompt="{ask} {hint}", completion="say"))
    assert (example.question, example.completion) == ("q h", "a")


HOSTILE = [
    record({}), record({"prompt": None}, {"c": [said({"deep": [1]})]}), record({"a": "b"}, {"a": "text"}),
    record({"prompt": "q"}, {"r": [said([{"value": [3], "rank": 1}])]}, ["no"]),
    record({"prompt": "q"}, [None, 3, {"values": [1]}]), record({"prompt": "q"}, {"c": [None]}, 7),
    task({}), task({"prompt": 3}, [None, {"type": "ranker", "value": {"ranker": 7}}]),
    task({"i": [{"id": 1}]}, control("ranker", {"ranker": {"rank": [[1]]}})),
    task({"prompt": "q"}, control("choices", {"choices": "no"}), control("pairwise", {}), "text", None),
    task({"prompt": "q"}, predictions=[7], meta=[1]), {**task({}), "annotations": [None, 3]},
    {**record({"prompt": "q"}), "metadata": [3]},
]  # fmt: skip


@pytest.mark.parametrize("row", HOSTILE)
@pytest.mark.parametrize("load", [Dataset.load, Preferences.load])
def test_a_damaged_record_is_told(row, load):
    good = record({"prompt": "q"}, {"completion": [said("a")]})
    try:
        assert len(load([row, good])) >= 1
    except DatasetError as error:
        assert error.remedy


def test_rows_of_no_tool_stay_as_they_are():
    rows = [(1, {"prompt": "q", "fields": {"a": 1}}), (2, 7), (3, {"data": [1], "annotations": []})]
    assert tools.plain(rows) == (rows, []) and tools.recognise(row for _, row in rows) is None
    assert tools.recognise([]) is None


def test_the_labeling_interfaces_are_well_formed():
    from xml.etree import ElementTree

    for config in label_studio.CONFIGS.values():
        assert ElementTree.fromstring(config).tag == "View"


@pytest.mark.parametrize("form", ["argilla", "label-studio"])
def test_our_judgements_come_back_with_their_votes_and_others_without(form, tmp_path):
    said = Comparison("q", "a", "b", "first", "anna", "vote-1", strength=3, note="clearly")
    told = export.write(tmp_path / "said.json", [said], tool=form)
    assert list(Preferences.load(told)) == [said] and Preferences.load(told)[0].vote == "vote-1"
    [task] = json.loads(told.read_text())
    if form == "argilla":
        task["responses"] = {"choice": [{"user_id": "bob", "value": "second"}]}
    else:
        result = task["annotations"][0]["result"][0] | {"id": "Zx81", "value": {"selected": "right"}}
        task["annotations"].append({"completed_by": 7, "result": [result]})
    told.write_text(json.dumps([task]))
    other = Preferences.load(told)[-1]
    who = "bob" if form == "argilla" else "7"
    assert other == Comparison("q", "a", "b", "second", who)
    assert (other.strength, other.note, other.vote) == (0, "", "")
