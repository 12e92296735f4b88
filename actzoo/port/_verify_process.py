"""Builds one model in Paddle and in torch, and holds them against each other by `actzoo_parity.check`.

`python -m actzoo.port._verify_process REQUEST ANSWER`, both JSON. The original and the port meet here, and nobody else:
what they print, or do to the process, stays here.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

BATCH = 2
"""Tried beside the batch that the source names, and trained with."""

LARGEST = 32
"""Pixels of an image that is compared."""

SAMPLES = 6
"""Of rounding, for the estimate of the bound."""


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.path.insert(0, request["folder"])
    sys.path.insert(1, request["beside"])
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    notes: list[str] = []
    what = request["subject"]["text"].splitlines()[0]
    try:
        trials = list(_trials(request, what, notes))
    except Exception as error:  # whatever other people's code raises
        told = traceback.format_exception_only(error)[-1].strip()
        trials = [_trial(what, "not verified", found=[told])]
    Path(sys.argv[2]).write_text(json.dumps({"trials": trials, "notes": notes}), encoding="utf-8")


def _trial(what: str, status: str, ratio: float | None = None, found: list[str] | None = None) -> dict[str, Any]:
    return {"what": what, "status": status, "ratio": ratio, "found": found or []}


def _trials(request: dict[str, Any], what: str, notes: list[str]) -> Iterator[dict[str, Any]]:
    try:
        import paddle
    except ModuleNotFoundError:
        yield _trial(what, "not verified", found=["Paddle is not installed, so the original cannot be run"])
        return
    import torch

    paddle.seed(0)
    torch.manual_seed(0)
    subject = request["subject"]
    theirs = _built(request["original"], subject, "the original")
    ours = _built(request["port"], subject, "the port")
    mine = sum(p.numel() for p in ours[0].parameters() if p.requires_grad)
    other = sum(int(p.size) for p in theirs[0].parameters() if not p.stop_gradient)
    yield _trial(f"{what}: learnt numbers", "held" if mine == other else "failed", found=[f"{other:,} and {mine:,}"])
    _as_paddle_holds_it(ours[0])
    loaded = _load(theirs[0], ours[0], request["weights"], notes)
    shape = subject["shape"] or _guessed(theirs[0])
    if shape is None:
        yield _trial(what, "not verified", found=["the shape of its input is not known; say it by --shape"])
        return
    shape = _smaller(tuple(shape), theirs[0], notes)
    for batch in dict.fromkeys([shape[0], BATCH]):
        x = _numbers((batch, *shape[1:]), theirs[0])
        try:
            theirs[0].eval()
            y = theirs[0](paddle.to_tensor(x))
        except Exception as error:  # the original's own mistake
            notes.append(f"the original itself fails at batch size {batch}: {what}: {_short(error)}")
            continue
        modes = (False, True) if batch == BATCH or shape[0] != 1 else (False,)
        for training in modes:  # the loss of an untrained model in evaluation is beyond what Paddle's softmax holds
            labels = _labels(y, theirs[1]) if training else None
            yield _compared(f"{what}, {list(x.shape)}", theirs, ours, x, labels, training, loaded)


def _smaller(shape: tuple[int, ...], model: Any, notes: list[str]) -> tuple[int, ...]:
    """Large images cut to `LARGEST`, if the model takes these too: every layer is the same, and runs sooner."""
    import paddle

    small = (*shape[:2], *(min(size, LARGEST) for size in shape[2:]))
    if small == shape or len(shape) < 4:
        return shape
    try:
        model.eval()
        model(paddle.to_tensor(_numbers(small, model)))
    except Exception:  # it wants its own size
        return shape
    notes.append(f"compared at {list(small)} instead of {list(shape)}")
    return small


def _built(source: str, subject: dict[str, Any], whose: str) -> tuple[Any, Any]:
    """The model and its loss."""
    names: dict[str, Any] = {"__name__": "verified"}
    try:
        exec(compile(source, f"<{whose}>", "exec"), names)
    except Exception as error:
        raise RuntimeError(f"{whose} cannot be built: {_short(error)}") from error
    return names[subject["variable"]], names.get(subject["loss"]) if subject["loss"] else None


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def _load(theirs: Any, ours: Any, weights: list[tuple[str, str]], notes: list[str]) -> bool:
    """Load a checkpoint into both, each from its own file, if it is this model's."""
    import paddle
    import torch
    from safetensors.torch import load_file

    for source, target in weights:
        state = paddle.load(source)
        own = theirs.state_dict()
        if not isinstance(state, dict) or {k for k in state if not k.endswith("@@")} != set(own):
            continue
        if any(list(own[key].shape) != list(np.shape(state[key])) for key in own):
            notes.append(f"{Path(source).name} has the names of this model, and not all of its shapes; it was not used")
            continue
        theirs.set_state_dict(state)
        made = torch.load(target, weights_only=True) if target.endswith(".pt") else load_file(target)
        missing, left = ours.load_state_dict(made, strict=False)
        wrong = [key for key in missing if not key.endswith("num_batches_tracked")] + list(left)
        if wrong:
            raise RuntimeError(f"the ported weights do not fit the ported model: {', '.join(wrong)}")
        notes.append(f"with the weights of {Path(source).name}")
        return True
    return False


