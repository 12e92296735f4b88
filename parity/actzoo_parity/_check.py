"""A check of other people's modules: two or three implementations of one function, held against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._carry import Weights
from ._compare import compare
from ._log import finished
from ._report import ParityError, Report
from ._setup import Options, Reference
from ._sides._side import Array, SideError


def check(
    *sides: Any,
    inputs: Any = None,
    weights: Weights = None,
    reference: Reference | None = None,
    options: Mapping[str, Any] | None = None,
    dtype: str | None = None,
    gradients: bool = True,
    cotangent: Array | Mapping[str, Array] | None = None,
    seed: int = 0,
    samples: int = 16,
    names: Sequence[str] | None = None,
    channels_last: Sequence[str] | None = None,
    flatten: Mapping[str, tuple[int, ...]] | None = None,
    keywords: Mapping[str, Mapping[str, Any]] | None = None,
    output: Mapping[str, Callable[[Any], Any]] | None = None,
    ignore: str | Sequence[str] = (),
) -> Report:
    """Hold two or three implementations of one function against each other, values and gradients.

        check(torch_module, paddle_layer, x)
        check(torch.nn.functional.silu, my_numpy_silu, x)

    Args:
        sides: two or three of them, and last the inputs, unless these are given as `inputs`. A side
            is a torch, Paddle or NNX module; a bound Linen module or `(module, variables)`; in JAX
            `(function, parameters)`; or a function of arrays of torch, Paddle, JAX or NumPy. Modules
            are run as they are, in training mode or not, and are not changed; compiled, scripted, traced and
            wrapped ones too.
        inputs: an array, a tuple of arrays (by position) or a dict of them (by keyword): NumPy's, or tensors of
            torch, Paddle or JAX, in bfloat16 too. Channels first.
        weights: None, and the first side's weights are carried to the others by the names and types
            of their layers, as `actzoo.convert` does. Where names differ, a mapping from the first
            side's keys or layers to the other's: `key`, `(key, axes)` with a transpose, or None
            without a twin. Or a function from the first side's state to the other's, which may join
            and split. "own": each keeps its own. Also `{side: any of these}`, by the sides' names.
        reference: what the values are judged against, by default the first side in float64: a NumPy
            function; or the name of a reference or a function marked `@reference`, whose
            bound is derived; `options` are its options.
        dtype: what is judged: "float64", "float32", "float16" or "bfloat16"; by default the dtype
            of the weights, and without weights that of the inputs. float64 inputs are rounded to it.
        gradients: whether to compare the gradients of the inputs and the learnt weights.
        cotangent: the adjoint of the output, or of each output by name; random by default.
        seed, samples: of random numbers, and how many samples the estimate takes.
        names: what the sides are called, by default their frameworks. A name that begins with a
            framework's says whose function it is.
        channels_last: the names of sides whose inputs have their channels last. By default NNX and
            Linen modules, for inputs of rank 4 and 5, and of rank 3 if they have convolutions or
            norms of maps. Outputs of these ranks likewise.
        flatten: as for `actzoo.convert`: the shapes of maps that a layer reads flattened, by the first side's names.
        keywords: more arguments for one side: `{"linen": {"train": False}}`.
        output: what to take of a side's output: `{"torch": lambda y: y[0]}`.
        ignore: outputs that are not judged, a pattern or several: `"updated *"`, `("gradient of *.bias", "value[1]")`.
            The names are those of a report: `value`, `value[0]`, `value['logits']`, `gradient of x`, `gradient of
            0.weight`, `updated 1.running_mean`; `*` is any text, `?` a character, and brackets stand for themselves.
            The report notes what was not judged, and a pattern that fits no output.

    Returns:
        The report, if all holds.

    Raises:
        ParityError: an AssertionError: which side differs, in which output, where, by how much, and
            in which layer first; `report` has all of it.
        SideError: a ValueError: the sides cannot be run or compared, and why.

    """
    __tracebackhide__ = True  # pytest shows the failure, and not this function
    if inputs is None:
        *sides, inputs = sides  # type: ignore[assignment]
    if callable(inputs):
        raise SideError(f"the inputs are missing after the sides: the last argument is a {type(inputs).__name__}")
    asked = Options(
        weights=weights,
        reference=reference,
        reference_options=options or {},
        dtype=dtype,
        gradients=gradients,
        cotangent=cotangent,
        seed=seed,
        samples=samples,
        names=names,
        channels_last=channels_last,
        flatten=flatten or {},
        keywords=keywords or {},
        output=output or {},
        ignore=ignore,
    )
    try:
        report = compare(sides, inputs, asked)
    except SideError as error:
        raise error.with_traceback(None) from error.__cause__  # what it says is what can be done
    finished.append(report)
    if not report.passed:
        raise ParityError(report)
    return report
