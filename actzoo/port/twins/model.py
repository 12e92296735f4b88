"""Paddle's high-level `Model`: a network with its optimiser, loss and metrics, trained and asked in one call."""

import torch

from .data import DataLoader
from .files import summary


class Model:
    """`paddle.Model`: `prepare`, `fit`, `evaluate`, `predict`, and their single batches."""

    def __init__(self, network, inputs=None, labels=None):
        self.network, self.stop_training = network, False
        self.optimizer = self.loss = None
        self.metrics = []

    def prepare(self, optimizer=None, loss=None, metrics=None, amp_configs=None):
        self.optimizer, self.loss = optimizer, loss
        self.metrics = [] if metrics is None else metrics if isinstance(metrics, list) else [metrics]

    def parameters(self):
        return list(self.network.parameters())

    def loader(self, data, batch_size, shuffle=False, drop_last=False, num_workers=0):
        if not isinstance(data, torch.utils.data.Dataset):
            return data
        return DataLoader(data, batch_size=batch_size, shuffle=shuffle, drop_last=drop_last, num_workers=num_workers)

    def outputs(self, inputs):
        y = self.network(*self.tensors(inputs))
        return list(y) if isinstance(y, list | tuple) else [y]

    def tensors(self, values):
        values = list(values) if isinstance(values, list | tuple) else [values]
        return [each if isinstance(each, torch.Tensor) else torch.as_tensor(each) for each in values]

    def judged(self, outputs, labels):
        labels = self.tensors(labels)
        losses = [] if self.loss is None else [self.loss(*outputs, *labels)]
        for metric in self.metrics:
            found = metric.compute(*outputs, *labels)
            metric.update(*(found if isinstance(found, list | tuple) else [found]))
        return losses

    def train_batch(self, inputs, labels=None, update=True):
        self.network.train()
        losses = self.judged(self.outputs(inputs), labels)
        sum(losses).backward()
        if update:
            self.optimizer.step()
            self.optimizer.zero_grad()
        return self.told(losses)

    @torch.no_grad()
    def eval_batch(self, inputs, labels=None):
        self.network.eval()
        return self.told(self.judged(self.outputs(inputs), labels))

    @torch.no_grad()
    def predict_batch(self, inputs):
        self.network.eval()
        return [y.numpy(force=True) for y in self.outputs(inputs)]

    def told(self, losses):
        numbers = [loss.numpy(force=True) for loss in losses]
        return (numbers, [metric.accumulate() for metric in self.metrics]) if self.metrics else numbers

    def logs(self, losses):
        logs = {"loss": [float(loss) for loss in losses]}
        for metric in self.metrics:
            names, values = metric.name(), metric.accumulate()
            names = names if isinstance(names, list) else [names]
            logs |= dict(zip(names, values if isinstance(values, list) else [values]))
        return logs

    def over(self, loader, step, verbose, title):
        for metric in self.metrics:
            metric.reset()
        losses = []
        for *inputs, labels in loader:
            found = step(inputs, labels)
            losses = found[0] if isinstance(found, tuple) else found
        logs = self.logs(losses)
        if verbose:
            print(title, ", ".join(f"{name}: {value}" for name, value in logs.items()))
        return logs

    def fit(
        self,
        train_data=None,
        eval_data=None,
        batch_size=1,
        epochs=1,
        eval_freq=1,
        log_freq=10,
        save_dir=None,
        save_freq=1,
        verbose=2,
        drop_last=False,
        shuffle=True,
        num_workers=0,
        callbacks=None,
    ):
        loader = self.loader(train_data, batch_size, shuffle, drop_last, num_workers)
        for epoch in range(epochs):
            self.over(loader, self.train_batch, verbose, f"Epoch {epoch + 1}/{epochs}:")
            if eval_data is not None and (epoch + 1) % eval_freq == 0:
                self.evaluate(eval_data, batch_size, verbose=verbose, num_workers=num_workers)
            if save_dir is not None and (epoch + 1) % save_freq == 0:
                self.save(f"{save_dir}/{epoch}")
            if self.stop_training:
                break

    def evaluate(self, eval_data, batch_size=1, log_freq=10, verbose=2, num_workers=0, callbacks=None):
        return self.over(self.loader(eval_data, batch_size, num_workers=num_workers), self.eval_batch, verbose, "Eval:")

    def predict(self, test_data, batch_size=1, num_workers=0, stack_outputs=False, verbose=1, callbacks=None):
        found = []
        for batch in self.loader(test_data, batch_size, num_workers=num_workers):
            inputs = batch[:1] if isinstance(batch, list | tuple) else [batch]
            found.append(self.predict_batch(inputs))
        columns = [list(column) for column in zip(*found)]
        if stack_outputs:
            import numpy as np

            return [np.concatenate(column) for column in columns]
        return columns

    def save(self, path, training=True):
        import os

        os.makedirs(os.path.dirname(str(path)) or ".", exist_ok=True)
        torch.save(self.network.state_dict(), f"{path}.pdparams")
        if training and self.optimizer is not None:
            torch.save(self.optimizer.state_dict(), f"{path}.pdopt")

    def load(self, path, skip_mismatch=False, reset_optimizer=False):
        self.network.load_state_dict(torch.load(f"{path}.pdparams", weights_only=True), strict=not skip_mismatch)

    def summary(self, input_size=None, dtype=None):
        return summary(self.network, input_size)
