"""An upgrade migrates while the code of before goes on serving: what it writes has to be taken by the new tables."""

import threading

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField
from django.db.models import NOT_PROVIDED
from django.db.models.signals import post_migrate, pre_migrate

from newsroom.sql import run

# what was there before anybody ran the site for readers
BUILT = {"articles": 10, "comments": 24, "newsroom": 1, "sharing": 1}


def test_a_new_column_is_filled_by_the_database_where_the_code_does_not_know_it(db):
    loader = MigrationLoader(connection)
    later = {
        key: migration
        for key, migration in loader.disk_migrations.items()
        if key[0] in BUILT and int(key[1][:4]) > BUILT[key[0]]
    }
    needed = [
        (*key, operation.model_name, operation.name)
        for key, migration in later.items()
        for operation in migration.operations
        if isinstance(operation, AddField)
        and not operation.field.many_to_many
        and not operation.field.null
        and operation.field.db_default is NOT_PROVIDED
    ]
    assert later and needed == []


def plan_of(*labels):
    nodes = MigrationLoader(connection).graph.nodes
    return [(nodes[label, "0001_initial"], False) for label in labels]


def before(plan):
    for app in apps.get_app_configs():
        pre_migrate.send(sender=app, plan=plan)


def after(plan):
    for app in apps.get_app_configs():
        if app.name in BUILT:  # of the library's apps what they make is there
            post_migrate.send(
                sender=app, plan=plan, app_config=app, verbosity=0, interactive=False, using="default"
            )


# what an editor or a reader has written to, and what they write to next: a comment is two rows of two tables; who deletes
# an article, an author's name or a picture begins at its end
@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("django_comments", "comments_comment"),
        ("articles_byline", "articles_article"),
        ("articles_taggedarticle", "articles_article"),
        ("articles_photo", "articles_articlephoto"),
        ("articles_topic", "articles_article"),
        ("comments_comment", "articles_article"),
    ],
)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one write at a time")
@pytest.mark.django_db(transaction=True)
def test_who_has_written_to_one_table_may_write_to_the_next_while_triggers_come_back(first, then):
    plan = plan_of("articles", "comments")
    before(plan)
    begun, written = threading.Event(), []

    def write():
        run("BEGIN", "SET LOCAL lock_timeout = '5s'", f"LOCK TABLE {first} IN ROW EXCLUSIVE MODE")
        begun.set()
        # the triggers come back meanwhile, until that of this table has to wait
        while not waiting_for(first):
            pass
        run(f"LOCK TABLE {then} IN ROW EXCLUSIVE MODE", "COMMIT")
        written.append(True)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait(10)
    after(plan)
    writer.join(20)
    assert written == [True]


def waiting_for(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table])
        return cursor.fetchone()
