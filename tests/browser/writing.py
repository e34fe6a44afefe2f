"""What a writer does in the body editor, for the tests of it."""

import base64

from django.urls import reverse

# the editor learns of a moved cursor by an event that comes before the next frame
_LEARNT = (
    "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
)

# Chromium's own clipboard cleans what is put on it: text as Word puts it there comes through an event
_PASTE = """(target, { html, text, files }) => {
  const data = new DataTransfer();
  if (html) data.setData("text/html", html);
  if (text) data.setData("text/plain", text);
  for (const { name, type, content } of files) {
    const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    data.items.add(new File([bytes], name, { type }));
  }
  const event = { clipboardData: data, dataTransfer: data, bubbles: true, cancelable: true };
  target.dispatchEvent(new ClipboardEvent("paste", event));
}"""


def open_article(page, live_server, article=None):
    """Open the form of `article`, or of a new one, and return its text."""
    name = "admin:articles_article_change" if article else "admin:articles_article_add"
    page.goto(live_server.url + reverse(name, args=[article.pk] if article else []))
    return text_of(page)


def text_of(page):
    return page.get_by_role("textbox", name="Text")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
        if key != "Enter":  # it may lead to another page
            page.evaluate(_LEARNT)


def paste(page, html="", text="", files=()):
    """Paste at the cursor; `files` are uploadable files as the fixture `picture` makes them."""
    carried = [
        {"name": file.name, "type": file.content_type, "content": base64.b64encode(file.read()).decode()}
        for file in files
    ]
    page.evaluate(_LEARNT)
    text_of(page).evaluate(_PASTE, {"html": html, "text": text, "files": carried})


def save(page):
    """Save and stay on the form."""
    page.evaluate(_LEARNT)
    with page.expect_navigation():
        page.locator("[name=_continue]").click()
    return text_of(page)


def stored(article):
    """The body as it lies in the database."""
    article.refresh_from_db()
    return article.body
