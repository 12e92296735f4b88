"""Paddle's transforms, of PIL images and of arrays; arrays are resized as OpenCV does."""

import math
import random

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageEnhance, ImageOps

MODES = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}


def size_of(image):
    """Width and height."""
    return image.size if isinstance(image, Image.Image) else (image.shape[1], image.shape[0])


def resized(image, size, interpolation="bilinear"):
    """A number is the shorter side; otherwise height and width."""
    width, height = size_of(image)
    if isinstance(size, int):
        short = min(width, height)
        height, width = (
            (size * height // short if width <= height else size),
            (size if width <= height else size * width // short),
        )
    else:
        height, width = size
    if isinstance(image, Image.Image):
        return image.resize((width, height), MODES[interpolation])
    x = torch.from_numpy(np.ascontiguousarray(image, np.float32)).permute(2, 0, 1)[None]
    mode = interpolation if interpolation in ("nearest", "bilinear", "bicubic") else "bilinear"
    x = (
        F.interpolate(x, (height, width), mode=mode)
        if mode == "nearest"
        else F.interpolate(x, (height, width), mode=mode, align_corners=False)
    )
    y = x[0].permute(1, 2, 0).numpy()
    return np.clip(np.rint(y), 0, 255).astype(np.uint8) if image.dtype == np.uint8 else y.astype(image.dtype)


def cropped(image, top, left, height, width):
    """A part of an image."""
    if isinstance(image, Image.Image):
        return image.crop((left, top, left + width, top + height))
    return image[top : top + height, left : left + width]


class BaseTransform:
    """What a transform of one's own begins with: a method for each of its keys."""

    def __init__(self, keys=None):
        self.keys = ("image",) if keys is None else keys
        self.params = None

    def _get_params(self, inputs):
        pass

    def __call__(self, inputs):
        given = inputs if isinstance(inputs, tuple) else (inputs,)
        self.params = self._get_params(given)
        functions = [getattr(self, f"_apply_{key}", None) for key in self.keys]
        made = [each if f is None else f(each) for each, f in zip(given, functions)]
        made += given[len(made) :]
        return made[0] if len(made) == 1 else tuple(made)


class Compose:
    """One after another."""

    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, image):
        for transform in self.transforms:
            image = transform(image)
        return image


class ToTensor:
    """A tensor with its channels first; bytes are divided by 255."""

    def __init__(self, data_format="CHW", keys=None):
        self.data_format = data_format

    def __call__(self, image):
        array = np.array(image)
        if array.ndim == 2:
            array = array[:, :, None]
        x = torch.from_numpy(np.ascontiguousarray(array)).float()
        x = x / 255.0 if array.dtype == np.uint8 else x
        return x.permute(2, 0, 1).contiguous() if self.data_format == "CHW" else x


class Normalize:
    """Minus a mean, over a deviation, for each channel; of tensors and arrays alike."""

    def __init__(self, mean=0.0, std=1.0, data_format="CHW", to_rgb=False, keys=None):
        self.mean = [mean] * 3 if isinstance(mean, int | float) else list(mean)
        self.std = [std] * 3 if isinstance(std, int | float) else list(std)
        self.shape = (-1, 1, 1) if data_format == "CHW" else (1, 1, -1)

    def __call__(self, image):
        if isinstance(image, torch.Tensor):
            mean, std = (torch.tensor(each, dtype=image.dtype).reshape(self.shape) for each in (self.mean, self.std))
            return (image - mean) / std
        array = np.asarray(image, np.float32)
        return (array - np.float32(self.mean).reshape(self.shape)) / np.float32(self.std).reshape(self.shape)


class Resize:
    """Another size."""

    def __init__(self, size, interpolation="bilinear", keys=None):
        self.size, self.interpolation = size, interpolation

    def __call__(self, image):
        return resized(image, self.size, self.interpolation)


class CenterCrop:
    """The middle."""

    def __init__(self, size, keys=None):
        self.size = (size, size) if isinstance(size, int) else size

    def __call__(self, image):
        width, height = size_of(image)
        h, w = self.size
        return cropped(image, int(round((height - h) / 2.0)), int(round((width - w) / 2.0)), h, w)


class Pad:
    """A border: one number, two (left and right, top and bottom), or four (left, top, right, bottom)."""

    def __init__(self, padding, fill=0, padding_mode="constant", keys=None):
        if padding_mode != "constant":
            raise NotImplementedError(f"padding_mode '{padding_mode}'")
        sides = [padding] * 4 if isinstance(padding, int) else list(padding) * (2 if len(padding) == 2 else 1)
        self.sides, self.fill = sides, fill

    def __call__(self, image):
        left, top, right, bottom = self.sides
        if isinstance(image, Image.Image):
            return ImageOps.expand(image, (left, top, right, bottom), self.fill)
        pads = [(top, bottom), (left, right)] + [(0, 0)] * (image.ndim - 2)
        return np.pad(image, pads, constant_values=self.fill)


class RandomCrop:
    """A part, anywhere."""

    def __init__(self, size, padding=None, pad_if_needed=False, fill=0, padding_mode="constant", keys=None):
        self.size, self.pad = (
            (size, size) if isinstance(size, int) else size,
            None if padding is None else Pad(padding, fill, padding_mode),
        )

    def __call__(self, image):
        image = image if self.pad is None else self.pad(image)
        width, height = size_of(image)
        h, w = self.size
        return cropped(image, random.randint(0, height - h), random.randint(0, width - w), h, w)


class RandomResizedCrop:
    """A part of some area and shape, at another size."""

    def __init__(self, size, scale=(0.08, 1.0), ratio=(3.0 / 4, 4.0 / 3), interpolation="bilinear", keys=None):
        self.size = (size, size) if isinstance(size, int) else size
        self.scale, self.ratio, self.interpolation = scale, ratio, interpolation

    def __call__(self, image):
        return resized(cropped(image, *self.part(*size_of(image))), self.size, self.interpolation)

    def part(self, width, height):
        for _ in range(10):
            area = random.uniform(*self.scale) * width * height
            ratio = math.exp(random.uniform(*map(math.log, self.ratio)))
            w, h = int(round(math.sqrt(area * ratio))), int(round(math.sqrt(area / ratio)))
            if 0 < w <= width and 0 < h <= height:
                return random.randint(0, height - h), random.randint(0, width - w), h, w
        w = min(width, int(round(height * max(self.ratio)))) if width / height > max(self.ratio) else width
        h = min(height, int(round(width / min(self.ratio)))) if width / height < min(self.ratio) else height
        return (height - h) // 2, (width - w) // 2, h, w


class RandomHorizontalFlip:
    """Left for right, sometimes."""

    def __init__(self, prob=0.5, keys=None):
        self.prob = prob

    def __call__(self, image):
        if random.random() >= self.prob:
            return image
        return ImageOps.mirror(image) if isinstance(image, Image.Image) else image[:, ::-1]


class RandomVerticalFlip(RandomHorizontalFlip):
    """Top for bottom, sometimes."""

    def __call__(self, image):
        if random.random() >= self.prob:
            return image
        return ImageOps.flip(image) if isinstance(image, Image.Image) else image[::-1]


class Transpose:
    """The axes in another order."""

    def __init__(self, order=(2, 0, 1), keys=None):
        self.order = order

    def __call__(self, image):
        array = np.array(image)
        return (array[:, :, None] if array.ndim == 2 else array).transpose(self.order)


class Grayscale:
    """Without colours."""

    def __init__(self, num_output_channels=1, keys=None):
        self.channels = num_output_channels

    def __call__(self, image):
        gray = image.convert("L")
        return gray if self.channels == 1 else Image.merge("RGB", [gray] * 3)


class ColorJitter:
    """Another brightness, contrast and saturation, in any order, and another hue."""

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0, keys=None):
        self.ranges = {
            ImageEnhance.Brightness: self.around(brightness),
            ImageEnhance.Contrast: self.around(contrast),
            ImageEnhance.Color: self.around(saturation),
        }
        self.hue = (-hue, hue) if isinstance(hue, int | float) else hue

    def around(self, value):
        return (max(0, 1 - value), 1 + value) if isinstance(value, int | float) else tuple(value)

    def __call__(self, image):
        image = image if isinstance(image, Image.Image) else Image.fromarray(image)
        for enhance, (low, high) in random.sample(list(self.ranges.items()), 3):
            image = image if low == high == 1 else enhance(image).enhance(random.uniform(low, high))
        if self.hue == (0, 0):
            return image
        h, s, v = image.convert("HSV").split()
        shift = int(random.uniform(*self.hue) * 255)
        h = Image.fromarray((np.array(h).astype(np.int16) + shift).astype(np.uint8))
        return Image.merge("HSV", (h, s, v)).convert("RGB")


def image_load(path, backend=None):
    """An image of a file."""
    image = Image.open(path)
    return image if backend in (None, "pil") else np.array(image)[:, :, ::-1]
