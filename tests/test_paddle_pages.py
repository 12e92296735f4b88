"""What a loop writes for Paddle lies in large pages, which Paddle does not ask for."""

from __future__ import annotations

import mmap
from pathlib import Path

import paddle
import pytest

from actzoo_paddle import functional
from actzoo_paddle._pages import LARGE, in_large_pages

LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")

pytestmark = pytest.mark.skipif(not LARGE_PAGES.exists(), reason="the system has no large pages that are asked for")


def asked(tensor: paddle.Tensor) -> bool:
    """Whether large pages were asked for, for the memory in the middle of a tensor."""
    middle, inside = tensor.data_ptr() + LARGE // 2, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        head, *fields = line.split()
        if not head.endswith(":"):
            first, last = (int(end, 16) for end in head.split("-"))
            inside = first <= middle < last
        elif inside and head == "VmFlags:":
            return "hg" in fields
    return False


def test_a_value_and_its_gradient_are_in_large_pages() -> None:
    x = paddle.zeros([4, 64, 64, 128])
    x.stop_gradient = False
    y = functional.mish(x)
    (gradient,) = paddle.grad([y], [x])
    assert asked(y)
    assert asked(gradient)


@pytest.mark.parametrize("size", [0, 1, mmap.PAGESIZE, LARGE - 1, LARGE, LARGE + 1])
def test_nothing_is_lost(size: int) -> None:
    tensor = in_large_pages(paddle.full([size], 3, "uint8"))
    assert tensor.shape == [size]
    assert (tensor == 3).all()
