"""Two old prints in black and white."""

from itertools import pairwise

import numpy as np

from drawing.landscape import Camera, Land, Sky, mirrored_in_waves, sea
from drawing.light import blur, develop, mix, ramp, rgb, smooth, unit
from drawing.noise import clouds, every, ridges
from drawing.pictures import picture
from drawing.shapes import Stencil, curve


@picture("telegraph-winter")
def telegraph_winter(width, height):
    """From the archive: a telegraph line over snow, going to where it goes."""
    camera = Camera(width, height, at=(0, 3.4, 0), lens=45, horizon=0.54)
    sun = unit(-0.85, 0.13, 0.35)
    sky = Sky(
        (0, "#cdcdcd"),
        (0.3, "#adadad"),
        (0.7, "#858585"),
        (1, "#6c6c6c"),
        cover=0.5,
        cloud_scale=0.03,
        seed=121,
        cloud_colour="#c9c9c9",
        cloud_shade="#8c8c8c",
        cloud_soft=0.35,
    )

    def ground(x, z):
        drifts = 7.0 * clouds(x / 240, z / 330, 6, 3.6) + 0.9 * clouds(x / 34, z / 60, 7, 3.4) - 2.2
        hills = 190 * ridges(x / 5200 + 1.7, z / 5200 + 4.1, 33, 7) * smooth(1500, 4200, z)
        return drifts - 1.6 + hills

    land = Land(ground)
    rays, distance = land.view(camera, 3, 9000, 3500)
    seen = np.isfinite(distance)
    d = np.where(seen, distance, 1)
    x, z = rays[..., 0] * d, rays[..., 2] * d
    normal, y = land.normal(x, z, d, camera)
    lit = land.sunlit(x, y, z, sun, 60, 26, 0.3) * np.clip(normal @ sun, 0, 1) * 4.2
    woods = smooth(0.48, 0.56, clouds(x / 2600, z / 2600, 44, 2.6)) * smooth(700, 1500, z)
    surface = mix(rgb("#f4f4f4") * np.ones_like(rays), rgb("#3a3a3a"), woods)
    snow = surface * (0.30 + 0.62 * lit)[..., None]
    light = mix(sky(rays), mix(snow, rgb("#cfcfcf") * 0.9, 1 - np.exp(-d / 3600)), seen)
    ink = Stencil(width, height)
    places = [(-9.0 + 0.20 * z, z) for z in np.geomspace(13, 1300, 15)]
    tops = []
    for px, pz in places:
        foot = float(ground(np.array([px]), np.array([pz]))[0]) - 0.5
        lean = 0.25 * np.sin(pz * 1.7)

        def at(across, up, px=px, pz=pz, foot=foot, lean=lean):
            return camera.project(np.array([px + across + lean * up / 8, foot + up, pz]))[:2]

        wide = camera.focal / pz
        ink.line([at(0, 0), at(0, 8.2)], max(0.24 * wide, 0.7))
        for up in (7.7, 6.9):
            ink.line([at(-1.1, up), at(1.1, up)], max(0.14 * wide, 0.5))
            for pin in (-1.0, -0.5, 0.5, 1.0):
                ink.line([at(pin, up), at(pin, up + 0.28)], max(0.09 * wide, 0.3))
        tops.append([at(pin, up + 0.28) for up in (7.7, 6.9) for pin in (-1.0, -0.5, 0.5, 1.0)])
    for this, following in pairwise(tops):
        for (x0, y0), (x1, y1) in zip(this, following, strict=True):
            sag = 0.10 * np.hypot(x1 - x0, y1 - y0) * 0.4
            ink.line(curve((x0, y0), ((x0 + x1) / 2, (y0 + y1) / 2 + sag), (x1, y1)), width / 2600, 0.75)
    x0, y0 = tops[0][0]
    ink.line(
        curve((-width * 0.05, y0 - height * 0.10), (x0 - width * 0.05, y0 + height * 0.01), (x0, y0)),
        width / 2000,
        0.8,
    )
    light = mix(light, rgb("#2a2a2a"), ink.read(width / 2600) * 0.94)
    return _old_print(light, seed=3)


def _old_print(light, seed):
    """Black and white that has lain in a drawer: soft, a little faded at one edge, dust and two scratches."""
    height, width = light.shape[:2]
    light = blur(light, width / 1700)
    rng = np.random.default_rng(seed)
    dust = Stencil(width, height)
    for _ in range(70):
        px, py, r = rng.random() * width, rng.random() * height, rng.random() ** 3 * width / 900
        dust.ellipse(px, py, r, r * rng.uniform(0.5, 1.0), rng.uniform(0.2, 0.6))
    for _ in range(5):
        px, py, bend = rng.random() * width, rng.random() * height, rng.normal(0, width / 90, 4)
        dust.line(
            curve((px, py), (px + bend[0], py + bend[1]), (px + bend[2], py + bend[3])), width / 2400, 0.45
        )
    px = width * rng.uniform(0.6, 0.9)
    dust.line([(px, 0), (px + width * 0.006, height * 0.7)], width / 3600, 0.28)
    light = mix(light, rgb("#e6e6e6"), dust.read(width / 2600))
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype("float32")
    faded = (
        smooth(0.86, 1.08, x + 0.12 * clouds(x, y, 40)) * 0.4
        + smooth(0.93, 1.1, 1 - y + 0.1 * clouds(x, y, 41)) * 0.25
    )
    light = mix(light, rgb("#dadada"), np.clip(faded, 0, 0.5))
    return develop(
        light, 1.05, mono=True, vignette=0.42, grain=0.016, bloom=0.05, contrast=0.96, warmth=0.012
    )


