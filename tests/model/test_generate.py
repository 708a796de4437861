"""Choosing the next token, and cutting text into pieces."""

import pytest
import torch

from playground.errors import InputError
from playground.model.generate import Generation, choose, text_pieces

LOGITS = torch.log(torch.tensor([[0.5, 0.1, 0.4]]))


def draw(uniform, top_p=1.0, temperature=1.0):
    return choose(LOGITS, temperature, top_p, torch.tensor([uniform])).item()


def test_greedy_takes_the_likeliest():
    assert draw(0.99, temperature=0) == 0


@pytest.mark.parametrize(
    ("uniform", "token"), [(0.0, 0), (0.49, 0), (0.51, 2), (0.89, 2), (0.91, 1), (0.9999999, 1)]
)
def test_inverse_transform_by_hand(uniform, token):
    assert draw(uniform) == token


@pytest.mark.parametrize(
    ("top_p", "uniform", "token"), [(0.8, 0.55, 0), (0.8, 0.56, 2), (0.8, 0.9999, 2), (0.4, 0.9999, 0)]
)
def test_top_p_by_hand(top_p, uniform, token):
    """0.5 and 0.4 hold 0.8 together; among them the first has 0.5 / 0.9 = 0.556."""
    assert draw(uniform, top_p) == token


def test_frequencies_follow_the_chances():
    uniform = torch.rand(20_000, generator=torch.Generator().manual_seed(0))
    drawn = choose(LOGITS.expand(20_000, -1), 1.0, 1.0, uniform)
    assert torch.bincount(drawn).div(20_000).tolist() == pytest.approx([0.5, 0.1, 0.4], abs=0.02)


class Bytes:
    """A tokenizer whose tokens are bytes."""

    def decode(self, ids, **_):
        return bytes(ids).decode("utf-8", errors="replace")


@pytest.mark.parametrize("text", ["naïve 東京 ok", " \n a b  \n", "", "   "])
def test_pieces_never_split_a_character(text):
    assert "".join(text_pieces(Bytes(), text.encode(), strip=False)) == text
    pieces = list(text_pieces(Bytes(), text.encode(), strip=True))
    assert "".join(pieces) == text.strip()
    assert not any("\ufffd" in piece for piece in pieces)


def test_bytes_that_never_become_a_character_are_shown_at_the_end():
    assert list(text_pieces(Bytes(), "é".encode()[:1], strip=False)) == ["\ufffd"]


@pytest.mark.parametrize(
    "wrong", [{"max_tokens": 0}, {"temperature": -1}, {"temperature": float("nan")}, {"top_p": 0}]
)
def test_settings_out_of_bounds_are_refused(wrong):
    with pytest.raises(InputError):
        Generation(**wrong)
