"""Every built-in name that is offered can be loaded."""

import playground as pg


def test_every_builtin_loads():
    offered = pg.builtin()
    assert {"models", "datasets", "suites", "annotators"} == set(offered)
    for name in offered["datasets"]:
        assert len(pg.Dataset.load(name)) > 50
    for name in offered["suites"]:
        assert len(pg.Suite.load(name)) > 50
    for name in offered["annotators"]:
        assert pg.SimulatedAnnotator(name).name == f"simulated:{name}"
    for name in offered["models"]:
        assert pg.Model.load(name).parameters > 1_000_000
