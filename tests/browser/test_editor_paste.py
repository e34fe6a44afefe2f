"""What is pasted into the body editor, and what is stored of it. The samples were written for these tests, in the
shape in which each program puts text on the clipboard."""

import pytest
from playwright.sync_api import expect

from articles.models import Article, Photo
from tests.browser.writing import open_article, paste, press, save, stored, text_of

WORD = """<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">
<head><meta name=ProgId content=Word.Document><link rel=File-List href="file:///C:/clip_filelist.xml">
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]-->
<style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt;} @list l0:level1 {mso-level-number-format:bullet;} --></style></head>
<body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->
<h1 style='margin-top:12pt'><b><span style='color:#2F5496'>A Title<o:p></o:p></span></b></h1>
<p class=MsoNormal style='text-align:justify'>The <st1:place w:st="on"><b>port</b></st1:place> was <i style='mso-bidi-font-style:normal'>quiet</i>
for <span style='color:red'>years</span>.<span style='mso-spacerun:yes'>  </span>Nobody
came<a style='mso-comment-reference:AB_1'><span class=MsoCommentReference>[A1]</span></a>.<o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol;mso-list:Ignore'>&middot;<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp; </span></span><![endif]>First<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='margin-left:72.0pt;mso-list:l0 level2 lfo1'><![if !supportLists]><span
style='font-family:"Courier New";mso-list:Ignore'>o<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span><![endif]>Inside <b>it</b></p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='mso-list:Ignore'>&middot;<span>&nbsp;&nbsp; </span></span><![endif]>Second</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><![if !supportLists]><span style='mso-list:Ignore'>1.<span>&nbsp;&nbsp; </span></span><![endif]>One</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><![if !supportLists]><span style='mso-list:Ignore'>2.<span>&nbsp;&nbsp; </span></span><![endif]>Two</p>
<h3>Smaller</h3>
<p class=MsoNormal><a href="https://example.org/report?a=1&amp;b=2">The report</a> and <a href="#_Toc1">a place in it</a>
<img width=300 src="file:///C:/clip_image001.png"></p>
<table class=MsoTableGrid><tr><td style='width:10pt'><p class=MsoNormal>Cell one</p></td><td><p class=MsoNormal>Cell two</p></td></tr></table>
<div style='mso-element:comment-list'><p class=MsoCommentText>Is this so?</p></div>
<!--EndFragment--></body></html>"""

WORD_STORED = "\n".join(
    [
        "<h2>A Title</h2>",
        "<p>The <strong>port</strong> was <em>quiet</em> for years. Nobody came.</p>",
        "<ul><li><p>First</p><ul><li><p>Inside <strong>it</strong></p></li></ul></li><li><p>Second</p></li></ul>",
        "<ol><li><p>One</p></li><li><p>Two</p></li></ol>",
        "<h3>Smaller</h3>",
        '<p><a href="https://example.org/report?a=1&amp;b=2">The report</a> and a place in it</p>',
        "<p>Cell one</p>",
        "<p>Cell two</p>",
    ]
)

GOOGLE_DOCS = """<meta charset='utf-8'><meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1a2b3c">
<h2 dir="ltr" style="line-height:1.38;margin-top:18pt;"><span style="font-size:16pt;font-weight:400;">A Heading</span></h2>
<p dir="ltr" style="line-height:1.38;"><span style="font-size:11pt;font-weight:400;font-style:normal;">Plain, </span><span
style="font-size:11pt;font-weight:700;font-style:normal;">bold</span><span style="font-weight:400;">, </span><span
style="font-weight:400;font-style:italic;">slanted</span><span style="font-weight:700;font-style:italic;"> both</span></p><br />
<p dir="ltr"><a href="https://www.google.com/url?q=https://example.org/page%3Fa%3D1&amp;sa=D&amp;ust=17" style="text-decoration:none;"><span
style="color:#1155cc;text-decoration:underline;">a link</span></a><span style="font-weight:400;"> and a picture </span><span
style="border:none;display:inline-block;"><img src="https://lh7-us.googleusercontent.com/docsz/AD_4nX" width="602" height="401"></span></p>
<ul style="margin-top:0;"><li dir="ltr" style="list-style-type:disc;" aria-level="1"><p dir="ltr" role="presentation"><span
style="font-weight:400;">One</span></p></li><ul><li dir="ltr" aria-level="2"><p dir="ltr" role="presentation"><span>Inside</span></p></li></ul>
<li dir="ltr" aria-level="1"><p role="presentation"><span>Two</span></p></li></ul>
<p><span><img src="https://lh7-us.googleusercontent.com/docsz/AD_5" width="602" height="401"></span></p></b>"""

