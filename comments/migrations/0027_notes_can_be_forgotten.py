"""The log of decisions stays as it was, but for the note to a writer: it may name a person, who has a right to be
forgotten, and may be emptied."""

from importlib import import_module

from django.db import migrations

before = import_module("comments.migrations.0012_log_and_words")
FIXED = [column for column in before.FIXED if column != "note"]

SQLITE = [
    "DROP TRIGGER comments_decision_is_fixed",
    f"""CREATE TRIGGER comments_decision_is_fixed BEFORE UPDATE OF {", ".join(FIXED)} ON comments_decision
    BEGIN SELECT RAISE(ABORT, 'the log is never rewritten'); END""",
    """CREATE TRIGGER comments_decision_note_is_fixed BEFORE UPDATE OF note ON comments_decision
    WHEN NEW.note != '' AND NEW.note IS NOT OLD.note
    BEGIN SELECT RAISE(ABORT, 'the log is never rewritten'); END""",
]
SQLITE_BACK = ["DROP TRIGGER comments_decision_note_is_fixed", SQLITE[0], before.SQLITE[0]]

# all that may become empty
_LIST = ", ".join(f"'{column}'" for column in [*before.MAY_BE_GONE, "note"])
POSTGRES = [
    f"""CREATE OR REPLACE FUNCTION comments_decision_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - ARRAY[{_LIST}] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[{_LIST}]
        OR (NEW.note != '' AND NEW.note IS DISTINCT FROM OLD.note) OR {before._GONE} THEN
        RAISE EXCEPTION 'the log is never rewritten';
    END IF;
    RETURN NEW; END $$""",
]
POSTGRES_BACK = [before.POSTGRES[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")]


class Migration(migrations.Migration):
    dependencies = [("comments", "0026_the_digest_is_a_choice")]

    operations = [
        migrations.RunPython(
            before._run({"sqlite": SQLITE, "postgresql": POSTGRES}),
            before._run({"sqlite": SQLITE_BACK, "postgresql": POSTGRES_BACK}),
        ),
    ]
