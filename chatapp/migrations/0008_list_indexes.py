from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chatapp', '0007_roles'),
        ('predictions', '0003_any_model'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='summary',
            name='summary_newest',
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['updated_at', 'id'], name='conversation_there'),
        ),
        migrations.AddIndex(
            model_name='summary',
            index=models.Index(fields=['-last_activity', '-conversation'], name='summary_newest'),
        ),
        migrations.AddIndex(
            model_name='summary',
            index=models.Index(fields=['model', 'upstream', 'site', 'status', 'is_anonymous', 'error_count', 'interrupted_count', 'stopped_count', 'up_count', 'down_count', 'flag_count', 'slowest_first_word', 'last_activity'], name='summary_facets'),
        ),
        migrations.AddIndex(
            model_name='tagging',
            index=models.Index(fields=['conversation', 'tag'], name='tagging_of_conversation'),
        ),
    ]
