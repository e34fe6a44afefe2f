"""The sea, a river, and what floats on them or stands beside them."""

import numpy as np

from drawing.landscape import Camera, Land, Sky, mirrored_in_waves, sea
from drawing.light import blur, develop, mix, ramp, rgb, smooth, unit
from drawing.noise import clouds, ridges
from drawing.pictures import TALL, picture
from drawing.shapes import Stencil


@picture("strait-at-anchor")
def strait_at_anchor(width, height):
    """Ships at anchor in the last light, waiting their turn."""
    camera = Camera(width, height, at=(0, 16, 0), lens=50, horizon=0.46)
    sun = unit(0.24, -0.012, 1)
    sky = Sky(
        (0, "#e8a878"),
        (0.12, "#d99d80"),
        (0.3, "#8c8794"),
        (0.6, "#4c6179"),
        (1, "#22384f"),
        sun=sun,
        sun_colour="#ff9d54",
        sun_power=0.75,
        glow=22,
        cover=0.5,
        cloud_scale=0.05,
        seed=53,
        cloud_colour="#8d7a7e",
        cloud_shade="#46505f",
    )
    rays = camera.rays()
    below, water, _ = sea(camera, sky, rays, deep="#0a1c28", chop=0.09, scale=0.012)
    light = mix(sky(rays), water, below)
    haze = np.exp(-np.abs(rays[..., 1]) / 0.012)[..., None]
    light = light * (1 - 0.35 * haze) + 0.35 * haze * rgb("#d9a389")
    fleet = [
        (-760, 2600, 1, 0.55),
        (-420, 3600, -1, 0.66),
        (250, 3100, 1, 0.6),
        (640, 2300, -1, 0.5),
        (-60, 5200, 1, 0.76),
        (980, 4300, 1, 0.7),
        (-1500, 4600, -1, 0.72),
        (-235, 950, 1, 0.12),
    ]
    for x, z, way, far in sorted(fleet, key=lambda ship: -ship[1]):
        hull, lamps = _freighter(camera, x, z, way)
        colour = mix(rgb("#1a2630"), rgb("#a0857f"), far)
        shade = mirrored_in_waves(hull, camera.horizon + camera.focal * 16 / z, height)
        light = mix(light, rgb("#17222c") + 0 * light, shade * 0.5 * (1 - far))
        light = mix(light, colour, hull)
        glow = blur(lamps, width / 420) * 4 + lamps
        light = light + glow[..., None] * rgb("#ffd9a0") * 1.4
        light = light + (
            mirrored_in_waves(blur(lamps, width / 500), camera.horizon + camera.focal * 16 / z, height) * 1.6
        )[..., None] * rgb("#ffb870")
    return develop(light, 1.25, vignette=0.3, bloom=0.15)


def _freighter(camera, x, z, way):
    """A loaded ship 210 m long, seen from the side: its hull and its lamps."""
    hull, lamps = Stencil(camera.width, camera.height), Stencil(camera.width, camera.height)

    def at(along, up):
        return camera.project(np.array([x + way * along, up, z]))[:2]

    hull.polygon([at(-104, 0), at(-106, 14), at(92, 13), at(112, 17), at(100, 0)])
    hull.polygon([at(-98, 13), at(-98, 38), at(-96, 40), at(-80, 40), at(-78, 13)])
    hull.polygon([at(-94, 40), at(-94, 46), at(-86, 46), at(-86, 40)])
    hull.line([at(-90, 46), at(-90, 55)], 0.9 * camera.focal / z)
    stacks = np.random.default_rng(int(z)).integers(2, 6, 12)
    for bay, tall in enumerate(stacks):
        left = -72 + bay * 13.4
        hull.polygon(
            [at(left, 13), at(left, 13 + 3.6 * tall), at(left + 12.6, 13 + 3.6 * tall), at(left + 12.6, 13)]
        )
    hull.line([at(98, 15), at(98, 31)], 1.0 * camera.focal / z)
    for along, up in ((-90, 55), (98, 31), (-82, 30), (-88, 24), (-94, 30)):
        px, py = at(along, up)
        lamps.ellipse(px, py, max(1.1 * camera.focal / z, camera.width / 2600))
    return hull.read(), lamps.read()


