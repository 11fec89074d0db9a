from django.db import migrations


def find_heads(apps, schema_editor):
    """The last message of what each conversation has shown so far: the newest reply at each fork."""
    Conversation = apps.get_model('chatapp', 'Conversation')
    for conversation in Conversation.objects.iterator():
        replies = {}
        for id, parent in conversation.messages.order_by('created_at').values_list('id', 'parent'):
            replies[parent] = id
        head = None
        while head in replies:
            head = replies[head]
        Conversation.objects.filter(id=conversation.id).update(head=head)


class Migration(migrations.Migration):

    dependencies = [
        ('chatapp', '0002_the_chat_people_choose'),
    ]

    operations = [
        migrations.RunPython(find_heads, migrations.RunPython.noop),
    ]
