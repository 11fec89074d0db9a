from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("chatapp", "0004_words")]

    operations = [
        migrations.AddField(
            "queuedturn", "language", models.CharField(blank=True, default="", max_length=16)
        )
    ]
