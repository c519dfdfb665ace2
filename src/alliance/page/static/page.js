// Dropping a file, charts that follow a control, progress, and goodbye. Everything else is plain forms.
"use strict";

const drop = document.querySelector("form.drop");
if (drop) {
  const input = drop.querySelector("#file");
  const alarm = drop.querySelector("[role=alert]");
  const fits = () => {
    const large = [...input.files].some((file) => file.size > Number(drop.dataset.largest));
    alarm.textContent = large ? drop.dataset.says : "";
    return !large;
  };
  input.addEventListener("change", fits);
  drop.addEventListener("submit", (event) => { if (!fits()) event.preventDefault(); });
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    if (fits()) drop.requestSubmit();
  });
  // A file that misses the frame is not opened in place of the page.
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
}

const controls = document.querySelector("form.controls");
if (controls) {
  const chart = document.getElementById("chart");
  let asked = 0;
  const show = async () => {
    const mine = ++asked;
    const choice = new URLSearchParams(new FormData(controls));
    const answer = await fetch(`${controls.dataset.chart}?${choice}`);
    // An answer about the columns was taken back in another window: the file is read again.
    if (answer.redirected) { location.reload(); return; }
    const text = await answer.text();
    // An older answer that comes late is not shown.
    if (mine === asked && answer.ok) chart.innerHTML = text;
  };
  controls.querySelector("button").hidden = true;
  controls.addEventListener("input", (event) => {
    const output = controls.querySelector("output");
    if (output) output.textContent = controls.threshold.value;
    // Another rule or rater brings controls of its own.
    if (["rule", "rater"].includes(event.target.name)) controls.requestSubmit();
    else show();
  });
}

for (const radio of document.querySelectorAll("input[value=own]")) {
  const own = document.querySelector("[name=own]");
  own.addEventListener("input", () => { radio.checked = true; });
}

const progress = document.querySelector("[data-progress]");
if (progress) {
  const look = async () => {
    const answer = await fetch(progress.dataset.progress);
    const now = await answer.json();
    if (!now.running) { location.reload(); return; }
    progress.querySelector("[role=status]").textContent = progress.dataset.words.replace("#", now.seconds);
    if (now.total) Object.assign(progress.querySelector("progress"), { max: now.total, value: now.done });
    setTimeout(look, 700);
  };
  setTimeout(look, 500);
}

window.addEventListener("pagehide", () => navigator.sendBeacon(document.body.dataset.leaving));
setInterval(() => fetch(document.body.dataset.here, { method: "POST" }).catch(() => {}), 20000);
