"""Camera, sky, sea and land."""

import numpy as np

from drawing.light import blur, mix, normalized, ramp, rgb, smooth
from drawing.noise import TILE, clouds


class Camera:
    """A camera that keeps uprights upright: the horizon is moved in the picture, not the camera tilted.

    `lens` is a focal length on 36 mm film, `horizon` the height of the horizon in the picture (0 top, 1 bottom).
    """

    def __init__(self, width, height, at=(0, 2, 0), lens=35, horizon=0.5, turn=0.0):
        self.width, self.height = width, height
        self.at = np.array(at, "float32")
        self.focal = lens / 36 * max(width, height)
        self.horizon = horizon * height
        self.turn = np.radians(turn)

    def rays(self):
        """The direction in which every pixel looks, as (height, width, 3), with a forward part of 1."""
        across = (np.arange(self.width) + 0.5 - self.width / 2) / self.focal
        up = (self.horizon - np.arange(self.height) - 0.5) / self.focal
        across, up = np.meshgrid(across, up)
        c, s = np.cos(self.turn), np.sin(self.turn)
        return np.stack([across * c + s, up, c - across * s], -1).astype("float32")

    def project(self, points):
        """World points to pixels, with their depth: (x, y, depth)."""
        offset = np.asarray(points, "float32") - self.at
        c, s = np.cos(self.turn), np.sin(self.turn)
        x, z = offset[..., 0] * c - offset[..., 2] * s, offset[..., 0] * s + offset[..., 2] * c
        z = np.maximum(z, 1e-3)
        return self.width / 2 + x / z * self.focal, self.horizon - offset[..., 1] / z * self.focal, z


class Sky:
    """Light by direction: a gradient from horizon to zenith, a sun with its glow, and a deck of clouds."""

    def __init__(self, *stops, sun=None, sun_colour="#ffe2b0", sun_power=1.0, glow=8.0, cover=0.0,
                 cloud_colour="#ffffff", cloud_shade="#8a94a0", cloud_scale=0.06, seed=5, cloud_soft=0.22):  # fmt: skip
        self.stops, self.sun, self.sun_colour = stops, sun, rgb(sun_colour)
        self.sun_power, self.glow = sun_power, glow
        self.cover, self.cloud_soft, self.cloud_scale, self.seed = cover, cloud_soft, cloud_scale, seed
        self.cloud_colour, self.cloud_shade = rgb(cloud_colour), rgb(cloud_shade)

    def __call__(self, directions):
        d = normalized(directions)
        up = np.clip(d[..., 1], 0, 1)
        light = ramp(np.sqrt(up), *self.stops)
        towards_sun = np.clip(d @ self.sun, 0, 1) if self.sun is not None else np.zeros_like(up)
        glow = self.sun_power * (0.55 * towards_sun**self.glow + 0.45 * towards_sun ** (self.glow * 8))
        if self.cover:
            reach = 1 / (up + 0.09)
            u, v = d[..., 0] * reach * self.cloud_scale, d[..., 2] * reach * self.cloud_scale
            bend = clouds(u * 1.7, v * 1.7, self.seed + 1) * 0.05
            deck = clouds(u + bend, v * 1.6 + bend, self.seed, 1.7)
            cloud = smooth(1 - self.cover - self.cloud_soft, 1 - self.cover + self.cloud_soft, deck)
            thick = smooth(1 - self.cover, 1 - self.cover + 2.2 * self.cloud_soft, deck)
            shade = mix(self.cloud_colour + glow[..., None] * self.sun_colour * 1.2, self.cloud_shade, thick)
            light = mix(light, shade, cloud * smooth(0.0, 0.12, up) * 0.92)
            glow = glow * (1 - 0.6 * cloud)
        return light + glow[..., None] * self.sun_colour


