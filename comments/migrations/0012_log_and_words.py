"""The log cannot be rewritten, and the words of all comments can be searched."""

from django.db import migrations

FIXED = [
    "id", "verb", "was", "became", "reason", "reason_words", "note", "text_hash", "at", "effect_at", "undoes_id",
    "batch", "details",
]  # fmt: skip
MAY_BE_GONE = ["comment_id", "commenter_id", "by_id"]

SQLITE = [
    f"""CREATE TRIGGER comments_decision_is_fixed BEFORE UPDATE OF {", ".join(FIXED)} ON comments_decision
    BEGIN SELECT RAISE(ABORT, 'the log is never rewritten'); END""",
    f"""CREATE TRIGGER comments_decision_is_of BEFORE UPDATE OF {", ".join(MAY_BE_GONE)} ON comments_decision
    WHEN {" OR ".join(f"(NEW.{c} IS NOT NULL AND NEW.{c} IS NOT OLD.{c})" for c in MAY_BE_GONE)}
    BEGIN SELECT RAISE(ABORT, 'the log is never rewritten'); END""",
    # deleting is refused by the model alone: here a database that is emptied deletes row by row
    """CREATE VIRTUAL TABLE comments_words USING fts5(
    comment, user_name, content='django_comments', content_rowid='id', tokenize='unicode61 remove_diacritics 0')""",
    """CREATE TRIGGER comments_words_added AFTER INSERT ON django_comments BEGIN
    INSERT INTO comments_words(rowid, comment, user_name) VALUES (NEW.id, NEW.comment, NEW.user_name); END""",
    """CREATE TRIGGER comments_words_gone AFTER DELETE ON django_comments BEGIN
    INSERT INTO comments_words(comments_words, rowid, comment, user_name)
    VALUES ('delete', OLD.id, OLD.comment, OLD.user_name); END""",
    """CREATE TRIGGER comments_words_changed AFTER UPDATE OF comment, user_name ON django_comments
    WHEN NEW.comment IS NOT OLD.comment OR NEW.user_name IS NOT OLD.user_name BEGIN
    INSERT INTO comments_words(comments_words, rowid, comment, user_name)
    VALUES ('delete', OLD.id, OLD.comment, OLD.user_name);
    INSERT INTO comments_words(rowid, comment, user_name) VALUES (NEW.id, NEW.comment, NEW.user_name); END""",
    "INSERT INTO comments_words(comments_words) VALUES ('rebuild')",
]
SQLITE_BACK = [
    "DROP TRIGGER comments_decision_is_fixed",
    "DROP TRIGGER comments_decision_is_of",
    "DROP TRIGGER comments_words_added",
    "DROP TRIGGER comments_words_gone",
    "DROP TRIGGER comments_words_changed",
    "DROP TABLE comments_words",
]
_GONE = " OR ".join(f"(NEW.{c} IS NOT NULL AND NEW.{c} IS DISTINCT FROM OLD.{c})" for c in MAY_BE_GONE)
_LIST = ", ".join(f"'{c}'" for c in MAY_BE_GONE)
POSTGRES = [
    f"""CREATE FUNCTION comments_decision_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - ARRAY[{_LIST}] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[{_LIST}] OR {_GONE} THEN
        RAISE EXCEPTION 'the log is never rewritten';
    END IF;
    RETURN NEW; END $$""",
    """CREATE TRIGGER comments_decision_is_fixed BEFORE UPDATE OR DELETE ON comments_decision
    FOR EACH ROW EXECUTE FUNCTION comments_decision_is_fixed()""",
    """CREATE INDEX comments_words ON django_comments
    USING gin (to_tsvector('simple', comment || ' ' || user_name))""",
]
POSTGRES_BACK = [
    "DROP TRIGGER comments_decision_is_fixed ON comments_decision",
    "DROP FUNCTION comments_decision_is_fixed()",
    "DROP INDEX comments_words",
]


def _run(statements):
    def run(apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [
        ("comments", "0011_what_the_desk_begins_with"),
        ("django_comments", "0004_add_object_pk_is_removed_index"),
    ]

    operations = [
        migrations.RunPython(
            _run({"sqlite": SQLITE, "postgresql": POSTGRES}),
            _run({"sqlite": SQLITE_BACK, "postgresql": POSTGRES_BACK}),
        ),
    ]
