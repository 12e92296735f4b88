"""Runs rendered files copied alone, in a process that can import their framework and nothing of ours; then the
package's classes, in the same process, and compares bits. A program: `python -I standalone.py FOLDER ROOTS`.

FOLDER has `cases.json`: [[target, name, class, options, shape], ...], and the files, `TARGET/NAME.py`; all targets of
one framework. Prints {"name-target": what was wrong, or ""}.
"""

import importlib
import importlib.util
import json
import sys
import traceback
from functools import partial
from pathlib import Path

FOLDER, ROOTS = Path(sys.argv[1]), json.loads(sys.argv[2])
PACKAGE = {"torch": "actzoo_torch", "paddle": "actzoo_paddle", "flax": "actzoo_flax", "linen": "actzoo_flax.linen"}
OTHERS = {"torch": {"paddle", "jax", "flax"}, "paddle": {"torch", "jax", "flax"}}
JAX_OTHERS = {"torch", "paddle"}
OURS = {"actzoo", "actzoo_torch", "actzoo_paddle", "actzoo_flax", "actzoo_parity"}


class Hidden:
    """Makes packages as if they were not installed."""

    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r} (hidden)", name=name)
        return None


def load(target, name):
    spec = importlib.util.spec_from_file_location(f"{target}_{name}", FOLDER / target / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # Flax looks the module of a class up
    spec.loader.exec_module(module)
    return module


def torch_run(made, options, x):
    import torch

    torch.manual_seed(0)
    module = made(**options)
    leaf = torch.from_numpy(x).requires_grad_()
    y = module(leaf)
    (grad,) = torch.autograd.grad(y.square().sum(), leaf)
    return [y.detach().numpy(), grad.numpy()]


def paddle_run(made, options, x):
    import paddle

    paddle.seed(0)
    module = made(**options)
    leaf = paddle.to_tensor(x, stop_gradient=False)
    y = module(leaf)
    y.square().sum().backward()
    return [y.detach().numpy(), leaf.grad.numpy()]


def flax_run(made, options, x):
    import inspect

    import jax
    import numpy as np
    from flax import nnx

    rngs = {"rngs": nnx.Rngs(0)} if "rngs" in inspect.signature(made.__init__).parameters else {}
    graph, state = nnx.split(made(**options, **rngs))
    copy = partial(jax.tree.map, lambda leaf: leaf, state)  # a module in training changes what it is made of
    y, pull = jax.vjp(lambda v: nnx.merge(graph, copy())(v), jax.numpy.asarray(np.moveaxis(x, 1, -1)))
    return [np.asarray(y), np.asarray(pull(2 * y)[0])]


def linen_run(made, options, x):
    import jax
    import numpy as np

    module, last = made(**options), jax.numpy.asarray(np.moveaxis(x, 1, -1))
    variables = module.init({"params": jax.random.key(0), "noise": jax.random.key(1)}, last)
    y, pull = jax.vjp(lambda v: module.apply(variables, v), last)
    return [np.asarray(y), np.asarray(pull(2 * y)[0])]


RUN = {"torch": torch_run, "paddle": paddle_run, "flax": flax_run, "linen": linen_run}


def main():
    import numpy as np

    cases = json.loads((FOLDER / "cases.json").read_text())
    alone, wrong = {}, {}
    hidden = Hidden(OURS | OTHERS.get(cases[0][0], JAX_OTHERS))
    sys.meta_path.insert(0, hidden)
    for target, name, module, options, shape in cases:
        x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
        try:
            alone[target, name] = RUN[target](getattr(load(target, name), module), options, x)
        except Exception:
            wrong[f"{name}-{target}"] = traceback.format_exc()
    sys.meta_path.remove(hidden)
    assert not OURS & {n.partition(".")[0] for n in sys.modules}
    sys.path[:0] = ROOTS
    for target, name, module, options, shape in cases:
        if (target, name) not in alone:
            continue
        x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
        ours = RUN[target](getattr(importlib.import_module(PACKAGE[target]), module), options, x)
        same = [
            a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in zip(alone[target, name], ours, strict=True)
        ]
        finite = all(np.isfinite(a).all() and a.any() for a in ours)
        said = f"value, gradient the same as the package's: {same}; {finite=}"
        wrong[f"{name}-{target}"] = "" if all(same) and finite else said
    print(json.dumps(wrong))


main()
