// The chat page. Everything works without this, only less nicely.
import "./helpers/keyboard.js";
import "./elements/copy_button.js";
import "./elements/code_block.js";
import "./elements/chat_composer.js";
import "./elements/chat_thread.js";
import "./elements/live_answer.js";
