"""A rail yard, a market and the back of a ministry."""

import numpy as np

from drawing.landscape import Camera, Sky
from drawing.light import blur, develop, mix, normalized, ramp, rgb, smooth, unit
from drawing.noise import chance, clouds, every
from drawing.pictures import TALL, picture
from drawing.shapes import Stencil
from drawing.solids import Solids, box, photograph


@picture("rail-yard-dusk")
def rail_yard_dusk(width, height):
    """A yard of empty tracks after sunset; the rails hold the last of the light."""
    camera = Camera(width, height, at=(1.5, 7.6, 0), lens=42, horizon=0.47)
    sun = unit(-0.18, -0.01, 1)
    sky = Sky(
        (0, "#f09a62"),
        (0.1, "#d7896b"),
        (0.24, "#94798a"),
        (0.5, "#4a597a"),
        (1, "#1b2a47"),
        sun=sun,
        sun_colour="#ff9a50",
        sun_power=0.55,
        glow=10,
        cover=0.46,
        cloud_scale=0.05,
        seed=104,
        cloud_colour="#8b6f7c",
        cloud_shade="#3d4762",
    )
    rays = camera.rays()
    light = sky(rays)
    below = rays[..., 1] < -1e-4
    d = np.where(below, -camera.at[1] / np.minimum(rays[..., 1], -1e-4), 1)
    x, z = camera.at[0] + rays[..., 0] * d, rays[..., 2] * d
    pixel = d / camera.focal

    def bend(z):
        return 0.00012 * np.clip(z - 30, 0, None) ** 2

    gravel = clouds(x / 7, z / 7, 8, 0.6) * 0.6 + clouds(x / 40, z / 60, 9) * 0.4
    ballast = ramp(gravel, (0.2, "#14151b"), (0.8, "#3a3638")) * (0.75 + 0.5 * smooth(10, 90, d))[..., None]
    rails, sleepers = np.zeros_like(d), np.zeros_like(d)
    middles = [(lambda z, i=i: 4.6 * i + bend(z)) for i in range(-7, 8)]
    for i, (start, reach) in enumerate(((34, 60), (74, 70), (120, 90), (52, 66))):
        first = (-1, 1, -3, 3)[i] * 4.6
        to = 4.6 * (1, -1, -1, 1)[i]
        middles.append(
            lambda z, a=first, t=to, s=start, r=reach: np.where(
                (z > s) & (z < s + r), a + t * smooth(s, s + r, z) + bend(z), 1e4
            )
        )
    for middle in middles:
        across = x - middle(z)
        sleepers = np.maximum(
            sleepers,
            smooth(1.36, 1.28, np.abs(across))
            * smooth(0.10, 0.16, np.abs(every(z, 0.66)[0]))
            * smooth(70, 20, d),
        )
        for side in (-0.74, 0.74):
            gap = np.abs(across - side)
            rails = np.maximum(
                rails,
                np.clip((0.042 - gap) / np.maximum(pixel * 0.8, 0.01) + 0.5, 0, 1)
                * np.clip(0.09 / pixel, 0, 1) ** 0.35,
            )
    ground = mix(ballast, rgb("#2c2624"), sleepers * 0.0)
    ground = ground * (1 - 0.45 * sleepers[..., None])
    flat = normalized(rays * np.array([1, -1, 1], "float32"))
    sheen = sky(flat * np.array([1, 0.55, 1], "float32") + np.array([0, 0.004, 0], "float32"))
    ground = mix(ground + 0.035 * sheen, sheen * (0.55 + 0.5 * smooth(15, 160, d))[..., None], rails)
    haze = 1 - np.exp(-d / 900)
    light = mix(light, mix(ground, rgb("#c98266") * 0.8, haze * 0.8), below)
    ink = Stencil(width, height)
    _town(camera, ink)
    light = mix(light, rgb("#5a4a58"), ink.read(width / 2000) * 0.92)
    wagons = [(place, start + 15.4 * i) for place, start, count in YARD for i in range(count)]
    for place, start in sorted(wagons, key=lambda wagon: -wagon[1]):
        light = _wagon(light, camera, 4.6 * place, start, bend, rgb("#c98266") * 0.8)
    masts, lamps, signals = (
        Stencil(width, height),
        Stencil(width, height),
        {"#ff4a3a": Stencil(width, height), "#58e0a8": Stencil(width, height)},
    )

    def at(x, y, z):
        return camera.project(np.array([x + bend(z), y, z]))[:2]

    for x0, z0 in ((-20.7, 38), (16.1, 70), (-20.7, 120), (25.3, 130), (-29.9, 210), (16.1, 230)):
        masts.line([at(x0, 0, z0), at(x0, 17, z0)], 0.24 * camera.focal / z0)
        masts.line([at(x0 - 1.4, 17, z0), at(x0 + 1.4, 17, z0)], 0.3 * camera.focal / z0)
        for side in (-1.1, 0, 1.1):
            px, py = at(x0 + side, 16.9, z0)
            lamps.ellipse(px, py, max(0.16 * camera.focal / z0, width / 2200))
    z0 = 96
    for foot in (-16.1, 11.5):
        masts.line([at(foot, 0, z0), at(foot, 7.4, z0)], 0.3 * camera.focal / z0)
    for up in (6.6, 7.4):
        masts.line([at(-16.1, up, z0), at(11.5, up, z0)], 0.16 * camera.focal / z0)
    for step in np.arange(-16.1, 11.5, 1.15):
        masts.line(
            [at(step, 6.6, z0), at(step + 0.575, 7.4, z0), at(step + 1.15, 6.6, z0)], 0.07 * camera.focal / z0
        )
    for i, place in enumerate(range(-3, 3)):
        x0 = 4.6 * place + 0.4
        masts.box(*at(x0 - 0.34, 8.7, z0), *at(x0 + 0.34, 7.2, z0))
        px, py = at(x0, (8.3, 7.7)[i == 3], z0)
        signals["#58e0a8" if i == 3 else "#ff4a3a"].ellipse(px, py, 0.17 * camera.focal / z0)
    light = mix(light, rgb("#10131b"), masts.read())
    for colour, lamp, power in (("#ffe3b8", lamps, 1.0), *((c, s, 0.8) for c, s in signals.items())):
        spot = lamp.read()
        light = (
            light
            + (spot * 2.4 + blur(spot, width / 300) * 9 + blur(spot, width / 60) * 12)[..., None]
            * rgb(colour)
            * power
        )
    return develop(light, 1.5, vignette=0.3, bloom=0.1)


