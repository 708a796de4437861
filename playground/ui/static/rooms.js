// The open room stands in the address, so that a reload, a restart of the app or a link leads back to it.
const DOORS = '#rooms [role="tab"][id^="tab-"]';
const room = (door) => door.id.slice("tab-".length, -"-button".length);
const doors = () => [...document.querySelectorAll(DOORS)];
let arrived = false;

function follow() {
  const found = doors();
  if (!found.length) return;
  const wanted = location.hash.slice(1);
  const open = found.find((door) => door.getAttribute("aria-selected") === "true");
  if (!arrived) {
    arrived = true;
    const door = found.find((one) => room(one) === wanted);
    if (door && door !== open) return door.click();
  }
  if (open && room(open) !== wanted) history.replaceState(null, "", `#${room(open)}`);
}

new MutationObserver(follow).observe(document.body, {
  subtree: true, childList: true, attributes: true, attributeFilter: ["aria-selected"],
});
