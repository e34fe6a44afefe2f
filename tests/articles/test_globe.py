"""The globe of a topic: lines on a sphere, drawn as arcs."""

import re
from math import hypot

import pytest
from django.template import Context, Template

from articles.globe import globe
from articles.models import Topic

PLACES = [
    (0, 0),
    (38, 127),
    (-33.9, 18.4),
    (60, -100),
    (90, 0),
    (-90, 0),
    (89.9, 179.9),
    (-75, 10),
    (15, 180),
    (0.01, -180),
]
_POINT = re.compile(r"(?:[ML]|A\S+ \S+ \S+ [01] [01] )(-?[\d.]+) (-?[\d.]+)")


@pytest.mark.parametrize("place", PLACES)
def test_every_line_lies_on_the_globe_and_the_place_on_its_parallel(place):
    drawn = globe(*place)
    points = [(float(x), float(y)) for x, y in _POINT.findall(drawn.grid + drawn.parallel)]
    assert len(points) >= 40
    assert max(hypot(x - 80, y - 80) for x, y in points) <= 78.2
    assert hypot(drawn.x - 80, drawn.y - 80) < 78
    assert "nan" not in drawn.grid + drawn.parallel


@pytest.mark.parametrize("place", PLACES)
def test_each_meridian_ends_on_the_edge(place):
    arcs = re.findall(r"M(\S+) (\S+)A78 \S+ \S+ 0 [01] (\S+) (\S+?)(?=M|$)", globe(*place).grid)
    distances = [hypot(float(x) - 80, float(y) - 80) for arc in arcs for x, y in (arc[:2], arc[2:])]
    assert len(arcs) >= 9
    assert all(77.8 < distance < 78.2 for distance in distances)


def test_the_place_is_where_its_ellipse_is():
    drawn = globe(38, 127)
    rx, ry = map(float, re.match(r"M\S+ \S+A(\S+) (\S+) 0 1 0", drawn.parallel).groups())
    # the ellipse of latitude 38 seen with a tilt of 19 degrees: centre 78 * sin(38°) * cos(19°) above the middle
    assert (rx, ry) == (61.5, 20.0)
    assert ((drawn.x - 80) / rx) ** 2 + ((drawn.y - (80 - 45.4)) / ry) ** 2 == pytest.approx(1, abs=0.02)


def test_the_equator_seen_from_its_plane_is_a_line():
    assert globe(0, 20).parallel == "M2 80L158 80"


def test_the_same_place_is_drawn_once():
    assert globe(38, 127) is globe(38, 127)


def render(topic):
    return Template("{% load globe %}{% globe topic %}").render(Context({"topic": topic}))


def test_the_tag_draws_an_ornament():
    html = render(Topic(latitude=38, longitude=127))
    assert html.startswith('<svg class="globe" viewBox="0 0 160 160" aria-hidden="true">')
    assert 'style="' not in html and html.count("<path") == 2 and html.endswith('r="4.5"/></svg>')


@pytest.mark.parametrize("topic", [None, Topic(), Topic(latitude=1), Topic(longitude=1)])
def test_a_topic_without_a_place_has_no_globe(topic):
    assert render(topic) == ""
