from django.apps import AppConfig
from django.conf import settings


class ChatConfig(AppConfig):
    name = "chatapp"
    verbose_name = "Chat"

    def ready(self) -> None:
        """Tell the engine where the chat's uploads go, and how they are opened for a model."""
        from predictions import body_limit, files

        from .models.attachments import SCHEME, opened

        files.open_with(SCHEME, opened)
        uploads = r"/attachments/|(/c/[^/]+)?/ask/"
        body_limit.allow_uploads(uploads, lambda: settings.CHAT_MAX_FILE_BYTES)
