from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

register = template.Library()

DAY = "j F Y"


@register.simple_tag
def moment(when, style="day"):
    """Show an aware time in the site's time zone, with its machine-readable form.

    `style` is "day" (4 January 2026) or "minute" (4 January 2026, 09:30 UTC). No time shows nothing.
    """
    if not when:
        return ""
    when = timezone.localtime(when)
    shown = date_format(when, DAY)
    if style == "minute":
        shown += f", {when:%H:%M} {when.tzname()}"
    return format_html('<time datetime="{}">{}</time>', when.isoformat(timespec="seconds"), shown)
