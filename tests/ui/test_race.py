"""The race in the app: entered by a press, told by the API, shared on a page of its own."""

from playground.run.race import Race
from playground.ui.tabs import race

FEW = dict(list(race.RECIPES.items())[:2])


def test_a_press_queues_everyone_and_shows_the_board(client, home):
    said, picker, board = race._start(client.studio, list(FEW), "pocket", "larkspur", 0.25)
    (made,) = Race.all()
    assert said == "" and picker["value"] == made.id
    assert f'<race-board race="{made.id}">' in board and f'href="race/{made.id}"' in board
    assert [folder.name for folder in client.studio.supervisor.started] == list(made.runs.values())
    told = client.get(f"/api/races/{made.id}").json()
    assert [one["label"] for one in told["standings"]] == list(FEW) and told["ended"] is False
    assert {one["state"] for one in told["standings"]} == {"queued"}


def test_who_cannot_race_is_told_in_place(client, home):
    said, *_ = race._start(client.studio, list(FEW)[:1], "pocket", "larkspur", 1)
    assert "1 tunings are to race" in said and Race.all() == []
    assert "No dataset is chosen" in race._start(client.studio, list(FEW), "pocket", None, 1)[0]
    assert race._verb(["a"]) == "Race 1 tuning" and race._verb(["a", "b"]) == "Race 2 tunings"


def test_what_it_will_cost_is_told_before(client, home):
    assert "one after the other" in race._cost(list(FEW), "pocket", "larkspur", 1)
    assert race._cost([], "pocket", "larkspur", 1) == ""


def test_a_board_that_is_shown_is_left_alone(client, home):
    assert "No race yet" in race._shown(None)[1]
    race._start(client.studio, list(FEW), "pocket", "larkspur", 0.25)
    picker, board = race._shown("race-0001", keep=True)
    assert "value" not in picker and "value" not in board
    assert race._is_race("race-0001") and not race._is_race("race-0002")


def test_a_race_has_a_page_of_its_own(client, home):
    race._start(client.studio, list(FEW), "pocket", "larkspur", 0.25)
    page = client.get("/race/race-0001")
    assert page.status_code == 200 and '<race-board race="race-0001">' in page.text
    assert "gradio" not in page.text
    gone = client.get("/race/race-0009")
    assert gone.status_code == 404 and "There is no race" in gone.text
    assert client.get("/api/races/race-0009").status_code == 404
