"""Paddle's schedulers: made before the optimiser, and asked by it for the rate of each step."""

import math


class LRScheduler:
    """Counts steps; `get_lr` says the rate of the step `last_epoch`."""

    def __init__(self, learning_rate=0.1, last_epoch=-1, verbose=False):
        self.base_lr = self.last_lr = float(learning_rate)
        self.last_epoch, self.verbose = last_epoch, verbose
        self.step()

    def __call__(self):
        return self.last_lr

    def step(self, epoch=None):
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        self.last_lr = self.get_lr()
        if self.verbose:
            print(f"Epoch {self.last_epoch}: {type(self).__name__} set learning rate to {self.last_lr}.")

    def get_lr(self):
        raise NotImplementedError

    def state_dict(self):
        return {"last_epoch": self.last_epoch, "last_lr": self.last_lr}

    def load_state_dict(self, state):
        self.last_epoch, self.last_lr = state["last_epoch"], state["last_lr"]


class CosineAnnealingDecay(LRScheduler):
    """Half a cosine from the first rate to `eta_min` in `T_max` steps."""

    def __init__(self, learning_rate, T_max, eta_min=0, last_epoch=-1, verbose=False):
        self.T_max, self.eta_min = T_max, float(eta_min)
        super().__init__(learning_rate, last_epoch, verbose)

    def get_lr(self):
        n, span = self.last_epoch, self.base_lr - self.eta_min
        if n == 0:
            return self.base_lr
        if (n - 1 - self.T_max) % (2 * self.T_max) == 0:
            return self.last_lr + span * (1 - math.cos(math.pi / self.T_max)) / 2
        up, down = 1 + math.cos(math.pi * n / self.T_max), 1 + math.cos(math.pi * (n - 1) / self.T_max)
        return up / down * (self.last_lr - self.eta_min) + self.eta_min


class StepDecay(LRScheduler):
    """Times gamma every `step_size` steps."""

    def __init__(self, learning_rate, step_size, gamma=0.1, last_epoch=-1, verbose=False):
        self.step_size, self.gamma = step_size, gamma
        super().__init__(learning_rate, last_epoch, verbose)

    def get_lr(self):
        return self.base_lr * self.gamma ** (self.last_epoch // self.step_size)


class MultiStepDecay(LRScheduler):
    """Times gamma at every milestone."""

    def __init__(self, learning_rate, milestones, gamma=0.1, last_epoch=-1, verbose=False):
        self.milestones, self.gamma = milestones, gamma
        super().__init__(learning_rate, last_epoch, verbose)

    def get_lr(self):
        return self.base_lr * self.gamma ** sum(self.last_epoch >= each for each in self.milestones)


class ExponentialDecay(LRScheduler):
    """Times gamma every step."""

    def __init__(self, learning_rate, gamma, last_epoch=-1, verbose=False):
        self.gamma = gamma
        super().__init__(learning_rate, last_epoch, verbose)

    def get_lr(self):
        return self.base_lr * self.gamma**self.last_epoch


class PolynomialDecay(LRScheduler):
    """A power of the way that is left to `end_lr`."""

    def __init__(self, learning_rate, decay_steps, end_lr=0.0001, power=1.0, cycle=False, last_epoch=-1, verbose=False):
        self.decay_steps, self.end_lr, self.power, self.cycle = decay_steps, end_lr, power, cycle
        super().__init__(learning_rate, last_epoch, verbose)

    def get_lr(self):
        step, whole = self.last_epoch, self.decay_steps
        if self.cycle:
            whole *= math.ceil(step / whole) or 1
        else:
            step = min(step, whole)
        return (self.base_lr - self.end_lr) * (1 - step / whole) ** self.power + self.end_lr


class LambdaDecay(LRScheduler):
    """Times a function of the step."""

    def __init__(self, learning_rate, lr_lambda, last_epoch=-1, verbose=False):
        self.lr_lambda = lr_lambda
        super().__init__(learning_rate, last_epoch, verbose)

    def get_lr(self):
        return self.base_lr * self.lr_lambda(self.last_epoch)


class MultiplicativeDecay(LambdaDecay):
    """Times the product of a function of every step so far."""

    def get_lr(self):
        return self.base_lr * math.prod(self.lr_lambda(n) for n in range(1, self.last_epoch + 1))


class PiecewiseDecay(LRScheduler):
    """A rate between any two boundaries."""

    def __init__(self, boundaries, values, last_epoch=-1, verbose=False):
        self.boundaries, self.values = boundaries, values
        super().__init__(values[0], last_epoch, verbose)

    def get_lr(self):
        return self.values[sum(self.last_epoch >= each for each in self.boundaries)]


class NoamDecay(LRScheduler):
    """The transformer's: up for `warmup_steps`, then down as the root of the step."""

    def __init__(self, d_model, warmup_steps, learning_rate=1.0, last_epoch=-1, verbose=False):
        self.d_model, self.warmup_steps = d_model, warmup_steps
        super().__init__(learning_rate, last_epoch, verbose)

    def get_lr(self):
        n = self.last_epoch
        down = 1.0 if n == 0 else n**-0.5
        return self.base_lr * self.d_model**-0.5 * min(down, self.warmup_steps**-1.5 * n)


class InverseTimeDecay(LRScheduler):
    """Divided by 1 + gamma times the step."""

    def __init__(self, learning_rate, gamma, last_epoch=-1, verbose=False):
        self.gamma = gamma
        super().__init__(learning_rate, last_epoch, verbose)

    def get_lr(self):
        return self.base_lr / (1 + self.gamma * self.last_epoch)


class NaturalExpDecay(InverseTimeDecay):
    """Times exp(-gamma) every step."""

    def get_lr(self):
        return self.base_lr * math.exp(-self.gamma * self.last_epoch)


class LinearWarmup(LRScheduler):
    """Linear from `start_lr` to `end_lr`, then a rate or another scheduler."""

    def __init__(self, learning_rate, warmup_steps, start_lr, end_lr, last_epoch=-1, verbose=False):
        self.then, self.warmup_steps, self.start_lr, self.end_lr = learning_rate, warmup_steps, start_lr, end_lr
        super().__init__(start_lr, last_epoch, verbose)

    def get_lr(self):
        if self.last_epoch < self.warmup_steps:
            return (self.end_lr - self.start_lr) * self.last_epoch / self.warmup_steps + self.start_lr
        if isinstance(self.then, LRScheduler):
            self.then.step(self.last_epoch - self.warmup_steps)
            return self.then()
        return self.then