@picture("ferry-in-fog")
def ferry_in_fog(width, height):
    """A small river ferry halfway across, in fog that has taken both banks."""
    camera = Camera(width, height, at=(0, 3.2, 0), lens=48, horizon=0.47)
    sky = Sky(
        (0, "#cfd3d2"),
        (0.3, "#d9dcda"),
        (1, "#b9c1c4"),
        sun=unit(0.3, 0.35, 1),
        sun_colour="#fff1dc",
        sun_power=0.22,
        glow=3,
    )
    rays = camera.rays()
    below, water, distance = sea(camera, sky, rays, deep="#4a5a5c", chop=0.028, scale=0.05, seed=21)
    fog = 1 - np.exp(-distance / 75)
    backdrop = sky(np.stack([rays[..., 0], np.full_like(fog, 0.03), rays[..., 2]], -1))
    light = mix(sky(rays), mix(water * 0.86, backdrop, fog), below)
    hull, trim, lamps = _river_ferry(camera, 1.5, 62)
    waterline = camera.horizon + camera.focal * 3.2 / 62
    light = mix(light, rgb("#6d7a7c"), mirrored_in_waves(hull, waterline, height, 1.15) * 0.55)
    light = mix(light, rgb("#5b6a70"), hull)
    light = mix(light, rgb("#8d989a"), trim)
    glow = blur(lamps, width / 90) * 5 + blur(lamps, width / 400) * 2
    light = light + glow[..., None] * rgb("#ffd7a1") * 0.55
    posts = Stencil(width, height)
    for x, z, tall in ((-4.9, 15, 2.3), (-4.05, 16.4, 1.6), (-7.0, 24, 2.0)):
        (left, top, _), (_, foot, _) = camera.project([x, tall, z]), camera.project([x, -0.3, z])
        wide = 0.17 * camera.focal / z
        posts.polygon(
            [
                (left - wide, top),
                (left + wide * 0.8, top - wide * 0.5),
                (left + wide, foot),
                (left - wide, foot),
            ]
        )
    near = posts.read(width / 1500)
    light = mix(
        light,
        rgb("#39474a"),
        mirrored_in_waves(near, camera.horizon + camera.focal * 3.2 / 16.5, height, 1.0) * 0.5,
    )
    light = mix(light, rgb("#2f3b3e"), near * 0.94)
    return develop(light, 1.12, vignette=0.22, contrast=1.12)


def _river_ferry(camera, x, z):
    """A flat car ferry with a wheelhouse: hull, the lighter parts, and its lamps."""
    hull, trim, lamps = (Stencil(camera.width, camera.height) for _ in range(3))

    def at(along, up):
        return camera.project(np.array([x + along, up, z]))[:2]

    unit_ = camera.focal / z
    hull.polygon(
        [at(-12.5, 1.35), at(-10.5, 0.0), at(10.5, 0.0), at(12.5, 1.35), at(12.3, 1.6), at(-12.3, 1.6)]
    )
    for side in (-1, 1):
        hull.polygon([at(side * 12.2, 1.5), at(side * 14.6, 2.9), at(side * 14.4, 3.1), at(side * 11.8, 1.8)])
        hull.line([at(side * 14.4, 3.0), at(side * 9.4, 5.2)], 0.07 * unit_)
        hull.line([at(side * 9.4, 1.6), at(side * 9.4, 5.6)], 0.22 * unit_)
    hull.line([at(-12, 2.5), at(12, 2.5)], 0.07 * unit_)
    for along in np.arange(-11.5, 12, 1.15):
        hull.line([at(along, 1.5), at(along, 2.5)], 0.06 * unit_)
    hull.polygon([at(-2.6, 1.6), at(-2.6, 5.1), at(2.6, 5.1), at(2.6, 1.6)])
    hull.polygon([at(-2.1, 5.1), at(-2.4, 7.2), at(2.4, 7.2), at(2.1, 5.1)])
    hull.box(*at(-2.9, 7.5), *at(2.9, 7.2))
    hull.line([at(0, 7.4), at(0, 10.6)], 0.13 * unit_)
    hull.line([at(-1.1, 9.6), at(1.1, 9.6)], 0.07 * unit_)
    for along, tall, wide in ((-7.6, 1.45, 3.6), (5.8, 2.3, 4.6)):
        hull.polygon(
            [
                at(along - wide / 2, 1.6),
                at(along - wide / 2, 1.6 + tall * 0.55),
                at(along - wide * 0.32, 1.6 + tall),
                at(along + wide * 0.34, 1.6 + tall),
                at(along + wide / 2, 1.6 + tall * 0.5),
                at(along + wide / 2, 1.6),
            ]
        )
    for left in np.arange(-2.0, 1.7, 0.82):
        trim.box(*at(left, 6.8), *at(left + 0.66, 5.8))
    for left in np.arange(-2.1, 1.6, 1.1):
        trim.box(*at(left, 4.3), *at(left + 0.7, 3.3))
    trim.line([at(-12.2, 1.05), at(12.2, 1.05)], 0.12 * unit_)
    for along, up in ((0, 10.6), (-9.4, 5.7), (9.4, 5.7)):
        px, py = at(along, up)
        lamps.ellipse(px, py, 0.13 * unit_)
    return hull.read(camera.width / 1800), trim.read(camera.width / 1600) * 0.8, lamps.read()