def _guessed(model: Any) -> tuple[int, ...] | None:
    """The shape of an input by the first layer with weights."""
    for layer in model.sublayers(include_self=True):
        name = type(layer).__name__
        if name in ("Conv1D", "Conv2D", "Conv3D"):
            return (2, layer._in_channels, *([32] * int(name[4])))
        if name == "Linear":
            return (2, layer.weight.shape[0])
        if name == "Embedding":
            return (2, 16)
    return None


def _numbers(shape: tuple[int, ...], model: Any) -> np.ndarray:
    random = np.random.default_rng(0)
    layers = [each for each in model.sublayers(include_self=True) if list(each.parameters(include_sublayers=False))]
    first = layers[0] if layers else None
    if type(first).__name__ == "Embedding":
        return random.integers(0, first.weight.shape[0], shape)  # type: ignore[union-attr]
    return random.standard_normal(shape).astype(np.float32)


def _labels(y: Any, loss: Any) -> np.ndarray | None:
    """Classes for a loss: one a row."""
    if loss is None or isinstance(y, list | tuple):
        return None
    return np.asarray(np.arange(y.shape[0]) % y.shape[-1], np.int64)


def _compared(
    what: str,
    theirs: tuple[Any, Any],
    ours: tuple[Any, Any],
    x: np.ndarray,
    labels: np.ndarray | None,
    training: bool,
    own: bool,
) -> dict[str, Any]:
    """One check: outputs, loss and gradients, in evaluation or in training mode."""
    from actzoo_parity import ParityError, check
    from actzoo_parity._sides import SideError

    inputs: Any = x if labels is None else (x, labels)
    sides = [_with_loss(*each, labels is not None) for each in (theirs, ours)]
    for side in sides:
        side.train() if training else side.eval()
        _without_dropout(side)
    mode = "training" if training else "evaluation"
    what = f"{what}, {mode}: output" + (", loss" if labels is not None else "") + (", gradients" if training else "")
    try:
        report = check(
            *sides,
            inputs=inputs,
            weights="own" if own else None,
            names=("paddle", "torch"),
            gradients=training,
            samples=SAMPLES,
        )
    except ParityError as error:
        ratio = max((v.ratio for v in error.report.verdicts), default=None)
        return _trial(what, "failed", _finite(ratio), str(error).splitlines())
    except SideError as error:
        return _trial(what, "not verified", found=[str(error)])
    return _trial(what, "held", _finite(max(v.ratio for v in report.verdicts)))


def _finite(ratio: float | None) -> float | None:
    return ratio if ratio is not None and np.isfinite(ratio) else None


def _without_dropout(model: Any) -> None:
    """Two frameworks draw other numbers."""
    layers = model.sublayers() if hasattr(model, "sublayers") else model.modules()
    for layer in layers:
        if "Dropout" in type(layer).__name__:
            layer.eval()


def _as_paddle_holds_it(model: Any) -> None:
    """Paddle keeps the momentum of statistics in float32, also where it computes in float64."""
    for layer in model.modules():
        momentum = getattr(layer, "momentum", None)
        if isinstance(momentum, float):
            layer.momentum = 1 - float(np.float32(1 - momentum))


def _with_loss(model: Any, loss: Any, wanted: bool) -> Any:
    """A module that gives the output and the loss."""
    if not wanted:
        return model
    import paddle
    import torch

    base = paddle.nn.Layer if isinstance(model, paddle.nn.Layer) else torch.nn.Module

    class WithLoss(base):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__()
            self.model, self.loss = model, loss

        def forward(self, x: Any, labels: Any) -> Any:
            y = self.model(x)
            return y, self.loss(y, labels)

    return WithLoss()


if __name__ == "__main__":
    main()
