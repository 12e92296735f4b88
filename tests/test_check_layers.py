"""Right pairs and wrong pairs of every layer that torch, Paddle and Flax share: none flagged, none missed."""

import paddle
import pytest
import torch
from models.pairs import RIGHT, WRONG, inputs, still

from actzoo_parity import ParityError, SideError, check


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_pair_holds(name: str) -> None:
    pair = RIGHT[name]
    report = check(*pair.sides(), inputs(pair.kind), **pair.told)
    assert 0 <= report.ratio <= 1
    assert all(verdict.outputs for verdict in report.verdicts)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_pair_is_caught(name: str) -> None:
    pair = WRONG[name]
    with pytest.raises(ParityError) as error:
        check(*pair.sides(), inputs(pair.kind), **pair.told)
    assert not any(verdict.error for verdict in error.value.report.verdicts)


@pytest.mark.parametrize("name", ["torch", "paddle"])
def test_a_dropout_that_is_left_in_training_mode_is_said(name: str) -> None:
    sides = {"torch": torch.nn.Dropout(0.5).eval(), "paddle": still(paddle.nn.Dropout, 0.5)()}
    sides[name].train()
    with pytest.raises(SideError, match=f"{name} is random"):
        check(*sides.values(), inputs("features"))


def test_the_lists_are_as_long_as_they_are_meant_to_be() -> None:
    """A pair that is taken out is missed here."""
    assert len(RIGHT) >= 80
    assert len(WRONG) >= 60