@picture("lighthouse", TALL)
def lighthouse(width, height):
    """A lighthouse on its headland in the blue hour, its beam just begun."""
    camera = Camera(width, height, at=(0, 9, 0), lens=40, horizon=0.66)
    sun = unit(-0.7, 0.02, 1)
    sky = Sky(
        (0, "#e0a78c"),
        (0.1, "#b79a9f"),
        (0.28, "#6f83a1"),
        (0.6, "#31486b"),
        (1, "#14233f"),
        sun=sun,
        sun_colour="#ffb27a",
        sun_power=0.45,
        glow=7,
        cover=0.36,
        cloud_scale=0.05,
        seed=66,
        cloud_colour="#8a8fa6",
        cloud_shade="#434f6b",
    )

    def ground(x, z):
        outline = 150 * (clouds(x / 2400, z / 2400, 15, 2.4) - 0.5)
        head = (
            smooth(-90, 70, x + 10 + outline * 0.9)
            * smooth(560, 430, z + outline)
            * smooth(250, 330, z + outline * 0.6)
        )
        rocks = ridges(x / 260, z / 260, 26, 6, 0.55)
        return head * (34 + 26 * (rocks - 0.3)) - 6 + 5 * rocks * smooth(0.0, 0.25, head)

    land = Land(ground)
    rays, distance = land.view(camera, 20, 4000, 3000)
    below, water, reach = sea(camera, sky, rays, deep="#0a1826", chop=0.10, scale=0.03)
    light = mix(sky(rays), water, below)
    wet = below & (reach < distance)
    solid = np.isfinite(distance) & ~wet
    d = np.where(solid, distance, 1)
    x, z = rays[..., 0] * d, rays[..., 2] * d
    normal, y = land.normal(x, z, d, camera)
    grain = clouds(x / 40, z / 40, 17, 1.4)
    stone = ramp(grain, (0.25, "#2a2b30"), (0.75, "#6d6a6a"))
    turf = ramp(grain, (0.3, "#22301f"), (0.7, "#5d6240"))
    surface = mix(stone, turf, smooth(0.55, 0.8, normal[..., 1]) * smooth(9, 16, y))
    surface = mix(surface, rgb("#0f1318"), smooth(3.5, 1.0, y))
    west = np.clip(normal @ unit(-0.8, 0.35, 0.3), 0, 1)
    light = mix(
        light,
        surface * (west[..., None] * rgb("#e8a684") * 1.3 + (0.25 + 0.5 * normal[..., 1:2]) * rgb("#7f97bd")),
        solid,
    )
    foam = (
        wet
        & (reach < 460)
        & (
            land.height(camera.at[0] + rays[..., 0] * reach, rays[..., 2] * reach)
            > -3.2 + 2.0 * (clouds(rays[..., 0] * reach / 60, rays[..., 2] * reach / 60, 19, 1.2))
        )
    )
    light = mix(light, rgb("#b9c4d2"), blur(foam.astype("float32"), width / 900) * 0.55)
    tower, lamp, (lx, ly) = _light_tower(
        camera, 44, float(land.height(np.array([44.0]), np.array([360.0]))[0]) - 2, 360
    )
    light = mix(light, tower[..., :3], tower[..., 3])
    yy, xx = np.mgrid[0:height, 0:width].astype("float32")
    for angle, power in ((np.radians(183.5), 0.5), (np.radians(3.5), 0.28)):
        along = (xx - lx) * np.cos(angle) + (yy - ly) * np.sin(angle)
        aside = np.abs(-(xx - lx) * np.sin(angle) + (yy - ly) * np.cos(angle))
        beam = np.exp(-((aside / (width * 0.004 + np.abs(along) * 0.032)) ** 2)) * (along > 0)
        beam = (
            beam * np.exp(-along / (width * 0.75)) * power * (0.7 + 0.6 * clouds(xx / width, yy / width, 9))
        )
        light = light + beam[..., None] * rgb("#ffe9c2") * 0.55
    halo = (
        np.exp(-np.hypot(xx - lx, yy - ly) / (width * 0.022)) * 1.4
        + np.exp(-np.hypot(xx - lx, yy - ly) / (width * 0.10)) * 0.22
    )
    light = light + halo[..., None] * rgb("#ffe2ae") + lamp[..., None] * 3
    return develop(light, 1.55, vignette=0.3, bloom=0.1)


