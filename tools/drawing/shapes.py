"""Flat shapes: what stands against the light."""

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from drawing.light import blur


class Stencil:
    """Shapes drawn in pixels at three times the size, read back as soft-edged coverage from 0 to 1."""

    SCALE = 3

    def __init__(self, width, height):
        self.size = (width, height)
        self.image = Image.new("L", (width * self.SCALE, height * self.SCALE))
        self.draw = ImageDraw.Draw(self.image)

    def _points(self, points):
        return [(float(x) * self.SCALE, float(y) * self.SCALE) for x, y in points]

    def polygon(self, points, value=1.0):
        self.draw.polygon(self._points(points), fill=round(value * 255))
        return self

    def line(self, points, thickness=1.0, value=1.0):
        wide = max(1, round(thickness * self.SCALE))
        self.draw.line(self._points(points), fill=round(value * 255), width=wide, joint="curve")
        return self

    def ellipse(self, x, y, rx, ry=None, value=1.0):
        ry = rx if ry is None else ry
        (a, b), (c, d) = self._points([(x - rx, y - ry), (x + rx, y + ry)])
        self.draw.ellipse([a, b, c, d], fill=round(value * 255))
        return self

    def box(self, left, top, right, bottom, value=1.0):
        (a, b), (c, d) = self._points(
            [(min(left, right), min(top, bottom)), (max(left, right), max(top, bottom))]
        )
        self.draw.rectangle([a, b, c, d], fill=round(value * 255))
        return self

    def read(self, soft=0.0):
        coverage = np.asarray(self.image.resize(self.size, Image.BOX), "float32") / 255
        return blur(coverage, soft)


def curve(*points, count=40):
    """A Bézier curve through its control points' hull."""
    t = np.linspace(0, 1, count)[:, None]
    points = [np.array(p, "float64")[None] for p in points]
    while len(points) > 1:
        points = [a * (1 - t) + b * t for a, b in pairwise(points)]
    return [tuple(p) for p in points[0]]
