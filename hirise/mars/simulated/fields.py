"""Grids, and random fields made in the frequency domain.

All fields are (SIZE, SIZE), a little larger than an image, so that their periodic edges
can be cut off; float32, which is quicker, as far as that costs no casts.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating]
Rng = np.random.Generator

SIZE = 256


@cache
def grid() -> tuple[Field, Field]:
    """Distance right of the centre and below it, in pixels.

    Examples
    --------
    >>> x, y = grid()
    >>> float(x[0, 0]), float(x[0, -1]), x.shape
    (-127.5, 127.5, (256, 256))
    """
    steps = np.arange(SIZE, dtype=np.float32) - (SIZE - 1) / 2
    x, y = np.meshgrid(steps, steps)
    return x, y


def along(angle: float, *, x: float = 0.0, y: float = 0.0) -> tuple[Field, Field]:
    """Distance from the point (x, y) along the direction `angle`, and across it.

    Parameters
    ----------
    angle : float
        In radians; 0 points right, π/2 points down.
    x, y : float
        Pixels right of the centre and below it.

    Examples
    --------
    >>> ahead, across = along(np.pi / 2)
    >>> bool(np.allclose(ahead, grid()[1], atol=1e-4))
    True
    """
    right, down = grid()
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    right, down = right - x, down - y
    return right * c + down * s, down * c - right * s


def polar(x: float, y: float) -> tuple[Field, Field]:
    """Distance from the point (x, y) in pixels, and angle in radians.

    Examples
    --------
    >>> distance, angle = polar(0.5, 0.5)
    >>> float(distance[128, 131]), float(angle[128, 131])
    (3.0, 0.0)
    """
    right, down = grid()
    right, down = right - x, down - y
    return np.hypot(right, down), np.arctan2(down, right)


def fractal(
    rng: Rng, *, exponent: float, angle: float = 0.0, stretch: float = 1.0
) -> Field:
    """Noise whose power falls as frequency ** -exponent; mean 0, deviation 1.

    Parameters
    ----------
    angle, stretch : float
        Features are `stretch` times as long along `angle` as across it.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> rough, smooth = (fractal(rng, exponent=exponent) for exponent in (2.0, 5.0))
    >>> steepness(rough) > steepness(smooth)
    True
    """
    u, v = _frequencies(angle)
    frequency = np.sqrt((u * stretch) ** 2 + v**2)
    frequency[0, 0] = 1.0
    return _noise(rng, frequency ** (-exponent / 2))


def band(
    rng: Rng,
    *,
    wavelength: float,
    width: float = 0.3,
    angle: float | None = None,
    spread: float = 0.3,
) -> Field:
    """Noise of one wavelength in pixels; mean 0, deviation 1.

    Parameters
    ----------
    width : float
        Range of frequencies, as a share of the middle one.
    angle : float or None
        Direction in radians across the crests; None for no direction.
    spread : float
        Range of directions, in radians.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> fine, coarse = (band(rng, wavelength=length) for length in (5, 50))
    >>> steepness(fine) > steepness(coarse)
    True
    """
    u, v = _frequencies(angle or 0.0)
    frequency = np.hypot(u, v)
    middle = 1 / wavelength
    amplitude = np.exp(-0.5 * ((frequency - middle) / (width * middle)) ** 2)
    if angle is not None:
        turn = np.arctan2(v, np.abs(u))
        amplitude = amplitude * np.exp(-0.5 * (turn / spread) ** 2)
    return _noise(rng, amplitude)


def waves(rng: Rng, n: int, low: int, high: int) -> tuple[Field, Field, Field]:
    """`n` harmonics of a closed curve: their order, phase and weight.

    Examples
    --------
    >>> order, phase, weight = waves(np.random.default_rng(0), 4, low=2, high=6)
    >>> order.shape, bool(order.min() >= 2 and order.max() <= 6)
    ((4,), True)
    """
    order = rng.integers(low, high + 1, n).astype(np.float32)
    phase = rng.uniform(0, 2 * np.pi, n).astype(np.float32)
    weight = (rng.normal(0, 1, n) / order).astype(np.float32)
    return order, phase, weight


def around(theta: Field, rng: Rng, *, n: int, low: int, high: int) -> Field:
    """Smooth noise of the angle, deviation about 1, with orders `low` to `high`.

    Examples
    --------
    >>> _, theta = polar(0, 0)
    >>> noise = around(theta, np.random.default_rng(0), n=8, low=2, high=12)
    >>> bool(0.5 < noise.std() < 1.5)
    True
    """
    turns = np.linspace(-np.pi, np.pi, 721, dtype=np.float32)
    order, phase, weight = waves(rng, n, low, high)
    values = (weight[:, None] * np.cos(order[:, None] * turns + phase[:, None])).sum(0)
    values = values / (values.std() + 1e-6)
    noise: Field = np.interp(theta, turns, values).astype(np.float32)
    return noise


def polygons(rng: Rng, *, size: float, width: float) -> Field:
    """1 along the borders of irregular polygons, 0 inside them; in pixels.

    The borders are where the two nearest of some random points are equally far.

    Examples
    --------
    >>> borders = polygons(np.random.default_rng(0), size=60, width=3)
    >>> bool(borders.mean() < 0.5 < borders.max())
    True
    """
    n = int(np.clip((SIZE / size) ** 2, 4, 150))
    x, y = (part[::2, ::2] for part in grid())
    bend_x, bend_y = (fractal(rng, exponent=3.2)[::2, ::2] * 2.5 for _ in range(2))
    x, y = x + bend_x, y + bend_y
    nearest = np.full_like(x, np.inf)
    second = nearest.copy()
    for at_x, at_y in rng.uniform(-SIZE / 2, SIZE / 2, (n, 2)).astype(np.float32):
        distance = np.hypot(x - at_x, y - at_y)
        np.minimum(second, np.maximum(distance, nearest), out=second)
        np.minimum(nearest, distance, out=nearest)
    borders = np.exp(-(((second - nearest) / width) ** 2))
    return blur(borders.repeat(2, axis=0).repeat(2, axis=1), 0.8)


def blur(field: Field, sigma: float) -> Field:
    """Gaussian blur, periodic; `sigma` in pixels.

    Examples
    --------
    >>> spot = np.zeros((SIZE, SIZE))
    >>> spot[128, 128] = 1
    >>> soft = blur(spot, 2.0)
    >>> round(float(soft.sum()), 3), round(float(soft.max()), 3)
    (1.0, 0.04)
    """
    u, v = _frequencies(0.0)
    keep = np.exp((-2 * np.pi**2 * sigma**2) * (u**2 + v**2))
    smooth: Field = np.fft.irfft2(np.fft.rfft2(field) * keep, s=(SIZE, SIZE))
    return smooth


def step(value: Field) -> Field:
    """0 below 0, 1 above 1, smooth between.

    Examples
    --------
    >>> step(np.array([-1.0, 0.25, 0.5, 2.0])).tolist()
    [0.0, 0.15625, 0.5, 1.0]
    """
    t = np.clip(value, 0, 1)
    smooth: Field = t * t * (3 - 2 * t)
    return smooth


def steepness(height: Field) -> float:
    """Root mean square of the slope.

    Examples
    --------
    >>> steepness(grid()[0] * 0.5)
    0.5
    """
    down = np.diff(height, axis=0)
    right = np.diff(height, axis=1)
    return float(np.sqrt((down**2).mean() + (right**2).mean()))


def with_slope(height: Field, slope: float) -> Field:
    """`height`, scaled to a root mean square slope.

    Examples
    --------
    >>> round(steepness(with_slope(grid()[0], 0.1)), 3)
    0.1
    """
    scaled: Field = height * (slope / (steepness(height) + 1e-9))
    return scaled


def _frequencies(angle: float) -> tuple[Field, Field]:
    """Cycles per pixel along `angle` and across it, for a real transform."""
    right, down = _plain_frequencies()
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return right * c + down * s, down * c - right * s


@cache
def _plain_frequencies() -> tuple[Field, Field]:
    down = np.fft.fftfreq(SIZE).astype(np.float32)[:, None]
    right = np.fft.rfftfreq(SIZE).astype(np.float32)[None, :]
    return np.broadcast_arrays(right + 0 * down, down + 0 * right)  # type: ignore[return-value]


def _noise(rng: Rng, amplitude: Field) -> Field:
    parts = rng.standard_normal((2, *amplitude.shape), dtype=np.float32)
    spectrum = (parts[0] + np.complex64(1j) * parts[1]) * amplitude
    spectrum[0, 0] = 0
    field: Field = np.fft.irfft2(spectrum, s=(SIZE, SIZE))
    scaled: Field = field / (field.std() + 1e-9)
    return scaled
