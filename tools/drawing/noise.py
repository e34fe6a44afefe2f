"""Chance that looks like nature, and repetition that looks like work. The same seed gives the same."""

from functools import cache

import numpy as np
from PIL import Image

TILE = 1024


@cache
def tile(seed, roughness=2.6):
    """A square of clouds that repeats without a seam, 0 to 1. A smaller roughness keeps more fine detail."""
    noise = np.fft.rfft2(np.random.default_rng(seed).normal(size=(TILE, TILE)))
    frequency = np.hypot(np.fft.fftfreq(TILE)[:, None], np.fft.rfftfreq(TILE)[None])
    frequency[0, 0] = np.inf
    clouds = np.fft.irfft2(noise / frequency ** (roughness / 2 + 0.5), (TILE, TILE))
    clouds = (clouds - clouds.mean()) / clouds.std()
    return np.clip(0.5 + clouds / 6, 0, 1).astype("float32")


def look_up(square, x, y):
    """The square at (x, y), 1.0 being its width, smoothly between its pixels and repeated for ever."""
    size = square.shape[0]
    x, y = (np.asarray(v, "float64") % 1.0 * size for v in (x, y))
    x0, y0 = x.astype("int32") % size, y.astype("int32") % size
    fx, fy = (x - np.floor(x)).astype("float32"), (y - np.floor(y)).astype("float32")
    x1, y1 = (x0 + 1) % size, (y0 + 1) % size
    upper = square[y0, x0] * (1 - fx) + square[y0, x1] * fx
    lower = square[y1, x0] * (1 - fx) + square[y1, x1] * fx
    return upper * (1 - fy) + lower * fy


def clouds(x, y, seed=1, roughness=2.6):
    return look_up(tile(seed, roughness), x, y)


def ridges(x, y, seed=1, octaves=7, gain=0.5):
    """Mountain noise: sharp crests and broad valleys, finer where it is high. 0 to about 1."""
    total, amplitude, weight, reach = 0, 0.5, 1, 0
    for octave in range(octaves):
        turn = octave * 1.3
        u = (x * np.cos(turn) - y * np.sin(turn)) * 2**octave / 24 + 0.37 * octave
        v = (x * np.sin(turn) + y * np.cos(turn)) * 2**octave / 24 + 0.11 * octave
        crest = 1 - np.abs(look_up(_knots(seed + octave), u, v) * 2 - 1)
        crest = crest * crest * weight
        weight = np.clip(crest * 1.9, 0, 1)
        total = total + amplitude * crest
        reach += amplitude
        amplitude *= gain
    return total / reach


@cache
def _knots(seed):
    """Smooth random values on a lattice of 24 by 24, for octaves that we add up ourselves."""
    lattice = np.random.default_rng(seed).random((24, 24)).astype("float32")
    around = np.pad(lattice, 2, mode="wrap")
    scale = 20
    big = Image.fromarray(around).resize((28 * scale, 28 * scale), Image.BICUBIC)
    return np.asarray(big)[2 * scale : -2 * scale, 2 * scale : -2 * scale].copy()


def every(x, period, count=None):
    """Repeat along an axis: the place inside the cell, and the number of the cell."""
    cell = np.round(x / period)
    if count is not None:
        cell = np.clip(cell, -count, count)
    return x - cell * period, cell


def chance(*cells):
    """A steady random number for a cell, 0 to 1."""
    total = sum((i * 37.7 + 12.9898) * np.asarray(c, "float64") for i, c in enumerate(cells, 1))
    return (np.sin(total) * 43758.5453 % 1.0).astype("float32")
