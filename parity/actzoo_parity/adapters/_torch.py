"""PyTorch: modules and functions of the zoo, on the CPU and CUDA, eager, compiled and vectorised."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import ml_dtypes
import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.func import functional_call

from .._cases import Case
from ._subject import Adapter, Array, Outputs, Subject

if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"  # which has to be there before anything imports Triton
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False

DTYPES = {"float64": torch.float64, "float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def tensor(array: Array, device: str) -> Tensor:
    """A copy as a tensor. NumPy's bfloat16 is an extension that torch does not know."""
    if array.dtype == ml_dtypes.bfloat16:
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16).to(device)
    return torch.from_numpy(np.array(array)).to(device)


def array(value: Tensor) -> Array:
    value = value.detach().cpu()
    if value.dtype == torch.bfloat16:
        return np.asarray(value.contiguous().view(torch.int16).numpy().view(ml_dtypes.bfloat16))
    return np.asarray(value.numpy())


@dataclass
class Built:
    """A subject with its weights, and the tensors that it is run on."""

    call: Callable[..., Tensor]
    module: nn.Module | None
    learnt: dict[str, Tensor]
    x: Tensor
    noise: tuple[Tensor, ...]
    cotangent: Tensor
    direction: Tensor

    def vector(self, x: Tensor) -> Tensor:
        return self.call(x, *self.noise)

    def leaves(self) -> list[Tensor]:
        return [self.x, *self.learnt.values()]


def built(subject: Subject, mode: str, device: str) -> Built:
    case = subject.case
    module, learnt = None, {p.key: tensor(case.state[p.key], device).requires_grad_() for p in subject.learnt}
    if subject.function is None:
        module = subject.cls(**subject.arguments).train(case.training).to(device, DTYPES[case.plan.dtype])
        missing, surplus = module.load_state_dict({k: tensor(v, device) for k, v in case.state.items()}, strict=False)
        if wrong := [k for k in missing if not k.endswith("num_batches_tracked")] + surplus:
            raise KeyError(f"the rendered module and the spec differ in {', '.join(wrong)}")
        learnt = dict(module.named_parameters())
    x = tensor(case.x, device)
    if mode == "channels_last":
        x = x.contiguous(memory_format=torch.channels_last)
        module = module and module.to(memory_format=torch.channels_last)
    if mode == "strided":
        wide = torch.zeros(*x.shape[:-1], 2 * x.shape[-1], dtype=x.dtype, device=device)
        wide[..., ::2] = x
        x = wide[..., ::2]
    noise = () if case.noise is None else (tensor(case.noise, device),)
    cotangent, direction = (tensor(a, device) for a in (case.cotangent, case.direction))
    call = module or subject.called(learnt)
    return Built(call, module, learnt, x.requires_grad_(), noise, cotangent, direction)


class Torch(Adapter):
    def facts(self) -> dict[str, str]:
        return {
            "torch": torch.__version__,
            "torch CPU": torch.backends.cpu.get_cpu_capability(),
            "torch threads": str(torch.get_num_threads()),
            "torch CUDA": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        }

    def missing(self, device: str) -> str:
        return "" if device == "cpu" or torch.cuda.is_available() else "torch has no CUDA device here"

    def run(
        self, subjects: Sequence[Subject], mode: str, device: str, wanted: Sequence[frozenset[str]]
    ) -> Iterator[Outputs]:
        made = (built(subject, mode, device) for subject in subjects)
        pairs: Iterable[tuple[Built, Tensor]]
        if mode == "compiled":
            every = list(made)
            pairs = zip(every, together(every), strict=True)
        else:
            pairs = ((b, forward(b, mode, device)) for b in made)
        for subject, kinds, (b, y) in zip(subjects, wanted, pairs, strict=True):
            yield outputs(subject, b, y, kinds)


def together(every: Sequence[Built]) -> list[Tensor]:
    """All values by one graph: each compilation costs seconds."""

    def graph(inputs: list[tuple[Tensor, ...]]) -> list[Tensor]:
        return [b.call(*given) for b, given in zip(every, inputs, strict=True)]

    torch.compiler.reset()
    values: list[Tensor] = torch.compile(graph, fullgraph=True)([(b.x, *b.noise) for b in every])
    return values


def forward(b: Built, mode: str, device: str) -> Tensor:
    if mode == "vmap":
        given = (b.x, *b.noise)
        return torch.func.vmap(lambda *one: b.call(*(a[None] for a in one))[0])(*given)
    if mode == "amp":
        with torch.autocast(device, dtype=torch.bfloat16):
            return b.vector(b.x)
    return b.vector(b.x)


def outputs(subject: Subject, b: Built, y: Tensor, kinds: frozenset[str]) -> Outputs:
    found = {"value": array(y)}
    if "updates" in kinds and b.module is not None:
        running = {k: v for k, v in b.module.named_buffers() if k.rpartition(".")[2].startswith("running_")}
        found |= {f"updated {k}": array(v) for k, v in running.items()}
    second = "second" in kinds
    leaves = b.leaves() if "gradients" in kinds else [b.x]
    cotangent = b.cotangent.requires_grad_(second)
    grads = torch.autograd.grad(y, leaves, cotangent, create_graph=second, allow_unused=True)
    named = zip(["x", *b.learnt], grads, strict=False)
    found |= {f"gradient of {k}": array(g) for k, g in named if g is not None}
    if second:
        (along,) = torch.autograd.grad(grads[0], b.x, b.direction, allow_unused=True, materialize_grads=True)
        found["second derivative"] = array(along)
    if "tangent" in kinds:
        found["tangent"] = array(tangent(subject.case, b))
    if "initial" in kinds and b.module is not None:
        torch.manual_seed(subject.case.plan.seed)
        fresh = subject.cls(**subject.fresh).state_dict()
        found |= {f"initial {p.key}": array(fresh[p.key]) for p in subject.case.parameters_of_fresh}
    return found


def tangent(case: Case, b: Built) -> Tensor:
    """The value's derivative along a direction of x and of what is learnt, in forward mode."""
    with forward_ad.dual_level():
        x = forward_ad.make_dual(b.x.detach(), b.direction)
        if b.module is None:
            return forward_ad.unpack_dual(b.call(x, *b.noise)).tangent
        directions = {k: tensor(d, str(b.x.device)) for k, d in case.directions.items()}
        learnt = {k: forward_ad.make_dual(b.learnt[k].detach(), d) for k, d in directions.items()}
        again = copy.deepcopy(b.module)  # a norm in training updates what it keeps
        return forward_ad.unpack_dual(functional_call(again, learnt, (x, *b.noise))).tangent


ADAPTER = Torch()
