// The open room stands in the address, so that a reload, a restart of the app or a link leads back to it.
const DOORS = '#rooms [role="tab"][id^="tab-"]';
const PATIENCE = 10_000; // milliseconds in which the page may still be waking up, deaf to clicks
const room = (door) => door.id.slice("tab-".length, -"-button".length);
const began = Date.now();
let wanted = location.hash.slice(1);

function follow() {
  const doors = [...document.querySelectorAll(DOORS)];
  const open = doors.find((door) => door.getAttribute("aria-selected") === "true");
  if (!open) return;
  const door = doors.find((one) => room(one) === wanted);
  if (door && door !== open && Date.now() - began < PATIENCE) {
    door.click();
    setTimeout(follow, 200);
    return;
  }
  wanted = "";
  if (location.hash !== `#${room(open)}`) history.replaceState(null, "", `#${room(open)}`);
}

// Who opens another room meanwhile wants that one.
document.addEventListener("click", (event) => {
  const door = event.isTrusted && event.target.closest?.(DOORS);
  if (!door || Date.now() - began >= PATIENCE) return;
  wanted = room(door);
  setTimeout(follow, 200);
}, true);

new MutationObserver(follow).observe(document.body, {
  subtree: true, childList: true, attributes: true, attributeFilter: ["aria-selected"],
});
