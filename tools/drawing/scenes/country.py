"""Valleys, ridges and a delta."""

from heapq import heappop, heappush

import numpy as np
from PIL import Image

from drawing.landscape import Camera, Land, Sky
from drawing.light import blur, develop, mix, normalized, ramp, rgb, smooth, unit
from drawing.noise import clouds, ridges
from drawing.pictures import picture
from drawing.shapes import Stencil


@picture("upper-valley")
def upper_valley(width, height):
    """A lake held between mountains, early, with the first sun on the snow."""
    camera = Camera(width, height, at=(0, 46, 0), lens=32, horizon=0.56)
    sun = unit(-0.75, 0.34, 0.28)
    sky = Sky(
        (0, "#f3dcc4"),
        (0.25, "#cfd6dc"),
        (0.6, "#7f9bb5"),
        (1, "#3d6288"),
        sun=sun,
        sun_power=0.5,
        cover=0.42,
        cloud_scale=0.03,
        seed=31,
        cloud_colour="#fdf1e3",
        cloud_shade="#a9b3bf",
    )

    def ground(x, z):
        valley = np.abs(x + 260 * np.sin(z / 1500)) / (620 + z * 0.05)
        walls = smooth(0.35, 2.4, valley)
        peaks = ridges(x / 5200 + 3.1, z / 5200 + 0.4, 40, 9, 0.48)
        head = smooth(3800, 8200, z)
        return (walls * 0.75 + head * 0.95) * peaks * 2900 - 24 + 60 * walls

    land = Land(lambda x, z: np.maximum(ground(x, z), 0))
    rays, distance = land.view(camera, 12, 26_000, 3000)
    light = sky(rays)
    seen = np.isfinite(distance)
    d = np.where(seen, distance, 1)
    x, z = camera.at[0] + rays[..., 0] * d, camera.at[2] + rays[..., 2] * d
    normal, y = land.normal(x, z, d, camera)
    detail = ridges(x / 240, z / 240, 9, 4)
    steep = 1 - normal[..., 1]
    rock = mix(ramp(detail, (0, "#3a3c3e"), (1, "#8a847a")), rgb("#54503f"), smooth(900, 100, y) * 0.5)
    forest = ramp(clouds(x / 90, z / 90, 3, 1.2), (0.2, "#10201c"), (0.8, "#2f4434"))
    surface = mix(rock, forest, smooth(520, 330, y + 260 * (detail - 0.5)) * smooth(0.62, 0.35, steep))
    surface = mix(
        surface, rgb("#eef3f8"), smooth(820, 1150, y + 500 * (detail - 0.5)) * smooth(0.5, 0.28, steep)
    )
    lit = land.sunlit(x, y, z, sun, 6000) * np.clip(normal @ sun, 0, 1)
    shaded = surface * (
        lit[..., None] * rgb("#ffd9a8") * 2.3 + (0.25 + 0.3 * normal[..., 1:2]) * rgb("#9fb9d6")
    )
    haze = 1 - np.exp(-d / 30_000 - d / 14_000 * np.exp(-np.clip(y, 0, 4000) / 200))
    shaded = mix(shaded, ramp(np.clip(rays[..., 1] + 0.4, 0, 1), (0.3, "#c9d3dc"), (0.7, "#e9dccb")), haze)
    light = mix(light, shaded, seen)
    water = seen & (y <= 0.01)
    return develop(
        _mirror(light, water, camera, rays, d, "#16323a", 0.0016, 0.62), 1.5, vignette=0.3, warmth=0.01
    )


def _mirror(light, water, camera, rays, distance, deep, ripple, strength):
    """Still water: the picture above the shore turned over, drawn out a little by ripples."""
    height, width = light.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    x, z = rays[..., 0] * distance, rays[..., 2] * distance
    wave = clouds(x / 60, z / 60, 71, 1.6) - 0.5
    fine = clouds(x / 9, z / 22, 72, 1.4) - 0.5
    shift = (wave * 26 + fine * 18) * ripple * height * (0.25 + (rows / height - 0.5))
    source = np.clip(2 * camera.horizon - rows + shift * 4, 0, camera.horizon).astype("int32")
    reflected = blur(light, width / 1400)[source, np.clip(columns + shift.astype("int32"), 0, width - 1)]
    downward = np.clip(-normalized(rays)[..., 1], 0, 1)
    fresnel = np.clip(0.05 + strength * (1 - downward) ** 4, 0, 1)
    return mix(light, mix(rgb(deep) * np.ones_like(light), reflected, fresnel), water)


