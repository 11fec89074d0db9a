// The chat page. Everything works without this, only less nicely.
import "./elements/copy_button.js";
import "./elements/code_block.js";
import "./elements/answer_feedback.js";
import "./elements/model_picker.js";
import "./elements/composer_files.js";
import "./elements/parameter_panel.js";
import "./elements/chat_composer.js";
import "./elements/chat_thread.js";
import "./elements/live_answer.js";
