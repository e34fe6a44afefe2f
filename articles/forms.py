"""Widgets of forms, and the form of the search page."""

from django import forms
from django.utils.dateparse import parse_date

from articles.models import Author, Topic


class Lines(forms.Textarea):
    """Words in lines. Browsers send CR LF at their ends; what is kept, compared and sent out has LF."""

    def value_from_datadict(self, data, files, name):
        words = super().value_from_datadict(data, files, name)
        return words and words.replace("\r\n", "\n")


class _Date(forms.DateInput):
    input_type = "date"

    def format_value(self, value):
        """What is no date cannot stand in such a field: the error says so, and the field is empty."""
        try:
            return parse_date(value or "") and value
        except ValueError:
            return None


class SearchForm(forms.Form):
    """What a reader looks for. Each field stands alone: a wrong one says so, and the others still count."""

    html_id = "search-form"
    q = forms.CharField(
        label="Search articles, authors and tags",
        required=False,
        max_length=200,
        widget=forms.SearchInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    topic = forms.ModelChoiceField(
        Topic.objects.all(), to_field_name="slug", required=False, empty_label="Any topic"
    )
    # chosen from those found: a list of all authors would be longer than the page
    author = forms.ModelChoiceField(
        Author.objects.none(), to_field_name="slug", required=False, widget=forms.HiddenInput
    )

    def __init__(self, data):
        super().__init__(data, label_suffix="")
        # only those whom readers meet elsewhere, as of now
        self.fields["author"].queryset = Author.objects.published()
        for name in ("from", "to"):  # “from” is a word of the language: it cannot be the name of an attribute
            self.fields[name] = forms.DateField(
                required=False, input_formats=["%Y-%m-%d"], widget=_Date(format="%Y-%m-%d")
            )
        for name, field in self.fields.items():
            # the filters stand in the rail, outside of the form on the page
            field.widget.attrs |= {"form": self.html_id} | (
                {} if field.widget.is_hidden else {"class": "input"}
            )
            field.error_messages |= {
                "invalid_choice": f"There is no such {name}.",
                "invalid": "This is no date. Please give year, month and day: 2026-01-31.",
            }

    def clean_q(self):
        return " ".join("".join(c if c.isprintable() else " " for c in self.cleaned_data["q"]).split())

    def clean(self):
        data = super().clean()
        if data.get("from") and data.get("to") and data["from"] > data["to"]:
            self.add_error("to", "This day lies before the other one: nothing can be between them.")
        return data

    @property
    def filters(self):
        """The fields beside the words."""
        return [self[name] for name in ("topic", "from", "to")]

    @property
    def asked(self):
        """What was asked for and understood, as it stands in an address; empty when nothing was."""
        return {name: self[name].data for name in self.fields if self.cleaned_data.get(name)}