@picture("ridge-watchtower")
def ridge_watchtower(width, height):
    """Ridge behind ridge in morning mist, and one old watchtower."""
    camera = Camera(width, height, at=(0, 520, 0), lens=58, horizon=0.34)
    sun = unit(0.5, 0.16, 0.85)
    sky = Sky(
        (0, "#e9ddd0"), (0.2, "#d3d6da"), (0.5, "#a3b6c6"), (1, "#7893ab"), sun=sun, sun_power=0.42, glow=4
    )

    def ground(x, z):
        bend = 900 * (clouds(x / 9000, z / 30_000, 14, 4.0) - 0.5) + 0.12 * x
        crest = 1 - np.abs(np.sin((z + bend * 4 - 300) / 760))
        detail = ridges(x / 2600 + 7.3, z / 2600 + 2.2, 80, 8, 0.46)
        return (0.30 + 0.70 * crest**1.3) * (140 + z * 0.062) * (0.55 + 0.9 * detail) * smooth(300, 1300, z)

    land = Land(ground)
    rays, distance = land.view(camera, 60, 24_000, 4000)
    seen = np.isfinite(distance)
    d = np.where(seen, distance, 1)
    x, z = camera.at[0] + rays[..., 0] * d, camera.at[2] + rays[..., 2] * d
    normal, y = land.normal(x, z, d, camera)
    trees = clouds(x / 60, z / 60, 3, 1.0)
    surface = ramp(trees, (0.25, "#0f1b1d"), (0.75, "#2f4140"))
    lit = land.sunlit(x, y, z, sun, 2500, 30, 0.2) * np.clip(normal @ sun, 0, 1)
    shaded = surface * (
        lit[..., None] * rgb("#ffdfb4") * 2.4 + (0.3 + 0.5 * normal[..., 1:2]) * rgb("#a7b9c6")
    )
    mist_top = 60 + z * 0.03 + 150 * clouds(x / 5200, z / 5200, 12)
    mist = 1 - np.exp(-d / 16_000 - d / 2600 * np.exp(-np.clip(y - mist_top, 0, 2000) / 60))
    glow = sky(np.stack([rays[..., 0], np.full_like(d, 0.05), rays[..., 2]], -1))
    light = mix(sky(rays), mix(shaded, glow * 0.94, mist), seen)
    column = int(0.105 * width)
    row = int(np.argmax(distance[:, column] < 3400))
    light = mix(
        light, rgb("#1a2427"), _watchtower(width, height, column, row + height * 0.006, height * 0.00072)
    )
    return develop(light, 1.15, vignette=0.25, contrast=1.06)


def _watchtower(width, height, x, foot, u):
    """A cabin on four legs, one unit being about 40 cm."""
    tower = Stencil(width, height)
    for side in (-1, 1):
        tower.line([(x + side * 15 * u, foot), (x + side * 8 * u, foot - 62 * u)], 2.6 * u)
        tower.line([(x - side * 13 * u, foot - 18 * u), (x + side * 10 * u, foot - 44 * u)], 1.5 * u)
    tower.line([(x - 13 * u, foot - 18 * u), (x + 13 * u, foot - 18 * u)], 1.5 * u)
    tower.line([(x - 15 * u, foot - 62 * u), (x + 15 * u, foot - 62 * u)], 2.6 * u)
    tower.box(x - 10 * u, foot - 84 * u, x + 10 * u, foot - 62 * u)
    tower.polygon([(x - 16 * u, foot - 84 * u), (x + 16 * u, foot - 84 * u), (x, foot - 97 * u)])
    tower.line([(x, foot - 95 * u), (x, foot - 112 * u)], 1.2 * u)
    return tower.read(0.5)


