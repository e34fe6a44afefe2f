"""What is said to the database in its own language. Nothing that was typed goes into it."""

from django.db import connection


def is_sqlite():
    return connection.vendor == "sqlite"


def run(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def install_counting(table, triggers):
    """Make the `triggers` of `table` that keep a number in another row: each a name, an event, a condition, statements.

    On PostgreSQL they are called when the transaction commits; of those that one row waits for, in the order of their
    names, so after “edition_…”, whose row each such transaction has taken by then: two that count never wait for each other.
    """
    for name, event, condition, does in triggers:
        if is_sqlite():
            run(f"CREATE TRIGGER {name} AFTER {event} ON {table} WHEN {condition} BEGIN {does} END")
        else:
            run(
                f"CREATE OR REPLACE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN {does} RETURN NULL; END $$",
                f"CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED"
                f" FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {table}_{name}()",
            )


def drop_triggers(table, names):
    run(*(f"DROP TRIGGER IF EXISTS {name}{'' if is_sqlite() else f' ON {table}'}" for name in names))


def insert(model, objects):
    """Insert the own row of each object into the table of `model`, and into no table above it."""
    fields = model._meta.local_concrete_fields
    quote = connection.ops.quote_name
    columns, marks = ", ".join(quote(f.column) for f in fields), ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608 names of our own models
    rows = [[f.get_db_prep_save(getattr(o, f.attname), connection) for f in fields] for o in objects]
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)
