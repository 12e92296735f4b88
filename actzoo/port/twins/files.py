"""Files of weights, devices, summaries."""

import os

import torch

from .tensors import as_dtype


def save(obj, path, protocol=4):
    """`torch.save`; folders are made."""
    folder = os.path.dirname(str(path))
    if folder:
        os.makedirs(folder, exist_ok=True)
    torch.save(obj, path)


def load(path, return_numpy=False):
    """What `save` wrote; for a `.pdparams` of Paddle, the safetensors beside it that actzoo made."""
    stem, kind = os.path.splitext(str(path))
    made = str(path) if kind == ".pdopt" else stem
    try:
        return torch.load(path, weights_only=True)
    except Exception as error:
        if os.path.exists(made + ".safetensors"):
            from safetensors.torch import load_file

            return load_file(made + ".safetensors")
        if os.path.exists(made + ".pt"):
            return torch.load(made + ".pt", weights_only=True)
        raise ValueError(f"{path} is not torch's; if Paddle wrote it: actzoo weights {path} --to torch") from error


def set_device(device):
    """Where tensors are made."""
    torch.set_default_device(str(device).replace("gpu", "cuda"))
    return torch.get_default_device()


def get_device():
    """Where tensors are made, as Paddle calls it."""
    device = torch.get_default_device()
    return "cpu" if device.type == "cpu" else f"gpu:{device.index or 0}"


def disable_static(place=None):
    """torch runs what it is told at once."""


def enable_static():
    """A graph that is built first has no twin."""
    raise NotImplementedError("static graphs were not ported")


def in_dynamic_mode():
    """Always."""
    return True


def rank():
    """The number of this process."""
    return torch.distributed.get_rank() if torch.distributed.is_initialized() else 0


def world_size():
    """The number of processes."""
    return torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1


class ParallelEnv:
    """This process among others."""

    def __init__(self):
        self.rank = self.local_rank = self.device_id = rank()
        self.world_size = self.nranks = world_size()


def all_reduce(tensor, op=None, group=None, sync_op=True):
    """The sum over all processes, in place."""
    if torch.distributed.is_initialized():
        torch.distributed.all_reduce(tensor)


def all_gather(tensor_list, tensor, group=None, sync_op=True):
    """The tensors of all processes."""
    tensor_list.clear()
    if torch.distributed.is_initialized():
        found = [torch.empty_like(tensor) for _ in range(world_size())]
        torch.distributed.all_gather(found, tensor)
        tensor_list += found
    else:
        tensor_list.append(tensor)


def nothing(*arguments, **keywords):
    """For one process there is nothing to do."""


def minimize(scaler, optimizer, scaled_loss):
    """A step, if the gradients are finite, and the next scale."""
    scaler.step(optimizer)
    scaler.update()


def weights_by_url(url, md5sum=None):
    """Nothing is downloaded."""
    raise NotImplementedError(f"download {url}, and port it: actzoo weights FILE --to torch")


class InputSpec:
    """The shape and dtype of an input."""

    def __init__(self, shape=None, dtype="float32", name=None, stop_gradient=False):
        self.shape, self.dtype, self.name = shape, dtype, name


def to_static(function=None, input_spec=None, build_strategy=None, backend=None, **settings):
    """What is given, which remembers the shapes of its inputs; torch runs it at once."""
    if function is None:
        return lambda given: to_static(given, input_spec)
    if input_spec is not None:
        function.input_spec = input_spec
    return function


def jit_save(layer, path, input_spec=None, **configs):
    """`torch.export` of a layer in evaluation mode, as PATH.pt2; what an InputSpec leaves open stays open."""
    spec = input_spec or getattr(layer, "input_spec", None) or getattr(layer.forward, "input_spec", None)
    if spec is None:
        raise ValueError("jit.save needs the shapes of the inputs: input_spec=[InputSpec([None, 3], 'float32')]")
    given, free = [], []
    for each in spec:
        sizes = [None if n in (None, -1) else n for n in each.shape]
        tensor = isinstance(each, torch.Tensor)
        made = torch.zeros([2 if n is None else n for n in sizes], dtype=as_dtype(each.dtype))
        given.append(each if tensor else made)
        free.append({axis: torch.export.Dim.AUTO for axis, n in enumerate(sizes) if n is None and not tensor})
    training = layer.training
    layer.eval()
    try:
        program = torch.export.export(layer, tuple(given), dynamic_shapes=tuple(free))
    finally:
        layer.train(training)
    folder = os.path.dirname(str(path))
    if folder:
        os.makedirs(folder, exist_ok=True)
    torch.export.save(program, f"{path}.pt2")


class Loaded(torch.nn.Module):
    """What `jit_save` wrote; it was saved in evaluation mode, and stays in it."""

    def __init__(self, program):
        super().__init__()
        self.program = program

    def forward(self, *inputs):
        return self.program(*inputs)

    def train(self, mode=True):
        return self


def jit_load(path):
    """The layer that `jit_save` wrote."""
    return Loaded(torch.export.load(f"{path}.pt2").module())


def summary(net, input_size=None, dtypes=None, input=None):
    """Print the layers that hold no others with what they give, and count the parameters."""
    rows, hooks = [], []

    def told(module, inputs, output):
        shape = list(output.shape) if isinstance(output, torch.Tensor) else "-"
        rows.append((type(module).__name__, shape, sum(p.numel() for p in module.parameters())))

    for module in net.modules():
        if not list(module.children()):
            hooks.append(module.register_forward_hook(told))
    training = net.training
    try:
        net.eval()
        with torch.no_grad():
            if input is not None:
                net(input)
            else:
                sizes = [input_size] if isinstance(input_size[0], int) else list(input_size)
                net(*[torch.rand([1 if n in (None, -1) else n for n in size]) for size in sizes])
    finally:
        for hook in hooks:
            hook.remove()
        net.train(training)
    for name, shape, count in rows:
        print(f"{name:24}{shape!s:28}{count:>12,}")
    total = sum(p.numel() for p in net.parameters())
    trainable = sum(p.numel() for p in net.parameters() if p.requires_grad)
    print(f"Total params: {total:,}\nTrainable params: {trainable:,}\nNon-trainable params: {total - trainable:,}")
    return {"total_params": total, "trainable_params": trainable}
