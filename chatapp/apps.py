from django.apps import AppConfig
from django.conf import settings


class ChatConfig(AppConfig):
    name = "chatapp"
    verbose_name = "Chat"

    def ready(self) -> None:
        """Tell the engine of the chat's uploads and secrets, and of what it is to look after;
        listen to it."""
        from predictions import body_limit, files, keyring

        from . import accounts, hearing, upkeep  # noqa: F401 - accounts listens by itself
        from .models import EmbedSite
        from .models.attachments import SCHEME, opened

        files.open_with(SCHEME, opened)
        uploads = r"/attachments/|(/c/[^/]+)?/ask/"
        body_limit.allow_uploads(uploads, lambda: settings.CHAT_MAX_FILE_BYTES)
        keyring.keep(EmbedSite, "encrypted_secret", "the secret of the embed site {}")
        keyring.keep(EmbedSite, "encrypted_old_secret", "the old secret of the embed site {}")
        hearing.begin()
        upkeep.begin()