@picture("old-quay")
def old_quay(width, height):
    """From the archive: a steamer taking on cargo at a stone quay, a long time ago."""
    camera = Camera(width, height, at=(0, 8, 0), lens=40, horizon=0.56)
    sky = Sky(
        (0, "#dddddd"),
        (0.35, "#c9c9c9"),
        (1, "#9b9b9b"),
        cover=0.52,
        cloud_scale=0.04,
        seed=131,
        cloud_colour="#e2e2e2",
        cloud_shade="#adadad",
        cloud_soft=0.35,
    )
    rays = camera.rays()
    below, water, distance = sea(camera, sky, rays, deep="#262626", chop=0.05, scale=0.05, seed=44)
    light = mix(sky(rays), mix(water * 0.8, rgb("#c4c4c4"), 1 - np.exp(-distance / 900)), below)
    town = Stencil(width, height)
    rng = np.random.default_rng(5)
    x = -420.0
    while x < 420:
        wide, tall = rng.uniform(9, 18), rng.uniform(10, 22)
        town.polygon(
            [
                camera.project([x + dx, up, 620])[:2]
                for dx, up in ((0, 0), (0, tall), (wide / 2, tall + 7), (wide, tall), (wide, 0))
            ]
        )
        x += wide * 0.98
    town.polygon(
        [camera.project([-150 + dx, up, 620])[:2] for dx, up in ((-6, 0), (-6, 46), (0, 70), (6, 46), (6, 0))]
    )
    shape = town.read(width / 1400)
    light = mix(
        light,
        rgb("#8b8b8b"),
        mirrored_in_waves(shape, camera.horizon + camera.focal * 8 / 620, height, 1.1) * 0.5,
    )
    light = mix(light, rgb("#8f8f8f"), shape)
    light = mix(light, rgb("#6f6f6f"), _smoke(width, height, *camera.project([3, 21.6, 150])[:2]) * 0.8)
    hull, white = _steamer(camera, -8, 150)
    waterline = camera.horizon + camera.focal * 8 / 150
    light = mix(
        light, rgb("#3d3d3d"), mirrored_in_waves(np.clip(hull + white, 0, 1), waterline, height, 1.1) * 0.7
    )
    light = mix(light, rgb("#2b2b2b"), hull)
    light = mix(light, rgb("#b9b9b9"), white)
    return _old_print(_quay_side(light, camera), seed=8)


def _smoke(width, height, x, y):
    """Coal smoke leaving a funnel at (x, y), leaning with the wind."""
    yy, xx = np.mgrid[0:height, 0:width].astype("float32")
    up, aside = (y - yy) / height, (xx - x) / width
    path = 1.5 * np.clip(up, 0, None) ** 0.62
    spread = 0.008 + 0.26 * np.clip(up, 0, None)
    billow = clouds(xx / width * 1.1 - up * 0.4, yy / height * 1.1, 14, 2.0)
    edge = np.abs(aside - path * 0.55) / spread + 1.7 * (0.5 - billow)
    return smooth(1.15, 0.1, edge) * smooth(-0.004, 0.01, up) * np.exp(-np.clip(up, 0, None) * 2.6)


