/* What the pages gain with JavaScript. Everything works without: each key clicks a real button, each row is a link. */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const visible = (element) => element.checkVisibility();
  document.documentElement.classList.add("js");

  /* -- messages: say it once, let it go -- */
  const CLOSE = '<svg class="icon" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.7" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8"/></svg>';
  function say(sentence, level = "info") {
    const message = document.createElement("div");
    message.className = `message ${level}`;
    message.append(document.createElement("span"), sentence);
    one("#live")?.append(message);
    dressMessages();
  }
  /* What changes by itself is seen where it stands; to whoever does not see it, it is said. */
  function tell(sentence) {
    const told = document.createElement("p");
    told.className = "sr"; told.textContent = sentence;
    one("#live")?.append(told);
    setTimeout(() => told.remove(), 8000);
  }
  function dressMessages() {
    for (const message of all("#live .message:not([data-dressed])")) {
      message.dataset.dressed = "";
      const close = document.createElement("button");
      close.type = "button"; close.className = "close"; close.setAttribute("aria-label", one("#live").dataset.close); close.innerHTML = CLOSE;
      close.addEventListener("click", () => message.remove());
      message.append(close);
      if (!message.matches(".error, .warning")) {
        const leave = () => (message.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : message.remove());
        setTimeout(leave, 8000);
      }
    }
  }

  /* -- what only makes sense with JavaScript appears -- */
  function dress(root = document) {
    for (const element of all(".needs-js, [data-cancel]", root)) element.hidden = false;
    for (const field of all("[data-limit]", root)) limit(field);
    dressMessages();
    count();
  }
  /* -- what leaves soon counts down; each starts from what the server said when it came -- */
  function count() {
    for (const told of all("[data-leaves]")) {
      told.dataset.until ??= performance.now() + told.dataset.leaves * 1000;
      const left = Math.max(Math.ceil((told.dataset.until - performance.now()) / 1000), 0);
      const words = left ? told.dataset.in.replace("0", left) : told.dataset.now;
      if (told.textContent !== words) told.textContent = words;
    }
  }
  setInterval(count, 1000);
  function limit(field) {
    const shown = one(`#${CSS.escape(field.id)}_limit`);
    if (!shown) return;
    const count = () => {
      const typed = Array.from(field.value).length;
      shown.textContent = shown.dataset.said.replace("0", typed);
      shown.classList.toggle("over", typed > field.dataset.limit);
    };
    field.addEventListener("input", count);
    count();
    shown.hidden = false;
  }

  /* -- the list: where we are, and what comes next -- */
  const rows = () => all("[data-row]").filter(visible);
  const linkOf = (row) => (row?.matches("a") ? row : row && one("a", row));
  const currentRow = () => rows().find((row) => row.contains(document.activeElement) || row === document.activeElement)
    ?? rows().find((row) => linkOf(row)?.hasAttribute("aria-current"));
  function move(step) {
    const list = rows();
    const here = currentRow();
    const at = list.indexOf(here);
    const waits = here?.contains(document.activeElement) && here.closest("[data-open-on-move]") && !linkOf(here).hasAttribute("aria-current");
    const next = waits ? here : list[at < 0 ? 0 : Math.min(Math.max(at + step, 0), list.length - 1)];
    const link = linkOf(next);
    if (!link) return;
    link.focus();
    next.scrollIntoView({ block: "nearest" });
    if (next.closest("[data-open-on-move]") && !link.hasAttribute("aria-current")) link.click();
  }
  function markCurrent(shown = one("#record")?.dataset.pk) {
    for (const link of all("[data-item]")) {
      if (link.dataset.item === shown) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    }
  }

  /* What waits is counted beside the views and in the menu, twice on a phone; each answer about the list says it anew. */
  function takeCounts(fresh) {
    for (const told of all("[data-counted]", fresh)) {
      for (const mine of all(`[data-counted="${CSS.escape(told.dataset.counted)}"]`)) mine.textContent = told.textContent.trim();
    }
  }

  /* Take over a fresh list row by row: a row changes in place, a row that left stays greyed, new rows are announced. */
  function mergeRows(fresh) {
    takeCounts(fresh);
    const list = one("#rows");
    const incoming = one("#rows", fresh);
    if (!list || !incoming) return;
    const known = new Map(all(":scope > li", list).map((row) => [row.id, row]));
    let added = 0;
    const rows = all(":scope > li", incoming);
    const last = rows.findLastIndex((row) => known.has(row.id));
    for (const [at, row] of rows.entries()) {
      const mine = known.get(row.id);
      known.delete(row.id);
      if (!mine && at < last) added += 1;
      else if (!mine) { list.append(row); window.htmx?.process(row); } // what comes after all others moves none of them
      else if (mine.dataset.stamp !== row.dataset.stamp && !mine.contains(document.activeElement)) {
        mine.replaceWith(row);
        window.htmx?.process(row);
      }
    }
    for (const row of known.values()) linkOf(row)?.classList.add("gone");
    const notice = one("#arrivals");
    if (notice) {
      const words = added === 1 ? notice.dataset.one : notice.dataset.more.replace("0", added);
      if (added && (notice.hidden || one("a", notice).textContent !== words)) tell(words);
      notice.hidden = !added; one("a", notice).textContent = words;
    }
    markCurrent();
  }

  /* -- keys: one letter clicks the button that carries it -- */
  const keysAreOn = () => document.body.dataset.keys !== "off";
  function keepKeys(box) {
    document.body.dataset.keys = box.checked ? "on" : "off";
    if (!box.form.dataset.kept) return; // nobody is signed in: for this page only
    fetch(box.form.action, { method: "POST", body: new FormData(box.form), keepalive: true }).catch(() => say(one("#live").dataset.unkept, "warning"));
  }
  const help = () => one("#shortcuts");
  function openHelp() {
    const dialog = help();
    if (!dialog || dialog.open) return;
    one("#shortcuts-on", dialog).checked = keysAreOn();
    dialog.showModal();
  }
  function press(key) {
    const target = all("[data-key]").find((element) => element.dataset.key.toLowerCase() === key && visible(element));
    if (!target) return false;
    if (target.matches("input")) { target.focus(); target.select(); return true; }
    if (target.getAttribute("aria-disabled") === "true") { target.focus(); return true; } // beside it stands why not
    if (target.closest("[data-decision], .actions") && performance.now() - shownAt < 400) return true; // the second of two taps
    if (target.closest("[data-undo]") && performance.now() - undoneAt < 400) return true;
    target.click();
    focusComment(target.closest("details[data-reject][open]"));
    return true;
  }
  const focusComment = (rejection) => rejection && one("textarea", rejection).focus();
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { document.documentElement.classList.add("enough"); return void closeNearest(event.target); }
    if (event.key === "Enter" && keysAreOn() && !event.shiftKey && !event.isComposing && event.target.matches("[data-reject] textarea")) {
      event.preventDefault();
      return void (event.repeat || event.target.form.requestSubmit());
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]")) return;
    if (event.key === "?") { event.preventDefault(); return void openHelp(); }
    if (!keysAreOn()) return;
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") { event.preventDefault(); move(key === "j" ? 1 : -1); }
    else if (key.length === 1 && press(key)) event.preventDefault();
  });
  document.addEventListener("change", (event) => { if (event.target.id === "shortcuts-on") keepKeys(event.target); });
  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-item]");
    if (item && one("#record") && !event.ctrlKey && !event.metaKey && !event.shiftKey) markCurrent(item.dataset.item);
    if (event.target.closest("[data-shortcuts]")) openHelp();
    if (event.target.closest("[data-cancel]")) closeNearest(event.target);
    if (event.target.closest("[data-reload]")) { event.preventDefault(); location.reload(); }
    closeAllBut(event.target);
  });
  function closeAllBut(target) {
    for (const menu of all("details[data-close-outside][open], details.drop[open], .phone-nav[open]")) {
      if (!menu.contains(target)) menu.open = false;
    }
  }
  // Whoever tabs on from what is open would stand beneath it; what a greyed button told, and Esc put away, is told by the next.
  document.addEventListener("focusin", (event) => { closeAllBut(event.target); document.documentElement.classList.remove("enough"); });
  document.addEventListener("pointerover", () => document.documentElement.classList.remove("enough"));
  function closeNearest(element) {
    const open = element.closest?.("details[open]:not(.more)") ?? one("details.drop[open], details.menu[open], .phone-nav[open]");
    if (!open) return void leaveChoice(element);
    open.open = false;
    one("summary", open).focus();
  }
  function leaveChoice(element) { // a letter chooses in a list; from the row it decides again
    if (element.closest?.("#choices")) (linkOf(currentRow()) ?? one("#record h1"))?.focus({ preventScroll: true });
  }
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details[data-reject][open]")) focusComment(event.target);
    if (event.target.matches?.("details.way[open]")) one(".diagram .here", event.target)?.scrollIntoView({ block: "nearest", inline: "center" });
  }, true);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.classList.contains("sending")) return void event.preventDefault();
    form.classList.add("sending");
    keepTyped(form);
  });
  window.addEventListener("pageshow", () => { for (const form of all("form.sending")) form.classList.remove("sending"); });

  /* -- what was sent when the sign-in had ended, or the database was away, stands in its form again: for the same person, in this window, and only he sends it -- */
  const { person, undone } = document.body.dataset;
  const KEPT_FOR = 30 * 60 * 1000;
  const here = () => location.pathname + location.search;
  const isTyped = (field) => field.name && field.name !== "csrfmiddlewaretoken"
    && field.matches("textarea, select, [name=seen], [data-count], input:not([type=hidden], [type=file], [type=submit])");
  function keepTyped(form, more) {
    if (!person) return;
    const isSecret = one("[type=password], [autocomplete=one-time-code]", form);
    const fields = isSecret ? [] : Array.from(form.elements).filter(isTyped).map(({ name, value, checked }) => ({ name, value, checked }));
    sessionStorage.removeItem("typed");
    if (!fields.length) return;
    const typed = { person, fields, page: here(), action: form.getAttribute("action"), at: Date.now(), ...more };
    try { sessionStorage.setItem("typed", JSON.stringify(typed)); } catch { /* there is no room: it is lost, as without this */ }
  }
  function takeTyped() {
    const typed = JSON.parse(sessionStorage.getItem("typed"));
    if (!typed) return;
    if (undone !== undefined) return void sessionStorage.setItem("typed", JSON.stringify({ ...typed, undone: undone || "surely" }));
    const isHis = typed.undone && typed.person === person && Date.now() - typed.at < KEPT_FOR;
    if (isHis && typed.page !== here() || !person) return; // he is still on his way
    sessionStorage.removeItem("typed");
    const form = isHis && all("form[method=post]").find((one) => one.getAttribute("action") === typed.action && typed.fields.some(({ name }) => one.elements.namedItem(name)));
    if (form) putBack(form, typed.fields, typed.undone);
  }
  function putBack(form, fields, undone) {
    const rows = fields.find(({ name }) => one(`[data-count][name="${CSS.escape(name)}"]`, form));
    if (rows) one("[data-lines]", form).dispatchEvent(new CustomEvent("rows", { detail: Number(rows.value) }));
    const left = Array.from(form.elements).filter(isTyped);
    for (const { name, value, checked } of fields) {
      const at = left.findIndex((field) => field.name === name && (!field.matches("[type=checkbox], [type=radio]") || field.value === value));
      const field = at < 0 ? null : left.splice(at, 1)[0];
      if (!field || field.options && !Array.from(field.options).some((option) => option.value === value)) continue;
      if (field.matches("[type=checkbox], [type=radio]")) field.checked = checked; else field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      if (field.closest("[hx-trigger=change]")) field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    for (let drop = form.closest("details"); drop; drop = drop.parentElement.closest("details")) drop.open = true;
    say(undone === "perhaps" ? one("#live").dataset.perhaps : one("#live").dataset.kept, "warning");
  }
  document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
    if (detail.xhr.getResponseHeader("HX-Redirect") && detail.elt.matches("form")) keepTyped(detail.elt);
  });

  /* -- what was decided is followed until QuickBooks has it: one question for all of them, every two seconds -- */
  const byId = (id) => document.getElementById(id);
  const isDone = (row) => /^(synced|failed)-/.test(row.dataset.stamp);
  async function ask(ids) {
    const query = new URLSearchParams(location.search);
    for (const id of ids) query.append("of", id);
    const answer = await fetch(`${one("#rows").dataset.follow}?${query}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected || answer.headers.get("X-Person") !== person) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    takeCounts(fresh);
    for (const row of all("#rows > li", fresh)) {
      const mine = byId(row.id);
      if (!mine || mine.dataset.stamp === row.dataset.stamp && linkOf(mine).className === linkOf(row).className) continue;
      const focused = mine.contains(document.activeElement);
      if (isDone(row) && !isDone(mine) && linkOf(row).dataset.item !== one("#record")?.dataset.pk) tell(`${one("b", row).textContent}: ${one(".status, .reason", row)?.textContent.trim()}`);
      mine.replaceWith(row);
      window.htmx?.process(row);
      if (focused) linkOf(row).focus({ preventScroll: true });
    }
    markCurrent();
    count();
  }
  const hasLeft = (row) => all("[data-leaves]", row).every((told) => (told.dataset.until ?? 0) < performance.now());
  let asking = false;
  async function follow() {
    const left = all("#rows > li[data-follow]").filter(hasLeft);
    if (asking || !left.length || document.hidden) return;
    asking = true;
    await ask(left.map((row) => linkOf(row).dataset.item)).catch(() => {}); // the next time is soon
    asking = false;
  }
  setInterval(follow, 2000);
  let hadFocus = false, shownAt = -600, undoneAt = -600;
  const isBusy = (part) => Boolean(one("input:focus, textarea:focus, select:focus, details.drop[open]", part))
    || all("textarea", part).some((field) => field.value !== field.defaultValue);
  document.addEventListener("change", (event) => { // a name is put where the person was writing
    const field = event.target.dataset?.mention && document.getElementById(event.target.dataset.mention);
    if (!field || !event.target.value) return;
    const before = field.value.slice(0, field.selectionStart);
    field.setRangeText(`${/\S$/.test(before) ? " " : ""}${event.target.value} `, field.selectionStart, field.selectionEnd, "end");
    event.target.value = "";
    field.focus();
  });
  /* -- htmx: refusals have their own place, polls touch only what changed, focus follows the decision -- */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target, requestConfig } = event.detail;
    const text = event.detail.serverResponse;
    if (xhr.status === 304) return void (event.detail.shouldSwap = false); // nothing has changed
    if (xhr.status >= 400 && text.includes("data-refusal") && !text.includes('id="record"') && one("#refusal")) {
      const form = requestConfig.elt;
      if (text.includes("data-undone") && form.matches("form")) keepTyped(form, { undone: "surely" }); // for the page as it stands now
      Object.assign(event.detail, { target: one("#refusal"), selectOverride: "#refusal", swapOverride: "outerHTML" });
      return;
    }
    const source = requestConfig.elt;
    const whose = xhr.getResponseHeader("X-Person");
    if (person && whose && whose !== person && requestConfig.verb === "get") { // meanwhile he works in another company, in another window
      event.detail.shouldSwap = false;
      if (!source.matches("[data-poll]")) location.assign(xhr.responseURL);
      return;
    }
    const part = source.getAttribute("hx-select") ?? "";
    if (part && !text.includes(`id="${part.slice(1)}"`)) { // the sign-in page, most likely: a poll waits, a person goes there
      const { requestPath, responsePath } = event.detail.pathInfo;
      event.detail.shouldSwap = false;
      if (source.matches("[data-poll]")) return;
      if (requestConfig.verb === "get" || responsePath !== requestPath) location.assign(xhr.responseURL);
      else event.detail.isError = true; // where something is done no page stands
      return;
    }
    if (source.matches("[data-decision]")) return void mergeRows(new DOMParser().parseFromString(text, "text/html"));
    if (!source.matches("[data-poll]")) return;
    const fresh = new DOMParser().parseFromString(text, "text/html");
    takeCounts(fresh);
    const same = one(part, fresh)?.dataset.stamp === target.dataset.stamp;
    if (target.id === "rows") { event.detail.shouldSwap = false; mergeRows(fresh); }
    else if (same || isBusy(target)) event.detail.shouldSwap = false;
    else hadFocus = target.contains(document.activeElement);
  });
  /* -- a comment or a reason that is not sent yet stands in its form again when its record does, as long as the page is there -- */
  const unsent = new Map();
  const placeOf = (field) => `${field.form?.getAttribute("action")} ${field.name}`;
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.shouldSwap || detail.target.id !== "record") return;
    for (const field of all("textarea", detail.target)) {
      const isSent = field.form === detail.requestConfig.elt && detail.xhr.status < 400;
      if (isSent || field.value === field.defaultValue) unsent.delete(placeOf(field)); else unsent.set(placeOf(field), field.value);
    }
  });
  function putUnsent() {
    for (const field of all("#record textarea")) {
      if (field.value === field.defaultValue && unsent.has(placeOf(field))) field.value = unsent.get(placeOf(field));
    }
  }
  document.addEventListener("htmx:configRequest", (event) => {
    const { etag } = event.detail.elt.dataset;
    if (etag && event.detail.elt.id === "rows") event.detail.headers["If-None-Match"] = etag;
    // The list comes along with the record only when it is about to run out: most of a page is its list.
    if (event.detail.elt.matches("[data-decision]") && all("[data-item]:not(.gone)").length <= 5) event.detail.headers["HX-Rows"] = "wanted";
  });
  document.addEventListener("htmx:beforeRequest", (event) => { // a look at the record would take away the place of a deed's answer
    const from = event.detail.elt, deed = "[data-decision], [data-undo]", looks = "#pulse, #stopped";
    if (from.matches(deed)) for (const look of all(looks)) htmx.trigger(look, "htmx:abort");
    else if (from.matches(looks) && all(deed).some((form) => form.matches(".htmx-request"))) event.preventDefault();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const etag = event.detail.elt.id === "rows" && event.detail.xhr.getResponseHeader("ETag");
    if (etag) event.detail.elt.dataset.etag = etag;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.id === "record") putUnsent();
    dress(event.detail.elt.isConnected ? event.detail.elt : document);
    const source = event.detail.requestConfig?.elt;
    for (const form of all("form.sending")) form.classList.remove("sending");
    if (source?.matches("[data-poll]") && event.detail.elt.id === "record") {
      if (!one("#pulse[hx-get]")) say(`${one("#record h1").textContent}: ${one("#record .status").textContent.trim()}.`);
      if (hadFocus) one("#record h1").focus();
      hadFocus = false;
    }
    if (source?.matches("[data-poll]") && event.detail.elt.id === "erp") {
      if (!event.detail.elt.hasAttribute("hx-get")) tell(`${one("h1").textContent.trim()}: ${one("#erp .status").textContent.trim()}.`);
      if (hadFocus && document.activeElement === document.body) one("#erp-review")?.focus();
      hadFocus = false;
    }
    if (one("#refusal[data-refusal]") && source?.matches("[data-decision]")) {
      if (document.activeElement === document.body) one("#record h1").focus(); // the button that was pressed is another one now
      one("#refusal").scrollIntoView({ block: "center" });
    } else if (source?.matches("[data-decision]")) {
      const decided = all("[data-item]").find((link) => link.dataset.item === source.dataset.of);
      decided?.classList.add("gone");
      ask([source.dataset.of]).catch(() => {}); // also where it stands in no list: the counts come along
      markCurrent();
      shownAt = performance.now();
      const links = all("[data-item]").filter(visible);
      const waiting = links.slice(links.indexOf(decided) + 1).concat(links).filter((link) => !link.classList.contains("gone"));
      (waiting.find((link) => link.hasAttribute("aria-current")) ?? waiting[0] ?? decided ?? one("#record h1"))?.focus();
    } else if (source?.matches("[data-undo]")) {
      undoneAt = performance.now();
      const back = all("[data-item]").find((link) => link.dataset.item === source.dataset.of);
      ask([source.dataset.of]).catch(() => {});
      if (back?.closest("[data-row]") && one("#record")?.dataset.pk === source.dataset.of) back.focus();
      else one("#record h1")?.focus();
    } else if (event.detail.elt.id === "record") markCurrent();
    if (event.detail.elt.id === "record" && !source?.matches("[data-poll]")) window.scrollTo(0, 0);
  });
  for (const broken of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(broken, (event) => {
      if (event.detail.requestConfig?.elt.matches("[data-poll]")) return;
      say(one("#live").dataset.silent, "error");
      for (const form of all("form.sending")) form.classList.remove("sending");
    });
  }

  document.addEventListener("DOMContentLoaded", takeTyped); // after the scripts of the page, which make its rows

  const showPlace = () => { // on a low screen the menu is longer than its frame
    const here = one(".side .nav [aria-current]"), menu = here?.closest(".nav");
    if (menu) menu.scrollTop = here.offsetTop + here.offsetHeight * 3 - menu.clientHeight;
  };
  const showWrong = () => { // who sent a form that could not be taken stands at what is wrong first
    const first = (selector) => all(selector).find(visible);
    const wrong = first('main [aria-invalid="true"]') ?? first('main .refusal[role="alert"]:not(:empty), main .errorlist');
    if (!wrong || document.activeElement !== document.body) return;
    if (!wrong.matches("input, select, textarea")) wrong.tabIndex = -1;
    wrong.focus({ preventScroll: true });
    wrong.scrollIntoView({ block: "center" });
  };
  const begin = () => { dress(); markCurrent(); showPlace(); showWrong(); };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin); else begin();
})();
