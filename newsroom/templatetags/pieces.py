"""`{% piece "name" fact fact … %}…{% endpiece %}`: a part of a page that is kept by its facts (`newsroom.pieces`)."""

from django import template

from newsroom import pieces

register = template.Library()


class PieceNode(template.Node):
    child_nodelists = ("nodelist",)

    def __init__(self, nodelist, facts):
        self.nodelist, self.facts = nodelist, facts

    def render(self, context):
        facts = [fact.resolve(context, ignore_failures=True) for fact in self.facts]
        return pieces.piece(lambda: self.nodelist.render(context), *facts)


@register.tag
def piece(parser, token):
    """Keep what stands between by the facts named: all that it says must follow from them. With a fact that is None it
    is made each time."""
    _, *facts = token.split_contents()
    nodelist = parser.parse(["endpiece"])
    parser.delete_first_token()
    return PieceNode(nodelist, [parser.compile_filter(fact) for fact in facts])
