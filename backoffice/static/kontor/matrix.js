// The matrix at once: which sentences hold, which rows are changed, what contradicts itself. The server checks again.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-matrix]");
  if (!form) return;
  const rows = [...form.querySelectorAll("tr[data-row]")];

  const cell = (row, name) => row.querySelector(`[data-cell="${name}"]`);
  const ticked = (row, name) => Boolean(cell(row, name)?.checked);

  function stateOf(row) {
    if (cell(row, "fixed")) {
      const on = ticked(row, "fixed");
      return { linked: on ? "here" : "nothing", import: on, export: false, delete: false };
    }
    const linked = row.querySelector('[data-cell="linked"]:checked');
    return {
      linked: linked ? linked.value : "nothing",
      import: ticked(row, "import"),
      export: ticked(row, "export"),
      delete: ticked(row, "delete"),
    };
  }

  function onlyShop(state) {
    if (state.import && state.delete) return "both";
    if (state.import) return "import";
    return state.delete ? "delete" : "none";
  }

  function show(row) {
    const state = stateOf(row);
    const now = { linked: state.linked, export: state.export ? "on" : "off", only_shop: onlyShop(state) };
    let shown = 0;
    row.querySelectorAll("[data-when]").forEach((line) => {
      const [name, value] = line.dataset.when.split("=");
      line.hidden = name !== "row" && now[name] !== value;
      if (!line.hidden) shown += 1;
    });
    const quiet = row.querySelector("[data-quiet]");
    if (quiet) quiet.hidden = shown > 0;
    row.querySelector(".sh-only-shop")?.classList.toggle("sh-contradiction", now.only_shop === "both");
    const changed =
      state.linked !== row.dataset.linked ||
      ["import", "export", "delete"].some((name) => (state[name] ? "on" : "off") !== row.dataset[name]);
    row.classList.toggle("sh-changed", changed);
    row.querySelector("[data-changed-mark]").hidden = !changed;
    const confirm = row.querySelector("[data-confirm]");
    if (confirm) confirm.hidden = !(state.delete && row.dataset.delete === "off");
    return { state, changed, both: now.only_shop === "both" };
  }

  function showAll() {
    const all = rows.map(show);
    const sum = (name, test) => {
      const target = document.querySelector(`[data-sum="${name}"]`);
      if (target) target.textContent = all.filter(({ state }) => test(state)).length;
    };
    sum("there", (state) => state.linked === "shop" || state.export);
    sum("here", (state) => state.linked === "here" || state.import);
    sum("delete", (state) => state.delete);
    const changed = all.filter((row) => row.changed).length;
    const line = document.querySelector("[data-changed-line]");
    if (line) {
      line.hidden = changed === 0;
      line.querySelector("[data-changed]").textContent = changed;
    }
  }

  form.addEventListener("change", (event) => {
    const box = event.target;
    if (box.dataset.cell === "delete" && box.checked) {
      const confirm = box.closest("tr").querySelector("[data-confirm] input");
      if (confirm && box.closest("tr").dataset.delete === "off") {
        confirm.checked = false;
        setTimeout(() => confirm.focus());
      }
    }
    showAll();
  });

  showAll();
});
