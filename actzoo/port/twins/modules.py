"""What Paddle's layers do by other names: sublayers, states, places."""

import warnings

import torch


def add_sublayer(module, name, sublayer):
    """Add a module, and give it. Its name may have dots, which torch does not take, and stays as it is in states."""
    name = str(name)
    if "." not in name and name:
        module.add_module(name, sublayer)
        return sublayer
    module._modules[name] = sublayer
    module.register_load_state_dict_post_hook(DottedName(name))
    return sublayer


class DottedName:
    """After a state is loaded: what has its place below a name with dots is not left over, as torch believes."""

    def __init__(self, name):
        self.name = name

    def __call__(self, module, incompatible):
        own = [f"{self.name}.{key}" for key in module._modules[self.name].state_dict()]
        left = incompatible.unexpected_keys
        left[:] = [key for key in left if not any(key == each or key.endswith("." + each) for each in own)]


def sublayers(module, include_self=False):
    """All modules below, as a list."""
    return [each for each in module.modules() if include_self or each is not module]


def named_sublayers(module, prefix="", include_self=False):
    """All modules below, by name."""
    for name, each in module.named_modules(prefix=prefix):
        if include_self or each is not module:
            yield name, each


def moved(module, device=None, dtype=None):
    """A module somewhere else, or of another dtype."""
    if isinstance(device, str):
        device = device.replace("gpu", "cuda")
    return module.to(device=device, dtype=dtype)


def load_state(module, state):
    """Load what fits by name and shape, and warn of the rest, as Paddle does. Gives the keys missing and left over."""
    own = module.state_dict()
    missing = [key for key in own if key not in state and not key.endswith("num_batches_tracked")]
    fitting = {}
    for key, value in state.items():
        if key not in own:
            continue
        value = torch.as_tensor(value)
        if value.shape != own[key].shape:
            warnings.warn(
                f"Skip loading for {key}. {key} receives a shape {list(value.shape)}, "
                f"but the expected shape is {list(own[key].shape)}.",
                stacklevel=2,
            )
            missing.append(key)
        else:
            fitting[key] = value
    module.load_state_dict(fitting, strict=False)
    return missing, [key for key in state if key not in own]


def same(value=None, **settings):
    """What is given, as it is."""
    return (lambda given: given) if value is None else value


class unported:
    """Stands where no rule covers what stood there; whatever is done with it raises."""

    def __init__(self, name, receiver=None):
        self.name = name

    def __call__(self, *arguments, **keywords):
        raise NotImplementedError(f"{self.name} was not ported; see report.html")

    def __getattr__(self, attribute):
        raise NotImplementedError(f"{self.name} was not ported; see report.html")

    def __mro_entries__(self, bases):
        return (type(self.name, (), {"__new__": lambda cls, *arguments, **keywords: self()}),)

    __instancecheck__ = __subclasscheck__ = __eq__ = __ne__ = __iter__ = __getitem__ = __call__
    __hash__ = None
