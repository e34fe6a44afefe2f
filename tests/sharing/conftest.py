"""Articles as the tests of articles make them."""

from tests.articles.conftest import photo, publish, topic, write

__all__ = ["photo", "publish", "topic", "write"]
