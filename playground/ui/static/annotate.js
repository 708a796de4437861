// The annotators' page: the judging card, and guidelines that stay folded once somebody has folded them.
import { drop, read, write } from "./kept.js";
import "./vote.js";

const guidelines = document.querySelector("details.guidelines");
if (guidelines) {
  const name = `playground-folded-${document.querySelector("vote-card").getAttribute("campaign")}`;
  guidelines.open = read(name) !== "yes";
  guidelines.addEventListener("toggle", () => (guidelines.open ? drop(name) : write(name, "yes")));
}