def sea(camera, sky, rays, deep="#0b2530", chop=0.05, scale=0.02, seed=11):
    """Water at y = 0: the sky mirrored in small waves, and depth where one looks down into it.

    Returns where it is, its light, and how far away it is, for every pixel.
    """
    below = rays[..., 1] < -1e-4
    distance = np.where(below, -camera.at[1] / np.minimum(rays[..., 1], -1e-4), 0)
    x = camera.at[0] + rays[..., 0] * distance
    z = camera.at[2] + rays[..., 2] * distance
    tilt = np.zeros((*rays.shape[:2], 2), "float32")
    # A wave smaller than a pixel is left out, or it would glitter like noise.
    footprint = distance * distance / (camera.focal * camera.at[1]) + 1e-6
    for octave in range(7):
        size = 2.0**-octave / scale / 8
        seen = smooth(0.3, 1.6, size / footprint / 14)
        u, v = x / size / 28, z / size / 28
        step = 1 / TILE * 4
        here = clouds(u, v, seed + octave, 3.0)
        slope = np.stack(
            [clouds(u + step, v, seed + octave, 3.0) - here, clouds(u, v + step, seed + octave, 3.0) - here],
            -1,
        )
        tilt += slope * seen[..., None] * chop * 30
    # Waves too far to be seen singly still roughen the mirror.
    normal = normalized(np.stack([-tilt[..., 0], np.ones_like(x), -tilt[..., 1]], -1))
    d = normalized(rays)
    mirrored = d - 2 * np.sum(d * normal, -1, keepdims=True) * normal
    mirrored[..., 1] = np.abs(mirrored[..., 1]) + 0.01
    facing = np.clip(-np.sum(d * normal, -1), 0, 1)
    fresnel = 0.03 + 0.97 * (1 - facing) ** 5
    return below, mix(rgb(deep) * np.ones_like(d), sky(mirrored), fresnel), distance


class Land:
    """A landscape given by its height: `height(x, z)` in metres. `view()` finds what each pixel sees of it."""

    def __init__(self, height):
        self.height = height

    def view(self, camera, near=2.0, far=20_000.0, steps=1800):
        """Distance along each pixel's ray (inf for sky). Columns are independent, so one search does a column."""
        rays = camera.rays()
        depth = np.geomspace(near, far, steps).astype("float32")
        flat = rays[0]
        x = camera.at[0] + depth[:, None] * flat[None, :, 0]
        z = camera.at[2] + depth[:, None] * flat[None, :, 2]
        rise = (self.height(x, z) - camera.at[1]) / depth[:, None]
        skyline = np.maximum.accumulate(rise, 0)
        distance = np.full((camera.height, camera.width), np.inf, "float32")
        up = rays[:, 0, 1]
        for column in range(camera.width):
            first = np.searchsorted(skyline[:, column], up)
            seen = first < steps
            here = np.clip(first[seen], 1, steps - 1)
            low, high = skyline[here - 1, column], skyline[here, column]
            part = np.clip((up[seen] - low) / np.maximum(high - low, 1e-9), 0, 1)
            distance[seen, column] = depth[here - 1] + part * (depth[here] - depth[here - 1])
        return rays, distance

    def normal(self, x, z, distance, camera):
        """Upward directions; measured over about a pixel, so far slopes do not flicker."""
        e = np.clip(distance / camera.focal * 1.4, 0.05, None)
        here = self.height(x, z)
        dx = (self.height(x + e, z) - here) / e
        dz = (self.height(x, z + e) - here) / e
        return normalized(np.stack([-dx, np.ones_like(dx), -dz], -1)), here

    def sunlit(self, x, y, z, sun, reach, steps=40, softness=0.06):
        """How much sun comes to each point, 0 to 1."""
        lit = np.ones_like(x)
        for t in np.geomspace(reach / 400, reach, steps):
            clearance = y + sun[1] * t - self.height(x + sun[0] * t, z + sun[2] * t)
            lit = np.minimum(lit, np.clip(0.5 + clearance / (softness * t), 0, 1))
        return lit


def mirrored_in_waves(coverage, waterline, height, stretch=1.5):
    """The mirror image of a shape in rough water: turned over at its waterline, drawn out and broken up."""
    rows = np.arange(height)
    source = np.clip(2 * waterline - (waterline + (rows - waterline) / stretch), 0, height - 1).astype(
        "int32"
    )
    mirrored = coverage[source] * (rows > waterline)[:, None]
    width = coverage.shape[1]
    y, x = np.mgrid[0:height, 0:width]
    sway = ((clouds(x / width * 3, y / height * 30, 61, 2.2) - 0.5) * width * 0.012).astype("int32")
    broken = mirrored[y, np.clip(x + sway, 0, width - 1)]
    return blur(broken, width / 1200) * smooth(0.32, 0.58, clouds(x / width * 1.4, y / height * 22, 62, 2.0))