def _steamer(camera, x, z):
    """A cargo steamer, 74 m, bow to the left: dark parts and white parts."""
    ink, white = Stencil(camera.width, camera.height), Stencil(camera.width, camera.height)

    def at(along, up):
        return camera.project(np.array([x + along, up, z]))[:2]

    unit_ = camera.focal / z
    sheer = curve(at(-39, 10.4), at(-20, 6.4), at(10, 6.0), at(36, 8.4))
    ink.polygon([*sheer, at(37, 7.6), *curve(at(36, 6), at(34, 2), at(30, 0)), at(-35, 0), at(-37.4, 6)])
    white.polygon([at(-5, 6.3), at(-5, 9.4), at(19, 9.4), at(19, 6.4)])
    white.polygon([at(-3.4, 9.4), at(-3.4, 12.0), at(4.4, 12.0), at(4.4, 9.4)])
    ink.polygon([at(7.8, 9.3), at(8.6, 21.6), at(13.4, 21.6), at(12.8, 9.3)])
    white.polygon([at(8.35, 17.6), at(8.5, 19.6), at(13.2, 19.6), at(13.1, 17.6)])
    for mast, tall in ((-22, 34), (27, 32)):
        ink.line([at(mast, 6), at(mast + 1.0, tall)], 0.55 * unit_)
        for side in (-1, 1):
            ink.line([at(mast + 0.6, 20), at(mast + side * 13, 27)], 0.32 * unit_)
            ink.line([at(mast + 0.9, tall - 3), at(mast + side * 13, 27)], 0.10 * unit_)
            ink.line([at(mast + 1.0, tall - 1), at(mast + side * 15, 7)], 0.10 * unit_)
    ink.line([at(-21, 33.6), at(28, 31.6)], 0.09 * unit_)
    ink.line([at(-21, 33.6), at(-39, 10.4)], 0.10 * unit_)
    ink.line([at(28, 31.6), at(36, 8.4)], 0.10 * unit_)
    for along in np.arange(-3.8, 18.5, 1.9):
        px, py = at(along, 8.0)
        ink.ellipse(px, py, 0.38 * unit_)
    for boat in (0.5, 16.4):
        white.polygon(
            curve(at(boat - 2.4, 11.6), at(boat - 1.8, 9.7), at(boat + 1.8, 9.7), at(boat + 2.4, 11.6))
        )
    return ink.read(camera.width / 2200), white.read(camera.width / 2200) * 0.95


def _quay_side(light, camera):
    """The near quay: granite setts, bollards, barrels under a tarpaulin, a lamp."""
    width, height = camera.width, camera.height
    rays = camera.rays()
    d = np.where(rays[..., 1] < -1e-4, (3.4 - camera.at[1]) / np.minimum(rays[..., 1], -1e-4), 1e6)
    x, z = rays[..., 0] * d, rays[..., 2] * d
    edge = 2.5 + 0.11 * z
    stone = (z < 46) & (x > edge) & (rays[..., 1] < 0)
    row, _ = every(z, 0.55)
    along, _ = every(x + 0.27 * (np.round(z / 0.55) % 2), 0.42)
    joint = np.clip(smooth(0.20, 0.26, np.abs(row)) + smooth(0.15, 0.20, np.abs(along)), 0, 1) * smooth(
        26, 9, d
    )
    setts = (
        ramp(clouds(x / 9, z / 9, 4, 1.0), (0.2, "#4c4c4c"), (0.8, "#a2a2a2")) * (1 - 0.5 * joint)[..., None]
    )
    setts = mix(setts, rgb("#bdbdbd"), smooth(0.75, 0.65, np.abs(x - edge - 0.7)) * 0.5)
    cover = blur(stone.astype("float32"), width / 2600)
    light = mix(light, setts, cover)
    wall, ink, pale = Stencil(width, height), Stencil(width, height), Stencil(width, height)

    def at(x, y, z):
        return camera.project(np.array([x, y, z]))[:2]

    wall.polygon(
        [at(2.5 + 0.11 * z, 3.4, z) for z in (10, 46)] + [at(2.5 + 0.11 * z, 0, z) for z in (46, 10)]
    )
    light = mix(light, rgb("#3b3b3b"), wall.read())
    for z in (17, 25, 36):
        x = 3.5 + 0.11 * z
        ink.polygon([at(x - 0.28, 3.4, z), at(x - 0.2, 4.1, z), at(x + 0.2, 4.1, z), at(x + 0.28, 3.4, z)])
        ink.polygon(
            curve(at(x - 0.36, 4.0, z), at(x - 0.3, 4.4, z), at(x + 0.3, 4.4, z), at(x + 0.36, 4.0, z))
        )
    for x, z, up in (
        (6.6, 21, 0),
        (7.7, 21.3, 0),
        (8.8, 21, 0),
        (7.15, 21.1, 1.0),
        (8.25, 21.1, 1.0),
        (6.9, 18.6, 0),
    ):
        body = curve(at(x - 0.42, 3.4 + up, z), at(x - 0.62, 3.9 + up, z), at(x - 0.42, 4.4 + up, z)) + curve(
            at(x + 0.42, 4.4 + up, z), at(x + 0.62, 3.9 + up, z), at(x + 0.42, 3.4 + up, z)
        )
        ink.polygon(body)
        for band in (3.62, 4.18):
            pale.line([at(x - 0.5, band + up, z), at(x + 0.5, band + up, z)], 0.05 * camera.focal / z, 0.5)
    ink.line([at(10.6, 3.4, 30), at(10.6, 9.6, 30)], 0.16 * camera.focal / 30)
    ink.polygon([at(10.25, 9.6, 30), at(10.05, 10.5, 30), at(11.15, 10.5, 30), at(10.95, 9.6, 30)])
    ink.polygon([at(9.95, 10.5, 30), at(10.6, 11.1, 30), at(11.25, 10.5, 30)])
    ink.line(curve(at(-20, 8.2, 112), at(-4, 3.2, 60), at(6.2, 4.2, 25)), width / 1500)
    light = mix(light, rgb("#212121"), ink.read(width / 2600))
    return mix(light, rgb("#9a9a9a"), pale.read(width / 2600))
