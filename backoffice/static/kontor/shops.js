// Small help on the shops' pages. Everything works without it: menus are <details>, forms are forms.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  // A menu closes when another opens, on Esc, and on a click elsewhere.
  const menus = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    menus().forEach((menu) => {
      if (!menu.contains(event.target) || event.target.closest("a")) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus().forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // One tick for all rows of a page. Rows that save themselves are told once, by the last of them.
  document.addEventListener("change", (event) => {
    const all = event.target.closest("input[data-tick-all]");
    if (!all) return;
    const rows = [...document.querySelectorAll(`input[name="${all.dataset.tickAll}"]:not(:disabled)`)];
    rows.forEach((row) => (row.checked = all.checked));
    rows.at(-1)?.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // What is asked for only with a certain choice is hidden otherwise: data-when="name of the field=one value|another".
  const depending = [...document.querySelectorAll("[data-when^=option_]")];
  const follow = () => {
    depending.forEach((element) => {
      const [name, values] = element.dataset.when.split("=");
      const choice = document.querySelector(`[name="${name}"]`);
      const row = element.closest(".field-row") || element;
      if (choice) row.hidden = !values.split("|").includes(choice.value);
    });
    // A title above nothing would be left over.
    const groups = new Set(depending.map((element) => element.closest("fieldset")).filter(Boolean));
    groups.forEach((group) => (group.hidden = !group.querySelector(".field-row:not([hidden])")));
  };
  if (depending.length) {
    follow();
    document.addEventListener("change", follow);
  }

  // A proposal is put into the field that it is meant for.
  document.addEventListener("click", (event) => {
    const proposal = event.target.closest("button[data-fill]");
    if (!proposal) return;
    const field = proposal.closest("form").elements[proposal.dataset.fill];
    field.value = proposal.dataset.value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // An address that is there to be copied is marked whole by a click.
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("input[data-select]")) event.target.select();
  });

  // A form that starts something cannot be sent twice by a double click.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-busy]")) return;
    const list = form.dataset.stream && document.querySelector(form.dataset.stream);
    form.querySelectorAll("button[type=submit]").forEach((button) => setTimeout(() => (button.disabled = true)));
    if (list) {
      event.preventDefault();
      streamChecks(form, list);
    }
  });

  // The checks of "Test settings" appear one by one as they finish; then the page is shown anew with the result.
  async function streamChecks(form, list) {
    const waiting = document.createElement("li");
    waiting.className = "sh-empty-line sh-muted";
    waiting.textContent = list.dataset.working;
    const body = new FormData(form);
    list.replaceChildren(waiting);
    list.scrollIntoView({ block: "nearest" });
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Kontor-Stream": "1" } });
      if (!answer.ok || !answer.body) throw new Error(String(answer.status));
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
        const end = text.lastIndexOf("</li>");
        if (end < 0) continue;
        waiting.insertAdjacentHTML("beforebegin", text.slice(0, end + 5));
        text = text.slice(end + 5);
      }
      window.location.reload();
    } catch {
      window.location.reload(); // the test may go on in the server; its result stands on the page
    }
  }
});
