"""How good the ranking is on labelled comments: each is scored before its label is learnt."""

import csv
import random
import statistics
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from comments import ranking

QUEUE = 100
ENOUGH = 0.9  # of what is bad in a queue, in its first quarter
SHOWN = 100  # letters of a text


def read(path):
    """Return the rows of a file with the columns text, label and, where known, article: (text, article, label)."""
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if not rows.fieldnames or not {"text", "label"} <= set(rows.fieldnames):
            raise CommandError(f"{path} has no columns “text” and “label”.")
        return [(row["text"], row.get("article") or "", int(row["label"] in ("1", "true"))) for row in rows]


def thinned(rows, rate, rng):
    """Return `rows` in their order with as many bad ones taken out, by chance, as makes them `rate` of all."""
    good = sum(1 for row in rows if not row[2])
    bad = [at for at, row in enumerate(rows) if row[2]]
    kept = set(rng.sample(bad, min(len(bad), round(good * rate / (1 - rate)))))
    return [row for at, row in enumerate(rows) if not row[2] or at in kept]


def online(rows):
    """Return [(score, label)] of the ranking: each from before its label was learnt."""
    ranker, scored = ranking.Ranker.begun(), []
    for text, article, label in rows:
        found = ranking.features(text, article)
        scored.append((ranker.margin(found), label))
        ranker.learn(found, label)
    return scored


def refitted(rows, every):
    """The same of TF-IDF and logistic regression, fitted anew on all decisions so far after each `every` of them."""
    # for this comparison alone: the site runs without it
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    texts, labels = [text or " " for text, _, _ in rows], [label for _, _, label in rows]
    scored = []
    for at in range(0, len(rows), every):
        part = texts[at : at + every]
        if len(set(labels[:at])) > 1:
            words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
            model = LogisticRegression(C=10, class_weight="balanced", max_iter=500)
            model.fit(words.fit_transform(texts[:at]), labels[:at])
            found = model.decision_function(words.transform(part))
        else:
            found = [0.0] * len(part)
        scored += zip(map(float, found), labels[at : at + every], strict=True)
    return scored


def share_in_front(bad, behind):
    """The share of `bad` ones that is not among those `behind` the first quarter."""
    return (bad - len(behind)) / bad


def queues(scored):
    """Yield of each queue of 100 after the first 100 that has bad ones: (how many, the places of those behind its first quarter)."""
    for at in range(QUEUE, len(scored) - QUEUE + 1, QUEUE):
        order = sorted(range(at, at + QUEUE), key=lambda place: -scored[place][0])
        bad = sum(label for _, label in scored[at : at + QUEUE])
        if bad:
            yield bad, [place for place in order[QUEUE // 4 :] if scored[place][1]]


class Command(BaseCommand):
    help = (
        "Measure the ranking on files of labelled comments (columns text, label, article), beside TF-IDF and "
        "logistic regression on the same decisions. Nothing is stored."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument(
            "--base-rate", type=float, help="thin the bad ones to this share, for example 0.1"
        )
        parser.add_argument("--seeds", type=int, default=5, help="how many orders and thinnings (5)")
        parser.add_argument("--first-seed", type=int, default=0, help="the number of the first of them (0)")
        parser.add_argument(
            "--shuffle", action="store_true", help="in an order by chance, not that of the file"
        )
        parser.add_argument("--most", type=int, default=4000, help="rows of a file that are looked at (4000)")
        parser.add_argument("--alone", action="store_true", help="without the comparison")
        parser.add_argument(
            "--missed",
            action="store_true",
            help="print what stood behind the first quarter of a queue that missed 90 %%",
        )

    def handle(self, *, files, base_rate, seeds, first_seed, shuffle, most, alone, missed, **options):
        ranking.Ranker.begun()  # the first in a process takes a second, which is no comment's
        for path in files:
            if not path.exists():
                raise CommandError(f"There is no {path}.")
            rows = read(path)[:most]
            varied = bool(base_rate or shuffle)
            self.stdout.write(f"\n{path.name}: {len(rows)} comments")
            for seed in range(first_seed, first_seed + seeds) if varied else (0,):
                rng = random.Random(seed)  # noqa: S311 the same order again, not a secret
                chosen = thinned(rows, base_rate, rng) if base_rate else rows[:]
                if shuffle:
                    rng.shuffle(chosen)
                self._measure(chosen, seed, alone, missed)

    def _measure(self, rows, seed, alone, missed):
        bad = sum(label for _, _, label in rows)
        self.stdout.write(f"  seed {seed}: {len(rows)} comments, {100 * bad / max(1, len(rows)):.1f} % bad")
        started = time.perf_counter()
        scored = online(rows)
        each = 1000 * (time.perf_counter() - started) / max(1, len(rows))
        self._report("ranking", scored, f", {each:.2f} ms to score and learn one")
        for bad, behind in queues(scored) if missed else ():
            if share_in_front(bad, behind) < ENOUGH:
                self.stdout.write(f"      of {bad} bad ones in a queue, {len(behind)} stood behind:")
                for place in behind:
                    self.stdout.write(f"        {' '.join(rows[place][0].split())[:SHOWN]}")
        if not alone:
            self._report("TF-IDF + LR", refitted(rows, max(5, len(rows) // 100)), "")

    def _report(self, name, scored, more):
        def area(part):
            found = ranking.area_under_curve(part)
            return "  –  " if found is None else f"{found:.3f}"

        shares = [share_in_front(*queue) for queue in queues(scored)]
        enough = sum(share >= ENOUGH for share in shares)
        quarter = (
            f"{statistics.mean(shares):.0%} (worst {min(shares):.0%}; {enough} of {len(shares)} have {ENOUGH:.0%})"
            if shares
            else "–"
        )
        self.stdout.write(
            f"    {name:<12} AUC after 300: {area(scored[300:])}, second half: {area(scored[len(scored) // 2 :])}, "
            f"first quarter of the queues: {quarter}{more}"
        )
