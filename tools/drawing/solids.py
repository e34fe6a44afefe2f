"""Rooms and buildings: solids given by their distance, and marched through."""

import numpy as np
from PIL import Image

from drawing.landscape import Camera
from drawing.light import normalized, rgb


def box(p, centre, half, round_=0.0):
    q = np.abs(p - np.array(centre, "float32")) - (np.array(half, "float32") - round_)
    outside = np.sqrt(np.sum(np.maximum(q, 0) ** 2, -1))
    return outside + np.minimum(np.max(q, -1), 0) - round_


def rod(p, start, end, radius):
    start, end = np.array(start, "float32"), np.array(end, "float32")
    along = end - start
    h = np.clip((p - start) @ along / (along @ along), 0, 1)
    return np.linalg.norm(p - start - h[..., None] * along, axis=-1) - radius


class Solids:
    """A scene of parts. A part is (distance, colour) or (distance, colour, bounds).

    distance(p) is in metres; colour a code or a function of points; bounds the (centre, half) of a box around the
    part, which need not be measured by points that have something nearer than that box.
    """

    def __init__(self, *parts):
        self.parts = [(*part, None)[:3] for part in parts]

    def distance(self, p):
        nearest = np.full(len(p), np.inf, "float32")
        for measure, _, bounds in self.parts:
            if bounds is None:
                nearest = np.minimum(nearest, measure(p))
            else:
                close = np.flatnonzero(box(p, *bounds) < nearest)
                nearest[close] = np.minimum(nearest[close], measure(p[close]))
        return nearest

    def march(self, origin, directions, far, steps=110, careful=0.9):
        """How far each ray goes until it meets something; inf where it meets nothing."""
        travelled = np.full(len(directions), 0.02, "float32")
        running = np.arange(len(directions))
        for _ in range(steps):
            origins = origin[running] if origin.ndim == 2 else origin
            gap = self.distance(origins + directions[running] * travelled[running, None])
            travelled[running] += gap * careful
            running = running[(gap > 0.0006 * np.maximum(travelled[running], 1)) & (travelled[running] < far)]
            if not len(running):
                break
        travelled[travelled >= far] = np.inf
        return travelled

    def normal(self, p, e=0.002):
        corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], "float32")
        return normalized(sum(c * self.distance(p + e * c)[:, None] for c in corners) + 1e-9)

    def colour(self, p):
        distances = np.stack([measure(p) for measure, _, _ in self.parts])
        part = np.argmin(distances, 0)
        out = np.zeros((len(p), 3), "float32")
        for number, (_, paint, _) in enumerate(self.parts):
            mine = part == number
            if mine.any():
                out[mine] = paint(p[mine]) if callable(paint) else rgb(paint)
        return out

    def open_to_air(self, p, normal, reach=0.6, steps=6):
        """Ambient light: corners are darker than open places."""
        blocked = 0
        for i in range(1, steps + 1):
            h = reach * i / steps
            blocked = blocked + np.clip(h - self.distance(p + normal * h), 0, None) / h * 0.62**i
        return np.clip(1 - 0.85 * blocked, 0.08, 1)

    def lit_from(self, p, towards, length, sharpness=10.0, steps=34):
        """How much of a light gets through from `towards` (unit vectors), over `length` metres. Soft edged."""
        towards = np.broadcast_to(towards, p.shape)
        length = np.broadcast_to(np.float32(length), len(p))
        lit, t, running = np.ones(len(p), "float32"), np.full(len(p), 0.03, "float32"), np.arange(len(p))
        for _ in range(steps):
            gap = self.distance(p[running] + towards[running] * t[running, None])
            lit[running] = np.minimum(lit[running], np.clip(sharpness * gap / t[running], 0, 1))
            t[running] += np.clip(gap, 0.02, None)
            running = running[(t[running] < length[running]) & (lit[running] > 0.01)]
            if not len(running):
                break
        return lit * lit * (3 - 2 * lit)

    def reached(self, p, normal, towards, length, sharpness=10.0, steps=34):
        """The same, times how squarely the surface faces the light; what faces away is not marched."""
        facing = np.clip(np.sum(normal * towards, -1), 0, 1)
        some = np.flatnonzero(facing > 0.004)
        clear = np.zeros(len(p), "float32")
        towards, length = np.broadcast_to(towards, p.shape), np.broadcast_to(np.float32(length), len(p))
        clear[some] = self.lit_from(
            p[some] + normal[some] * 0.015, towards[some], length[some], sharpness, steps
        )
        return facing * clear


def photograph(solids, camera, shade, backdrop, far=60.0, frames=3, reduce=0.5, careful=0.9, steps=110):
    """March a scene of solids and average a few frames, each shaken by less than a pixel and lit by other chances.

    `shade(points, normals, colours, rng)` gives the light of what was met, `backdrop(directions)` that of the rest.
    It is worked out at `reduce` of the size: soft light loses nothing, and it takes a quarter of the time.
    """
    width, height = camera.width, camera.height
    small = (round(width * reduce), round(height * reduce))
    total = 0
    for frame in range(frames):
        rng = np.random.default_rng(frame)
        view = Camera(*small, at=camera.at, turn=np.degrees(camera.turn))
        view.focal, view.horizon = camera.focal * reduce, camera.horizon * reduce
        shake = (np.array([frame % 2, frame // 2 % 2]) * 0.5 - 0.25) / view.focal
        directions = view.rays() + np.array([shake[0], shake[1], 0], "float32")
        directions = normalized(directions).reshape(-1, 3).astype("float32")
        distance = solids.march(camera.at, directions, far, steps, careful)
        light = backdrop(directions)
        met = np.isfinite(distance)
        points = camera.at + directions[met] * distance[met, None]
        light[met] = shade(points, solids.normal(points), solids.colour(points), rng)
        total = total + light.reshape(small[1], small[0], 3)
    planes = [
        Image.fromarray(plane).resize((width, height), Image.BICUBIC)
        for plane in np.moveaxis(total / frames, -1, 0)
    ]
    return np.clip(np.stack(planes, -1), 0, None)
