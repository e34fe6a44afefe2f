from django import template
from django.utils.html import format_html

from articles import globe as drawing

register = template.Library()


@register.simple_tag
def globe(topic):
    """Draw the globe turned to a topic's place; nothing where it has none. It is an ornament: no reader hears of it."""
    if topic is None or topic.latitude is None or topic.longitude is None:
        return ""
    drawn = drawing.globe(topic.latitude, topic.longitude)
    return format_html(
        '<svg class="globe" viewBox="0 0 160 160" aria-hidden="true"><circle cx="80" cy="80" r="78"/>'
        '<path class="globe__grid" d="{}"/><path class="globe__parallel" d="{}"/>'
        '<circle class="globe__place" cx="{}" cy="{}" r="4.5"/></svg>',
        drawn.grid,
        drawn.parallel,
        drawn.x,
        drawn.y,
    )
