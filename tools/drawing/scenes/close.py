"""Things seen from near: a chart, a gauge, a coat."""

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from drawing.landscape import Camera, Sky, sea
from drawing.light import blur, develop, mix, ramp, rgb, smooth, unit
from drawing.noise import chance, clouds, every
from drawing.pictures import TALL, picture
from drawing.shapes import Stencil, curve


@picture("chart-table")
def chart_table(width, height):
    """A chart of a strait, lamp on, dividers laid where the argument was."""
    y, x = np.mgrid[0:height, 0:width].astype("float32")
    turn = np.radians(-7)
    u = ((x - width / 2) * np.cos(turn) - (y - height / 2) * np.sin(turn)) / width
    v = ((x - width / 2) * np.sin(turn) + (y - height / 2) * np.cos(turn)) / width
    relief = 0.72 * clouds(u * 0.42 + 0.13, v * 0.42 + 0.57, 211, 3.2) + 0.28 * clouds(
        u * 0.8, v * 0.8, 212, 2.6
    )
    strait = np.abs(v + 0.35 * u + 0.16 * (clouds(u * 0.5, v * 0.5, 213, 3.0) - 0.5) * 4)
    depth = 0.50 + 0.20 - strait * 1.05 + (relief - 0.5) * 0.85  # above 0.5 is sea
    paper = rgb("#f1e8d2") * (0.93 + 0.12 * clouds(u * 1.4, v * 1.4, 214, 1.0))[..., None]
    land = mix(paper, rgb("#e3c98d"), 0.72)
    light = mix(land, paper, smooth(0.4995, 0.5005, depth))
    for edge, amount in ((0.5, 0.42), (0.56, -0.20), (0.62, -0.14)):
        inside = smooth(edge - 0.0005, edge + 0.0005, depth)
        tint = rgb("#9cc3cf") if amount > 0 else rgb("#f1e8d2")
        light = mix(light, tint, inside * abs(amount))
    gy, gx = np.gradient(depth)
    slope = np.hypot(gx, gy) + 1e-7
    for level, weight in (
        (0.5, 1.0),
        (0.53, 0.45),
        (0.56, 0.6),
        (0.59, 0.4),
        (0.62, 0.6),
        (0.66, 0.4),
        (0.70, 0.4),
        (0.74, 0.4),
    ):
        pen = np.clip(
            1.25 * (1.0 if level == 0.5 else 0.62) * width / 2000 - np.abs(depth - level) / slope + 0.5, 0, 1
        )
        light = mix(light, rgb("#2b4450" if level > 0.5 else "#3a2d20"), pen * weight)
    for level in (0.47, 0.44, 0.41, 0.38, 0.34):
        pen = np.clip(0.55 * width / 2000 - np.abs(depth - level) / slope + 0.5, 0, 1)
        light = mix(light, rgb("#7d5c34"), pen * 0.4 * (depth < 0.5))
    for axis in (u, v):
        line = np.abs(every(axis, 0.135)[0]) * width
        light = mix(light, rgb("#4f4a3f"), np.clip(0.9 - line, 0, 1) * 0.35)
    light = mix(light, rgb("#2c3a44"), _soundings(width, height, depth, turn) * 0.82)
    light = mix(light, rgb("#a3135d"), _compass(width, height, turn) * 0.72)
    pencil = Stencil(width, height)
    route = [
        (0.02, 0.70),
        (0.20, 0.66),
        (0.375, 0.575),
        (0.50, 0.55),
        (0.66, 0.455),
        (0.83, 0.36),
        (1.0, 0.30),
    ]
    points = [(px * width, py * height) for px, py in route]
    for (x0, y0), (x1, y1) in pairwise(points):
        pencil.line([(x0, y0), (x1, y1)], width / 1000)
        pencil.line(
            [(x1 - width / 160, y1 - width / 110), (x1 + width / 160, y1 + width / 110)], width / 1400
        )
    light = mix(light, rgb("#3a3a40"), pencil.read(width / 2600) * 0.62)
    brass, shadow, shine = _dividers(width, height)
    light = light * (1 - 0.55 * shadow[..., None])
    metal = mix(rgb("#5e4318") * np.ones_like(light), rgb("#f0d694"), shine)
    light = mix(light, metal, brass)
    lamp = np.exp(-((np.hypot((x - 0.60 * width) / width, (y - 0.38 * height) / width) / 0.52) ** 2))
    light = light * (0.10 + 1.05 * lamp[..., None] * rgb("#ffe7c0"))
    return develop(light, 1.25, vignette=0.35, bloom=0.04, warmth=0.015)


