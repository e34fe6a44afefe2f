"""The addresses of what is published."""

from django.urls import path, re_path, register_converter

from articles import feeds, sitemaps, views


class Year:
    """Four digits, in the calendar that computers keep: time zones would carry us over its edges."""

    regex = "[12][0-9]{3}"
    to_python = int

    def to_url(self, value):
        return f"{value:04d}"


class Month:
    """Two digits, 01 to 12."""

    regex = "(?:0[1-9]|1[0-2])"
    to_python = int

    def to_url(self, value):
        return f"{value:02d}"


class FeedFormat:
    regex = "|".join(feeds.FORMATS)
    to_python = to_url = str


register_converter(FeedFormat, "feed")
register_converter(Year, "yyyy")
register_converter(Month, "mm")

app_name = "articles"
urlpatterns = [
    path("", views.front_page, name="front_page"),
    path("articles/<slug:slug>/", views.article, name="article"),
    path("topics/<slug:slug>/", views.topic, name="topic"),
    path("tags/<str:slug>/", views.tag, name="tag"),  # of any script
    path("authors/", views.authors, name="authors"),
    path("authors/<slug:slug>/", views.author, name="author"),
    path("archive/", views.archive, name="archive"),
    path("archive/<yyyy:year>/", views.archive_year, name="archive_year"),
    path("archive/<yyyy:year>/<mm:month>/", views.archive_month, name="archive_month"),
    path("search/", views.search, name="search"),
    path("corrections/", views.corrections, name="corrections"),
    path("search/suggestions/", views.suggestions, name="suggestions"),
    path("about/", views.about, name="about"),
    path("about/<slug:slug>/", views.page, name="page"),
    path("feeds/", feeds.explained, name="feeds"),
    path("feeds/<feed:kind>/", feeds.site, name="feed"),
    path("topics/<slug:slug>/feeds/<feed:kind>/", feeds.topic, name="topic_feed"),
    path("tags/<str:slug>/feeds/<feed:kind>/", feeds.tag, name="tag_feed"),
    path("authors/<slug:slug>/feeds/<feed:kind>/", feeds.author, name="author_feed"),
    path("articles/<slug:slug>/comments/feed/", feeds.comments, name="comments_feed"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-articles-<int:part>.xml", sitemaps.articles, name="sitemap_articles"),
    path("sitemap-lists.xml", sitemaps.lists, name="sitemap_lists"),
    path("news-sitemap.xml", sitemaps.news, name="news_sitemap"),
    path("robots.txt", sitemaps.robots, name="robots"),
    re_path(r"^(?P<key>[A-Za-z0-9-]{8,128})\.txt$", sitemaps.indexnow_key, name="indexnow_key"),
    path("preview/<int:pk>/", views.preview, name="preview"),
]
