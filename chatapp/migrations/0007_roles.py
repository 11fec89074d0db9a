from django.db import migrations

ENGINE = (
    *("languagemodel", "version", "upstream", "deployment", "apitoken", "webhooksecret"),
    *("webhookdelivery", "file"),
)
REVIEWER = ("view_transcript", "review_transcript", "export_transcript", "view_feedback")


def verbs(*models):
    return [f"{verb}_{model}" for model in models for verb in ("view", "add", "change", "delete")]


ROLES = {
    "Reviewer": {"chatapp": REVIEWER},
    "Operator": {"predictions": [*verbs(*ENGINE), "view_prediction", "change_prediction"]},
}
EXTRA = {
    "review_transcript": "Can flag, tag, comment on and assign transcripts",
    "export_transcript": "Can export transcripts",
}


def forwards(apps, schema_editor):
    """Who reads, and who looks after models and keys. Permissions are made when a migration is over;
    those that a role needs are made here, as they will be."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for name, apps_permissions in ROLES.items():
        role, is_new = Group.objects.get_or_create(name=name)
        for app, codenames in apps_permissions.items():
            for codename in codenames:
                verb, _, model = codename.partition("_")
                kind, _ = ContentType.objects.get_or_create(app_label=app, model=model)
                title = apps.get_model(app, model)._meta.verbose_name
                permission, _ = Permission.objects.get_or_create(
                    content_type=kind,
                    codename=codename,
                    defaults={"name": EXTRA.get(codename, f"Can {verb} {title}")},
                )
                if is_new:
                    role.permissions.add(permission)


def backwards(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):

    dependencies = [
        ("chatapp", "0006_review_desk"),
        ("predictions", "0003_any_model"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
