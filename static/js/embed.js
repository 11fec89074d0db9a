// The chat in a frame on somebody else's page.
import "./helpers/keyboard.js";
import "./elements/copy_button.js";
import "./elements/chat_thread.js";
import "./elements/door_bell.js";
import "./elements/live_answer.js";
import "./elements/embed_composer.js";
import "./elements/embed_chat.js";
