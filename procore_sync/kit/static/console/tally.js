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
      form.querySelector("[data-tally-of]").textContent = `${ticked.length} of ${boxes.length}, ${money(cents)}`;
      form.querySelector("button[type=submit]").disabled = !ticked.length;
      every.checked = ticked.length === boxes.length;
      every.indeterminate = ticked.length > 0 && !every.checked;
    };
    form.addEventListener("change", (event) => {
      if (event.target === every) for (const box of boxes) box.checked = every.checked;
      tell();
    });
    window.addEventListener("pageshow", tell);
  }
})();
