import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chatapp', '0007_roles'),
        ('predictions', '0003_any_model'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('account', models.BigIntegerField(null=True)),
                ('visitor', models.CharField(blank=True, max_length=64)),
                ('subject', models.CharField(max_length=80)),
                ('with_account', models.BooleanField(default=False)),
                ('by_name', models.CharField(max_length=150)),
                ('stored', models.JSONField(default=list)),
                ('session', models.CharField(blank=True, default='', max_length=40, null=True)),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-requested_at'],
                'default_permissions': (),
            },
        ),
        migrations.AlterField(
            model_name='retentionrule',
            name='days',
            field=models.PositiveIntegerField(help_text='After the last activity. Pinned and archived conversations go, too.', validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['created_at'], name='message_by_age'),
        ),
        migrations.AddField(
            model_name='erasure',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='erasures', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RemoveIndex(
            model_name='auditentry',
            name='audit_of_person',
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['who', '-at', '-id'], name='audit_by_person'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['verb', '-at', '-id'], name='audit_by_verb'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(condition=models.Q(('who', None)), fields=['-at', '-id'], name='audit_by_server'),
        ),
    ]
