// The visitor's language: Django's catalogue for scripts (`/words.js`), or the text as it is.
//
// Texts are written out where they are used, so that `makemessages` finds them:
// gettext("Copied"), fill(ngettext("%(n)s word", "%(n)s words", n), { n })

export const gettext = (text) => window.django?.gettext?.(text) ?? text;

export const ngettext = (one, many, n) => window.django?.ngettext?.(one, many, n) ?? (n === 1 ? one : many);

export function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
}
