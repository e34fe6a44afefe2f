"""The settings of the version after this one: its migrations stand behind those that there are."""

from tests.faults.settings import *  # noqa: F403

MIGRATION_MODULES = {
    "articles": "tests.faults.next_version.articles",
    "comments": "tests.faults.next_version.comments",
}