def _light_tower(camera, x, foot, z):
    """The tower as (height, width, 4), shaded round; its lantern; and where the lantern is."""
    w, h = camera.width, camera.height
    body, dark, lamp = (Stencil(w, h) for _ in range(3))

    def at(across, up):
        return camera.project(np.array([x + across, foot + up, z]))[:2]

    body.polygon([at(-3.6, 0), at(-2.35, 25), at(2.35, 25), at(3.6, 0)])
    body.box(*at(3.2, 5.2), *at(13.5, 0))
    dark.polygon([at(2.9, 5.2), at(8.3, 8.4), at(13.8, 5.2)])
    dark.box(*at(-3.4, 25.8), *at(3.4, 25))
    for across in np.linspace(-3.3, 3.3, 9):
        dark.line([at(across, 25.8), at(across, 27.1)], 0.12 * camera.focal / z)
    dark.line([at(-3.3, 27.1), at(3.3, 27.1)], 0.16 * camera.focal / z)
    dark.polygon([at(-2.2, 29.6), at(0, 31.8), at(2.2, 29.6)])
    dark.line([at(0, 31.5), at(0, 33.4)], 0.2 * camera.focal / z)
    for across in (-1.8, -0.6, 0.6, 1.8):
        dark.line([at(across, 25.8), at(across, 29.7)], 0.14 * camera.focal / z)
    lamp.box(*at(-1.75, 29.5), *at(1.75, 26.2))
    for up in (7, 14, 20.5):
        dark.box(*at(-0.45, up + 1.5), *at(0.35, up))
    across = (np.arange(w) - at(0, 0)[0]) / (3.6 * camera.focal / z)
    round_ = (0.20 + 0.62 * np.clip(0.55 - across * 0.75, 0, 1))[None, :, None] * np.ones(
        (h, 1, 1), "float32"
    )
    colour = round_ * (rgb("#f2e6dc") * 0.8)
    colour = mix(colour.astype("float32"), rgb("#161a22"), dark.read())
    cover = np.maximum(body.read(), dark.read())
    glass = lamp.read()
    return np.concatenate([colour, np.maximum(cover, glass)[..., None]], -1), glass, at(0, 27.9)


