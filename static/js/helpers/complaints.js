// What the server says about the fields of a form ({ id: sentence }), beside each. Gives the first that
// is wrong.
export function complain(form, errors = {}) {
  for (const complaint of form.querySelectorAll(".input__error")) {
    const field = document.getElementById(complaint.id.replace(/_error$/, ""));
    const error = errors[field.id];
    const about = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== complaint.id);
    if (error) about.push(complaint.id);
    complaint.textContent = error ?? "";
    complaint.parentElement.toggleAttribute("data-wrong", Boolean(error));
    field.setAttribute("aria-invalid", Boolean(error));
    field.setAttribute("aria-describedby", about.join(" "));
  }
  return form.querySelector("[data-wrong]");
}
