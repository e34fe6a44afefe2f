"""People, articles, and what a browser would post from a form of the desk: for the tests that drive it as a client."""

from html.parser import HTMLParser

from django.contrib.auth.models import Group, User
from django.urls import reverse

from articles.models import Article, Author, Byline, Topic


def person(name, *groups, is_staff=True):
    user = User.objects.create_user(
        name, f"{name}@example.org", first_name=name.capitalize(), is_staff=is_staff
    )
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def whole_article(headline="A dam", *, by="Ana Ruiz", **fields):
    """An article that lacks nothing."""
    topic, _ = Topic.objects.get_or_create(name="Rivers", slug="rivers")
    fields = {"standfirst": "Who pays.", "body": "<p>Text.</p>", "topic": topic} | fields
    article = Article.objects.create(headline=headline, **fields)
    author, _ = Author.objects.get_or_create(name=by)
    Byline.objects.create(article=article, author=author, position=1)
    return article


class _Fields(HTMLParser):
    """The names and values of the fields inside `form[id=…]`, without its buttons."""

    def __init__(self, html, form_id):
        super().__init__(convert_charrefs=True)
        self.data, self._form_id = {}, form_id
        self._inside, self._select, self._textarea = False, None, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self._inside = a.get("id") == self._form_id
        if not self._inside or "disabled" in a:
            return
        name, kind = a.get("name"), a.get("type", "text")
        if tag == "select":
            self._select = name
            self.data.setdefault(name, [] if "multiple" in a else "")
        elif tag == "option" and "selected" in a and self._select:
            chosen = self.data[self._select]
            self.data[self._select] = [*chosen, a["value"]] if isinstance(chosen, list) else a["value"]
        elif tag == "textarea":
            self._textarea = name
            self.data[name] = ""
        elif tag == "input" and kind in ("checkbox", "radio"):
            if "checked" in a:
                self.data[name] = a.get("value", "on")
        elif tag == "input" and kind not in ("submit", "button", "file"):
            self.data[name] = a.get("value", "")

    def handle_data(self, text):
        if self._textarea:
            self.data[self._textarea] += text.removeprefix("\n")  # as browsers do with the first

    def handle_endtag(self, tag):
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._textarea = None
        elif tag == "select":
            self._select = None


def change_url(thing):
    return reverse(f"admin:articles_{thing._meta.model_name}_change", args=[thing.pk])


def fields(client, url):
    """Open the form at `url` and return what it would post, unchanged."""
    response = client.get(url)
    assert response.status_code == 200
    model = response.context["opts"].model_name
    data = _Fields(response.content.decode(), f"{model}_form").data
    assert "csrfmiddlewaretoken" in data
    # the row that a browser copies when a row is added
    return {name: value for name, value in data.items() if name and "__prefix__" not in name}


def post(client, url, button="_save", **changes):
    """Open the form at `url`, change some of its fields, press `button`, and follow where it leads."""
    return client.post(url, fields(client, url) | changes | {button: "yes"}, follow=True)


def messages(response):
    return [str(message) for message in response.context["messages"]]


def errors(response):
    """Every error that the page shows, as plain sentences."""
    lists = ([found] if isinstance(found, str) else found for found in response.context["errors"])
    return [str(error) for found in lists for error in found]
