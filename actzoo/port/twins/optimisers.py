"""Paddle's optimisers on torch's: a rate or a scheduler, ParamAttr's own rates and decays, clipping of gradients."""

import math
import re

import torch

from .initial import name_of
from .schedulers import LRScheduler


class L2Decay:
    """Adds the parameter, times a coefficient, to its gradient."""

    def __init__(self, coeff=0.0):
        self.coeff = coeff

    def __call__(self, parameter):
        return self.coeff * parameter


class L1Decay(L2Decay):
    """Adds the sign of the parameter, times a coefficient, to its gradient."""

    def __call__(self, parameter):
        return self.coeff * parameter.sign()


def as_decay(value):
    """A decay as a function of a parameter; a number is a coefficient of the parameter itself."""
    return L2Decay(value) if isinstance(value, int | float) else value


class ClipGradByValue:
    """Every number of a gradient within bounds."""

    def __init__(self, max, min=None):
        self.max, self.min = max, -max if min is None else min

    def __call__(self, gradients):
        for gradient in gradients:
            gradient.clamp_(self.min, self.max)


class ClipGradByNorm:
    """Every gradient not longer than a norm."""

    def __init__(self, clip_norm):
        self.clip_norm = clip_norm

    def __call__(self, gradients):
        for gradient in gradients:
            norm = gradient.norm()
            if norm > self.clip_norm:
                gradient.mul_(self.clip_norm / norm)


class ClipGradByGlobalNorm:
    """All gradients together not longer than a norm."""

    def __init__(self, clip_norm, group_name="default_group", auto_skip_clip=False):
        self.clip_norm = clip_norm

    def __call__(self, gradients):
        gradients = list(gradients)
        norm = torch.stack([gradient.float().pow(2).sum() for gradient in gradients]).sum().sqrt()
        factor = self.clip_norm / torch.clamp(norm, min=self.clip_norm)
        for gradient in gradients:
            gradient.mul_(factor.to(gradient.dtype))


STATISTICS = {
    "moment1": "exp_avg",
    "moment2": "exp_avg_sq",
    "velocity": "momentum_buffer",
    "moment": "exp_avg",
    "inf_norm": "exp_inf",
    "beta1_pow_acc": "step",
    "beta2_pow_acc": None,
}


def statistics_of(state):
    """What a `.pdopt` holds of each parameter, in their order: a place, and a name that begins with the parameter's."""
    found = {}
    for key, value in sorted(state.items(), key=lambda each: int(each[0].partition("/")[0])):
        match = re.fullmatch(rf"\d+/(.+)_({'|'.join(STATISTICS)})_0", key)
        if match is None:
            raise ValueError(f"torch has no twin for '{key}'")
        found.setdefault(match[1], {})[match[2]] = value
    return list(found.values())