@picture("delta-aerial")
def delta_aerial(width, height):
    """A river delta from above. Its channels are the tree of cheapest ways from the river's mouth to every cell."""
    h, w = height // 2, width // 2
    y, x = np.mgrid[0:h, 0:w].astype("float32")
    u, v = x / w * 1.5, y / h
    hard = np.exp(
        4.5 * (clouds(u * 0.9, v * 0.9, 91, 1.8) - 0.5) + 1.8 * np.random.default_rng(4).random((h, w))
    )
    shore = np.hypot(u - 0.86, (v + 0.45) * 0.9) + 0.45 * (clouds(u * 0.8, v * 0.8, 94, 2.6) - 0.5)
    dry = smooth(1.32, 1.22, shore)
    flow = _channels(hard, source=int(0.86 / 1.5 * w), dry=dry > 0.5)
    water = np.zeros((h, w), "float32")
    for least in np.geomspace(170, 120_000, 13):
        radius = 0.55 * (least / 170) ** 0.34 * w / 1000
        water = np.maximum(
            water, smooth(0.40, 0.75, 2.5 * radius * blur((flow > least).astype("float32"), radius))
        )
    near_water, water, shore = (
        np.asarray(Image.fromarray(plane).resize((width, height), Image.BICUBIC))
        for plane in (blur(water, w / 90), water, shore)
    )
    y, x = np.mgrid[0:height, 0:width].astype("float32")
    u, v = x / width * 1.5, y / height
    tone, fine = clouds(u * 0.9, v * 0.9, 92), clouds(u * 3, v * 3, 93, 2.3)
    land = ramp(
        tone * 0.6 + fine * 0.4, (0.3, "#5f5d48"), (0.45, "#857e62"), (0.56, "#a3987d"), (0.72, "#bdb296")
    )
    marsh = ramp(fine, (0.3, "#26382f"), (0.7, "#586450"))
    light = mix(land, marsh, smooth(0.05, 0.5, near_water + 1.1 * (tone - 0.5)) * 0.9)
    tide = clouds(u * 1.6, v * 1.6, 94)
    channel = ramp(
        tide + 0.3 * near_water, (0.3, "#7aa094"), (0.5, "#45807f"), (0.7, "#23606b"), (0.95, "#174653")
    )
    light = mix(light, rgb("#cfc59f"), smooth(0.02, 0.45, water) * 0.7)
    light = mix(light, channel, smooth(0.35, 0.75, water))
    out = shore - 1.27 + 0.16 * (tide - 0.5)
    sea_floor = ramp(
        out, (-0.06, "#c7bd95"), (0.0, "#a9b79a"), (0.07, "#6b9f98"), (0.2, "#2f7079"), (0.42, "#113f52")
    )
    plume = smooth(0.42, 0.75, clouds(u * 1.4, v * 1.4 - out, 98, 2.4)) * smooth(0.4, 0.02, out)
    light = mix(light, mix(sea_floor, rgb("#b9b894"), plume * 0.5), smooth(-0.05, 0.035, out))
    return develop(light, 1.3, vignette=0.4, grain=0.006, contrast=1.05)


def _channels(hard, source, dry):
    """How many dry cells are reached through each cell, walking from the top edge at `source` by the easiest way."""
    height, width = hard.shape
    cost, parent = np.full(hard.size, np.inf), np.full(hard.size, -1, "int64")
    done, order = np.zeros(hard.size, bool), []
    flat, cost[source] = hard.ravel(), 0
    queue = [(0.0, source)]
    while queue:
        so_far, cell = heappop(queue)
        if done[cell]:
            continue
        done[cell] = True
        order.append(cell)
        row, column = divmod(cell, width)
        for dy, dx, length in NEIGHBOURS:
            if 0 <= row + dy < height and 0 <= column + dx < width:
                other = cell + dy * width + dx
                through = so_far + flat[other] * length
                if through < cost[other]:
                    cost[other], parent[other] = through, cell
                    heappush(queue, (through, other))
    flow = dry.ravel().astype("float64")
    for cell in reversed(order[1:]):
        flow[parent[cell]] += flow[cell]
    return flow.reshape(hard.shape)


NEIGHBOURS = [(dy, dx, float(np.hypot(dy, dx))) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
