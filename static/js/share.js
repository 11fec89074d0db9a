// The page of a shared link. Everything on it can be read without this.
import "./elements/door_bell.js";
import "./elements/copy_button.js";
import "./elements/shared_thread.js";
import "./elements/live_answer.js";
