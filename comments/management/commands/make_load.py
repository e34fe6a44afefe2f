import contextlib
import random
from datetime import UTC, datetime, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from articles import body, search_index
from articles.models import Article, Author, Byline, Tag, TaggedArticle, Topic
from comments import load

LONGEST_THREAD = 10_000
AT_ONCE = 5_000  # articles
_FIRST_DAY = datetime(2024, 1, 1, 8, tzinfo=UTC)


class Command(BaseCommand):
    help = "Fill the site with articles and comments for benchmarks. The same seed makes the same content."

    def add_arguments(self, parser):
        parser.add_argument("--articles", type=int, required=True, metavar="N")
        parser.add_argument("--comments", type=int, required=True, metavar="M")
        parser.add_argument("--seed", type=int, default=1, metavar="S")

    def handle(self, *, articles, comments, seed, **options):
        if articles < 0 or comments < 0 or (comments and not articles):
            raise CommandError("Comments need at least one article, and numbers are not below nought.")
        if Article.objects.filter(slug=f"load-{seed}-1").exists():
            raise CommandError(f"The load of seed {seed} is there already: give another --seed.")
        ids = make_articles(articles, seed)
        written = make_comments(ids, comments, seed)
        self.stdout.write(f"{len(ids)} articles and {written} comments of seed {seed}.")


def make_articles(count, seed):
    """Return the ids of `count` new published articles."""
    rng = random.Random(seed)  # noqa: S311 the same load again, not a secret
    topics = [
        Topic.objects.get_or_create(slug=f"load-{n}", defaults={"name": f"Load {n}", "position": 900 + n})[0]
        for n in range(1, 6)
    ]
    authors = [
        Author.objects.get_or_create(slug=f"load-author-{n}", defaults={"name": f"Load Author {n}"})[0]
        for n in range(1, 21)
    ]
    tags = [
        Tag.objects.get_or_create(slug=f"load-tag-{n}", defaults={"name": f"Load Tag {n}"})[0]
        for n in range(1, 101)
    ]
    ids = []
    # many at once are indexed faster together than one by one
    with search_index.paused() if count > AT_ONCE else contextlib.nullcontext():
        for first in range(1, count + 1, AT_ONCE):
            made = [_an_article(rng, n, seed, topics) for n in range(first, min(first + AT_ONCE, count + 1))]
            with transaction.atomic():  # articles have bylines
                Article.objects.bulk_create(made, batch_size=500)
                Byline.objects.bulk_create(
                    [Byline(article=article, author=rng.choice(authors)) for article in made], batch_size=2000
                )
                TaggedArticle.objects.bulk_create(
                    [
                        TaggedArticle(content_object=article, tag=tag)
                        for article in made
                        for tag in rng.sample(tags, 2)
                    ],
                    batch_size=2000,
                )
            ids += [article.pk for article in made]
    return ids


def _an_article(rng, n, seed, topics):
    # some_text() holds letters and stops alone: what is put together here is clean and needs no cleaning
    paragraphs = [load.some_text(rng, 60, 120) for _ in range(8)]
    plain = "\n\n".join(paragraphs)
    return Article(
        headline=load.some_text(rng, 4, 9).rstrip("."), slug=f"load-{seed}-{n}", standfirst=load.some_text(rng),
        topic=rng.choice(topics), body="\n".join(f"<p>{p}</p>" for p in paragraphs), body_text=plain,
        word_count=body.word_count(plain),
        # no two of a seed at once, and a few lie as far apart as many: over 28 months
        published_at=_FIRST_DAY + timedelta(hours=2 * (n * 7919 % 10_000), minutes=n // 10_000),
    )  # fmt: skip


def make_comments(ids, count, seed):
    """Give the first article one thread of up to 10,000 comments, and spread the rest over the others."""
    if not count:
        return 0
    writer = load.Writer(seed)
    longest = min(LONGEST_THREAD, max(1, count // 2) if len(ids) > 1 else count)
    writer.thread(ids[0], longest)
    rest, others = count - longest, ids[1:] or ids
    share, over = divmod(rest, len(others))
    for n, id in enumerate(others):
        writer.conversation(id, share + (n < over))
    return writer.finish()
