// What every page with the sidebar has: the list of conversations and what is done with one.
import "./elements/conversation_list.js";
import "./elements/conversation_menu.js";
import { csrfToken } from "./helpers/http.js";

// A page that the browser has kept is not for whoever has logged out or in since.
const token = csrfToken();
addEventListener("pageshow", ({ persisted }) => persisted && csrfToken() !== token && location.reload());
