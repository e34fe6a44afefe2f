"""Rooms in which something is decided, or kept."""

import numpy as np

from drawing.landscape import Camera
from drawing.light import develop, mix, ramp, rgb, smooth, unit
from drawing.noise import chance, clouds, every
from drawing.pictures import TALL, picture
from drawing.solids import Solids, box, photograph, rod


@picture("commission-room")
def commission_room(width, height):
    """Two chairs, one table, morning through tall windows: a room in which people have to agree."""
    camera = Camera(width, height, at=(1.5, 1.42, -2.5), lens=29, horizon=0.47, turn=-13)
    sun = unit(-0.80, 0.62, 0.06)
    window_at = (0.4, 2.9, 5.4)

    def window_wall(p):
        wall = box(p, (-3.72, 1.8, 3), (0.12, 2.4, 8))
        bars = np.full(len(p), 1e3, "float32")
        for z in window_at:
            wall = np.maximum(wall, -box(p, (-3.72, 1.95, z), (0.6, 1.25, 0.8)))
            bars = np.minimum(bars, box(p, (-3.72, 1.95, z), (0.03, 1.25, 0.022)))
            for y in (1.35, 2.0, 2.65):
                bars = np.minimum(bars, box(p, (-3.72, y, z), (0.03, 0.018, 0.8)))
        return np.minimum(wall, bars)

    def parquet(p):
        lane = np.floor(p[:, 0] / 0.14)
        board = np.floor(p[:, 2] / 1.1 + lane * 0.37)
        grain = clouds(p[:, 0] / 0.6, p[:, 2] / 6 + chance(lane, board), 3, 1.6)
        return ramp(0.55 * chance(lane, board) + 0.45 * grain, (0.15, "#6d4c33"), (0.85, "#a87f57"))

    def plaster(p):
        tone = clouds(p[:, 0] / 6 + p[:, 2] / 5, p[:, 1] / 5, 14)
        upper = ramp(tone, (0.2, "#a9b0a8"), (0.8, "#c0c5bb"))
        return mix(upper, rgb("#e4e0d4"), (p[:, 1] < 1.0).astype("float32"))

    def old_map(p):
        u, v = p[:, 0] / 2.2, p[:, 1] / 1.6
        relief = clouds(u + 0.1, v + 0.3, 90, 2.8)
        river = smooth(0.016, 0.004, np.abs(v - 1.03 - 0.22 * (clouds(u, u * 0 + 0.3, 95, 2.8) - 0.5) * 3))
        paper = mix(
            rgb("#d8c79f") * np.ones((len(p), 3), "float32"), rgb("#8f9a78"), smooth(0.52, 0.6, relief) * 0.7
        )
        return mix(paper, rgb("#3e6c7a"), river)

    def chair(p, x, facing):
        q = (p - np.array([x, 0, 3.55], "float32")) * np.array([facing, 1, 1], "float32")
        q[:, 2] = np.abs(q[:, 2])
        shape = box(q, (0, 0.46, 0), (0.23, 0.035, 0.23), 0.03)
        shape = np.minimum(shape, box(q, (-0.23, 0.98, 0), (0.02, 0.07, 0.23), 0.02))
        shape = np.minimum(shape, box(q, (-0.22, 0.72, 0), (0.012, 0.04, 0.22), 0.01))
        shape = np.minimum(shape, rod(q, (0.2, 0, 0.2), (0.2, 0.45, 0.2), 0.019))
        shape = np.minimum(shape, rod(q, (-0.26, 0, 0.2), (-0.21, 0.5, 0.2), 0.019))
        return np.minimum(shape, rod(q, (-0.21, 0.5, 0.2), (-0.235, 1.04, 0.2), 0.018))

    def table(p):
        q = p - np.array([0.1, 0, 3.55], "float32")
        shape = box(q, (0, 0.745, 0), (1.0, 0.022, 0.5), 0.008)
        q = np.stack([np.abs(q[:, 0]), q[:, 1], np.abs(q[:, 2])], -1)
        shape = np.minimum(shape, box(q, (0.45, 0.68, 0.42), (0.48, 0.045, 0.012)))
        return np.minimum(shape, rod(q, (0.9, 0, 0.42), (0.9, 0.73, 0.42), 0.03))

    def papers(p):
        shape = box(p, (-0.50, 0.774, 3.42), (0.11, 0.007, 0.15))
        shape = np.minimum(shape, box(p, (0.72, 0.771, 3.5), (0.11, 0.004, 0.15)))
        return np.minimum(shape, box(p, (0.05, 0.769, 3.35), (0.15, 0.002, 0.105)))

    def glass(p):
        carafe = np.minimum(
            rod(p, (0.12, 0.80, 3.72), (0.12, 0.90, 3.72), 0.058),
            rod(p, (0.12, 0.90, 3.72), (0.12, 1.06, 3.72), 0.022),
        )
        return np.minimum(
            carafe,
            np.minimum(
                rod(p, (-0.24, 0.79, 3.62), (-0.24, 0.86, 3.62), 0.033),
                rod(p, (0.46, 0.79, 3.66), (0.46, 0.86, 3.66), 0.033),
            ),
        )

    def mouldings(p):
        shape = box(p, (0, 1.0, 6.97), (3.71, 0.035, 0.05))
        shape = np.minimum(shape, box(p, (0, 0.09, 6.97), (3.71, 0.09, 0.03)))
        shape = np.minimum(shape, box(p, (0, 3.5, 6.9), (3.71, 0.12, 0.14)))
        panel, _ = every(p[:, 0] + 0.6, 1.2, 2)
        q = np.stack([panel, p[:, 1], p[:, 2]], -1)
        return np.minimum(
            shape,
            np.maximum(
                box(q, (0, 0.55, 6.98), (0.46, 0.32, 0.025)), -box(q, (0, 0.55, 6.98), (0.42, 0.28, 0.1))
            ),
        )

    def map_frame(p):
        return np.maximum(
            box(p, (0.1, 2.05, 6.97), (1.09, 0.75, 0.035)), -box(p, (0.1, 2.05, 6.9), (1.02, 0.68, 0.2))
        )

    room = Solids(
        (lambda p: p[:, 1], parquet),
        (lambda p: box(p, (0, 3.95, 2), (3.8, 0.3, 9)), "#d5d2c8"),
        (lambda p: box(p, (0, 1.8, 7.2), (3.84, 2.4, 0.2)), plaster),
        (lambda p: 3.7 - p[:, 0], plaster),
        (lambda p: p[:, 2] + 3.4, "#b6b7ae"),
        (window_wall, "#d9d6cb", ((-3.72, 1.8, 3), (0.12, 2.4, 8))),
        (mouldings, "#e2ded2", ((0, 1.85, 6.9), (3.71, 1.9, 0.16))),
        (lambda p: box(p, (3.66, 1.8, 6.96), (0.14, 2.0, 0.14)), "#dcd8cc"),
        (lambda p: box(p, (0.1, 2.05, 6.97), (1.02, 0.68, 0.02)), old_map),
        (map_frame, "#4b3220", ((0.1, 2.05, 6.97), (1.1, 0.76, 0.04))),
        (lambda p: chair(p, -1.45, 1), "#4a2f1f", ((-1.45, 0.55, 3.55), (0.32, 0.6, 0.3))),
        (lambda p: chair(p, 1.65, -1), "#4a2f1f", ((1.65, 0.55, 3.55), (0.32, 0.6, 0.3))),
        (table, "#5c3b25", ((0.1, 0.39, 3.55), (1.02, 0.4, 0.52))),
        (papers, "#f4f0e4", ((0.1, 0.77, 3.42), (0.75, 0.02, 0.25))),
        (glass, "#8fa6a8", ((0.1, 0.92, 3.68), (0.45, 0.2, 0.15))),
    )

    def shade(p, normal, colour, rng):
        light = room.reached(p, normal, sun[None], 9.0, 90, 100)[:, None] * rgb("#ffdfb0") * 7.5
        for z in window_at:
            spot = np.stack(
                [
                    np.full(len(p), -3.5),
                    np.full(len(p), 1.95 + rng.uniform(-0.9, 0.9)),
                    np.full(len(p), z + rng.uniform(-0.5, 0.5)),
                ],
                -1,
            )
            towards = spot.astype("float32") - p
            length = np.linalg.norm(towards, axis=-1)
            towards = towards / length[:, None]
            through = np.clip(-towards[:, 0], 0, 1) / (length * length + 1.6)
            light = (
                light
                + (through * room.reached(p, normal, towards, length - 0.1, 8, 26))[:, None]
                * rgb("#cfe0f0")
                * 4.2
            )
        air = room.open_to_air(p, normal, 0.35)[:, None]
        warm = np.exp(-np.linalg.norm(p - np.array([0.5, 0, 3.2], "float32"), axis=-1) / 2.6)[:, None]
        light = light + air * (
            0.26 * rgb("#dfe6ea") + 0.55 * warm * rgb("#e0b88a") * np.clip(0.6 - normal[:, 1:2], 0, 1)
        )
        return colour * light

    light = photograph(room, camera, shade, lambda d: np.ones_like(d) * rgb("#eef4f8") * 4.2, far=30)
    return develop(light, 1.15, vignette=0.25, bloom=0.10)


