"""What every page of the moderation desk has: its bar."""

from django import template

from comments import desk, moderation, names
from comments.fairness import Appeal
from comments.models import SavedSearch

register = template.Library()


@register.inclusion_tag("moderation/_bar.html", takes_context=True)
def desk_bar(context):
    """The queues with how many wait, the pages beside them, and who is here. `queue`, `kept` and `current` say where
    one is."""
    user = context["request"].user
    is_moderator = moderation.decides_on_persons(user)
    kept = context.get("kept")
    return {
        "site": context["site"],
        "queues": desk.tabs(user, None if kept else context.get("queue")),
        "saved": [(search, search == kept) for search in SavedSearch.objects.filter(user=user)],
        "name": names.display_name(user),
        "current": context.get("current"),
        "is_moderator": is_moderator,
        "appeals": moderation.in_topics_of(user, Appeal.objects.waiting()).count() if is_moderator else 0,
    }
