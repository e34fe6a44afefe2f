"""A globe turned to a place: a sphere seen from afar, with its circles of latitude and longitude.

Seen in parallel light (an orthographic projection) every circle on the sphere is an ellipse, and the part of it that
faces us is one elliptical arc. So each line here is a single SVG arc, exact at any size.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import acos, atan2, cos, degrees, hypot, pi, radians, sin, tan

STEP = 15  # degrees between the circles
_POLE = radians(89.99)


@dataclass(frozen=True)
class Globe:
    grid: str  # path data of the graticule
    parallel: str  # path data of the place's own circle of latitude
    x: float  # where the place is
    y: float


@lru_cache(maxsize=256)
def globe(latitude, longitude, *, centre=80, radius=78) -> Globe:
    """Return the globe on which the place is in front, a little right of the middle, in SVG units.

    The view is tilted by half the latitude, so that the circles bend; it looks at a point west of the place, where a
    meridian of the graticule runs as it does on a map.
    """
    tilt, place = radians(latitude / 2), radians(15 + longitude % STEP)
    middle = radians(longitude) - place
    grid = [_parallel(radians(at), tilt, centre, radius) for at in range(-90 + STEP, 90, STEP)]
    grid += [_meridian(radians(at) - middle, tilt, centre, radius) for at in range(0, 180, STEP)]
    right, up = _seen(radians(latitude), place, tilt)
    return Globe(
        grid="".join(grid),
        parallel=_parallel(radians(latitude), tilt, centre, radius),
        x=round(centre + radius * right, 1),
        y=round(centre - radius * up, 1),
    )


def _seen(latitude, longitude, tilt):
    """Where a point of the unit sphere is seen, right and up; its longitude counts from the middle of the view."""
    right = cos(latitude) * sin(longitude)
    up = sin(latitude) * cos(tilt) - cos(latitude) * cos(longitude) * sin(tilt)
    return right, up


def _parallel(latitude, tilt, centre, radius):
    """The visible arc of a circle of latitude; empty when all of it lies on the far side."""
    latitude = max(-_POLE, min(_POLE, latitude))
    edge = -tan(latitude) * tan(tilt)  # it dips behind the edge of the disc where cos(longitude) is this
    if edge >= 1:
        return ""
    rx, ry = radius * cos(latitude), radius * cos(latitude) * abs(sin(tilt))
    reach = acos(max(edge, -1))
    whole = edge < -0.99  # as good as all of it
    ends = [_seen(latitude, side * (pi / 2 if whole else reach), tilt) for side in (-1, 1)]
    left, right = ((centre + radius * x, centre - radius * y) for x, y in ends)
    sweep = tilt < 0
    if whole:  # an arc may not end where it begins: there and back
        return _arc(left, right, rx, ry, sweep=sweep) + _arc(right, left, rx, ry, sweep=sweep)
    return _arc(left, right, rx, ry, large=reach > pi / 2, sweep=sweep)


def _meridian(longitude, tilt, centre, radius):
    """The near half of the great circle through both poles at `longitude`: half an ellipse, from edge to edge."""
    # (x, y, near) stands upright on the plane of that circle; the ellipse is as flat as it points towards us
    x, y, near = cos(longitude), sin(longitude) * sin(tilt), -sin(longitude) * cos(tilt)
    length = hypot(x, y)
    if length < 1e-9:
        return ""  # seen from straight above: the circle is the edge of the disc
    along_x, along_y = -y / length, x / length
    return _arc(
        (centre - radius * along_x, centre + radius * along_y),
        (centre + radius * along_x, centre - radius * along_y),
        radius,
        radius * abs(near),
        turned=degrees(atan2(-along_y, along_x)),
        sweep=near > 0,
    )


def _arc(start, end, rx, ry, *, turned=0, large=False, sweep=False):
    head = f"M{_short(start[0])} {_short(start[1])}"
    if ry < 0.05:  # seen edge on
        return f"{head}L{_short(end[0])} {_short(end[1])}"
    return f"{head}A{_short(rx)} {_short(ry)} {_short(turned)} {large:d} {sweep:d} {_short(end[0])} {_short(end[1])}"


def _short(number):
    """A number in as few characters as a tenth of a unit needs."""
    return f"{round(number, 1) + 0:g}"
