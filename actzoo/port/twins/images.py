"""Paddle's functions of images, and the random transforms that call them; of PIL images, as Pillow computes them."""

import random

import numpy as np
from PIL import Image, ImageEnhance

from .transforms import (
    MODES,
    CenterCrop,
    Normalize,
    Pad,
    RandomHorizontalFlip,
    RandomVerticalFlip,
    ToTensor,
    cropped,
    resized,
)


def pillow(image):
    """An image of PIL; OpenCV, which Paddle has compute with arrays, computes other numbers."""
    if not isinstance(image, Image.Image):
        raise NotImplementedError("of an array OpenCV gives other numbers: make it an image, by Image.fromarray")
    return image


def resize(img, size, interpolation="bilinear"):
    """Another size."""
    return resized(img, size, interpolation)


def crop(img, top, left, height, width):
    """A part."""
    return cropped(img, top, left, height, width)


def center_crop(img, output_size):
    """The middle."""
    return CenterCrop(output_size)(img)


def hflip(img):
    """Left for right."""
    return RandomHorizontalFlip(1.1)(img)


def vflip(img):
    """Top for bottom."""
    return RandomVerticalFlip(1.1)(img)


def pad_image(img, padding, fill=0, padding_mode="constant"):
    """A border."""
    return Pad(padding, fill, padding_mode)(img)


def to_tensor_image(pic, data_format="CHW"):
    """A tensor with its channels first; bytes are divided by 255."""
    return ToTensor(data_format)(pic)


def normalize_image(img, mean, std, data_format="CHW", to_rgb=False):
    """Minus a mean, over a deviation."""
    return Normalize(mean, std, data_format)(img)


def rotate(img, angle, interpolation="nearest", expand=False, center=None, fill=0):
    """Turned against the clock."""
    colour = (fill,) * 3 if isinstance(fill, int) else fill
    return pillow(img).rotate(angle, MODES[interpolation], expand, center, fillcolor=colour)


def adjust_brightness(img, brightness_factor):
    """Brighter, or darker below 1."""
    return ImageEnhance.Brightness(pillow(img)).enhance(brightness_factor)


def adjust_contrast(img, contrast_factor):
    """More contrast, or less below 1."""
    return ImageEnhance.Contrast(pillow(img)).enhance(contrast_factor)


def adjust_saturation(img, saturation_factor):
    """More colour, or less below 1."""
    return ImageEnhance.Color(pillow(img)).enhance(saturation_factor)


def adjust_hue(img, hue_factor):
    """Other colours: the hue moved by a part of its circle."""
    if pillow(img).mode in ("L", "1", "I", "F"):
        return img
    h, s, v = img.convert("HSV").split()
    moved = (np.array(h).astype(np.int16) + int(hue_factor * 255)) % 256
    return Image.merge("HSV", (Image.fromarray(moved.astype(np.uint8), "L"), s, v)).convert(img.mode)


class RandomRotation:
    """Turned by any angle within some degrees."""

    def __init__(self, degrees, interpolation="nearest", expand=False, center=None, fill=0, keys=None):
        self.degrees = (-degrees, degrees) if isinstance(degrees, int | float) else degrees
        self.settings = (interpolation, expand, center, fill)

    def __call__(self, image):
        return rotate(image, random.uniform(*self.degrees), *self.settings)


class BrightnessTransform:
    """Another brightness, within a part of it."""

    function = staticmethod(adjust_brightness)

    def __init__(self, value, keys=None):
        self.range = (max(0, 1 - value), 1 + value) if isinstance(value, int | float) else tuple(value)

    def __call__(self, image):
        return image if self.range == (1, 1) else self.function(image, random.uniform(*self.range))


class ContrastTransform(BrightnessTransform):
    """Another contrast, within a part of it."""

    function = staticmethod(adjust_contrast)


class SaturationTransform(BrightnessTransform):
    """Another saturation, within a part of it."""

    function = staticmethod(adjust_saturation)


class HueTransform:
    """Another hue, within a part of the circle."""

    def __init__(self, value, keys=None):
        self.range = (-value, value) if isinstance(value, int | float) else tuple(value)

    def __call__(self, image):
        return image if self.range == (0, 0) else adjust_hue(image, random.uniform(*self.range))
