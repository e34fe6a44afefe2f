from django import template
from django.http import QueryDict

register = template.Library()


@register.simple_tag(takes_context=True)
def page_url(context, number):
    """The address of page `number` of this list. The first has none of its own: it is the list itself.

    What was asked for (`asked`, on the search page) stays; anything else that came with the address does not.
    """
    query = QueryDict(mutable=True)
    query.update(context.get("asked", {}))
    if number > 1:
        query["page"] = number
    path = context["request"].path
    return f"{path}?{query.urlencode()}" if query else path


@register.filter
def shown_pages(page):
    """The numbers of a pager, with `None` for a gap."""
    paginator = page.paginator
    return [
        None if number == paginator.ELLIPSIS else number
        for number in paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]