class PaddleRules:
    """What Paddle's optimisers do around torch's step."""

    decoupled = False

    def begin_rules(self, learning_rate, weight_decay, grad_clip):
        self.learning_rate, self.grad_clip = learning_rate, grad_clip
        self.decay = as_decay(weight_decay)

    def get_lr(self):
        return self.learning_rate() if isinstance(self.learning_rate, LRScheduler) else float(self.learning_rate)

    def set_lr(self, value):
        self.learning_rate = value

    def minimize(self, loss, startup_program=None, parameters=None, no_grad_set=None):
        """A step with the gradients that are there, as in Paddle's dynamic mode: the loss has no more to do."""
        self.step()
        return [], [(p, p.grad) for group in self.param_groups for p in group["params"] if p.grad is not None]

    def take(self, parameters):
        """The parameters in groups for torch. Groups of the source may have a rate and a decay of their own."""
        if parameters is None:
            raise ValueError("give the parameters")
        parameters = list(parameters)
        self.apart = bool(parameters) and isinstance(parameters[0], dict)
        if not self.apart:
            self.decays = None
            return grouped_parameters(parameters)
        for group in parameters:
            if more := group.keys() - {"params", "learning_rate", "weight_decay"}:
                raise NotImplementedError(f"a group of parameters with its own {min(more)}")
        held = [[g["params"]] if isinstance(g["params"], torch.Tensor) else list(g["params"]) for g in parameters]
        for place, p in enumerate(p for several in held for p in several):
            p.place = place
        given = [group.get("weight_decay") for group in parameters]
        self.decays = [self.decay if each is None else as_decay(each) for each in given]
        return [{"params": h, "scale": g.get("learning_rate", 1.0)} for h, g in zip(held, parameters)]

    def state_dict(self):
        state = super().state_dict()
        if isinstance(self.learning_rate, LRScheduler):
            state["LR_Scheduler"] = self.learning_rate.state_dict()
        return state

    def load_state_dict(self, state):
        state = dict(state)
        schedule = state.pop("LR_Scheduler", None)
        if schedule is not None and isinstance(self.learning_rate, LRScheduler):
            self.learning_rate.load_state_dict(schedule)
        if "param_groups" in state:
            super().load_state_dict(state)
        else:
            self.load_paddle(state)

    def load_paddle(self, state):
        """Take up what Paddle's optimiser has saved, of as many parameters as there are, in their order."""
        groups = [(p, group) for group in self.param_groups for p in group["params"]]
        statistics = statistics_of(state)
        if len(statistics) != len(groups):
            raise ValueError(f"statistics of {len(statistics)} parameters; there are {len(groups)}")
        for held, (p, group) in zip(statistics, sorted(groups, key=lambda each: each[0].place)):
            for name, value in held.items():
                if name == "beta1_pow_acc":  # the rate to the power of the steps, and of one more
                    power = math.log(float(value.reshape(-1)[0])) / math.log(group["betas"][0])
                    self.state[p]["step"] = torch.tensor(float(round(power) - 1))
                elif STATISTICS[name] is not None:
                    self.state[p][STATISTICS[name]] = value.to(p.dtype).reshape(p.shape).clone()

    @torch.no_grad()
    def step(self, closure=None):
        groups = [[p for p in group["params"] if p.grad is not None] for group in self.param_groups]
        every = [p for several in groups for p in several]
        gradients = [p.grad for p in every]
        changes = isinstance(self.grad_clip, ClipGradByGlobalNorm)  # what else is done to them is the step's own
        for p in every:
            p.grad = p.grad if changes else p.grad.clone()
        for several in groups if self.apart else [every]:  # groups of the source are clipped one by one
            if self.grad_clip is not None and several:
                self.grad_clip([p.grad for p in several if getattr(p, "need_clip", True)])
        for p in every:
            p.grad = p.grad.clone() if changes else p.grad
        for index, several in enumerate(groups):
            for p in several:
                own = getattr(p, "regularizer", None) if self.decays is None else self.decays[index]
                decay = own if own is not None else None if self.decoupled else self.decay
                if decay is not None:
                    p.grad.add_(decay(p))
        rate = self.get_lr()
        for group in self.param_groups:
            group["lr"] = rate * group.get("scale", 1.0)
        super().step()
        for p, gradient in zip(every, gradients):
            p.grad = gradient


def grouped_parameters(parameters):
    """Parameters by their own rates."""
    scales = {}
    for place, p in enumerate(parameters):
        p.place = place
        scales.setdefault(getattr(p, "learning_rate", 1.0), []).append(p)
    return [{"params": held, "scale": scale} for scale, held in scales.items()]


class SGD(PaddleRules, torch.optim.SGD):
    """`optim.SGD`, with Paddle's arguments."""

    def __init__(
        self, learning_rate=0.001, parameters=None, weight_decay=None, grad_clip=None, multi_precision=False, name=None
    ):
        self.begin_rules(learning_rate, weight_decay, grad_clip)
        super().__init__(self.take(parameters), lr=self.get_lr())


class Momentum(PaddleRules, torch.optim.SGD):
    """`optim.SGD` with momentum, with Paddle's arguments."""

    def __init__(
        self,
        learning_rate=0.001,
        momentum=0.9,
        parameters=None,
        use_nesterov=False,
        weight_decay=None,
        grad_clip=None,
        multi_precision=False,
        rescale_grad=1.0,
        use_multi_tensor=False,
        name=None,
    ):
        self.begin_rules(learning_rate, weight_decay, grad_clip)
        super().__init__(self.take(parameters), lr=self.get_lr(), momentum=momentum, nesterov=use_nesterov)


class Adam(PaddleRules, torch.optim.Adam):
    """`optim.Adam`, with Paddle's arguments."""

    def __init__(
        self,
        learning_rate=0.001,
        beta1=0.9,
        beta2=0.999,
        epsilon=1e-8,
        parameters=None,
        weight_decay=None,
        grad_clip=None,
        lazy_mode=False,
        multi_precision=False,
        use_multi_tensor=False,
        name=None,
    ):
        self.begin_rules(learning_rate, weight_decay, grad_clip)
        super().__init__(self.take(parameters), lr=self.get_lr(), betas=(beta1, beta2), eps=epsilon)


