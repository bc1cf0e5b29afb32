/* What the editor of lines gains with JavaScript: amounts and total as one types, rows without a reload, and rows pasted
   from a spreadsheet straight into the cells. Without it the same form does the same, one request at a time. */
(() => {
  "use strict";
  const editor = document.querySelector("[data-lines]");
  if (!editor) return;
  const body = editor.querySelector("tbody");
  const count = editor.querySelector("[data-count]");
  const byUnit = editor.dataset.byUnit === "yes";
  const rows = () => Array.from(body.querySelectorAll("[data-line]"));
  const cell = (row, name) => row.querySelector(`[name$="-${name}"]`);
  const CODE = cell(body, "code") ? "code" : "code_id"; // typed, or chosen in a list
  const CELLS = byUnit ? [CODE, "description", "quantity", "uom", "unit_cost"] : [CODE, "description", "amount"];

  /* -- figures: whole numbers of ten-thousandths, so that no cent is lost on the way -- */
  const GROUPED = /^-?\d{1,3}(,\d{3})+(\.\d*)?$/;
  function parts(text) {
    const typed = text.trim().replace("\u2212", "-").replace(/^(?:\$\s*)?\(\s*(?:\$\s*)?([\d.,]+)\s*\)$/, "-$1").replace(/^(-?)\s*\$\s*(?=[-\d.])/, "$1");
    const found = /^(-?)(\d*)(?:\.(\d{0,4}))?$/.exec(GROUPED.test(typed) ? typed.replaceAll(",", "") : typed);
    if (!found || !(found[2] || found[3])) return null;
    return BigInt(`${found[1]}${found[2] || "0"}${(found[3] || "").padEnd(4, "0")}`);
  }
  function rounded(value, unit) {
    const whole = value < 0n ? -value : value;
    const half = (whole * 2n + unit) / (unit * 2n);
    return value < 0n ? -half : half;
  }
  function cents(row) {
    if (cell(row, "remove").checked) return null;
    if (!byUnit) {
      const typed = parts(cell(row, "amount").value);
      return typed === null ? null : rounded(typed, 100n);
    }
    const [quantity, cost] = [parts(cell(row, "quantity").value), parts(cell(row, "unit_cost").value)];
    return quantity === null || cost === null ? null : rounded(quantity * cost, 1000000n);
  }
  function shown(amount) {
    if (amount === null) return "\u2013";
    const digits = String(amount < 0n ? -amount : amount).padStart(3, "0");
    const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
    return `${amount < 0n ? "\u2212" : ""}${whole}.${digits.slice(-2)}`;
  }
  function count_up() {
    let total = 0n;
    for (const row of rows()) {
      const amount = cents(row);
      total += amount ?? 0n;
      const place = row.querySelector("[data-amount]");
      if (place) place.textContent = shown(amount);
    }
    editor.querySelector("[data-total]").textContent = shown(total);
  }
  editor.addEventListener("input", count_up);
  editor.addEventListener("change", count_up);

  /* -- rows -- */
  function add() {
    const place = rows().length;
    const row = rows()[place - 1].cloneNode(true);
    for (const element of row.querySelectorAll("[name]")) {
      for (const attribute of ["name", "id"]) element.setAttribute(attribute, element.getAttribute(attribute).replace(/lines-\d+-/, `lines-${place}-`));
      element.setAttribute("aria-label", (element.getAttribute("aria-label") ?? "").replace(/\d+$/, place + 1));
      element.removeAttribute("aria-invalid"); element.removeAttribute("aria-describedby");
      if (element.type === "checkbox") element.checked = false; else { element.value = ""; element.removeAttribute("value"); }
    }
    for (const told of row.querySelectorAll(".errorlist, .note")) told.remove();
    body.append(row);
    count.value = place + 1;
    return row;
  }
  editor.querySelector("[name=more]").addEventListener("click", (event) => {
    event.preventDefault();
    const first = add();
    for (let more = 1; more < 5; more += 1) add();
    count_up();
    cell(first, CODE).focus();
  });

  editor.addEventListener("rows", ({ detail }) => { while (rows().length < detail) add(); });

  /* -- a block of a spreadsheet, pasted at a cell, fills the cells from there to the right and down -- */
  function put(field, text) {
    const value = text.trim();
    const option = Array.from(field.options ?? []).find((one) => one.value && (one.text === value || one.text.split(" ")[0] === value));
    field.value = field.options ? option?.value ?? "" : value;
  }
  body.addEventListener("paste", (event) => {
    const text = (event.clipboardData?.getData("text/plain") ?? "").replace(/\r?\n$/, "");
    const row = event.target.closest("[data-line]");
    const from = CELLS.findIndex((name) => cell(row, name) === event.target);
    if (from < 0 || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    let at = rows().indexOf(row);
    for (const line of text.split(/\r?\n/)) {
      const target = rows()[at] ?? add();
      line.split("\t").slice(0, CELLS.length - from).forEach((value, step) => put(cell(target, CELLS[from + step]), value));
      at += 1;
    }
    count_up();
  });
  count_up();
})();
