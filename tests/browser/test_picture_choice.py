"""What `sizes` says of a picture is how large it stands: a browser takes the rendition that is wide enough, and no larger."""

import pytest

from articles import photos
from articles.models import Article, Author, Byline, Gallery, GalleryPhoto, Photo, Topic

# asked of the page and not of `currentSrc`: Chromium takes a larger one that it has already
_PICTURES = """() => {
  const probe = document.createElement("div");
  probe.style.position = "absolute";
  document.body.append(probe);
  const said = (sizes) => {
    for (const part of sizes.split(", ")) {
      const [, condition, length] = part.match(/^(\\(.*?\\))? ?(.*)$/);
      if (condition && !matchMedia(condition).matches) continue;
      probe.style.width = length;
      return probe.getBoundingClientRect().width;
    }
  };
  return [...document.querySelectorAll("main picture img")].filter((image) => image.clientWidth).map((image) => {
    const ratio = image.getAttribute("width") / image.getAttribute("height");
    const covers = getComputedStyle(image).objectFit === "cover" ? image.clientHeight * ratio : 0;
    const place = image.closest("figure, article").className;
    return [place, Math.max(image.clientWidth, covers), said(image.sizes)];
  });
}"""


@pytest.fixture
def article(transactional_db, picture):
    def photo(width, height):
        return Photo.objects.create(image=picture(width, height), caption="A dam", credit="Bo", alt="A wall.")

    plain, tall, wide = photo(300, 200), photo(160, 200), photo(460, 200)
    gallery = Gallery.objects.create(title="Dams")
    GalleryPhoto.objects.create(gallery=gallery, photo=plain)
    GalleryPhoto.objects.create(gallery=gallery, photo=tall)
    text = "<p>" + "A dam is a wall. " * 40 + "</p>"
    figures = "".join(f'<figure data-photo="{one.pk}"></figure>{text}' for one in (plain, tall, wide))
    topic, author = Topic.objects.create(name="Rivers", slug="rivers"), Author.objects.create(name="Ana")
    for n in range(9):
        article = Article.objects.create(
            headline=f"Dam {n}", standfirst="Three.", topic=topic, hero=plain if n else tall,
            body=f'{text}{figures}<figure data-gallery="{gallery.pk}"></figure>{text}',
        )  # fmt: skip
        Byline.objects.create(article=article, author=author)
        article.publish()
    return article


def taken(width):
    """The narrowest rendition that is as wide, or the widest."""
    return next((one for one in photos.WIDTHS if one >= 0.98 * width), photos.WIDTHS[-1])


def test_no_picture_is_larger_than_it_stands_and_none_is_blurred(page, live_server, article):
    wrong = []
    for path in (article.get_absolute_url(), "/articles/dam-0/", "/", "/topics/rivers/"):
        page.goto(live_server.url + path)
        for width, densities in (
            (360, (2, 3)),
            (412, (1.75, 2.625)),
            (800, (1,)),
            (1200, (1,)),
            (1440, (1, 2)),
        ):
            page.set_viewport_size({"width": width, "height": 800})
            for place, stands, said in page.evaluate(_PICTURES):
                other = [d for d in densities if taken(stands * d) != taken(said * d)]
                if other and abs(said - stands) > 0.07 * stands:
                    wrong.append(f"{path} at {width}, {place}: {stands:.0f}, not {said:.0f}")
    assert "\n".join(wrong) == ""
