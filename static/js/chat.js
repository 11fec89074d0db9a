// The chat page. Everything works without this, only less nicely.
import "./helpers/keyboard.js";
import "./elements/copy_button.js";
import "./elements/model_picker.js";
import "./elements/composer_files.js";
import "./elements/parameter_panel.js";
import "./elements/chat_composer.js";
import "./elements/chat_thread.js";
import "./elements/door_bell.js";
import "./elements/live_answer.js";
import "./elements/message_forms.js";
import "./elements/message_menu.js";
