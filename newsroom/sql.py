"""What is said to the database in its own language. Nothing that was typed goes into it."""

import contextlib

from django.db import connection, transaction


def is_sqlite():
    return connection.vendor == "sqlite"


def run(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def change(*statements):
    """Change what the database is made of, while others read and write.

    On SQLite all at once: each change has every process read anew what tables there are. On PostgreSQL each for itself: a
    transaction would hold each table that it has changed until its end, and end as a deadlock whoever writes to two of them.
    """
    with transaction.atomic() if is_sqlite() else contextlib.nullcontext():
        run(*statements)


def existing_triggers():
    """Return the names of the triggers that there are."""
    known = "sqlite_master WHERE type = 'trigger'" if is_sqlite() else "pg_trigger WHERE NOT tgisinternal"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {'name' if is_sqlite() else 'tgname'} FROM {known}")  # noqa: S608 nothing typed
        return {name for (name,) in cursor.fetchall()}


@contextlib.contextmanager
def one_moment():
    """Read inside what was there at one moment. Nothing is written inside.

    SQLite makes an index of words anew in each connection whenever any table or trigger has changed, at the next question.
    That fails (“vtable constructor failed”) if another change comes in the middle, as it does while the database is
    migrated; inside one moment no other change is seen. PostgreSQL needs nothing.
    """
    connection.ensure_connection()
    if not is_sqlite() or connection.connection.in_transaction:
        yield
        return
    run(
        "BEGIN DEFERRED", "SELECT 1 FROM sqlite_master"
    )  # Django's own transactions would wait for who writes
    try:
        yield
    finally:
        if connection.connection.in_transaction:  # what fails may have ended it
            run("ROLLBACK")


def install_counting(table, triggers):
    """Make those `triggers` of `table` that are not there yet, which keep a number in another row.

    Each is a name, an event, a condition, statements.

    On PostgreSQL they are called when the transaction commits; of those that one row waits for, in the order of their
    names, so after “edition_…”, whose row each such transaction has taken by then: two that count never wait for each other.
    """
    there = existing_triggers()
    for name, event, condition, does in triggers:
        if name in there:
            continue
        if is_sqlite():
            run(f"CREATE TRIGGER {name} AFTER {event} ON {table} WHEN {condition} BEGIN {does} END")
        else:
            run(
                f"CREATE OR REPLACE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN {does} RETURN NULL; END $$",
                f"CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED"
                f" FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {table}_{name}()",
            )


def drop_triggers(triggers):
    """Take away `triggers`, pairs of a name and its table."""
    change(
        *(f"DROP TRIGGER IF EXISTS {name}{'' if is_sqlite() else f' ON {table}'}" for name, table in triggers)
    )


def insert(model, objects):
    """Insert the own row of each object into the table of `model`, and into no table above it."""
    fields = model._meta.local_concrete_fields
    quote = connection.ops.quote_name
    columns, marks = ", ".join(quote(f.column) for f in fields), ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608 names of our own models
    rows = [[f.get_db_prep_save(getattr(o, f.attname), connection) for f in fields] for o in objects]
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)