YARD = [
    (-6, 64, 5),
    (-5, 120, 4),
    (5, 92, 3),
    (6, 58, 6),
    (7, 120, 5),
    (-7, 96, 6),
]  # track, from, how many wagons


def _wagon(light, camera, x, z, bend, haze):
    """A covered wagon 13 m long; its roof has the sky on it."""
    a, b = x + bend(z), x + bend(z + 13)
    far = 1 - np.exp(-z / 1500)
    inner = 1 if camera.at[0] > a else -1

    def corner(across, up, end):
        return camera.project([(b if end else a) + across, up, z + 13 * end])[:2]

    def face(*corners):
        return Stencil(camera.width, camera.height).polygon([corner(*c) for c in corners]).read()

    side = face((inner * 1.4, 0.9, 0), (inner * 1.4, 3.8, 0), (inner * 1.4, 3.8, 1), (inner * 1.4, 0.9, 1))
    front = face((-1.4, 0.9, 0), (-1.4, 3.8, 0), (0, 4.25, 0), (1.4, 3.8, 0), (1.4, 0.9, 0))
    roof = face(
        (inner * 1.4, 3.8, 0),
        (0, 4.3, 0),
        (-inner * 1.4, 3.8, 0),
        (-inner * 1.4, 3.8, 1),
        (0, 4.3, 1),
        (inner * 1.4, 3.8, 1),
    )
    under = face(
        (-1.1, 0.15, 0), (-1.1, 0.9, 0), (1.1, 0.9, 0), (1.1, 0.9, 1), (inner * 1.2, 0.15, 1), (1.1, 0.15, 0)
    )
    for cover, colour in ((under, "#0d0e13"), (side, "#17171f"), (roof, "#5a4658"), (front, "#121219")):
        light = mix(light, mix(rgb(colour), haze, far), cover)
    return light


def _town(camera, ink):
    """Roofs, chimneys and one spire along the horizon."""
    rng = np.random.default_rng(12)
    x = -560.0
    while x < 560:
        wide, tall = rng.uniform(9, 26), rng.uniform(5, 17)
        corners = [
            camera.project([x + dx, up, 820])[:2]
            for dx, up in ((0, -1), (0, tall), (wide / 2, tall + rng.uniform(2, 7)), (wide, tall), (wide, -1))
        ]
        ink.polygon(corners)
        if rng.random() < 0.14:
            stack = rng.uniform(24, 44)
            ink.polygon(
                [
                    camera.project([x + dx, up, 820])[:2]
                    for dx, up in ((2, 0), (2.6, stack), (4.4, stack), (5, 0))
                ]
            )
        x += wide * rng.uniform(0.7, 1.05)
    ink.polygon(
        [camera.project([118 + dx, up, 820])[:2] for dx, up in ((-7, 0), (-7, 34), (0, 74), (7, 34), (7, 0))]
    )


