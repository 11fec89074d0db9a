from django.db import migrations

VERBS = ("view", "add", "change", "delete")


def forwards(apps, schema_editor):
    """Operators look after embed sites, too. (Permissions are made when a migration is over; these
    are made here, as they will be.)"""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    operators = Group.objects.filter(name="Operator").first()
    kind, _ = ContentType.objects.get_or_create(app_label="chatapp", model="embedsite")
    for verb in VERBS if operators else ():
        permission, _ = Permission.objects.get_or_create(
            content_type=kind,
            codename=f"{verb}_embedsite",
            defaults={"name": f"Can {verb} embed site"},
        )
        operators.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [("chatapp", "0008_embeds")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
