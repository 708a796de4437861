"""State goes to the disk and comes back the same, without pickle."""

import math
import random

import numpy
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some

from playground.training import state

plain = some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text()
trees = some.recursive(
    plain,
    lambda inner: some.lists(inner) | some.tuples(inner, inner)
    | some.dictionaries(some.integers() | some.text(), inner),
    max_leaves=12,
)


@given(trees)
def test_plain_data_comes_back_with_its_types(tmp_path_factory, tree):
    folder = tmp_path_factory.mktemp("state")
    state.write(folder, "some", tree)
    assert repr(state.read(folder, "some")) == repr(tree)


def test_an_optimizer_comes_back_to_the_last_bit(tmp_path):
    weight = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
    optimizer = torch.optim.AdamW([weight], lr=math.pi, betas=(0.9, 0.98))
    weight.grad = torch.full((3, 2), 1 / 3).t()
    optimizer.step()
    state.write(tmp_path, "optimizer", optimizer.state_dict())
    found = state.read(tmp_path, "optimizer")
    assert found["param_groups"] == optimizer.state_dict()["param_groups"]
    for name, value in optimizer.state_dict()["state"][0].items():
        assert torch.equal(found["state"][0][name], value) and found["state"][0][name].dtype == value.dtype


def test_random_numbers_go_on_where_they_stood(tmp_path):
    state.write(tmp_path, "random", state.random_states())
    drawn = [(random.random(), numpy.random.normal(), torch.rand(2).tolist())]
    state.set_random_states(state.read(tmp_path, "random"))
    drawn.append((random.random(), numpy.random.normal(), torch.rand(2).tolist()))
    assert drawn[0] == drawn[1]


def test_what_is_no_plain_data_is_refused(tmp_path):
    with pytest.raises(TypeError, match="no plain data"):
        state.write(tmp_path, "odd", {"function": print})
