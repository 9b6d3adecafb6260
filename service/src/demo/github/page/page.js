// Looks again: every second while something is going on, else every four. What is open stays open, and
// nothing is replaced while somebody fills in a form.
"use strict";

async function look() {
  let pending = false;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const fresh = new DOMParser()
      .parseFromString(await answer.text(), "text/html")
      .querySelector("main");
    const main = document.querySelector("main");
    pending = fresh.dataset.pending === "true";
    const busy = document.activeElement && document.activeElement.closest("input, select");
    if (fresh.dataset.version !== main.dataset.version && !busy) {
      const open = [...main.querySelectorAll("details")].map((one) => one.open);
      fresh.querySelectorAll("details").forEach((one, index) => {
        one.open = open[index] ?? one.open;
      });
      main.replaceWith(fresh);
    }
  } catch {
    // The server is stopping or was restarted; the next look will tell.
  }
  setTimeout(look, pending ? 1000 : 4000);
}

setTimeout(look, 1000);