def _soundings(width, height, depth, turn):
    """Depths in the sea, printed small and a little turned, as on paper."""
    ink = Image.new("L", (width * 2, height * 2))
    rng = np.random.default_rng(15)
    font = ImageFont.load_default(width / 2000 * 2 * 17)
    for row in np.arange(0.02, 1, 0.052):
        for column in np.arange(0.015, 1, 0.043):
            px, py = column + rng.normal(0, 0.010), row + rng.normal(0, 0.012)
            if not (0 <= px < 1 and 0 <= py < 1):
                continue
            here = float(depth[int(py * height), int(px * width)])
            if here < 0.506:
                continue
            word = Image.new("L", (width // 20, width // 20))
            number = str(max(1, int((here - 0.5) * 330 + rng.normal(0, 1.2))))
            ImageDraw.Draw(word).text((width // 40, width // 40), number, 255, font=font, anchor="mm")
            word = word.rotate(np.degrees(turn) + 0, Image.BICUBIC)
            ink.paste(255, (int(px * width * 2) - width // 40, int(py * height * 2) - width // 40), word)
    return np.asarray(ink.resize((width, height), Image.BOX), "float32") / 255


def _compass(width, height, turn):
    """A compass rose: two rings of ticks and a star, north up the page."""
    rose = Stencil(width, height)
    cx, cy, r = 0.185 * width, 0.30 * height, 0.085 * width
    for degree in range(0, 360, 2):
        a = np.radians(degree) - turn
        inner = 0.90 if degree % 10 == 0 else 0.945
        ends = [(cx + np.sin(a) * r * k, cy - np.cos(a) * r * k) for k in (inner, 1.0)]
        rose.line(ends, width / 1800 if degree % 10 == 0 else width / 2600)
    for ring in (1.0, 0.985, 0.62):
        rose.line(
            [(cx + np.sin(a) * r * ring, cy - np.cos(a) * r * ring) for a in np.linspace(0, 2 * np.pi, 181)],
            width / 2200,
        )
    for degree in range(0, 360, 45):
        a, tip = np.radians(degree) - turn, (0.84 if degree % 90 == 0 else 0.5)
        for side in (-1, 1):
            star = [(0, tip), (np.radians(22.5) * side, 0.15), (0, 0)]
            points = [(cx + np.sin(a + t) * r * k, cy - np.cos(a + t) * r * k) for t, k in star]
            rose.polygon(points, 1.0 if side == 1 else 0.25)
    return rose.read()


def _dividers(width, height):
    """Brass dividers lying open: their cover, their shadow, and where they shine."""
    hinge, one, two = (
        (0.690 * width, 0.12 * height),
        (0.50 * width, 0.553 * height),
        (0.66 * width, 0.455 * height),
    )
    brass, shine = Stencil(width, height), Stencil(width, height)
    for tip in (one, two):
        dx, dy = tip[0] - hinge[0], tip[1] - hinge[1]
        long = np.hypot(dx, dy)
        nx, ny = -dy / long * width * 0.0062, dx / long * width * 0.0062
        middle = (hinge[0] + dx * 0.62, hinge[1] + dy * 0.62)
        brass.polygon(
            [
                (hinge[0] + nx, hinge[1] + ny),
                (middle[0] + nx * 0.8, middle[1] + ny * 0.8),
                tip,
                (middle[0] - nx * 0.8, middle[1] - ny * 0.8),
                (hinge[0] - nx, hinge[1] - ny),
            ]
        )
        shine.line(
            [(hinge[0] + nx * 0.3, hinge[1] + ny * 0.3), (middle[0] + nx * 0.3, middle[1] + ny * 0.3), tip],
            width / 500,
        )
    brass.ellipse(*hinge, width * 0.0125)
    brass.line([hinge, (hinge[0] + width * 0.010, hinge[1] - width * 0.022)], width * 0.008)
    shine.ellipse(hinge[0] - width * 0.003, hinge[1] - width * 0.003, width * 0.006)
    cover = brass.read()
    drop = int(width * 0.006)
    shadow = blur(np.roll(cover, (drop * 2, -drop), (0, 1)), width / 260)
    return cover, shadow, np.clip(blur(shine.read(), width / 900) * 1.0, 0, 1) * 0.9


@picture("river-gauge", TALL)
def river_gauge(width, height):
    """A staff gauge on a bridge pier. The river is lower than the mark that mattered."""
    y, x = np.mgrid[0:height, 0:width].astype("float32")
    u, v = x / width, y / width
    waterline = 1.02 + 0.006 * (clouds(u * 2, u * 0, 3, 2.4) - 0.5)
    course = np.floor((v + 0.02) / 0.205)
    shift = 0.5 * (course % 2)
    block = np.floor(u / 0.43 + shift + 0.2)
    du, dv = np.abs(u / 0.43 + shift + 0.2 - block - 0.5), np.abs((v + 0.02) / 0.205 - course - 0.5)
    rough = clouds(u * 3, v * 3, 31, 1.4)
    joint = np.clip(
        smooth(0.478, 0.492, du + 0.016 * (rough - 0.5)) + smooth(0.462, 0.484, dv + 0.03 * (rough - 0.5)),
        0,
        1,
    )
    pits = clouds(u * 2.2, v * 2.2, 32, 1.7)
    tone = 0.4 * chance(course, block) + 0.4 * clouds(u * 0.9, v * 0.9, 33, 1.8) + 0.2 * pits
    stone = ramp(tone, (0.25, "#5e5b54"), (0.6, "#8d887c"), (0.8, "#aea796"))
    e = 2
    bump = np.roll(pits, e, 1) - pits + (np.roll(pits, e, 0) - pits) * 0.6
    stone = stone * (1 + 5.0 * bump)[..., None] * (1 - 0.6 * joint)[..., None]
    old_level = 0.60 + 0.02 * (clouds(u * 2, u * 0 + 0.4, 34, 2.4) - 0.5)
    damp = smooth(old_level - 0.05, old_level + 0.10, v)
    stone = mix(stone, stone * rgb("#7d8a6a") * 1.25, damp * 0.85)
    stone = mix(stone, rgb("#2c3626"), smooth(0.88, 0.99, v + 0.05 * (rough - 0.5)) * 0.8)
    drip = smooth(0.55, 0.75, clouds(u * 4, v * 0.3, 35, 2.0)) * smooth(0.0, 0.5, v) * 0.25
    light = stone * (1 - drip)[..., None]
    board, ink, red, shade = _gauge_board(width, height)
    light = light * (1 - 0.6 * shade[..., None])
    enamel = rgb("#ece7d8") * (0.95 + 0.10 * clouds(u * 2, v * 2, 36, 1.4))[..., None]
    enamel = mix(
        enamel,
        rgb("#9aa086"),
        smooth(0.62, 1.0, v) * 0.5 + smooth(0.6, 0.72, clouds(u * 3, v * 2, 37, 1.4)) * 0.12,
    )
    light = mix(light, enamel, board)
    light = mix(light, rgb("#15181c"), ink * 0.93)
    light = mix(light, rgb("#a3282a"), red * 0.9)
    rust = (
        smooth(0.60, 0.75, clouds(u * 4, v * 4, 38, 1.4))
        * board
        * smooth(0.02, 0.0, np.abs(np.abs(u - 0.56) - 0.108))
        * 0.7
    )
    light = mix(light, rgb("#6e3b1f"), rust)
    sun = smooth(0.15, 0.9, 1.15 - u * 0.7 - v * 0.35 + 0.12 * (clouds(u * 0.6, v * 0.6, 39) - 0.5))
    light = light * (0.42 * rgb("#b9cbe0") + 1.05 * sun[..., None] * rgb("#fff0d8"))
    below = v > waterline
    far = np.clip((v - waterline) / 0.33, 0, 1)
    ripple = clouds(u * (1.5 - far), v * (9 - 5 * far) + 0.2 * u, 41, 2.6) - 0.5
    source = np.clip((2 * waterline - v + ripple * (0.05 + 0.16 * far)) * width, 0, height - 1).astype(
        "int32"
    )
    sideways = np.clip(x + ripple * width * 0.05 * (0.3 + far), 0, width - 1).astype("int32")
    mirrored = blur(light, width / 700)[source, sideways]
    glint = smooth(0.60, 0.74, ripple + 0.5) * (0.15 + 0.5 * far)
    water = mix(mirrored * 0.62, rgb("#1f3b40"), 0.30 + 0.35 * far) + glint[..., None] * rgb("#c9dbe6") * 0.28
    edge = smooth(0.012, 0.0, np.abs(v - waterline - 0.004))
    light = mix(np.where(below[..., None], water, light), rgb("#10191a"), edge * 0.45)
    return develop(light, 1.55, vignette=0.35, bloom=0.05)


def _gauge_board(width, height):
    """The enamel board: its face, its black marks and numbers, its red flood line, its shadow on the stone."""
    face, ink, red = (Stencil(width, height) for _ in range(3))
    left, right, top, bottom = 0.452 * width, 0.668 * width, -0.03 * width, 1.3 * width
    face.box(left, top, right, bottom)
    unit_ = 0.0242 * width  # two centimetres of river
    numbers = Image.new("L", (width * 2, height * 2))
    font = ImageFont.load_default(0.074 * width * 2)
    small = ImageFont.load_default(0.040 * width * 2)
    for step in range(-2, 60):
        y0 = 0.985 * width - step * unit_
        if step % 2 == 0:
            reach = 0.080 if step % 5 == 0 else 0.052
            ink.box(left + 0.010 * width, y0 - unit_, left + (0.010 + reach) * width, y0)
        if step % 10 == 0:
            ink.box(left + 0.010 * width, y0 - unit_ * 0.08, right - 0.010 * width, y0 + unit_ * 0.08)
            word = str(step // 10 + 1)
            ImageDraw.Draw(numbers).text(
                (right * 2 - 0.020 * width * 2, (y0 - 0.048 * width) * 2), word, 255, font=font, anchor="rm"
            )
            ImageDraw.Draw(numbers).text(
                (right * 2 - 0.074 * width * 2, (y0 - 0.060 * width) * 2), "m", 255, font=small, anchor="rm"
            )
    red.box(left, 0.352 * width, right, 0.364 * width)
    red.polygon(
        [
            (right - 0.004 * width, 0.336 * width),
            (right - 0.004 * width, 0.380 * width),
            (right - 0.048 * width, 0.358 * width),
        ]
    )
    for bolt in (0.10, 0.52, 0.90):
        for side in (left + 0.012 * width, right - 0.012 * width):
            ink.ellipse(side, bolt * width, 0.0055 * width)
    board = face.read(width / 3000)
    shadow = blur(np.roll(board, (int(width * 0.012), int(width * 0.016)), (0, 1)), width / 130)
    marks = np.maximum(ink.read(), np.asarray(numbers.resize((width, height), Image.BOX), "float32") / 255)
    return board, marks * (board > 0.5), red.read(), shadow


@picture("by-the-water", (1400, 1400))
def by_the_water(width, height):
    """A portrait that shows nobody: a hat, a coat and the sea they look at."""
    camera = Camera(width, height, at=(0, 5, 0), lens=50, horizon=0.50)
    sun = unit(-0.35, 0.10, 1)
    sky = Sky(
        (0, "#f0d3b0"),
        (0.2, "#d5ced0"),
        (0.5, "#9db2c6"),
        (1, "#6d8cab"),
        sun=sun,
        sun_colour="#ffdcae",
        sun_power=0.8,
        glow=5,
        cover=0.45,
        cloud_scale=0.05,
        seed=151,
        cloud_colour="#f3e8de",
        cloud_shade="#a5b0bf",
    )
    rays = camera.rays()
    below, water, _ = sea(camera, sky, rays, deep="#22414f", chop=0.07, scale=0.03, seed=51)
    light = blur(mix(sky(rays), water, below), width / 110)
    rail, coat, hat = (Stencil(width, height) for _ in range(3))

    def at(a, b):
        return (width * (0.54 + a), width * (0.30 + b))

    for y in (0.615, 0.735, 0.87):
        rail.line([(0, width * y), (width, width * (y - 0.012))], width * (0.016 if y < 0.7 else 0.009))
    for x in (0.13, 0.86):
        rail.line([(width * x, width * 0.607), (width * x, width)], width * 0.018)
    for side in (-1, 1):
        half = curve(at(0, 0.150), at(side * 0.06, 0.160), at(side * 0.120, 0.185), at(side * 0.175, 0.205))
        half += curve(
            at(side * 0.175, 0.205),
            at(side * 0.215, 0.225),
            at(side * 0.218, 0.32),
            at(side * 0.222, 0.45),
            at(side * 0.226, 0.72),
        )
        coat.polygon([*half, at(0, 0.72)])
        coat.polygon(
            [
                at(0, 0.112),
                *curve(at(side * 0.074, 0.098), at(side * 0.082, 0.125), at(side * 0.098, 0.180)),
                at(0, 0.19),
            ]
        )
    hat.polygon(
        curve(
            at(-0.066, 0.02),
            at(-0.074, 0.10),
            at(-0.05, 0.140),
            at(0, 0.142),
            at(0.05, 0.140),
            at(0.074, 0.10),
            at(0.066, 0.02),
        )
    )
    hat.polygon(
        curve(at(-0.148, 0.040), at(-0.06, 0.006), at(0, 0.000), at(0.06, 0.006), at(0.148, 0.034))
        + curve(at(0.148, 0.034), at(0.06, 0.066), at(0, 0.070), at(-0.06, 0.066), at(-0.148, 0.040))
    )
    hat.polygon(
        curve(
            at(-0.078, 0.030),
            at(-0.083, -0.060),
            at(-0.052, -0.092),
            at(-0.010, -0.066),
            at(0.045, -0.100),
            at(0.084, -0.060),
            at(0.078, 0.030),
        )
    )
    y, x = np.mgrid[0:height, 0:width].astype("float32")
    weave = clouds(x / width * 5, y / width * 5, 52, 1.0)
    fold = clouds(x / width * 1.1, y / width * 0.35, 55, 2.8)
    wool = ramp(weave * 0.4 + fold * 0.6, (0.3, "#10171f"), (0.7, "#2c3a48"))
    felt = ramp(weave, (0.2, "#15110f"), (0.8, "#2c2521"))
    for shape, surface, lit in (
        (rail, rgb("#39424a") * np.ones_like(light), 0.5),
        (hat, felt, 0.8),
        (coat, wool, 0.8),
    ):
        cover = shape.read(width / 1200)
        rim = np.clip(cover - np.roll(cover, (int(width * 0.006), int(width * 0.010)), (0, 1)), 0, 1)
        light = mix(light, surface + blur(rim, width / 200)[..., None] * rgb("#ffd9a6") * lit, cover)
    return develop(light, 1.3, vignette=0.3, bloom=0.12)
