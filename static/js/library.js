// What every page with the sidebar has: the list of conversations and what is done with one.
import "./elements/conversation_list.js";
import "./elements/conversation_menu.js";
