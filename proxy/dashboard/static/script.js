// Keys and small comforts. Every page works without it.
"use strict";

const list = document.querySelector("[data-list]");
const rows = [...document.querySelectorAll("[data-row]")];
const help = document.querySelector("[data-keys]");
let current = -1;

const picks = () => [...document.querySelectorAll("input[name=id]")];
const chosen = () => picks().filter((box) => box.checked);

function goTo(index) {
  if (!rows.length) return;
  rows[current]?.classList.remove("now");
  current = Math.min(Math.max(index, 0), rows.length - 1);
  rows[current].classList.add("now");
  rows[current].scrollIntoView({ block: "nearest" });
  rows[current].querySelector("[data-open]")?.focus({ preventScroll: true });
}

function tell() {
  for (const box of picks()) box.closest("[data-row]").classList.toggle("taken", box.checked);
  const label = document.querySelector("[data-chosen]");
  if (label) label.textContent = chosen().length ? `${chosen().length} selected` : "Select all shown";
}

function field(name, value) {
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = name;
  input.value = value;
  list.append(input);
}

// A decision is about the chosen campaign, else about the selected ones, else about the current row.
function decide(what) {
  const campaign = list?.querySelector("input[name=campaign]:checked, input[name=campaign][type=hidden]");
  if (campaign || chosen().length) {
    field("do", what);
    list.requestSubmit();
    return;
  }
  const key = { release: "r", spam: "s", unwanted: "u", hold: "z" }[what];
  rows[Math.max(current, 0)]?.querySelector(`[data-key=${key}]`)?.click();
}

function chooseCampaign() {
  const row = rows[Math.max(current, 0)];
  if (!row || !list) return;
  const box = list.querySelector("input[name=campaign]");
  if (box) {
    if (box.type === "checkbox") box.checked = !box.checked;
    else box.remove();
  } else field("campaign", row.dataset.campaign);
  row.classList.toggle("taken");
}

function undo() {
  const button = document.querySelector("[data-undo]");
  if (button) button.click();
  else decide("hold");
}

const KEYS = {
  j: () => goTo(current + 1),
  k: () => goTo(current - 1),
  x: () => { const box = rows[Math.max(current, 0)]?.querySelector("input[name=id]"); if (box) { box.checked = !box.checked; tell(); } },
  r: () => decide("release"),
  s: () => decide("spam"),
  u: () => decide("unwanted"),
  z: undo,
  c: chooseCampaign,
  "/": () => document.querySelector("input[type=search]")?.focus(),
  "?": () => help?.showModal(),
  Enter: () => rows[current]?.querySelector("[data-open]")?.click(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary, input")) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) for (const box of picks()) box.checked = event.target.checked;
  tell();
});

document.querySelector("[data-help]")?.addEventListener("click", (event) => {
  if (!help) return;
  event.preventDefault();
  help.showModal();
});

// The time to undo a release runs out; the button goes with it.
const button = document.querySelector("[data-undo][data-seconds]");
if (button) {
  let left = Number(button.dataset.seconds);
  const clock = setInterval(() => {
    left -= 1;
    if (left > 0) button.querySelector(".who").textContent = `within ${left} s`;
    else { clearInterval(clock); button.remove(); }
  }, 1000);
}

// What was just done is told once: a reload does not tell it again.
const here = new URL(location.href);
if (here.searchParams.has("done")) {
  here.searchParams.delete("done");
  history.replaceState(null, "", here);
}

if (list) tell();

// Cut-offs are tried as soon as a slider is let go.
for (const slider of document.querySelectorAll("[data-auto]")) {
  const shown = document.querySelector(`output[data-of=${slider.name}]`);
  slider.addEventListener("input", () => { shown.textContent = `${Number(slider.value)} %`; });
  slider.addEventListener("change", () => slider.form.requestSubmit());
}

// Retraining tells how far it is; in the end the page shows the candidate.
const following = document.querySelector("[data-progress]");
if (following) {
  const events = new EventSource(following.dataset.progress);
  events.onmessage = (event) => {
    const told = JSON.parse(event.data);
    following.querySelector("[data-step]").textContent = told.step;
    following.querySelector("progress").value = told.share;
    if (!told.running) { events.close(); location.reload(); }
  };
}
