// The page of a model. Everything works without this, only less nicely.
import "./elements/copy_button.js";
import "./elements/tab_group.js";
import "./elements/model_trial.js";
import "./elements/live_answer.js";
