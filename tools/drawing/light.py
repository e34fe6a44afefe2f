"""Colour, light and film."""

import numpy as np
from PIL import Image


def rgb(code):
    """ "#a3135d" as linear light."""
    srgb = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], "float32") / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype("float32")


def mix(under, over, amount):
    """One colour over another; `amount` has one number where the colours have three."""
    amount = np.asarray(amount, "float32")
    if amount.ndim and amount.shape[-1] != 1:
        amount = amount[..., None]
    return under * (1 - amount) + over * amount


def ramp(x, *stops):
    """Colours along x: ramp(x, (0, "#000000"), (1, "#ffffff"))."""
    at = [position for position, _ in stops]
    colours = np.array([rgb(colour) for _, colour in stops])
    return np.stack([np.interp(x, at, colours[:, i]) for i in range(3)], -1).astype("float32")


def smooth(low, high, x):
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def unit(*vector):
    vector = np.array(vector, "float32")
    return vector / np.linalg.norm(vector)


def normalized(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def blur(image, radius):
    """A Gaussian blur of any float image. The radius is in pixels."""
    if radius < 0.3:
        return image
    step = max(1, int(radius / 4))
    height, width = image.shape[:2]
    planes = image[..., None] if image.ndim == 2 else image
    out = []
    for plane in np.moveaxis(planes, -1, 0):
        small = Image.fromarray(plane.astype("float32")).resize((width // step, height // step), Image.BOX)
        soft = _box3(np.asarray(small), radius / step)
        out.append(np.asarray(Image.fromarray(soft).resize((width, height), Image.BICUBIC)))
    out = np.stack(out, -1)
    return out[..., 0] if image.ndim == 2 else out


def _box3(plane, radius):
    """Three box blurs are near enough to a Gaussian, and Pillow's own is for 8 bits only."""
    size = max(1, round(radius * 1.9) // 2 * 2 + 1)
    for axis in (0, 1) * 3:
        padded = np.pad(plane, [(size // 2, size // 2) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        sums = np.cumsum(padded, axis=axis, dtype="float64")
        zero = np.zeros_like(np.take(sums, [0], axis))
        sums = np.concatenate([zero, sums], axis)
        count = plane.shape[axis]
        plane = (np.take(sums, range(size, size + count), axis) - np.take(sums, range(count), axis)) / size
    return plane.astype("float32")


def develop(
    light, exposure=1.0, bloom=0.08, vignette=0.25, grain=0.008, mono=False, warmth=0.0, contrast=1.0
):
    """From light to film: bloom, exposure, a filmic curve, a vignette and a little grain."""
    height, width = light.shape[:2]
    light = light * exposure
    if bloom:
        light = light + bloom * blur(np.clip(light - 0.7, 0, 6), width / 60)
    if mono:
        light = (light @ np.array([0.30, 0.55, 0.15], "float32"))[..., None].repeat(3, -1)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype("float32")
    light = light * (1 - vignette * np.clip(x * x * 0.55 + y * y * 0.55, 0, 1))[..., None]
    light = np.clip(light, 0, None)
    light = light * 0.62
    film = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)  # a shoulder and a soft toe
    film = np.clip(film, 0, 1) ** (1 / 2.2)
    film = np.clip((film - 0.5) * contrast + 0.5, 0, 1)
    if warmth:
        film = film * (1 + warmth * np.array([1, 0.25, -0.9], "float32"))
    speckle = np.random.default_rng(7).normal(0, grain, (height, width)).astype("float32")
    speckle = blur(speckle, 0.7) * 1.3
    film = film + speckle[..., None] * (1 - 0.6 * film.mean(-1, keepdims=True))
    return Image.fromarray((np.clip(film, 0, 1) * 255 + 0.5).astype("uint8"))
