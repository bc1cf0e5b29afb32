/* What is ticked: how many and how much, as the boxes change. Without JavaScript the boxes are just boxes. */
(() => {
  "use strict";
  const money = (cents) => (cents < 0n ? "−" : "") + `${(cents < 0n ? -cents : cents) / 100n}`.replace(/\B(?=(\d{3})+$)/g, ",") + `.${`${(cents < 0n ? -cents : cents) % 100n}`.padStart(2, "0")}`;
  for (const form of document.querySelectorAll("form[data-tally]")) {
    const boxes = Array.from(form.querySelectorAll("input[name=chosen]"));
    const every = form.querySelector("[data-tick-all]");
    const tell = () => {
      const ticked = boxes.filter((box) => box.checked);
      const cents = ticked.reduce((sum, box) => sum + BigInt((box.dataset.amount || "0.00").replace(".", "")), 0n);
      const told = form.querySelector("[data-tally-of]");
      // In one pass, whichever number a language says first: 10 boxes have a 0 of their own.
      const words = told.dataset.words.replace(/[01]/g, (digit) => (digit === "0" ? ticked : boxes).length);
      told.textContent = `${words}, ${money(cents)}`;
      // Not disabled: what is off stays within reach, and says why.
      const button = form.querySelector("button[type=submit]");
      button.toggleAttribute("aria-disabled", false);
      if (!ticked.length) button.setAttribute("aria-disabled", "true");
      document.getElementById(button.getAttribute("aria-describedby")).hidden = ticked.length > 0;
      every.checked = ticked.length === boxes.length;
      every.indeterminate = ticked.length > 0 && !every.checked;
    };
    form.addEventListener("change", (event) => {
      if (event.target === every) for (const box of boxes) box.checked = every.checked;
      tell();
    });
    form.addEventListener("submit", (event) => {
      if (!boxes.some((box) => box.checked)) event.preventDefault();
    });
    window.addEventListener("pageshow", tell);
  }
})();
