"""Images to compare on: two real photographs, and maps of features made of them. Knows no model.

Real pixels do what random numbers do not: flat and saturated areas tie, neighbours are alike, and
large areas lie on one side of a kink. Nothing of that is smoothed away or jittered here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

CENTRES = ((366, 275), (237, 287))
"""Row and column about which each photograph is cut: edges beside saturated or black areas."""

_PER_SCALE = 9


@lru_cache(maxsize=1)
def _pixels() -> NDArray[np.float32]:
    try:
        from sklearn.datasets import load_sample_images
    except ImportError as error:
        raise ImportError(
            'the photographs come with scikit-learn; install it by: pip install "actzoo[parity]"'
        ) from error
    images = np.stack(load_sample_images().images).transpose(0, 3, 1, 2)
    pixels = np.ascontiguousarray(images, dtype=np.float32)
    pixels.flags.writeable = False
    return pixels


def photographs(scaled: bool = False) -> Array:
    """Two photographs, china and flower: (2, 3, 427, 640), pixels 0 to 255, or 0 to 1 if scaled."""
    return _pixels() / np.float32(255) if scaled else _pixels().copy()


def feature_maps(channels: int = 16, size: tuple[int, int] = (32, 40)) -> Array:
    """A cut of both photographs through a fixed bank of filters: (2, channels, H, W).

    Nine filters a scale, at sigma = 1, sqrt 2, 2, 2 sqrt 2, ... pixels: the two first derivatives
    of the smoothed luminance and its Laplacian, four Gabor filters (0, 45, 90, 135 degrees, of
    wavelength 4 sigma), and the smoothed opponent colours red - green and blue - yellow. Each map
    is centred, has standard deviation 1 over both cuts, and is rounded to steps of 1/32: the
    pixels had eight bits too, flat areas still tie, and up to 8 every format holds the values.
    """
    scales = -(-channels // _PER_SCALE)
    sigmas = [2.0 ** (step / 2) for step in range(scales)]
    margin = int(np.ceil(4 * sigmas[-1]))
    cuts = [
        _cut(image, centre, (size[0] + 2 * margin, size[1] + 2 * margin))
        for image, centre in zip(_pixels(), CENTRES, strict=True)
    ]
    maps = np.stack([[m for sigma in sigmas for m in _filtered(cut, sigma)] for cut in cuts])
    maps = maps[:, :channels, margin : margin + size[0], margin : margin + size[1]]
    maps = maps - maps.mean(axis=(0, 2, 3), keepdims=True)
    maps = maps / maps.std(axis=(0, 2, 3), keepdims=True)
    return np.ascontiguousarray(np.rint(32 * maps) / 32, dtype=np.float32)


def feature_sequences(channels: int = 16, size: tuple[int] = (48,)) -> Array:
    """One row of the feature maps as a sequence: (2, channels, length)."""
    return np.ascontiguousarray(feature_maps(channels, (8, *size))[:, :, 4])


def feature_volumes(channels: int = 16, size: tuple[int, int, int] = (4, 16, 20)) -> Array:
    """Cuts of the feature maps, each two pixels on along the diagonal: (2, channels, D, H, W)."""
    depth, height, width = size
    maps = feature_maps(channels, (height + 2 * depth, width + 2 * depth))
    slices = [maps[:, :, 2 * d : 2 * d + height, 2 * d : 2 * d + width] for d in range(depth)]
    return np.stack(slices, axis=2)


def random_maps(shape: tuple[int, ...], seed: int = 0) -> Array:
    """Normal random numbers, the same ones for a seed."""
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def _cut(image: Array, centre: tuple[int, int], size: tuple[int, int]) -> NDArray[np.float64]:
    """A window as near to the centre as it fits; mirrored at the edge where it does not fit."""
    window = image.astype(np.float64)
    for axis, (middle, length) in enumerate(zip(centre, size, strict=True), start=1):
        available = image.shape[axis]
        if length > available:
            before = (length - available) // 2
            widths = [(0, 0)] * 3
            widths[axis] = (before, length - available - before)
            window = np.pad(window, widths, mode="symmetric")
        else:
            start = min(max(middle - length // 2, 0), available - length)
            window = window.take(np.arange(start, start + length), axis=axis)
    return window


def _filtered(image: NDArray[np.float64], sigma: float) -> list[NDArray[Any]]:
    from scipy import ndimage
    from scipy.signal import fftconvolve

    red, green, blue = image
    light = (red + green + blue) / 3
    return [
        *(
            ndimage.gaussian_filter1d(ndimage.gaussian_filter1d(light, sigma, 1 - axis), sigma, axis, 1)
            for axis in (1, 0)
        ),
        ndimage.gaussian_laplace(light, sigma),
        *(fftconvolve(light, _gabor(sigma, deg), mode="same") for deg in (0, 45, 90, 135)),
        ndimage.gaussian_filter(red - green, sigma),
        ndimage.gaussian_filter(blue - (red + green) / 2, sigma),
    ]


def _gabor(sigma: float, degrees: float) -> NDArray[np.float64]:
    """An odd wave of wavelength 4 sigma under a Gaussian."""
    reach = int(np.ceil(3 * sigma))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along = x * np.cos(np.radians(degrees)) + y * np.sin(np.radians(degrees))
    return np.asarray(np.exp(-(x * x + y * y) / (2 * sigma**2)) * np.sin(np.pi * along / (2 * sigma)))