@picture("harbour-dawn")
def harbour_dawn(width, height):
    """Cranes over a container quay before the first shift."""
    camera = Camera(width, height, at=(0, 7, 0), lens=46, horizon=0.66)
    sun = unit(0.35, 0.015, 1)
    sky = Sky(
        (0, "#f0c79a"),
        (0.14, "#e3b79f"),
        (0.32, "#b5aeb0"),
        (0.6, "#7e93a6"),
        (1, "#4a6680"),
        sun=sun,
        sun_colour="#ffc98a",
        sun_power=0.65,
        glow=9,
        cover=0.40,
        cloud_scale=0.045,
        seed=82,
        cloud_colour="#d9c3b8",
        cloud_shade="#8a93a0",
    )
    rays = camera.rays()
    below, water, _ = sea(camera, sky, rays, deep="#14303c", chop=0.035, scale=0.03, seed=31)
    light = mix(sky(rays), water, below)
    layers = [
        (2300, [-900, -560, 150, 520, 900], 0.80),
        (1350, [-430, -60, 620], 0.60),
        (760, [-225, 245], 0.34),
        (430, [-128], 0.10),
    ]
    for z, places, far in layers:
        quay, boxes = Stencil(width, height), []
        ends = {2300: (-1400, 1400), 1350: (-700, 1000), 760: (-480, 420), 430: (-330, 20)}[z]
        for x in places:
            _crane(camera, quay, x, z, boom_up=(x + z) % 3 == 0)
        (left, top, _), (right, foot, _) = camera.project([ends[0], 3.2, z]), camera.project([ends[1], 0, z])
        quay.box(left, top, right, foot)
        shape = quay.read()
        rng = np.random.default_rng(z)
        for tone in range(4):
            stencil = Stencil(width, height)
            for x in np.arange(ends[0] + 12, ends[1] - 14, 12.8):
                tall = rng.integers(0, 5) if 0.5 + 0.5 * np.sin(x / 90 + z) > 0.22 else 0
                for level in range(tall):
                    if rng.integers(4) == tone:
                        (a, b, _), (c, e, _) = (
                            camera.project([x, 3.2 + 2.6 * level, z]),
                            camera.project([x + 12.2, 5.7 + 2.6 * level, z]),
                        )
                        stencil.box(a, b, c, e)
            boxes.append(stencil.read())
        everything = np.clip(shape + sum(boxes), 0, 1)
        waterline = camera.horizon + camera.focal * 7 / z
        haze = rgb("#d3b3a0") * 0.94
        light = mix(
            light,
            mix(rgb("#33434f"), haze, far),
            mirrored_in_waves(everything, waterline, height, 1.25) * 0.62,
        )
        light = mix(light, mix(rgb("#1d2a35"), haze, far), shape)
        for coverage, colour in zip(boxes, ("#5a3a34", "#34485a", "#5d5a50", "#3b4b48"), strict=True):
            light = mix(light, mix(rgb(colour) * 0.8, haze, far), coverage)
    lamps = Stencil(width, height)
    for x, z, up in (
        (-128, 430, 31),
        (-225, 760, 31),
        (245, 760, 31),
        (-60, 1350, 31),
        (-100, 430, 12),
        (-190, 430, 12),
        (60, 760, 14),
    ):
        px, py, _ = camera.project([x, up, z])
        lamps.ellipse(px, py, width / 1500)
    lamps = lamps.read()
    light = light + (lamps * 2 + blur(lamps, width / 260) * 10)[..., None] * rgb("#ffe0ae")
    return develop(light, 1.2, vignette=0.26, bloom=0.12)


def _crane(camera, ink, x, z, boom_up):
    """A ship-to-shore crane, drawn from the side."""

    def at(across, up):
        return camera.project(np.array([x + across, up + 3.2, z]))[:2]

    unit_ = camera.focal / z
    for leg in (-14, 14):
        ink.line([at(leg, 0), at(leg * 0.92, 38)], 1.5 * unit_)
        ink.line([at(leg, 0.8), at(leg + 4, 0.8)], 1.6 * unit_)
    ink.line([at(-14, 14), at(14, 14)], 1.2 * unit_)
    ink.line([at(-13.6, 14), at(12.9, 36)], 0.7 * unit_)
    ink.line([at(-30, 38), at(16, 38)], 2.4 * unit_)
    ink.line([at(12.9, 36), at(8.5, 62)], 1.2 * unit_)
    ink.line([at(-12.9, 38), at(8.5, 62)], 0.8 * unit_)
    ink.line([at(8.5, 62), at(-29, 39)], 0.35 * unit_)
    ink.box(*at(-12, 44), *at(-2, 38.6))
    if boom_up:
        ink.line([at(15, 38), at(38, 88)], 1.7 * unit_)
        ink.line([at(8.5, 62), at(29, 69)], 0.35 * unit_)
    else:
        ink.line([at(15, 38), at(66, 38)], 1.9 * unit_)
        ink.line([at(8.5, 62), at(40, 38.5)], 0.35 * unit_)
        ink.line([at(8.5, 62), at(63, 38.5)], 0.35 * unit_)
        ink.box(*at(38, 38.4), *at(43, 35.2))
        for cable in (38.8, 42.2):
            ink.line([at(cable, 35), at(cable, 19)], 0.2 * unit_)
        ink.box(*at(34.5, 19), *at(46.5, 16.4))