GOOGLE_DOCS_STORED = "\n".join(
    [
        "<h2>A Heading</h2>",
        "<p>Plain, <strong>bold</strong>, <em>slanted</em><strong><em> both</em></strong></p>",
        '<p><a href="https://example.org/page?a=1">a link</a> and a picture</p>',
        "<ul><li><p>One</p><ul><li><p>Inside</p></li></ul></li><li><p>Two</p></li></ul>",
    ]
)

# an older Word, and some mail programs: the marker is typed text, only the class says that it is a list
WORD_TYPED_LIST = """<p class=MsoListParagraphCxSpFirst>·&nbsp;&nbsp;&nbsp; First</p>
<p class=MsoListParagraphCxSpLast>·&nbsp;&nbsp;&nbsp; Second <b>one</b></p><p class=MsoNormal>Between - here</p>
<p class=MsoListParagraph>1)&nbsp; One</p><p class=MsoListParagraph>2)&nbsp; Two</p>"""

WORD_TYPED_LIST_STORED = "\n".join(
    [
        "<ul><li><p>First</p></li><li><p>Second <strong>one</strong></p></li></ul>",
        "<p>Between - here</p>",
        "<ol><li><p>One</p></li><li><p>Two</p></li></ol>",
    ]
)

LIBREOFFICE = """<!DOCTYPE html><html><head><meta name="generator" content="LibreOffice 7.6 (Linux)"/>
<style type="text/css">p { line-height: 115% }</style></head><body lang="en-GB" dir="ltr">
<p style="line-height: 100%; margin-bottom: 0cm"><font face="Liberation Serif"><font size="4">Words
in <b>two</b> lines and <i>a font</i></font></font></p>
<p style="margin-bottom: 0cm"><br/></p>
<ol><li><p style="margin-bottom: 0cm">one</p></li><li><p>two</p><ul><li><p>inside</p></li></ul></li></ol>
<p>Last</p></body></html>"""

LIBREOFFICE_STORED = "\n".join(
    [
        "<p>Words in <strong>two</strong> lines and <em>a font</em></p>",
        "<ol><li><p>one</p></li><li><p>two</p><ul><li><p>inside</p></li></ul></li></ol>",
        "<p>Last</p>",
    ]
)

WEB_PAGE = """<div class="story"><h1>Headline</h1><h4>Small</h4>Loose words<div>A line<br><br>Another</div>
<blockquote>Said</blockquote><figure><img src="https://example.org/a.jpg" onerror="document.title='broken'"><figcaption>Below</figcaption></figure>
<script>document.title='broken'</script><p onclick="x()" style="color:red">Red <u>lined</u> <code>code</code></p><hr>
<a href="javascript:document.title='broken'">Press</a> <a href="mailto:ana@example.org">Write</a><p>&nbsp;</p></div>"""

WEB_PAGE_STORED = "\n".join(
    [
        "<h2>Headline</h2>",
        "<h3>Small</h3>",
        "<p>Loose words</p>",
        "<p>A line</p>",
        "<p>Another</p>",
        "<blockquote><p>Said</p></blockquote>",
        "<p>Below</p>",
        "<p>Red lined code</p>",
        "<hr>",
        '<p>Press <a href="mailto:ana@example.org">Write</a></p>',
    ]
)


@pytest.fixture
def article(editor):
    return Article.objects.create(headline="A quiet harbour", created_by=editor)


def empty(page):
    """Leave nothing in the text, with the cursor in it."""
    text_of(page).focus()
    press(page, "Control+a", "Delete")


def test_text_of_other_programs_comes_in_clean(editor_page, live_server, article):
    open_article(editor_page, live_server, article)
    notices = editor_page.locator(".editor-notices")
    came_in = {}
    for program, html, note in (
        ("Word", WORD, "1 picture was left out"),
        ("Google Docs", GOOGLE_DOCS, "2 pictures were left out"),
        ("Word, typed list", WORD_TYPED_LIST, None),
        ("LibreOffice", LIBREOFFICE, None),
        ("a web page", WEB_PAGE, "1 picture was left out"),
    ):
        empty(editor_page)
        paste(editor_page, html=html, text="unused")
        if note:
            expect(notices).to_contain_text(note)
        else:
            expect(notices).to_be_empty()
        assert text_of(editor_page).locator("img:not(.ProseMirror-separator)").count() == 0
        save(editor_page)
        came_in[program] = stored(article)
    assert came_in == {
        "Word": WORD_STORED,
        "Google Docs": GOOGLE_DOCS_STORED,
        "Word, typed list": WORD_TYPED_LIST_STORED,
        "LibreOffice": LIBREOFFICE_STORED,
        "a web page": WEB_PAGE_STORED,
    }
    assert editor_page.title() != "broken"


