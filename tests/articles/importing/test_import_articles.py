"""`manage.py import_articles`: drafts, receipts, and a clear answer for everything that is not taken."""

import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from articles import importing
from articles.importing import ImportRefused, import_file
from articles.models import Article, ArticlePhoto, Author, Byline, ImportRun, Photo

TEXTS = Path(__file__).parent / "texts"
HARBOUR = TEXTS / "harbour-pilots.txt"
PARAGRAPH = (
    "The tide came in over the flats and went out again, and nobody on the quay looked up from the nets. "
)

pytestmark = pytest.mark.django_db


def run(*arguments, **options):
    out = io.StringIO()
    call_command("import_articles", *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def rows():
    return [model.objects.count() for model in (Article, Author, Byline, Photo, ArticlePhoto, ImportRun)]


NOTHING = [0, 0, 0, 0, 0, 0]


@pytest.fixture
def text(tmp_path):
    """`text("…")` writes a file with these contents and returns its path."""

    def text(contents, name="page.txt"):
        path = tmp_path / name
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        return path

    return text


def page(headline="A bridge too many", author="Ada Example", date="Mar 3, 2022"):
    return f"{headline}\n\n{author}\n\n{date}\n\n5 min read\n\n{PARAGRAPH * 3}\n"


# --- what is made -------------------------------------------------------------------------------------------------
def test_a_scraped_page_becomes_one_draft_with_its_author_and_photos():
    run(HARBOUR, "--from", "text")
    article = Article.objects.get()
    assert article.headline == (
        "Who Will Steer the Northern 'Cold Gate'? Why a Dispute over Harbour Pilots Could Redraw the Map of Grain"
    )
    assert (
        article.standfirst
        == "Can two rival ports agree on a single pilot service before the ice closes the strait?"
    )
    assert (article.state, article.published_at, article.topic) == ("draft", None, None)
    assert article.byline_text == "Nora Quist Avery"
    assert [
        (p.position, p.photo.caption, p.photo.is_awaiting, p.is_own_caption)
        for p in article.placements.select_related("photo")
    ] == [
        (0, "Harbour Master Ilse Varnholt (L) and\nTransport Minister Teo Marchetti (R)", True, False),
        (1, "Transport Minister Teo Marchetti", True, False),
        (2, "Harbour Master Ilse Varnholt (L) and\nFormer Guild Warden Casper J. Lund (R)", True, False),
        (3, "A pilot cutter meets two grain barges off the Skarvik light in 1961.", True, False),
        (
            4,
            "Governor Anselm Roy of Elm County (L) and\nGovernor Petra Lindqvist of Skarvik County (R)",
            True,
            False,
        ),
    ]
    third = article.placements.get(position=3).photo_id
    assert article.body.count("data-uncertain") == 1
    assert f'<figure data-photo="{third}" data-uncertain="caption"></figure>' in article.body
    assert (
        "Photo 3 in the text: it is not settled whether its words are a caption."
        in article.missing_for_publishing()
    )


def test_a_date_that_the_page_shows_is_kept_for_the_editor_and_publishes_nothing(text):
    receipt = import_file(text(page(date="Mar 3, 2022")))
    article = Article.objects.get()
    assert (article.published_at, receipt.date_shown, receipt.date_text) == (
        None,
        "2022-03-03",
        "Mar 3, 2022",
    )
    assert ImportRun.objects.get().receipt["date_shown"] == "2022-03-03"


def test_a_day_that_is_not_certain_is_not_offered(text):
    receipt = import_file(text(page(date="2 days ago")))
    assert (Article.objects.get().published_at, receipt.date_shown, receipt.date_text) == (
        None,
        None,
        "2 days ago",
    )


def test_an_author_is_found_whatever_the_case_of_the_name(text):
    known = Author.objects.create(name="Álvaro Ñúñez")
    run(text(page(author="ÁLVARO ÑÚÑEZ")))
    assert [byline.author for byline in Byline.objects.all()] == [known]
    assert Author.objects.count() == 1


def test_each_role_gets_its_byline(text):
    run(text(f"A bridge too many\n\nBy Ada Example and Bo Chen\n\nPhotos by Cy Dee\n\n{PARAGRAPH * 3}"))
    assert list(Byline.objects.values_list("author__name", "role", "position")) == [
        ("Ada Example", "by", 0),
        ("Bo Chen", "by", 1),
        ("Cy Dee", "photos", 2),
    ]


@pytest.mark.threat("T2")
def test_hostile_text_stays_text(text):
    hostile = '<img src=x onerror=alert(1)> & <script>alert(2)</script> &lt;b&gt; "quoted"'
    run(text(f"A <b>bridge</b> too many\n\nBy Ada Example\n\n{hostile} {PARAGRAPH * 3}"))
    article = Article.objects.get()
    assert article.headline == "A <b>bridge</b> too many"
    assert article.body_text == f"{hostile} {PARAGRAPH * 3}".strip()
    assert "<script>" not in article.body


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_the_words_are_right_in_other_encodings(text, encoding):
    words = f"Señor Müller’s “café” — 3 €. {PARAGRAPH * 3}".strip()
    contents = f"A bridge too many\r\n\r\nBy Ada Example\r\n\r\n{words}\r\n"
    receipt = import_file(text(contents.encode(encoding)))
    assert Article.objects.get().body_text == words
    assert any("Windows-1252" in note for note in receipt.notes) == (encoding == "cp1252")


# --- the receipt --------------------------------------------------------------------------------------------------
def test_the_receipt_accounts_for_every_line(tmp_path):
    printed = run(HARBOUR, "--receipt", tmp_path / "out.json")
    account = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (len(account["receipts"]), account["refused"]) == (1, [])
    receipt = account["receipts"][0]
    source = HARBOUR.read_text(encoding="utf-8").splitlines()
    assert [line["text"] for line in receipt["lines"]] == source
    assert [line["line"] for line in receipt["lines"]] == list(range(1, len(source) + 1))
    assert receipt["lines"][40] == {
        "line": 41,
        "text": "A pilot cutter meets two grain barges off the Skarvik light in 1961.",
        "became": "caption",
        "of": 4,
        "why": "one sentence that describes a scene",
        "or_else": "paragraph",
    }
    words = receipt["totals"]["words"]
    assert words["source"] == sum(count for name, count in words.items() if name != "source")
    assert words["source"] == len(HARBOUR.read_text(encoding="utf-8").split())
    assert set(receipt["checks"].values()) == {True}
    assert receipt == ImportRun.objects.get().receipt
    for expected in (
        "harbour-pilots.txt: imported as article",
        "byline      Nora Quist Avery (by; created)",
        "date        left empty; the source shows none",
        "? caption of photo 4, or paragraph",
        "dropped: closing call (the site prints its own)",
        "uncertain: line 41",
        "checked: every line of the source is accounted for exactly once",
    ):
        assert expected in printed


def test_the_lines_of_the_printed_receipt_stand_in_columns():
    table = run(HARBOUR).split("\n\n")[2].splitlines()
    column = table[0].index("source")
    assert {line[column - 2 : column] for line in table} == {"  "}
    assert all(len(line) <= 145 for line in table)


def test_a_receipt_that_cannot_be_written_stops_the_import_before_it_begins(tmp_path):
    for path, reason in (
        (tmp_path / "no" / "out.json", "No such file or directory"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(CommandError) as error:
            run(HARBOUR, "--receipt", path)
        assert str(error.value) == f"{path}: the receipt cannot be written there: {reason}."
    assert rows() == NOTHING


def test_a_receipt_never_overwrites_the_document(text):
    path = text(page())
    with pytest.raises(CommandError, match="the receipt would overwrite the document"):
        run(path, "--receipt", path)
    assert (path.read_text(), rows()) == (page(), NOTHING)


# --- twice, and tried ---------------------------------------------------------------------------------------------
def test_the_same_document_again_changes_nothing_and_says_so(tmp_path, text):
    run(HARBOUR)
    Article.objects.update(headline="An editor's better headline")
    before = (rows(), Article.objects.values().get())
    copy = text(HARBOUR.read_bytes(), "another name.txt")
    printed = run(copy)
    assert (rows(), Article.objects.values().get()) == before
    assert printed.startswith(f"harbour-pilots.txt: imported before, as article {Article.objects.get().pk}")


def test_a_document_whose_draft_was_deleted_comes_in_anew(text):
    path = text(page())
    import_file(path)
    Article.objects.get().delete()
    assert import_file(path).outcome == "imported"
    assert (Article.objects.count(), ImportRun.objects.count()) == (1, 1)
    assert ImportRun.objects.get().article == Article.objects.get()


def test_a_dry_run_shows_the_same_and_leaves_nothing(tmp_path):
    printed = run(HARBOUR, "--dry-run", "--receipt", tmp_path / "out.json")
    assert rows() == NOTHING
    assert printed.startswith("harbour-pilots.txt: would be imported\n")
    receipt = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["receipts"][0]
    assert (receipt["outcome"], receipt["article"], len(receipt["photos"])) == ("would be imported", None, 5)


def test_an_article_with_the_same_headline_is_left_alone(text):
    work = Article.objects.create(headline="A BRIDGE too many", body="<p>An editor's work.</p>")
    with pytest.raises(CommandError) as error:
        run(text(page()))
    assert str(error.value) == (
        f"page.txt: article {work.pk} already has the headline “A BRIDGE too many”, from another source. It was left alone."
    )
    work.refresh_from_db()
    assert (work.body, rows()) == ("<p>An editor's work.</p>", [1, 0, 0, 0, 0, 0])


@pytest.mark.django_db(transaction=True)
def test_two_processes_with_one_document_make_one_article():
    receipts, errors = [], []
    barrier = threading.Barrier(4)

    def work():
        try:
            barrier.wait()
            receipts.append(import_file(HARBOUR))
        except Exception as error:  # whatever it is, it must be seen
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(receipt.outcome for receipt in receipts) == [
        "imported",
        "unchanged",
        "unchanged",
        "unchanged",
    ]
    assert rows() == [1, 1, 1, 5, 5, 1]


# --- what is not taken --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (b"", "the file is empty."),
        (b"\n \n\t\n", "the file is empty."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "this is a PNG image, not text."),
        (b"%PDF-1.4\n%\xe2\xe3\n", "this is a PDF document, not text."),
        (b"PK\x03\x04\x14\x00", "this is a ZIP archive (a Word or LibreOffice document is one), not text."),
        (b"Words\x00and\x00zeros\x01", "this is a binary file, not text."),
        ((PARAGRAPH * 5).encode(), "no line in it can be a headline."),
        (b"A bridge too many\n", "no text follows its headline “A bridge too many”."),
        (b"A line.\n" * 200_000, "it has 200,001 lines; one article has at most 20,000."),
        (b"x" * 50 * 1024 * 1024, "it has 50 MB; one article has at most 5 MB."),
    ],
    ids=["empty", "blank", "png", "pdf", "zip", "zeros", "no headline", "no text", "lines", "50 MB"],
)
def test_a_file_that_is_not_taken_is_named_with_its_reason(text, contents, reason):
    with pytest.raises(CommandError) as error:
        run(text(contents))
    assert (str(error.value), error.value.returncode) == (f"page.txt: {reason}", 1)
    assert rows() == NOTHING


def test_a_path_that_is_no_file_is_named(tmp_path):
    for path, reason in (
        (tmp_path / "missing.txt", "there is no such file."),
        (tmp_path, "this is a folder, not a file."),
        (Path("/dev/null"), "this is not an ordinary file."),
    ):
        with pytest.raises(CommandError) as error:
            run(path)
        assert str(error.value) == f"{path.name}: {reason}"


def test_the_good_ones_are_taken_and_the_others_named(text, tmp_path):
    files = [text(page(), "good.txt"), text(b"", "empty.txt"), tmp_path / "missing.txt", HARBOUR]
    with pytest.raises(CommandError) as error:
        run(*files, "--receipt", tmp_path / "out.json")
    lines = ["empty.txt: the file is empty.", "missing.txt: there is no such file."]
    assert str(error.value).splitlines() == lines
    account = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [receipt["source"] for receipt in account["receipts"]] == ["good.txt", "harbour-pilots.txt"]
    assert (account["refused"], Article.objects.count()) == (lines, 2)


def test_nothing_is_left_when_writing_fails_half_way(text, monkeypatch):
    """As when the disk is full after the photos and the author were written."""

    def fail(*args, **kwargs):
        raise ImportRefused("the disk is full.")

    monkeypatch.setattr(importing, "_check", fail)
    with pytest.raises(CommandError, match="the disk is full"):
        run(HARBOUR)
    assert rows() == NOTHING


def test_what_would_be_stored_wrongly_is_refused(monkeypatch):
    """The words are compared with the source before the draft is kept."""
    save = Article.save

    def lose_a_word(article, *args, **kwargs):
        article.body = article.body.replace("pilots", "", 1)
        save(article, *args, **kwargs)

    monkeypatch.setattr(Article, "save", lose_a_word)
    with pytest.raises(CommandError, match="the words of the body are those of the source, in order"):
        run(HARBOUR)
    assert rows() == NOTHING


def test_only_the_formats_that_exist_are_offered():
    with pytest.raises(CommandError, match=r"invalid choice: 'wordpress' \(choose from 'auto', 'text'\)"):
        run(HARBOUR, "--from", "wordpress")


def test_an_error_is_one_line_on_stderr_without_a_traceback_and_the_status_is_one(tmp_path):
    command = [
        sys.executable,
        Path(settings.BASE_DIR) / "manage.py",
        "import_articles",
        tmp_path / "missing.txt",
    ]
    environment = os.environ | {"DATA_DIR": str(tmp_path / "var")}
    plain = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (plain.returncode, plain.stdout) == (1, "")
    assert plain.stderr == "CommandError: missing.txt: there is no such file.\n"
    asked = subprocess.run(
        [*command, "--traceback"], env=environment, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 1
    assert "Traceback" in asked.stderr
