from django.db import migrations

SQLITE = (
    "CREATE VIRTUAL TABLE chatapp_words USING fts5("
    "words, tokenize = \"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\", prefix = '1 2 3')",
    "CREATE TRIGGER chatapp_words_go AFTER DELETE ON chatapp_searchentry "
    "BEGIN DELETE FROM chatapp_words WHERE rowid = old.id; END",
)
POSTGRES = (
    "ALTER TABLE chatapp_searchentry ADD COLUMN words tsvector",
    "CREATE INDEX chatapp_words ON chatapp_searchentry USING gin (words)",
)
BACK = {
    "sqlite": ("DROP TRIGGER chatapp_words_go", "DROP TABLE chatapp_words"),
    "postgresql": ("ALTER TABLE chatapp_searchentry DROP COLUMN words",),
}


def forwards(apps, schema_editor):
    """Where each database keeps the words of an entry. What was said before is indexed later."""
    for statement in POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def backwards(apps, schema_editor):
    for statement in BACK[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [("chatapp", "0003_heads")]

    operations = [migrations.RunPython(forwards, backwards)]
