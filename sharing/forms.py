"""What readers type to pass an article on."""

import re

from django import forms
from django.core.exceptions import ValidationError

from articles.models import one_line
from sharing.targets import NAMES, mastodon_server

# whatever a mail program could make a link of: a scheme, www., a name with a dot in it, an address, a number to call
_LINK = re.compile(r"://|\bwww\b|[\w-]\s*[.。．]\s*[a-z\d]{2,}\b|@|＠|(?:\d[\s().+/-]*){7,}", re.IGNORECASE)
_UNSEEN = {ord("\u200c"): None, ord("\u200d"): None}  # joiners, which part nothing for the eye
NOTE_LENGTH = 200


def has_link(text):
    """Whether there is anything in `text` that could lead somewhere. “Read this.And this” is taken for one, too."""
    return bool(_LINK.search(text.translate(_UNSEEN)))


class MastodonForm(forms.Form):
    server = forms.CharField(
        max_length=260,
        label="Your server",
        help_text="For example mastodon.social. Your browser remembers it for the next time.",
        widget=forms.TextInput(
            attrs={
                "class": "input", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false",
                "inputmode": "url", "data-mastodon-server": "",
            }
        ),
        error_messages={"required": "Please name your server, such as mastodon.social."},
    )  # fmt: skip

    def clean_server(self):
        server = mastodon_server(self.cleaned_data["server"])
        if not server:
            raise ValidationError("That is no name of a server. It looks like mastodon.social.")
        return server


class LetterForm(forms.Form):
    to = forms.EmailField(
        label="Address of one person whom you know",
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "off"}),
        error_messages={"required": "Please give the address of the person who is to get it."},
    )
    note = forms.CharField(
        label="A word from you (may be left empty)",
        required=False,
        max_length=NOTE_LENGTH,
        help_text="At most 200 characters, without links.",
        widget=forms.Textarea(attrs={"class": "input", "rows": 3, "maxlength": NOTE_LENGTH}),
    )

    def clean_to(self):
        return self.cleaned_data["to"].lower()

    def clean_note(self):
        note = one_line(self.cleaned_data["note"])
        if has_link(note):
            raise ValidationError("Please write without links, addresses and numbers to call.")
        return note


class CountForm(forms.Form):
    target = forms.ChoiceField(choices=[(name, name) for name in (*NAMES, "copy", "device", "quotation")])
