"""Paddle's loaders and data sets, from files that lie on the disk; nothing is downloaded."""

import gzip
import os
import pickle
import struct
import tarfile

import numpy as np
import torch
from PIL import Image

BACKEND = {"image": "pil"}


def set_image_backend(backend):
    """Whether images are PIL's or arrays, as OpenCV has them."""
    if backend not in ("pil", "cv2", "tensor"):
        raise ValueError(f"no image backend '{backend}'")
    BACKEND["image"] = backend


class BatchSampler(torch.utils.data.Sampler):
    """Batches of numbers."""

    def __init__(
        self, dataset=None, sampler=None, shuffle=False, batch_size=1, drop_last=False, num_replicas=None, rank=None
    ):
        kind = torch.utils.data.RandomSampler if shuffle else torch.utils.data.SequentialSampler
        self.batches = torch.utils.data.BatchSampler(
            kind(dataset) if sampler is None else sampler, batch_size, drop_last
        )

    def __iter__(self):
        return iter(self.batches)

    def __len__(self):
        return len(self.batches)

    def set_epoch(self, epoch):
        pass


def collate(batch):
    """As Paddle does: a list of tensors; arrays are stacked."""
    first = batch[0]
    if isinstance(first, tuple | list):
        return [collate(list(each)) for each in zip(*batch)]
    if isinstance(first, dict):
        return {key: collate([each[key] for each in batch]) for key in first}
    if isinstance(first, np.ndarray | np.generic):
        return torch.from_numpy(np.stack(batch))
    if isinstance(first, torch.Tensor):
        return torch.stack(batch)
    if isinstance(first, int | float):
        return torch.tensor(batch)
    return batch


class DataLoader(torch.utils.data.DataLoader):
    """`DataLoader`, with Paddle's arguments; each batch is a list."""

    def __init__(
        self,
        dataset,
        feed_list=None,
        places=None,
        return_list=True,
        batch_sampler=None,
        batch_size=1,
        shuffle=False,
        drop_last=False,
        collate_fn=None,
        num_workers=0,
        use_buffer_reader=True,
        prefetch_factor=2,
        use_shared_memory=True,
        timeout=0,
        worker_init_fn=None,
        persistent_workers=False,
    ):
        settings = {"num_workers": num_workers, "timeout": timeout, "worker_init_fn": worker_init_fn}
        settings["collate_fn"] = collate_fn or (
            collate if batch_size is not None or batch_sampler is not None else None
        )
        if batch_sampler is not None:
            super().__init__(dataset, batch_sampler=batch_sampler, **settings)
        else:
            super().__init__(dataset, batch_size=batch_size, shuffle=shuffle, drop_last=drop_last, **settings)

    def __call__(self):
        return iter(self)


class TensorDataset(torch.utils.data.TensorDataset):
    """`TensorDataset` of a list of tensors."""

    def __init__(self, tensors):
        super().__init__(*tensors)


class Cifar10(torch.utils.data.Dataset):
    """CIFAR-10 from its own `.tar.gz`; images of 32 x 32, and a number for the class."""

    label = b"labels"
    parts = {"train": "data_batch", "test": "test_batch"}

    def __init__(self, data_file=None, mode="train", transform=None, download=True, backend=None):
        if data_file is None or not os.path.exists(data_file):
            raise FileNotFoundError(f"give data_file, the path of the .tar.gz; got {data_file}")
        self.transform, self.backend = transform, backend or BACKEND["image"]
        self.data = []
        with tarfile.open(data_file) as archive:
            for name in sorted(m.name for m in archive if self.parts[mode] in m.name):
                batch = pickle.load(archive.extractfile(name), encoding="bytes")
                self.data += list(zip(batch[b"data"], batch[self.label]))

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        image, label = self.data[index]
        image = np.reshape(image, [3, 32, 32]).transpose([1, 2, 0])
        image = Image.fromarray(image.astype("uint8")) if self.backend == "pil" else image.astype("float32")
        if self.transform is not None:
            image = self.transform(image)
        return (
            image if self.backend == "pil" else image.astype("float32") if isinstance(image, np.ndarray) else image
        ), np.array(label).astype("int64")


class Cifar100(Cifar10):
    """CIFAR-100 from its own `.tar.gz`."""

    label = b"fine_labels"
    parts = {"train": "train", "test": "test"}


class MNIST(torch.utils.data.Dataset):
    """MNIST from its own `.gz` files; images of 28 x 28, and a class with an axis of 1."""

    def __init__(self, image_path=None, label_path=None, mode="train", transform=None, download=True, backend=None):
        if image_path is None or label_path is None:
            raise FileNotFoundError("give image_path and label_path, the .gz files")
        self.transform, self.backend = transform, backend or BACKEND["image"]
        with gzip.open(image_path) as file:
            _, count, rows, columns = struct.unpack(">IIII", file.read(16))
            self.images = np.frombuffer(file.read(), np.uint8).reshape(count, rows, columns)
        with gzip.open(label_path) as file:
            file.read(8)
            self.labels = np.frombuffer(file.read(), np.uint8).astype("int64")

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = self.images[index]
        image = Image.fromarray(image) if self.backend == "pil" else image.astype("float32")
        if self.transform is not None:
            image = self.transform(image)
        return image, self.labels[index : index + 1]


class FashionMNIST(MNIST):
    """Fashion-MNIST from its own `.gz` files."""