@picture("lecterns")
def lecterns(width, height):
    """Two lecterns on an empty stage; the microphones are on."""
    camera = Camera(width, height, at=(0.0, 1.3, -5.6), lens=42, horizon=0.54)

    def curtain(p):
        fold = 0.10 * np.sin(p[:, 0] * 7.0 + 2.2 * np.sin(p[:, 0] * 1.3)) + 0.03 * np.sin(p[:, 0] * 17)
        return (3.2 + fold - p[:, 2]) * 0.55

    def wood(p):
        grain = clouds(p[:, 0] * 0.9 + p[:, 2], p[:, 1] * 0.10, 21, 1.4)
        return ramp(grain, (0.2, "#5a3a22"), (0.8, "#93673e"))

    def stage(p):
        lane = np.floor(p[:, 2] / 0.16)
        grain = clouds(p[:, 0] / 5 + chance(lane), p[:, 2] / 0.7, 22, 1.6)
        seam = smooth(0.472, 0.49, np.abs(p[:, 2] / 0.16 - lane - 0.5))
        return ramp(grain, (0.2, "#3a2b22"), (0.8, "#5b4637")) * (1 - 0.5 * seam)[:, None]

    def each(p):
        q = p.copy()
        q[:, 0] = np.abs(p[:, 0]) - 0.92
        return q

    def body(p):
        q = each(p)
        q[:, 0] = q[:, 0] * (1.0 + 0.13 * (1.1 - np.clip(q[:, 1], 0, 1.2)))
        shape = box(q, (0, 0.52, 0), (0.29, 0.50, 0.2), 0.01)
        shape = np.minimum(shape, box(q, (0, 0.05, 0), (0.36, 0.05, 0.26), 0.01))
        shape = np.maximum(shape, -box(q, (0, 0.56, -0.21), (0.20, 0.32, 0.018)))
        return shape * 0.85

    def desk(p):
        q = each(p)
        q[:, 1] = q[:, 1] - 1.08 + q[:, 2] * 0.30
        return box(q, (0, 0, 0), (0.37, 0.028, 0.27), 0.01) * 0.9

    def sheet(p):
        q = each(p)
        q[:, 1] = q[:, 1] - 1.112 + q[:, 2] * 0.30
        return box(q, (0.02, 0, 0.02), (0.15, 0.004, 0.11)) * 0.9

    def microphones(p):
        q = each(p)
        q[:, 0] = np.abs(q[:, 0])
        shape = rod(q, (0.10, 1.0, -0.22), (0.12, 1.26, -0.20), 0.007)
        shape = np.minimum(shape, rod(q, (0.12, 1.26, -0.20), (0.075, 1.38, -0.04), 0.006))
        return np.minimum(shape, rod(q, (0.075, 1.38, -0.04), (0.058, 1.40, 0.03), 0.021))

    hall = Solids(
        (lambda p: p[:, 1], stage),
        (curtain, "#2d5266"),
        (body, wood, ((0, 0.52, 0), (1.36, 0.55, 0.28))),
        (desk, wood, ((0, 1.08, 0), (1.32, 0.13, 0.29))),
        (sheet, "#f3eee2", ((0, 1.11, 0), (1.12, 0.06, 0.15))),
        (microphones, "#14161a", ((0, 1.2, -0.1), (1.08, 0.26, 0.16))),
    )
    lamps = [(np.array([-2.2, 5.2, -2.6]), -0.92), (np.array([2.4, 5.2, -2.6]), 0.92)]

    def shade(p, normal, colour, rng):
        light = hall.open_to_air(p, normal)[:, None] * rgb("#7f9bb5") * 0.10
        for lamp, aim in lamps:
            spot = lamp + rng.normal(0, 0.04, (len(p), 3))
            towards = (spot - p).astype("float32")
            length = np.linalg.norm(towards, axis=-1)
            towards = towards / length[:, None]
            axis = unit(*(lamp - np.array([aim, 1.0, 0.5])))
            cone = smooth(0.90, 0.985, towards @ axis)
            light = (
                light
                + (cone * hall.reached(p, normal, towards, length, 30, 40))[:, None] * rgb("#ffe9c8") * 1.75
            )
        wash = np.exp(-((p[:, 1] - 2.9) ** 2) / 3.5) * np.clip(-normal[:, 2], 0, 1) * (p[:, 2] > 2.4)
        light = light + wash[:, None] * rgb("#a9c8dc") * 1.1
        gloss = (
            np.clip(normal[:, 1], 0, 1)
            * (p[:, 1] < 0.01)
            * np.exp(-(((np.abs(p[:, 0]) - 0.92) / 0.6) ** 2))
            * smooth(-3.5, 0.5, p[:, 2])
        )
        return colour * light + gloss[:, None] * rgb("#c9a376") * 0.05

    light = photograph(hall, camera, shade, lambda d: np.zeros_like(d), far=30, careful=0.8)
    return develop(light, 1.75, vignette=0.35, bloom=0.12)


