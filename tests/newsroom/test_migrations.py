"""An upgrade migrates while the code of before goes on serving: what it writes has to be taken by the new tables."""

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField
from django.db.models import NOT_PROVIDED

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
