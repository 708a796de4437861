"""Under the settings of a run: what does not suit, and the rate that a search suggests."""

from playground.run import events
from playground.training.rates import Rates, RateSearch
from playground.training.sft import SFT
from playground.ui import finder


def search(client, settings=None):
    return finder._start(client.studio, lambda: settings or SFT.full(), "pocket", "larkspur")


def measured(run):
    log, settings = events.EventLog(run.folder), RateSearch.from_dict(run.spec.settings)
    for step in range(1, 81):
        rate = settings.rate(step - 1)
        log.metrics(step, {"loss": 5 - step / 20 if rate < 1e-2 else 5 + 100 * rate})
    events.write_status(run.folder, events.Status(state="completed", step=80, total=100))


def test_a_search_is_queued_and_not_executed_here(client, home):
    said, _, view, plot, use = search(client)
    run = client.studio.newest("rate")
    assert said == "" and client.studio.supervisor.started == [run.folder]
    assert f'<live-run run="{run.id}"' in view and not plot["visible"] and not use["visible"]
    assert run.spec.settings["tuning"]["kind"] == "full" and run.spec.data["train"].name == "larkspur"
    shown = finder._shown(client.studio, f"{run.id} True")
    assert all("value" not in one for one in shown[1:])


def test_its_suggestion_is_one_press_away(client, home):
    search(client)
    run = client.studio.newest("rate")
    measured(run)
    now, told, plot, use = finder._shown(client.studio, f"{run.id} True")
    rate = f"{Rates.of(run).suggestion:g}"
    assert now == f"{run.id} False"
    assert "Full fine-tuning on larkspur" in told and "Halfway, in factors" in told
    assert use["value"] == f"Use {rate}" and use["visible"] and plot["visible"]
    assert finder._suggestion(client.studio) == rate
    run.delete()
    assert finder._shown(client.studio, now)[0] is None


def test_what_cannot_be_searched_is_told_in_place(client, home):
    def broken():
        return SFT(learning_rate="fast")

    assert "Learning rate is" in finder._start(client.studio, broken, "pocket", "larkspur")[0]
    assert "No dataset is chosen" in finder._start(client.studio, SFT, "pocket", None)[0]
    search(client)
    events.update_status(client.studio.newest("rate").folder, state="failed", message="Broke off")
    assert "<live-run" in finder._shown(client.studio)[1]


def test_settings_that_do_not_suit_are_told_with_the_reason(client, home):
    told, button, suits = finder._misfits(lambda: SFT(epochs=0.04), "pocket", "larkspur")
    assert "Epochs is 0.04" in told and "10 steps" in told and button["visible"]
    assert "1 to 256" in suits and "rank above 256" in suits
    told, button, _ = finder._misfits(SFT, "pocket", "larkspur")
    assert told == "" and not button["visible"]
    assert finder._misfits(SFT, "pocket", None) == ("", button, "")