@picture("chamber")
def chamber(width, height):
    """A debating chamber between sittings, from the public gallery."""
    camera = Camera(width, height, at=(0.0, 9.4, -14.5), lens=24, horizon=0.10)
    centre = np.array([0, 0, 4.0], "float32")
    first, pitch, step, rows = 4.2, 1.45, 0.34, 8

    def polar(p):
        q = p - centre
        return np.hypot(q[:, 0], q[:, 2]), np.arctan2(q[:, 0], -q[:, 2])

    def terraces(p):
        r, _ = polar(p)
        behind = p[:, 2] > centre[2] + 0.9
        r = np.where(behind, 0, r)
        row = np.clip(np.floor((r - first) / pitch) + 1, 0, rows)
        here = p[:, 1] - row * step
        ahead = p[:, 1] - np.clip(row + 1, 0, rows) * step
        edge = np.where(row < rows, first + row * pitch - r, 9)
        return np.minimum(here, np.where(ahead > 0, np.hypot(edge, ahead), np.maximum(edge, 0))) * 0.8

    def seat(p, up, inward, half_r, half_y, half_a, places=0.92):
        """One thing for every member, in curved rows."""
        r, a = polar(p)
        row = np.clip(np.round((r - first - pitch * 0.5 - inward) / pitch), 0, rows - 1)
        middle = first + pitch * (row + 0.5) + inward
        count = np.floor(np.pi * 0.92 * middle / places)
        width_ = np.pi * 0.92 / count
        cell = np.clip(np.round(a / width_ - 0.5), -np.floor(count / 2), np.floor(count / 2) - 1) + 0.5
        across = (a - cell * width_) * r
        aisle = np.abs(np.abs(cell * width_) - 0.52) < 0.5 * width_
        # in an aisle there is nothing, but the next place begins at the edge of the cell: no ray may step over it
        across = np.where(aisle, half_a + 0.02 + width_ * r / 2 - np.abs(across), across)
        q = np.stack([r - middle, p[:, 1] - (row + 1) * step - up, across], -1)
        return box(q, (0, 0, 0), (half_r, half_y, half_a), 0.02) * 0.8

    def rostrum(p):
        shape = box(p, (0, 0.55, 6.8), (3.4, 0.55, 0.8), 0.02)
        shape = np.minimum(shape, box(p, (0, 1.1, 8.3), (1.5, 1.1, 0.6), 0.02))
        return np.minimum(shape, box(p, (0, 0.45, 4.1), (0.9, 0.45, 0.35), 0.02))

    def wall(p):
        panel, _ = every(p[:, 0], 1.5)
        slats = 0.12 * smooth(0.6, 0.66, np.abs(panel))
        return (10.2 - slats - p[:, 2]) * 0.8

    def walnut(p):
        return ramp(
            clouds(p[:, 0] * 0.5 + p[:, 2] * 0.3, p[:, 1] * 0.04 + p[:, 2] * 0.05, 23, 2.0),
            (0.2, "#6a4226"),
            (0.8, "#9d6c40"),
        )

    def carpet(p):
        return ramp(clouds(p[:, 0] / 5, p[:, 2] / 5, 24, 0.8), (0.2, "#27404a"), (0.8, "#365560"))

    house = Solids(
        (terraces, carpet),
        (lambda p: seat(p, 0.36, -0.34, 0.19, 0.38, 0.47), walnut),
        (lambda p: seat(p, 0.24, 0.20, 0.23, 0.24, 0.27), "#7d2f35"),
        (lambda p: seat(p, 0.58, 0.42, 0.06, 0.34, 0.27), "#8a363c"),
        (lambda p: seat(p, 0.75, -0.33, 0.10, 0.008, 0.13), "#f1ecdd"),
        (rostrum, walnut),
        (wall, lambda p: walnut(p) * 0.9),
        (
            lambda p: np.maximum(np.hypot(p[:, 0], p[:, 1] - 4.7) - 1.5, np.abs(p[:, 2] - 10.0) - 0.08),
            lambda p: mix(
                rgb("#c8b284") * np.ones_like(p),
                rgb("#6d4a2c"),
                (np.abs(every(np.hypot(p[:, 0], p[:, 1] - 4.7), 0.5)[0]) < 0.035).astype("float32"),
            ),
        ),
    )
    lamp = np.array([0.0, 13.0, 1.0])

    def shade(p, normal, colour, rng):
        spot = lamp + rng.uniform(-1, 1, 3) * np.array([2.6, 0.2, 2.4])
        towards = (spot - p).astype("float32")
        length = np.linalg.norm(towards, axis=-1)
        towards = towards / length[:, None]
        top = house.reached(p, normal, towards, length, 9, 30)
        fall = np.exp(-np.hypot(p[:, 0], p[:, 2] - 2.5) / 15)
        light = (top * fall)[:, None] * rgb("#fff0d6") * 2.1
        return colour * (light + house.open_to_air(p, normal, 0.9)[:, None] * rgb("#b9c6d2") * 0.20)

    light = photograph(house, camera, shade, lambda d: np.zeros_like(d), far=50, careful=0.8)
    return develop(light, 1.75, vignette=0.45, bloom=0.06)