def test_plain_text_comes_in_as_paragraphs(editor_page, live_server, article):
    open_article(editor_page, live_server, article)
    texts = {
        "First paragraph.\n\nSecond one,\nin two lines.\r\n\r\n\r\nThird.\n": (
            "<p>First paragraph.</p>\n<p>Second one,<br>in two lines.</p>\n<p>Third.</p>"
        ),
        "One line\nand another": "<p>One line</p>\n<p>and another</p>",
        "only <b>text</b> & so on": "<p>only &lt;b&gt;text&lt;/b&gt; &amp; so on</p>",
        "https://example.org/ **stays** text": "<p>https://example.org/ **stays** text</p>",
    }
    came_in = {}
    for plain in texts:
        empty(editor_page)
        paste(editor_page, text=plain)
        save(editor_page)
        came_in[plain] = stored(article)
    assert came_in == texts


def test_a_picture_of_another_place_never_gets_in(editor_page, live_server, article):
    article.body = "<p>Before</p>"
    article.save()
    text = open_article(editor_page, live_server, article)
    text.get_by_text("Before").click()
    press(editor_page, "End")
    for source in ("https://example.org/a.jpg", "data:image/png;base64,iVBORw0KGgo=", "/media/a.jpg"):
        for html in (
            f'<img src="{source}">',
            f'<p data-pm-slice="1 1 []" style="color: red">Words<img src="{source}" onerror="alert()"></p>',
        ):
            paste(editor_page, html=html)
        assert text.locator("img:not(.ProseMirror-separator)").count() == 0
    save(editor_page)
    assert stored(article) == "<p>BeforeWordsWordsWords</p>"


def test_one_word_is_pasted_into_the_sentence(editor_page, live_server, article):
    article.body = "<p>The harbour</p>"
    article.save()
    text = open_article(editor_page, live_server, article)
    text.get_by_text("The harbour").click()
    press(editor_page, "Home", *["ArrowRight"] * 4)
    editor_page.wait_for_function("getSelection().anchorOffset === 4")
    paste(editor_page, html="<span style='font-weight:700'>old</span> ", text="old ")
    paste(editor_page, text="grey ")
    save(editor_page)
    assert stored(article) == "<p>The <strong>old</strong> grey harbour</p>"


def test_paragraphs_pasted_into_a_caption_are_lines_of_it(editor_page, live_server, article):
    photo = Photo.objects.create(caption="Library words")
    article.body = f'<figure data-photo="{photo.pk}"></figure><p>After</p>'
    article.save()
    text = open_article(editor_page, live_server, article)
    text.locator("figcaption").click(click_count=3)
    paste(editor_page, html="<p>First <b>line</b></p><ul><li>second</li></ul>", text="unused")
    save(editor_page)
    assert stored(article) == (
        f'<figure data-photo="{photo.pk}"><figcaption>First <strong>line</strong><br>second</figcaption></figure>\n'
        "<p>After</p>"
    )


def test_what_is_cut_in_the_text_is_pasted_whole_with_its_photo(editor_page, live_server, article):
    photo = Photo.objects.create(caption="Library words")
    blocks = [
        "<p>One <strong>bold</strong></p>",
        f'<figure data-photo="{photo.pk}"><figcaption>Own</figcaption></figure>',
        "<aside data-pull><p>Large</p><cite>Who</cite></aside>",
        "<ul><li><p>a</p></li></ul>",
        "<p>End</p>",
    ]
    article.body = "".join(blocks)
    article.save()
    text = open_article(editor_page, live_server, article)
    text.focus()
    press(editor_page, "Control+a", "Control+x")
    expect(text).to_have_text("")
    press(editor_page, "Control+v")
    expect(text).to_contain_text("End")
    save(editor_page)
    assert stored(article) == "\n".join(blocks)


def test_half_a_pull_quote_is_pasted_as_words(editor_page, live_server, article):
    article.body = "<aside data-pull><p>Large words</p><cite>Somebody</cite></aside><p>After</p>"
    article.save()
    text = open_article(editor_page, live_server, article)
    text.get_by_text("Somebody").click()
    press(editor_page, "Home", "Shift+ArrowDown", "Shift+End")
    editor_page.wait_for_function("/^Somebody\\s+After$/.test(getSelection().toString())")
    press(editor_page, "Control+c", "ArrowRight", "Control+v")
    expect(text).to_contain_text("AfterSomebody")
    save(editor_page)
    assert stored(article) == (
        "<aside data-pull><p>Large words</p><cite>Somebody</cite></aside>\n<p>AfterSomebody</p>\n<p>After</p>"
    )


def test_a_paste_is_undone_in_one_step(editor_page, live_server, article):
    text = open_article(editor_page, live_server, article)
    text.focus()
    editor_page.keyboard.type("Before")
    paste(editor_page, html="<p>pasted</p><p>more</p>", text="unused")
    editor_page.keyboard.type("after")
    press(editor_page, "Control+z")
    expect(text.locator("p")).to_have_text(["Beforepasted", "more"])
    press(editor_page, "Control+z")
    expect(text.locator("p")).to_have_text(["Before"])
