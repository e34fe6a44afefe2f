from django import template

from articles import desk

register = template.Library()


@register.simple_tag
def state_badge(article):
    return desk.state_badge(article)


@register.filter
def lacking_words(photo):
    return desk.lacking_words(photo)