@picture("library-stacks", TALL)
def library_stacks(width, height):
    """Down an aisle of bound volumes to the window at its end."""
    camera = Camera(width, height, at=(0.10, 1.5, 0), lens=27, horizon=0.52)
    half, shelf_gap, bay, end = 0.78, 0.37, 2.3, 19.0

    def spines(p):
        side = np.abs(p[:, 0])
        post, _ = every(p[:, 2] - bay / 2, bay)
        return np.where(np.abs(post) < 0.4, half + 0.06 - side, half + 0.06 - side) * 1.0

    def boards(p):
        q = np.stack([np.abs(p[:, 0]), p[:, 1], p[:, 2]], -1)
        level, _ = every(q[:, 1] - 0.12, shelf_gap)
        shape = box(np.stack([q[:, 0], level, q[:, 2]], -1), (half + 0.2, 0, 9), (0.2, 0.014, 30))
        post, _ = every(q[:, 2] - bay / 2, bay)
        return np.minimum(
            shape, box(np.stack([q[:, 0], q[:, 1], post], -1), (half + 0.2, 2, 0), (0.215, 3, 0.028))
        )

    def books(p):
        level = np.floor((p[:, 1] - 0.12) / shelf_gap)
        up = (p[:, 1] - 0.12) / shelf_gap - level
        side = np.sign(p[:, 0])
        # Runs of one binding, as bound volumes have: the colour goes by the run, the width by the volume.
        run = np.floor(p[:, 2] / 0.62 + chance(level, side) * 3)
        thick = 0.028 + 0.030 * chance(run, level, side)
        volume = np.floor(p[:, 2] / thick)
        inside = p[:, 2] / thick - volume
        tall = 0.66 + 0.22 * chance(run, level, side * 2) + 0.03 * chance(volume, run)
        bindings = np.stack(
            [
                rgb(c)
                for c in (
                    "#5b2a22",
                    "#6f4a2b",
                    "#2f4038",
                    "#2b3a4d",
                    "#7a6a4c",
                    "#43302a",
                    "#8a7a5c",
                    "#6b2f2f",
                )
            ]
        )
        colour = (
            bindings[(chance(run, level, side * 3) * 7.99).astype("int32")]
            * (0.8 + 0.4 * chance(volume, level))[:, None]
        )
        band = smooth(0.02, 0.0, np.abs(up - tall * 0.78)) + smooth(0.012, 0.0, np.abs(up - tall * 0.30))
        colour = mix(colour, rgb("#c9a55c"), np.clip(band, 0, 1) * (chance(run, side) > 0.35) * 0.75)
        curve_ = 0.35 + 0.65 * np.sin(np.pi * np.clip(inside, 0, 1)) ** 0.5
        gone = (up > tall) | (chance(volume, level, side * 5) < 0.035)
        return np.where(gone[:, None], rgb("#0d0907"), colour * curve_[:, None])

    def tiles(p):
        check = (np.floor(p[:, 0] / 0.39) + np.floor(p[:, 2] / 0.39)) % 2
        return mix(rgb("#a89c86") * np.ones((len(p), 3), "float32"), rgb("#4a4138"), check)

    def window(p):
        return np.minimum(box(p, (0, 2.1, end), (0.62, 1.35, 0.02)), 99)

    def end_wall(p):
        bars = np.minimum(box(p, (0, 2.1, end - 0.05), (0.02, 1.35, 0.02)), 99)
        for y in (1.3, 1.85, 2.4, 2.95):
            bars = np.minimum(bars, box(p, (0, y, end - 0.05), (0.62, 0.016, 0.02)))
        return np.minimum(np.maximum(end + 0.05 - p[:, 2], -box(p, (0, 2.1, end), (0.62, 1.35, 0.4))), bars)

    def lamp_shades(p):
        z, _ = every(p[:, 2] - 3.0, 3.2, 4)
        q = np.stack([p[:, 0], p[:, 1], z], -1)
        return np.minimum(rod(q, (0, 2.62, 0), (0, 2.63, 0), 0.085), rod(q, (0, 2.65, 0), (0, 4, 0), 0.006))

    stacks = Solids(
        (lambda p: p[:, 1], tiles),
        (lambda p: 3.45 - p[:, 1], "#cdc3ae"),
        (spines, books),
        (boards, "#6a452a"),
        (end_wall, "#8d8470"),
        (window, "#ffffff"),
        (lamp_shades, "#fff3d8"),
    )
    lamps = [3.0 + 3.2 * i for i in range(-1, 5)]

    def shade(p, normal, colour, rng):
        air = stacks.open_to_air(p, normal, 0.35)[:, None]
        light = air * rgb("#c8b79a") * 0.10
        for z in lamps:
            towards = np.array([0, 2.6, z], "float32") - p
            length = np.linalg.norm(towards, axis=-1)
            towards = towards / length[:, None]
            facing = np.clip(np.sum(normal * towards, -1) * 0.85 + 0.15, 0, 1)
            clear = 1.0 if z < -1 else stacks.lit_from(p + normal * 0.02, towards, length - 0.25, 12, 14)
            light = light + (facing * clear / (length**2 + 0.25))[:, None] * rgb("#ffcf8f") * 0.62
        towards = (
            np.array([0, 2.1, end - 0.4], "float32")
            + rng.uniform(-0.6, 0.6, (len(p), 3)).astype("float32") * [1, 2, 0]
            - p
        )
        length = np.linalg.norm(towards, axis=-1)
        towards = (towards / length[:, None]).astype("float32")
        facing = np.clip(np.sum(normal * towards, -1), 0, 1)
        light = light + air * (facing / (0.25 * length**1.3 + 0.6))[:, None] * rgb("#d3e4f2") * 1.1
        glowing = (
            (p[:, 2] > end - 0.06)
            & (np.abs(p[:, 0]) < 0.62)
            & (np.abs(p[:, 1] - 2.1) < 1.35)
            & (p[:, 2] > end - 0.03)
        )
        bulbs = (np.abs(p[:, 1] - 2.62) < 0.1) & (np.abs(p[:, 0]) < 0.1)
        out = colour * light
        out = np.where(glowing[:, None], rgb("#e8f1f7") * 3.2, out)
        out = np.where(bulbs[:, None], rgb("#ffdca4") * 4.5, out)
        return mix(out, rgb("#b9a98c") * 0.5, (1 - np.exp(-p[:, 2] / 60)))

    light = photograph(stacks, camera, shade, lambda d: np.ones_like(d) * 0.5, far=40, careful=0.9)
    return develop(light, 2.5, vignette=0.35, bloom=0.12, contrast=1.04)