@picture("market-roofs")
def market_roofs(width, height):
    """The glass vaults of a market hall among old roofs, lit from inside, in the blue hour."""
    camera = Camera(width, height, at=(7.5, 30, -38), lens=34, horizon=0.06, turn=-7)
    pitch, radius, eaves, halls = 13.0, 5.6, 6.5, 1

    def hall_cell(p):
        x, cell = every(p[:, 0], pitch, halls)
        return np.stack([x, p[:, 1], p[:, 2] - 8], -1), cell

    def vault(p):
        q, _ = hall_cell(p)
        tube = np.hypot(q[:, 0], q[:, 1] - eaves) - radius
        return np.maximum(np.maximum(tube, eaves - q[:, 1] - 0.2), np.abs(q[:, 2]) - 26) * 0.9

    def lantern(p):
        q, _ = hall_cell(p)
        shape = box(q, (0, eaves + radius + 0.25, 0), (1.0, 0.55, 25.4))
        ridge = q[:, 1] - (eaves + radius + 1.35) + np.abs(q[:, 0]) * 0.55
        return np.minimum(
            shape,
            np.maximum(
                np.maximum(ridge * 0.87, eaves + radius + 0.7 - q[:, 1]),
                np.maximum(np.abs(q[:, 0]) - 1.25, np.abs(q[:, 2]) - 25.6),
            ),
        )

    def ribs(p):
        q, _ = hall_cell(p)
        along, _ = every(q[:, 2], 3.25, 8)
        tube = np.abs(np.hypot(q[:, 0], q[:, 1] - eaves) - radius - 0.06) - 0.10
        return np.maximum(np.maximum(tube, np.abs(along) - 0.11), eaves - q[:, 1] - 0.2)

    def walls(p):
        q, _ = hall_cell(p)
        return box(q, (0, eaves / 2, 0), (6.3, eaves / 2, 26.2))

    def houses(p):
        x, i = every(p[:, 0], 11.5)
        z, j = every(p[:, 2], 14.0)
        free = (np.abs(p[:, 0]) < 21.5) & (np.abs(p[:, 2] - 8) < 34)
        tall = 6.5 + 6.5 * chance(i, j)
        wide, deep = 4.4 + 1.1 * chance(j, i + 9), 5.2 + 1.4 * chance(i + 5, j)
        turned = chance(i, j, 3) > 0.5
        slope = np.where(turned, np.abs(x) / wide, np.abs(z) / deep)
        roof = (p[:, 1] - tall - 3.2 * (1 - slope)) * 0.72
        body = np.maximum(np.maximum(np.abs(x) - wide, np.abs(z) - deep), roof)
        chimney = box(np.stack([x - 2.2, p[:, 1] - tall - 2.6, z - 1.4], -1), (0, 0, 0), (0.4, 1.5, 0.4))
        shape = np.minimum(body, np.where(chance(i, j, 8) > 0.4, chimney, 9)) * 0.62
        return np.where(
            free, np.maximum(np.minimum(21.5 - np.abs(p[:, 0]), 34 - np.abs(p[:, 2] - 8)), 0.4), shape
        )

    def glass(p):
        q, cell = hall_cell(p)
        angle = np.arctan2(q[:, 0], q[:, 1] - eaves) * radius
        across, down = every(angle, 0.62)
        along, pane = every(q[:, 2] - 3.25 / 8, 3.25 / 4)
        bar = np.clip(smooth(0.27, 0.30, np.abs(across)) + smooth(0.36, 0.395, np.abs(along)), 0, 1)
        stall = clouds(q[:, 2] / 30 + cell * 0.3, q[:, 0] / 26, 61, 2.2)
        glow = ramp(
            stall + 0.10 * chance(down, pane, cell), (0.25, "#b5702f"), (0.5, "#f2b467"), (0.8, "#ffe0a8")
        )
        return glow * (1 - 0.82 * bar)[:, None]

    def tiles(p):
        _, i = every(p[:, 0], 11.5)
        _, j = every(p[:, 2], 14.0)
        tone = chance(i, j, 4) * 0.6 + 0.4 * clouds(p[:, 0] / 3, p[:, 2] / 3 + p[:, 1] / 5, 62, 0.8)
        return ramp(tone, (0.2, "#3e3430"), (0.5, "#6b4a3c"), (0.8, "#7c6a5e"))

    def street(p):
        return ramp(clouds(p[:, 0] / 20, p[:, 2] / 20, 63, 1.4), (0.2, "#22262c"), (0.8, "#3a3d42"))

    halls_bounds = ((0, 7, 8), (20.5, 7.5, 27))
    city = Solids(
        (lambda p: p[:, 1], street),
        (walls, "#8a7a68"),
        (vault, glass, halls_bounds),
        (lantern, "#6f7f86", halls_bounds),
        (ribs, "#1d262c", halls_bounds),
        (houses, tiles),
    )

    def shade(p, normal, colour, rng):
        air = city.open_to_air(p, normal, 2.5)[:, None]
        west = np.clip(normal @ unit(-0.75, 0.25, 0.5), 0, 1)[:, None]
        light = air * (rgb("#7f9ccc") * (0.32 + 0.42 * normal[:, 1:2]) + west * rgb("#e0a58c") * 0.42)
        q, _ = hall_cell(p)
        spill = np.exp(-np.clip(np.abs(q[:, 0]) - 6.4, 0, None) / 2.6) * np.exp(
            -np.clip(np.abs(q[:, 2]) - 26, 0, None) / 4
        )
        light = light + (spill * np.exp(-p[:, 1] / 5) * (p[:, 1] < 6.6))[:, None] * rgb("#ffb766") * 0.9
        out = colour * light
        shining = np.abs(vault(p)) < 0.03
        facing = 0.55 + 0.45 * np.clip(normal[:, 1], 0, 1)
        out = np.where(shining[:, None], colour * 1.55 * facing[:, None] + air * rgb("#8fa9d2") * 0.10, out)
        # Lit windows here and there in the walls of the houses.
        side = (normal[:, 1] < 0.3) & (p[:, 1] < 12) & (np.abs(houses(p)) < 0.04)
        u, i = every(p[:, 0] + p[:, 2], 1.9)
        v, j = every(p[:, 1] - 1.6, 2.7)
        pane = (np.abs(u) < 0.42) & (np.abs(v) < 0.72) & (p[:, 1] > 0.9)
        on = chance(i, j, np.round(p[:, 0] / 11.5)) > 0.72
        out = np.where(
            (side & pane)[:, None], np.where(on[:, None], rgb("#ffcf87") * 1.2, rgb("#1a2436")), out
        )
        depth = np.linalg.norm(p - camera.at, axis=-1)
        return mix(out, rgb("#7d87a6") * 0.62, 1 - np.exp(-((depth / 210) ** 1.6)))

    light = photograph(
        city,
        camera,
        shade,
        lambda d: ramp(np.clip(d[:, 1] * 3, 0, 1), (0, "#b79a9a"), (0.4, "#7f8bad"), (1, "#4f6392")) * 0.8,
        far=420,
        careful=0.9,
        steps=260,
    )
    return develop(light, 1.65, vignette=0.35, bloom=0.16)