class AdamW(PaddleRules, torch.optim.AdamW):
    """`optim.AdamW`, with Paddle's arguments."""

    decoupled = True

    def __init__(
        self,
        learning_rate=0.001,
        beta1=0.9,
        beta2=0.999,
        epsilon=1e-8,
        parameters=None,
        weight_decay=0.01,
        lr_ratio=None,
        apply_decay_param_fun=None,
        grad_clip=None,
        lazy_mode=False,
        multi_precision=False,
        name=None,
    ):
        if lr_ratio is not None:
            raise NotImplementedError("lr_ratio: make groups of parameters")
        self.begin_rules(learning_rate, None, grad_clip)
        groups = {}
        parameters = list(parameters or ())
        for index, group in enumerate(self.take(parameters or None)):
            given = parameters[index].get("weight_decay", weight_decay) if self.apart else weight_decay
            for p in group["params"]:
                decays = apply_decay_param_fun is None or apply_decay_param_fun(name_of(p))
                part = (index if self.apart else 0, group["scale"], given if decays else 0.0)
                groups.setdefault(part, []).append(p)
        settings = [{"params": held, "scale": scale, "weight_decay": w} for (_, scale, w), held in groups.items()]
        self.decays = None
        super().__init__(settings, lr=self.get_lr(), betas=(beta1, beta2), eps=epsilon)


class EpsilonBeside(torch.optim.Optimizer):
    """Adamax as Paddle has it: epsilon is added to the largest gradient of before, in torch to that of now."""

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            first, second = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state.update(step=torch.tensor(0.0), exp_avg=torch.zeros_like(p), exp_inf=torch.zeros_like(p))
                state["step"] += 1
                state["exp_avg"].mul_(first).add_(p.grad, alpha=1 - first)
                state["exp_inf"].mul_(second).add_(group["eps"])
                torch.maximum(state["exp_inf"], p.grad.abs(), out=state["exp_inf"])
                rate = group["lr"] / (1 - first ** state["step"].item())
                p.addcdiv_(state["exp_avg"], state["exp_inf"], value=-rate)


class Adamax(PaddleRules, EpsilonBeside):
    """Adamax, with Paddle's arguments."""

    def __init__(
        self,
        learning_rate=0.001,
        beta1=0.9,
        beta2=0.999,
        epsilon=1e-8,
        parameters=None,
        weight_decay=None,
        grad_clip=None,
        name=None,
    ):
        self.begin_rules(learning_rate, weight_decay, grad_clip)
        super().__init__(self.take(parameters), {"lr": self.get_lr(), "betas": (beta1, beta2), "eps": epsilon})


class Adagrad(PaddleRules, torch.optim.Adagrad):
    """`optim.Adagrad`, with Paddle's arguments."""

    def __init__(
        self,
        learning_rate,
        epsilon=1e-6,
        parameters=None,
        weight_decay=None,
        grad_clip=None,
        initial_accumulator_value=0.0,
        name=None,
    ):
        self.begin_rules(learning_rate, weight_decay, grad_clip)
        settings = {"eps": epsilon, "initial_accumulator_value": initial_accumulator_value}
        super().__init__(self.take(parameters), lr=self.get_lr(), **settings)


class Adadelta(PaddleRules, torch.optim.Adadelta):
    """`optim.Adadelta`, with Paddle's arguments."""

    def __init__(
        self, learning_rate=0.001, epsilon=1e-6, rho=0.95, parameters=None, weight_decay=None, grad_clip=None, name=None
    ):
        self.begin_rules(learning_rate, weight_decay, grad_clip)
        super().__init__(self.take(parameters), lr=self.get_lr(), rho=rho, eps=epsilon)


class RootInside(torch.optim.Optimizer):
    """RMSProp as Paddle has it: epsilon inside the root, and momentum of the whole step."""

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state.update(square=torch.zeros_like(p), mean=torch.zeros_like(p), moment=torch.zeros_like(p))
                rho = group["rho"]
                state["square"].mul_(rho).addcmul_(p.grad, p.grad, value=1 - rho)
                square = state["square"]
                if group["centered"]:
                    state["mean"].mul_(rho).add_(p.grad, alpha=1 - rho)
                    square = square - state["mean"] ** 2
                step = p.grad / (square + group["epsilon"]).sqrt()
                state["moment"].mul_(group["momentum"]).add_(step, alpha=group["lr"])
                p.sub_(state["moment"])


class RMSProp(PaddleRules, RootInside):
    """RMSProp, with Paddle's arguments."""

    def __init__(
        self,
        learning_rate,
        rho=0.95,
        epsilon=1e-6,
        momentum=0.0,
        centered=False,
        parameters=None,
        weight_decay=None,
        grad_clip=None,
        name=None,
    ):
        self.begin_rules(learning_rate, weight_decay, grad_clip)
        settings = {"lr": self.get_lr(), "rho": rho, "epsilon": epsilon, "momentum": momentum, "centered": centered}
        super().__init__(self.take(parameters), settings)