@picture("pigeonholes")
def pigeonholes(width, height):
    """A wall of pigeonholes for letters, some full and some empty, in the light of one window."""
    camera = Camera(width, height, at=(-0.62, 1.55, -1.55), lens=34, horizon=0.50, turn=16)
    wide, tall = 0.21, 0.155

    def cells(p):
        x, i = every(p[:, 0], wide)
        y, j = every(p[:, 1], tall)
        return x, y, i, j

    def frame(p):
        x, y, _, _ = cells(p)
        upright = np.maximum(wide / 2 - np.abs(x) - 0.008, -p[:, 2])
        shelf = np.maximum(tall / 2 - np.abs(y) - 0.006, -p[:, 2])
        return np.minimum(upright, shelf) * 0.9

    def letters(p):
        x, y, i, j = cells(p)
        much = np.clip(chance(i, j, 2) * 1.5 - 0.45, 0, 1) * 0.105
        back = 0.05 + 0.05 * chance(j, i, 4)
        turn = (chance(i, j, 6) - 0.5) * 0.16
        u, w = x + turn * (p[:, 2] - 0.2), p[:, 2] - turn * x
        pile = np.maximum(
            np.maximum(np.abs(u) - 0.078, y + tall / 2 - 0.006 - much), np.maximum(back - w, w - 0.28)
        )
        lean = u - (chance(i, j, 9) - 0.5) * 0.09 - (y + tall / 2) * 0.22
        single = np.maximum(np.maximum(np.abs(lean) - 0.0016, y - 0.040), np.maximum(0.04 - w, w - 0.24))
        shape = np.where(much > 0.002, pile, 0.05)
        return np.minimum(shape, np.where((chance(j, i, 11) > 0.62) & (much < 0.05), single, 0.05)) * 0.7

    def labels(p):
        x, y, _, _ = cells(p)
        return box(np.stack([x, y + tall / 2, p[:, 2]], -1), (0, 0, -0.002), (0.036, 0.0055, 0.004))

    def wood(p):
        _, _, i, j = cells(p)
        upright = np.abs(every(p[:, 0], wide)[0]) > wide / 2 - 0.011
        along = np.where(upright, p[:, 1], p[:, 0])
        across = np.where(upright, p[:, 0], p[:, 1])
        grain = clouds(along * 0.5 + chance(i, j), across * 4 + p[:, 2], 27, 1.6)
        return ramp(grain, (0.2, "#5d3a20"), (0.8, "#9a6a3e"))

    def paper(p):
        _, y, i, j = cells(p)
        sheet = np.floor((y + tall / 2) / 0.0042)
        tone = ramp(chance(sheet, i, j), (0, "#cbb994"), (0.45, "#e9e0cb"), (0.85, "#f3eee0"), (1, "#b9c6cc"))
        edge = np.abs((y + tall / 2) / 0.0042 - sheet - 0.5)
        return tone * (1 - 0.35 * smooth(0.36, 0.5, edge))[:, None]

    wall = Solids((frame, wood), (letters, paper), (labels, "#b08d45"), (lambda p: 0.3 - p[:, 2], "#4a2f1b"))
    window = np.array([-2.6, 2.5, -1.9], "float32")

    def shade(p, normal, colour, rng):
        light = wall.open_to_air(p, normal, 0.12)[:, None] * rgb("#c9b79c") * 0.55
        spot = window + rng.uniform(-0.22, 0.22, 3).astype("float32")
        towards = spot - p
        length = np.linalg.norm(towards, axis=-1)
        towards = towards / length[:, None]
        light = (
            light
            + (wall.reached(p, normal, towards, length, 22, 34) / (length**2 + 1))[:, None]
            * rgb("#fff0d4")
            * 26
        )
        return colour * light

    light = photograph(wall, camera, shade, lambda d: np.zeros_like(d), far=12, careful=0.8)
    return develop(light, 1.35, vignette=0.4, bloom=0.05)