@picture("one-lit-window", TALL)
def one_lit_window(width, height):
    """The back of a ministry after hours. Somebody is still reading."""
    camera = Camera(width, height, at=(1.2, 5.6, -15.5), lens=40, horizon=0.62)
    bay, floor = 2.6, 3.6

    def cells(p):
        x, i = every(p[:, 0], bay)
        y, j = every(p[:, 1] - 2.1, floor)
        return x, y, i, j

    def front(p):
        x, y, _, _ = cells(p)
        hole = np.maximum(np.maximum(np.abs(x) - 0.62, np.abs(y) - 1.15), np.abs(p[:, 2]) - 0.28)
        return np.maximum(-p[:, 2], -hole) * 0.9

    def trim(p):
        x, y, _, _ = cells(p)
        q = np.stack([x, y, p[:, 2]], -1)
        frame = np.maximum(box(q, (0, 0, -0.03), (0.76, 1.29, 0.06)), -box(q, (0, 0, 0), (0.62, 1.15, 1)))
        sill = box(q, (0, -1.27, -0.12), (0.86, 0.07, 0.16))
        head = box(q, (0, 1.42, -0.10), (0.92, 0.09, 0.16))
        band = box(np.stack([p[:, 0] * 0, y - floor / 2, p[:, 2]], -1), (0, 0, -0.04), (9, 0.10, 0.09))
        return np.minimum(np.minimum(frame, sill), np.minimum(head, band))

    def sashes(p):
        x, y, _, _ = cells(p)
        q = np.stack([np.abs(x), y, p[:, 2]], -1)
        shape = np.minimum(
            box(q, (0, 0, 0.18), (0.03, 1.15, 0.03)), box(q, (0.59, 0, 0.18), (0.04, 1.15, 0.03))
        )
        for level in (-1.12, -0.38, 0.38, 1.12):
            shape = np.minimum(shape, box(q, (0, level, 0.18), (0.62, 0.03, 0.03)))
        return shape

    def stone(p):
        course = np.floor(p[:, 1] / 0.45)
        block = np.floor(p[:, 0] / 0.9 + 0.5 * (course % 2))
        u = np.abs(p[:, 0] / 0.9 + 0.5 * (course % 2) - block - 0.5)
        v = np.abs(p[:, 1] / 0.45 - course - 0.5)
        joint = np.clip(smooth(0.485, 0.497, u) + smooth(0.47, 0.495, v), 0, 1)
        tone = 0.35 * chance(course, block) + 0.65 * clouds(p[:, 0] / 5, p[:, 1] / 5, 64, 1.6)
        streak = clouds(p[:, 0] / 1.4, p[:, 1] / 22, 65, 2.0)
        return (
            ramp(tone + 0.35 * (streak - 0.5), (0.2, "#6d675f"), (0.8, "#a59c8e"))
            * (1 - 0.35 * joint)[:, None]
        )

    facade = Solids(
        (front, stone), (trim, "#a8a196"), (sashes, "#d8d4c9"), (lambda p: 0.26 - p[:, 2], "#1a2434")
    )

    def shade(p, normal, colour, rng):
        _, y, i, j = cells(p)
        x = every(p[:, 0], bay)[0]
        air = facade.open_to_air(p, normal, 0.5)[:, None]
        light = air * rgb("#8ba6d6") * (0.34 + 0.16 * normal[:, 1:2] + 0.012 * p[:, 1:2])
        lamp = np.array([-6.5, 3.4, -3.6], "float32")
        towards = lamp + rng.normal(0, 0.08, (len(p), 3)).astype("float32") - p
        length = np.linalg.norm(towards, axis=-1)
        towards = towards / length[:, None]
        light = (
            light
            + (facade.reached(p, normal, towards, length, 18, 24) / (length**2 + 3))[:, None]
            * rgb("#ffb468")
            * 13
        )
        here = (i == 1) & (j == 1)
        around = np.exp(-((np.hypot(p[:, 0] - bay, (p[:, 1] - 2.1 - floor) * 0.8) / 1.1) ** 2)) * np.clip(
            -p[:, 2] * 3, 0, 1
        )
        light = light + around[:, None] * rgb("#ffc27a") * 0.5
        out = colour * light
        glass = p[:, 2] > 0.24
        sky = (
            ramp(np.clip((p[:, 1] - 1) / 16 + 0.10 * chance(i, j), 0, 1), (0, "#1b2233"), (1, "#5c719e"))
            * (0.45 + 0.2 * chance(j, i))[:, None]
        )
        curtain = smooth(0.30, 0.58, np.abs(x) - 0.05 * np.sin(y * 3))
        fold = 0.75 + 0.25 * np.sin(x * 55)
        desk_lamp = np.exp(-((np.hypot(x - 0.16, y + 0.52) / 0.42) ** 2))
        shelf = (
            (
                (np.abs(every(y - 0.1, 0.34)[0]) < 0.03)
                | (chance(np.floor(x / 0.05), np.floor(y / 0.34)) > 0.8)
            )
            & (y > -0.3)
            & (np.abs(x) < 0.32)
        )
        room = (
            ramp(
                np.clip(0.45 + y / 3 + 0.9 * desk_lamp, 0, 1),
                (0, "#6e3f1c"),
                (0.5, "#d99a4d"),
                (1, "#ffe6b0"),
            )
            * 1.7
        )
        room = room * (1 - 0.35 * shelf)[:, None]
        room = mix(room, rgb("#c88d4a") * 0.9 * fold[:, None], curtain * 0.85)
        room = np.where((y < -0.74)[:, None], rgb("#4a2c16") * 0.7, room)
        return np.where(glass[:, None], np.where(here[:, None], room, sky + 0.03), out)

    light = photograph(facade, camera, shade, lambda d: np.ones_like(d) * rgb("#31456e"), far=60)
    return develop(light, 1.5, vignette=0.42, bloom=0.2)
