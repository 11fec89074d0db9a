"""A conversation of any length, written straight into a server's database, and how it is timed."""

from tests.running import RunningServer

FILL = """
import uuid
from datetime import timedelta
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from chatapp.models import Conversation, Message
from predictions.models import Prediction, Version

session = SessionStore()
session["visitor"] = uuid.uuid4().hex
session.create()
version = Version.objects.filter(model__owner="rivulet").first()
conversation = Conversation.objects.create(
    visitor=session["visitor"], version=version, title="A long conversation"
)
began = timezone.now() - timedelta(days=30)
words = "The river **turns** where the `stones` are old, and nobody asks why. "
text = "## Part {{n}}\\n\\n" + words * 6
text += "\\n\\n* one\\n* two\\n\\n```python\\nprint({{n}})\\n```\\n"
messages, predictions, parent = [], [], None
for n in range({count}):
    at = began + timedelta(seconds=n)
    message = Message(conversation=conversation, parent=parent, created_at=at, role="user")
    if n % 2:
        message.role = "assistant"
        message.prediction = Prediction(
            version=version, input={{}}, status="succeeded", output=[text.format(n=n)],
            created_at=at, completed_at=at, source="web",
        )
        predictions.append(message.prediction)
    else:
        message.text = f"Question {{n}}: " + words * 6
    messages.append(message)
    parent = message
Prediction.objects.bulk_create(predictions)
Message.objects.bulk_create(messages)
conversation.head = parent
conversation.save()
print(session.session_key, conversation.id, *(message.id for message in messages))
"""


# Milliseconds from the beginning of the navigation until words are seen, and until one can write.
OPENED = """async () => {
  await customElements.whenDefined("turn-queue");
  const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  return [paint, performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd];
}"""
# Milliseconds from each key to the next frame.
TYPED = """async () => {
  const box = document.getElementById("message");
  const times = [];
  for (const letter of "How long is a river?") {
    const began = performance.now();
    box.setRangeText(letter, box.value.length, box.value.length, "end");
    box.dispatchEvent(new InputEvent("input", { bubbles: true, data: letter }));
    box.getBoundingClientRect();
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    times.push(performance.now() - began);
  }
  return times.sort((one, other) => one - other);
}"""


def fill(server: RunningServer, count: int) -> tuple[dict, str, list[str]]:
    """The cookie of a visitor who has such a conversation, its address, and its messages' ids."""
    key, conversation, *messages = server.shell(FILL.format(count=count)).split()
    cookie = {"name": "sessionid", "value": key, "url": server.url}
    return cookie, f"{server.url}/c/{conversation}/", messages
